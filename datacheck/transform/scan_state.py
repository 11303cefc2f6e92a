"""What one scan can count in a column: small states that take batches and add up.

Each takes float64 batches (NaN for missing) in any cut and any order, and two of different parts of
a table merge into that of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from datacheck.arrays import Floats, Ints, Keys
from datacheck.numeric import ordered_bits
from datacheck.numeric.blocks import BLOCK, WantedBins, buffers
from datacheck.numeric.sums import chunks, squares, total
from datacheck.ops import Op
from datacheck.transform.arrays import run

#: Bits that one narrowing adds to a prefix of the ordered key.
STEP = 16
#: An interval of the ordered keys: how many leading bits it fixes, and to what.
Node = tuple[int, int]


@dataclass(slots=True)
class Histogram:
    """Counts by the leading bits of the ordered key, of the values or of ``|x - about|``."""

    about: float | None = None
    rows: int = 0
    valid: int = 0
    infinite: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    bins: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, values: Floats) -> None:
        """Take in a batch."""
        self.rows += len(values)
        work = buffers()
        bins = work.no_bins()
        for known in _known(values, self.about):
            self.valid += len(known)
            low, high = float(known.min()), float(known.max())
            bins.add(work.ordered(known, low, high), low, high, work)
            if math.isinf(low) or math.isinf(high):
                finite = known[np.isfinite(known)]
                self.infinite += len(known) - len(finite)
                low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
            self.minimum, self.maximum = min(self.minimum, low), max(self.maximum, high)
        self._count(*bins.found())

    def merge(self, other: Histogram) -> None:
        """Take in what another one saw."""
        self.rows += other.rows
        self.valid += other.valid
        self.infinite += other.infinite
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self._count(other.bins, other.counts)

    def _count(self, bins: Ints, counts: Ints) -> None:
        if len(bins):
            self.bins, self.counts = ordered_bits.added((self.bins, self.counts), (bins, counts))


@dataclass(slots=True)
class Narrow:
    """Counts by the next `STEP` bits inside some intervals of the ordered key."""

    nodes: tuple[Node, ...]
    about: float | None = None
    counts: dict[Node, Ints] = field(default_factory=dict)

    def add(self, values: Floats) -> None:
        """Take in a batch."""
        for (bits, prefix), inside in _inside(values, self.about, self.nodes):
            step = min(STEP, 64 - bits)
            places = (inside >> np.uint64(64 - bits - step)) & np.uint64((1 << step) - 1)
            counts = np.bincount(places.view(np.int64), minlength=1 << step)
            self._count((bits, prefix), counts)

    def merge(self, other: Narrow) -> None:
        """Take in what another one saw."""
        for node, counts in other.counts.items():
            self._count(node, counts)

    def _count(self, node: Node, counts: Ints) -> None:
        self.counts[node] = self.counts[node] + counts if node in self.counts else counts


@dataclass(slots=True)
class Gather:
    """The values themselves inside some intervals of the ordered key."""

    nodes: tuple[Node, ...]
    about: float | None = None
    found: dict[Node, list[Floats]] = field(default_factory=dict)

    def add(self, values: Floats) -> None:
        """Take in a batch."""
        for node, inside in _inside(values, self.about, self.nodes):
            if len(inside):
                self.found.setdefault(node, []).append(ordered_bits.value_of(inside))

    def merge(self, other: Gather) -> None:
        """Take in what another one saw."""
        for node, parts in other.found.items():
            self.found.setdefault(node, []).extend(parts)

    def ordered(self, node: Node) -> Floats:
        """What was found in an interval, ascending."""
        return np.sort(np.concatenate(self.found.get(node, [np.zeros(0)])))


@dataclass(slots=True)
class Sum:
    """`sums.total` of the column after `ops`."""

    ops: tuple[Op, ...]
    exponent: int
    units: int = 0

    def add(self, values: Floats) -> None:
        """Take in a batch."""
        self.units += total((run(chunk, self.ops) for chunk in chunks(values)), self.exponent)

    def merge(self, other: Sum) -> None:
        """Take in what another one saw."""
        self.units += other.units


@dataclass(slots=True)
class SquareSum:
    """`sums.squares` of the column after `ops`."""

    ops: tuple[Op, ...]
    center: float
    exponent: int
    first: int = 0
    second: int = 0

    def add(self, values: Floats) -> None:
        """Take in a batch."""
        pieces = (run(chunk, self.ops) for chunk in chunks(values))
        first, second = squares(pieces, self.center, self.exponent)
        self.first += first
        self.second += second

    def merge(self, other: SquareSum) -> None:
        """Take in what another one saw."""
        self.first += other.first
        self.second += other.second


ScanState = Histogram | Narrow | Gather | Sum | SquareSum


def _blocks(values: Floats) -> Iterator[Floats]:
    return (values[start : start + BLOCK] for start in range(0, len(values), BLOCK))


def _known(values: Floats, about: float | None) -> Iterator[Floats]:
    """The values that are not missing, or their distances from a center, a block at a time."""
    for block in _blocks(values):
        missing = np.isnan(block)
        known = block[~missing] if missing.any() else block
        if not len(known):
            continue
        if about is not None:
            with np.errstate(over="ignore"):
                known = np.abs(known - about)
        yield known


def _inside(
    values: Floats, about: float | None, nodes: tuple[Node, ...]
) -> Iterator[tuple[Node, Keys]]:
    """For each interval, the keys in it; a table of leading bits sorts them out in one pass."""
    bins = np.array([prefix >> (bits - ordered_bits.KEY_BITS) for bits, prefix in nodes])
    work = buffers()
    wanted = WantedBins(bins)
    parts = []
    # To leave out what is missing beforehand costs more than all else.
    for block in _blocks(values) if about is None else _known(values, about):
        some = block[wanted.places(block, work)]
        parts.append(ordered_bits.ordered(some[~np.isnan(some)]))
    candidates = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    for bits, prefix in nodes:
        yield (bits, prefix), candidates[candidates >> np.uint64(64 - bits) == np.uint64(prefix)]
