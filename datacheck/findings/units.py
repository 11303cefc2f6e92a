"""Two units in one column: ``scale.unit_mix``, seen in the column alone.

Two populations stand apart on a logarithmic axis, are alike in shape, and their ratio is that of a
known conversion. Any two groups have some ratio, so more is asked: a power of ten, or digits that
give it away (the minority has more decimals than the majority, until it is converted back).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.findings.as_written import is_spelled
from datacheck.findings.conversions import FACTORS, Conversion, decimals_of, on_grid
from datacheck.findings.digits import (
    MORE_PLACES,
    PLACES,
    Telltale,
    telltale,
    tens_told,
    usual_places,
)
from datacheck.findings.long_digits import converted_in
from datacheck.findings.populations import LEAST, log_width, splits
from datacheck.findings.statistics import at_least, distance, distance_p
from datacheck.findings.types import holds_numbers
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import converted, magnitude

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.profiling.points import Points

#: Distinct values that the minority must have: fewer are no population.
DISTINCT = 3
#: The chance that so many values of the majority happen to be as round as the minority undone.
COARSE = 0.01
#: Undone, the minority may lie outside the majority by this part of its width.
_ROOM = 0.25
_EXACT = 1e-9
#: Of converted values, so many at most are round by chance.
ROUND = 0.1
#: Two populations are alike if their shapes differ by no more than chance would at this level.
ALIKE = 0.01
#: ... or at this one, where their digits speak for it too.
ALIKE_BY_DIGITS = 0.001
#: Up to this share of a column may be negative.
BELOW = 0.05
_FAR_APART = math.log(8.0)
#: A ratio is measured to so many of its standard errors, and one more in a plain case: of so many
#: cells, and more decades. The largest error of a ratio that is measured, and of a precise one.
ERRORS, MANY, _FAR, MEASURED, PRECISE = 3.0, 6, 1.5, 0.15, 0.02
#: A power of ten that is off by so many standard errors leaves the ratio to a unit that is not.
CLEARLY = 2.0
#: Far powers of ten are measured well enough to this part of their own size (in log units): the
#: next power is as far off as before.
OF_TENS = 0.04
#: Populations that lie so many of their widths apart are a plain case too.
WIDTHS = 10.0
#: Undone, so many of the minority may lie beyond the majority's ends, a little.
FEW = 0.1


class Mix(NamedTuple):
    """Two units in one column.

    Parameters
    ----------
    low, high
        Where the minority's values lie.
    cells
        How many cells that is.
    conversion
        What was done to them.
    beyond
        The decimals that the others have, where it is by more decimals that the cells are known.
    apart
        The magnitude that parts them from the others, where the column has both signs.
    values
        The values themselves, where exact digits or pairs tell each.
    """

    low: float
    high: float
    cells: int
    conversion: Conversion
    beyond: int | None = None
    apart: float | None = None
    values: tuple[float, ...] = ()

    @property
    def where(self) -> dict[str, object]:
        """Which cells, as `locate` reads it."""
        if self.values:
            return {"values": list(self.values)}
        if self.beyond is not None:
            return {"decimals_beyond": self.beyond}
        if self.apart is None:
            return {"inside": [self.low, self.high]}
        larger = abs(self.conversion.factor) > 1
        return {"beyond": self.apart} if larger else {"inside": [-self.apart, self.apart]}

    def others(self, points: Points) -> Points:
        """The points that are none of them."""
        if self.values:
            return points.where(~np.isin(points.values, self.values))
        if self.apart is None:
            return points.where((points.values < self.low) | (points.values > self.high))
        small = np.abs(points.values) <= self.apart
        return points.where(small if abs(self.conversion.factor) > 1 else ~small)


def mix_told(points: Points, told: Telltale) -> Mix:
    """The mix that digits have given away."""
    off = points.where(~on_grid(points.values, told.places))
    fits = on_grid(told.conversion.back(off.values), told.places)
    if not fits.all():
        # A few have more decimals of their own.
        return _of_values(off.where(fits), told.conversion)
    low, high = float(off.values[0]), float(off.values[-1])
    among = points.where((points.values >= low) & (points.values <= high))
    if among.total <= (1 + ROUND) * told.cells:
        # They stand apart: the few round ones among them are converted too.
        return Mix(low, high, round(among.total), told.conversion)
    return Mix(low, high, told.cells, told.conversion, told.places)


def _of_values(points: Points, conversion: Conversion) -> Mix:
    ends = float(points.values[0]), float(points.values[-1])
    values = tuple(points.values.tolist())
    return Mix(*ends, round(points.total), conversion, values=values)


def _lies_better(rest: Points, off: Points, conversion: Conversion) -> bool:
    """Whether what digits give away may lie among the others once it is undone.

    Heights that were measured in inches and written in centimetres have odd digits too, and are in
    no other unit.
    """
    if not len(rest):
        return True
    undone = off.moved(conversion.back(off.values))
    now, then = (distance_p(distance(rest, side), rest.total, side.total) for side in (off, undone))
    return now < ALIKE or then >= ALIKE


def mixed_units(profile: Profile) -> Iterator[Finding]:
    """``scale.unit_mix``: two populations that one conversion makes one."""
    for column in profile.columns.values():
        if holds_numbers(column):
            mix = mix_in(column.points)
            if mix is not None:
                yield mix_finding(column, mix)


def mix_in(points: Points) -> Mix | None:
    """The two populations of a column, if it has them."""
    if "scale.unit_mix" in points.clear:
        return None
    usual = usual_places(points)
    for places in () if usual is None else range(usual, min(usual + MORE_PLACES, PLACES) + 1):
        told = telltale(points, places) or tens_told(points, places)
        on = on_grid(points.values, places)
        if told and _lies_better(points.where(on), points.where(~on), told.conversion):
            return mix_told(points, told)
    # A zero is one in any unit; where there are both signs, magnitudes tell.
    below = points.total - points.where(points.values >= 0).total
    signed = below > BELOW * points.total
    sizes = points.moved(np.abs(points.values)) if signed else points
    sizes = sizes.where(sizes.values > 0)
    if len(sizes) < 2 * LEAST:
        return None
    return _parted(sizes, signed=signed) or _exactly_told(points, usual)


def _exactly_told(points: Points, usual: int | None) -> Mix | None:
    """The mix that long digits or pairs of exact values have given away."""
    if usual is not None and on_grid(points.values, usual).all():
        return None
    told = converted_in(points)
    if told is None:
        return None
    rest = points.where(~np.isin(points.values, told.points.values))
    if not _lies_better(rest, told.points, told.conversion):
        return None
    return _of_values(told.points, told.conversion)


def _parted(sizes: Points, *, signed: bool) -> Mix | None:
    """The mix whose two populations stand apart in size."""
    for lower, upper in splits(sizes):
        minority, majority = (lower, upper) if lower.total <= upper.total else (upper, lower)
        if len(minority) < DISTINCT:
            continue  # two values are no population
        conversion = _conversion_between(majority, minority)
        if conversion is not None and _is_of_kind(majority, minority, conversion):
            ends = float(minority.values[0]), float(minority.values[-1])
            middle = math.sqrt(float(lower.values[-1]) * float(upper.values[0]))
            parted = middle if signed else None
            return Mix(*ends, round(minority.total), conversion, apart=parted)
    return None


def _is_of_kind(majority: Points, minority: Points, conversion: Conversion) -> bool:
    """Whether the minority, undone, might be some of the majority, and is no coarser than that.

    A few low grades are a tenth of the high ones too. But a tenth of a whole number is seldom
    whole.
    """
    back = minority.moved(conversion.back(minority.values))
    wide = log_width(majority)
    apart = minority.total >= MANY and abs(math.log(conversion.factor)) >= WIDTHS * wide
    plain = apart or _is_plain_case(minority, conversion)
    few = FEW * minority.total if plain else 0.0
    for room, allowed in ((_ROOM, few), (1.0, 0.0)):
        low, high = (
            float(majority.values[end]) * math.exp(sign * room * wide)
            for end, sign in ((0, -1), (-1, 1))
        )
        astray = (back.values < low) | (back.values > high)
        if float(back.weights[astray].sum()) > allowed:
            return False
    places = decimals_of(majority.values, majority.weights)
    if places is None or not on_grid(minority.values, places).all():
        return True
    # As coarse as the majority before it is undone: then coarser than that afterwards?
    power = math.log10(conversion.factor)
    if abs(power - round(power)) > _EXACT or power > 0:
        return True
    coarse = places + round(power)
    share = float(majority.weights[on_grid(majority.values, coarse)].sum()) / majority.total
    return bool(share**minority.total >= COARSE)


def _conversion_between(majority: Points, minority: Points) -> Conversion | None:
    logs = majority.moved(np.log(majority.values)), minority.moved(np.log(minority.values))
    ratio = logs[1].quantile(0.5) - logs[0].quantile(0.5)
    size = majority.total * minority.total / (majority.total + minority.total)
    error = 1.25 * max(log_width(majority), log_width(minority)) / 3.3 / math.sqrt(size) + 1e-3
    # In a coarse column a median moves by whole steps.
    near = [
        c
        for c in FACTORS
        if abs(math.log(c.factor) - ratio)
        <= (ERRORS + _is_plain_case(minority, c)) * error + _step_at_median(majority)
    ]
    near.sort(key=lambda c: (c.rarity, abs(math.log(c.factor) - ratio)))
    for conversion in near:
        back = minority.moved(conversion.back(minority.values))
        p = distance_p(distance(majority, back), majority.total, back.total)
        round_ones = error <= MEASURED or len(minority) >= MANY
        told = _given_away(majority, minority, back) or (
            round_ones and _as_round(majority, minority, conversion)
        )
        precise = _precise(conversion, error) and not _too_round(majority, minority)
        ten = _plain_ten(conversion, error)
        if (told or ten or precise) and p >= (ALIKE_BY_DIGITS if told else ALIKE):
            return _nearer(conversion, near, ratio, error) if ten else conversion
    return None


def _nearer(ten: Conversion, near: Iterable[Conversion], ratio: float, error: float) -> Conversion:
    """A power of ten, or the unit beside it that the populations' ratio is clearly nearer to.

    A tenth, and the 0.0929 of square feet to square metres: what is off the one by two standard
    errors and off the other by one at most is the other.
    """
    off = {c: abs(math.log(c.factor) - ratio) for c in near}
    best = min(off, key=lambda c: off[c])
    return best if off[ten] >= CLEARLY * error and off[best] <= error else ten


def _step_at_median(points: Points) -> float:
    """The larger of the steps to the median's neighbours, on the logarithmic axis."""
    place = int(np.searchsorted(points.values, points.quantile(0.5)))
    beside = np.log(points.values[max(place - 1, 0) : place + 2])
    return float(np.diff(beside).max()) if len(beside) > 1 else 0.0


def _as_round(majority: Points, minority: Points, conversion: Conversion) -> bool:
    """Whether a minority that is tens of times larger is as many digits rounder, every cell of it.

    Of millimetres among metres to three places each is whole; of whole numbers that are merely
    large, hardly any is a thousand's multiple.
    """
    power = math.log10(conversion.factor)
    places = decimals_of(majority.values, majority.weights)
    if places is None or power < 1 - _EXACT or abs(power - round(power)) > _EXACT:
        return False
    if _to_so_many_digits(majority, minority):
        return False
    return len(minority) > DISTINCT and bool(on_grid(minority.values, places - round(power)).all())


def _plain_ten(conversion: Conversion, error: float) -> bool:
    """A power of ten that is measured well enough, and far enough, to be no accident."""
    power = math.log10(conversion.factor)
    exact = abs(power - round(power)) < 1e-9  # noqa: PLR2004
    far = abs(math.log(conversion.factor))
    return exact and error < max(MEASURED, OF_TENS * far) and far > _FAR_APART


def _is_plain_case(minority: Points, conversion: Conversion) -> bool:
    """Whether there are cells enough, and so far off, that hardly anything else looks the same."""
    return minority.total >= MANY and abs(math.log10(conversion.factor)) > _FAR


def _precise(conversion: Conversion, error: float) -> bool:
    """A usual unit whose factor is measured so well that few ratios would come as near."""
    return conversion.rarity <= 1 and error <= PRECISE


def _too_round(majority: Points, minority: Points) -> bool:
    """Whether a minority is too round to have been converted by a factor that is no ten.

    Of converted numbers one in ten ends in a zero, whatever the others do.
    """
    places = decimals_of(majority.values, majority.weights)
    if places is None or not on_grid(minority.values, places).all():
        return False
    rounder = float(minority.weights[on_grid(minority.values, places - 1)].sum())
    return at_least(round(rounder), ROUND * minority.total) < COARSE


def _given_away(majority: Points, minority: Points, back: Points) -> bool:
    """Whether the minority has the majority's decimals only once it is converted back."""
    places = decimals_of(majority.values, majority.weights)
    if places is None or _to_so_many_digits(majority, minority):
        return False
    before = float(minority.weights[on_grid(minority.values, places)].sum()) / minority.total
    after = float(back.weights[on_grid(back.values, places)].sum()) / back.total
    return before <= 0.5 and after >= 0.95  # noqa: PLR2004


def _to_so_many_digits(*populations: Points) -> bool:
    """Whether numbers are written to one or two digits, so that small ones have more decimals.

    Of whole numbers of three digits, one in ten ends in a zero; where all do, 0.005 beside 850 is
    as precise as it.
    """
    return any(_round_from(digits, populations) for digits in (1, 2))


def _round_from(digits: int, populations: Iterable[Points]) -> bool:
    """Whether no number has more digits, by more cells than chance would bring."""
    longer = 0.0
    for points in populations:
        places = decimals_of(points.values, points.weights)
        if places is None:
            return False
        large = points.where(points.values >= 10.0 ** (digits - places))
        if not on_grid(large.values, places - 1).all():
            return False
        longer += large.total
    return bool(ROUND**longer < COARSE)


_OTHERS = "the others'"


def mix_finding(column: ColumnProfile, mix: Mix, **evidence: object) -> Finding:
    """A mix of units as a finding."""
    factor, offset = mix.conversion.factor, mix.conversion.offset
    fix = fixes.rescale(column.name, mix.where, factor, offset)
    spelled = is_spelled(column)  # a text that is not read as a number cannot be divided
    before = "Have the numbers read first, as type.numeric_text says. " if spelled else ""
    return Finding(
        code="scale.unit_mix",
        severity="error",
        column=column.name,
        count=mix.cells,
        message=f"{mix.cells:,} values, from {magnitude(mix.low, 5)} to "
        f"{magnitude(mix.high, 5)}, are in another unit: "
        f"{converted(_OTHERS, factor, offset)}{mix.conversion.aside}.",
        remedy=before + fix.sentence,
        fix=None if spelled else fix,
        evidence={
            "where": mix.where,
            "factor": factor,
            "offset": mix.conversion.offset,
            "conversion": mix.conversion.name,
            **({} if column.points.exact else {"estimated": True}),
            **evidence,
        },
    )
