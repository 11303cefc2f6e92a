"""pandera's built-in checks as a table: their names, aliases and parameters.

It is written out, so that reading a YAML schema needs no pandera import (which loads pandas and
pyspark where they are installed). A test holds it against pandera's own registry.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from datacheck.errors import SchemaError
from datacheck.schema.declare import Check
from datacheck.schema.patterns import check_regex
from datacheck.schema.values import allow, is_mapping, is_whole, known_keys, switch
from datacheck.text import briefly

#: By check, the parameters in pandera's order; the names ending in "?" may be left out.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "equal_to": ("value",),
    "not_equal_to": ("value",),
    "greater_than": ("min_value",),
    "greater_than_or_equal_to": ("min_value",),
    "less_than": ("max_value",),
    "less_than_or_equal_to": ("max_value",),
    "in_range": ("min_value", "max_value", "include_min?", "include_max?"),
    "isin": ("allowed_values",),
    "notin": ("forbidden_values",),
    "str_matches": ("pattern",),
    "str_contains": ("pattern",),
    "str_startswith": ("string",),
    "str_endswith": ("string",),
    "str_length": ("min_value?", "max_value?", "exact_value?"),
    "unique_values_eq": ("values",),
}

ALIASES = {
    "eq": "equal_to",
    "ne": "not_equal_to",
    "gt": "greater_than",
    "ge": "greater_than_or_equal_to",
    "lt": "less_than",
    "le": "less_than_or_equal_to",
    "between": "in_range",
}

#: pandera's name of an option, and the field of `Check` that keeps it.
OPTIONS = {
    "ignore_na": "ignore_na",
    "raise_warning": "raise_warning",
    "n_failure_cases": "n_failure_cases",
    "error": "error",
    "name": "label",
}

#: datacheck's own, which pandera does not know.
OWN_OPTIONS = {"allow": "allow"}
ALL_OPTIONS = OPTIONS | OWN_OPTIONS

_FLAGS = (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL), ("x", re.VERBOSE))
#: No text is longer: polars counts characters in 32 bits.
_LONGEST_TEXT = 2**32
LISTS = ("isin", "notin", "unique_values_eq")
TEXTS = ("str_matches", "str_contains", "str_startswith", "str_endswith")


def is_check(key: str) -> bool:
    """Whether a YAML key names a check: a built-in one, or one registered with pandera."""
    return key in PARAMETERS or key in ALIASES or registered(key) is not None


def registered(name: str) -> Any:
    """A check that the user registered with pandera's extension API, or None."""
    base = sys.modules.get("pandera.api.checks")
    known = base is not None and name in base.Check.REGISTERED_CUSTOM_CHECKS
    return getattr(base.Check, name) if known and base is not None else None


def read_check(key: str, value: Any, where: str) -> Check:
    """Read ``key: value`` of YAML: a bare argument, or a mapping of parameters and options."""
    name = ALIASES.get(key, key)
    where = f"{key} of {where}"
    given, options = _parts(name, value, where)
    for option in ("ignore_na", "raise_warning"):
        if option in options:
            switch(options[option], f"{option} in {where}")
    if "allow" in options:
        options["allow"] = allow(options["allow"], f"allow in {where}")
    kept = {ALL_OPTIONS[option]: item for option, item in options.items()}
    if name not in PARAMETERS:
        return custom_check(name, given, kept)
    parameters = [each.removesuffix("?") for each in PARAMETERS[name]]
    known_keys(given, (*parameters, *ALL_OPTIONS), where)
    wanting = [each for each in PARAMETERS[name] if not each.endswith("?") and each not in given]
    if wanting:
        raise SchemaError(f"{where} lacks {', '.join(wanting)}", got=briefly(value))
    return builtin_check(name, given, where, **kept)


def builtin_check(name: str, arguments: dict[str, Any], where: str, **options: Any) -> Check:
    """Make a built-in check with its arguments in one form: lists as tuples, no defaults."""
    if name in LISTS:
        arguments = {key: _listed(name, item, where) for key, item in arguments.items()}
    elif name in TEXTS:
        arguments = {key: _text(name, item, where) for key, item in arguments.items()}
    elif name == "in_range":
        arguments = _range(arguments, where)
    elif name == "str_length":
        arguments = _length(arguments, where)
    elif any(item is None or item != item for item in arguments.values()):  # noqa: PLR0124 - NaN
        raise SchemaError(f"{where} compares with a missing value", got=briefly(arguments))
    return Check(name=name, arguments=arguments, **options)


def custom_check(name: str, arguments: dict[str, Any], options: dict[str, Any]) -> Check:
    """Make a check that was registered with pandera: it is known by name, and runs as code."""
    function = registered(name)
    code = function(**arguments) if function is not None else None
    return Check(name=name, arguments=arguments, code=code, **options)


def _parts(name: str, value: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split what stands under a check into arguments and options."""
    if not isinstance(value, dict):
        if value is None and name not in PARAMETERS:
            return {}, {}
        # pandera reads a bare length as the exact one.
        first = "exact_value" if name == "str_length" else PARAMETERS.get(name, ("value",))[0]
        return {first: value}, {}
    given = dict(value)
    options = is_mapping(given.pop("options", {}), f"options of {where}")
    options = {key: item for key, item in options.items() if key != "check_name"}
    known_keys(options, ALL_OPTIONS, f"options of {where}")
    options |= {key: given.pop(key) for key in ALL_OPTIONS if key in given}
    parameters = PARAMETERS.get(name, ())
    if "value" in given and len(given) == 1 and parameters and "value" not in parameters:
        given = {parameters[0].removesuffix("?"): given["value"]}
    return given, options


def _listed(name: str, value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = list(value)
    if not isinstance(value, list | tuple | set | frozenset):
        raise SchemaError(f"{where} wants a list of values", got=briefly(value))
    nested = [each for each in value if each.__hash__ is None or isinstance(each, tuple)]
    if nested:
        raise SchemaError(f"{where} wants plain values in its list", got=briefly(nested[0]))
    kept = tuple(dict.fromkeys(value)) if name == "unique_values_eq" else tuple(value)
    if isinstance(value, set | frozenset) or name == "unique_values_eq":
        kept = tuple(sorted(kept, key=_order))
    return kept


def _order(value: Any) -> tuple[Any, ...]:
    """Where a value stands among others: a moment with a zone does not compare with one without."""
    return (type(value).__name__, getattr(value, "tzinfo", None) is not None, value)


def _text(name: str, value: Any, where: str) -> str:
    if isinstance(value, re.Pattern):
        flags = "".join(letter for letter, flag in _FLAGS if value.flags & flag)
        value = f"(?{flags}){value.pattern}" if flags else value.pattern
    if not isinstance(value, str):
        raise SchemaError(f"{where} wants a text", got=briefly(value), todo="put it between quotes")
    if name in ("str_matches", "str_contains"):
        check_regex(value, where, value, "make the check a function")
    return value


def _range(arguments: dict[str, Any], where: str) -> dict[str, Any]:
    low, high = arguments["min_value"], arguments["max_value"]
    closed = {
        key: switch(arguments.get(key, True), f"{key} in {where}")
        for key in ("include_min", "include_max")
    }
    try:
        empty = not low <= high or (low == high and not all(closed.values()))
    except TypeError:
        raise SchemaError(
            f"The bounds in {where} can't be compared", got=f"{briefly(low)} and {briefly(high)}"
        ) from None
    if empty:
        raise SchemaError(
            f"No value can pass {where}",
            got=f"min_value {briefly(low)}, max_value {briefly(high)}",
            expected="min_value below max_value",
            todo="swap them, or widen the range",
        )
    opened = {key: item for key, item in closed.items() if not item}
    return {"min_value": low, "max_value": high, **opened}


def _length(arguments: dict[str, Any], where: str) -> dict[str, Any]:
    kept = {key: item for key, item in arguments.items() if item is not None}
    for key, item in kept.items():
        if not is_whole(item, 0, _LONGEST_TEXT - 1):
            raise SchemaError(
                f"{key} in {where} must be a whole number of at least 0, below 2**32",
                got=briefly(item),
            )
    if not kept or ("exact_value" in kept and len(kept) > 1):
        raise SchemaError(
            f"{where} wants exact_value, or min_value and max_value", got=briefly(kept)
        )
    if kept.get("min_value", 0) > kept.get("max_value", float("inf")):
        raise SchemaError(
            f"No text can pass {where}", got=briefly(kept), todo="swap min_value and max_value"
        )
    return kept
