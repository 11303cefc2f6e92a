"""One-table findings that the reference does not show: those that chance alone would not bring.

A split of one table in two puts a rare thing into one half by chance. So a finding counts as new
only where the reference, were it of the same kind, would have shown it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.findings.statistics import column_alpha, more_often

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datacheck.profiling.model import Profile
    from datacheck.report.finding import Finding

#: News if chance would have given the reference some too, at this level; 1 where one cell is news
#: however many rows the reference has. Most columns never have such a cell, which is why the levels
#: may be kinder than a test's.
LEVELS = {
    "missing.all": 1.0,
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
_ALIKE = {"missing.nan": "missing.null", "missing.null": "missing.nan"}
#: How much wider the spreads must have grown apart.
_GROWN = 10.0


def new_since(
    found: Iterable[Finding],
    before: Iterable[Finding],
    drift: Iterable[Finding],
    data: Profile,
    reference: Profile,
) -> list[Finding]:
    """The findings of `found` that the reference does not show too.

    Parameters
    ----------
    found, before
        What the data and the reference show by themselves.
    drift
        What their comparison shows.
    data, reference
        Their profiles.
    """
    known = {(finding.code, finding.column): finding for finding in before}
    moved = {finding.column for finding in drift}
    said = {(finding.code, finding.column) for finding in drift}
    alpha = column_alpha(len(data.columns)) / 2
    return [
        finding
        for finding in found
        if (finding.code, finding.column) not in said
        and _is_new(finding, known.get((finding.code, finding.column)))
        and (_ALIKE.get(finding.code), finding.column) not in known
        and _is_news(finding, moved, alpha, (data.rows, reference.rows))
    ]


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


def _is_news(finding: Finding, moved: set[str | None], alpha: float, rows: tuple[int, int]) -> bool:
    code = finding.code
    if finding.evidence.get("of") == "dates":
        # Parted by years from all others: that does not come by chance.
        return True
    if code in WITH_DRIFT:
        return finding.column in moved
    if code == "scale.spread":
        return finding.evidence["widest"] in moved or finding.evidence["narrowest"] in moved
    level = LEVELS.get(code, alpha if code in BY_TEST else 0.0)
    # A row may hold several cells of a list.
    return more_often(min(finding.count, rows[0]), rows[0], 0, rows[1]) <= level
