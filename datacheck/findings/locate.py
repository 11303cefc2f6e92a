"""Finds a finding's cells in the table: exact counts, the first rows, what stands there.

A detector sees a profile, not rows. What it writes under ``where`` is read by `profiling.where`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from datacheck.findings.cells import Asked, Cells, Lookup
from datacheck.profiling.nested import Path, paths_in
from datacheck.profiling.where import cell_mask
from datacheck.report.finding import Finding


def locate(findings: Iterable[Finding], frame: pl.LazyFrame) -> list[Finding]:
    """The findings with exact counts and their first rows and values, in one pass of `frame`.

    A finding without ``where``, or about a column that the table does not have, stays as it is.
    """
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    findings = list(findings)
    table = LocalTable(open_source(frame))
    asked = masks(findings, table.dtypes)
    [lookup] = table.fold([Lookup(asked)]) if asked else [Lookup(asked)]
    return located(findings, lookup.found)


def masks(findings: Sequence[Finding], schema: pl.Schema) -> dict[int, Asked]:
    """By a finding's place, its column (or the path inside one) and which cells it means."""
    known: dict[str | None, tuple[str | Path, pl.DataType]] = {
        path.shown: (path, dtype) for ways in paths_in(schema).values() for path, dtype in ways
    }
    known.update({name: (name, dtype) for name, dtype in schema.items()})
    asked: dict[int, Asked] = {}
    for place, finding in enumerate(findings):
        if "where" in finding.evidence and finding.column in known:
            column, dtype = known[finding.column]
            mask = cell_mask(str(finding.column), finding.evidence["where"], dtype)
            asked[place] = (column, mask)
    return asked


def located(findings: Sequence[Finding], found: Mapping[int, Cells]) -> list[Finding]:
    """The findings with the cells that were found of them, by their places."""
    made = list(findings)
    for place, cells in found.items():
        finding = made[place]
        evidence = {key: value for key, value in finding.evidence.items() if key != "estimated"}
        made[place] = replace(
            finding, count=cells.count, rows=cells.rows, values=cells.values, evidence=evidence
        )
    return made
