"""Latitudes and longitudes that may have changed places in some rows: ``outlier.value``.

Where places lie close together, or many rows are exchanged, neither column has an outlier. But of
the one as many cells lie among the other's as of the other among its own; whether these are the
same rows is seen once they are looked up, and what is not confirmed is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import numpy as np

from datacheck.arrays import Flags
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.report.finding import Finding
from datacheck.text import agree, magnitude, shown_name

_LATITUDE = re.compile(r"(?:^|[^a-z])lat(?:itude)?(?![a-z])", re.IGNORECASE)
_LONGITUDE = re.compile(r"(?:^|[^a-z])(?:lon|lng|long|longitude)(?![a-z])", re.IGNORECASE)
#: No more than this share of the rows is exchanged; the others lie so many of their own widest
#: steps apart from them, but for the tails.
SHARE, STEPS = 0.4, 2.0
#: What the evidence says of a finding that its rows must confirm.
ASKED = "exchange"


def exchanged_coordinates(profile: Profile) -> Iterator[Finding]:
    """``outlier.value`` of both columns, where cells of each lie among the other's alone."""
    columns = [each for each in profile.columns.values() if each.kind == "number"]
    latitudes = [each for each in columns if _LATITUDE.search(each.name)]
    longitudes = [each for each in columns if _LONGITUDE.search(each.name)]
    for one, two in product(latitudes, longitudes):
        if one.points.exact and two.points.exact and len(one.points) > 1 and len(two.points) > 1:
            above = one.points.quantile(0.5) > two.points.quantile(0.5)
            yield from _exchanged(*((one, two) if above else (two, one)))


def _exchanged(high: ColumnProfile, low: ColumnProfile) -> Iterator[Finding]:
    """Of two columns, of which one mostly lies above the other, the cells that do not."""
    highs, lows = high.points, low.points
    values = np.union1d(highs.values, lows.values)
    below = highs.reached[highs.values.searchsorted(values, "right")]
    above = lows.total - lows.reached[lows.values.searchsorted(values, "right")]
    found = np.flatnonzero((below == above) & (below > 0) & (below <= SHARE * highs.total))
    if not len(found):
        return
    part = values[found[0]]
    down, up = highs.values <= part, lows.values > part
    if _is_apart(highs, down) and _is_apart(lows, up):
        yield _finding(high, low, highs.where(down), highs.where(~down))
        yield _finding(low, high, lows.where(up), lows.where(~up))


def _is_apart(points: Points, odd: Flags) -> bool:
    """Whether some values at an end stand apart from the others, by the steps between these."""
    rest = points.where(~odd)
    if len(rest) < 3:  # noqa: PLR2004 - there are steps between them
        return False
    before, behind = (points.where(odd), rest) if odd[0] else (rest, points.where(odd))
    first, last = rest.quantiles([0.02, 0.98])
    inner = rest.inside(first, last).values
    widest = float(np.diff(inner).max()) if len(inner) > 1 else 0.0
    return behind.ends[0] - before.ends[1] > STEPS * widest


def _finding(column: ColumnProfile, other: ColumnProfile, odd: Points, rest: Points) -> Finding:
    count = round(odd.total)
    span = " to ".join(dict.fromkeys(magnitude(end, 5) for end in odd.ends))
    return Finding(
        code="outlier.value",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'value', 'lies', 'lie')} among those of {shown_name(other.name)}: "
        f"{span}.",
        remedy="Look at the rows.",
        evidence={"where": {"outside": list(rest.ends)}, ASKED: other.name},
    )
