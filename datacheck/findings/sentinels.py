"""Numbers that stand for "no value": an exact value that repeats, apart from all the rest.

The look of a value (-999, 9999, -1) is weighed, never enough: what decides is how far it stands
from the other values, measured in their own range, and that it repeats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from datacheck.findings.as_written import as_written
from datacheck.findings.types import holds_numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import figure, magnitude

#: How far a value must stand from the rest, in their range: by its look.
FAR, FAR_IF_ODD = 2.0, 0.2
#: How often it must occur.
OFTEN, OFTEN_IF_ODD = 3, 2
#: A value without the look of a sentinel is one only up to this share of the column.
PLAIN_SHARE = 0.1
#: ... and if it stands so many times as often as the others typically do: a code among codes does
#: not.
OFTENER = 3.0
#: The rest must be a quantity, not a handful of codes; codes have sentinels too, farther out.
DISTINCT, CODES, FAR_FROM_CODES = 8, 3, 5.0
#: Codes that count on from 0, the -1 before them among them: -1, 0 and 1 alone are often signs.
COUNTED = 4
#: What the last of several codes is, and how far the first of them must stand.
NINES, FAR_OF_CODES = tuple(10.0**size - 1 for size in range(2, 6)), 0.5
#: Sentinels that one column may have.
_MOST = 4
CLASSIC = {-1.0, -9.0, -99.0, -999.0}
_LIMITS = {-32768.0, 32767.0, 65535.0, 2.0**31 - 1, -(2.0**31), 2.0**32 - 1, 2.0**63, -(2.0**63)}


class Sentinel(NamedTuple):
    """A value that stands apart."""

    value: float
    times: int
    #: How far it stands from the nearest other value, in the range of the others.
    gap: float
    #: Whether it has the look of one.
    odd: bool


def odd_look(value: float) -> bool:
    """Whether a number looks like one that was made up for "no value".

    >>> [odd_look(v) for v in (-1.0, 99.0, -9999.0, 999.99, 1e30, 12.0, 42.5)]
    [True, True, True, True, True, False, False]
    """
    size = abs(value)
    if value in CLASSIC or value in _LIMITS or not math.isfinite(value):
        return True
    if (size >= 1e20 or value <= -100) and math.log10(size) == round(math.log10(size)):  # noqa: PLR2004
        return True
    digits = f"{size:.10g}".replace(".", "")
    return len(digits) > 1 and digits.isdigit() and len(set(digits)) == 1 and digits[0] in "98"


def sentinels_in(points: Points) -> list[Sentinel]:
    """The sentinels of a column, the outermost first."""
    found: list[Sentinel] = []
    if codes := _codes_at_the_end(points):
        found += codes
        points = points.where(points.values < codes[-1].value)
    for _ in range(_MOST):
        sentinel = _outermost(points)
        if sentinel is None:
            break
        found.append(sentinel)
        points = points.where(points.values != sentinel.value)
    return found


def is_sentinel(points: Points, value: float) -> bool:
    """Whether a value is one of the sentinels of a column."""
    return any(each.value == value for each in sentinels_in(points))


def _codes_at_the_end(points: Points) -> list[Sentinel]:
    """Several codes for nothing, far beyond all values, of which the last is nines: 77, 88, 99."""
    values, last = points.values, float(points.values[-1]) if len(points) else 0.0
    if last not in NINES:
        return []
    for step in (1.0, last / 9):
        run = 1
        while run < min(_MOST, len(points) - DISTINCT) and values[-run - 1] == last - run * step:
            run += 1
        wide = float(values[-run - 1] - values[0]) if run > 1 else 0.0
        gap = float(values[-run] - values[-run - 1]) / wide if wide > 0 else 0.0
        times = points.weights[-run:]
        if gap >= FAR_OF_CODES and times.min() >= OFTEN_IF_ODD:
            return [
                Sentinel(float(values[-at]), round(float(times[-at])), gap, odd=True)
                for at in range(1, run + 1)
            ]
    return []


def _outermost(points: Points) -> Sentinel | None:
    if len(points) <= CODES:
        return None
    best: Sentinel | None = None
    for place, beside in ((0, 1), (-1, -2)):
        value, count = float(points.values[place]), round(float(points.weights[place]))
        if count < OFTEN_IF_ODD:
            continue  # what stands once is none, and nearly every end does
        rest = points.values[1:] if place == 0 else points.values[:-1]
        wide = _width(points, place)
        if wide <= 0 or not math.isfinite(wide):
            continue
        gap = abs(value - float(points.values[beside])) / wide
        # Among numbers of both signs the classics are numbers like others, but far off.
        plain = value in CLASSIC and float(rest[0]) < 0 and gap < FAR
        odd = odd_look(value) and not plain
        near, often = (FAR_IF_ODD, OFTEN_IF_ODD) if odd else (FAR, OFTEN)
        if len(points) <= DISTINCT:
            near, often = (FAR_FROM_CODES if odd else math.inf), OFTEN
        planned = np.ptp(points.weights) == 0  # a minute before the first dose, as every other time
        if value in CLASSIC and odd and rest[0] >= 0 and len(points) > DISTINCT and not planned:
            # The classics of counts and amounts: alone below zero is apart enough.
            near, often = 0.0, OFTEN
        held = count / points.total
        if (
            gap >= near
            and count >= often
            and (odd or held <= PLAIN_SHARE)
            and (odd or count >= OFTENER * typical_count(points, place))
            and (best is None or gap > best.gap)
        ):
            best = Sentinel(value, count, gap, odd)
    return best


def typical_count(points: Points, place: int) -> float:
    """How often the other values stand, as a cell meets it; 0 where hardly any is repeated."""
    weights = np.sort(np.delete(points.weights, place))
    reached = np.cumsum(weights)
    if not len(weights):
        return 0.0
    typical = float(weights[np.searchsorted(reached, reached[-1] / 2)])
    return typical if typical > 1 else 0.0


def _width(points: Points, place: int) -> float:
    """The range of the others; another candidate on the far side must not stretch it."""
    values = points.values[1:] if place == 0 else points.values[:-1]
    weights = points.weights[1:] if place == 0 else points.weights[:-1]
    full = float(values[-1] - values[0])
    reached = np.cumsum(weights) / weights.sum()
    low = float(values[np.searchsorted(reached, 0.1)])
    high = float(values[min(int(np.searchsorted(reached, 0.9)), len(values) - 1)])
    other = float(values[-1]) if place == 0 else float(values[0])
    if odd_look(other) and high > low:
        return min(full, 2 * (high - low))
    return full


def numeric_sentinels(column: ColumnProfile) -> Iterator[Finding]:
    """``missing.sentinel``: a repeated number that stands apart."""
    if not holds_numbers(column):
        return
    told = sentinels_in(column.points)
    for sentinel in told:
        yield sentinel_finding(column, sentinel)
    yield from _before_codes(column)
    if not told:
        yield from _alone_below_zero(column)


def _alone_below_zero(column: ColumnProfile) -> Iterator[Finding]:
    """One negative number, again and again, where all others are none: -1234 among postcodes."""
    points = column.points
    if not points.exact or len(points) <= DISTINCT or not points.values[0] < 0 <= points.values[1]:
        return
    value, times = float(points.values[0]), float(points.weights[0])
    often = max(OFTEN, OFTENER * typical_count(points, 0))
    wide = _width(points, 0)
    if often <= times <= PLAIN_SHARE * points.total and wide > 0:
        gap = (float(points.values[1]) - value) / wide
        told = sentinel_finding(column, Sentinel(value, round(times), gap, odd=False))
        what = f"{figure(value)} occurs {round(times):,} times, and no other number is below zero: "
        what += "perhaps it stands for no value."
        yield replace(told, severity="warning", message=what).as_question()


def _before_codes(column: ColumnProfile) -> Iterator[Finding]:
    """A -1 before a few codes that count on from 0: what pandas writes for a missing category."""
    points = column.points
    if not points.exact or not COUNTED <= len(points) <= DISTINCT:
        return
    last, times = len(points) - 2, round(float(points.weights[0]))
    if times >= OFTEN_IF_ODD and np.array_equal(points.values, np.arange(-1, last + 1)):
        told = sentinel_finding(column, Sentinel(-1.0, times, 1 / last, odd=True))
        what = f"-1 occurs {times:,} times, before codes that count on from 0 to {last}: it may "
        what += "stand for a missing category, as in cat.codes of pandas."
        yield replace(told, severity="info", message=what).as_question()


def sentinel_finding(column: ColumnProfile, sentinel: Sentinel, **evidence: object) -> Finding:
    """A sentinel as a finding."""
    value = sentinel.value
    shown = figure(value)
    sure = sentinel.odd and sentinel.gap >= 1.0
    fix = fixes.declare_missing(column.name, as_written(column, value))
    return Finding(
        code="missing.sentinel",
        severity="error" if sure else "warning",
        column=column.name,
        count=sentinel.times,
        values=(value,),
        message=f"{shown} occurs {sentinel.times:,} times, at {magnitude(sentinel.gap, 3)} times "
        "the range of the other values from them.",
        remedy=fix.sentence,
        fix=fix,
        evidence={
            "where": {"values": [value]},
            "value": value,
            "gap_in_ranges": sentinel.gap,
            "looks_like_a_sentinel": sentinel.odd,
            **evidence,
        },
    )
