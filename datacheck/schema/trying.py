"""Rules tried on made-up rows before any real one: polars refuses some for a column's dtype.

One row of any dtypes: some expressions fail only where there is a value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import polars as pl

from datacheck.errors import first_line
from datacheck.schema.declare import Check
from datacheck.schema.rules import Key, Rule
from datacheck.source.quiet import panics_held


def refusals(rules: Sequence[Rule], seen: Mapping[str, pl.DataType]) -> dict[int, str]:
    """Why polars cannot evaluate rules on a view of such columns, by the rules' places."""
    own = {place for place, rule in enumerate(rules) if not _is_code(rule)}
    code = [rule.fails for rule in rules if _is_code(rule)]
    # What can be evaluated on a value can be on none.
    tried = [rules[place].fails for place in own if not _is_sure(rules[place])]
    if not _refusal(code, seen) and not _refusal(tried, _read_by(tried, seen), filled=True):
        return {}
    refused = {}
    for place, rule in enumerate(rules):
        read = _read_by([rule.fails], seen) if place in own else seen
        why = _refusal([rule.fails], read)
        if not why and place in own:
            why = _refusal([rule.fails], read, filled=True)
        if why:
            refused[place] = why
    return refused


def _read_by(own: Sequence[pl.Expr], seen: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """The columns that datacheck's own expressions read: each names its columns."""
    names = {name for each in own for name in each.meta.root_names()}
    return {name: seen[name] for name in names}


def _is_code(rule: Rule) -> bool:
    return rule.check is not None and rule.check.code is not None


def _is_sure(rule: Rule) -> bool:
    """Whether it asks for a range of a column of numbers, or for null, NaN or truth alone."""
    return rule.screen is not None or rule.clean or rule.flag


def _refusal(
    expressions: Sequence[pl.Expr], seen: Mapping[str, pl.DataType], *, filled: bool = False
) -> str:
    """Why polars can't evaluate expressions on such columns, empty or with values; or nothing."""
    if not expressions:
        return ""
    # Older versions of polars break where there is more than one row: a struct beside a number.
    frame = pl.concat([one_row(seen)] * 2) if filled else pl.LazyFrame(schema=seen)
    named = [each.alias(str(number)) for number, each in enumerate(expressions)]
    plain = pl.QueryOptFlags.none()
    try:
        with panics_held():
            frame.select(named).collect(engine="in-memory", optimizations=plain)
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - the user's code
        return first_line(error)
    return ""


@contextmanager
def unfit(tell: Callable[[Key, Check, str, str], None], key: Key, check: Check) -> Iterator[None]:
    """Tell what polars has against a check of whose values it makes no literal."""
    try:
        yield
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        tell(key, check, first_line(error), check.severity)


def one_row(dtypes: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """A frame of one row with these columns; a cell is null only where its dtype has no value."""
    return pl.DataFrame({name: _cell(dtype) for name, dtype in dtypes.items()}).lazy()


@lru_cache(maxsize=256)
def _cell(dtype: pl.DataType) -> pl.Series:
    try:
        return pl.Series([_value(dtype)], dtype=dtype, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        return pl.Series([None], dtype=dtype)


def _value(dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.List):
        return [_value(_inner(dtype.inner))]
    if isinstance(dtype, pl.Array):
        return [_value(_inner(dtype.inner))] * dtype.size
    if isinstance(dtype, pl.Struct):
        return {field.name: _value(_inner(field.dtype)) for field in dtype.fields}
    if isinstance(dtype, pl.Enum):
        return dtype.categories[0] if len(dtype.categories) else None
    if isinstance(dtype, pl.Datetime):
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC if dtype.time_zone else None)
    return _PLAIN.get(dtype.base_type(), 0 if dtype.is_numeric() else None)


def _inner(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


_PLAIN: dict[Any, Any] = {
    pl.Boolean: False,
    pl.String: "a",
    pl.Categorical: "a",
    pl.Binary: b"a",
    pl.Date: dt.date(1970, 1, 1),
    pl.Time: dt.time(0),
    pl.Duration: dt.timedelta(0),
}
