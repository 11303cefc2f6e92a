"""CSV and TSV on Spark: it parts the cells, and their types are decided as they are locally.

Spark infers other types than `datacheck.source.celltypes` does, and then other numbers follow. So
Spark reads every cell as text, the workers look for cells that refute a type, and read the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING

import polars as pl
from pyspark.sql import SparkSession, functions
from pyspark.sql.types import StringType, StructField, StructType

from datacheck.columns import col
from datacheck.source.celltypes import SAMPLE, TEXT, decide_by, kinds_for, value_of
from datacheck.source.first_rows import free_name
from datacheck.source.names_once import must_be_named, must_be_unique
from datacheck.source.options import ReadOptions
from datacheck.spark.errors import saying
from datacheck.spark.frames import OpenedFrame, for_spark, open_frame, spark_type
from datacheck.spark.tree_reduce import folded
from datacheck.spark.workers import as_frame

if TYPE_CHECKING:
    import pyarrow as pa

Frames = Iterator[pl.DataFrame]
#: Before the decimals, and between groups of three digits.
Marks = tuple[str, str | None]
Found = dict[str, str | None]

_TEXT = "text"
_AS_IT_IS = ReadOptions()
#: What an empty unquoted cell is told from an empty quoted one by; no cell of a text file holds it.
_NOTHING = "\0"


def open_delimited(
    session: SparkSession, place: str, separator: str, name: str, options: ReadOptions = _AS_IT_IS
) -> OpenedFrame:
    """Open delimited files at a place, as Spark takes it.

    A file is read by one task, for a quoted cell may hold line ends: many files are read at once,
    one large file is not. `separator` counts where the options name none; of these, what Spark can
    do is done as locally, and the rest was refused. Raises `SourceError` where Spark cannot read
    the files, or finds a row with more or fewer cells than the header.
    """
    cells = partial(
        session.read.csv,
        place,
        sep=options.separator or separator,
        inferSchema=False,
        escape='"',
        multiLine=True,
        mode="FAILFAST",
        enforceSchema=False,
        nullValue=_NOTHING,
        emptyValue="",
        maxCharsPerColumn=-1,
    )
    with saying(name):
        first = cells(header=False).head()
        found = [] if first is None else list(first)
        names = _named(name, found, options)
        # Spark holds each file's header against these; it would make up others for some.
        called = [_NOTHING if cell is None else cell for cell in found]
        schema = StructType([StructField(each, StringType()) for each in called])
        told = cells(header=True, schema=schema) if options.header else cells(header=False)
        data = told.toDF(*names)
    opened = chosen(open_frame(data, name), options)
    names = opened.dtypes.names()
    with saying(name):
        sample = as_frame(opened.data.limit(SAMPLE).toArrow(), names)
    marks = options.decimal, options.thousands
    known = kinds_for(*marks)
    decided = decide_by(sample, partial(_ask, opened), names, known)
    kinds = {
        each: next((word for word, kind in known.items() if kind is decided[each]), _TEXT)
        for each in names
    }
    return _typed(opened, kinds, marks, frozenset())


def _named(name: str, cells: Sequence[str | None], options: ReadOptions) -> list[str]:
    """The columns' names by the first row, for Spark makes up others where one is empty."""
    if not options.header:
        return [f"column_{number}" for number in range(1, len(cells) + 1)]
    names = [cell or "" for cell in cells]
    if len(names) > 1 and not names[0].strip():
        names[0] = free_name("index", names)
    must_be_named(name, names)
    must_be_unique(name, names)
    return names


def chosen(opened: OpenedFrame, options: ReadOptions) -> OpenedFrame:
    """The table with the cells that mean null as null, and the wanted columns alone."""
    nulls = list(options.null_values)
    names = options.chosen(opened.dtypes.names(), opened.name)
    if not nulls and options.columns is None:
        return opened
    cells = [functions.col(opened.place(name)) for name in names]
    if nulls:  # what is missing is none of them
        cells = [functions.when(~cell.isin(nulls), cell) for cell in cells]
    return open_frame(opened.data.select(cells).toDF(*names), opened.name)


def _typed(
    opened: OpenedFrame, kinds: dict[str, str], marks: Marks, as_text: frozenset[str]
) -> OpenedFrame:
    """The table with its cells read, lazily."""
    chosen = {name: _TEXT if name in as_text else kind for name, kind in kinds.items()}
    dtypes = pl.LazyFrame(schema=opened.dtypes).select(_reads(chosen, marks)).collect_schema()
    fields = [f"c{number} {spark_type(each)}" for number, each in enumerate(dtypes.values())]
    read = opened.each(partial(_read, chosen, marks), chosen, ", ".join(fields))
    typed = open_frame(read.toDF(*chosen), opened.name)
    return replace(typed, text=True, reread=partial(_typed, opened, kinds, marks))


def _reads(kinds: dict[str, str], marks: Marks) -> list[pl.Expr]:
    """From text to the columns' values; an empty text is null in any but a text column."""
    known = kinds_for(*marks)
    return [value_of(col(name), known.get(kind, TEXT)).alias(name) for name, kind in kinds.items()]


def _read(kinds: dict[str, str], marks: Marks, frames: Frames) -> Iterator[pa.RecordBatch]:
    for frame in frames:
        values = frame.select(_reads(kinds, marks))
        values.columns = [f"c{number}" for number in range(len(kinds))]
        yield from for_spark(values).to_batches()


def _ask(opened: OpenedFrame, questions: list[pl.Expr]) -> Found:
    """Each question's answer over the whole table."""
    names = [question.meta.output_name() for question in questions]
    found = folded(opened, partial(_answered, questions), names, _least)
    nothing: Found = dict.fromkeys(names)
    return {**nothing, **found.get(0, {})}


def _answered(questions: list[pl.Expr], frames: Frames) -> Iterator[tuple[int, Found]]:
    answers = (frame.select(questions).row(0, named=True) for frame in frames)
    yield 0, reduce(_least, answers, {})


def _least(left: Found, right: Found) -> Found:
    """Of two answers, the least; None is none."""
    return {
        name: min((cell for cell in (left.get(name), cell) if cell is not None), default=None)
        for name, cell in (right or left).items()
    }
