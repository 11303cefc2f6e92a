"""Readers of single option values: each takes what was written and where, and checks or refuses."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any

from datacheck.errors import SchemaError, did_you_mean
from datacheck.schema.declare import ROLES, Number
from datacheck.severity import SEVERITIES
from datacheck.text import briefly

#: What may stand for a missing value.
_MISSING = (int, float, str, dt.date, dt.time, dt.timedelta)


def known_keys(given: Iterable[Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known, naming the nearest one."""
    known = tuple(known)
    for key in given:
        if key not in known:
            todo = did_you_mean(str(key), known)
            raise SchemaError(f"Unknown key {briefly(key)} in {where}", todo=todo)


def is_mapping(value: Any, where: str) -> dict[str, Any]:
    """The value if it is a mapping, else a refusal."""
    if not isinstance(value, dict):
        raise SchemaError(
            f"{where} must be a mapping of keys to values",
            got=f"{type(value).__name__} {briefly(value, 60)}",
            expected="lines of `key: value`",
        )
    return value


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def is_whole(value: Any, least: int, most: float = math.inf) -> bool:
    """Whether a value is a whole number between two bounds, both included; no truth value is."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def bad(what: str, got: Any, expected: str, todo: str = "") -> SchemaError:
    """The refusal of a value."""
    return SchemaError(f"Bad value for {what}", got=briefly(got), expected=expected, todo=todo)


def one_of(value: Any, words: Sequence[str], what: str) -> None:
    """Refuse what is none of these words, naming the nearest one."""
    if value not in words:
        todo = did_you_mean(value, words) if isinstance(value, str) else ""
        raise bad(what, value, ", ".join(words), todo)


def missing_values(value: Any, what: str) -> tuple[Any, ...]:
    """A list of numbers, texts or dates."""
    if not isinstance(value, list | tuple):
        raise bad(what, value, "a list, such as [-999]")
    for each in value:
        if isinstance(each, bool) or not isinstance(each, _MISSING):
            raise bad(what, each, "numbers, texts or dates")
        if isinstance(each, float) and not math.isfinite(each):
            todo = "NaN is always missing; infinite: missing says it of infinities"
            raise bad(what, each, "finite numbers", todo)
    return tuple(value)


def threshold(value: Any, what: str) -> float | None:
    """A finite number above 0, or None."""
    if value is None:
        return None
    if not (is_number(value) and value > 0):
        raise bad(what, value, "a finite number above 0")
    return float(value) if isinstance(value, float) else value


def switch(value: Any, what: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise bad(what, value, "true or false")
    return value


def feature_range(value: Any, what: str) -> tuple[float, float]:
    """Two finite numbers, the lower first."""
    pair = isinstance(value, list | tuple) and len(value) == 2 and all(map(is_number, value))  # noqa: PLR2004
    if not pair or not value[0] < value[1]:
        raise bad(what, value, "two numbers, the lower first, such as [-1, 1]")
    return float(value[0]), float(value[1])


def role(value: Any, what: str) -> Any:
    """One of the roles, or None."""
    if value is not None:
        one_of(value, ROLES, what)
    return value


def number(value: Any, what: str) -> Number | None:
    """How text spells the column's numbers."""
    if value is None or isinstance(value, Number):
        return value
    given = is_mapping(value, what)
    known_keys(given, Number.__dataclass_fields__, what)
    read = dict(given)
    decimal, thousands = given.get("decimal", "."), given.get("thousands")
    if decimal not in (".", ",", "\u066b"):
        raise bad(f"decimal in {what}", decimal, "'.' or ','")
    if thousands is not None and (not _mark(thousands) or thousands == decimal):
        raise bad(f"thousands in {what}", thousands, "one mark that is no digit, sign or decimal")
    prefix = given.get("prefix")
    if prefix is not None and (not isinstance(prefix, str) or not _affix(prefix)):
        raise bad(f"prefix in {what}", prefix, "a text without digits or signs, such as '$'")
    units = is_mapping(given.get("units") or {}, f"units in {what}")
    for unit, factor in units.items():
        if not isinstance(unit, str) or not _is_unit(unit.strip()):
            raise bad(f"units in {what}", unit, "texts that begin with no digit or sign: kg, %, m2")
        if not is_number(factor) or factor == 0:
            raise bad(f"the factor of {unit!r} in {what}", factor, "a finite number other than 0")
    read["units"] = {unit.strip(): float(factor) for unit, factor in units.items()}
    switch(given.get("parentheses", False), f"parentheses in {what}")
    return Number(**read)


def spellings(value: Any, what: str) -> dict[str, tuple[str, ...]]:
    """Categories, each with its other spellings; no spelling may mean two of them."""
    given = is_mapping(value, what)
    made: dict[str, tuple[str, ...]] = {}
    meaning: dict[str, str] = {}
    for category, others in given.items():
        texts = others if isinstance(others, list | tuple) else [others]
        if not isinstance(category, str) or not all(isinstance(each, str) for each in texts):
            raise bad(f"{category!r} in {what}", others, "a list of texts")
        for each in texts:
            if meaning.setdefault(each, category) != category or (
                each in given and each != category
            ):
                raise bad(what, each, "spellings that each mean one category")
        made[category] = tuple(dict.fromkeys(each for each in texts if each != category))
    return made


def min_frequency(value: Any, what: str) -> float | None:
    """A count of rows, a share below 1, or None."""
    if value is None:
        return None
    if not is_whole(value, 1) and not (isinstance(value, float) and 0 < value < 1):
        raise bad(what, value, "a count of at least 1, or a share between 0 and 1")
    return value  # type: ignore[no-any-return]  # checked above


def max_categories(value: Any, what: str) -> int | None:
    """A count of at least 1, or None."""
    if value is not None and not is_whole(value, 1):
        raise bad(what, value, "a whole number of at least 1")
    return value  # type: ignore[no-any-return]  # checked above


def accept(value: Any, what: str) -> dict[str, str]:
    """Codes of findings that are right so, each with its reason."""
    given = _by_code(value, what)
    for code, reason in given.items():
        if not isinstance(reason, str) or not reason.strip():
            raise bad(f"{code} in {what}", reason, "the reason, in words")
    return given


def severity(value: Any, what: str) -> dict[str, Any]:
    """Codes of findings, each with how grave it is here."""
    given = _by_code(value, what)
    for code, grave in given.items():
        one_of(grave, SEVERITIES, f"{code} in {what}")
    return given


def _by_code(value: Any, what: str) -> dict[str, Any]:
    given = is_mapping(value, what)
    for code in given:
        if not isinstance(code, str) or "." not in code:
            raise bad(what, code, "a finding's code, such as outlier.value")
    return dict(given)


def allow(value: Any, what: str) -> float | int | None:
    """How many rows may fail: ``1%``, a share below 1, or a count."""
    if value is None:
        return None
    read: Any = value
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            read = float(value.strip()[:-1]) / 100
        except ValueError:
            read = value
    if not is_whole(read, 0) and not (isinstance(read, float) and 0 <= read < 1):
        raise bad(what, value, "a share such as 1% or 0.01, or a count of rows")
    return read  # type: ignore[no-any-return]  # checked above


def _mark(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1 and value not in "0123456789+-\u2212()eE"


def _is_unit(unit: str) -> bool:
    """Whether digits before it end where it begins, and a parenthesis behind it is none of it."""
    exponent = unit[:1] in "eE" and unit[1:2].isdigit()
    return _affix(unit[:1]) and unit[0] not in ".," and not exponent and not set(unit) & set("()")


def _affix(value: str) -> bool:
    return bool(value.strip()) and not any(each in "0123456789+-\u2212()" for each in value)
