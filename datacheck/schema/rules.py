"""Rules: what a schema demands, as boolean expressions over a table's cells.

A rule's identity is data (`Key`). Its expression is true where a cell or a row fails, never null.
Where the smallest and largest value decide a rule, it carries a `Screen`: a table that obeys its
schema is cleared by two or three aggregates a column, far fewer than it has rules, and only the
rules that these do not clear are evaluated on each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import polars as pl

from datacheck.columns import col, is_text
from datacheck.schema.bounds import OPERATORS, Bound, bound_of, compared, grid_cell, one_of
from datacheck.schema.declare import Check


class Key(NamedTuple):
    """Which rule this is: its code, its column or None, and its place among its like."""

    code: str
    column: str | None
    place: int = 0


class Screen(NamedTuple):
    """Values for which a rule surely holds, from `low` to `high`; None is no bound."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, smallest: Any, largest: Any) -> bool:
        """Whether every value lies within, given the extremes. Missing extremes: no value."""
        if smallest is None or smallest != smallest:  # noqa: PLR0124 - NaN: no number at all
            return True
        try:
            low = self.low is None or (
                smallest > self.low if self.low_open else smallest >= self.low
            )
            high = self.high is None or (
                largest < self.high if self.high_open else largest <= self.high
            )
        except TypeError:
            return False
        return bool(low and high)


class Extent(NamedTuple):
    """What is known of all cells of a column."""

    #: The least and the greatest, None where there is no number; None where not known exactly.
    ends: tuple[Any, Any] | None
    null: int
    nan: int


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One demand on each row."""

    key: Key
    severity: Literal["error", "warning"]
    #: True where a row fails.
    fails: pl.Expr
    #: The column of the view whose cell is listed for a failing row; None for a rule about rows.
    shown: str | None = None
    #: Counts to tell apart among the failing cells.
    kinds: dict[str, pl.Expr] = field(default_factory=dict)
    #: A range that decides the rule without looking at each cell, if there is one.
    screen: Screen | None = None
    #: Whether the rule holds for a column without null and NaN.
    clean: bool = False
    #: Whether null and NaN alone count as missing to it.
    plain: bool = True
    #: The declared check, for the message.
    check: Check | None = None
    #: Whether Python code runs on every cell.
    python: bool = False
    #: Whether it has one verdict for all rows.
    whole: bool = False

    @property
    def flag(self) -> bool:
        """Whether it is a boolean column of the view already."""
        return self.fails.meta.is_column()

    def holds(self, cells: Extent) -> bool:
        """Whether the rule surely holds for its column's cells, by what is known of them."""
        if self.screen is None or self.python:
            return self.clean and not (cells.null or cells.nan or self.python)
        return cells.ends is not None and self.screen.holds(*cells.ends)


def failing(check: Check, cell: pl.Expr, dtype: pl.DataType, missing: pl.Expr) -> pl.Expr:
    """Whether a cell of this dtype fails a built-in check: missing ones pass where `ignore_na`."""
    passes = passing(check, cell, dtype)
    if not check.ignore_na:
        return missing | ~passes.fill_null(value=False)
    return (~passes).fill_null(value=False) & ~missing


#: By check that compares, its sign.
_SIGNS = {
    "equal_to": "==",
    "not_equal_to": "!=",
    "greater_than": ">",
    "greater_than_or_equal_to": ">=",
    "less_than": "<",
    "less_than_or_equal_to": "<=",
}


def passing(check: Check, cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether a value passes a built-in check. A null gives null."""
    words: dict[str, Any] = check.arguments
    compares = comparisons(check)
    if compares:
        bounds = bounds_of(check, dtype)
        each = (
            [compared(cell, bound, dtype) for bound in bounds]
            if bounds is not None
            else [OPERATORS[sign](cell, value) for sign, value in compares]
        )
        return each[0] if len(each) == 1 else each[0] & each[1]
    if isinstance(dtype, pl.Categorical | pl.Enum):
        cell = cell.cast(pl.String)
    if check.name == "isin":
        return _within(cell, dtype, words["allowed_values"])
    if check.name == "notin":
        return ~_within(cell, dtype, words["forbidden_values"])
    return _text(check.name, words, cell)


def comparisons(check: Check) -> list[tuple[str, Any]]:
    """The comparisons that a check consists of: sign and declared value."""
    words = check.arguments
    if check.name == "in_range":
        low = ">=" if words.get("include_min", True) else ">"
        high = "<=" if words.get("include_max", True) else "<"
        return [(low, words["min_value"]), (high, words["max_value"])]
    if check.name not in _SIGNS:
        return []
    return [(_SIGNS[check.name], next(iter(words.values())))]


def bounds_of(check: Check, dtype: pl.DataType) -> list[Bound] | None:
    """A check's comparisons in its column's terms; None where it has none, or they do not fit."""
    made = [bound_of(sign, value, dtype) for sign, value in comparisons(check)]
    kept = [bound for bound in made if bound is not None]
    return kept if kept and len(kept) == len(made) else None


def _within(cell: pl.Expr, dtype: pl.DataType, values: tuple[Any, ...]) -> pl.Expr:
    """Whether a cell is one of the values, of which those of another type are equal to none."""
    if dtype.is_numeric() or dtype.is_temporal():
        return one_of(cell, values, dtype)
    text = is_text(dtype)
    given = [each for each in values if (isinstance(each, str) if text else each is not None)]
    if dtype in (pl.Boolean, pl.Null):
        # No number is a truth value, and nothing is one of any values.
        given = [each for each in given if isinstance(each, bool) and dtype == pl.Boolean]
    return cell.is_in(given) if given else cell.is_null() & cell.is_not_null()


def _text(name: str, words: dict[str, Any], cell: pl.Expr) -> pl.Expr:
    if name == "str_matches":
        return cell.str.contains(f"^(?:{words['pattern']})")
    if name == "str_contains":
        return cell.str.contains(words["pattern"])
    if name == "str_startswith":
        return cell.str.starts_with(words["string"])
    if name == "str_endswith":
        return cell.str.ends_with(words["string"])
    length = cell.str.len_chars()
    low = words.get("exact_value", words.get("min_value", 0))
    high = words.get("exact_value", words.get("max_value"))
    within: pl.Expr = length >= low
    return within if high is None else within & (length <= high)


def screen_of(check: Check, dtype: pl.DataType) -> Screen | None:
    """The range within which a check surely passes, where its arguments give one."""
    bounds = bounds_of(check, dtype) if check.ignore_na else None
    if bounds is None or any(each.sign == "!=" or each.value is None for each in bounds):
        return None
    low = next((each for each in bounds if each.sign in (">", ">=", "==")), None)
    high = next((each for each in bounds if each.sign in ("<", "<=", "==")), None)
    return Screen(
        None if low is None else low.value,
        None if high is None else high.value,
        low is not None and low.sign == ">",
        high is not None and high.sign == "<",
    )


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
            passes.append(_in_ranges(col(name), dtypes[name], screens, strict=strict))
        except TypeError:
            passes += [~rule.fails for rule in group]
    return pl.all_horizontal(passes) if passes else pl.lit(value=True)


def _in_ranges(
    cell: pl.Expr, dtype: pl.DataType, screens: Sequence[Screen], *, strict: bool
) -> pl.Expr:
    """Whether a cell lies in all ranges, by the tightest bounds; NaN passes no upper one."""
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
