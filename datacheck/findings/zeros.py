"""Zero for "not measured": a zero that repeats below numbers that come nowhere near it.

A blood pressure of 0 under a next one of 29, a length of 0 mm: such a zero stands apart from its
neighbours by far more than they do from each other, and they begin well up the column's own scale.
Counts reach down to zero step by step, and amounts come ever closer to it: theirs are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from datacheck.findings.as_written import as_written
from datacheck.findings.sentinels import is_sentinel
from datacheck.findings.types import holds_numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import figure, plural

#: How many zeros, of how many different other values.
OFTEN, DISTINCT = 3, 20
#: The step from zero to the next value, in the largest of so many steps behind it.
APART, STEPS = 3.0, 8
#: Where the next value stands, in the middle of the others: clearly out of place, and in doubt.
FAR, DOUBTED = 0.2, 0.1
#: More zeros than this share are a state of their own rather than gaps.
SHARE, MOST = 0.15, 0.5


class Zeros(NamedTuple):
    """Zeros out of place: how many, the next value, and whether there is little doubt."""

    times: int
    next: float
    sure: bool


def zeros_for_missing(profile: Profile) -> Iterator[Finding]:
    """``missing.sentinel`` of 0: a warning where it is out of place, information in doubt."""
    for column in profile.columns.values():
        judged = holds_numbers(column) and column.role not in ("target", "time", "weight")
        zeros = zeros_in(column.points) if judged else None
        # What stands far from all others is told as such.
        if zeros is not None and not is_sentinel(column.points, 0.0):
            yield _finding(column, zeros)


def zeros_in(points: Points) -> Zeros | None:
    """The zeros of a column that stand for something else, or None."""
    if len(points) <= DISTINCT or points.values[0] != 0:
        return None
    times, others = round(float(points.weights[0])), points.values[1:]
    share = times / points.total
    if times < OFTEN or share > MOST:
        return None
    # One value below the others has a wide step of its own behind it.
    first, *steps = np.diff(others[: STEPS + 1])
    next_value = float(others[0])
    if next_value < max(APART * float(max(steps)), float(first)):
        return None
    reached = np.cumsum(points.weights[1:])
    middle = float(others[np.searchsorted(reached, reached[-1] / 2)])
    up = next_value / middle if middle > 0 else 0.0
    if up < DOUBTED:
        return None
    return Zeros(times, next_value, up >= FAR and share <= SHARE)


def _finding(column: ColumnProfile, zeros: Zeros) -> Finding:
    fix = fixes.declare_missing(column.name, as_written(column, 0.0))
    told = Finding(
        code="missing.sentinel",
        severity="warning" if zeros.sure else "info",
        column=column.name,
        count=zeros.times,
        values=(0.0,),
        message=f"0 occurs {plural(zeros.times, 'time')}, and the next value is "
        f"{figure(zeros.next)}: perhaps it was not measured there.",
        remedy=fix.sentence,
        fix=fix,
        evidence={"where": {"values": [0.0]}, "value": 0.0, "next": zeros.next},
    )
    return told if zeros.sure else told.as_question()
