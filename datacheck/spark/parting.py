"""Good rows and bad rows apart on Spark, lazily."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from datacheck.columns import col
from datacheck.errors import SchemaError
from datacheck.schema import Schema, load_schema
from datacheck.schema.compile import REASONS, ROW, returned
from datacheck.schema.rules import Key, Rule
from datacheck.spark.aside import flagged
from datacheck.spark.frames import open_frame
from datacheck.spark.repeats import wide
from datacheck.spark.table import SparkTable
from datacheck.spark.workers import as_frame, sent, tables
from datacheck.validation.aside import plan_aside
from datacheck.validation.judge import planned
from datacheck.validation.parting import parted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from datacheck.schema.compile import Distinct, Plan
    from datacheck.spark.frames import OpenedFrame
    from datacheck.spark.workers import Batches

_REPEATED, _PLACE = "\0repeated ", "\0place"


def split(
    data: DataFrame,
    schema: Any = None,
    *,
    aside: Iterable[str] = (),
    reference: Any = None,
    target: str | Iterable[str] | None = None,
) -> tuple[DataFrame, DataFrame]:
    """Set apart the rows that break a schema, and those that should not be learned from, lazily.

    Parameters
    ----------
    data
        Each of the two parts reads it when it is computed: cache it if it is costly to compute.
    schema
        Whatever `datacheck.load_schema` takes; None declares nothing.
    aside, target
        As `datacheck.split` takes them. Of rows that repeat each other the one with the smallest
        ``__row__`` stays.
    reference
        A Spark DataFrame, or whatever `datacheck.read` takes.

    Returns
    -------
    valid, rejected : DataFrame
        As `datacheck.split` gives them, no cell changed. ``__row__`` of a rejected row is what
        ``monotonically_increasing_id()`` gives it.

    Raises
    ------
    SchemaError
        For a check that looks at many rows at once, except that values are unique: it cannot be
        evaluated here.
    DatacheckError
        For an unknown word of `aside`, and where what it needs is not given.
    DataError, SourceError
        Where the data cannot be read.
    """
    from pyspark.sql import functions
    from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType

    declared = Schema(name="rows", columns=()) if schema is None else load_schema(schema)
    apart = plan_aside(open_frame(data).dtypes, declared, tuple(aside), reference, target)
    table, plan = planned(SparkTable(open_frame(data)), declared)
    opened = table.opened
    _refuse(plan)
    # Rejected rows that come back keep the number that they had.
    back = returned(opened.dtypes)
    kept = [name for name in opened.dtypes.names() if not back or name not in (ROW, REASONS)]
    row = functions.col(opened.place(ROW)) if back else functions.monotonically_increasing_id()
    numbered = opened.data.select(
        *(opened.place(name) for name in kept), row.cast("long").alias("row")
    )
    numbered, flags = flagged(numbered, opened, apart, reference)
    marked = numbered.select("*", *(_repeats(rule, plan, opened) for rule in plan.distinct))
    tests = {_REPEATED + str(number): rule.key for number, rule in enumerate(plan.distinct)}
    told = {flag: Key(code, None) for code, flag in flags.items()} | tests
    rules = [Rule(key=key, severity="error", fails=col(flag)) for flag, key in told.items()]
    own = replace(plan, distinct=(), rules=(*plan.rules, *rules))
    fields = [field for field in opened.given.schema.fields if field.name in kept]
    reason = StructType([StructField("code", StringType()), StructField("column", StringType())])
    added = [StructField(ROW, LongType()), StructField(REASONS, ArrayType(reason))]
    valid, rejected = (
        marked.mapInArrow(sent(partial(_part, own, kept, list(told), bad)), StructType(schema))
        for bad, schema in ((False, fields), (True, [*fields, *added]))
    )
    return valid, rejected


def _refuse(plan: Plan) -> None:
    keys = [*wide(plan), *(expected.key for expected in plan.expected)]
    if keys:
        told = ", ".join(
            f"{key.code} of {key.column!r}" if key.column else key.code for key in keys
        )
        raise SchemaError(
            "Spark cannot part rows by checks that look at many rows at once",
            got=told,
            expected="checks that look at one row, and unique",
            todo="leave these checks out of this schema, and validate them without Spark",
        )


def _repeats(rule: Distinct, plan: Plan, opened: OpenedFrame) -> Column:
    """Whether a row repeats the values of another: Spark alone can tell."""
    from pyspark.sql import Window, functions

    read = {step.meta.output_name() for steps in plan.steps for step in steps} & set(rule.columns)
    if read:
        raise SchemaError(
            "Spark cannot part rows by the uniqueness of cells that the schema changes as it reads",
            got=", ".join(map(repr, sorted(read))),
            todo="cast the columns before, or fill them, and declare them so",
        )
    group = Window.partitionBy(*map(opened.place, rule.columns))
    row = functions.col("row")
    if rule.report == "exclude_first":
        return row != functions.min(row).over(group)
    if rule.report == "exclude_last":
        return row != functions.max(row).over(group)
    return functions.count("*").over(group) > 1


def _part(
    plan: Plan,
    names: list[str],
    flags: list[str],
    bad: bool,  # noqa: FBT001 - bound by `partial`
    batches: Batches,
) -> Batches:
    """One of the two parts of each batch, its rows taken as they came."""
    import pyarrow as pa

    reason = pa.struct([("code", pa.string()), ("column", pa.string())])
    added = {ROW: pa.int64(), REASONS: pa.list_(reason)}
    own = [*names, ROW, *flags]
    seen = [place for place, name in enumerate(own) if name in plan.needed or place >= len(names)]
    looked_at = [own[place] for place in seen]
    for table in tables(batches):
        frame = as_frame(table.select(seen), looked_at).lazy().with_row_index(_PLACE)
        part = parted(frame, plan, [_PLACE])[bad].collect(engine="in-memory")
        rows = table.select(range(len(names))).take(part[_PLACE].to_numpy())
        if bad:
            for name, kind in added.items():
                rows = rows.append_column(name, part[name].to_arrow().cast(kind))
        yield from rows.to_batches()
