"""Explains a changed column as one conversion of all its values: a unit, or a scaler.

Each candidate is undone on the data, and what comes out is held against the reference. The best
fit is taken if it is as good as two samples of one column are. Where the reference is written with
few decimals, a true conversion brings them back, which tells 2.54 from 2.5 in a few rows.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np

from datacheck.findings.blend import far_out
from datacheck.findings.conversions import (
    CONVERSIONS,
    Conversion,
    decimals_of,
    on_grid,
    refuted,
    shared_places,
    snapped,
)
from datacheck.findings.statistics import distance, effective, spread_of
from datacheck.profiling.points import Points

#: A fit is good up to this distance in units of a sample's own (one true fit in
#: a thousand is worse).
GOOD = 1.95
#: ... or up to this distance, however many rows there are.
CLOSE = 0.04
#: What a rarer conversion must be better by, a step of rareness, in the same units.
RARER = 0.12
#: What it costs to miss the reference's decimals.
OFF_GRID = 1.0
#: What it costs where digits speak against it (see `conversions.refuted`).
REFUTED = 1.0
#: Two columns that overlap so little were not moved by the world.
MOVED_AWAY = 0.9
#: The handicap of a scaler whose marks are there, of one that is only likely, and of the
#: reference's own numbers.
MARKED, UNMARKED, THEIRS = -0.5, 0.5, 0.2
#: Fewer different values are not scaled, but coded.
SCALED = 3
#: A shift or factor of no known unit, and its handicap.
FREE, UNKNOWN = "free", 0.8
_LEVELS = (0.25, 0.5, 0.75)
#: A column repeats its values where fewer than this share are distinct; how near is the same.
TIED, NEAR = 0.5, 0.1
#: Fits that are looked at closely, the best first.
_TRIED = 6
_SAME = 1e-6
#: A cell that is left out moves a column's middle by so many spreads, of the cells' number.
_MOVED = 4.0


class Fit(NamedTuple):
    """A candidate and how well it fits."""

    #: "minmax", "zscore" or "robust"; "" for a conversion of units.
    scaler: str
    conversion: Conversion
    #: The distance that is left, in units of a sample's own, with the candidate's handicaps.
    misfit: float
    #: The distance that is left.
    gap: float

    @property
    def good(self) -> bool:
        """Whether two samples of one column may well differ as much."""
        return self.misfit <= GOOD or (self.gap <= CLOSE and self.misfit < math.inf)


def best_fit(
    reference: Points, data: Points, alpha: float, marks: Collection[str] | None = None
) -> Fit | None:
    """The conversion that explains `data` best, if one does.

    A plain shift and a factor of no known unit compete too, with a handicap for being free; where
    one of them wins, its `scaler` is `FREE` and no unit may be named. `marks` are the scalers whose
    marks the data bear, where that is known better than they show.
    """
    judge = AffineTest(reference, data)
    fits = [judge.fit("", conversion, RARER * conversion.rarity) for conversion in CONVERSIONS]
    fits += [judge.fit(*guess) for guess in scalings(reference, data, marks)]
    fits += [judge.fit(FREE, conversion, UNKNOWN) for conversion in _free(reference, data)]
    fits.sort(key=lambda fit: fit.misfit)
    best = None
    for fit in fits[:_TRIED]:
        if fit.good and not judge.leaves_strangers(fit, alpha):
            if best is None and (fit.scaler != FREE or fit.conversion.factor == 1):
                return fit
            # A free factor cannot bring the reference's decimals back; a unit that does is true.
            if best is not None and fit.misfit <= best.misfit + OFF_GRID and judge.restores(fit):
                return fit
            best = best or fit
    return best


def _free(reference: Points, data: Points) -> Iterator[Conversion]:
    theirs, ours = reference.quantiles(_LEVELS), data.quantiles(_LEVELS)
    shift = ours[1] - theirs[1]
    yield Conversion("shifted", 1.0, shift)
    for old, new in zip(theirs, ours, strict=True):
        if old * new > 0:
            yield Conversion("scaled by a factor", new / old)
    if theirs[2] > theirs[0] and ours[2] > ours[0]:
        yield Conversion("scaled by a factor", (ours[2] - ours[0]) / (theirs[2] - theirs[0]))


class AffineTest:
    """Holds candidates against one pair of columns."""

    def __init__(self, reference: Points, data: Points) -> None:
        self.reference, self.data = reference, data
        self.unit = effective(reference, data)
        self.places = decimals_of(reference) if reference.exact else None
        low, high = reference.ends
        self.spread = spread_of(reference)
        # What is written anew in another unit is often rounded anew: where hardly a value is left
        # where it was, digits do not speak against a unit that brings all of them back.
        self.moved_away = distance(reference, data) >= MOVED_AWAY
        self.shared = shared_places(data, self.places)
        self.room = (low - 0.5 * (high - low), high + 0.5 * (high - low))

    def fit(self, scaler: str, conversion: Conversion, handicap: float) -> Fit:
        """Undo a conversion and see what distance is left."""
        back = conversion.back(self.data.values)
        inside = (back >= self.room[0]) & (back <= self.room[1])
        astray = 1 - self.data.share(inside)
        if astray > 0.1:  # noqa: PLR2004 - hopeless: spared the work
            return Fit(scaler, conversion, math.inf, 1.0)
        gap = distance(self.reference, self.undone(scaler, back))
        misfit = gap * self.unit + handicap
        if self.moved_away:
            return Fit(scaler, conversion, misfit, gap)
        if self.places is not None and not scaler:
            on = self.data.share(on_grid(back, self.places))
            misfit += OFF_GRID * (1 - on)
        if scaler != FREE and refuted(conversion, self.reference, self.shared):
            # Scaled numbers are written with many digits.
            misfit += 2 * REFUTED if scaler else REFUTED
        return Fit(scaler, conversion, misfit, gap)

    def restores(self, fit: Fit) -> bool:
        """Whether a unit gives the data the reference's decimals, which they lack."""
        if self.places is None or fit.scaler:
            return False
        data = self.data
        back = fit.conversion.back(data.values)
        before, after = (data.share(on_grid(values, self.places)) for values in (data.values, back))
        return before <= 0.5 and after >= 0.95  # noqa: PLR2004

    def leaves_strangers(self, fit: Fit, alpha: float) -> bool:
        """Whether values remain that the reference's tails do not allow."""
        back = self.undone(fit.scaler, fit.conversion.back(self.data.values))
        return far_out(self.reference, back).p < alpha

    def undone(self, scaler: str, back: np.ndarray) -> Points:
        """The data once undone, laid on the reference's values where these repeat and are near."""
        if scaler not in ("", FREE) and len(self.reference) < TIED * self.reference.total:
            return self.data.moved(nearest(back, self.reference.values, NEAR * self.spread))
        return self.data.moved(snapped(back, self.reference, self.places))


def nearest(values: np.ndarray, to: np.ndarray, room: float) -> np.ndarray:
    """Each value, or the nearest of `to` (ascending) where that is within `room`."""
    place = np.clip(np.searchsorted(to, values), 1, max(len(to) - 1, 1))
    below, above = to[place - 1], to[np.minimum(place, len(to) - 1)]
    near = np.where(values - below <= above - values, below, above)
    return np.where(np.abs(values - near) <= room, near, values)


def scalings(
    reference: Points, data: Points, marks: Collection[str] | None = None
) -> Iterator[tuple[str, Conversion, float]]:
    """What each scaler would have done, with the handicap of the guess."""
    marks = set(marks_of(data) if marks is None else marks) - marks_of(reference)
    if len(data) < SCALED:
        return
    for scaler, (center, scale) in shapes_of(reference).items():
        # A scale of 1 moves the values, and no more.
        if scale > 0 and math.isfinite(scale) and abs(scale - 1) > _SAME:
            yield scaler, Conversion(f"scaled by {scaler}", 1 / scale, -center / scale), THEIRS
    for scaler in sorted(marks):
        for matched in _matched(reference, data, scaler):
            yield scaler, matched, MARKED
    if "minmax" not in marks and _in_unit_range(data) and not _in_unit_range(reference):
        for matched in _matched(reference, data, "minmax"):
            yield "minmax", matched, UNMARKED


def _in_unit_range(points: Points) -> bool:
    low, high = points.ends
    return -_SAME <= low <= 0.3 and 0.5 <= high <= 1 + _SAME  # noqa: PLR2004


def _matched(reference: Points, data: Points, scaler: str) -> Iterator[Conversion]:
    """The data's middle and spread laid on the reference's, by each measure of them."""
    theirs, ours = shapes_of(reference), shapes_of(data)
    for way, (center, scale) in theirs.items():
        own_center, own_scale = ours[way]
        if min(scale, own_scale) > 0:
            factor = own_scale / scale
            yield Conversion(f"scaled by {scaler}", factor, own_center - factor * center)


def marks_of(points: Points, without: float = 0.0) -> set[str]:
    """The scalers whose marks a column bears: exactly, or as nearly as so many cells move them."""
    if len(points) < SCALED:
        return set()
    found = set()
    moved = _MOVED * without / points.total
    for scaler, (center, scale) in shapes_of(points).items():
        # Either convention of the standard deviation: over n, or over n - 1.
        room = 1.0 / points.total + _SAME if scaler == "zscore" else _SAME
        nearly = 0.0 if scaler == "minmax" else moved
        if abs(center) <= _SAME + nearly and abs(scale - 1) <= room + 2 * nearly:
            found.add(scaler)
    return found


def refit(reference: Points, data: Points) -> Fit | None:
    """What moved between two columns that bear the marks of one scaler, by their own numbers."""
    judge = AffineTest(reference, data)
    fits = [
        judge.fit(scaler, conversion, 0.0)
        for scaler in sorted(marks_of(data) & marks_of(reference))
        for conversion in _matched(reference, data, scaler)
    ]
    best = min(fits, key=lambda fit: fit.misfit, default=None)
    return best if best is not None and best.good else None


def shapes_of(points: Points) -> dict[str, tuple[float, float]]:
    """Center and scale of a column by each scaler."""
    low, high = points.ends
    weights = points.weights / points.total
    mean = float((weights * points.values).sum())
    # Beyond 1e154 it is infinite, and no scaler's mark can be read from it.
    std = math.sqrt(float((weights * (points.values - mean) ** 2).sum()))
    first, middle, third = points.quantiles([0.25, 0.5, 0.75])
    return {
        "minmax": (low, high - low),
        "zscore": (mean, std),
        "robust": (middle, third - first),
    }
