"""The options of `prepare`: read from a mapping, checked one by one, and written back.

YAML, `prepare(...)` and pandera metadata all pass through here, so that a misspelt key or a bad
value is refused the same way wherever it was written.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from datacheck.errors import SchemaError, did_you_mean
from datacheck.schema.declare import Knn, Prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from datacheck.schema.declare import Column, Schema

#: The key under which preparation stands in YAML and in pandera metadata.
KEY = "prepare"

OUTPUTS = ("float64", "float32")
TABLE_KEYS = ("knn", "output")
COLUMN_KEYS = tuple(each.name for each in fields(Prepare))


def prepare(**options: Any) -> dict[str, Any]:
    """Preparation as metadata for a pandera column, or for a whole pandera schema.

    Parameters
    ----------
    **options
        For a column: ``missing_values``, ``infinite``, ``outliers``, ``outlier_rule``,
        ``outlier_threshold``, ``impute``, ``fill_value``, ``scale``. For a table: ``knn`` and
        ``output``.

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
        known_keys(options, (*COLUMN_KEYS, *TABLE_KEYS), "a preparation")
        read_prepare(options, "prepare(...)")
    return {KEY: options}


def known_keys(given: Iterable[Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known, naming the nearest one."""
    known = tuple(known)
    for key in given:
        if key not in known:
            raise SchemaError(f"Unknown key {key!r} in {where}", todo=did_you_mean(str(key), known))


def is_mapping(value: Any, where: str) -> dict[str, Any]:
    """The value if it is a mapping, else a refusal."""
    if not isinstance(value, dict):
        raise SchemaError(
            f"{where} must be a mapping of keys to values",
            got=f"{type(value).__name__} {value!r:.60}",
            expected="lines of `key: value`",
        )
    return value


def read_prepare(options: Any, where: str) -> Prepare:
    """Check a column's options and make them a `Prepare`."""
    options = is_mapping(options, where)
    known_keys(options, COLUMN_KEYS, where)
    _words(options, Prepare, where)
    values = dict(options)
    if "missing_values" in options:
        values["missing_values"] = _missing_values(options["missing_values"], where)
    _threshold(options.get("outlier_threshold"), where)
    _fill(options, values.get("missing_values", ()), where)
    return Prepare(**values)


def read_table(options: Any) -> tuple[Knn, Any]:
    """Check a table's options and give its `Knn` and its output type."""
    where = "the table's prepare"
    options = is_mapping(options, where)
    known_keys(options, TABLE_KEYS, where)
    output = options.get("output", OUTPUTS[0])
    if output not in OUTPUTS:
        raise _bad(f"output in {where}", output, " or ".join(OUTPUTS))
    return _read_knn(options.get("knn", {})), output


def _read_knn(options: Any) -> Knn:
    where = "the table's prepare.knn"
    options = is_mapping(options, where)
    known_keys(options, (each.name for each in fields(Knn)), where)
    _words(options, Knn, where)
    for key, least in (("n_neighbors", 1), ("max_donors", 1), ("seed", 0)):
        value = options.get(key, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise _bad(f"{key} in {where}", value, f"a whole number of at least {least}")
    values = dict(options)
    features = options.get("features")
    if features is not None:
        strings = isinstance(features, list | tuple) and all(isinstance(f, str) for f in features)
        if not strings or not features:
            raise _bad(f"features in {where}", features, "null, or a list of column names")
        values["features"] = tuple(features)
    return Knn(**values)


def written_prepare(value: Prepare | Knn) -> dict[str, Any]:
    """The options that differ from their defaults, as YAML and metadata hold them."""
    return {
        each.name: list(item) if isinstance(item, tuple) else item
        for each in fields(value)
        if (item := getattr(value, each.name)) != each.default
    }


def written_table(schema: Schema) -> dict[str, Any]:
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
    if prep.needs_numbers and not dtype.is_numeric():
        raise SchemaError(
            f"The preparation of {where} computes with numbers, and its dtype is {dtype}",
            got=", ".join(f"{k}: {v}" for k, v in written_prepare(prep).items()),
            expected="a numeric dtype; most_frequent and constant imputation work on any other",
            todo="declare dtype: Float64 with coerce: true if its cells are to be read as numbers",
        )
    if dtype.is_numeric() and (prep.impute == "constant") and not _is_number(prep.fill_value):
        raise _bad(f"fill_value of {where}", prep.fill_value, f"a finite number, as for {dtype}")
    if not dtype.is_numeric() and _is_number(prep.fill_value) and not dtype.is_temporal():
        raise _bad(f"fill_value of {where}", prep.fill_value, f"a value of dtype {dtype}")


def _words(options: dict[str, Any], kind: type, where: str) -> None:
    """Check the options that are one word out of a few."""
    for key, hint in get_type_hints(kind).items():
        words = [word for word in get_args(hint) if isinstance(word, str)]
        if words and key in options and options[key] not in words:
            value = options[key]
            todo = did_you_mean(value, words) if isinstance(value, str) else ""
            raise _bad(f"{key} in {where}", value, ", ".join(words), todo)


def _missing_values(value: Any, where: str) -> tuple[Any, ...]:
    import datetime as dt

    kinds = (int, float, str, dt.date, dt.time, dt.timedelta)
    if not isinstance(value, list | tuple):
        raise _bad(f"missing_values in {where}", value, "a list, such as [-999]")
    for each in value:
        if isinstance(each, bool) or not isinstance(each, kinds):
            raise _bad(f"missing_values in {where}", each, "numbers, texts or dates")
        if isinstance(each, float) and not math.isfinite(each):
            todo = "NaN is always missing; infinite: missing says it of infinities"
            raise _bad(f"missing_values in {where}", each, "finite numbers", todo)
    return tuple(value)


def _threshold(value: Any, where: str) -> None:
    if value is not None and not (_is_number(value) and value > 0):
        raise _bad(f"outlier_threshold in {where}", value, "a finite number above 0")


def _fill(options: Mapping[str, Any], missing: tuple[Any, ...], where: str) -> None:
    constant, value = options.get("impute") == "constant", options.get("fill_value")
    if value is not None and not constant:
        raise SchemaError(
            f"fill_value in {where} is used by impute: constant alone",
            got=f"fill_value: {value!r}, impute: {options.get('impute', 'none')}",
            todo="declare impute: constant, or remove fill_value",
        )
    if constant and value is None:
        raise SchemaError(
            f"impute: constant in {where} needs a fill_value", todo="add one, such as fill_value: 0"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise _bad(f"fill_value in {where}", value, "a finite number")
    if value is not None and any(value == each and type(value) is type(each) for each in missing):
        raise _bad(f"fill_value in {where}", value, "a value that is not in missing_values")


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _bad(what: str, got: Any, expected: str, todo: str = "") -> SchemaError:
    return SchemaError(f"Bad value for {what}", got=repr(got), expected=expected, todo=todo)
