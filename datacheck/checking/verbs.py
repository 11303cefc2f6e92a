"""Validate, profile, check and compare: each reads its data, asks the rooms and makes a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.checking.accepting import with_acceptance
from datacheck.checking.rowwise import row_scan
from datacheck.profiling.model import Profile
from datacheck.report import Finding, Report
from datacheck.schema.roles import Named, declared_roles
from datacheck.source import Source

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform
    from datacheck.schema.load import SchemaLike
    from datacheck.source.types import TableLike

    Reference = TableLike | Profile | Transform

Progress = Callable[[int], None] | None
Columns = str | Iterable[str] | None


def validate(
    data: TableLike,
    schema: SchemaLike,
    *,
    query: str | None = None,
    ignore: Iterable[str] = (),
    progress: Progress = None,
) -> Report:
    """Judge a table by its schema alone, in one pass.

    Parameters
    ----------
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes.
    query
        SQL, where `data` is a database's address.
    ignore
        Findings that are right so, as `check` takes them.
    progress
        Called with the number of rows read so far; it starts again with each pass over the data.

    Returns
    -------
    Report
        Its findings are ``schema.*``, and ``rows.none`` of a table without rows.

    Raises
    ------
    SourceError, SchemaError
        Where the data or the schema cannot be read.
    """
    from datacheck.findings.row_counts import none_of
    from datacheck.schema import load_schema
    from datacheck.source import open_source
    from datacheck.table import LocalTable
    from datacheck.validation import judge

    table = LocalTable(open_source(data, query=query), progress)
    declared = load_schema(schema)
    verdict = judge(table, declared)
    names = declared.columns_for(table.dtypes)
    notes = table.source.notes
    told = [note for note in notes if note.column in names and note.code.startswith("type.")]
    told += none_of(verdict.rows)
    found = with_acceptance(
        [*told, *verdict.findings], schema=declared, ignore=ignore, rows=verdict.rows
    )
    return Report(
        found,
        name=table.name,
        rows=verdict.rows,
        columns=verdict.columns,
        schema=declared.name,
    )


def profile(data: TableLike, *, query: str | None = None, progress: Progress = None) -> Profile:
    """Describe each column of a table.

    Parameters
    ----------
    data
        Whatever `read` takes.
    query
        SQL, where `data` is a database's address.
    progress
        Called with the number of rows read so far; it starts again with each pass over the data.

    Returns
    -------
    Profile
        Mergeable (``a + b``), and a valid reference for `compare` without the data.

    Raises
    ------
    SourceError
        Where the data cannot be read.
    """
    from datacheck.profiling.measure import profiled
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    return profiled(LocalTable(open_source(data, query=query), progress))


def check(  # noqa: PLR0913 - all but four by name
    data: TableLike,
    schema: SchemaLike | None = None,
    reference: Reference | None = None,
    target: Columns = None,
    *,
    query: str | None = None,
    id: Columns = None,  # noqa: A002 - the role's name
    time: Columns = None,
    ignore: Iterable[str] = (),
    rows: bool = True,
    near_duplicates: bool = False,
    joint: bool = False,
    row_outliers: bool = False,
    labels: bool = False,
    transform: Transform | str | Path | None = None,
    progress: Progress = None,
) -> Report:
    """Find what is wrong with a table.

    Parameters
    ----------
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes: its violations are found too, and what it declares decides
        how grave a missing or infinite value is.
    reference
        Whatever `compare` takes as its reference: what has changed since is found too.
    target, id, time
        Columns of these roles, by name; they go before the schema's. The roles of the others are
        guessed, and a guess is told for information.
    query
        SQL, where `data` is a database's address.
    ignore
        Findings that are right so: ``outlier.value``, or ``outlier.value:price`` of one column.
        They stay in the report, and decide nothing.
    rows
        Whether rows are looked at as rows: those that repeat others, that have the features of
        others and another target, and that stand in the reference too.
    near_duplicates
        Look for rows that are another, of the table or of the reference, but for one cell or a
        rounding (``row.near_duplicate``) as well.
    joint
        Look whether a model tells the table's rows from the reference's (``drift.joint``) as well.
    row_outliers
        Look for rows that are odd only as a whole (``outlier.row``) as well: a forest is grown on
        the columns of numbers, which are held in memory for it.
    labels
        Look for labels of the target that are likely wrong (``label.suspect``) as well: a model is
        trained on five folds of the rows, of at most 50,000.
    transform
        A fitted transform, or the path of one: the report's page then shows each column before and
        after it.
    progress
        Called with the number of rows read so far; it starts again with each pass over the data.

    Returns
    -------
    Report
        One fault is said once: a null where the schema allows none is ``schema.nullable`` and
        not ``missing.null`` as well.

    Raises
    ------
    SourceError, SchemaError
        Where the data, the schema or the reference cannot be read.
    MissingExtraError
        If `joint`, `row_outliers` or `labels` is asked for without scikit-learn.
    """
    from datacheck.checking.examine import examined, judged, reported, wrong_labels
    from datacheck.checking.pictures import prepared_profile
    from datacheck.checking.reference import opened
    from datacheck.findings.rows import outlying_rows
    from datacheck.schema import load_schema
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    table = LocalTable(open_source(data, query=query), progress)
    declared = None if schema is None else load_schema(schema)
    roles = declared_roles(table.dtypes, declared, Named(target, id, time))
    look = row_scan(roles, reference, rows=rows, near=near_duplicates, joint=joint)
    known = None if reference is None else opened(reference, look)
    if declared is not None:
        found, measured = judged(table, declared, known, roles, look)
    else:
        found, measured = examined(table, known, roles, look)
    if row_outliers and (odd := outlying_rows(table.source.frame)) is not None:
        found = [*found, odd]
    if labels:
        found = [*wrong_labels(table, measured, roles), *found]
    found = with_acceptance(
        with_reading(found, table.source), schema=declared, ignore=ignore, rows=measured.rows
    )
    after = None if transform is None else prepared_profile(table.source, transform)
    return reported(table, found, measured, roles, (declared, reference), (known, after))


def compare(  # noqa: PLR0913 - all but three by name
    reference: Reference,
    data: TableLike,
    schema: SchemaLike | None = None,
    *,
    query: str | None = None,
    ignore: Iterable[str] = (),
    rows: bool = True,
    near_duplicates: bool = False,
    joint: bool = False,
    progress: Progress = None,
) -> Report:
    """Find what has changed since a reference.

    Parameters
    ----------
    reference
        Whatever `read` takes; or a `Profile` or a `Transform`, or the path of a saved one. A
        transform knows its columns, their kinds, centers and scales: gross changes are found.
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes: the columns' roles, and what is accepted.
    query
        SQL, where `data` is a database's address.
    ignore
        Findings that are right so, as `check` takes them.
    rows
        Whether rows that stand in the reference too are looked for, where it is a table.
    near_duplicates, joint
        As `check` takes them; of near duplicates, those of the reference alone.
    progress
        Called with the number of rows read so far; it starts again with each pass over the data.

    Returns
    -------
    Report
        ``drift.*``, and what the data shows by itself and the reference does not.

    Raises
    ------
    SourceError, ArtefactError
        Where the data or the reference cannot be read.
    """
    from datacheck.checking.examine import compared, reported
    from datacheck.checking.reference import opened
    from datacheck.schema import load_schema
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    table = LocalTable(open_source(data, query=query), progress)
    declared = None if schema is None else load_schema(schema)
    roles = declared_roles(table.dtypes, declared)
    look = row_scan(roles, reference, rows=rows, near=near_duplicates, joint=joint)
    known = opened(reference, look)
    found, measured = compared(table, known, roles, look)
    found = with_acceptance(
        with_reading(found, table.source), schema=declared, ignore=ignore, rows=measured.rows
    )
    return reported(table, found, measured, roles, (declared, reference), (known, None))


def with_reading(found: list[Finding], source: Source) -> list[Finding]:
    """The findings, and what was said when the source was read.

    Of a column that could not be read nothing else is known than which of its cells are missing;
    of one that was read as text, its types have been told.
    """
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
