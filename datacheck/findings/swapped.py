"""Cells that two columns have exchanged in a few rows: latitude for longitude, height for weight.

Each is an outlier by itself, and would be clipped as one. In the same rows the two lie among each
other's values, in opposite directions: larger rows than the others do not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from datacheck.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from datacheck.profiling.model import Profile
    from datacheck.report.finding import Finding

#: Columns that are odd in the very same rows, of which pairs are tried.
_MOST = 40


def swapped(found: Sequence[Finding], profile: Profile) -> list[Finding]:
    """Findings whose rows were looked up, with exchanged cells told as that."""
    alike: dict[tuple[int, tuple[int, ...]], list[Finding]] = defaultdict(list)
    for finding in found:
        if finding.code == "outlier.value" and finding.rows and _bounds(finding) is not None:
            alike[finding.count, tuple(finding.rows)].append(finding)
    told: dict[int, Finding] = {}
    for group in alike.values():
        pairs = [p for p in combinations(group[:_MOST], 2) if _are_swapped(*p, profile)]
        if len(pairs) == 1:  # of three alike, which two cannot be told
            [(one, two)] = pairs
            told |= {id(one): _told(one, two), id(two): _told(two, one)}
    return [told.get(id(finding), finding) for finding in found]


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
