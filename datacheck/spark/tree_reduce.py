"""States of partitions, merged on the executors: the driver is handed one for the whole table.

States are merged in a tree of three levels, each of at most 64 partitions (the last of what is
left), so that no process holds many at once, however many partitions there are.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa
from pyspark.sql import functions

from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, OpenedFrame
from datacheck.spark.workers import partition, sent

#: Takes the frames of a partition and gives states, each with the number of its kind.
Kernel = Callable[[Iterator[pl.DataFrame]], Iterator[tuple[int, Any]]]


#: States that one process merges, as a power of two.
FAN_IN_BITS = 6
_SCHEMA = "kind int, part int, state binary"


def folded(
    opened: OpenedFrame, kernel: Kernel, columns: Iterable[str], merge: Callable[[Any, Any], Any]
) -> dict[int, Any]:
    """What a kernel sees of each partition, merged in their order to one state of each kind."""
    states = opened.each(partial(_packed, kernel), columns, _SCHEMA)
    work = sent(partial(_merged, merge))
    for _ in range(2):
        up = states.withColumn("part", functions.shiftright("part", FAN_IN_BITS))
        states = up.groupBy("kind", "part").applyInArrow(work, _SCHEMA)
    states = states.groupBy("kind").applyInArrow(work, _SCHEMA)
    with saying(NAME):
        table = states.toArrow()
    # The states come from the session's own workers, as every PySpark result does.
    return {
        kind: pickle.loads(state)  # noqa: S301
        for kind, state in zip(table["kind"].to_pylist(), table["state"].to_pylist(), strict=True)
    }


def _packed(kernel: Kernel, frames: Iterator[pl.DataFrame]) -> Iterator[pa.RecordBatch]:
    part = partition()
    for kind, state in kernel(frames):
        yield _row(kind, part, state)


def _merged(merge: Callable[[Any, Any], Any], states: pa.Table) -> pa.Table:
    """The states of one group as one, in the order of the partitions."""
    rows = sorted(
        zip(states["part"].to_pylist(), states["state"], strict=True), key=lambda row: row[0]
    )
    part, first = rows[0]
    if len(rows) == 1:
        return states
    whole = pickle.loads(first.as_py())  # noqa: S301 - see `folded`
    for _, state in rows[1:]:
        whole = merge(whole, pickle.loads(state.as_py()))  # noqa: S301
    kind = states["kind"][0].as_py()
    return pa.Table.from_batches([_row(kind, part, whole)])


def _row(kind: int, part: int, state: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            pa.array([kind], pa.int32()),
            pa.array([part], pa.int32()),
            pa.array([pickle.dumps(state, protocol=5)], pa.binary()),
        ],
        names=["kind", "part", "state"],
    )
