"""The shape of a column, as few numbers as a small picture needs: bars of values or of categories.

Everything is taken from the profile; no row is read again. A value far from all others, and one
that stands for nothing, is set apart, so that it does not flatten the others into one bar.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from datacheck.arrays import Flags, Floats, Indices
from datacheck.numerals import finite
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.profiling.where import Marks

#: Bars of values; bars of categories.
BARS, CATEGORIES = 40, 8
#: Values that are set apart by name.
_APART = 4
#: Where no text is more frequent, as a share of all, texts are names and no categories.
_RARE = 0.01
#: So few different values are shown as categories.
_FEW = 8
#: How many widths of the middle half a value may lie beyond it before it is set apart.
_BEYOND = 4.0
#: An axis is logarithmic where its ends differ by this factor and half the cells would fill no
#: more than this share of a linear one.
_DECADES, _CROWDED = 100.0, 0.05


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where values are drawn, in so many bars; `step` is a bar of whole numbers."""

    low: float
    high: float
    log: bool = False
    step: int = 0

    @staticmethod
    def of(low: float, high: float, values: Floats) -> Axis:
        """The axis; of whole numbers each bar holds as many of them as the next."""
        wide = high - low
        if not wide < _WHOLE or not (values == np.round(values)).all():
            return Axis(low, high)
        return Axis(low, high, step=max(1, math.ceil((wide + 1) / BARS)))

    @property
    def bars(self) -> int:
        """How many there are."""
        return math.ceil((self.high - self.low + 1) / self.step) if self.step else BARS

    def places(self, values: Floats) -> Indices:
        """The bar of each value within the axis."""
        if self.step:
            return ((values - self.low) // self.step).astype(np.intp)
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        # In quarters: the ends may be as far apart as doubles go.
        at = np.log(values) / 4 if self.log else values / 4
        share = (at - low / 4) / (high / 4 - low / 4)
        return np.clip((share * BARS).astype(np.intp), 0, BARS - 1)


def shape_of(
    column: ColumnProfile,
    marks: Marks | None = None,
    apart: Collection[float] = (),
    reference: ColumnProfile | None = None,
) -> dict[str, Any] | None:
    """The picture of a column, as plain data; None without values.

    ``kind`` is ``bars`` (``counts``, ``guilty`` and ``reference`` a bar, ``low``, ``high``,
    ``log``, and ``apart``: values that are set apart) or ``categories`` (``bars`` with ``label``,
    ``count``, ``guilty`` and ``reference``, and ``others``).

    `apart` are values that stand for nothing, and are no part of the distribution; the reference is
    drawn over the column on the same axis.
    """
    marks = marks or Marks()
    if _is_words(column):
        return _categories(column, marks, reference)
    points = column.points
    if not len(points):
        return None
    if points.exact and len(points) <= _FEW and not _few_like(reference, points):
        return _few(points, marks, column, reference)
    made = _bars(points, marks, apart, None if reference is None else reference.points)
    made["apart"][:0] = _words(column, marks)
    return made


def _words(column: ColumnProfile, marks: Marks) -> list[dict[str, Any]]:
    """Guilty texts among numbers in text, set apart by what stands there."""
    texts = {} if column.texts is None else column.texts.values
    guilty = [(text, count) for text, count in texts.items() if marks.names(text)]
    words = [(text, count) for text, count in guilty if finite(text) is None]
    words.sort(key=lambda pair: (-pair[1], pair[0]))
    return [
        {"value": text, "count": float(count), "guilty": True, "side": "named"}
        for text, count in words[:_APART]
    ]


def _is_words(column: ColumnProfile) -> bool:
    texts = column.texts
    return texts is not None and 2 * texts.numeric <= texts.count


def _few_like(reference: ColumnProfile | None, points: Points) -> bool:
    """Whether a reference is drawn better on an axis than by the same few values."""
    if reference is None:
        return False
    others = reference.points
    return not (others.exact and len(others) <= _FEW) and len(points) > 0


def _few(
    points: Points, marks: Marks, column: ColumnProfile, reference: ColumnProfile | None
) -> dict[str, Any]:
    guilty = marks.of(points.values)
    known = {} if reference is None else _weights(reference.points)
    values = points.values.tolist()
    cells = _weights(points)
    bars = [
        _bar(value, cells[value], mark, known.get(value, 0.0))
        for value, mark in zip(values, guilty.tolist(), strict=True)
    ]
    gone = [(value, count) for value, count in known.items() if value not in cells]
    bars += [_bar(value, 0.0, None, count) for value, count in gone]
    bars.sort(key=lambda bar: bar["label"])
    return _as_categories(bars[: 2 * _FEW], 0, column, reference)


def _weights(points: Points) -> dict[float, float]:
    return dict(zip(points.values.tolist(), points.weights.tolist(), strict=True))


def _bar(label: Any, count: float, guilty: object, reference: float) -> dict[str, Any]:
    return {"label": label, "count": count, "guilty": bool(guilty), "reference": reference}


def _categories(
    column: ColumnProfile, marks: Marks, reference: ColumnProfile | None
) -> dict[str, Any] | None:
    texts = column.texts
    if texts is None or not texts.values:
        return None
    guilty = {text for text in texts.values if marks.names(text)}
    often = sorted(texts.values.items(), key=lambda pair: (-pair[1], pair[0]))
    rare = often[0][1] <= max(1, _RARE * texts.count)
    if rare and len(often) > CATEGORIES and not guilty:
        return {"kind": "names", "distinct": column.distinct, "examples": [t for t, _ in often[:3]]}
    first = [pair for pair in often if pair[0] in guilty][: CATEGORIES // 2]
    rest = [pair for pair in often if pair[0] not in guilty][: CATEGORIES - len(first)]
    shown = sorted([*first, *rest], key=lambda pair: (-pair[1], pair[0]))
    theirs = reference.texts.values if reference is not None and reference.texts is not None else {}
    bars = [
        _bar(text, float(count), text in guilty, float(theirs.get(text, 0)))
        for text, count in shown
    ]
    others = texts.count - sum(count for _, count in shown)
    return _as_categories(bars, others, column, reference)


def _as_categories(
    bars: list[dict[str, Any]], others: int, column: ColumnProfile, reference: ColumnProfile | None
) -> dict[str, Any]:
    return {
        "kind": "categories",
        "bars": bars,
        "others": max(others, 0),
        "filled": max(column.count, 1),
        "reference_filled": None if reference is None else max(reference.count, 1),
    }


def _bars(
    points: Points, marks: Marks, apart: Collection[float], reference: Points | None
) -> dict[str, Any]:
    named = np.isin(points.values, list(apart)) if apart else np.zeros(len(points), dtype=bool)
    kept = points.where(~named)
    both = kept if reference is None or not len(reference) else _joined(kept, reference)
    axis = _axis(both if len(both) else points)
    inside = ~named & (points.values >= axis.low) & (points.values <= axis.high)
    guilty = marks.of(points.values)
    aside = [
        {"value": float(value), "count": float(count), "guilty": bool(mark), "side": "named"}
        for value, count, mark in _each(points, guilty, named)
    ][:_APART]
    aside += _beyond(points, guilty, ~named & (points.values < axis.low), "below")
    aside += _beyond(points, guilty, ~named & (points.values > axis.high), "above")
    return {
        "kind": "bars",
        "low": axis.low,
        "high": axis.high,
        "log": axis.log,
        "counts": _counted(points, axis, inside),
        "guilty": _counted(points, axis, inside & guilty),
        "reference": None if reference is None else _over(reference, axis),
        "apart": aside,
    }


def _each(points: Points, guilty: Flags, mask: Flags) -> Any:
    return zip(points.values[mask], points.weights[mask], guilty[mask], strict=True)


def _beyond(points: Points, guilty: Flags, mask: Flags, side: str) -> list[dict[str, Any]]:
    """What lies beyond an end of the axis: a bar of guilty cells, and one of the others."""
    if not mask.any():
        return []
    heaps = [(points.where(mask & guilty), True), (points.where(mask & ~guilty), False)]
    made = [
        {
            "value": float(heap.values[0]) if len(heap) == 1 else None,
            "least": float(heap.values[0]),
            "most": float(heap.values[-1]),
            "count": float(heap.weights.sum()),
            "guilty": mark,
            "side": side,
        }
        for heap, mark in heaps
        if len(heap)
    ]
    return made if side == "below" else made[::-1]


def _counted(points: Points, axis: Axis, mask: Flags) -> list[float]:
    if not mask.any():
        return [0.0] * axis.bars
    at = axis.places(points.values[mask])
    counts: list[float] = np.bincount(at, points.weights[mask], axis.bars).tolist()
    return counts


def _over(reference: Points, axis: Axis) -> list[float] | None:
    """The reference's bars on an axis, as shares of all its cells."""
    if not len(reference):
        return None
    inside = (reference.values >= axis.low) & (reference.values <= axis.high)
    return [count / reference.total for count in _counted(reference, axis, inside)]


def _joined(one: Points, other: Points) -> Points:
    """Both, each as half of the cells."""
    if not len(one):
        return other
    values = np.concatenate([one.values, other.values])
    shares = [one.weights / one.total, other.weights / other.total]
    order = np.argsort(values, kind="stable")
    many = 1e4
    return Points(values[order], np.concatenate(shares)[order] * many, exact=False)


def _axis(points: Points) -> Axis:
    values = points.values
    if values[0] > 0 and values[-1] / values[0] > _DECADES:
        low, high = _ends(points.moved(np.log(values)))
        ends = float(values[values >= math.exp(low) * _ROUND][0]), math.exp(high)
        middle = points.quantile(0.5)
        if ends[1] / ends[0] > _DECADES and middle - ends[0] < _CROWDED * (ends[1] - ends[0]):
            return Axis(*ends, log=True)
    low, high = _ends(points)
    if not low < high:
        room = max(abs(low), 1.0) / 2
        return Axis(low - room, high + room)
    return Axis.of(low, high, values)


#: Whole numbers that are farther apart than this are drawn as any others.
_WHOLE = 1e9
#: A logarithm's exponential is off by less.
_ROUND = 1 - 1e-12


def _ends(points: Points) -> tuple[float, float]:
    """The last values on either side that are not far beyond the middle ones."""
    values = points.values
    for lower, upper in ((0.25, 0.75), (0.05, 0.95), (0.0, 1.0)):
        near, far = points.quantiles([lower, upper])
        wide = far / 4 - near / 4
        if wide > 0:
            break
    kept = values[
        (values / 4 >= near / 4 - _BEYOND * wide) & (values / 4 <= far / 4 + _BEYOND * wide)
    ]
    return float(kept[0]), float(kept[-1])
