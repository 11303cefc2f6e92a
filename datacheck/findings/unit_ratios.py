"""Which conversion lies between two populations: by their ratio, their shapes and their digits.

Any two groups have some ratio, so more is asked: a power of ten, digits that give it away (the
minority has more decimals than the majority, until it is converted back), a usual unit whose factor
is measured precisely, or, as a guess, a known one beside another precision.

Two populations in one column: where they part on the logarithmic axis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from datacheck.findings.conversions import CONVERSIONS, FACTORS, Conversion, decimals_of, on_grid
from datacheck.findings.statistics import at_least, distance_p
from datacheck.profiling.points import Points

#: Rows that each population must have.
LEAST = 4
#: The gap between them, against the typical width of one of them (both in log units).
GAP_IN_WIDTHS = 0.5
#: A valley is so many decades wide, holds no more than this share, and parts no fewer than that.
VALLEY, EMPTY, LEAST_SHARE = 0.5, 0.01, 0.03


def splits(points: Points) -> Iterator[tuple[Points, Points]]:
    """Where two populations may part: at a wide gap, or in a valley far from either."""
    gap = _widest_gap(points)
    if gap is not None:
        yield gap
    valley = _valley(points)
    if valley is not None:
        yield valley


def _valley(points: Points) -> tuple[Points, Points] | None:
    """The two sides of the emptiest stretch of the logarithmic axis, between much fuller ones.

    Magnitudes of what lies around zero, and amounts that span decades, come close to their own
    multiples; but hardly any cell stands between.
    """
    logs, total = np.log10(points.values), points.total
    least = max(LEAST, LEAST_SHARE * total)
    reached = points.reached
    places = np.flatnonzero((reached[1:-1] >= least) & (total - reached[1:-1] >= least))
    if not len(places) or logs[places[-1] + 1] - logs[places[0]] < VALLEY:
        return None
    middles = (logs[places] + logs[places + 1]) / 2
    firsts = np.searchsorted(logs, middles - VALLEY / 2)
    lasts = np.searchsorted(logs, middles + VALLEY / 2)
    held = reached[lasts] - reached[firsts]
    if held.min() > EMPTY * total:
        return None
    emptiest = places[held == held.min()]
    widest = emptiest[np.argmin(logs[emptiest] - logs[emptiest + 1])]
    inside = np.arange(len(points)) <= widest
    return points.where(inside), points.where(~inside)


def _widest_gap(points: Points) -> tuple[Points, Points] | None:
    """The two sides of the widest gap on the logarithmic axis, if it is wide enough."""
    logs, reached = np.log(points.values), points.reached[1:]
    enough = (reached[:-1] >= LEAST) & (points.total - reached[:-1] >= LEAST)
    gaps = np.where(enough, np.diff(logs), 0.0)
    if not len(gaps) or gaps.max() <= 0:
        return None
    place = int(gaps.argmax()) + 1
    inside = np.arange(len(points)) < place
    lower, upper = points.where(inside), points.where(~inside)
    sides = (lower, upper) if lower.total > upper.total else (upper, lower)
    if any(gaps.max() < GAP_IN_WIDTHS * log_width(side) for side in sides):
        return None
    return lower, upper


def log_width(points: Points) -> float:
    """How wide all but a few of positive values are, in log units."""
    low, high = points.quantiles([0.05, 0.95])
    return math.log(high / low)


#: The chance that so many values of the majority happen to be as round as the minority undone.
COARSE = 0.01
EXACT = 1e-9
#: Of converted values, so many at most are round by chance.
ROUND = 0.1
#: Two populations are alike if their shapes differ by no more than chance would at this level.
ALIKE = 0.01
#: ... or at this one, where their digits speak for it too.
ALIKE_BY_DIGITS = 0.001
#: Distinct values that the minority must have: fewer are no population.
DISTINCT = 3
_FAR_APART = math.log(8.0)
#: A ratio is measured to so many of its standard errors, and one more in a plain case: of so many
#: cells, and more decades. The largest error of a ratio that is measured, and of a precise one.
ERRORS, MANY, _FAR, MEASURED, PRECISE = 3.0, 6, 1.5, 0.15, 0.02
#: So many cells apart from all others tell of a unit by how they lie.
CELLS = 10
#: The largest error of a ratio that names a unit by itself, as a guess.
LIKELY = 0.05
#: A power of ten that is so much farther off than another unit, in squared standard errors and by
#: the other's rarity, is it not.
CLEARLY = 4.0
#: Far powers of ten are measured well enough to this part of their own size (in log units): the
#: next power is as far off as before.
OF_TENS = 0.04


def conversion_between(majority: Points, minority: Points) -> Conversion | None:
    """The conversion that a minority's ratio, digits and shape tell for certain."""
    ratio, error = _ratio(majority, minority)
    # In a coarse column a median moves by whole steps.
    near = [
        c
        for c in FACTORS
        if abs(math.log(c.factor) - ratio)
        <= (ERRORS + is_plain_case(minority, c)) * error + _step_at_median(majority)
    ]
    near.sort(key=lambda c: (c.rarity, abs(math.log(c.factor) - ratio)))
    for conversion in near:
        back = minority.moved(conversion.back(minority.values))
        p = distance_p(majority, back)
        round_ones = error <= MEASURED or len(minority) >= MANY
        rounder = round_ones and _as_round(majority, minority, conversion)
        told = rounder or _given_away(majority, minority, back)
        precise = _precise(conversion, error) and not _too_round(majority, minority)
        ten = _plain_ten(conversion, error)
        if (told or ten or precise) and p >= (ALIKE_BY_DIGITS if told else ALIKE):
            return _nearer(conversion, near, ratio, error) if ten and not rounder else conversion
    return None


def told_by_digits(majority: Points, minority: Points, conversion: Conversion) -> bool:
    """Whether the digits of a minority tell of a conversion, however few its cells are."""
    back = minority.moved(conversion.back(minority.values))
    rounder = _as_round(majority, minority, conversion)
    return rounder or _given_away(majority, minority, back)


def is_finer(majority: Points, minority: Points, conversion: Conversion) -> bool:
    """Whether small cells, made larger by a power of ten, have digits that hardly another cell has.

    Who guesses 3.14159 among weights of whole pounds has weighed nothing in thousands of pounds.
    """
    places, power = decimals_of(majority), math.log10(conversion.factor)
    if places is None or power > 0 or abs(power - round(power)) > EXACT:
        return False
    back = minority.moved(conversion.back(minority.values))
    usual = majority.share(~on_grid(majority.values, places)) * back.total
    finer = round(back.held(~on_grid(back.values, places)))
    return at_least(finer, usual) < COARSE


def likely_between(majority: Points, minority: Points) -> Conversion | None:
    """The known unit that two populations differ by, of other decimals and of one shape.

    What was rounded after it was converted (blood sugar in mmol/L, to one decimal) has no digits
    left that prove it. But far apart, alike and written to another precision is a rare accident.
    """
    ratio, error = _ratio(majority, minority)
    places = [decimals_of(side) for side in (majority, minority)]
    gap = max(minority.values[0] / majority.values[-1], majority.values[0] / minority.values[-1])
    wide = max(log_width(majority), log_width(minority))
    if error > LIKELY or None in places or places[0] == places[1] or math.log(gap) < wide:
        return None
    if _to_so_many_digits(majority, minority):
        return None
    conversion = min(FACTORS, key=lambda c: abs(math.log(c.factor) - ratio))
    if abs(math.log(conversion.factor) - ratio) > 2 * error + _step_at_median(majority):
        return None
    back = minority.moved(conversion.back(minority.values))
    alike = distance_p(majority, back) >= ALIKE
    return conversion if alike else None


def _ratio(majority: Points, minority: Points) -> tuple[float, float]:
    """How far two populations lie apart on the logarithmic axis, and its standard error."""
    logs = majority.moved(np.log(majority.values)), minority.moved(np.log(minority.values))
    size = majority.total * minority.total / (majority.total + minority.total)
    error = 1.25 * max(log_width(majority), log_width(minority)) / 3.3 / math.sqrt(size) + 1e-3
    return logs[1].quantile(0.5) - logs[0].quantile(0.5), error


def unit_beside(others: Points, out: Points) -> Conversion | None:
    """The one known unit in which several values apart from all others lie among them."""
    if out.total < CELLS or len(out) < CELLS // 2:
        return None
    low, high = others.ends
    found = []
    for conversion in CONVERSIONS:
        back = conversion.back(out.values)
        among = low <= back[0] and back[-1] <= high
        if among and distance_p(others, out.moved(back)) >= ALIKE:
            found.append(conversion)
    return found[0] if len(found) == 1 else None


def is_nearest(ten: Conversion, majority: Points, minority: Points) -> bool:
    """Whether no known unit beside a power of ten is clearly nearer to a minority's ratio."""
    sizes = (side.where(side.values > 0) for side in (majority, minority))
    return _nearer(ten, (ten, *FACTORS), *_ratio(*sizes)) == ten


def _nearer(ten: Conversion, near: Iterable[Conversion], ratio: float, error: float) -> Conversion:
    """A power of ten, or the unit beside it that the populations' ratio is clearly nearer to."""
    off = {c: abs(math.log(c.factor) - ratio) for c in near}
    best = min(off, key=lambda c: off[c])
    needed = CLEARLY * best.rarity * error**2
    return best if off[ten] ** 2 - off[best] ** 2 > needed else ten


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
    places = decimals_of(majority)
    if places is None or power < 1 - EXACT or abs(power - round(power)) > EXACT:
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


def is_plain_case(minority: Points, conversion: Conversion) -> bool:
    """Whether there are cells enough, and so far off, that hardly anything else looks the same."""
    return minority.total >= MANY and abs(math.log10(conversion.factor)) > _FAR


def _precise(conversion: Conversion, error: float) -> bool:
    """A usual unit whose factor is measured so well that few ratios would come as near."""
    return conversion.rarity <= 1 and error <= PRECISE


def _too_round(majority: Points, minority: Points) -> bool:
    """Whether a minority is too round to have been converted by a factor that is no ten."""
    places = decimals_of(majority)
    if places is None or not on_grid(minority.values, places).all():
        return False
    rounder = minority.held(on_grid(minority.values, places - 1))
    return at_least(round(rounder), ROUND * minority.total) < COARSE


def _given_away(majority: Points, minority: Points, back: Points) -> bool:
    """Whether the minority has the majority's decimals only once it is converted back."""
    places = decimals_of(majority)
    if places is None or _to_so_many_digits(majority, minority):
        return False
    before = minority.share(on_grid(minority.values, places))
    after = back.share(on_grid(back.values, places))
    return before <= 0.5 and after >= 0.95  # noqa: PLR2004


def _to_so_many_digits(*populations: Points) -> bool:
    """Whether numbers have one or two digits each, so that small ones have more decimals."""
    return any(_round_from(digits, populations) for digits in (1, 2))


def _round_from(digits: int, populations: Iterable[Points]) -> bool:
    """Whether no number has more digits, by more cells than chance would bring."""
    longer = 0.0
    for points in populations:
        places = decimals_of(points)
        if places is None:
            return False
        large = points.where(points.values >= 10.0 ** (digits - places))
        if not on_grid(large.values, places - 1).all():
            return False
        longer += large.total
    return bool(ROUND**longer < COARSE)
