"""A table against a fitted transform: all that a transform keeps of the table it was fitted on.

That is each column's kind, center and scale; since format version 2 also how many rows there were,
how many cells were missing (null, NaN or declared), and the categories of a text. What is not
compared is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.checking.scales import changed_scales
from datacheck.findings import drift_between
from datacheck.findings.categories import new_categories
from datacheck.ops import Cast, missing_op
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import Texts
from datacheck.report import Finding
from datacheck.text import shown_name, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.ops import Fitted, Program

#: What a transform's programs call a column's cells, as a profile calls them.
_KINDS = {"date": "time", "datetime": "time", "duration": "time", "integer": "number"}

#: What can be said of the columns alone, and what can where the table's counts were kept.
_OF_COLUMNS = ("drift.column_missing", "drift.dtype")
_OF_COUNTS = ("drift.missing_rate", "drift.row_count")
#: Columns that a message names.
_NAMED = 5


def since_fit(fitted: Fitted, data: Profile) -> list[Finding]:
    """What a table shows against the one that was fitted."""
    counted = data if fitted.seen is None else _as_fitted(data, fitted)
    found = drift_between(_profile(fitted), counted)
    wanted = _OF_COLUMNS if fitted.seen is None else (*_OF_COLUMNS, *_OF_COUNTS)
    texts = {program.column for program in fitted.programs if program.kind == "text"}
    # Numbers that are read from text are of their kind and not of its, and came as that text.
    read = {p.column for p in fitted.programs if _dtype(data, p.column) == p.dtype}
    # Columns that were not fitted pass through a transform: they are no news.
    kept = [
        finding
        for finding in found
        if (
            finding.code in wanted
            and not (finding.code == "drift.dtype" and finding.column in read)
        )
        or (finding.code == "drift.shift" and finding.column in texts)
    ]
    return [
        *kept,
        *_new_categories(fitted, data),
        *changed_scales(fitted.programs, data),
        _unchecked(fitted, data),
    ]


def _dtype(data: Profile, name: str) -> str | None:
    column = data.columns.get(name)
    return None if column is None else column.dtype


def _new_categories(fitted: Fitted, data: Profile) -> Iterator[Finding]:
    if fitted.seen is None:
        return
    for program in fitted.programs:
        known = fitted.seen.categories.get(program.column)
        column = data.columns.get(program.column)
        if known is not None and column is not None and column.kind == "text":
            declared = [str(value) for value in missing_op(program).values]
            if (finding := new_categories(known, column, declared)) is not None:
                yield finding


def _unchecked(fitted: Fitted, data: Profile) -> Finding:
    """``scope.unchecked``: what a comparison with a transform leaves out."""
    names = {program.column for program in fitted.programs}
    not_fitted = [name for name in data.columns if name not in names]
    seen = fitted.seen
    unknown = [
        program.column
        for program in fitted.programs
        if program.kind == "text" and (seen is None or program.column not in seen.categories)
    ]
    parts = ["distributions beyond center and scale"]
    if seen is None:
        parts.append("missing cells and the number of rows (an earlier version did not keep them)")
    if unknown:
        parts.append(f"the texts of {_named(unknown)}")
    if not_fitted:
        parts.append(f"{_named(not_fitted)}, which the transform does not prepare")
    return Finding(
        code="scope.unchecked",
        severity="info",
        count=len(not_fitted),
        message=f"A transform is not a profile; not compared: {'; '.join(parts)}.",
        remedy="Give the fitted table, or its profile, as the reference to compare all.",
        evidence={"not_fitted": not_fitted, "texts": unknown, "counts_kept": seen is not None},
    )


def _named(names: list[str]) -> str:
    return some(names, _NAMED, shown=shown_name)


def _profile(fitted: Fitted) -> Profile:
    """What a transform knows of the table it was fitted on, as a profile."""
    rows = 1 if fitted.seen is None else fitted.seen.rows
    return Profile(
        name="transform", rows=rows, columns={p.column: _column(p, fitted) for p in fitted.programs}
    )


def _column(program: Program, fitted: Fitted) -> ColumnProfile:
    kind: Any = _KINDS.get(program.kind, program.kind)
    plain = ColumnProfile(program.column, program.dtype, kind, rows=1, null=0)
    if fitted.seen is None:
        return plain
    categories = fitted.seen.categories.get(program.column)
    return replace(
        plain,
        rows=fitted.seen.rows,
        null=fitted.seen.missing.get(program.column, 0),
        texts=None
        if categories is None
        else Texts(count=sum(categories.values()), values=dict(categories)),
    )


def _as_fitted(data: Profile, fitted: Fitted) -> Profile:
    """The data's profile with its missing cells counted by the transform's own rule."""
    columns = dict(data.columns)
    for program in fitted.programs:
        if (column := columns.get(program.column)) is not None:
            columns[program.column] = _counted(column, program)
    return replace(data, columns=columns)


def _counted(column: ColumnProfile, program: Program) -> ColumnProfile:
    """Cells that the transform declares missing as nulls; a word that it does not is a text."""
    declared = missing_op(program).values
    texts = column.texts
    if texts is None or column.kind != "text":
        if column.numbers is None:
            return column
        points = column.points
        is_declared = np.isin(points.values, [v for v in declared if not isinstance(v, str)])
        found = round(points.held(is_declared))
        return replace(column, null=min(column.null + found, column.rows - column.nan))
    reads = bool(program.ops) and isinstance(program.ops[0], Cast)
    words = {str(value) for value in declared}
    gone = {
        text: count
        for text, count in {**texts.values, **texts.words}.items()
        if text in words or (reads and not text.strip())
    }
    values = {text: count for text, count in texts.values.items() if text not in gone}
    left = replace(texts, values=values, count=texts.count - sum(gone.values()))
    left.words = type(left.words)()
    return replace(column, null=column.null + sum(gone.values()), texts=left)
