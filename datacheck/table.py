"""A table that is read in parts, and the states that take its parts in.

Every verb that looks at rows is a set of kernels: states that take a batch in and add up. A table
folds them over its rows, all in one pass, and says nothing of where the rows are: in memory, in a
file that is read batch by batch (`LocalTable`), or in a cluster (`datacheck.spark`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import polars as pl

from datacheck.columns import cols
from datacheck.source import Source, batches_of, reading
from datacheck.threads import threads

if TYPE_CHECKING:
    from concurrent.futures import Executor


#: Applies a function to each of some things, as `map` does: on threads, where there are some.
Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

#: Bytes of a table that are held, so that a second pass need not read it again.
MEMORY = 2**29
#: In a batch of so few rows a column is looked at sooner than it is handed to a thread.
FEW_ROWS = 2**12


class Kernel(Protocol):
    """What is known of the rows seen so far; it can be pickled while it has seen none.

    One that takes arrays out of polars has `in_one_piece`, true: a column of a batch is one array.
    """

    @property
    def columns(self) -> Collection[str]:
        """The table's columns that it looks at."""

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:
        """Take in a batch whose first row is the table's row `offset`."""

    def merge(self, other: Any) -> None:
        """Take in what another of its kind has seen of later rows."""

    def seen_alone(self) -> Any:
        """What was seen, without what only looking needs: to be sent where it is merged."""


class SeenWhole:
    """A kernel that holds nothing but what it has seen."""

    def seen_alone(self) -> Self:
        """See `Kernel`."""
        return self


K = TypeVar("K", bound=Kernel)


class Elsewhere(Protocol):
    """Where the rows of a table are, if not in this process: it answers what no batch can show."""

    def complete(self, plan: Any, seen: Any) -> None:
        """Add to what a plan's rules show the verdicts on repeated values, and on many rows."""

    def keyed(self) -> Any:
        """The rows, to be compared as `datacheck.rows` does."""

    def sharing(self, tables: Sequence[Table], halves: Any) -> Any:
        """By table, the rows that share a half with another, as `datacheck.rows.near` asks."""

    def paired(self, tables: Sequence[Table], boxes: Any) -> Any:
        """The pairs of rows that share a box, as `datacheck.rows.near` asks."""

    def ranked(self, profile: Any, view: View) -> Any:
        """A profile with exact quantiles and repeated values."""


class Table(Protocol):
    """A table, wherever its rows are.

    Attributes
    ----------
    name
        What reports call it.
    dtypes
        Its columns.
    text
        Whether its cells came as text, so that declared types may be read from text.
    held
        Whether a further pass over it costs no reading.
    source
        What was opened, where this process reads it.
    frame
        Its rows, where this process can ask for them.
    elsewhere
        What answers for them where it cannot; one of the two is None.
    """

    name: str
    dtypes: pl.Schema
    text: bool
    held: bool

    @property
    def source(self) -> Source | None:
        """See above."""

    @property
    def frame(self) -> pl.LazyFrame | None:
        """See above."""

    @property
    def elsewhere(self) -> Elsewhere | None:
        """See above."""

    @property
    def names(self) -> list[str]:
        """The names that a schema may speak of: the columns, and what stands beside the table."""

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> Table:
        """The table with columns read as what is declared of them, where nothing is lost."""

    def fold(self, kernels: Sequence[K]) -> list[K]:
        """Show every row to each kernel, in one pass; returns the kernels that have seen them."""

    def rows_at(self, rows: Sequence[int]) -> pl.DataFrame | None:
        """The rows at these positions, ascending; None of a table that is not held."""


@dataclass(frozen=True)
class View:
    """A table as something looks at it, as data: `with_columns` by steps, then these columns."""

    steps: tuple[tuple[pl.Expr, ...], ...] = ()
    columns: tuple[str, ...] | None = None
    #: What its columns are, of tables that it was asked of: a wide view takes long to tell.
    _known: dict[Any, pl.Schema] = field(default_factory=dict, init=False, compare=False)

    def only(self, names: Collection[str]) -> View:
        """The view of a table of these columns, with the steps that they are made by."""
        wanted, steps = set(names), []
        for step in reversed(self.steps):
            kept = tuple(each for each in step if each.meta.output_name() in wanted)
            wanted.update(name for each in kept for name in each.meta.root_names())
            steps += [kept] if kept else []
        columns = None if self.columns is None else tuple(n for n in self.columns if n in names)
        return View(tuple(reversed(steps)), columns)

    def lazily(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The view of a frame."""
        for step in self.steps:
            frame = frame.with_columns(step)
        return frame if self.columns is None else frame.select(cols(self.columns))

    def of(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The view of a batch."""
        if not self.steps:
            return batch if self.columns is None else batch.select(cols(self.columns))
        return self.lazily(batch.lazy()).collect(engine="in-memory")

    def dtypes(self, dtypes: pl.Schema) -> pl.Schema:
        """What the view's columns are."""
        if not self.steps and self.columns is None:
            return dtypes
        key = tuple(dtypes.items())
        if key not in self._known:
            self._known[key] = self.lazily(pl.LazyFrame(schema=dtypes)).collect_schema()
        return self._known[key]


class LocalTable:
    """A table of this process, a file or a database; `progress` is told of rows read."""

    def __init__(self, source: Source, progress: Callable[[int], None] | None = None) -> None:
        self.source = source
        self.name = source.name
        self.text = source.text
        self._progress = progress
        self._kept: list[pl.DataFrame] = []
        self.dtypes = source.dtypes
        self.held = False

    @property
    def frame(self) -> pl.LazyFrame:
        """See `Table`."""
        return self.source.frame

    @property
    def elsewhere(self) -> None:
        """See `Table`."""
        return None

    @property
    def names(self) -> list[str]:
        """See `Table`."""
        return self.source.names

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> LocalTable:
        """See `Table`."""
        source = self.source.as_declared(dtypes)
        return self if source is self.source else LocalTable(source, self._progress)

    def fold(self, kernels: Sequence[K]) -> list[K]:
        """See `Table`. The batches come in the table's order."""
        wanted = {name for kernel in kernels for name in kernel.columns}
        names = [name for name in self.dtypes if name in wanted]
        offset = 0
        with _Threads() as run:
            whole = any(getattr(kernel, "in_one_piece", False) for kernel in kernels)
            for batch in self._batches(names, in_one_piece=whole):
                each: Run = map
                if batch.height > FEW_ROWS:
                    each = run
                for kernel in kernels:
                    kernel.add(batch, offset, each)
                offset += batch.height
                if self._progress is not None:
                    self._progress(offset)
        self.source.must_be_whole(offset)
        return list(kernels)

    def rows_at(self, rows: Sequence[int]) -> pl.DataFrame | None:
        """See `Table`."""
        if not self.held:
            return None
        parts: list[pl.DataFrame] = []
        start = 0
        for batch in self._kept:
            within = [row - start for row in rows if start <= row < start + batch.height]
            parts += [batch[within]] if within else []
            start += batch.height
        return pl.concat(parts) if parts else pl.DataFrame(schema=self.dtypes)

    def _batches(self, names: list[str], *, in_one_piece: bool) -> Iterator[pl.DataFrame]:
        """The table in parts; they are kept where all columns are read and there is room."""
        if self.held:
            yield from self._kept
            return
        if self.source.in_memory:
            with reading(self.name):
                whole = self.source.frame.collect(engine="in-memory")
            yield from self._keeping(iter([whole] if whole.height else []))
            return
        frame, batches = self.source.frame, partial(batches_of, in_one_piece=in_one_piece)
        if len(names) == len(self.dtypes) and not self.source.stored and self._may_fit():
            yield from self._keeping(batches(frame, self.name))
        else:
            # Rows are counted even where no column is wanted.
            yield from batches(frame.select(cols(names or list(self.dtypes)[:1])), self.name)

    def _may_fit(self) -> bool:
        """Whether `MEMORY` may hold the table: what its numbers take is known, if the rows are."""
        rows = None if self.source.held is None else self.source.held.rows
        if rows is None:
            return True
        kinds = Counter(self.dtypes.dtypes())
        numbers = [kind for kind in kinds if kind.is_integer() or kind.is_float()]
        wide = sum(pl.Series([0], dtype=kind).estimated_size() * kinds[kind] for kind in numbers)
        return rows * wide <= MEMORY

    def _keeping(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        kept: list[pl.DataFrame] = []
        size = 0
        for batch in batches:
            if size <= MEMORY:
                size += int(batch.estimated_size())
                kept.append(batch)
                if size > MEMORY:
                    kept.clear()
            yield batch
        self.held = size <= MEMORY
        self._kept = kept


class _Threads(ExitStack):
    """`map` on as many threads as there are processors, which are started when first used."""

    def __init__(self) -> None:
        super().__init__()
        self._pool: Executor | None = None

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterable[Any]:
        if self._pool is None:
            from threadpoolctl import threadpool_limits

            # A product that asked for all cores as well would have the threads wait.
            self.enter_context(threadpool_limits(1, "blas"))
            self._pool = self.enter_context(threads())
        return self._pool.map(function, items)
