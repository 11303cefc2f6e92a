"""Whether an expression looks at one row at a time, so that it may be evaluated batch by batch.

polars' own `meta.is_row_separable` looks at the outermost step alone (it calls
``col.cum_sum() > 1`` separable), so the whole tree is walked here. Only steps known to be local
count: an expression wrongly held to look further is merely evaluated in a query of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

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
    for rows in (nothing, nothing.clear(2)):
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
