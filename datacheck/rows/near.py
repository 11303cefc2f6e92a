"""Rows that are one but for a cell, or for a rounding, found without comparing all pairs.

Only rows a half of which repeats (see `lanes`) are looked at, and for each column those whose other
cells have one key; a pair that shares a box is looked at cell by cell.

Whether one number is another that was rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices, Ints, Keys
from datacheck.columns import doubles
from datacheck.rows.cells import codes
from datacheck.rows.keys import factors
from datacheck.rows.lanes import Boxes, Halves, pairs_of
from datacheck.rows.sample import TakeRows
from datacheck.table import Table

#: Boxes of a grid, in parts of a column's spread, finest first; and how many shifted grids of each.
#: A pass for each: 48 bytes a row are held, not 192, and a table up to 512 MB is not read again.
LEVELS, SHIFTS = (1e-6, 1e-4, 1e-2, 0.3), 6
#: A table of fewer columns has no row that is one but for a cell.
LEAST_COLUMNS = 3


class Near(NamedTuple):
    """Rows that are nearly another: their numbers, and those of the rows that they are like.

    `column` is the one in which they differ; None where they differ by a rounding, and `widths`
    says by how much at most, by column.
    """

    rows: Ints
    like: Ints
    column: str | None
    widths: dict[str, float]


class _Side(NamedTuple):
    """Rows of one table that are looked at, by their numbers."""

    places: Ints
    frame: pl.DataFrame


def near_rows(
    table: Table, names: Sequence[str], spreads: Mapping[str, float], other: Table | None = None
) -> Iterator[Near]:
    """Rows that are an earlier row, or one of another table, but for a cell or a rounding."""
    if len(names) < LEAST_COLUMNS:
        return
    tables = [table] if other is None else [other, table]
    found: list[Ints] = []
    for near in _but_for_a_cell(tables, names):
        found.append(near.rows)
        yield near
    known = np.unique(np.concatenate([np.zeros(0, np.int64), *found]))
    rounded = _but_for_a_rounding(tables, names, spreads, known)
    if rounded is not None:
        yield rounded


def _but_for_a_cell(tables: Sequence[Table], names: Sequence[str]) -> Iterator[Near]:
    sides = _candidates(tables, names)
    coded = {name: np.concatenate([codes(side.frame[name]) for side in sides]) for name in names}
    keys = np.zeros((2, sum(len(side.places) for side in sides)), np.uint64)
    for name, cells in coded.items():
        for lane, factor in enumerate(factors(name)):
            keys[lane] += cells * factor
    sizes = [len(side.places) for side in sides]
    ours = np.repeat(np.arange(len(sides)), sizes) == len(sides) - 1
    first = _no_copies(keys, ours, alone=len(sides) == 1)
    places, ours = np.concatenate([side.places for side in sides])[first], ours[first]
    for name in names:
        rest = keys[:, first].copy()
        for lane, factor in enumerate(factors(name)):
            rest[lane] -= coded[name][first] * factor
        rows, like = _grouped(rest, ours, alone=len(sides) == 1)
        if len(rows):
            order = np.argsort(places[rows])
            yield Near(places[rows][order], places[like][order], name, {})


def _candidates(tables: Sequence[Table], names: Sequence[str]) -> list[_Side]:
    """The rows one half of which repeats, or stands in the other table."""
    found = []
    for table, places in zip(tables, _sharing(tables, Halves(names)), strict=True):
        [taking] = table.fold([TakeRows(places, names)])
        frame = taking.taken()
        if not frame.width:
            frame = pl.DataFrame(schema={name: table.dtypes[name] for name in names})
        found.append(_Side(places, frame))
    return found


def _sharing(tables: Sequence[Table], halves: Halves) -> list[Ints]:
    """By table, the rows that share a half with another row, or with one of the other table."""
    if (there := tables[-1].elsewhere) is not None:
        found: list[Ints] = there.sharing(tables, halves)
        return found
    seen = [table.fold([deepcopy(halves)])[0].lanes() for table in tables]
    wanted = [np.zeros(lanes.shape[1], bool) for lanes in seen]
    for half in zip(*seen, strict=True):
        sides = [pl.Series(lane) for lane in half]
        if len(sides) == 1:
            wanted[0] |= sides[0].is_duplicated().to_numpy()
            continue
        for place, (side, against) in enumerate(zip(sides, sides[::-1], strict=True)):
            wanted[place] |= side.is_in(against.unique().implode()).to_numpy()
    return [np.flatnonzero(mask).astype(np.int64) for mask in wanted]


def _paired(tables: Sequence[Table], boxes: Boxes) -> Ints:
    """The pairs of rows that share a box; see `pairs_of`."""
    if (there := tables[-1].elsewhere) is not None:
        found: Ints = there.paired(tables, boxes)
        return found
    return pairs_of([table.fold([deepcopy(boxes)])[0].lanes() for table in tables])


def _no_copies(keys: Keys, ours: Flags, *, alone: bool) -> Indices:
    """The rows that are no copy of an earlier one, or of one of the other table."""
    frame = pl.DataFrame({"a": keys[0], "b": keys[1], "ours": ours})
    key = pl.struct("a", "b")
    known = pl.col("ours").all().over("a", "b") & pl.col("ours")
    first = (
        key.is_first_distinct() if alone else known | (key.is_first_distinct() & ~pl.col("ours"))
    )
    return np.flatnonzero(frame.select(first).to_series())


def _grouped(keys: Keys, ours: Flags, *, alone: bool) -> tuple[Indices, Indices]:
    """The rows of our table with the key of an earlier row, or of one of the other; those rows."""
    frame = pl.DataFrame({"a": keys[0], "b": keys[1], "ours": ours}).with_row_index("at")
    frame = frame.filter(pl.col("a").is_duplicated())
    known = pl.col("at") if alone else pl.when(~pl.col("ours")).then("at")
    frame = frame.with_columns(known.min().over("a", "b").alias("like"))
    found = frame.filter(pl.col("ours") & (pl.col("like") < pl.col("at")))
    return found["at"].to_numpy().astype(np.intp), found["like"].to_numpy().astype(np.intp)


def _but_for_a_rounding(
    tables: Sequence[Table], names: Sequence[str], spreads: Mapping[str, float], known: Ints
) -> Near | None:
    """The rows that no other cell but rounded ones tells from an earlier row."""
    numbers = {n for n in names if all(table.dtypes[n].is_numeric() for table in tables)}
    spreads = {name: spread for name, spread in spreads.items() if name in numbers and spread > 0}
    if not spreads:
        return None
    like: dict[int, int] = {}
    widths: dict[str, float] = {}
    for level in LEVELS:
        pairs = _paired(tables, Boxes(names, spreads, level, SHIFTS))
        done = np.fromiter((*like, *known.tolist()), np.int64)
        pairs = pairs[:, ~np.isin(pairs[1], done)]
        if not pairs.shape[1]:
            continue
        kept, missed = _rounded(tables, names, spreads, pairs)
        for name, width in missed.items():
            widths[name] = max(widths.get(name, 0.0), width)
        for one, row in kept.T.tolist():
            like[row] = min(one, like.get(row, one))
    if not like:
        return None
    rows = np.array(sorted(like), np.int64)
    return Near(rows, np.array([like[row] for row in rows.tolist()], np.int64), None, widths)


def _rounded(
    tables: Sequence[Table], names: Sequence[str], spreads: Mapping[str, float], pairs: Ints
) -> tuple[Ints, dict[str, float]]:
    """Those of some pairs that differ by a rounding alone, and by how much at most."""
    both = [np.unique(side, return_inverse=True) for side in pairs]
    asked = [TakeRows(places, names) for places, _ in both]
    if len(tables) > 1:
        taken = [table.fold([one])[0] for table, one in zip(tables, asked, strict=True)]
    else:
        taken = tables[0].fold(asked)  # in one pass
    sides = [(one.taken(), back) for one, (_, back) in zip(taken, both, strict=True)]
    holds, differs = np.ones(pairs.shape[1], bool), np.zeros(pairs.shape[1], bool)
    missed: dict[str, Floats] = {}
    for name in names:
        cells = [codes(frame[name])[back] for frame, back in sides]
        same = cells[0] == cells[1]
        differs |= ~same
        if name in spreads:
            x, y = (doubles(frame[name])[back] for frame, back in sides)
            missed[name] = np.where(same, 0.0, np.abs(x - y))
            same |= is_rounding(x, y, spreads[name])
        holds &= same
    holds &= differs
    widths = {name: float(each[holds].max(initial=0.0)) for name, each in missed.items()}
    return pairs[:, holds], widths


#: Decimals that are looked for; a number rounded to millions has minus six.
_DECIMALS = range(-6, 16)
#: A rounding moves no value further than this part of the column's spread: more would be a change.
MOST = 0.05
#: Beyond it the digits of a double tell no whole number from another.
_TELLING = 1e14
#: The last place of 32 bits, in parts of a value.
_FLOAT32 = 2.0**-24


def is_rounding(x: Floats, y: Floats, spread: float) -> Flags:
    """Whether one of two numbers is the other, rounded to some decimals or to 32 bits.

    `spread` is that of the column that they stand in.

    >>> import numpy as np
    >>> x = np.array([3.14159, 3.14159, 2.5, 0.1])
    >>> is_rounding(x, np.array([3.14, 3.15, 2.6, np.float32(0.1)]), 1.0).tolist()
    [True, False, False, True]
    """
    with np.errstate(all="ignore"):
        apart = np.abs(x - y)
        size = np.maximum(np.abs(x), np.abs(y))
        place = np.maximum(_places(x), _places(y))
        near = apart <= np.maximum(place / 2 * (1 + 1e-9) + 4e-16 * size, _FLOAT32 * size)
        result: Flags = near & (apart <= MOST * spread)
    return result


def last_place(values: Floats) -> float:
    """What the last decimal of a column stands for, or that of 32 bits; 0 where it has too many.

    >>> import numpy as np
    >>> last_place(np.array([1.25, 3.5, 7.0])), last_place(np.array([1 / 3, 0.5]))
    (0.01, 0.0)
    """
    seen = values[np.isfinite(values)]
    places = _places(seen)
    if len(seen) and (places > 0).all():
        return float(places.min())
    in_32_bits = bool((seen.astype(np.float32).astype(np.float64) == seen).all())
    return 4 * _FLOAT32 * float(np.abs(seen).max(initial=0.0)) if in_32_bits else 0.0


def _places(values: Floats) -> Floats:
    """What the last decimal of a number stands for; 0 where it has too many."""
    found = np.zeros(len(values))
    open_ = np.isfinite(values)
    for decimals in _DECIMALS:
        if not open_.any():
            break
        unit = 10.0**-decimals
        scaled = values * 10.0**decimals
        open_ &= np.abs(scaled) < _TELLING
        whole = open_ & (np.abs(scaled - np.round(scaled)) <= 4e-16 * np.abs(scaled))
        found[whole] = unit
        open_ &= ~whole
    return found
