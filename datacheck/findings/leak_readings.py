"""What a feature may give a target away by: its cells, that they are missing, or a part of them.

An identifier whose first letter is the class tells nothing as a value, since none comes twice; its
letters tell all. So does the number in "12.50 EUR", or the weekday of a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices, Keys
from datacheck.columns import bare, doubles
from datacheck.rows.cells import can_be_told, codes, in_rows

#: Cells that come so often on average are categories: their parts say no more than they do.
OFTEN = 12
#: A value of this share of the rows is one that a feature may have or not have.
COMMON = 0.02
_NUMBER = r"[-+]?\d+(?:\.\d+)?"


class Reading(NamedTuple):
    """One way to look at the cells of a feature."""

    #: ``value``, ``missing``, or the part of the cell that is looked at, in words.
    by: str
    #: The cells as categories: two of one code are one.
    kinds: Keys
    #: The cells as numbers, NaN where there is none; None where they have no order.
    numbers: Floats | None = None


def readings(sample: pl.DataFrame, names: Sequence[str]) -> dict[str, list[Reading]]:
    """The ways to look at some features, the plainest of each first."""
    found: dict[str, list[Reading]] = {}
    for some, cells in in_rows({name: sample[name] for name in names}):
        found |= zip(some, _readings(cells, len(some)), strict=True)
    return found


def as_numbers(cells: pl.Series) -> Floats | None:
    """Cells as numbers; texts too, where all but one at most are numbers."""
    if not can_be_told(cells.dtype):
        return None
    numbers, ordered = _numbered(bare(cells), codes(cells)[np.newaxis])
    return numbers[0] if ordered[0] else None


def _readings(cells: pl.Series, columns: int) -> list[list[Reading]]:
    """Of each of some columns of one type, which lie one behind the other."""
    kinds = codes(cells).reshape(columns, -1)
    numbers, ordered = _numbered(cells, kinds)
    missing = _empty(cells).reshape(kinds.shape) | (ordered[:, np.newaxis] & ~np.isfinite(numbers))
    found: list[list[Reading]] = [[] for _ in range(columns)]
    for at in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1)).tolist():
        found[at].append(Reading("missing", missing[at].astype(np.uint64)))
    for at, told in enumerate(ordered.tolist()):
        found[at].append(Reading("value", kinds[at], numbers[at] if told else None))
    rows = kinds.shape[1]
    distinct, often, commonest = _commonest(kinds)
    varied = distinct * OFTEN > rows
    for at in np.flatnonzero(varied & (often >= COMMON * rows)).tolist():
        # One value among many: 0 hours where nobody works.
        alike = (kinds[at] == commonest[at]).astype(np.uint64)
        found[at].append(Reading("its commonest value", alike))
    chosen = varied & ~ordered if cells.dtype == pl.String else varied
    which, shape, named = np.flatnonzero(chosen).tolist(), (-1, rows), varied
    for by, part in _parts(cells.filter(np.repeat(chosen, rows))) if which else ():
        of = codes(part).reshape(shape)
        values, told = None, np.ones(len(of), bool)
        if by == "its letters":
            named = _commonest(of)[0] * OFTEN > rows
        elif by.endswith("character"):
            # Letters that are a name, too: what begins or ends a code may be the class.
            told = named
        elif by.endswith("number"):
            values = doubles(part).reshape(shape)
            told = part.is_not_null().to_numpy().reshape(shape).sum(axis=1) > 0
        for place in np.flatnonzero(told).tolist():
            reading = Reading(by, of[place], None if values is None else values[place])
            found[which[place]].append(reading)
    return found


def _numbered(cells: pl.Series, kinds: Keys) -> tuple[Floats, Flags]:
    """Columns as numbers, of the shape of their codes, and which of them have an order."""
    columns = len(kinds)
    if cells.dtype != pl.String:
        plain = cells.dtype.is_numeric() or cells.dtype.is_temporal() or cells.dtype == pl.Boolean
        numbers = doubles(cells).reshape(kinds.shape) if plain else np.full(kinds.shape, np.nan)
        return numbers, np.full(columns, plain)
    values = cells.str.strip_chars().cast(pl.Float64, strict=False)
    word = (values.is_null() & cells.is_not_null()).to_numpy().reshape(kinds.shape)
    # All but one text at most are numbers.
    least = np.where(word, kinds, _ALL).min(axis=1)
    most = np.where(word, kinds, np.uint64(0)).max(axis=1)
    ordered: Flags = (most == least) | ~word.any(axis=1)
    ordered &= values.is_not_null().to_numpy().reshape(kinds.shape).any(axis=1)
    return doubles(values).reshape(kinds.shape), ordered


_ALL = np.uint64(2**64 - 1)


def _empty(cells: pl.Series) -> Flags:
    empty = cells.is_null()
    if cells.dtype == pl.String:
        empty |= (cells.str.strip_chars() == "").fill_null(value=True)
    return empty.to_numpy()


def _commonest(kinds: Keys) -> tuple[Indices, Indices, Keys]:
    """How many values each column has, how often the commonest comes, and which one it is."""
    ordered = np.sort(kinds, axis=1)
    begins = np.ones(kinds.shape, bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    distinct = begins.sum(axis=1)
    starts = np.flatnonzero(begins.ravel())
    lengths = np.diff(starts, append=kinds.size)
    first = np.cumsum(distinct) - distinct
    often = np.maximum.reduceat(lengths, first)
    # The first of each column that comes so often.
    places = np.flatnonzero(lengths == np.repeat(often, distinct))
    which = places[np.searchsorted(places, first)]
    return distinct, often, ordered.ravel()[starts[which]]


def _parts(cells: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """Parts of cells that are no categories."""
    if isinstance(cells.dtype, pl.Date | pl.Datetime):
        yield "its weekday", cells.dt.weekday()
        yield "its month", cells.dt.month()
        if isinstance(cells.dtype, pl.Datetime):
            yield "its hour", cells.dt.hour()
    elif cells.dtype == pl.String:
        yield "its letters", cells.str.replace_all(r"\d+", "")
        yield "its first character", cells.str.head(1)
        yield "its last character", cells.str.tail(1)
        for which, pattern in (("first", f"({_NUMBER})"), ("last", rf"\d\D+?({_NUMBER})\D*$")):
            number = cells.str.extract(pattern).cast(pl.Float64, strict=False)
            yield f"its {which} number", number
    elif cells.dtype.is_integer():
        yield "its last digit", pl.select(pl.lit(cells) % 10).to_series()
