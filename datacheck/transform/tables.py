"""Who answers what fitting asks of a table: one held in memory, or one read again for each scan.

Both give the same bits. A third, a cluster, lives with its own dependency (`datacheck.spark`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import col, cols
from datacheck.ops import Clip, Fill
from datacheck.source import BY_POSITION, Source, batches_of, collect
from datacheck.source.collecting import FEW
from datacheck.threads import threads
from datacheck.transform.decode import clipped
from datacheck.transform.fit_columns import FitColumn, views
from datacheck.transform.learn import Learned
from datacheck.transform.sampling import Sample
from datacheck.transform.scan_state import ScanState
from datacheck.transform.scans import learn_by_scans
from datacheck.transform.search import GATHERED, changed
from datacheck.transform.statistics import ArrayAnswers, Mode, ask
from datacheck.transform.tallies import Counted, FewTallies, Tallying, most_frequent

Questions = Mapping[str, Generator[Any, Any, Learned]]

#: Bytes of columns that are held in memory; a larger table is scanned.
HELD = 2**29
_CELL = 8
#: Values of a scanned table that are held at once to look for ranks among them, and in how many
#: intervals a column's ranks lie: the median and two quartiles, and one more.
HELD_VALUES, _INTERVALS = 2**25, 4


class FitTable(Protocol):
    """What fitting needs of a table."""

    height: int

    def learn(self, questions: Questions) -> dict[str, Learned]:
        """Let each column's `learn_number` ask until it has learned."""

    def most_frequent(self, column: str) -> Any:
        """The most frequent cell of a column that is not numeric; of several, the least."""

    def counted(self, column: str) -> Counted:
        """What is kept of a column that is not numeric."""

    def counts(self, column: str) -> dict[Any, int]:
        """How often each cell of a column occurs that is not numeric, the missing ones aside."""

    def sample(self, columns: Sequence[str], most: int, seed: int) -> Floats:
        """At most so many rows with a value in some of these numeric columns, NaN for missing."""


def read_once(source: Source) -> Source:
    """The source with its rows held, if they are few; else as it is.

    Whoever fits looks at a table four times: to learn, to validate, for golden cells, and for rows
    that the golden ones must not copy.
    """
    whole = None if source.in_memory else _held(source, source.frame)
    if whole is None:
        return source
    source.must_be_whole(whole.height)
    return replace(source, frame=whole.lazy(), kind="polars")


def _held(source: Source, frame: pl.LazyFrame) -> pl.DataFrame | None:
    """The rows of a frame of the source, if they are few; else None."""
    if source.stored:
        return None
    # These files say how long they are, so that nothing is read in vain.
    columns = len(frame.collect_schema())
    if source.kind in BY_POSITION and _height(source) * columns * _CELL > HELD:
        return None
    held, size = [], 0
    for batch in batches_of(frame, source.name):
        held.append(batch)
        size += int(batch.estimated_size())
        if size > HELD:
            return None
    return pl.concat(held) if held else frame.clear().collect()


def open_table(
    source: Source, targets: Sequence[FitColumn], progress: Callable[[int], None] | None = None
) -> FitTable:
    """Hold a table that is small or in memory; scan any other, telling `progress` of rows read."""
    seen = views(source.frame, targets, text=source.text)
    if source.in_memory:
        return held_table(source.collect(seen))
    held = _held(source, seen)
    if held is None:
        return ScannedTable(seen, source.name, _height(source), progress)
    return held_table(held)


def _height(source: Source) -> int:
    return int(collect(source.frame.select(pl.len()), source.name).item())


def held_table(views: pl.DataFrame) -> HeldTable:
    """The table in memory that `views` are of."""
    return (FewRows if views.height <= FEW else HeldTable)(views)


class HeldTable(Tallying):
    """A table in memory, its columns as `fit_columns.view` gives them."""

    def __init__(self, views: pl.DataFrame) -> None:
        super().__init__(views.lazy(), "the table", views.height)
        self._views = views

    def learn(self, questions: Questions) -> dict[str, Learned]:
        """See `FitTable`."""

        def learn(name: str) -> Learned:
            return ask(questions[name], ArrayAnswers(self._views[name].to_numpy()))

        if self.height <= FEW:  # there a thread costs more than its column
            return {name: learn(name) for name in questions}
        # numpy leaves the interpreter free while it counts, so threads serve.
        with threads() as pool:
            return dict(zip(questions, pool.map(learn, questions), strict=True))

    def sample(self, columns: Sequence[str], most: int, seed: int) -> Floats:
        """See `FitTable`."""
        sample = Sample(most, seed)
        sample.add(self._views.select(cols(columns)).to_numpy())
        return sample.rows


class FewRows(FewTallies, HeldTable):
    """A table of few rows in memory."""

    def __init__(self, views: pl.DataFrame) -> None:
        HeldTable.__init__(self, views)
        FewTallies.__init__(self, views)


class ScannedTable(Tallying):
    """A table that is read anew for each scan, in batches of bounded size."""

    def __init__(
        self,
        views: pl.LazyFrame,
        name: str,
        height: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        super().__init__(views, name, height)
        self._progress = progress
        self._read = 0

    def learn(self, questions: Questions) -> dict[str, Learned]:
        """See `FitTable`."""
        gathered = HELD_VALUES // (_INTERVALS * max(len(questions), 1))
        return learn_by_scans(questions, self._scan, self._mode_of, max(gathered, GATHERED))

    def sample(self, columns: Sequence[str], most: int, seed: int) -> Floats:
        """See `FitTable`."""
        sample = Sample(most, seed)
        for batch in batches_of(self._lazy.select(cols(columns)), self._name):
            sample.add(batch.to_numpy())
        return sample.rows

    def _scan(self, wanted: Mapping[str, list[ScanState]]) -> None:
        def look(batch: pl.DataFrame, name: str) -> None:
            values = batch[name].to_numpy()
            for each in wanted[name]:
                each.add(values)

        rows = 0
        with threads() as pool:
            for batch in batches_of(self._lazy.select(cols(wanted)), self._name):
                list(pool.map(lambda name, batch=batch: look(batch, name), wanted))
                rows += batch.height
                if self._progress is not None:
                    self._progress(self._read + rows)
        self._read += rows
        if rows != self.height:
            raise changed("rows", rows, self.height)

    def _mode_of(self, column: str, question: Mode) -> float:
        x = col(column).fill_nan(None)
        for op in question.ops:
            if isinstance(op, Clip):
                x = clipped(x, op, keep_infinite=False)
            elif isinstance(op, Fill):
                x = x.fill_null(op.value)
        return float(most_frequent(self._lazy.select(x.alias(column)), column))
