"""Columns whose cells have changed places: all of them, or a few.

A file that was written with its columns in another order gives each model input the values of
another. Each column by itself has merely moved since the reference; the two together say why.

Exchanged in a few rows, such as height for weight, each cell is an outlier by itself, and would be
clipped as one: but in the same rows the two lie among each other's values, as larger rows do not.
Of latitudes and longitudes neither may have an outlier. There as many cells of the one lie among
the other's as of the other among its own; whether these are the same rows is seen once they are
looked up, and what is not confirmed is not told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from datacheck.arrays import Flags
from datacheck.findings.statistics import distance, distance_p
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
        yield _of_one(high, low, highs.where(down), highs.where(~down))
        yield _of_one(low, high, lows.where(up), lows.where(~up))


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


def _of_one(column: ColumnProfile, other: ColumnProfile, odd: Points, rest: Points) -> Finding:
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


#: Columns that have moved, of which pairs are tried.
MOST = 40
#: Two samples are of one column by this chance, or within this distance, however many rows.
ALIKE, CLOSE = 0.01, 0.03
_MOVED = ("drift.shift", "drift.unit_change", "drift.already_scaled")
#: What an exchange brings with it.
_WITH_IT = (*_MOVED, "drift.outlier_rate", "drift.resolution")


def exchanged(found: Sequence[Finding], reference: Profile, data: Profile) -> list[Finding]:
    """What a comparison has found, with what an exchange of two columns explains told as one."""
    names = dict.fromkeys(f.column for f in found if f.code in _MOVED and f.column is not None)
    moved = [name for name in names if _is_number(reference, name) and _is_number(data, name)]
    if not 2 <= len(moved) <= MOST:  # noqa: PLR2004 - a pair
        return list(found)
    pairs = [pair for pair in combinations(moved, 2) if _are_exchanged(*pair, reference, data)]
    times = Counter(name for pair in pairs for name in pair)
    other: dict[str, str] = {}
    for one, two in pairs:
        if times[one] == times[two] == 1:  # of three alike, which two cannot be told
            other |= {one: two, two: one}
    kept = [f for f in found if f.column not in other or f.code not in _WITH_IT]
    return [*kept, *(_finding(data, name, by) for name, by in other.items())]


def _is_number(profile: Profile, name: str) -> bool:
    column = profile.columns.get(name)
    return column is not None and column.kind == "number" and len(column.points) > 1


def _are_exchanged(one: str, two: str, reference: Profile, data: Profile) -> bool:
    old, new = reference.columns, data.columns
    return _alike(old[one].points, new[two].points) and _alike(old[two].points, new[one].points)


def _alike(old: Points, new: Points) -> bool:
    gap = distance(old, new)
    return gap <= CLOSE or distance_p(old, new, gap) >= ALIKE


def _finding(data: Profile, name: str, by: str) -> Finding:
    return Finding(
        code="drift.shift",
        severity="warning",
        column=name,
        count=data.columns[name].rows - data.columns[name].missing,
        message=f"The values are distributed as the reference's {shown_name(by)}, and those of "
        f"{shown_name(by)} as the reference's {shown_name(name)}: perhaps the two were exchanged.",
        remedy="Look where the table is written: the columns, or their names, may be in another "
        "order.",
        evidence={"exchanged_with": by},
    )


#: Columns that are odd in the very same rows, of which pairs are tried.
_MOST = 40


def swapped(found: Sequence[Finding], profile: Profile) -> list[Finding]:
    """Findings whose rows were looked up, with exchanged cells told as that."""
    alike: dict[tuple[int, tuple[int, ...]], dict[str | None, Finding]] = defaultdict(dict)
    for finding in found:
        if finding.code == "outlier.value" and finding.rows and _bounds(finding) is not None:
            alike[finding.count, tuple(finding.rows)].setdefault(finding.column, finding)
    told: dict[int, Finding] = {}
    for group in alike.values():
        tried = combinations([*group.values()][:_MOST], 2)
        pairs = [pair for pair in tried if _are_swapped(*pair, profile)]
        if len(pairs) == 1:  # of three alike, which two cannot be told
            [(one, two)] = pairs
            told |= {id(one): _told(one, two), id(two): _told(two, one)}
    rows = {each.column: set(each.rows) for each in told.values()}
    return [
        told.get(id(finding), finding)
        for finding in found
        if id(finding) in told or not (ASKED in finding.evidence or _is_part(finding, rows))
    ]


def _is_part(finding: Finding, told: Mapping[str | None, set[int]]) -> bool:
    """Whether an outlier's cells are some of those that were exchanged."""
    some = told.get(finding.column, ()) if finding.code == "outlier.value" else ()
    return bool(finding.rows) and set(finding.rows) <= set(some)


def _bounds(finding: Finding) -> Sequence[float] | None:
    where = finding.evidence.get("where", {})
    outside: Sequence[float] | None = where.get("outside")
    return outside


def _are_swapped(one: Finding, two: Finding, profile: Profile) -> bool:
    return _among(one.values, two, profile) and _among(two.values, one, profile)


def _among(values: Iterable[object], other: Finding, profile: Profile) -> bool:
    """Whether values lie among those of another column that are no outliers."""
    column, bounds = profile.columns.get(str(other.column)), _bounds(other)
    if column is None or column.kind != "number" or bounds is None:
        return False
    inside = column.points.inside(bounds[0], bounds[1])
    low, high = inside.ends if len(inside) else (1.0, 0.0)
    return all(isinstance(value, int | float) and low <= value <= high for value in values)


def _told(finding: Finding, other: Finding) -> Finding:
    return replace(
        finding,
        message=f"{finding.message.removesuffix('.')}. In the same rows {shown_name(other.column)} "
        "is as odd, and each lies among the other's values: perhaps the two were exchanged there.",
        remedy="Look at the rows, and exchange the two cells where it is so: clipped or filled, "
        "both are lost.",
        fix=None,
        evidence={**finding.evidence, "exchanged_with": other.column},
    )
