"""Values far from all others: ``outlier.value``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from datacheck.findings.as_written import is_spelled
from datacheck.findings.conversions import Conversion
from datacheck.findings.fences import ENOUGH, Fences, fences_of
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.slips import Slip, slips_in
from datacheck.findings.types import holds_numbers
from datacheck.findings.unit_ratios import unit_beside
from datacheck.findings.units import OTHERS, mix_by_name, mix_in
from datacheck.findings.zeros import zeros_in
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import agree, converted, figure, magnitude

#: More than this share beyond the fences is a shape of its own, not outliers.
RARE = 0.1
#: Years, and those without their century.
_YEARS, _SHORTEST = (1800.0, 2100.0), 99.0
_MAD = 1.4826
#: A column of so few different values is coarse; its steps at an end are those of so many values,
#: and one that is no larger than this many of them goes on.
COARSE, STEPS, STEP = 100, 6, 1.5
#: Where no fence is crossed: so many different values, and the gap that parts others from them, in
#: their range, times the square of how much more they span than all but a few of them.
CLUMPS, GAP = 3, 3.0
#: Of so many cells one or two alone are far where the gap is so many times as wide as all others,
#: whose tails are no longer than so many of their middles.
MANY, FEW, LONE_GAP, LIGHT = 100, 2, 1.25, 2.2


#: A few values below zero, and how many others must be as near to it above, for each.
TURNED, ABOVE = 0.005, 30
_CORRECT = (
    "Look at the rows. Then correct them, or declare outliers: clip, or scale: robust, which they "
    "do not move."
)


def outlying_values(column: ColumnProfile) -> Iterator[Finding]:
    """``outlier.value``: beyond fences that follow the column's own skew and tails."""
    if not holds_numbers(column):
        return
    points = column.points
    told = list(_outlying_in(column, points))
    yield from told
    yield from _turned(column, points, told)
    yield from _short_years(column, points)


def _outlying_in(column: ColumnProfile, points: Points) -> Iterator[Finding]:
    """The findings of one column."""
    for sentinel in sentinels_in(points):
        points = points.where(points.values != sentinel.value)
    if (zeros := zeros_in(points)) is not None and zeros.sure:
        points = points.where(points.values != 0)
    fences = fences_of(points)
    found = [] if fences is None else list(_beyond(column, points, fences))
    found, slips = found or list(_parted(column, points)), list(slips_in(points))
    yield from found or (() if slips else _alone(column, points))
    for slip in slips:
        if not any(_holds(finding, slip.value) for finding in found):
            yield _slip(column, slip)


def _turned(column: ColumnProfile, points: Points, told: Iterable[Finding]) -> Iterator[Finding]:
    """A value or a few below zero, where many of the others lie as near to it above."""
    if not len(points) or points.values[0] >= 0 or points.total < MANY:
        return
    below = points.where(points.values < 0)
    count, reach = round(below.total), -float(below.values[0])
    near = points.inside(0.0, reach)
    within = reach <= points.quantile(0.95)
    few = count <= max(1.0, TURNED * points.total) and near.total >= ABOVE * count
    if not few or not within or any(_holds(found, float(below.values[0])) for found in told):
        return
    known = [sentinel.value for sentinel in sentinels_in(points)]
    if np.isin(below.values, known).any():
        return
    span = [magnitude(end, 5) for end in below.ends]
    yield Finding(
        code="outlier.value",
        severity="info",
        column=column.name,
        count=count,
        message=f"{agree(count, 'value', 'is', 'are')} below zero "
        f"({' to '.join(dict.fromkeys(span))}), and {round(near.total):,} of the others are as "
        "near to it above: perhaps a sign is wrong, or no value is meant.",
        remedy="Look at the rows, and correct them if it is so; declare ge: 0 where nothing can "
        "be below zero.",
        evidence={"where": {"values": below.values.tolist()}, "near": round(near.total)},
    )


def _short_years(column: ColumnProfile, points: Points) -> Iterator[Finding]:
    """Whole numbers below 100 among years, and nothing else: too many for outliers."""
    if not (points.values == np.rint(points.values)).all():
        return
    short = points.inside(0.0, _SHORTEST)
    apart_from_years = points.outside(0.0, _SHORTEST).outside(*_YEARS).total
    if apart_from_years or len(short) < 2:  # noqa: PLR2004 - a 0 alone is none
        return
    if RARE * points.total < short.total < points.total / 2:
        count, span = round(short.total), [figure(end) for end in short.ends]
        yield Finding(
            code="outlier.value",
            severity="warning",
            column=column.name,
            count=count,
            message=f"{count:,} values among years lie from {' to '.join(span)}: perhaps years "
            "without their century.",
            remedy="Look at the rows, and write each year with its century if it is so.",
            evidence={"where": {"inside": list(short.ends)}},
        )


def _holds(finding: Finding, value: float) -> bool:
    if "outside" not in finding.evidence["where"]:
        return value in finding.evidence["where"]["values"]
    low, high = finding.evidence["where"]["outside"]
    return not low <= value <= high


def _slip(column: ColumnProfile, slip: Slip) -> Finding:
    return Finding(
        code="outlier.value",
        severity="warning" if slip.sure else "info",
        column=column.name,
        count=1,
        values=(slip.value,),
        message=f"{figure(slip.value)} lies far from the next value, {figure(slip.next)}: perhaps "
        f"its decimal point slipped, and it is {figure(slip.meant)}.",
        remedy="Look at the row, and correct it if it is so.",
        evidence={"where": {"values": [slip.value]}, "meant": slip.meant, "next": slip.next},
    )


def _beyond(column: ColumnProfile, points: Points, fences: Fences) -> Iterator[Finding]:
    low, high = points.ends
    if fences.low <= low and high <= fences.high:
        return
    out = apart(points, fences)
    if len(out):
        shape = {"g": fences.g, "h": fences.h}
        yield from _outlying(column, points, out, _ends(points, out, fences), shape)


def _parted(column: ColumnProfile, points: Points) -> Iterator[Finding]:
    """A few values whose distance from all others is many times what these span."""
    if points.total < ENOUGH or len(points) <= CLUMPS:
        return
    inner = _together(points)
    if not CLUMPS <= len(inner) < len(points):
        return
    low, high = inner.ends
    first, last = inner.quantiles([0.1, 0.9])
    wide, middle = high - low, last - first
    if middle <= 0 or not math.isfinite(wide):
        return
    ratio = wide / middle
    reach = GAP * wide * (ratio * ratio)  # which may be infinite
    # Positive numbers may span decades: a step is then held against those of the others.
    times = last / first if points.values[0] > 0 else 1.0
    out = points.outside(min(low - reach, low / times), max(high + reach, high * times))
    if len(out) == len(points) - len(inner):
        yield from _outlying(column, points, out, (low, high), {})


def _alone(column: ColumnProfile, points: Points) -> Iterator[Finding]:
    """A cell or two farther from all others than these span: 33 bedrooms, an age of 210."""
    if points.total < MANY or len(points) <= CLUMPS:
        return
    values, weights = points.values, points.weights
    first, last = points.quantiles([0.1, 0.9])
    for place, inner in ((-1, values[:-1]), (0, values[1:])):
        low, high = float(inner[0]), float(inner[-1])
        wide, gap = high - low, float(max(low - values[0], values[-1] - high))
        light = 0 < wide <= LIGHT * (last - first)
        if light and gap >= LONE_GAP * wide and weights[place] <= FEW:
            out = points.where(values == values[place])
            yield from _outlying(column, points, out, (low, high), {})


def _together(points: Points) -> Points:
    """The values around the middle of a column, out to where a gap is wider than all of them."""
    values = points.values
    first, last = points.reached[1:].searchsorted(np.array([0.1, 0.9]) * points.total)
    steps = np.diff(values)
    if steps.max() <= values[last] - values[first]:
        return points
    gaps = np.flatnonzero(steps[:first] > values[last] - values[1 : first + 1])
    first = gaps[-1] + 1 if len(gaps) else 0
    gaps = np.flatnonzero(steps[last:] > values[last:-1] - values[first])
    last = last + gaps[0] if len(gaps) else len(steps)
    within = np.arange(len(values))
    return points.where((first <= within) & (within <= last))


def _outlying(
    column: ColumnProfile,
    points: Points,
    out: Points,
    ends: tuple[float, float],
    shape: dict[str, float],
) -> Iterator[Finding]:
    low, high = ends
    if len(out) and (mix := mix_in(points) or mix_by_name(column)) is not None:
        # Values in another unit have a finding of their own.
        out = mix.others(out)
    count = round(out.total)
    if not count or count > RARE * points.total:
        return
    span = [magnitude(end, 5) for end in out.ends]
    shown = "from " + " to ".join(span) if len(out) > 1 else span[0]
    bounds = [magnitude(low, 5), magnitude(high, 5)]
    beyond = f"outside [{', '.join(bounds)}]"
    if (out.values > high).all() or (out.values < low).all():
        beyond = f"above {bounds[1]}" if out.values[0] > high else f"below {bounds[0]}"
    where: dict[str, object] = {"outside": [low, high]}
    inside = points.inside(low, high)
    unit = unit_beside(inside, out) if len(inside) and not is_spelled(column) else None
    fix = fixes.rescale(column.name, where, unit.factor, unit.offset) if unit else None
    yield Finding(
        code="outlier.value",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'value', 'lies', 'lie')} {beyond}: {shown}{_in_unit(unit)}.",
        remedy=f"Look at the rows. {fix.sentence}" if fix else _CORRECT,
        fix=fix,
        evidence={
            "where": where,
            **points.estimated,
            **shape,
            "beyond": classic_fences(points),
        },
    )


def _in_unit(unit: Conversion | None) -> str:
    if unit is None:
        return ""
    return f"; perhaps in another unit, {converted(OTHERS, unit.factor, unit.offset)}{unit.aside}"


def apart(points: Points, fences: Fences) -> Points:
    """The values beyond the fences, but for those that go on in the steps of the values within."""
    values = points.values
    first = int(np.searchsorted(values, fences.low, side="left"))
    last = int(np.searchsorted(values, fences.high, side="right"))
    inside = values[first:last]
    if 1 < len(inside) <= COARSE:
        steps, again = np.diff(values), points.weights > 1
        down, up = inside[: STEPS + 1], inside[-STEPS - 1 :]
        while first > 0 and steps[first - 1] <= _step(down, again=again[first - 1]):
            first -= 1
        while last < len(values) and steps[last - 1] <= _step(up, again=again[last]):
            last += 1
    within = np.arange(len(values))
    return points.where((within < first) | (within >= last))


def _ends(points: Points, out: Points, fences: Fences) -> tuple[float, float]:
    """The fences, or the last values that go on beyond them."""
    kept = points.values[~np.isin(points.values, out.values)]
    return min(fences.low, float(kept[0])), max(fences.high, float(kept[-1]))


def _step(values: np.ndarray, *, again: bool) -> float:
    """The largest step that is usual among neighbours; to a value that repeats, the largest."""
    steps = np.diff(values)
    return STEP * float(steps.max() if again else np.median(steps))


def classic_fences(points: Points) -> dict[str, int]:
    """How many values the usual rules call outliers: IQR 1.5, MAD 3.5 and z 3."""
    low, middle, high = points.quantiles([0.25, 0.5, 0.75])
    reach = 1.5 * (high - low)
    deviations = points.moved(abs(points.values - middle))
    mad = _MAD * deviations.quantile(0.5)
    mean = float((points.values / points.total * points.weights).sum())
    std = float(((points.values - mean) ** 2 * points.weights / points.total).sum()) ** 0.5
    ends = {
        "iqr": (low - reach, high + reach),
        "mad": (middle - 3.5 * mad, middle + 3.5 * mad),
        "zscore": (mean - 3 * std, mean + 3 * std),
    }
    values = points.values
    return {
        rule: round(points.held((values < low) | (values > high)))
        for rule, (low, high) in ends.items()
    }
