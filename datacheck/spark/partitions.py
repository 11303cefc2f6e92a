"""What is seen of a Spark DataFrame in its workers, for profile, check and compare.

Where a schema is given, the workers look at the cells as they are declared, as `check` does.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from datacheck.checking.declared import Declared
from datacheck.findings.cells import Cells, cells_in
from datacheck.profiling.gaps import Gaps
from datacheck.profiling.measure import kind_of, measure_part
from datacheck.profiling.model import ColumnProfile, Profile
from datacheck.source import Source
from datacheck.spark.frames import NAME
from datacheck.spark.judging import POSITION_BITS
from datacheck.spark.quantiles import with_ranks
from datacheck.spark.tree_reduce import folded
from datacheck.spark.workers import partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from datacheck.schema import Schema
    from datacheck.spark.frames import Opened

    Frames = Iterator[pl.DataFrame]

Key = TypeVar("Key")
_GAPS = -1


def measure(opened: Opened, schema: Schema | None = None) -> Profile:
    """The profile of a Spark DataFrame, with exact quantiles: that of the same rows in memory.

    Where extremes tie, those of the earlier partitions are kept, and their rows are counted as
    Spark's ``monotonically_increasing_id()`` does.
    """
    reading = _reading(opened, schema)
    dtypes = as_declared(opened.source.frame.collect(), reading).schema
    found = folded(opened, partial(_measured, reading), opened.dtypes, _added)
    empty = measure_part(dtypes, iter(()), NAME)
    gaps, rows = found.pop(_GAPS, (Gaps(), 0))
    columns = {}
    for place, (name, column) in enumerate(empty.columns.items()):
        whole: ColumnProfile = found.get(place, column)
        columns[name] = replace(whole, rows=rows)
    look = partial(_viewed, reading)
    return Profile(opened.name, rows, with_ranks(opened, columns, look), gaps)


def look_up(
    opened: Opened,
    asked: Mapping[Key, tuple[str, pl.Expr]],
    schema: Schema | None = None,
) -> dict[Key, Cells]:
    """`findings.cells.cells_in`, of a Spark DataFrame."""
    if not asked:
        return {}
    keys, masks = list(asked), dict(enumerate(asked.values()))
    needed = {column for column, _ in masks.values()}
    found = folded(opened, partial(_looked_up, masks, _reading(opened, schema)), needed, _merged)
    nothing = Cells(0, (), ())
    return {key: found.get(0, {}).get(place, nothing) for place, key in enumerate(keys)}


class Reading(NamedTuple):
    """How the workers read cells: by this schema, where there is one; from text, where they may."""

    schema: Schema | None
    text: bool


def as_declared(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """The cells as a schema declares them."""
    if reading.schema is None:
        return frame
    source = Source(NAME, frame.lazy(), text=reading.text, kind="spark")
    return Declared(source, reading.schema).frame.collect(engine="in-memory")


def _reading(opened: Opened, schema: Schema | None) -> Reading:
    """What the workers are told; they have no use for pandera's own object."""
    return Reading(None if schema is None else replace(schema, origin=None), opened.text)


def _measured(reading: Reading, frames: Frames) -> Iterator[tuple[int, Any]]:
    first = next(frames, None)
    if first is None:
        return

    def batches() -> Frames:
        yield as_declared(first, reading)
        for frame in frames:
            yield as_declared(frame, reading)

    given = batches()
    dtypes = as_declared(first.clear(), reading).schema
    offset = partition() << POSITION_BITS
    profile = measure_part(dtypes, given, NAME)
    for place, column in enumerate(profile.columns.values()):
        # Rows are added up once, with the gaps: here they would shift the rows of the extremes.
        yield place, _shifted(replace(column, rows=0), offset)
    yield _GAPS, (profile.gaps, profile.rows)


def _shifted(column: ColumnProfile, offset: int) -> ColumnProfile:
    numbers = column.numbers
    if numbers is not None:
        numbers.lowest = tuple((value, row + offset) for value, row in numbers.lowest)
        numbers.highest = tuple((value, row + offset) for value, row in numbers.highest)
    return column


def _added(left: Any, right: Any) -> Any:
    if isinstance(left, ColumnProfile):
        return left.merged(right)
    return left[0].merged(right[0]), left[1] + right[1]


def _looked_up(
    masks: dict[int, tuple[str, pl.Expr]], reading: Reading, frames: Frames
) -> Iterator[tuple[int, dict[int, Cells]]]:
    seen: dict[int, Cells] = {}
    offset = partition() << POSITION_BITS
    for frame in frames:
        here = cells_in(as_declared(frame, reading).lazy(), masks)
        seen = _merged(seen, {place: cells.shifted(offset) for place, cells in here.items()})
        offset += frame.height
    yield 0, seen


def _merged(left: dict[int, Cells], right: dict[int, Cells]) -> dict[int, Cells]:
    if not left or not right:
        return left or right
    return {place: cells.merged(right[place]) for place, cells in left.items()}


def _viewed(reading: Reading, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns whose cells count as numbers, as they are declared."""
    seen = as_declared(frame, reading)
    kinds = {name: kind_of(dtype) for name, dtype in seen.schema.items()}
    return seen.select([name for name, kind in kinds.items() if kind in ("number", "time")])
