"""Many rules decided by few: what the ranges of a column's rules have in common.

A table that obeys its schema is cleared by two or three aggregates a column, far fewer than it
has rules; only the rules that these do not clear are evaluated on each cell. In the same way one
range a column tells whether a row obeys all rules with a range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from datacheck.columns import col
from datacheck.schema.bounds import Bound, compared, grid_cell
from datacheck.schema.rules import Key, Rule, Screen


class Screening:
    """The aggregates that rules on each row ask of the view first, and how they clear them.

    Behind the values of the `expressions` stands whether any cell of each of the `flags` is true:
    these columns are rules themselves, and no query is needed.
    """

    def __init__(self, rules: Sequence[Rule], dtypes: Mapping[str, pl.DataType]) -> None:
        self._dtypes = dtypes
        self._places: dict[tuple[str, str], int] = {}
        self._kinds: dict[Key, dict[str, int]] = {}
        self.expressions: list[pl.Expr] = []
        self.flags: list[str] = []
        self._clear = [(rule, self._test(rule, number)) for number, rule in enumerate(rules)]

    def suspects(self, seen: Sequence[Any]) -> list[Rule]:
        """The rules that are not cleared, given the row of aggregates."""
        return [rule for rule, clear in self._clear if not clear(seen)]

    def counts(self, key: Key, seen: Sequence[Any]) -> dict[str, int] | None:
        """How many cells break a rule, by kind, where the aggregates tell it already."""
        kinds = self._kinds.get(key)
        return None if kinds is None else {kind: seen[place] for kind, place in kinds.items()}

    def _test(self, rule: Rule, number: int) -> Callable[[Sequence[Any]], bool]:
        name = rule.key.column or ""
        if rule.python:
            return lambda _: False
        if rule.screen is not None:
            cell = grid_cell(col(name), self._dtypes[name])
            low = self._place("min", name, cell.min())
            high = self._place("max", name, cell.max())
            holds = rule.screen.holds
            return lambda seen: holds(seen[low], seen[high])
        if rule.clean:
            kinds = {"null": self._place("null", name, col(name).null_count())}
            if self._dtypes[name].is_float():
                kinds["nan"] = self._place("nan", name, col(name).is_nan().sum())
            self._kinds[rule.key] = kinds
            return lambda seen: not any(seen[place] for place in kinds.values())
        if rule.flag:
            self.flags.append(rule.fails.meta.output_name())
            at = len(self.flags) - 1
            return lambda seen: not seen[len(self.expressions) + at]
        failed = self._place("any", str(number), rule.fails.any())
        return lambda seen: not seen[failed]

    def _place(self, kind: str, name: str, expression: pl.Expr) -> int:
        key = (kind, name)
        if key not in self._places:
            self._places[key] = len(self.expressions)
            self.expressions.append(expression.alias(str(len(self.expressions))))
        return self._places[key]


def obeys(rules: Sequence[Rule], dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    """Whether a row of the view obeys every rule: never null."""
    ranged: dict[str, list[Rule]] = {}
    passes = []
    for rule in rules:
        if rule.key.column is not None and rule.plain and (rule.screen is not None or rule.clean):
            ranged.setdefault(rule.key.column, []).append(rule)
        else:
            passes.append(~rule.fails)
    for name, group in ranged.items():
        screens = [rule.screen for rule in group if rule.screen is not None]
        strict = any(rule.clean for rule in group)
        try:
            passes.append(_within(col(name), dtypes[name], screens, strict=strict))
        except TypeError:
            passes += [~rule.fails for rule in group]
    return pl.all_horizontal(passes) if passes else pl.lit(value=True)


def _within(
    cell: pl.Expr, dtype: pl.DataType, screens: Sequence[Screen], *, strict: bool
) -> pl.Expr:
    """Whether a cell lies in all ranges, of which the tightest bounds alone are compared.

    polars holds NaN to be larger than any number, so that it passes no upper bound.
    """
    inside = pl.lit(value=True)
    lows = [(each.low, each.low_open) for each in screens if each.low is not None]
    highs = [(each.high, not each.high_open) for each in screens if each.high is not None]
    if lows:
        low, opened = max(lows)
        inside = compared(cell, Bound(">" if opened else ">=", low), dtype)
    if highs:
        high, closed = min(highs)
        inside = inside & compared(cell, Bound("<=" if closed else "<", high), dtype)
    if not strict:
        inside = inside | cell.is_nan() if dtype.is_float() and highs else inside
        return inside.fill_null(value=True)
    if dtype.is_float() and not highs:
        inside = inside & cell.is_not_nan()
    return inside.fill_null(value=False) if screens else inside & cell.is_not_null()
