"""Check and compare an opened table, wherever its rows are: from the words to the report.

Each reads the declaration and the reference, has the rooms look, and joins what they found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datacheck.checking.accepting import with_acceptance
from datacheck.checking.examine import compared, examined, judged
from datacheck.checking.pictures import Pictures, prepared_profile, sampled
from datacheck.checking.reference import name_of, opened
from datacheck.checking.rowwise import row_scan
from datacheck.findings.labels import MOST_ROWS, suspect_labels, targets_of
from datacheck.findings.rows import outlying_rows
from datacheck.findings.scope import scope_of
from datacheck.profiling.model import Profile
from datacheck.report import Finding, Report
from datacheck.rows.queries import key_columns
from datacheck.rows.sample import RowSample
from datacheck.schema import load_schema
from datacheck.schema.roles import Named, declared_roles
from datacheck.source import Source
from datacheck.table import Table


def findings_report(  # noqa: PLR0913 - the words of `check`, by name
    table: Table,
    schema: Any,
    reference: Any,
    named: Named | None = None,
    *,
    news_only: bool = False,
    rows: bool,
    near_duplicates: bool,
    joint: bool,
    row_outliers: bool = False,
    labels: bool = False,
    ignore: Iterable[str] = (),
    transform: Any = None,
) -> Report:
    """What is wrong with a table; `news_only`, what a reference does not show too."""
    declared = None if schema is None else load_schema(schema)
    roles = declared_roles(table.dtypes, declared, named)
    look = row_scan(roles, reference, rows=rows, near=near_duplicates, joint=joint)
    known = None if reference is None else opened(reference, look)
    if news_only:
        found, profile = compared(table, known, roles, look)
    elif declared is not None:
        found, profile = judged(table, declared, known, roles, look)
    else:
        found, profile = examined(table, known, roles, look)
    if row_outliers and table.frame is not None:
        odd = outlying_rows(table.frame)
        found = found if odd is None else [*found, odd]
    if labels:
        found = [*_wrong_labels(table, profile, roles), *found]
    found = _with_reading(found, table.source)
    made = Report(
        with_acceptance(found, schema=declared, ignore=ignore, rows=profile.rows),
        name=table.name,
        rows=profile.rows,
        columns=len(table.dtypes),
        scope=scope_of(profile, roles),
        schema=None if declared is None else declared.name,
        reference=None if known is None else name_of(reference, known),
    )
    made.pictures = Pictures(
        profile,
        known if isinstance(known, Profile) else None,
        sampled(table, made.findings, profile.rows),
        None
        if transform is None or table.source is None
        else prepared_profile(table.source, transform),
    )
    if table.source is not None:
        table.source.must_be_whole()
    return made


def _wrong_labels(table: Table, profile: Profile, roles: Mapping[str, str]) -> list[Finding]:
    """``label.suspect`` of a table: see `datacheck.findings.labels.suspect_labels`."""
    targets_of(profile, roles)
    [sample] = table.fold([RowSample(key_columns(table.dtypes, roles), MOST_ROWS)])
    places, rows = sample.taken()
    return suspect_labels(places, rows, profile, roles)


def _with_reading(found: list[Finding], source: Source | None) -> list[Finding]:
    """The findings and what reading said; of a column unread, only its missing cells count."""
    if source is None:
        return found
    mixed = {told.column for told in source.notes if told.code.startswith("type.")}
    indexed = {told.column for told in source.notes if told.code == "source.index"}
    kept = [
        finding
        for finding in found
        if not (finding.code == "column.identifier" and finding.column in indexed)
    ]
    kept = [
        finding
        for finding in kept
        if finding.column not in mixed
        or finding.code.startswith(("schema.", "missing."))
        or (finding.column not in source.unreadable and not finding.code.startswith("type."))
    ]
    return [*source.notes, *kept]
