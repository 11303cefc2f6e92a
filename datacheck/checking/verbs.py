"""Validate, profile, check and compare, of whatever `read` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.profiling.model import Profile
from datacheck.report import Report
from datacheck.schema.roles import Named
from datacheck.source import open_source

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
        Findings to accept, as `check` takes them.
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
    from datacheck.checking.verdicts import validation_report
    from datacheck.table import LocalTable

    table = LocalTable(open_source(data, query=query), progress)
    return validation_report(table, schema, ignore)


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
        Findings to accept: ``outlier.value``, or ``outlier.value:price`` of one column. They stay
        in the report, folded, and count for nothing.
    rows
        Whether rows are looked at as rows: those that repeat others, that have the features of
        others and another target, and that stand in the reference too.
    near_duplicates
        Also look for rows that differ from another, of the table or of the reference, by one cell
        or by rounding (``row.near_duplicate``).
    joint
        Also see whether a model can tell the table's rows from the reference's (``drift.joint``).
    row_outliers
        Also look for rows that are odd only as a whole (``outlier.row``): a forest is grown on the
        columns of numbers, which are held in memory for it.
    labels
        Also look for labels of the target that are likely wrong (``label.suspect``): a model is
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
    from datacheck.checking.reports import findings_report
    from datacheck.table import LocalTable

    return findings_report(
        LocalTable(open_source(data, query=query), progress),
        schema,
        reference,
        Named(target, id, time),
        rows=rows,
        near_duplicates=near_duplicates,
        joint=joint,
        row_outliers=row_outliers,
        labels=labels,
        ignore=ignore,
        transform=transform,
    )


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
        Findings to accept, as `check` takes them.
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
    from datacheck.checking.reports import findings_report
    from datacheck.table import LocalTable

    return findings_report(
        LocalTable(open_source(data, query=query), progress),
        schema,
        reference,
        news_only=True,
        rows=rows,
        near_duplicates=near_duplicates,
        joint=joint,
        ignore=ignore,
    )
