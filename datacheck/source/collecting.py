"""Errors that surface late: a lazy frame fails when it is collected, not when it is opened.

Everything that touches a file goes through `reading`, so that neither polars', pyarrow's nor the
operating system's own exceptions leave the library.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread

import polars as pl

from datacheck.errors import DatacheckError, SourceError, first_line, is_failure, is_panic
from datacheck.source.quiet import panics_held, pass_on

#: Batches that may wait for their reader.
AHEAD = 2
#: Cells of one batch of a table that is read piece by piece.
BATCH_CELLS = 2**22

#: What a failed read can raise. pyarrow's errors are ValueError, TypeError, KeyError or OSError;
#: a gzip that stops early is an EOFError; a panic in polars is a BaseException.
FOREIGN: tuple[type[BaseException], ...] = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    EOFError,
    MemoryError,
    ValueError,
    TypeError,
    KeyError,
    ArithmeticError,
    NotImplementedError,
)

_TODO = {
    errno.ENOENT: "check the spelling of the path, and that nothing removed it meanwhile",
    errno.EACCES: "grant read permission, or run as a user who has it",
    errno.EPERM: "grant read permission, or run as a user who has it",
    errno.EISDIR: "name a file, or the folder without a file's extension",
    errno.EMFILE: "raise the limit of open files (ulimit -n), or open fewer files at once",
}


_WHOLE = "check that the file is whole and in the format its name says"
_COLUMNS = "check that its columns hold what is asked of them, and convert those that do not"

#: What polars raises over a plan that does not fit the columns, and not over a file.
_OF_THE_PLAN = (
    pl.exceptions.InvalidOperationError,
    pl.exceptions.ColumnNotFoundError,
    pl.exceptions.SchemaError,
    ArithmeticError,
)


def _is_file(name: str, error: BaseException) -> bool:
    """Whether a file may be at fault: names of frames have no ending, and are no paths."""
    return (bool(Path(name).suffix) or "/" in name) and not isinstance(error, _OF_THE_PLAN)


def is_utf8(name: str) -> bool:
    """Whether a name can be written in UTF-8: bytes of a path and halves of characters cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def refused(name: str, error: BaseException) -> SourceError:
    """Say in datacheck's words why `name` could not be read."""
    todo = _TODO.get(_number(error), _WHOLE if _is_file(name, error) else _COLUMNS)
    if isinstance(error, MemoryError):
        todo = "read fewer columns or rows, or a format that streams (parquet, CSV, Arrow IPC)"
    why = reason(error)
    if is_panic(error) and os.environ.get("POLARS_MAX_THREADS", "").strip() == "0":
        why, todo = "POLARS_MAX_THREADS is 0", "set it to 1 or more, or to nothing at all"
    if not is_utf8(name):
        why, todo = "a name that is not UTF-8, which polars does not open", "rename the file"
    return SourceError(f"cannot read {name}", got=why, todo=todo)


def reason(error: BaseException) -> str:
    """What a foreign error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if _number(error):
        return os.strerror(_number(error)).lower()
    if is_panic(error):  # it speaks of the library's own source
        return "it is torn, or holds bytes that its format does not allow"
    return first_line(error)


def _number(error: BaseException) -> int:
    """The operating system's number of an error, also where polars' text tells it; else 0."""
    said = re.search(r"(?:\(os error |\bOs \{ code: )(\d+)", str(error))
    return getattr(error, "errno", None) or int(said[1] if said else 0)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn every foreign error inside the block into a `SourceError` about `name`."""
    try:
        with panics_held():
            yield
    except DatacheckError:
        raise
    except BaseException as error:  # whoever made the input may raise anything
        if not is_failure(error):
            raise
        raise refused(name, error) from error


#: Rows that are few, and cells: there the number of expressions decides what a query costs.
FEW, CELLS = 10_000, 2**24


def few_rows(columns: int) -> int:
    """How many rows of so many columns are few."""
    return min(FEW, CELLS // max(columns, 1))


def collect(frame: pl.LazyFrame, name: str = "the data") -> pl.DataFrame:
    """Run a lazy frame on the streaming engine.

    A `SourceError` says that the input of this name vanished, changed or is broken, or that the
    plan does not fit it.

    >>> collect(pl.LazyFrame({"x": [1, 2]}).select(pl.col("x").sum())).item()
    3
    """
    with reading(name):
        return frame.collect(engine="streaming")


def collect_few(frame: pl.LazyFrame, name: str = "the data") -> pl.DataFrame:
    """As `collect`, of few rows in memory: there the plan costs more than what it saves."""
    with reading(name):
        return frame.collect(engine="in-memory", optimizations=pl.QueryOptFlags.none())


def collect_held(frame: pl.LazyFrame, name: str = "the data") -> pl.DataFrame:
    """As `collect`, of what is in memory: every column is computed whole."""
    with reading(name):
        return frame.collect(engine="in-memory")


def batches_of(
    frame: pl.LazyFrame, name: str = "the data", *, in_one_piece: bool = False
) -> Iterator[pl.DataFrame]:
    """A lazy frame in pieces of about `BATCH_CELLS` cells, in order, on the streaming engine.

    Memory stays bounded by a few of them where the format streams. None is empty but where the
    frame is. Where it comes `in_one_piece`, each column of a batch is one array: the thread that
    reads puts them together. Errors as of `collect`.
    """
    with reading(name):
        rows = max(2**12, BATCH_CELLS // max(len(frame.collect_schema()), 1))
        for batch in _handed_over(frame, rows, in_one_piece=in_one_piece):
            pass_on()
            yield batch


def _handed_over(frame: pl.LazyFrame, rows: int, *, in_one_piece: bool) -> Iterator[pl.DataFrame]:
    """What a sink in another thread receives: where it panics, polars' iterator just ends."""
    waiting: Queue[pl.DataFrame | None] = Queue(maxsize=AHEAD)
    failed: list[BaseException] = []
    left = Event()

    def put(batch: pl.DataFrame | None) -> bool:
        if in_one_piece and batch is not None:
            batch = batch.rechunk()
        while not left.is_set():
            try:
                waiting.put(batch, timeout=0.1)
            except Full:
                continue
            return False
        return True  # nobody reads any more

    def run() -> None:
        try:
            frame.sink_batches(put, chunk_size=rows, maintain_order=True, engine="streaming")
        except BaseException as error:  # noqa: BLE001 - a panic is no Exception
            failed.append(error)
        put(None)

    thread = Thread(target=run, name="datacheck: batches", daemon=True)
    thread.start()
    try:
        while (batch := waiting.get()) is not None:
            yield batch
    finally:
        left.set()
        thread.join()
    if failed:
        raise failed[0]
