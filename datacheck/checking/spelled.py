"""Categories that a schema does not know, but for their spelling: each with the one that is meant.

Only what people do not see is bridged here: case, blanks at the ends and in rows, and the ways in
which Unicode writes one letter. Two allowed categories that differ by no more are bridged by none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from datacheck.findings.variants import skeleton
from datacheck.profiling.model import Profile
from datacheck.report import Finding, fixes
from datacheck.report.fix import Fix
from datacheck.schema import Schema

_CODE = "schema.isin"


def with_spellings(found: Iterable[Finding], schema: Schema, profile: Profile) -> list[Finding]:
    """The violations of a schema, those of spelling alone with the fix that maps them.

    The profile is of the table as the schema reads it.
    """
    return [
        _mended(finding, schema, profile) if finding.code == _CODE else finding for finding in found
    ]


def _mended(finding: Finding, schema: Schema, profile: Profile) -> Finding:
    column = profile.columns.get(str(finding.column))
    if column is None or column.texts is None or not column.texts.exact:
        return finding
    allowed = [
        category
        for each in schema.columns
        if each.matches(column.name)
        for check in each.checks
        if check.name == "isin"
        for category in check.arguments["allowed_values"]
        if isinstance(category, str)
    ]
    fix = _fix(column.name, allowed, column.texts.values)
    if fix is None:
        return finding
    return replace(finding, fix=fix, remedy=fix.sentence)


def _fix(name: str, allowed: list[str], texts: Iterable[str]) -> Fix | None:
    shared = Counter(map(skeleton, set(allowed)))
    meant = {skeleton(category): category for category in allowed}
    mapped: dict[str, list[str]] = {}
    known = set(allowed)
    for text in texts:
        bones = skeleton(text)
        if text not in known and shared.get(bones) == 1:
            mapped.setdefault(meant[bones], []).append(text)
    return fixes.map_spellings(name, mapped) if mapped else None
