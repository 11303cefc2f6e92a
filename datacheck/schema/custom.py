"""Checks that users write as code, turned into expressions where that is possible.

pandera gives a check function the frame and a column's name, and takes back a frame. A function
that only selects expressions from it is run once on a recorder, and what it selected is the rule.
Any other function runs through pandera itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl

from datacheck.columns import bare, col, is_pattern
from datacheck.text import unused


class _Selected(pl.LazyFrame):
    """What a recorder gives back from `select`: the expressions, kept."""

    expressions: tuple[pl.Expr, ...]


class _Recorder(pl.LazyFrame):
    """An empty frame that notes what is selected from it."""

    def select(self, *exprs: Any, **named: Any) -> pl.LazyFrame:
        made: Any = _Selected._from_pyldf(super().select(*exprs, **named)._ldf)
        given = [each for item in exprs for each in (item if _many(item) else [item])]
        kept = [col(each) if isinstance(each, str) else each for each in (*given, *named.values())]
        if all(isinstance(each, pl.Expr) for each in kept):
            made.expressions = tuple(kept)
        selected: pl.LazyFrame = made
        return selected


def _many(item: Any) -> bool:
    return not isinstance(item, str | pl.Expr) and hasattr(item, "__iter__")


def as_expression(
    check: Any, column: str | None, schema: Mapping[str, pl.DataType]
) -> pl.Expr | None:
    """The expression that is true where a row passes a user's check, or None if there is none.

    The function of a `pandera.Check` may also be a polars expression or give one. The column is the
    one it is declared on, None for a check of the whole table.
    """
    made = _made(check, column, schema)
    # pl.all() stands for many expressions, of which none alone is the rule.
    return None if made is None or made.meta.has_multiple_outputs() else made


def _made(check: Any, column: str | None, schema: Mapping[str, pl.DataType]) -> pl.Expr | None:
    function = check._check_fn
    if isinstance(function, pl.Expr):
        return function
    if check.element_wise:
        return _element_wise(partial(function, **check._check_kwargs), column, schema)
    selected = _recorded(check, column, schema)
    if not selected:
        return None
    try:
        wide = pl.LazyFrame(schema=schema).select(selected).collect_schema()
    except pl.exceptions.PolarsError:
        return None
    if any(dtype != pl.Boolean for dtype in wide.values()):
        return None
    return selected[0] if len(wide) == 1 else _all_of(selected)


def _all_of(selected: list[pl.Expr]) -> pl.Expr:
    """Pandera folds several columns with a logical and, in which a null may stay a null."""
    passes = selected[0]
    for each in selected[1:]:
        passes = passes & each
    return passes


def _recorded(
    check: Any, column: str | None, schema: Mapping[str, pl.DataType]
) -> list[pl.Expr] | None:
    from pandera.api.polars.types import PolarsData

    if column is not None and is_pattern(column):
        return None  # the user's `pl.col(data.key)` would be several: see `through_pandera`
    recorder = _Recorder._from_pyldf(pl.LazyFrame(schema=schema)._ldf)
    try:
        out = check._check_fn(PolarsData(recorder, column or "*"), **check._check_kwargs)
    except Exception:  # noqa: BLE001 - the user's code may fail on an empty frame; pandera will run it
        return None
    if isinstance(out, pl.Expr):
        return [out]
    return list(getattr(out, "expressions", ())) if isinstance(out, _Selected) else None


def _element_wise(
    function: Callable[[Any], Any], column: str | None, schema: Mapping[str, pl.DataType]
) -> pl.Expr:
    def verdicts(values: pl.Series) -> pl.Series:
        passed = [None if value is None else bool(function(value)) for value in values]
        return pl.Series(values.name, passed, dtype=pl.Boolean)

    each = [
        col(name).map_batches(verdicts, return_dtype=pl.Boolean, is_elementwise=True)
        for name in ([column] if column is not None else schema)
    ]
    return each[0] if len(each) == 1 else _all_of(each)


def through_pandera(check: Any, column: str | None, frame: pl.DataFrame) -> tuple[pl.Series, bool]:
    """Run a check through pandera: whether each row passes, and whether it is one verdict for all.

    A check of the whole column gives one verdict alone.
    """
    from pandera.backends.polars.checks import PolarsCheckBackend

    if column is not None and is_pattern(column):
        plain = unused("column", frame.columns)
        frame, column = frame.rename({column: plain}), plain
    result = PolarsCheckBackend(check)(frame.lazy(), column)
    output = result.check_output.collect()
    verdicts = bare(output.to_series()).fill_null(value=False).cast(pl.Boolean)
    whole = result.failure_cases is None or len(verdicts) != frame.height
    return verdicts, whole
