"""What the page of a report shows beside the words: shapes, rows, where cells are missing.

All of it comes from the profiles that the check has made anyway, and from rows of a table that is
still in memory; nothing is read for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from datacheck.errors import DataError
from datacheck.profiling.model import Profile, column_summary
from datacheck.profiling.shapes import shape_of
from datacheck.profiling.where import Marks
from datacheck.report import Finding, Report
from datacheck.report.plain import plain
from datacheck.source import Source
from datacheck.table import Table

#: Guilty rows of a sample, those of one finding, rows beside them, and columns.
GUILTY, OF_ONE, OTHERS, COLUMNS = 10, 3, 4, 12
#: Texts that do not read as their column's type, shown beside its distribution.
UNREAD = 4
#: Codes whose cells hold values that stand for nothing.
_NOTHING = ("missing.sentinel",)
#: Cells of these are no part of a distribution, so a picture of it would mark nothing.
_HOLES = ("null", "nan", "missing", "infinite")


@dataclass(frozen=True)
class Pictures:
    """What a check has kept for its report's page."""

    #: Of the table, as it was judged.
    profile: Profile
    #: The profile that it was compared with, where that is one.
    reference: Profile | None = None
    #: Some rows, with their positions; None where the table is not in memory.
    sample: tuple[list[int], pl.DataFrame] | None = None
    #: The profile of what a transform makes of the table, or why it makes nothing of it.
    after: Profile | str | None = None

    def __call__(self, report: Report) -> dict[str, Any]:
        """The pictures of a report as plain data: see `Profile.summary`; and one a finding."""
        apart = _apart(report.findings)
        made = self.profile.summary(apart, self.reference)
        made["findings"] = [self._of(finding, apart) for finding in report.findings]
        made["sample"] = None if self.sample is None else _sample(*self.sample, report.findings)
        made["after"] = self._after()
        return made

    def _of(self, finding: Finding, apart: dict[str, set[float]]) -> dict[str, Any] | None:
        """A finding's own picture: the column's shape with the guilty cells marked."""
        name = finding.column
        column = self.profile.columns.get(str(name)) if name is not None else None
        if column is None:
            column = self.profile.inside.columns.get(str(name))
        where = finding.evidence.get("where")
        if column is None or (where and where.get("is") in _HOLES):
            return None
        against = None
        if self.reference is not None and finding.code.startswith("drift."):
            against = self.reference.columns.get(str(name))
            against = against if against is not None and against.kind == column.kind else None
        listed = () if finding.code.startswith("drift.") else finding.values
        marks = Marks.of_finding(finding.evidence, listed)
        if finding.code.startswith("missing.") and marks == Marks():
            return None
        aside = apart.get(str(name), set())
        shape = shape_of(column, marks, () if against else aside, against)
        if shape is None or (finding.code.startswith("missing.") and not _marked(shape)):
            return None
        if finding.code == "schema.dtype" and shape["kind"] == "bars":
            shape["apart"][:0] = _unread(finding)
        return {"shape": shape, "kind": column.kind, "dtype": column.dtype}

    def _after(self) -> dict[str, Any] | None:
        """Columns before and after a transform, those that it changes."""
        if self.after is None:
            return None
        if isinstance(self.after, str):
            return {"refused": self.after}
        pairs = []
        for name, column in self.after.columns.items():
            before, after = self.profile.columns.get(name), column_summary(column)
            was = None if before is None else column_summary(before)
            if was != after:
                pairs.append({"name": name, "before": was, "after": after})
        return {"pairs": pairs}


def _unread(finding: Finding) -> list[dict[str, Any]]:
    """The most frequent texts that are no values of a column, set apart by what stands there."""
    each_once = [{"value": value, "count": 1} for value in finding.values]
    often = finding.evidence.get("top") or each_once
    return [
        {"value": each["value"], "count": float(each["count"]), "guilty": True, "side": "named"}
        for each in often[:UNREAD]
        if isinstance(each["value"], str)
    ]


def _marked(shape: dict[str, Any]) -> bool:
    """Whether a picture shows any guilty cell."""
    named = [*shape.get("apart", ()), *shape.get("bars", ())]
    return any(each["guilty"] for each in named) or any(shape.get("guilty", ()))


def sampled(
    table: Table, found: Iterable[Finding], rows: int
) -> tuple[list[int], pl.DataFrame] | None:
    """Some rows of a table that is in memory: those of the gravest findings, and the first."""
    if not table.held:
        return None
    guilty: dict[int, None] = {}
    for finding in found:
        for row in finding.rows[:OF_ONE]:
            if len(guilty) < GUILTY and row < rows:
                guilty[row] = None
    others = [row for row in range(min(rows, GUILTY + OTHERS)) if row not in guilty][:OTHERS]
    places = [*guilty, *others]
    frame = table.rows_at(sorted(places))
    if frame is None:
        return None
    order = {row: at for at, row in enumerate(sorted(places))}
    return places, frame[[order[row] for row in places]]


def _apart(findings: Iterable[Finding]) -> dict[str, set[float]]:
    """By column, the numbers that findings say stand for nothing."""
    apart: dict[str, set[float]] = {}
    for finding in findings:
        if finding.code in _NOTHING and finding.column is not None:
            values = finding.evidence.get("where", {}).get("values", ())
            numbers = {float(each) for each in values if isinstance(each, int | float)}
            apart.setdefault(finding.column, set()).update(numbers)
    return apart


def _sample(rows: list[int], frame: pl.DataFrame, findings: Iterable[Finding]) -> dict[str, Any]:
    """Rows as plain data, the columns of findings first, guilty cells marked."""
    from datacheck.source.values import python_values

    guilty: set[tuple[int, str]] = set()
    blamed: dict[str, None] = {}
    columns = frame.columns
    known = set(columns)
    for finding in findings:
        name = finding.column
        if finding.accepted is None and finding.rows and name in known:
            blamed[str(name)] = None
            guilty |= {(row, str(name)) for row in finding.rows}
    first = list(blamed)[:COLUMNS]
    shown = {
        *first,
        *[name for name in columns if name not in blamed][: COLUMNS - len(first)],
    }
    names = [name for name in columns if name in shown]
    cells = {name: plain(python_values(frame[name])) for name in names}
    return {
        "names": names,
        "more": len(columns) - len(names),
        "rows": [
            {
                "row": row,
                "cells": [cells[name][at] for name in names],
                "guilty": [(row, name) in guilty for name in names],
            }
            for at, row in enumerate(rows)
        ],
    }


def prepared_profile(source: Source, transform: Any) -> Profile | str:
    """The profile of what a transform, or a saved one, makes of the table; or why it refuses it."""
    from datacheck.fitted.transform import load
    from datacheck.profiling.measure import measure

    fitted = load(transform) if isinstance(transform, str | Path) else transform
    try:
        prepared = fitted.apply(source)
        return measure(prepared.lazy(), name=source.name, moments=False)
    except DataError as error:
        return " ".join(str(_with_rows(fitted, source, error)).split())


def _with_rows(fitted: Any, source: Source, error: DataError) -> DataError:
    """The refusal that names its rows, where it is cells that are refused."""
    try:
        found: DataError | None = fitted.refusal(source)
    except DataError:
        return error
    return found or error
