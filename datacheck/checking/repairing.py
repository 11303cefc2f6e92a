"""Repairs a table by what a check of it has found, and says what a schema must repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from datacheck.checking.verbs import Columns, check
from datacheck.report import Report
from datacheck.report.fix import Fix
from datacheck.schema import Schema, load_schema
from datacheck.source import Source, open_source
from datacheck.source.given_back import give_back

if TYPE_CHECKING:
    from datacheck.checking.verbs import Reference
    from datacheck.repairing import Repaired
    from datacheck.schema.load import SchemaLike
    from datacheck.source.types import Address, Frame, TableLike


@overload
def repair(
    data: Frame,
    report_or_schema: Report | SchemaLike | None = None,
    unsafe: bool = False,  # noqa: FBT001, FBT002
    *,
    query: None = None,
    reference: Reference | None = None,
    target: Columns = None,
) -> tuple[Frame, pl.DataFrame]: ...
@overload
def repair(
    data: Address,
    report_or_schema: Report | SchemaLike | None = None,
    unsafe: bool = False,  # noqa: FBT001, FBT002
    *,
    query: str | None = None,
    reference: Reference | None = None,
    target: Columns = None,
) -> tuple[pl.LazyFrame, pl.DataFrame]: ...
@overload
def repair(
    data: TableLike,
    report_or_schema: Report | SchemaLike | None = None,
    unsafe: bool = False,  # noqa: FBT001, FBT002
    *,
    query: str | None = None,
    reference: Reference | None = None,
    target: Columns = None,
) -> tuple[Any, pl.DataFrame]: ...
def repair(
    data: TableLike,
    report_or_schema: Report | SchemaLike | None = None,
    unsafe: bool = False,  # noqa: FBT001, FBT002 - so the interface is promised
    *,
    query: str | None = None,
    reference: Reference | None = None,
    target: Columns = None,
) -> tuple[Any, pl.DataFrame]:
    """Apply the fixes of what was found in a table.

    Parameters
    ----------
    data
        Whatever `read` takes.
    report_or_schema
        A report of this very table; or a schema, to check it by first. None checks it by itself.
    unsafe
        Also apply fixes that may take a value away or that rest on a guess: a number that is taken
        for missing, cells that are brought to another unit, rows and columns that are dropped.
    query
        SQL, where `data` is a database's address.
    reference
        Whatever `compare` takes: the table is checked against it, and rows that are in it too are
        dropped. What fits rows of a report needs the same one as the report.
    target
        What a model is to predict, where the table is checked here.

    Returns
    -------
    repaired : the kind of table that was given; a path gives a LazyFrame
        Rows and columns in their order.
    log : pl.DataFrame
        A line for each changed cell: ``row`` (counted from 0 in the table as it came), ``column``,
        ``before`` and ``after`` as text, the ``finding``'s code, and the kind of ``fix``. A line
        without a row tells of a column's dtype, before and after; a column that was dropped has
        none after.

    Raises
    ------
    SourceError, SchemaError
        Where the data or the schema cannot be read.

    Examples
    --------
    >>> import polars as pl
    >>> table = pl.DataFrame({"amount": ["1,200", "950", "2,410"] * 9})
    >>> repaired, log = repair(table, None)
    >>> repaired.columns, log.columns
    (['amount'], ['row', 'column', 'before', 'after', 'finding', 'fix'])
    """
    source = open_source(data, query=query)
    work = repaired(source, report_or_schema, unsafe=unsafe, reference=reference, target=target)
    return give_back(work.table.frame, source, rows=work.table.rows), work.table.log


@dataclass(frozen=True)
class RepairPlan:
    """A repair with all that it rests on."""

    report: Report
    #: By which the table is to be checked again: the one given, or an empty one, with what the
    #: fixes declare.
    schema: Schema
    table: Repaired
    #: Whether no schema was given.
    drafted: bool
    #: Whether the fixes add something to the schema that was given.
    extended: bool

    def mended(self, source: Source) -> Source:
        """The table afterwards, as a source."""
        return replace(source, frame=self.table.frame, kind="lazy", files=(), as_text=None)

    @property
    def schema_after(self) -> Schema:
        """The schema of the mended table, whose numbers are plain now, as text too."""
        read = {fix.column for fix in self._done if fix.kind == "number"}
        columns = (
            replace(column, prepare=replace(column.prepare, number=None))
            if column.name in read and column.prepare is not None
            else column
            for column in self.schema.columns
        )
        return replace(self.schema, columns=tuple(columns))

    def to_declare(self, source: Source) -> Schema:
        """The schema to keep: without one, a draft of the mended table with what the fixes say."""
        from datacheck.plan import suggest
        from datacheck.repairing import declared_with

        if not self.drafted:
            return self.schema
        draft = suggest(self.mended(source))
        names = source.frame.collect_schema().names()
        return declared_with(draft, self._done, names)

    @property
    def _done(self) -> list[Fix]:
        return [finding.fix for finding in self.table.applied if finding.fix is not None]


def repaired(
    source: Source,
    report_or_schema: Any = None,
    *,
    unsafe: bool = False,
    reference: Any = None,
    target: Columns = None,
) -> RepairPlan:
    """As `repair`, with the report and the schema."""
    from datacheck.repairing import apply_fixes, declared_with
    from datacheck.schema.opened import as_declared

    if isinstance(report_or_schema, Report):
        schema, report = None, report_or_schema
    else:
        schema = None if report_or_schema is None else load_schema(report_or_schema)
        report = check(source, schema, reference, target)
    if schema is not None:
        # Codes that a schema declares text stay as they stand in the file.
        source = as_declared(source, schema)
    columns = () if schema is None else schema.columns
    table = apply_fixes(
        source.frame,
        report.findings,
        name=source.name,
        unsafe=unsafe,
        reference=reference,
        required={column.name for column in columns if column.required and not column.regex},
    )
    source.must_be_whole()
    done = [finding.fix for finding in table.applied if finding.fix is not None]
    known = schema or Schema(name="repaired", columns=())
    names = source.frame.collect_schema().names()
    declared = declared_with(known, done, names)
    return RepairPlan(
        report, declared, table, schema is None, schema is not None and declared != schema
    )
