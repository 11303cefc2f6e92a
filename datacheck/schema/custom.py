"""Checks that users write as code, turned into expressions where that is possible.

pandera gives a check function the frame and a column's name, and takes back a frame. A function
that only selects expressions from it is run once on a recorder, and what it selected is the rule;
any other runs through pandera itself.

A rule that looks at one row at a time is evaluated batch by batch. polars' own
`meta.is_row_separable` looks at the outermost step alone (it calls ``col.cum_sum() > 1``
separable), so the whole tree is walked. Only steps known to be local count: an expression wrongly
held to look further is merely evaluated in a query of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import and_
from typing import Any

import polars as pl

from datacheck.columns import bare, col, is_pattern
from datacheck.text import unused

#: Functions of one row, as polars' serialized expressions name them.
_LOCAL = frozenset(
    """
    Abs Negate Round RoundSF Floor Ceil Clip Sign Pow Log Exp FillNull Coalesce NullCoalesce
    IsNull IsNotNull IsNan IsNotNan IsFinite IsInfinite IsBetween IsIn IsClose AnyHorizontal
    AllHorizontal Not
    Contains StartsWith EndsWith LenBytes LenChars Lowercase Uppercase StripChars StripCharsStart
    StripCharsEnd StripPrefix StripSuffix CountMatches Head Tail Slice Replace Extract Find
    Year Month Day Hour Minute Second Weekday Week Quarter OrdinalDay Millisecond Microsecond
    Nanosecond Date Time IsLeapYear TotalDays TotalHours TotalMinutes TotalSeconds
    FieldByName Length
    """.split()  # noqa: SIM905 - read as prose
)

_FAMILIES = ("Boolean", "StringExpr", "TemporalExpr", "StructExpr", "ListExpr", "Pow")


def looks_at_one_row(expression: pl.Expr) -> bool:
    """Whether the expression's value for a row depends on that row alone.

    >>> looks_at_one_row((pl.col("low") < pl.col("high")).fill_null(value=False))
    True
    >>> looks_at_one_row(pl.col("low") < pl.col("low").mean())
    False
    """
    try:
        tree = json.loads(expression.meta.serialize(format="json"))
    except (pl.exceptions.PolarsError, ValueError):
        return False
    return _has_column(tree) and _local(tree)


def has_one_verdict(expression: pl.Expr, dtypes: Mapping[str, pl.DataType]) -> bool:
    """Whether the expression has one value for all rows, and not one for each.

    It is asked of no rows: one value stays one. (`meta.is_scalar` is younger than polars 1.45.)

    >>> dtypes = {"x": pl.Float64()}
    >>> has_one_verdict(pl.col("x").mean() > 1, dtypes), has_one_verdict(pl.col("x") > 1, dtypes)
    (True, False)
    """
    names = expression.meta.root_names()
    read = {name: dtype for name, dtype in dtypes.items() if name in names}
    nothing = pl.DataFrame(schema=read or dtypes)
    # Where no rows are too few to be asked of, two alike are: `x.get(0)`.
    for rows in (nothing, pl.DataFrame(dict.fromkeys(read or dtypes, [None] * 2), read or dtypes)):
        try:
            return rows.select(expression).height == 1
        except (Exception, pl.exceptions.PanicException):  # noqa: BLE001, S112 - the user's code
            continue
    return False


def _local(node: Any) -> bool:
    if not isinstance(node, dict) or len(node) != 1:
        return False
    kind, inside = next(iter(node.items()))
    if kind == "Literal":
        # A literal series is aligned with the rows of one batch, not of the table.
        return isinstance(inside, dict) and inside.keys() <= {"Dyn", "Scalar"}
    if kind == "Function" and _named(inside["function"]) not in _LOCAL:
        return False
    parts = _PARTS.get(kind)
    return parts is not None and all(map(_local, parts(inside)))


#: By kind of node, the expressions in it.
_PARTS: dict[str, Callable[[Any], Sequence[Any]]] = {
    "Column": lambda _: (),
    "BinaryExpr": lambda inside: (inside["left"], inside["right"]),
    "Ternary": lambda inside: (inside["predicate"], inside["truthy"], inside["falsy"]),
    "Cast": lambda inside: (inside["expr"],),
    "Alias": lambda inside: (inside[0],),
    "Function": lambda inside: inside["input"],
}


def _named(function: Any) -> str:
    """The name of a function, out of the family that it is filed under."""
    if isinstance(function, str):
        return function
    name, inside = next(iter(function.items()))
    if name == "Pow":
        return "Pow"
    return _named(inside) if name in _FAMILIES else str(name)


def _has_column(node: Any) -> bool:
    """Whether any column is read: a constant has the height of a scalar, not of the table."""
    if isinstance(node, dict):
        return "Column" in node or any(map(_has_column, node.values()))
    return isinstance(node, list) and any(map(_has_column, node))


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
    """The expression, of polars or a function giving one, that a user's check is; or None."""
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
    # Pandera folds several columns with a logical and, in which a null may stay a null.
    return reduce(and_, selected)


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
    return reduce(and_, each)


def through_pandera(check: Any, column: str | None, frame: pl.DataFrame) -> tuple[pl.Series, bool]:
    """Run a check through pandera: whether each row passes, and if it is one verdict."""
    from pandera.backends.polars.checks import PolarsCheckBackend

    if column is not None and is_pattern(column):
        plain = unused("column", frame.columns)
        frame, column = frame.rename({column: plain}), plain
    result = PolarsCheckBackend(check)(frame.lazy(), column)
    output = result.check_output.collect()
    verdicts = bare(output.to_series()).fill_null(value=False).cast(pl.Boolean)
    whole = result.failure_cases is None or len(verdicts) != frame.height
    return verdicts, whole
