"""One-table findings that the reference does not show: those that chance alone would not bring.

A split of one table in two puts a rare thing into one half by chance. So a finding counts as new
only where the reference, were it of the same kind, would have shown it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from datacheck.findings.dates import days_in
from datacheck.findings.missing import empty_cells
from datacheck.findings.moments import beyond_others
from datacheck.findings.statistics import column_alpha, more_often
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding

#: News if chance would have given the reference some too, at this level; 1 where one cell is news
#: however many rows the reference has. Most columns never have such a cell, which is why the levels
#: may be kinder than a test's.
LEVELS = {
    "missing.all": 0.15,
    "numeric.infinite": 1.0,
    "numeric.float32_overflow": 1.0,
    "missing.null": 0.02,
    "missing.nan": 0.02,
    "missing.text": 0.15,
    "type.mixed": 0.02,
    "type.numeric_text": 0.15,
}
#: News only with a test at the column's level.
BY_TEST = {
    "missing.sentinel",
    "scale.unit_mix",
    "numeric.float32_underflow",
    "numeric.integer_precision",
}
#: Said better by a drift finding: news only as a detail of one.
WITH_DRIFT = {"outlier.value", "numeric.float32_precision", "scale.degenerate", "missing.together"}
#: Two spellings of one thing: pandas writes a null among numbers as NaN. `drift.missing_rate`
#: counts both, so a change of their number is told all the same.
ALIKE = {"missing.nan": "missing.null", "missing.null": "missing.nan"}
#: How much wider the spreads must have grown apart.
_GROWN = 10.0


def may_be_news(code: str, data: Profile, reference: Profile, *, moved: bool) -> bool:
    """Whether a column, if it has `moved` or has not, can have news of a code."""
    if code in WITH_DRIFT:
        return moved
    if code == "missing.sentinel":
        return True
    level = _level(code, column_alpha(len(data.columns)) / 2)
    return more_often(data.rows, data.rows, 0, reference.rows) <= level


def news_among(
    found: Iterable[Finding], drift: Iterable[Finding], data: Profile, reference: Profile
) -> list[Finding]:
    """What the data show by themselves that is news if the reference shows none of it."""
    moved = {finding.column for finding in drift}
    said = {(finding.code, finding.column) for finding in drift}
    alpha = column_alpha(len(data.columns)) / 2
    return [
        finding
        for finding in found
        if (finding.code, finding.column) not in said
        and "next_most_frequent" not in finding.evidence  # a spike, which the comparison tells
        and _is_news(finding, moved, alpha, (data, reference))
    ]


def new_since(
    before: Iterable[Finding], news: Iterable[Finding], reference: Profile
) -> list[Finding]:
    """Those of the news that are not among what the reference shows by itself."""
    known = {(finding.code, finding.column): finding for finding in before}
    return [
        _kept(finding, reference)
        for finding in news
        if _is_new(finding, known.get((finding.code, finding.column)))
        and (ALIKE.get(finding.code), finding.column) not in known
    ]


def _kept(finding: Finding, reference: Profile) -> Finding:
    """A finding as it is told beside a reference, which had values where all are missing now."""
    if finding.code != "missing.all" or finding.column not in reference.columns:
        return finding
    return replace(finding, remedy="Find out why it is empty: the reference has values.", fix=None)


def _is_new(finding: Finding, before: Finding | None) -> bool:
    if before is None:
        return True
    if finding.code == "missing.text":
        return not set(finding.evidence["where"]["texts"]) <= set(before.evidence["where"]["texts"])
    if finding.code == "missing.sentinel":
        return bool(finding.evidence["value"] != before.evidence["value"])
    if finding.code == "scale.spread":
        return bool(finding.evidence["factor"] > _GROWN * before.evidence["factor"])
    return False


def _is_news(
    finding: Finding, moved: set[str | None], alpha: float, sides: tuple[Profile, Profile]
) -> bool:
    code = finding.code
    ours, theirs = (side.columns.get(finding.column or "") for side in sides)
    if finding.evidence.get("of") == "dates":
        # A made-up day is one however often it stands; others may be as far off as those before.
        return code == "missing.sentinel" or _are_farther(ours, theirs, alpha)
    if code in WITH_DRIFT:
        return finding.column in moved
    if code == "scale.spread":
        return finding.evidence["widest"] in moved or finding.evidence["narrowest"] in moved
    level = _level(code, alpha)
    rows, before = (side.rows for side in sides)
    # A row may hold several cells of a list.
    known = min(_times(theirs, finding), before)
    return more_often(min(finding.count, rows), rows, known, before) <= level


def _level(code: str, alpha: float) -> float:
    return LEVELS.get(code, alpha if code in BY_TEST else 0.0)


def _are_farther(data: ColumnProfile | None, reference: ColumnProfile | None, alpha: float) -> bool:
    """Whether dates lie far off where none of the reference's do, or oftener than they."""
    ours, theirs = (None if side is None else days_in(side) for side in (data, reference))
    if ours is None or theirs is None:
        return True
    here, there = map(round, beyond_others(ours, theirs))
    totals = round(ours.points.total), round(theirs.points.total)
    return not there or more_often(here, totals[0], there, totals[1]) < alpha


def _times(reference: ColumnProfile | None, finding: Finding) -> int:
    """How often what a finding tells of is in the reference, which was not told of it."""
    value = finding.evidence.get("value")
    if reference is not None and finding.code == "missing.all":
        return empty_cells(reference)
    if reference is None or not isinstance(value, float):
        return 0
    points = reference.points
    return round(points.held(points.values == value))
