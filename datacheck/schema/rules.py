"""Rules: what a schema demands, as boolean expressions over a table's cells.

A rule's identity is data (`Key`). Its expression is true where a cell or a row fails, never null.
Where the smallest and largest value decide a rule, it carries a `Screen`, so that a table that
obeys pays for two aggregates a column and for nothing else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.schema.declare import Check


class Key(NamedTuple):
    """Which rule this is: its code, its column or None, and its place among its like."""

    code: str
    column: str | None
    place: int = 0


class Screen(NamedTuple):
    """Values for which a rule surely holds: those from `low` to `high`. None is no bound."""

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


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One demand on each row.

    Parameters
    ----------
    key
        Its identity.
    severity
        Of its violation.
    fails
        True where a row fails.
    shown
        The column of the view whose cell is listed for a failing row; None for a rule about rows.
    kinds
        Counts to tell apart among the failing cells.
    screen
        A range that decides the rule without looking at each cell, if there is one.
    clean
        Whether the rule holds for a column without null and NaN.
    plain
        Whether null and NaN alone count as missing to it.
    check
        The declared check, for the message.
    python
        Whether Python code runs on every cell.
    how
        How the rule is evaluated, where it is not as an expression among the others.
    """

    key: Key
    severity: Literal["error", "warning"]
    fails: pl.Expr
    shown: str | None = None
    kinds: dict[str, pl.Expr] = field(default_factory=dict)
    screen: Screen | None = None
    clean: bool = False
    plain: bool = True
    check: Check | None = None
    python: bool = False
    how: str = ""


def failing(check: Check, cell: pl.Expr, dtype: pl.DataType, missing: pl.Expr) -> pl.Expr:
    """Whether a cell fails a built-in check: missing ones pass, unless `ignore_na` is off.

    Parameters
    ----------
    check
        A built-in check.
    cell, dtype
        The value, and the dtype it really has.
    missing
        Whether the value is missing.
    """
    passes = passing(check, cell, dtype)
    if not check.ignore_na:
        return missing | ~passes.fill_null(value=False)
    return (~passes).fill_null(value=False) & ~missing


def passing(check: Check, cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether a value passes a built-in check. A null gives null."""
    words: dict[str, Any] = check.arguments
    by_order = check.name in _COMPARISONS or check.name == "in_range"
    if isinstance(dtype, pl.Categorical | pl.Enum) and not by_order:
        cell = cell.cast(pl.String)
    elif isinstance(dtype, pl.Datetime | pl.Duration) and dtype.time_unit != "us":
        cell, words = _finest(cell, dtype, words)
    compared = _COMPARISONS.get(check.name)
    if compared is not None:
        return compared(cell, next(iter(words.values())))
    if check.name == "in_range":
        low = (
            cell >= words["min_value"]
            if words.get("include_min", True)
            else cell > words["min_value"]
        )
        high = (
            cell <= words["max_value"]
            if words.get("include_max", True)
            else cell < words["max_value"]
        )
        within: pl.Expr = low & high
        return within
    if check.name == "isin":
        return _within(cell, dtype, words["allowed_values"])
    if check.name == "notin":
        return ~_within(cell, dtype, words["forbidden_values"])
    return _text(check.name, words, cell)


def _finest(
    cell: pl.Expr, dtype: pl.Datetime | pl.Duration, words: dict[str, Any]
) -> tuple[pl.Expr, dict[str, Any]]:
    """Bring both sides to the finer unit: polars compares moments in the coarser one."""
    if dtype.time_unit == "ms":
        zone = getattr(dtype, "time_zone", None)
        finer = pl.Duration("us") if isinstance(dtype, pl.Duration) else pl.Datetime("us", zone)
        return cell.cast(finer), words
    moments = {
        key: pl.lit(value, dtype=dtype) if isinstance(value, dt.datetime | dt.timedelta) else value
        for key, value in words.items()
    }
    return cell, moments


def _within(cell: pl.Expr, dtype: pl.DataType, values: tuple[Any, ...]) -> pl.Expr:
    """Whether a cell is one of the values, of which those of another type are equal to none."""
    given: list[Any]
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        given = [each for each in values if isinstance(each, str)]
    elif dtype.is_float():
        given = [float(each) for each in values if _number(each) and each == each]  # noqa: PLR0124
    elif dtype.is_integer():
        given = [int(each) for each in values if _number(each) and each % 1 == 0]
    else:
        given = [each for each in values if each is not None]
    return cell.is_in(given) if given else cell.is_null() & cell.is_not_null()


def _number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


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


_COMPARISONS: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "equal_to": lambda cell, value: cell == value,
    "not_equal_to": lambda cell, value: cell != value,
    "greater_than": lambda cell, value: cell > value,
    "greater_than_or_equal_to": lambda cell, value: cell >= value,
    "less_than": lambda cell, value: cell < value,
    "less_than_or_equal_to": lambda cell, value: cell <= value,
}


def screen_of(check: Check, dtype: pl.DataType) -> Screen | None:
    """The range within which a check surely passes, where its arguments give one."""
    words = check.arguments
    if not check.ignore_na or not ordered(dtype) or not all(map(_ordinary, words.values())):
        return None
    if check.name == "in_range":
        return Screen(
            words["min_value"],
            words["max_value"],
            not words.get("include_min", True),
            not words.get("include_max", True),
        )
    value = next(iter(words.values()), None)
    screens = {
        "equal_to": Screen(value, value),
        "greater_than": Screen(low=value, low_open=True),
        "greater_than_or_equal_to": Screen(low=value),
        "less_than": Screen(high=value, high_open=True),
        "less_than_or_equal_to": Screen(high=value),
    }
    return screens.get(check.name)


def ordered(dtype: pl.DataType) -> bool:
    """Whether Python compares the extremes of such a column as polars does.

    Nanoseconds are out: Python's moments stop at microseconds.
    """
    if isinstance(dtype, pl.Datetime | pl.Duration):
        return dtype.time_unit != "ns"
    return dtype.is_numeric() or dtype == pl.Date


def _ordinary(value: Any) -> bool:
    return isinstance(value, int | float | Decimal | dt.date | dt.timedelta)
