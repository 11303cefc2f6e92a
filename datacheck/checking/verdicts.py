"""Validate an opened table, wherever its rows are, without what only a check needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datacheck.checking.accepting import with_acceptance
from datacheck.findings.row_counts import none_of
from datacheck.report import Report
from datacheck.schema import load_schema
from datacheck.table import Table
from datacheck.validation import judge


def validation_report(table: Table, schema: Any, ignore: Iterable[str] = ()) -> Report:
    """What breaks a schema; that a table has no rows, or columns that could not be read."""
    declared = load_schema(schema)
    verdict = judge(table, declared)
    names = declared.columns_for(table.dtypes)
    notes = () if table.source is None else table.source.notes
    told = [note for note in notes if note.column in names and note.code.startswith("type.")]
    found = [*told, *none_of(verdict.rows), *verdict.findings]
    return Report(
        with_acceptance(found, schema=declared, ignore=ignore, rows=verdict.rows),
        name=table.name,
        rows=verdict.rows,
        columns=verdict.columns,
        schema=declared.name,
    )
