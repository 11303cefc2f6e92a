"""Explains a part of a changed column: two units in it, or values from far outside."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from datacheck.findings.conversions import (
    CONVERSIONS,
    Conversion,
    decimals_of,
    on_grid,
    refuted,
    shared_places,
    snapped,
)
from datacheck.findings.fences import Tail, mirrored, upper_tail
from datacheck.findings.statistics import at_least, distance, effective, more_often
from datacheck.profiling.points import Points

#: The least number of cells, and the least and largest share, that a second unit must have.
LEAST, LEAST_SHARE, MOST_SHARE = 3, 0.015, 0.85
#: Where most of the reference is 0, so many others say what its unit looks like.
SOME = 30
#: A part fits up to this distance in units of a sample's own.
GOOD = 1.9
#: Extremes that are weighed, the outermost first.
_WEIGHED = 12
#: A cell is far out where fewer than this many such cells are expected.
_EXPECTED = 0.1
#: The reference's greatest value is itself far out below this p; and data up to so many times as
#: far from the middle are alike.
_OWN, _ALIKE = 0.01, 2.0
#: Widths of the reference beyond it that count, and the least chance that is multiplied.
FARTHEST, LEAST_CHANCE = 12.0, 1e-300
#: How far beyond the reference's range, in its widths, undone values may lie.
_ROOM = 0.25
#: Far values may decide alone where they fall into the reference's range, once undone, with less
#: than this chance: by its width on the logarithmic axis, among this much room there.
_BY_CHANCE, _LOG_ROOM = 1e-4, 3.0
#: What a rarer conversion must be better by, a step of rareness; and what a free share costs.
_RARER, _FREE = 0.25, 0.3
#: ... and a factor in a column around zero, where heavier tails look the same.
_AROUND_ZERO = 1.0
#: ... and a conversion that digits speak against.
_REFUTED = 1.0


class Far(NamedTuple):
    """The values that a reference makes improbable."""

    #: Where they begin, on each side.
    low: float
    high: float
    #: How probable it is that as many lie so far out by chance.
    p: float


def far_out(reference: Points, data: Points) -> Far:
    """Where values of `data` are improbably far out, by the tails of the reference."""
    if reference.values[0] <= data.values[0] and data.values[-1] <= reference.values[-1]:
        return Far(-math.inf, math.inf, 1.0)
    high, above = _far_above(reference, data, again=True)
    low, below = _far_above(mirrored(reference), mirrored(data), again=True)
    both = max(above * below, LEAST_CHANCE)
    # Either side alone, or both together (Fisher's method for two p-values).
    return Far(-low, high, min(1.0, 3 * min(above, below), 3 * both * (1 - math.log(both))))


def _far_above(reference: Points, data: Points, *, again: bool) -> tuple[float, float]:
    greatest = float(reference.values[-1])
    beyond = data.where(data.values > greatest)
    if not len(beyond):
        return math.inf, 1.0
    tail = upper_tail(reference)
    if tail is None or tail.start >= greatest:
        return _beyond_all(reference, data, beyond)
    fence, p = _beyond_tail(tail, greatest, data, beyond)
    if again and p < _OWN:
        p = max(p, _no_more_than_own(reference, data))
    return fence, p


def _no_more_than_own(reference: Points, data: Points) -> float:
    """The chance of so many far values, where the reference has some that are as far; else 0."""
    greatest = float(reference.values[-1])
    middle = reference.quantile(0.5)
    if float(data.values[-1]) - middle > _ALIKE * (greatest - middle):
        return 0.0
    rest = reference.where(reference.values < greatest)
    fence, own = _far_above(rest, reference, again=False)
    if own >= _OWN:
        return 0.0
    ours, theirs = (side.held(side.values > fence) for side in (data, reference))
    return more_often(round(ours), round(data.total), round(theirs), round(reference.total))


def _beyond_all(reference: Points, data: Points, beyond: Points) -> tuple[float, float]:
    """No tail to speak of: how often the reference's range is left, and how far."""
    hits = round(beyond.total)
    p = more_often(hits, round(data.total), 0, round(reference.total))
    wide = float(reference.values[-1] - reference.values[0])
    reach = float(beyond.values[-1] - reference.values[-1])
    if wide > 0:
        # A range that is left by many of its own lengths: each one makes it a tenth as likely.
        p *= 10.0 ** -min(reach / wide, FARTHEST)
    return float(reference.values[-1]), p


def _beyond_tail(tail: Tail, greatest: float, data: Points, beyond: Points) -> tuple[float, float]:
    total = data.total
    hits, best, fence = 0.0, 1.0, math.inf
    tried = 0
    for value, weight in zip(beyond.values[::-1], beyond.weights[::-1], strict=True):
        hits += float(weight)
        expected = total * tail.chance(float(value))
        if tried < _WEIGHED:
            # The tail was fitted to few values: the expectation may well be higher.
            best = min(best, at_least(round(hits), expected * tail.doubt))
            tried += 1
        if expected > _EXPECTED and tried >= min(_WEIGHED, len(beyond)):
            break
        fence = float(value)
    # Between the last value that is far out and the next that is not.
    fence = math.nextafter(fence, -math.inf) if fence < math.inf else greatest
    return max(fence, greatest), min(1.0, best * max(1, min(tried, 3)))


class Blend(NamedTuple):
    """Two units in one column."""

    conversion: Conversion
    #: How much of the column that is.
    share: float
    #: The distance that is left, in units of a sample's own.
    misfit: float
    #: The distance that is left.
    gap: float


def best_blend(
    reference: Points, data: Points, far: Points, *, far_alone: bool = False
) -> Blend | None:
    """The conversion of a part, perhaps of the `far` values alone, that explains `data` best."""
    told = reference.where(reference.values != 0).total
    if told < min(SOME, 0.5 * reference.total):
        return None  # zeros are zeros in any unit, and the others are too few
    places = decimals_of(reference) if reference.exact else None
    shared = shared_places(data, places)
    found = [
        blend
        for conversion in CONVERSIONS
        if conversion.rarity <= 2  # noqa: PLR2004 - rare ones need more rows than a part has
        and (
            blend := _blended(
                reference, data, far, conversion, places, shared=shared, far_alone=far_alone
            )
        )
        is not None
    ]
    best = min(found, key=lambda blend: blend.misfit, default=None)
    return best if best is not None and best.misfit <= GOOD else None


def _blended(
    reference: Points,
    data: Points,
    far: Points,
    conversion: Conversion,
    places: int | None,
    *,
    shared: int | None,
    far_alone: bool,
) -> Blend | None:
    # Where the converted would stand, too: their absence there speaks against them.
    there = conversion.there(reference.values)
    where = np.unique(np.concatenate([data.values, reference.values, there]))
    native, whole = reference.up_to(where), data.up_to(where)
    turned = reference.up_to(snapped(conversion.back(where), reference, places))
    step = turned - native
    size = float((step * step).sum())
    if size == 0:
        return None
    share = float(np.clip(((whole - native) * step).sum() / size, 0.0, 1.0))
    if not LEAST_SHARE <= share <= MOST_SHARE or share * data.total < LEAST:
        return None
    gap = float(np.abs(whole - native - share * step).max())
    misfit = gap * effective(reference, data)
    of_far = _far_misfit(reference, far, conversion, places)
    if misfit > of_far and far_alone and _luck(reference, far, conversion) < _BY_CHANCE:
        # What the others lack to be the reference's is no matter of units.
        misfit, gap = of_far, 0.0
    misfit = max(misfit, of_far)
    misfit += _RARER * conversion.rarity + _FREE
    if not conversion.offset and reference.values[0] < 0 < reference.values[-1]:
        misfit += _AROUND_ZERO * _balance(reference)
    if refuted(conversion, reference, shared):
        misfit += _REFUTED
    if places is not None and len(far):
        back = conversion.back(far.values)
        on = far.share(on_grid(back, places))
        misfit += 1.5 * (1 - on)
    return Blend(conversion, share, misfit, gap)


def _balance(points: Points) -> float:
    """From 0, where all values have one sign, to 1, where half of them have either."""
    share = points.share(points.values < 0)
    return 2 * min(share, 1 - share)


def _far_misfit(
    reference: Points, far: Points, conversion: Conversion, places: int | None
) -> float:
    """How the values from far outside fit, once undone: they must lie where the reference does."""
    if not len(far):
        return 0.0
    back = far.moved(snapped(conversion.back(far.values), reference, places))
    low, high = reference.ends
    room = _ROOM * (high - low)
    if back.inside(low - room, high + room).total < 0.9 * far.total:
        return math.inf
    # Only the part of the reference that the conversion would have put as far out.
    turned = conversion.there(reference.values)
    ends = _far_ends(reference, far)
    like = reference.where((turned < ends[0]) | (turned > ends[1]))
    if not len(like):
        return math.inf
    return distance(like, back) * effective(like, far)


def _luck(reference: Points, far: Points, conversion: Conversion) -> float:
    """How likely far values of any size would fall into the reference's range once undone."""
    low, high = reference.ends
    if low <= 0 or conversion.offset:
        return 1.0
    wide = math.log(high / low)
    return float((wide / (wide + _LOG_ROOM)) ** len(far))


def _far_ends(reference: Points, far: Points) -> tuple[float, float]:
    """The innermost of the values from far outside, on each side of the reference."""
    low, high = reference.ends
    below, above = far.values[far.values < low], far.values[far.values > high]
    return (
        math.nextafter(float(below[-1]), math.inf) if len(below) else -math.inf,
        math.nextafter(float(above[0]), -math.inf) if len(above) else math.inf,
    )


def minority_cells(
    reference: Points, data: Points, conversion: Conversion
) -> dict[str, list[float]]:
    """Where the converted values lie, ``inside`` or ``outside`` of two ends, for `locate`."""
    low, high = reference.ends
    back = conversion.back(data.values)
    room = 0.05 * (high - low)
    chosen = (back >= low - room) & (back <= high + room)
    chosen &= (data.values < low) | (data.values > high)
    found = data.where(chosen)
    if not len(found):
        ends = sorted([low * conversion.factor, high * conversion.factor])
        return {"inside": [ends[0] + conversion.offset, ends[1] + conversion.offset]}
    first, last = found.ends
    return {"outside": [low, high]} if first < low and last > high else {"inside": [first, last]}
