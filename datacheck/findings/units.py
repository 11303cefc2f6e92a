"""Two units in one column: ``scale.unit_mix``, seen in the column alone.

Two populations stand apart on a logarithmic axis, are alike in shape, and their ratio is that of a
known conversion. Any two groups have some ratio, so more is asked: a power of ten, or digits that
give it away (the minority has more decimals than the majority, until it is converted back).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from datacheck.findings.as_written import is_spelled
from datacheck.findings.conversions import Conversion, decimals_of, on_grid
from datacheck.findings.digits import (
    MORE_PLACES,
    PLACES,
    Telltale,
    telltale,
    tens_told,
    usual_places,
)
from datacheck.findings.long_digits import converted_in
from datacheck.findings.named_units import mix_said_by
from datacheck.findings.statistics import distance, distance_p
from datacheck.findings.types import holds_numbers
from datacheck.findings.unit_ratios import (
    ALIKE,
    CELLS,
    COARSE,
    DISTINCT,
    EXACT,
    LEAST,
    MANY,
    ROUND,
    conversion_between,
    is_finer,
    is_plain_case,
    likely_between,
    log_width,
    splits,
    told_by_digits,
)
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import converted, magnitude

#: Undone, the minority may lie outside the majority by this part of its width.
_ROOM = 0.25
#: Up to this share of a column may be negative.
BELOW = 0.05
#: Populations that lie so many of their widths apart are a plain case too.
WIDTHS = 10.0
#: The minority is no so many times wider than the majority, on the logarithmic axis.
SPREAD = 2.0
#: Where so few of either lie among the other, without a gap, small values are measured more finely.
AMONG, GAP = 0.1, 1.5
#: Undone, so many of the minority may lie beyond the majority's ends, a little.
FEW = 0.1


class Mix(NamedTuple):
    """Two units in one column."""

    #: Where the minority's values lie.
    low: float
    high: float
    cells: int
    conversion: Conversion
    #: The decimals that the others have, where it is by more decimals that the cells are known.
    beyond: int | None = None
    #: The magnitude that parts them from the others, where the column has both signs.
    apart: float | None = None
    #: The values themselves, where exact digits or pairs tell each.
    values: tuple[float, ...] = ()
    #: Whether the ratio of the populations and their decimals are all that speaks for it.
    guess: bool = False

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
            return points.outside(self.low, self.high)
        small = np.abs(points.values) <= self.apart
        return points.where(small if abs(self.conversion.factor) > 1 else ~small)


def _are_small_ones(fine: Points, coarse: Points) -> bool:
    """Whether the finer values are all the small ones: a scale may show more decimals of these."""
    end = fine.quantile(1 - FEW)
    above = coarse.values[coarse.values > end]
    few = coarse.held(coarse.values <= end) <= AMONG * coarse.total
    return few and end > 0 and len(above) > 0 and above[0] <= GAP * end


def mix_told(points: Points, told: Telltale) -> Mix:
    """The mix that digits have given away."""
    off = points.where(~on_grid(points.values, told.places))
    fits = on_grid(told.conversion.back(off.values), told.places)
    if not fits.all():
        # A few have more decimals of their own.
        return _of_values(off.where(fits), told.conversion)
    low, high = off.ends
    among = points.inside(low, high)
    if among.total <= (1 + ROUND) * told.cells:
        # They stand apart: the few round ones among them are converted too.
        return Mix(low, high, round(among.total), told.conversion)
    return Mix(low, high, told.cells, told.conversion, told.places)


def _of_values(points: Points, conversion: Conversion) -> Mix:
    values = tuple(points.values.tolist())
    return Mix(*points.ends, round(points.total), conversion, values=values)


def _lies_better(rest: Points, off: Points, conversion: Conversion) -> bool:
    """Whether what digits give away may lie among the others once it is undone.

    Heights that were measured in inches and written in centimetres have odd digits too, and are in
    no other unit. Nor are they where they are of other people, of whom some are as tall.
    """
    if not len(rest):
        return True
    undone = off.moved(conversion.back(off.values))
    now, then = (distance(rest, side) for side in (off, undone))
    if distance_p(rest, undone, then) >= ALIKE:
        return True
    return then <= now and distance_p(rest, off, now) < ALIKE


def mixed_units(column: ColumnProfile) -> Iterator[Finding]:
    """``scale.unit_mix``: two populations that one conversion makes one."""
    if not holds_numbers(column):
        return
    if (mix := mix_in(column.points)) is not None:
        yield mix_finding(column, mix)
    elif (mix := mix_by_name(column)) is not None:
        yield mix_finding(column, mix).as_question("they are")


def mix_by_name(column: ColumnProfile) -> Mix | None:
    """Two populations of what a column's name says, if they are one in another of its units."""
    found = mix_said_by(column.name, column.points)
    if found is None:
        return None
    minority, conversion = found
    return Mix(*minority.ends, round(minority.total), conversion, guess=True)


@fact
def mix_in(points: Points) -> Mix | None:
    """The two populations of a column, if it has them."""
    usual = usual_places(points)
    for places in () if usual is None else range(usual, min(usual + MORE_PLACES, PLACES) + 1):
        on = on_grid(points.values, places)
        if on.all():
            continue  # there is nothing to tell by
        told = telltale(points, places) or tens_told(points, places)
        if told and _lies_better(points.where(on), points.where(~on), told.conversion):
            finer = _are_small_ones(points.where(~on), points.where(on))
            return mix_told(points, told)._replace(guess=finer)
    # A zero is one in any unit; where there are both signs, magnitudes tell.
    signed = points.held(points.values < 0) > BELOW * points.total
    sizes = points.moved(np.abs(points.values)) if signed else points
    above = sizes.values > 0
    sizes = sizes if above.all() else sizes.where(above)
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
        conversion = conversion_between(majority, minority)
        guess = conversion is None or not (
            (minority.total >= CELLS and not is_finer(majority, minority, conversion))
            or told_by_digits(majority, minority, conversion)
        )
        conversion = conversion or likely_between(majority, minority)
        if conversion is not None and _is_of_kind(majority, minority, conversion):
            middle = math.sqrt(float(lower.values[-1]) * float(upper.values[0]))
            parted = middle if signed else None
            cells = round(minority.total)
            return Mix(*minority.ends, cells, conversion, apart=parted, guess=guess)
    return None


def _is_of_kind(majority: Points, minority: Points, conversion: Conversion) -> bool:
    """Whether the minority, undone, might be some of the majority, and is no coarser than that."""
    back = minority.moved(conversion.back(minority.values))
    wide = log_width(majority)
    if log_width(minority) > SPREAD * wide:
        return False
    apart = minority.total >= MANY and abs(math.log(conversion.factor)) >= WIDTHS * wide
    plain = apart or is_plain_case(minority, conversion)
    few = FEW * minority.total if plain else 0.0
    for room, allowed in ((_ROOM, few), (1.0, 0.0)):
        low, high = (
            float(majority.values[end]) * math.exp(sign * room * wide)
            for end, sign in ((0, -1), (-1, 1))
        )
        if back.outside(low, high).total > allowed:
            return False
    places = decimals_of(majority)
    if places is None or not on_grid(minority.values, places).all():
        return True
    # As coarse as the majority before it is undone: then coarser than that afterwards?
    power = math.log10(conversion.factor)
    if abs(power - round(power)) > EXACT or power > 0:
        return True
    coarse = places + round(power)
    share = majority.share(on_grid(majority.values, coarse))
    return bool(share**minority.total >= COARSE)


OTHERS = "the others'"


def mix_finding(column: ColumnProfile, mix: Mix, **evidence: object) -> Finding:
    """A mix of units as a finding."""
    factor, offset = mix.conversion.factor, mix.conversion.offset
    fix = fixes.rescale(column.name, mix.where, factor, offset)
    spelled = is_spelled(column)  # a text that is not read as a number cannot be divided
    before = "Have the numbers read first, as type.numeric_text says. " if spelled else ""
    return Finding(
        code="scale.unit_mix",
        severity="warning" if mix.guess else "error",
        column=column.name,
        count=mix.cells,
        message=f"{mix.cells:,} values, from {magnitude(mix.low, 5)} to "
        f"{magnitude(mix.high, 5)}, {'may be' if mix.guess else 'are'} in another unit: "
        f"{converted(OTHERS, factor, offset)}{mix.conversion.aside}.",
        remedy=before + fix.sentence,
        fix=None if spelled else fix,
        evidence={
            "where": mix.where,
            "factor": factor,
            "offset": offset,
            "conversion": mix.conversion.name,
            **column.points.estimated,
            **evidence,
        },
    )
