"""Where the data end, and the reference goes on: saturated, cut off, a sign lost, counted from 0.

If both are samples of one column, the outermost values are as likely to be of either. So many of
the reference's beyond the last of the data, and the chance is known exactly, whatever the shape.
"""

from __future__ import annotations

import math

import numpy as np

from datacheck.findings.spikes import CUT
from datacheck.findings.statistics import distance, distance_p, more_often
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report.finding import Finding
from datacheck.text import chance, figure

#: Codes are so many at most, and count from one of these.
CODES, FIRST = 60, {0.0, 1.0}
#: A value that ends the data holds so many times the reference's share of it: cut off there.
PILED = 2.0
#: The width of a bin, where values are known by theirs.
_BIN = 1 / 64
#: A lost sign explains the data at this level.
ALIKE = 0.01


def ends_inside(reference: ColumnProfile, data: ColumnProfile, alpha: float) -> Finding | None:
    """``drift.shift`` of data that end where the reference goes on, on either side."""
    theirs, ours = reference.points, data.points
    low, high = ours.ends
    slack = 0.0 if theirs.exact else _BIN
    beyond = {
        "below": theirs.values < low - slack * abs(low),
        "above": theirs.values > high + slack * abs(high),
    }
    lost = {side: theirs.held(mask) for side, mask in beyond.items()}
    side = max(lost, key=lambda each: lost[each])
    share = lost[side] / theirs.total
    p = 2 * more_often(round(lost[side]), round(theirs.total), 0, round(ours.total))
    if share < CUT or p >= alpha:
        return None
    return _finding(data, theirs, side, {"share_beyond_in_reference": share, "p": p})


def _finding(data: ColumnProfile, theirs: Points, side: str, evidence: dict[str, float]) -> Finding:
    ours = data.points
    at = 0 if side == "below" else -1
    end = float(ours.values[at])
    held = float(ours.weights[at]) / ours.total
    before = theirs.share(theirs.values == end)
    cause = "another choice of rows, or values that are left out"
    if side == "below" and end >= 0 and _is_folded(theirs, ours):
        cause = "their sizes are alike, as if the sign were lost"
    elif held > PILED * before and held > 1 / len(ours):
        cause = f"{held:.1%} of the cells are {figure(end)} itself, as if they were cut off there"
    return Finding(
        code="drift.shift",
        severity="warning",
        column=data.name,
        count=data.rows,
        message=f"No value lies {side} {figure(end)}, where "
        f"{evidence['share_beyond_in_reference']:.1%} of the reference's do "
        f"({chance(evidence['p'])}): {cause}.",
        remedy="Look upstream: a limit of a sensor or a type, a filter, a clip, or a lost sign.",
        evidence={"value": end, "share": held, "share_in_reference": before, **evidence},
    )


def _is_folded(theirs: Points, ours: Points) -> bool:
    """Whether the reference without its signs is like the data."""
    sizes = theirs.moved(np.abs(theirs.values))
    return distance_p(sizes, ours) >= ALIKE


def counted_from(reference: ColumnProfile, data: ColumnProfile, alpha: float) -> Finding | None:
    """``drift.shift`` of codes that count from 0 here and from 1 there, or the other way round.

    Such data leave the reference at one end by as much as they fall short of it at the other, and
    are its like once they are moved by one.
    """
    theirs, ours = reference.points, data.points
    if not (theirs.exact and ours.exact and 2 < len(ours) <= CODES and len(theirs) <= CODES):  # noqa: PLR2004
        return None
    first, ours_first = float(theirs.values[0]), float(ours.values[0])
    step = first - ours_first
    if {first, ours_first} != FIRST or not np.isin(ours.values + step, theirs.values).all():
        return None
    out = ours.held(~np.isin(ours.values, theirs.values))
    short = theirs.held(~np.isin(theirs.values, ours.values))
    n, m = round(ours.total), round(theirs.total)
    both = max(more_often(round(out), n, 0, m) * more_often(round(short), m, 0, n), 1e-300)
    p = 2 * both * (1 - math.log(both))
    moved = ours.moved(ours.values + step)
    if p >= alpha or distance(theirs, moved) >= distance(theirs, ours):
        return None
    return Finding(
        code="drift.shift",
        severity="warning",
        column=data.name,
        count=data.rows,
        message=f"The whole numbers run from {figure(ours_first)} to "
        f"{figure(float(ours.values[-1]))}, the reference's from {figure(first)} to "
        f"{figure(float(theirs.values[-1]))} ({chance(p)}): codes that count from "
        f"{figure(ours_first)} instead of {figure(first)}.",
        remedy=f"Find out where they are made; {'add' if step > 0 else 'subtract'} 1 if it is so.",
        evidence={"offset": -step, "factor": 1.0, "p": p},
    )
