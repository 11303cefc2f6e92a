"""Good rows and bad rows apart on Spark, lazily: by a schema, and by what a row is beside others.

The keys of a row are put beside it, and Spark's windows and joins compare them: no number of a row
is trusted to be the same in two jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window, functions
from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType

from datacheck.columns import col
from datacheck.errors import SchemaError
from datacheck.rows.keys import halved, keys_of
from datacheck.rows.queries import LocalRows, kernel_for, missing_key
from datacheck.schema import Schema, load_schema
from datacheck.schema.compile import REASONS, ROW, Distinct, Plan, returned
from datacheck.schema.rules import Key, Rule
from datacheck.source import open_source
from datacheck.spark.frames import OpenedFrame, open_frame
from datacheck.spark.rows import SparkRows
from datacheck.spark.table import SparkTable
from datacheck.spark.uniqueness import wide
from datacheck.spark.workers import as_frame, sent, tables
from datacheck.table import LocalTable
from datacheck.text import unused
from datacheck.validation.aside import AsidePlan, plan_aside
from datacheck.validation.judge import planned
from datacheck.validation.parting import parted

if TYPE_CHECKING:
    from datacheck.spark.workers import Batches


_REPEATED, _PLACE, _NUMBER = "\0repeated ", "\0place", "\0number"


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
        ``monotonically_increasing_id()`` gives it. Where cells are declared unique, rows come in
        another order.

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
    declared = Schema(name="rows", columns=()) if schema is None else load_schema(schema)
    apart = plan_aside(open_frame(data).dtypes, declared, tuple(aside), reference, target)
    table, plan = planned(SparkTable(open_frame(data)), declared)
    opened = table.opened
    _refuse(plan)
    # Rejected rows that come back keep the number that they had.
    back, names = returned(opened.dtypes), opened.dtypes.names()
    kept = [name for name in names if not (back and REASONS in names and name in (ROW, REASONS))]
    ours = (ROW, REASONS) if back else (unused(ROW, names), unused(REASONS, names))
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
    kinds = zip(ours, (LongType(), ArrayType(reason)), strict=True)
    added = [StructField(name, kind) for name, kind in kinds if name not in kept]
    valid, rejected = (
        marked.mapInArrow(
            sent(partial(_part, own, kept, list(told), ours, bad)), StructType(schema)
        )
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
    ours: tuple[str, str],
    bad: bool,  # noqa: FBT001 - bound by `partial`
    batches: Batches,
) -> Batches:
    """One of the two parts of each batch, its rows taken as they came."""
    reason = pa.struct([("code", pa.string()), ("column", pa.string())])
    kinds = zip(ours, (pa.int64(), pa.list_(reason)), strict=True)
    added = {name: kind for name, kind in kinds if name not in names}
    row = ours[0]
    own = [*names, row if row in added else _NUMBER, *flags]
    needed = {row, *plan.needed}
    seen = [place for place, name in enumerate(own) if name in needed or place >= len(names)]
    looked_at = [own[place] for place in seen]
    for table in tables(batches):
        frame = as_frame(table.select(seen), looked_at).lazy().with_row_index(_PLACE)
        part = parted(frame, plan, [_PLACE], *ours)[bad].collect(engine="in-memory")
        rows = table.select(range(len(names))).take(part[_PLACE].to_numpy())
        if bad:
            for name, kind in added.items():
                rows = rows.append_column(name, part[name].to_arrow().cast(kind))
        yield from rows.to_batches()


_KEY = "key "


def flagged(
    rows: DataFrame, opened: OpenedFrame, plan: AsidePlan, reference: Any
) -> tuple[DataFrame, dict[str, str]]:
    """The numbered rows with a column more for each code, and what these columns are called."""
    if not plan.codes:
        return rows, {}
    other = None if reference is None else _opened(reference)
    both = [] if other is None else plan.in_both(other.dtypes.names())
    sets = {"row": plan.rows, "features": plan.features, "target": plan.targets, "both": both}
    single = frozenset() if other is None else halved(opened.dtypes, other.dtypes)
    marked = _with_keys(rows, opened, {name: own for name, own in sets.items() if own}, single)
    made: dict[str, Column] = {}
    if "row.duplicate" in plan.codes:
        # All but the first of the rows of one key.
        alike = Window.partitionBy(*_lanes("row"))
        made["row.duplicate"] = functions.col("row") != functions.min("row").over(alike)
    if "row.conflict" in plan.codes:
        made["row.conflict"] = _conflicts(plan)
    if other is not None:
        marked, made["row.overlap"] = _shared(marked, opened, other, frozenset(both), single)
    flags = {code: f"\0aside {number}" for number, code in enumerate(plan.codes)}
    own = [f"`{name}`" for name in rows.columns]
    return marked.select(*own, *(made[code].alias(flags[code]) for code in plan.codes)), flags


def _opened(reference: Any) -> SparkRows | LocalRows:
    if isinstance(reference, DataFrame | OpenedFrame):
        return SparkRows(open_frame(reference))
    table = LocalTable(open_source(reference))
    [kernel] = table.fold([kernel_for(table.dtypes, {})])
    return LocalRows(table, kernel)


def _with_keys(
    rows: DataFrame, opened: OpenedFrame, sets: Mapping[str, Any], single: frozenset[str]
) -> DataFrame:
    """The rows and their keys by these sets of columns; for both tables, `single` as float32."""
    wanted = {name for own in sets.values() for name in own}
    inside = {opened.place(name): name for name in wanted}
    read = [(place, inside[name]) for place, name in enumerate(rows.columns) if name in inside]
    lanes = [StructField(f"{_KEY}{name} {lane}", LongType()) for name in sets for lane in "ab"]
    ordered = {name: sorted(own) for name, own in sets.items()}
    work = partial(_keyed, read, ordered, {"both": single})
    return rows.mapInArrow(sent(work), StructType([*rows.schema.fields, *lanes]))


def _keyed(
    read: list[tuple[int, str]],
    sets: dict[str, list[str]],
    single: dict[str, frozenset[str]],
    batches: Batches,
) -> Batches:
    for table in tables(batches):
        frame = as_frame(table.select([place for place, _ in read]), [name for _, name in read])
        for name, own in sets.items():
            made = keys_of(frame, own, single=single.get(name, ()))
            for lane, keys in zip("ab", made, strict=True):
                signed = pl.Series(keys).reinterpret(signed=True)
                table = table.append_column(f"{_KEY}{name} {lane}", signed.to_arrow())  # noqa: PLW2901
        yield from table.to_batches()


def _lanes(name: str) -> list[str]:
    return [f"`{_KEY}{name} {lane}`" for lane in "ab"]


def _conflicts(plan: AsidePlan) -> Column:
    """The rows whose like has another target; those without one are in none."""
    target = functions.col(_lanes("target")[0])
    known = target != functions.lit(missing_key(plan.targets))
    alike = Window.partitionBy(*_lanes("features"))
    seen = functions.when(known, target)
    return known & (functions.min(seen).over(alike) != functions.max(seen).over(alike))


def _shared(
    rows: DataFrame,
    opened: OpenedFrame,
    other: SparkRows | LocalRows,
    names: frozenset[str],
    single: frozenset[str],
) -> tuple[DataFrame, Column]:
    """The rows beside whether they stand in the other table too."""
    if isinstance(other, LocalRows):
        other.ready((names,), single)
    keys = SparkRows(opened).keys_of_other(other, names, single).select("a", "b").distinct()
    one, two = _lanes("both")
    there = keys.withColumn("there", functions.lit(True))  # noqa: FBT003 - a column's value
    here = (functions.col(one) == there["a"]) & (functions.col(two) == there["b"])
    return rows.join(there, here, "left"), functions.col("there").isNotNull()
