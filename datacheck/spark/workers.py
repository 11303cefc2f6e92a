"""What runs in Spark's Python workers, and the check that it can run there.

A function travels by its name, so a worker without datacheck would fail with nothing but that of a
module. What is sent is a small function by value, which says what is missing before it unpacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import polars as pl

from datacheck.errors import SourceError
from datacheck.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    Batches = Iterator[pa.RecordBatch]
    #: Takes the Arrow batches of one partition and gives others.
    Work = Callable[[Batches], Batches]


#: Cells, and bytes, of the Arrow batches that are put together before they are looked at: Spark's
#: own batches are small, and every step costs the same for a few rows as for many.
BATCH_CELLS = 2**21
BATCH_BYTES = 2**26

#: How many tasks look for datacheck before the first job of a session.
_PROBES = 8
_checked: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def sent(work: Callable[..., Any]) -> Callable[..., Any]:
    """A function for `mapInArrow` or `applyInArrow` that does `work`, which can be pickled."""
    from pyspark import cloudpickle

    packed = cloudpickle.dumps(work)
    here = _versions()

    def task(given: Any) -> Any:
        import pickle

        try:
            from datacheck.spark.workers import _versions as versions
        except ImportError as error:
            import sys

            lacking = "datacheck cannot be imported by the Python of a Spark worker"
            raise RuntimeError(f"{lacking}: {sys.executable}: {error}") from error
        if versions() != here:
            different = "a Spark worker has other versions than the driver"
            raise RuntimeError(f"{different}: {versions()} there, {here} here")
        # Spark itself sent it, as part of the function.
        return pickle.loads(packed)(given)  # noqa: S301

    return task


def _versions() -> str:
    """What must be the same everywhere for the same bits."""
    return f"datacheck {__version__}, polars {pl.__version__}"


def check_workers(session: Any) -> None:
    """Raise `SourceError` early where a session's workers lack datacheck, or have another one."""
    if session in _checked:
        return
    from datacheck.spark.errors import saying

    with saying("Spark's workers"):
        rows = session.range(0, _PROBES, 1, _PROBES).mapInArrow(sent(_echo), "id long").collect()
    if len(rows) != _PROBES:
        raise SourceError("Spark's workers lost rows", got=str(len(rows)), expected=str(_PROBES))
    _checked[session] = True


def _echo(batches: Batches) -> Batches:
    yield from batches


def partition() -> int:
    """The number of the partition that this worker works on."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 0 if context is None else int(context.partitionId())


def tables(batches: Batches) -> Iterator[pa.Table]:
    """The batches of a partition put together to tables of a good size; none is empty."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows * batch.num_columns >= BATCH_CELLS or size >= BATCH_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)


def frames(batches: Batches, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The batches of a partition as polars frames of a good size, under the table's own names."""
    for table in tables(batches):
        yield as_frame(table, names)


def as_frame(table: Any, names: Sequence[str]) -> pl.DataFrame:
    """An Arrow table as a polars frame under these names."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame
    frame.columns = list(names)
    return frame
