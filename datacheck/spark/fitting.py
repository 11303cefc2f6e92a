"""Fitting on Spark, and applying there what was fitted anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
from pyspark.sql.types import DoubleType, FloatType, LongType, StructField, StructType

from datacheck.errors import DataError
from datacheck.fitted.transform import Transform
from datacheck.golden.choose import choose
from datacheck.golden.compare import LEAST
from datacheck.ops import Encode, Fitted, Program, first, numeral_of, numeric_outputs, outputs
from datacheck.proof import proven
from datacheck.schema import load_schema
from datacheck.schema.roles import Named, with_roles
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, open_frame, small
from datacheck.spark.scans import ScannedSparkTable
from datacheck.spark.table import SparkTable
from datacheck.spark.workers import as_frame, sent
from datacheck.transform.apply import apply_eager, apply_lazy
from datacheck.transform.fit import fit_table
from datacheck.transform.fit_columns import fit_columns
from datacheck.transform.parts import arranged, chosen
from datacheck.validation.judge import planned, rules_of, verdict

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def fit(
    data: DataFrame,
    schema: Any,
    *,
    target: str | Iterable[str] | None = None,
    id: str | Iterable[str] | None = None,  # noqa: A002 - the role's name
    time: str | Iterable[str] | None = None,
) -> Transform:
    """Fit what a schema prepares, on a Spark DataFrame.

    Parameters
    ----------
    data
        It is read several times: cache it if it is costly to compute. It must be the same rows
        each time.
    schema
        Anything that `datacheck.load_schema` takes.
    target, id, time
        As `datacheck.fit` takes them.

    Returns
    -------
    Transform
        The very programs that `datacheck.fit` fits to the same rows, however they are partitioned.

    Raises
    ------
    DataError, SchemaError, SourceError
        For data or a schema that cannot be fitted, and where Spark fails.
    """
    declared = with_roles(load_schema(schema), Named(target, id, time))
    table, plan = planned(SparkTable(open_frame(data)), declared)
    opened = table.opened
    targets = fit_columns(opened.dtypes, declared, text=opened.text)
    [rules] = table.fold([rules_of(table, plan)])
    judged = verdict(table, plan, rules)
    scanned = ScannedSparkTable(opened, targets, judged.rows)
    fitted = fit_table(scanned, targets, declared, opened.name, list(opened.dtypes))
    seen = tuple(finding.to_dict() for finding in judged.findings)
    fitted = fitted._replace(findings=(*seen, *fitted.findings))
    names = [program.column for program in fitted.programs]
    with saying(NAME):
        rows = opened.data.select([opened.place(name) for name in names]).limit(LEAST).toArrow()
    return Transform(proven(fitted._replace(golden=choose(fitted, as_frame(rows, names)))))


def apply(transform: Transform, data: DataFrame, columns: Sequence[str] | None = None) -> DataFrame:
    """Transform a Spark DataFrame, lazily.

    Parameters
    ----------
    transform
        Fitted here, or by `datacheck.fit`, or loaded.
    data
        It must hold every fitted column but targets and those that are not required; others pass
        through.
    columns
        The columns to prepare, where not all: what comes out is theirs alone, in their order.

    Returns
    -------
    DataFrame
        The same columns in the same order, an indicator or an encoding at its column's place; a
        fitted number is a double (or a float, where the schema says so), a whole number that is
        filled as one a long, every other column keeps its type.

    Raises
    ------
    DataError
        At once for missing columns and wrong types. A cell that may not pass fails the job that
        computes it: Spark's error ends with datacheck's.
    """
    fitted = transform.fitted
    texts = [
        program.column
        for program in fitted.programs
        if program.kind == "text" or numeral_of(program) is not None
    ]
    opened = open_frame(data).with_text(texts)
    empty = pl.LazyFrame(schema=opened.dtypes)
    apply_lazy(empty, fitted, text=opened.text, columns=columns).collect_schema()
    fields = {field.name: field for field in opened.given.schema.fields}
    names = opened.dtypes.names()
    programs = {
        p.column: p
        for p in chosen(fitted, columns)
        if p.column in fields or not p.required or columns is not None
    }
    order = list(programs) if columns is not None else arranged(names, list(programs.values()))
    made = [field for name in order for field in _fields(name, programs, fields, fitted.output)]
    work = partial(_applied, fitted, names, order, opened.text, columns)
    return opened.data.mapInArrow(sent(work), StructType(made))


def _fields(
    name: str, programs: Mapping[str, Program], fields: Mapping[str, Any], output: str
) -> list[Any]:
    """What stands in the place of a column: its own field, or those that its program gives."""
    program = programs.get(name)
    if program is None:
        return [fields[name]]
    number = FloatType() if output == "float32" else DoubleType()
    numeric = program.kind == "number" or first(program.ops, Encode) is not None
    own = fields.get(name)
    kind = number if numeric or own is None else own.dataType
    if program.kind == "integer" and not numeric:
        kind = LongType()
    metadata = None if own is None else own.metadata
    return [
        StructField(each, kind if each == name else number, metadata=metadata)
        for each in outputs(program)
    ]


def _applied(
    fitted: Fitted,
    names: list[str],
    order: list[str],
    text: bool,  # noqa: FBT001 - bound by `partial`
    columns: Sequence[str] | None,
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Each batch with its fitted columns replaced; the others are handed on untouched."""
    programs = {p.column: p for p in chosen(fitted, columns)}
    known = {p.column for p in fitted.programs}
    wanted = [name for name in names if name in known]
    places = [names.index(name) for name in wanted]
    for batch in batches:
        given = as_frame(pa.Table.from_batches([batch.select(places)]), wanted)
        made = _refusing(given, fitted, text=text, columns=columns).to_arrow()
        cells = {}
        for name in order:
            program = programs.get(name)
            if program is None:
                cells[name] = batch.column(names.index(name))
                continue
            own = batch.schema.field(names.index(name)).type if name in names else None
            for each in outputs(program):
                cell = made[each].combine_chunks()
                kind = _kind(program, each, cell) or own
                cells[each] = cell if kind is None else cell.cast(kind)
        yield pa.RecordBatch.from_arrays(list(cells.values()), names=list(cells))


def _kind(program: Program, name: str, cell: Any) -> Any:
    """The Arrow type of a number on its way back to Spark; None for any other cell."""
    if name not in numeric_outputs(program):
        return None
    return pa.int64() if pa.types.is_integer(cell.type) else small(cell.type)


def _refusing(
    given: pl.DataFrame, fitted: Fitted, *, text: bool, columns: Sequence[str] | None
) -> pl.DataFrame:
    try:
        return apply_eager(given, fitted, text=text, columns=columns)
    except DataError as error:
        # Positions in a batch mean nothing to a reader of a table.
        got = re.sub(r"(^|, )row \d+: ", r"\1", error.got)
        raise DataError(
            error.what, got=f"in one batch: {got}", expected=error.expected, todo=error.todo
        ) from None
