"""One value that stands far more often than others, or than before: a limit, a stuck sensor.

Such a value may lie in the midst of the others, where no distance gives it away; its count does.
What is cut off stands at an end of its column (ages up to 100, counts up to 255).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from datacheck.findings.as_written import as_written
from datacheck.findings.sentinels import is_sentinel, odd_look, typical_count
from datacheck.findings.statistics import more_often
from datacheck.findings.types import holds_numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import chance, figure, plural

#: How often a value must stand, and by how much of the column more than in the reference.
OFTEN, EFFECT, TIMES = 4, 0.05, 2.0
#: ... where the reference never has it, and it has the look of one that was made up.
EFFECT_IF_ODD = 0.02
#: ... and how many times as often as the column's other values typically do.
OFTENER = 5.0
#: A value has vanished where less than this part of it is left.
GONE = 0.1
#: An end is cut off where this share of the reference lies beyond it.
CUT = 0.02
_MOST = 3


class Spike(NamedTuple):
    """A value that repeats as it did not before."""

    value: float
    times: int
    #: Of the data, and of the reference.
    share: float
    before: float
    #: How probable so many are by chance.
    p: float


def spikes_between(reference: ColumnProfile, data: ColumnProfile, alpha: float) -> list[Spike]:
    """The values whose share has grown beyond chance, the most frequent first."""
    points = data.points
    if points.exact and points.weights.max() < OFTEN:
        return []
    theirs, ours = _counts(reference), _counts(data)
    n, m = round(points.total), round(reference.points.total)
    often = {value: count for value, count in ours.items() if count >= OFTEN}
    commonest = sorted(often, key=lambda value: (-often[value], value))[:_MOST]
    made_up = [value for value in often if value not in theirs and odd_look(value)]
    found = []
    for value in dict.fromkeys([*commonest, *made_up]):
        odd, count, known = value in made_up, often[value], theirs.get(value, 0)
        share, before = count / n, known / m
        place = int(np.searchsorted(points.values, value))
        if share - before < (EFFECT_IF_ODD if odd else EFFECT) or share < TIMES * before:
            continue
        if count < OFTENER * typical_count(points, place):
            continue
        if _is_moved(share, theirs, ours, (n, m)):
            continue
        # Few values have the look: chance has fewer to choose from.
        p = len(made_up if odd else often) * more_often(count, n, known, m)
        if p < alpha:
            found.append(Spike(value, count, share, before, p))
    return found


def _is_moved(
    share: float, theirs: dict[float, int], ours: dict[float, int], totals: tuple[int, int]
) -> bool:
    """Whether another value that stood as often has vanished: the spike is that one, converted."""
    n, m = totals
    return any(
        known / m >= share / 2 and ours.get(value, 0) / n < GONE * known / m
        for value, known in theirs.items()
    )


def _counts(column: ColumnProfile) -> dict[float, int]:
    """How often each value stands, as far as that is known exactly."""
    if not column.points.exact:
        return dict(column.frequent)
    points = column.points
    return dict(zip(points.values.tolist(), points.weights.astype(int).tolist(), strict=True))


def cuts_off(spike: Spike, reference: Points, data: Points) -> bool:
    """Whether the value is an end of the data beyond which the reference goes on."""
    low, high = data.ends
    above, below = reference.values > spike.value, reference.values < spike.value
    beyond = above if spike.value == high else below
    at_end = spike.value in (low, high)
    return at_end and reference.held(beyond) >= CUT * reference.total


def spike_finding(data: ColumnProfile, spike: Spike, *, cut: bool) -> Finding:
    """A spike as a finding: a sentinel where it has the look of one, else a shift."""
    shown = figure(spike.value)
    nothing = not cut and (spike.value == 0 or odd_look(spike.value))
    fix = fixes.declare_missing(data.name, as_written(data, spike.value)) if nothing else None
    cause = "the values are cut off there" if cut else "a default, or a measurement that is stuck"
    return Finding(
        code="missing.sentinel" if nothing else "drift.shift",
        severity="warning",
        column=data.name,
        count=spike.times,
        values=(spike.value,),
        message=f"{shown} is in {spike.share:.1%} of the cells, in {spike.before:.1%} of the "
        f"reference's ({chance(spike.p)})" + ("." if nothing else f": {cause}."),
        remedy=fix.sentence if fix else "Look upstream: a default, a limit, or a stuck sensor.",
        fix=fix,
        evidence={
            "where": {"values": [spike.value]},
            "value": spike.value,
            "share": spike.share,
            "share_in_reference": spike.before,
            "p": spike.p,
        },
    )


#: Fewer rows, or different values, are no measurement that seldom repeats.
ROWS, DISTINCT = 100, 30
#: From this share on, and so many times as often as the next most frequent value.
SHARE, PILED = 0.03, 5.0
_LIMIT = (
    "Find out whether it is a limit of the instrument or of a clip: what lies beyond is not known. "
    "A column that says whether a value is at the limit keeps that for the model."
)


def pile_ups(profile: Profile) -> Iterator[Finding]:
    """``type.censored`` at an end of a column, ``missing.sentinel`` within it: for information."""
    for column in profile.columns.values():
        if column.distinct < DISTINCT or not holds_numbers(column):
            continue
        found = _piled(column)
        if found is None or is_sentinel(column.points, found[0]):
            continue
        yield _told(column, *found)


def _piled(column: ColumnProfile) -> tuple[float, int, int] | None:
    """The commonest value but zero, its cells and those of the next; None where none stands out."""
    points = column.points
    if points.total < ROWS:
        return None
    if points.exact:
        weights = points.weights
        place = int(weights.argmax())
        value, count = float(points.values[place]), int(weights[place])
        if count < SHARE * points.total:
            return None
        others = int(np.partition(weights, -2)[-2])
    else:
        (value, count), *rest = *column.frequent, (0.0, 0)
        others = max((times for _, times in rest), default=0)
    out = value != 0 and count >= max(SHARE * points.total, PILED * others)
    return (value, count, others) if out else None


def _told(column: ColumnProfile, value: float, count: int, others: int) -> Finding:
    low, high = column.points.ends
    end = {low: "lowest", high: "highest"}.get(value, "")
    share = count / column.points.total
    repeats = f"no other in more than {others:,}" if others > 1 else "and no other repeats"
    shown = figure(value)
    said = f"stands in {plural(count, 'cell')} ({share:.1%}), {repeats}: perhaps"
    if end:
        fix = None
        code = "type.censored"
        message = f"The {end} value, {shown}, {said} a limit at which values were cut off."
    else:
        fix = fixes.declare_missing(column.name, as_written(column, value))
        code = "missing.sentinel"
        message = f"{shown} {said} holes were filled with it, or a sensor was stuck."
    told = Finding(
        code=code,
        severity="info",
        column=column.name,
        count=count,
        values=(value,),
        message=message,
        remedy=_LIMIT if fix is None else fix.sentence,
        fix=fix,
        evidence={"where": {"values": [value]}, "value": value, "next_most_frequent": others},
    )
    return told if fix is None else told.as_question()
