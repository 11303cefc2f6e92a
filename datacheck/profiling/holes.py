"""The missing cells of a batch: which columns miss theirs together, and where they lie.

Which columns are missing in the same rows: a bounded count of the patterns of holes.

Where in a table the missing cells of each column lie: counts by blocks of rows, bounded in size.

How long a table is shows only when it ends, so blocks are as wide as a power of two that grows with
the rows; counts of narrow blocks add up to those of wider ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress

import numpy as np
import polars as pl

from datacheck.arrays import Bytes, Indices, Ints, Keys
from datacheck.numeric.extremes import FEW

#: Patterns that are kept; beyond it, those with the smallest hashes stay.
KEPT = 512
_ALL = 2**64 - 1


@dataclass(slots=True)
class MissingPatterns:
    """Patterns of missing cells: which set of columns is missing together, in how many rows."""

    #: Hash of a pattern to its columns and the count of its rows.
    patterns: dict[int, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    #: Patterns with a hash up to this are kept; 2**64 - 1 while all are.
    threshold: int = _ALL

    def add(self, missing: Mapping[str, Bytes]) -> None:
        """Take in rows; of each column, which of its cells are missing, as 1 and 0."""
        if not missing:
            return
        marks = _marks(missing)
        # One less than 0, of a row without holes, lies beyond any threshold.
        places = np.flatnonzero(marks - np.uint64(1) < np.uint64(self.threshold))
        marks = marks[places]
        found, counts = np.unique(marks, return_counts=True)
        if len(found) > KEPT:
            self.threshold = int(found[KEPT - 1])
        tallied = dict(zip(found[:KEPT].tolist(), counts[:KEPT].tolist(), strict=True))
        new = [mark for mark in tallied if mark not in self.patterns]
        self.patterns |= {mark: (names, 0) for mark, names in _named(new, marks, places, missing)}
        for mark, count in tallied.items():
            names, before = self.patterns[mark]
            self.patterns[mark] = names, before + count
        self._bound()

    def _bound(self) -> None:
        if len(self.patterns) > KEPT:
            self.threshold = min(self.threshold, sorted(self.patterns)[KEPT - 1])
        self.patterns = {
            mark: pattern for mark, pattern in self.patterns.items() if mark <= self.threshold
        }

    def merged(self, other: MissingPatterns) -> MissingPatterns:
        """The patterns of both."""
        result = MissingPatterns(dict(self.patterns), min(self.threshold, other.threshold))
        for mark, (names, count) in other.patterns.items():
            before = result.patterns.get(mark, ((), 0))[1]
            result.patterns[mark] = names, before + count
        result._bound()
        return result


def _marks(missing: Mapping[str, Bytes]) -> Keys:
    """Of each row, the marks of the columns whose cells it misses, xored.

    Eight columns make one byte a row, and a table of 256 tells what each byte comes to: no row is
    looked for.
    """
    marks, more = np.zeros((2, len(next(iter(missing.values())))), dtype=np.uint64)
    codes = np.zeros(len(marks), dtype=np.uint8)
    names = list(missing)
    for start in range(0, len(names), 8):
        table = np.zeros(1, dtype=np.uint64)
        codes[:] = 0
        for name in names[start : start + 8]:
            table = np.repeat(table, 2)
            table[1::2] ^= np.uint64(column_mark(name))
            codes += codes
            codes |= missing[name]
        marks ^= table.take(codes, mode="clip", out=more)
    return marks


def _named(
    new: list[int], marks: Keys, rows: Indices, missing: Mapping[str, Bytes]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The columns of patterns not seen before, each read off the first row that has it."""
    if not new:
        return
    places = np.flatnonzero(marks <= np.uint64(max(new)))
    places = places[np.isin(marks[places], np.array(new, np.uint64), kind="sort")]
    found, first = np.unique(marks[places], return_index=True)
    own = rows[places[first]]
    empty = np.array([cells[own] for cells in missing.values()])
    for mark, holed in zip(found.tolist(), empty.T.tolist(), strict=True):
        yield mark, tuple(compress(missing, holed))


def column_mark(name: str) -> int:
    """A 64-bit mark of a column: the marks of a row's missing columns, xored, mark its pattern."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


#: Blocks that are kept of a table, at most twice as many.
_BLOCKS = 512
#: What counts the cells of a block in a part of `_ROWS`: to add wider numbers takes twice as long.
_SUM = np.uint32
TENTHS = 10


@dataclass(slots=True)
class MissingBlocks:
    """Missing cells by column and block."""

    #: Rows of a block, a power of two.
    width: int = 1
    #: By column, how many cells are missing in each block; blocks without any may be left out at
    #: the end.
    counts: dict[str, Ints] = field(default_factory=dict)

    @staticmethod
    def of(missing: Mapping[str, Bytes], offset: int, rows: int) -> MissingBlocks:
        """Those of a part of a table, whose first row is the table's row `offset`."""
        end = offset + rows
        width = 1 << max(0, (end // _BLOCKS).bit_length())
        first = offset // width
        starts = np.maximum(np.arange(first, -(-end // width)) * width - offset, 0)
        counts = {
            name: np.append(np.zeros(first, np.int64), np.add.reduceat(cells, starts, dtype=_SUM))
            for name, cells in missing.items()
        }
        return MissingBlocks(width, counts)

    def merged(self, other: MissingBlocks) -> MissingBlocks:
        """Those of both parts."""
        width = max(self.width, other.width)
        made = {name: _coarser(each, width // self.width) for name, each in self.counts.items()}
        for name, each in other.counts.items():
            more = _coarser(each, width // other.width)
            made[name] = _added(made[name], more) if name in made else more
        return MissingBlocks(width, made)

    def tenths(self, rows: int) -> dict[str, list[float]]:
        """By column, the share of missing cells in each tenth of a table of so many rows."""
        edges = np.arange(TENTHS + 1) * rows / TENTHS
        lengths = np.maximum(np.diff(np.floor(edges)), 1)
        made = {}
        for name, counts in self.counts.items():
            middles = (np.arange(len(counts)) + 0.5) * self.width
            within = np.clip(np.searchsorted(edges, middles, "right") - 1, 0, TENTHS - 1)
            sums = np.bincount(within, counts, TENTHS)
            made[name] = [float(share) for share in np.minimum(sums / lengths, 1.0)]
        return made


def _coarser(counts: Ints, times: int) -> Ints:
    if times == 1:
        return counts
    return np.add.reduceat(counts, np.arange(0, len(counts), times))


def _added(one: Ints, other: Ints) -> Ints:
    made = np.zeros(max(len(one), len(other)), dtype=np.int64)
    made[: len(one)] += one
    made[: len(other)] += other
    return made


#: Rows that are looked at together.
_ROWS = 2**17


def presence(table: pl.DataFrame) -> dict[str, pl.Series]:
    """Of each column with nulls, which of its cells are none: all in one query on this thread."""
    # By place: polars takes some names for patterns.
    holed = [place for place, cells in enumerate(table.get_columns()) if cells.null_count()]
    masks = table.select_seq(pl.nth(holed).is_not_null()) if holed else ()
    return {mask.name: mask for mask in masks}


def holes(
    table: pl.DataFrame,
    present: Mapping[str, pl.Series],
    holed: Mapping[str, bool],
    gaps: MissingPatterns,
    offset: int,
) -> Iterator[MissingBlocks]:
    """Where a batch's holes lie, by its `presence`; `gaps` take in their patterns."""
    known = {**present, **_numbers(table, [name for name, nan in holed.items() if nan])}
    masks = {name: known[name] for name in holed if name in known}

    for start in range(0, table.height, _ROWS) if holed else ():
        rows = min(_ROWS, table.height - start)
        found = {name: _false(mask.slice(start, rows)) for name, mask in masks.items()}
        found = {name: cells for name, cells in found.items() if cells.any()}
        gaps.add(found)
        yield MissingBlocks.of(found, offset + start, rows)


def _false(mask: pl.Series) -> Bytes:
    """1 where a mask without nulls is false, else 0; a long one is read as polars holds it."""
    if len(mask) <= FEW:
        return (~mask.to_numpy()).view(np.uint8)
    stored = mask.to_arrow()
    start = stored.offset // 8
    bits = np.unpackbits(
        ~np.frombuffer(stored.buffers()[1], np.uint8)[start:],
        count=stored.offset - 8 * start + len(mask),
        bitorder="little",
    )
    return bits[stored.offset - 8 * start :]


def _numbers(table: pl.DataFrame, names: Sequence[str]) -> dict[str, pl.Series]:
    """Of each of some columns, which of its cells are neither null nor NaN."""
    places = [table.get_column_index(name) for name in names]
    masks = table.select(pl.nth(places).is_not_nan().fill_null(value=False)) if places else ()
    return {mask.name: mask for mask in masks}
