"""CSV and TSV on Spark: it parts the cells, and their types are decided as they are locally.

Spark infers other types than `datacheck.source.celltypes` does, and then other numbers follow. So
Spark reads every cell as text, the workers look for cells that refute a type, and read the cells.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING

import polars as pl

from datacheck.columns import col
from datacheck.source.celltypes import KINDS, SAMPLE, TEXT, decide_by, value_of
from datacheck.spark.errors import saying
from datacheck.spark.frames import open_frame
from datacheck.spark.tree_reduce import folded
from datacheck.spark.types import for_spark, spark_type
from datacheck.spark.workers import as_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from datacheck.spark.frames import OpenedFrame

    Frames = Iterator[pl.DataFrame]
    Found = dict[str, str | None]

SEPARATORS = {"csv": ",", "tsv": "\t"}
_TEXT = "text"
#: What an empty unquoted cell is told from an empty quoted one by; no cell of a text file holds it.
_NOTHING = "\0"


def open_delimited(session: SparkSession, place: str, separator: str, name: str) -> OpenedFrame:
    """Open delimited files with a header.

    Parameters
    ----------
    place
        Where they are, as Spark takes it. A file is read by one task: a quoted cell may hold
        line ends: many files are read at once, one large file is not.
    name
        What messages call them.

    Raises
    ------
    SourceError
        Where Spark cannot read them, or finds a row with more or fewer cells than the header.
    """
    with saying(name):
        cells = session.read.csv(
            place,
            sep=separator,
            header=True,
            inferSchema=False,
            escape='"',
            multiLine=True,
            mode="FAILFAST",
            enforceSchema=False,
            nullValue=_NOTHING,
            emptyValue="",
            maxCharsPerColumn=-1,
        )
    opened = open_frame(cells, name)
    names = opened.dtypes.names()
    with saying(name):
        sample = as_frame(opened.data.limit(SAMPLE).toArrow(), names)
    decided = decide_by(sample, partial(_ask, opened), names)
    kinds = {
        each: next((word for word, kind in KINDS.items() if kind is decided[each]), _TEXT)
        for each in names
    }
    return _typed(opened, kinds, frozenset())


def _typed(opened: OpenedFrame, kinds: dict[str, str], as_text: frozenset[str]) -> OpenedFrame:
    """The table with its cells read, lazily."""
    chosen = {name: _TEXT if name in as_text else kind for name, kind in kinds.items()}
    dtypes = pl.LazyFrame(schema=opened.dtypes).select(_reads(chosen)).collect_schema()
    fields = [f"c{number} {spark_type(each)}" for number, each in enumerate(dtypes.values())]
    read = opened.each(partial(_read, chosen), chosen, ", ".join(fields))
    typed = open_frame(read.toDF(*chosen), opened.name)
    return replace(typed, text=True, reread=partial(_typed, opened, kinds))


def _reads(kinds: dict[str, str]) -> list[pl.Expr]:
    """From text to the columns' values; an empty text is null in any but a text column."""
    return [value_of(col(name), KINDS.get(kind, TEXT)).alias(name) for name, kind in kinds.items()]


def _read(kinds: dict[str, str], frames: Frames) -> Iterator[pa.RecordBatch]:
    for frame in frames:
        values = frame.select(_reads(kinds))
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
