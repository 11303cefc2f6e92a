"""Of which short columns the digits tell nothing against a reference: asked of many at once.

What `changes._by_digits` and `resolution.changed_resolution` ask of a column alone costs more in
calls than in arithmetic. Here it is counted for all columns together: cells are whole numbers, so
their sums and shares are the same. Only what repeats has a little room, for rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress, islice
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.findings.conversions import DECIMALS, near_grids, on_grid
from datacheck.findings.digits import CELLS
from datacheck.findings.resolution import COARSEST, EFFECT, FINEST, LEFT, SINGLES
from datacheck.profiling.stack import ROOM, Pair, Stack, is_short, paired


class Same(NamedTuple):
    """What is known not to tell a column from its reference."""

    #: Its distribution (see `unmoved.unmoved`).
    values: bool = False
    #: Its digits, of a conversion; and its resolution.
    digits: bool = False
    resolution: bool = False


UNKNOWN = Same()
#: Grids end above it.
LARGE = 1e9


def untold(columns: Mapping[str, Pair]) -> tuple[set[str], set[str]]:
    """The names of the columns whose digits tell no conversion; and no change of resolution.

    By name, these are the reference's points and the data's.
    """
    short = {name: pair for name, pair in columns.items() if all(map(is_short, pair))}
    names = iter(short)
    without: tuple[set[str], set[str]] = (set(), set())
    for some, theirs, ours in paired(short.values()):
        part = list(islice(names, len(some)))
        written, other = _by_grids(theirs, ours)
        other |= _fewer_stand_once(theirs, ours)
        for found, told in zip(without, (written, other), strict=True):
            found.update(compress(part, (~told).tolist()))
    return without


def _by_grids(theirs: Stack, ours: Stack) -> tuple[Flags, Flags]:
    """Where cells have not the few decimals of the reference; where shares on some grid differ."""
    sides = theirs, ours
    near = [side.some(near_grids(side.values, COARSEST, FINEST)) for side in sides]
    zeros = [side.held(side.values == 0) for side in sides]
    written = np.zeros(len(theirs.lengths), dtype=bool)
    other = written.copy()
    # What float32 has held is read as it was written, which may lie on no grid of large numbers.
    large = ours.any(np.abs(ours.values) >= LARGE)
    for places in range(FINEST, COARSEST - 1, -1):
        held = [some.held(on_grid(some.values, places)) for some in near]
        if places >= 0:  # its decimals are the fewest that hold so many
            off = (ours.totals - held[1] >= CELLS) | large
            written = np.where(held[0] >= DECIMALS * theirs.totals, off, written)
        before, now = (
            (on - zero) / (side.totals - zero)
            for on, zero, side in zip(held, zeros, sides, strict=True)
        )
        other |= ~(np.abs(now - before) < EFFECT)
    return written, other


def _fewer_stand_once(theirs: Stack, ours: Stack) -> Flags:
    """Where values that stood once may have become few."""
    smaller = np.minimum(theirs.totals, ours.totals)
    before, now = (_single(side, smaller / side.totals) for side in (theirs, ours))
    told = (before - now >= SINGLES - ROOM) & (now <= LEFT * before + ROOM)
    return np.asarray(told | ~np.isfinite(before - now))


def _single(side: Stack, part: Floats) -> Floats:
    """The share of cells whose value would stand once, as `resolution` has it."""
    other = side.values != 0
    terms = side.weights * side.spread(1 - part) ** (side.weights - 1)
    shares: Floats = np.add.reduceat(np.where(other, terms, 0.0), side.starts) / side.held(other)
    return shares
