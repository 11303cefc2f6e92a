"""Which cells a finding means: the words of its evidence under ``where``, read here alone.

The words are few, so that a saved report can be read by a person and looked up again:

``is``: null, nan, missing, infinite, a cell, text that is (no) number;
``values``, ``texts``: exactly these; ``inside``, ``outside``: [low, high], of the finite cells;
``other_than``: finite, and another number than this;
``other_texts``: text that is none of these and no word for a missing value;
``beyond``: larger in magnitude; ``tiny``: smaller in magnitude, but not 0;
``decimals_beyond``: more decimals than so many;
``float32_step``: float32 moves the cell by more than this.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats
from datacheck.columns import col, is_text
from datacheck.numerals import finite
from datacheck.profiling.texts import numbers_in
from datacheck.profiling.words import MISSING
from datacheck.spelling import NUMBER

#: Up to so many decimals a number need be only nearly one of them.
COARSE = 3

#: No integer literal of polars is as large.
_WIDE = 2.0**63


def cell_mask(name: str, where: Mapping[str, Any], dtype: pl.DataType) -> pl.Expr:
    """Which cells of a column of this dtype `where` means; null for some that it does not."""
    column = col(name)
    ((word, value),) = where.items()
    if word in _OF_TEXT or where == {"is": "missing word"}:
        return _OF_TEXT.get(word, _is)(column.cast(pl.String), value)
    if word == "is" and value in ("null", "cell"):
        return column.is_null() if value == "null" else column.is_not_null()
    if is_text(dtype):
        if word == "is":
            return _is(column.cast(pl.String), value)
        numbers = numbers_in(column.cast(pl.String))
    else:
        physical = column.to_physical() if dtype.is_temporal() else column
        if word == "is" and not dtype.is_numeric():
            return column.is_null()
        numbers = physical.cast(pl.Float64)
    if word == "beyond" and dtype.is_integer() and value < _WIDE:
        # Compared as integers: as doubles, 2**53 + 1 would look like 2**53.
        return (column > int(value)) | (column < -int(value))
    return _OF_NUMBERS[word](numbers, value)


def _is(cells: pl.Expr, kind: str) -> pl.Expr:
    bare = cells.str.strip_chars()
    number = bare.str.contains(NUMBER)
    word = bare.str.to_lowercase().str.contains(MISSING)
    return {
        "number as text": number,
        "text that is no number": ~number & ~word,
        "missing word": word,
        "missing": cells.is_null(),
        "nan": pl.lit(value=False),
        "infinite": pl.lit(value=False),
    }[kind]


def _number_is(numbers: pl.Expr, kind: str) -> pl.Expr:
    return {
        "nan": numbers.is_nan(),
        "infinite": numbers.is_infinite(),
        "missing": numbers.is_null() | numbers.is_nan(),
    }[kind]


def _float32_step(numbers: pl.Expr, step: float) -> pl.Expr:
    moved = (numbers.cast(pl.Float32, strict=False).cast(pl.Float64) - numbers).abs()
    return numbers.is_finite() & moved.is_finite() & (moved > step)


def _decimals_beyond(numbers: pl.Expr, places: int) -> pl.Expr:
    scaled = numbers * 10.0**places
    # As `findings.conversions.on_grid` draws the line.
    room = pl.max_horizontal(scaled.abs(), 1.0) * slack_of(places)[0]
    return numbers.is_finite() & ((scaled - scaled.round()).abs() > room)


#: What is said of values alone, so that a picture of them can mark it.
_OF_VALUES = {"values", "inside", "outside", "beyond", "tiny"}
_OF_TEXT: dict[str, Callable[..., pl.Expr]] = {
    "texts": lambda cells, texts: cells.is_in(list(texts)),
    "other_texts": lambda cells, texts: ~cells.is_in(list(texts)) & ~_is(cells, "missing word"),
}
_OF_NUMBERS: dict[str, Callable[..., pl.Expr]] = {
    "is": _number_is,
    "other_than": lambda numbers, value: numbers.is_finite() & (numbers != float(value)),
    "values": lambda numbers, values: numbers.is_in([float(value) for value in values]),
    "inside": lambda numbers, ends: numbers.is_finite() & numbers.is_between(ends[0], ends[1]),
    "outside": lambda numbers, ends: (
        numbers.is_finite() & ~numbers.is_between(ends[0], ends[1], closed="both")
    ),
    "beyond": lambda numbers, size: numbers.is_finite() & (numbers.abs() > size),
    "tiny": lambda numbers, size: (numbers.abs() < size) & (numbers != 0),
    "decimals_beyond": _decimals_beyond,
    "float32_step": _float32_step,
}


def slack_of(places: int) -> tuple[float, float]:
    """How far off a decimal number may be, in units of its last place; and its largest size."""
    return (1e-9, 1e13) if places <= COARSE else (1e-11, 2e10)


@dataclass(frozen=True)
class Marks:
    """The guilty values."""

    #: A finding's evidence under ``where``.
    where: Mapping[str, Any] = field(default_factory=dict)
    #: Values that are guilty besides: those that a finding lists.
    values: tuple[Any, ...] = ()
    #: By sign, the numbers that a value must compare with so to be innocent.
    passes: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of_finding(evidence: Mapping[str, Any], values: Iterable[Any]) -> Marks:
        """Those that a finding's evidence names; else the values that it lists."""
        where, passes = evidence.get("where"), evidence.get("passes")
        if passes:
            return Marks(passes=passes)
        if where and where.keys() & {*_OF_VALUES, "texts"}:
            return Marks(where)
        often = (each["value"] for each in evidence.get("top", ()))
        return Marks({}, (*values, *often))

    def of(self, values: Floats) -> Flags:
        """Which of these finite values are guilty."""
        guilty = np.isin(values, self._numbers)
        if self.where.keys() & _OF_VALUES:
            mask = cell_mask("value", self.where, pl.Float64())
            guilty |= pl.DataFrame({"value": values}).select(mask).to_series().to_numpy()
        for sign, bound in self.passes.items():
            guilty |= ~_SIGNS[sign](values, bound)
        return guilty

    def names(self, text: str) -> bool:
        """Whether a text is guilty."""
        return text in self.values or text in self.where.get("texts", ())

    @property
    def _numbers(self) -> list[float]:
        """The values that are numbers, also those that stand in text."""
        numbers = (finite(value) for value in self.values if not isinstance(value, bool))
        return [number for number in numbers if number is not None]


_SIGNS: dict[str, Callable[[Floats, float], Flags]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
