"""Which keys repeat: in one table, among rows of another target, and in two tables.

Equal keys fall into one part by their leading bits, so a table of any length is counted part by
part in bounded memory, and the counts are those of the whole. Of a key that stands in very many
rows the first are kept, and the others counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import polars as pl

from datacheck.arrays import Keys
from datacheck.report.finding import LISTED

#: Rows that are counted at once; longer tables go through temporary files, by parts of so many.
AT_ONCE, PART = 2**22, 2**20
#: Of so many parts at most, each is a file of its own that is open.
_MOST_BITS = 8
#: Keys of which one in so many repeats are counted by hashing: sorting only tells which do.
_MANY = 8


@dataclass(frozen=True)
class DuplicateRows:
    """Rows that have their like.

    `rows` are the first `LISTED` of them, ascending, and `like` the first row that is like each;
    `pairs` counts the pairs of rows of one table that are alike.
    """

    count: int = 0
    rows: tuple[int, ...] = ()
    like: tuple[int, ...] = ()
    pairs: int = 0

    def merged(self, other: DuplicateRows) -> DuplicateRows:
        """Those of this part and of another."""
        pairs = sorted((*zip(self.rows, self.like), *zip(other.rows, other.like)))[:LISTED]  # noqa: B905
        rows = tuple(row for row, _ in pairs)
        like = tuple(like for _, like in pairs)
        return DuplicateRows(self.count + other.count, rows, like, self.pairs + other.pairs)


def repeated(keys: Iterable[Keys], rows: int) -> DuplicateRows:
    """The rows that repeat an earlier one."""
    return _total(_repeated, rows, keys)


def conflicting(
    keys: Iterable[Keys], targets: Iterable[Keys], rows: int, missing: int
) -> DuplicateRows:
    """The rows with the features of others and another target, which is not `missing`."""
    beside = (np.vstack([key, target[:1]]) for key, target in zip(keys, targets, strict=True))

    def of(part: pl.DataFrame) -> DuplicateRows:
        return _conflicting(part.filter(pl.col("extra") != missing))

    return _total(of, rows, beside)


def shared(keys: Iterable[Keys], others: Iterable[Keys], rows: tuple[int, int]) -> DuplicateRows:
    """The rows that stand in another table too; `like` is the row there."""
    return _total(_shared, sum(rows), keys, others)


def _total(work: Callable[..., DuplicateRows], rows: int, *sides: Iterable[Keys]) -> DuplicateRows:
    found = DuplicateRows()
    for parts in _parts(rows, sides):
        found = found.merged(work(*parts))
    return found


def _repeated(part: pl.DataFrame) -> DuplicateRows:
    again = _candidates(part)
    if again.is_empty():
        return DuplicateRows()
    each = again.with_columns(
        pl.col("row").min().over("a", "b").alias("like"),
        _stood_for(part).over("a", "b").alias("size"),
    )
    first = each.filter(pl.col("row") == pl.col("like"))["size"]
    others = each.filter(pl.col("row") != pl.col("like"))
    return _listed(others, int((first - 1).sum()), _pairs(first))


def _conflicting(part: pl.DataFrame) -> DuplicateRows:
    again = _candidates(part)
    if again.is_empty():
        return DuplicateRows()
    by_target = again.sort("row").with_columns(
        pl.col("extra").n_unique().over("a", "b").alias("targets"),
        pl.col("row").first().over("a", "b").alias("earliest"),
        pl.col("extra").first().over("a", "b").alias("target"),
        _stood_for(part).over("a", "b").alias("size"),
    )
    first = pl.col("row") == pl.col("earliest")
    pairs = _pairs(by_target.filter(first)["size"])
    by_target = by_target.filter(pl.col("targets") > 1)
    # The first that says otherwise: of the first target's rows, the first of another one.
    other = pl.col("row").filter(pl.col("extra") != pl.col("target")).min().over("a", "b")
    like = pl.when(pl.col("extra") == pl.col("target")).then(other).otherwise(pl.col("earliest"))
    count = int(by_target.filter(first)["size"].sum())
    return _listed(by_target.with_columns(like.alias("like")), count, pairs)


def _shared(part: pl.DataFrame, other: pl.DataFrame) -> DuplicateRows:
    known = part.filter(pl.col("a").is_in(other["a"].implode()))
    if known.is_empty():
        return DuplicateRows()
    first = other.filter(pl.col("a").is_in(known["a"].implode())).group_by("a", "b")
    there = first.agg(pl.col("row").min().alias("like"))
    found = known.join(there, on=["a", "b"], how="inner")
    return _listed(found, found.select(_stood_for(found)).item())


def _stood_for(part: pl.DataFrame) -> pl.Expr:
    """How many rows of the table those of a part stand for."""
    return (pl.col("more") + 1).sum() if "more" in part.columns else pl.len().cast(pl.Int64)


def _pairs(sizes: pl.Series) -> int:
    """How many pairs there are in groups of so many rows."""
    return int((sizes * (sizes - 1) // 2).sum())


def _candidates(part: pl.DataFrame) -> pl.DataFrame:
    """The rows whose first half of the key repeats: mostly none, and found fast by sorting."""
    ordered = np.sort(part["a"].to_numpy())
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not again.size:
        return part.clear()
    if again.size * _MANY > len(part):
        return part.filter(part["a"].is_duplicated())
    return part.filter(part["a"].is_in(pl.Series(np.unique(again)).implode()))


def _listed(found: pl.DataFrame, count: int, pairs: int = 0) -> DuplicateRows:
    first = found.sort("row").head(LISTED)
    return DuplicateRows(
        count, tuple(first["row"].to_list()), tuple(first["like"].to_list()), pairs
    )


def _parts(rows: int, sides: Sequence[Iterable[Keys]]) -> Iterator[list[pl.DataFrame]]:
    """The keys of each side whose leading bits are the same, part by part."""
    if rows <= AT_ONCE:
        yield [_frame(_joined(list(side))) for side in sides]
        return
    bits = min(_MOST_BITS, max(1, int(np.ceil(np.log2(rows / PART)))))
    with ExitStack() as stack:
        files = [[stack.enter_context(TemporaryFile()) for _ in range(2**bits)] for _ in sides]
        widths = [_scattered(side, own, 64 - bits) for side, own in zip(sides, files, strict=True)]
        for place in range(2**bits):
            pairs = zip(files, widths, strict=True)
            yield [_read(own[place], width) for own, width in pairs]


def _joined(parts: list[Keys]) -> list[Keys]:
    lanes = len(parts[0]) if parts else 2
    empty = np.zeros(0, np.uint64)
    return [np.concatenate([empty, *(part[lane] for part in parts)]) for lane in range(lanes)]


def _scattered(side: Iterable[Keys], files: Sequence[IO[bytes]], shift: int) -> int:
    """Write the keys, each with its row, into files by its leading bits; how many numbers a row."""
    row, width = 0, 3
    for keys in side:
        size = keys.shape[1]
        lines = np.vstack([keys, np.arange(row, row + size, dtype=np.uint64)]).T
        places = (keys[0] >> np.uint64(shift)).astype(np.uint8)
        order = np.argsort(places, kind="stable")  # by radix
        ends = np.cumsum(np.bincount(places, minlength=len(files)))
        for file, own in zip(files, np.split(order, ends[:-1]), strict=True):
            file.write(lines[own].tobytes())
        row, width = row + size, lines.shape[1]
    return width


def _read(file: IO[bytes], width: int) -> pl.DataFrame:
    """A part, of whose keys each is kept with its first rows where there are too many to hold."""
    file.seek(0)
    part = None
    while block := file.read(2 * PART * width * 8):
        *lanes, rows = np.frombuffer(block, np.uint64).reshape(-1, width).T.copy()
        read = _frame(lanes, rows)
        part = read if part is None else _kept(part, read)
    return _frame([np.zeros(0, np.uint64)] * (width - 1)) if part is None else part


def _kept(part: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The first rows of each key, one more than are listed; `more` counts those behind them."""
    none = pl.lit(0, pl.Int64).alias("more")
    known = pl.concat([part, read.with_columns(none)], how="diagonal")
    known = known.with_columns(pl.col("more").fill_null(0))
    keys = [name for name in known.columns if name not in ("row", "more")]
    place = pl.int_range(pl.len()).over(keys)
    held = pl.len().cast(pl.Int64).clip(upper_bound=LISTED + 1)
    behind = (_stood_for(known) - held).over(keys)
    known = known.with_columns(
        place.alias("place"), pl.when(place == 0).then(behind).otherwise(0).alias("more")
    )
    return known.filter(pl.col("place") <= LISTED).drop("place")


def _frame(lanes: list[Keys], rows: Keys | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(dict(zip(("a", "b", "extra"), lanes, strict=False)))
    if rows is None:
        return frame.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return frame.with_columns(pl.Series("row", rows.astype(np.int64)))
