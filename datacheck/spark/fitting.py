"""Fitting on Spark, and applying there what was fitted anywhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import DataError
from datacheck.fitted import Transform
from datacheck.golden.choose import choose
from datacheck.golden.compare import LEAST
from datacheck.proof import proven
from datacheck.schema import load_schema
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, open_frame
from datacheck.spark.scans import ScannedSparkTable
from datacheck.spark.table import SparkTable
from datacheck.spark.types import small
from datacheck.spark.workers import as_frame, sent
from datacheck.transform.apply import apply_eager, apply_lazy
from datacheck.transform.decode import numeral_of
from datacheck.transform.fit import fit_table
from datacheck.transform.targets import find_targets
from datacheck.validation.judge import planned, rules_of, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from datacheck.ops import Fitted


def fit(data: DataFrame, schema: Any) -> Transform:
    """Fit what a schema prepares, on a Spark DataFrame.

    Parameters
    ----------
    data
        It is read several times: cache it if it is costly to compute. It must be the same rows
        each time.
    schema
        Anything that `datacheck.load_schema` takes.

    Returns
    -------
    Transform
        The very programs that `datacheck.fit` fits to the same rows, however they are partitioned.

    Raises
    ------
    DataError, SchemaError, SourceError
        For data or a schema that cannot be fitted, and where Spark fails.
    """
    declared = load_schema(schema)
    table, plan = planned(SparkTable(open_frame(data)), declared)
    opened = table.opened
    targets = find_targets(opened.dtypes, declared, text=opened.text)
    [rules] = table.fold([rules_of(table, plan)])
    judged = verdict(table, plan, rules)
    scanned = ScannedSparkTable(opened, targets, judged.rows)
    fitted = fit_table(scanned, targets, declared, opened.name)
    seen = tuple(finding.to_dict() for finding in judged.findings)
    fitted = fitted._replace(findings=(*seen, *fitted.findings))
    names = [program.column for program in fitted.programs]
    with saying(NAME):
        rows = opened.data.select([opened.place(name) for name in names]).limit(LEAST).toArrow()
    return Transform(proven(fitted._replace(golden=choose(fitted, as_frame(rows, names)))))


def apply(transform: Transform, data: DataFrame) -> DataFrame:
    """Transform a Spark DataFrame, lazily.

    Parameters
    ----------
    transform
        Fitted here, or by `datacheck.fit`, or loaded.
    data
        It must hold every fitted column; others pass through.

    Returns
    -------
    DataFrame
        The same columns in the same order; a fitted number is a double (or a float, where the
        schema says so), every other column keeps its type.

    Raises
    ------
    DataError
        At once for missing columns and wrong types. A cell that may not pass fails the job that
        computes it: Spark's error ends with datacheck's.
    """
    from pyspark.sql.types import DoubleType, FloatType, StructField, StructType

    fitted = transform.fitted
    texts = [
        program.column
        for program in fitted.programs
        if program.kind == "text" or numeral_of(program) is not None
    ]
    opened = open_frame(data).with_text(texts)
    apply_lazy(pl.LazyFrame(schema=opened.dtypes), fitted, text=opened.text).collect_schema()
    made = {
        program.column: FloatType() if fitted.output == "float32" else DoubleType()
        for program in fitted.programs
        if program.kind == "number"
    }
    schema = StructType(
        [
            StructField(field.name, made.get(field.name, field.dataType), metadata=field.metadata)
            for field in opened.given.schema.fields
        ]
    )
    names = opened.dtypes.names()
    return opened.data.mapInArrow(sent(partial(_applied, fitted, names, opened.text)), schema)


def _applied(
    fitted: Fitted,
    names: list[str],
    text: bool,  # noqa: FBT001 - bound by `partial`
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Each batch with its fitted columns replaced; the others are handed on untouched."""
    import pyarrow as pa

    wanted = [program.column for program in fitted.programs]
    places = [names.index(name) for name in wanted]
    numbers = {program.column for program in fitted.programs if program.kind == "number"}
    for batch in batches:
        given = as_frame(pa.Table.from_batches([batch.select(places)]), wanted)
        made = _refusing(given, fitted, text=text).to_arrow()
        columns = list(batch.columns)
        for place, name in zip(places, wanted, strict=True):
            cells = made[name].combine_chunks()
            kind = small(cells.type) if name in numbers else batch.schema.field(place).type
            columns[place] = cells.cast(kind)
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _refusing(given: pl.DataFrame, fitted: Fitted, *, text: bool) -> pl.DataFrame:
    try:
        return apply_eager(given, fitted, text=text)
    except DataError as error:
        # Positions in a batch mean nothing to a reader of a table.
        got = error.got.partition(": ")[2] if error.got.startswith("rows ") else error.got
        raise DataError(
            error.what, got=f"in one batch: {got}", expected=error.expected, todo=error.todo
        ) from None
