"""From a column's declared preparation and the answers about its values to its fitted ops.

Each op is fitted on what the ops before it leave, as in a scikit-learn pipeline: scaling sees
clipped and filled values. What the filled column looks like is worked out from the order
statistics of the raw one, for clipping keeps the order and filling adds one value many times.

The functions are generators: they yield questions (`statistics`) and are sent the answers, so one
algorithm serves a column in memory, a stream of batches and a cluster.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from datacheck.errors import DataError
from datacheck.numeric.quantiles import interpolate, position
from datacheck.numeric.sums import exponent, mean_of, squares, std_of, total
from datacheck.ops import LARGEST, Affine, Clip, Fill, Op, Power
from datacheck.schema import Prepare
from datacheck.text import plural
from datacheck.transform.cell import power
from datacheck.transform.given import Refused
from datacheck.transform.ranged import clip_for, entering, into_range
from datacheck.transform.statistics import Below, Extent, ExtentAnswer, Mode, Pair, Squares, Total

Asking = Generator[Any, Any, Any]

#: What a schema's `infinite` policy is to `Missing`; `clip` is a `Clip` of its own.
INFINITE = {"error": "refuse", "missing": "missing", "clip": "keep"}
#: MAD of normal data times this is their standard deviation: 1 / Phi^-1(3/4). Iglewicz and
#: Hoaglin, "How to Detect and Handle Outliers" (1993), whose modified z-score this fence bounds.
MAD_TO_STD = 1.482602218505602


@dataclass(frozen=True)
class TransformedColumn:
    """A column after some ops, known by its extremes and by ranks of the raw column.

    `count` values lie between `low` and `high`; `skipped` raw values below them were made missing;
    `lower` and `upper` are what raw values are clipped to. `fill` stands `holes` times among them
    once the holes are filled. `low` and `high` are as `power` leaves them; all else is before it.
    """

    ops: tuple[Op, ...]
    count: int
    low: float
    high: float
    holes: int
    skipped: int = 0
    lower: float = -math.inf
    upper: float = math.inf
    fill: float | None = None
    power: str | None = None

    @property
    def filling(self) -> float | None:
        """The fill as the power leaves it."""
        return (
            self.fill if self.fill is None or self.power is None else power(self.power, self.fill)
        )

    @property
    def filled(self) -> int:
        """How many values there are, holes that were filled among them."""
        return self.count + (self.holes if self.fill is not None else 0)

    def clipped(self, value: float) -> float:
        """A raw value as the clipped column has it, and then its power."""
        kept = min(max(value, self.lower), self.upper)
        return kept if self.power is None else power(self.power, kept)


@dataclass(frozen=True)
class Learned:
    """The ops between `Missing` and `Cast`, and what a degenerate spread fell back to."""

    clips: tuple[Op, ...]
    fill: Fill | None
    affine: Affine | None
    extremes: tuple[float, float]
    missing: int
    degenerate: str | None = None
    power: Power | None = None


def learn_number(prepare: Prepare, column: str) -> Asking:
    """Fit a numeric column whose declared missing values are missing already."""
    extent = yield Extent()
    if extent.infinite and prepare.infinite == "error":
        raise DataError(
            f"Column {column!r} holds {plural(extent.infinite, 'infinite value')}",
            expected="finite values or missing ones",
            todo="`datacheck check` names the rows; repair them, or declare in the schema "
            "infinite: missing or infinite: clip",
        )
    valueless = math.isnan(extent.minimum)
    if valueless:
        raw = _without_values(prepare, column)
    else:
        raw = yield from _outliers(prepare, column, _start(prepare, extent))
        raw = yield from _imputed(prepare, raw)
    clips = raw.ops
    shape, powered = _powered(prepare, column, raw)
    fill = Fill(shape.fill) if shape.fill is not None else None
    affine, degenerate = None, None
    if prepare.scale != "none":
        scaled = replace(shape, fill=None) if prepare.impute == "knn" else shape
        affine, degenerate = yield from _scaled(prepare.scale, scaled)
        if prepare.scale == "minmax":
            spread = affine.scale
            affine = into_range(affine, shape.low, spread, prepare.feature_range)
            if prepare.clip:
                constant = degenerate == "constant"
                high = entering(prepare, shape.low + spread) if constant else raw.high
                clip = clip_for(prepare, affine, raw.low, high)
                clips = (*clips, clip)
                fill = None if fill is None else Fill(min(max(fill.value, clip.lower), clip.upper))
    missing = extent.rows - (0 if valueless else extent.valid)
    return Learned(clips, fill, affine, (shape.low, shape.high), missing, degenerate, powered)


def _powered(
    prepare: Prepare, column: str, shape: TransformedColumn
) -> tuple[TransformedColumn, Power | None]:
    """The shape after its power, which rises all along it, so that ranks stay what they are."""
    if prepare.power == "none":
        return shape, None
    try:
        low, high = power(prepare.power, shape.low), power(prepare.power, shape.high)
        filled = shape.fill
        if filled is not None:
            power(prepare.power, filled)
    except Refused as refusal:
        raise DataError(
            f"Column {column!r} has values that {prepare.power} cannot take: {refusal}",
            got=f"a least value of {shape.low!r}"
            + ("" if shape.fill is None else f", and a fill of {shape.fill!r}"),
            todo="declare power: signed_log1p, or missing_values and outliers that leave them out",
        ) from None
    op = Power(prepare.power)
    return replace(shape, ops=(*shape.ops, op), low=low, high=high, power=prepare.power), op


def _without_values(prepare: Prepare, column: str) -> TransformedColumn:
    if prepare.impute != "constant":
        raise DataError(
            f"Column {column!r} has no value to fit on: every cell is missing",
            expected="at least one finite value, or impute: constant with a fill_value",
            todo="drop the column from the schema, or declare a constant for it",
        )
    value = float(prepare.fill_value)
    return TransformedColumn((), 0, value, value, 0, fill=value)


def _start(prepare: Prepare, extent: ExtentAnswer) -> TransformedColumn:
    low, high = extent.minimum, extent.maximum
    holes = extent.rows - extent.valid
    if prepare.infinite == "clip":
        # Nothing but an infinity lies beyond the largest double.
        clip = Clip(-LARGEST, LARGEST, low, high)
        return TransformedColumn((clip,), extent.valid, low, high, holes, lower=low, upper=high)
    return TransformedColumn((), extent.valid, low, high, holes)


def _outliers(prepare: Prepare, column: str, shape: TransformedColumn) -> Asking:
    if prepare.outliers == "keep":
        return shape
    lower, upper = yield from _fences(prepare, shape)
    if prepare.outliers == "clip":
        return replace(
            shape,
            ops=(*shape.ops, Clip(lower, upper, lower, upper)),
            low=min(max(shape.low, lower), upper),
            high=min(max(shape.high, lower), upper),
            lower=max(shape.lower, lower),
            upper=min(shape.upper, upper),
        )
    under = (yield Below(lower)) if shape.low < lower else 0
    upto = (yield Below(math.nextafter(upper, math.inf))) if shape.high > upper else shape.count
    within = upto - under
    if not within:
        raise DataError(
            f"Every value of column {column!r} is an outlier by its own rule",
            got=f"outlier_rule: {prepare.outlier_rule} with values kept in [{lower}, {upper}]",
            todo="raise outlier_threshold in the schema",
        )
    kept = replace(
        shape,
        ops=(*shape.ops, Clip(lower, upper, None, None)),
        count=within,
        skipped=under,
        holes=shape.holes + shape.count - within,
    )
    low = (yield from _pair(kept, 0))[0]
    high = (yield from _pair(kept, within - 1))[0]
    return replace(kept, low=low, high=high)


def _fences(prepare: Prepare, shape: TransformedColumn) -> Asking:
    """Below and above which a value is an outlier; without a spread, nothing is one."""
    threshold = prepare.threshold
    if prepare.outlier_rule == "iqr":
        low, high = (yield from _quantile(shape, 0.25)), (yield from _quantile(shape, 0.75))
        reach = threshold * _spread(low, high)
    elif prepare.outlier_rule == "mad":
        low = high = yield from _quantile(shape, 0.5)
        rank, share = position(0.5, shape.count)
        near, far = yield Pair(rank, low)
        reach = threshold * MAD_TO_STD * interpolate(near, far, share)
    else:
        low = high = yield from _mean(shape)
        reach = threshold * (yield from _std(shape, low))
    if reach == 0.0:
        return shape.low, shape.high
    return max(low - reach, -LARGEST), min(high + reach, LARGEST)


def _imputed(prepare: Prepare, shape: TransformedColumn) -> Asking:
    """The shape with its holes filled, by what `impute` names."""
    if prepare.impute == "none":
        return shape
    if prepare.impute in ("median", "knn"):
        fill = yield from _quantile(shape, 0.5)
    elif prepare.impute == "mean":
        fill = yield from _mean(shape)
    elif prepare.impute == "most_frequent":
        fill = yield Mode(shape.ops)
    else:
        fill = float(prepare.fill_value)
    return replace(
        shape,
        fill=fill,
        low=min(shape.low, fill) if shape.holes else shape.low,
        high=max(shape.high, fill) if shape.holes else shape.high,
    )


def _scaled(scale: str, shape: TransformedColumn) -> Asking:
    """The `Affine` for this scaling, and what was used where its spread is degenerate."""
    if scale == "minmax" or not shape.filled:
        center, spread = shape.low, _spread(shape.low, shape.high)
    elif scale == "robust":
        center = yield from _quantile(shape, 0.5)
        low, high = (yield from _quantile(shape, 0.25)), (yield from _quantile(shape, 0.75))
        spread = _spread(low, high)
    else:
        center = yield from _mean(shape)
        spread = yield from _std(shape, center)
    for candidate, fallback in (
        (spread, None),
        (_spread(shape.low, shape.high), "range"),
        (1.0, "constant"),
    ):
        if candidate > 0.0 and math.isfinite(1.0 / candidate):
            # Never -0.0: polars takes `x - (-0.0)` for `x`, which differs where x is -0.0.
            return Affine(center + 0.0, 1.0 / candidate, candidate), fallback
    raise AssertionError


def _spread(low: float, high: float) -> float:
    return min(high - low, LARGEST)


def _quantile(shape: TransformedColumn, q: float) -> Asking:
    rank, share = position(q, shape.filled)
    low, high = yield from _pair(shape, rank)
    return interpolate(low, high, share)


def _pair(shape: TransformedColumn, rank: int) -> Asking:
    """Two neighbouring ranks of the clipped, filled column."""
    if shape.fill is None or not shape.holes:
        return (yield from _clipped_pair(shape, rank))
    filling = shape.filling
    under = yield from _under_fill(shape)
    if rank + 1 < under:
        return (yield from _clipped_pair(shape, rank))
    if rank >= under + shape.holes:
        return (yield from _clipped_pair(shape, rank - shape.holes))
    low = (yield from _clipped_pair(shape, rank))[0] if rank < under else filling
    following = min(rank + 1, shape.filled - 1)
    if following < under + shape.holes:
        return low, filling
    return low, (yield from _clipped_pair(shape, following - shape.holes))[0]


def _clipped_pair(shape: TransformedColumn, rank: int) -> Asking:
    low, high = yield Pair(rank + shape.skipped)
    if rank + 1 >= shape.count:
        high = low
    return shape.clipped(low), shape.clipped(high)


def _under_fill(shape: TransformedColumn) -> Asking:
    """How many values of the clipped column are less than the fill."""
    fill = shape.fill
    if fill is None or fill <= shape.lower:
        return 0
    if fill > shape.upper:
        return shape.count
    return min(max((yield Below(fill)) - shape.skipped, 0), shape.count)


def _mean(shape: TransformedColumn) -> Asking:
    scale = exponent(max(abs(shape.low), abs(shape.high)))
    units = yield Total(shape.ops, scale)
    if shape.fill is not None and shape.holes:
        # A sum is exact on its grid, so filled holes can be added to it after the event.
        units += shape.holes * total([np.array([shape.filling])], scale)
    return mean_of(units, shape.filled, scale)


def _std(shape: TransformedColumn, mean: float) -> Asking:
    # Halves, because a deviation may overflow where its half does not.
    half = max(abs(shape.low / 2 - mean / 2), abs(shape.high / 2 - mean / 2))
    scale = exponent(half) + 1
    first, second = yield Squares(shape.ops, mean, scale)
    if shape.fill is not None and shape.holes:
        more = squares([np.array([shape.filling])], mean, scale)
        first, second = first + shape.holes * more[0], second + shape.holes * more[1]
    return std_of(first, second, shape.filled, scale)
