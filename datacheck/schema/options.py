"""The options of `prepare`: read from a mapping, checked one by one, and written back.

YAML, `prepare(...)` and pandera metadata all pass through here, so that a misspelt key or a bad
value is refused the same way wherever it was written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from typing import Any, NamedTuple, get_args, get_type_hints

from datacheck.errors import SchemaError
from datacheck.ops import OUTPUTS
from datacheck.schema import values
from datacheck.schema.declare import (
    Check,
    Column,
    Declaration,
    Knn,
    Number,
    Prepare,
    TableDeclaration,
)
from datacheck.schema.normal import fill_of, missing_of
from datacheck.schema.values import is_mapping, known_keys
from datacheck.severity import Severity
from datacheck.text import briefly

#: The key under which preparation stands in YAML and in pandera metadata.
KEY = "prepare"

TABLE_KEYS = ("knn", "output")
COLUMN_KEYS = tuple(each.name for each in fields(Prepare))
#: What `prepare(...)` takes besides: a pandera column has no other place for it.
VERDICT_KEYS = ("accept", "severity", "allow")

#: pandera's own words that need no reading, in the order in which a schema is written: a table's
#: switches, all of a table's, and a column's.
TABLE_SWITCHES = (
    *("coerce", "ordered", "unique_column_names"),
    *("add_missing_columns", "drop_invalid_rows"),
)
TABLE_WORDS = (
    *("coerce", "strict", "ordered", "report_duplicates", "unique_column_names"),
    *("add_missing_columns", "drop_invalid_rows", "title", "description"),
)
COLUMN_WORDS = (
    *("nullable", "unique", "required", "default", "title", "description"),
    *("report_duplicates", "drop_invalid_rows"),
)

#: By option, what checks a value that is more than one word out of a few.
READERS: dict[str, Callable[[Any, str], Any]] = {
    "missing_values": values.missing_values,
    "outlier_threshold": values.threshold,
    "feature_range": values.feature_range,
    "clip": values.switch,
    "role": values.role,
    "number": values.number,
    "spellings": values.spellings,
    "indicator": values.switch,
    "min_frequency": values.min_frequency,
    "max_categories": values.max_categories,
}


def prepare(**options: Any) -> dict[str, Any]:
    """Preparation as metadata for a pandera column, or for a whole pandera schema.

    Parameters
    ----------
    **options
        For a column: ``missing_values``, ``infinite``, ``outliers``, ``outlier_rule``,
        ``outlier_threshold``, ``impute``, ``fill_value``, ``scale``, ``feature_range``, ``clip``,
        ``role``, ``number``, ``spellings``, ``power``, ``indicator``, ``encode``, ``unknown``,
        ``min_frequency``, ``max_categories``, ``drop``; and ``accept`` (by a finding's code, the
        reason why it is right so), ``severity`` (by a finding's code, how grave it is here) and
        ``allow`` (by check, how many rows or what share of them may fail). For a table: ``knn``
        and ``output``.

    Returns
    -------
    dict
        To be given as ``metadata=``; it can be merged with metadata of your own.

    Raises
    ------
    SchemaError
        At once, for an unknown option or a value out of its range.

    Examples
    --------
    >>> prepare(impute="median", scale="robust")
    {'prepare': {'impute': 'median', 'scale': 'robust'}}
    >>> prepare(output="float32")
    {'prepare': {'output': 'float32'}}
    """
    if options.keys() & set(TABLE_KEYS):
        known_keys(options, TABLE_KEYS, "a table's preparation")
        read_table(options)
    else:
        known_keys(options, (*COLUMN_KEYS, *VERDICT_KEYS, *TABLE_KEYS), "a preparation")
        split_prepare(options, "prepare(...)")
    return {KEY: options}


def read_prepare(options: Any, where: str) -> Prepare:
    """Check a column's options and make them a `Prepare`."""
    options = is_mapping(options, where)
    known_keys(options, COLUMN_KEYS, where)
    _words(options, Prepare, where)
    read = {
        key: READERS[key](value, f"{key} in {where}") if key in READERS else value
        for key, value in options.items()
    }
    _fill(options, read.get("missing_values", ()), where)
    _needed(options, where)
    made = Prepare(**read)
    _fits_role(made, where)
    return made


class Split(NamedTuple):
    """What `prepare(...)` holds of a column."""

    #: The preparation; None where nothing but verdicts is given.
    prepare: Prepare | None = None
    #: By a finding's code: why it is right so, and how grave it is.
    accept: dict[str, str] = {}  # noqa: RUF012 - never written to
    severity: dict[str, Severity] = {}  # noqa: RUF012
    #: By check, how many rows may fail.
    allow: dict[str, float | int | None] = {}  # noqa: RUF012


def split_prepare(options: Any, where: str) -> Split:
    """Read what `prepare(...)` holds."""
    options = is_mapping(options, where)
    own = {key: value for key, value in options.items() if key not in VERDICT_KEYS}
    allowed = is_mapping(options.get("allow", {}), f"allow in {where}")
    accepted = values.accept(options.get("accept", {}), f"accept in {where}")
    return Split(
        read_prepare(own, where) if own or not options else None,
        accepted_with(own, accepted),
        values.severity(options.get("severity", {}), f"severity in {where}"),
        {key: values.allow(item, f"allow of {key} in {where}") for key, item in allowed.items()},
    )


def accepted_with(options: Mapping[str, Any], accepted: dict[str, str]) -> dict[str, str]:
    """What is accepted, with what a written option accepts: outliers that are to be kept."""
    kept = options.get("outliers") == "keep"
    return {"outlier.value": "outliers: keep is declared", **accepted} if kept else accepted


#: Roles that no step changes, and those whose holes nothing fills.
_UNCHANGED, _UNFILLED = ("id", "ignore"), ("id", "ignore", "target")


def _fits_role(prepare: Prepare, where: str) -> None:
    """Refuse a preparation that a role rules out."""
    steps = {
        "impute": prepare.role in _UNFILLED and prepare.impute != "none",
        "scale": prepare.role in _UNCHANGED and prepare.scale != "none",
        "power": prepare.role in _UNCHANGED and prepare.power != "none",
        "encode": prepare.role in _UNCHANGED and prepare.encode != "none",
        "outliers": prepare.role in _UNCHANGED and prepare.outliers != "keep",
    }
    for key, wrong in steps.items():
        if wrong:
            raise SchemaError(
                f"{key} in {where} does not go with role: {prepare.role}",
                got=f"{key}: {getattr(prepare, key)}",
                expected="a target without imputation"
                if prepare.role == "target"
                else f"a column of role {prepare.role} as it is",
                todo=f"remove {key}, or declare role: feature",
            )


#: An option that says something only beside another: its key, the other's, and its values.
_BESIDE = (
    ("feature_range", "scale", ("minmax",)),
    ("clip", "scale", ("minmax",)),
    ("unknown", "encode", ("one_hot", "ordinal")),
    ("min_frequency", "encode", ("one_hot", "ordinal")),
    ("max_categories", "encode", ("one_hot", "ordinal")),
    ("drop", "encode", ("one_hot",)),
)


def _needed(options: Mapping[str, Any], where: str) -> None:
    for key, other, wanted in _BESIDE:
        if key in options and options.get(other, "none") not in wanted:
            raise SchemaError(
                f"{key} in {where} is used by {other}: {' or '.join(wanted)} alone",
                got=f"{other}: {options.get(other, 'none')}",
                todo=f"declare {other}, or remove {key}",
            )


#: Donors that can be asked for, and the seed of their choice.
MOST_DONORS, _MOST_SEED = 10_000_000, 2**63 - 1
#: The least and the most that the whole numbers of a table's `Knn` may be.
KNN_LIMITS = {
    "n_neighbors": (1, MOST_DONORS),
    "max_donors": (1, MOST_DONORS),
    "seed": (0, _MOST_SEED),
}


def read_table(options: Any) -> tuple[Knn, Any]:
    """Check a table's options and give its `Knn` and its output type."""
    where = "the table's prepare"
    options = is_mapping(options, where)
    known_keys(options, TABLE_KEYS, where)
    output = options.get("output", OUTPUTS[0])
    if output not in OUTPUTS:
        raise values.bad(f"output in {where}", output, " or ".join(OUTPUTS))
    return _read_knn(options.get("knn", {})), output


def _read_knn(options: Any) -> Knn:
    where = "the table's prepare.knn"
    options = is_mapping(options, where)
    known_keys(options, (each.name for each in fields(Knn)), where)
    _words(options, Knn, where)
    for key, (least, most) in KNN_LIMITS.items():
        value = options.get(key, least)
        if not values.is_whole(value, least, most):
            raise values.bad(
                f"{key} in {where}", value, f"a whole number of at least {least}, at most {most:,}"
            )
    read = dict(options)
    features = options.get("features")
    if features is not None:
        strings = isinstance(features, list | tuple) and all(isinstance(f, str) for f in features)
        if not strings or not features:
            raise values.bad(f"features in {where}", features, "null, or a list of column names")
        read["features"] = tuple(features)
    return Knn(**read)


def written_prepare(value: Prepare | Knn | Number) -> dict[str, Any]:
    """The options that differ from their defaults, as YAML and metadata hold them."""
    return {
        each.name: _written(item)
        for each in fields(value)
        if (item := getattr(value, each.name))
        != (each.default if each.default_factory is MISSING else each.default_factory())
    }


def changed(declared: Check | Column | TableDeclaration, keys: Iterable[str]) -> dict[str, Any]:
    """Those of the fields that are not left at their defaults."""
    defaults = type(declared).__dataclass_fields__
    pairs = ((key, getattr(declared, key)) for key in keys)
    return {key: item for key, item in pairs if item != defaults[key].default}


def changed_options(check: Check, options: Mapping[str, str]) -> dict[str, Any]:
    """Those options of a check that are not left at their defaults, in pandera's words."""
    found = changed(check, options.values())
    return {word: found[name] for word, name in options.items() if name in found}


def written_groups(table: TableDeclaration) -> list[Any]:
    """What is unique together, as pandera has it: one group of columns, or a list of groups."""
    groups = [list(group) for group in table.unique]
    return groups[0] if len(groups) == 1 else groups


def _written(item: Any) -> Any:
    if is_dataclass(item):
        return written_prepare(item)  # type: ignore[arg-type]  # the one nested option
    if isinstance(item, dict):
        return {key: _written(each) for key, each in item.items()}
    return list(item) if isinstance(item, tuple) else item


def written_metadata(column: Column) -> dict[str, Any] | None:
    """All that `prepare(...)` holds of a column, or None where nothing was declared."""
    made = {} if column.prepare is None else written_prepare(column.prepare)
    if column.prepare is not None and not made:
        # An empty preparation is one: beside what is accepted it must still be seen.
        made = {"infinite": column.prepare.infinite}
    allowed = {check.name: check.allow for check in column.checks if check.allow is not None}
    made |= {"accept": column.accept} if column.accept else {}
    made |= {"severity": column.severity} if column.severity else {}
    made |= {"allow": allowed} if allowed else {}
    return made or None


def written_table(schema: Declaration) -> dict[str, Any]:
    """The table's own preparation where it differs from the defaults."""
    knn = written_prepare(schema.knn)
    output = {"output": schema.output} if schema.output != OUTPUTS[0] else {}
    return ({"knn": knn} if knn else {}) | output


def fits_dtype(column: Column) -> None:
    """Refuse a preparation that computes with a column that is declared not to be numbers."""
    prep, dtype = column.prepare, column.dtype
    if prep is None or dtype is None:
        return
    where = f"column {column.name!r}"
    middle = prep.finds_the_middle and dtype.is_temporal()
    if prep.needs_numbers and not dtype.is_numeric() and not middle:
        raise SchemaError(
            f"The preparation of {where} computes with numbers, and its dtype is {dtype}",
            got=", ".join(f"{k}: {v}" for k, v in written_prepare(prep).items()),
            expected="a numeric dtype; most_frequent and constant imputation work on any other",
            todo="declare dtype: Float64 with coerce: true if its cells are to be read as numbers",
        )
    missing_of(column.name, prep.missing_values, dtype)
    if prep.fill_value is not None:
        fill_of(column.name, prep.fill_value, dtype)


def _words(options: dict[str, Any], kind: type, where: str) -> None:
    """Check the options that are one word out of a few."""
    for key, words in _words_of(kind).items():
        if key in options:
            values.one_of(options[key], words, f"{key} in {where}")


@lru_cache(maxsize=8)
def _words_of(kind: type) -> dict[str, list[str]]:
    """By option, the words that it may be."""
    hints = get_type_hints(kind).items()
    words = {key: [word for word in get_args(hint) if isinstance(word, str)] for key, hint in hints}
    return {key: each for key, each in words.items() if each}


def _fill(options: Mapping[str, Any], missing: tuple[Any, ...], where: str) -> None:
    constant, value = options.get("impute") == "constant", options.get("fill_value")
    if value is not None and not constant:
        raise SchemaError(
            f"fill_value in {where} is used by impute: constant alone",
            got=f"fill_value: {briefly(value)}, impute: {options.get('impute', 'none')}",
            todo="declare impute: constant, or remove fill_value",
        )
    if constant and value is None:
        raise SchemaError(
            f"impute: constant in {where} needs a fill_value", todo="add one, such as fill_value: 0"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise values.bad(f"fill_value in {where}", value, "a finite number")
    if value is not None and any(value == each and type(value) is type(each) for each in missing):
        raise values.bad(f"fill_value in {where}", value, "a value that is not in missing_values")
