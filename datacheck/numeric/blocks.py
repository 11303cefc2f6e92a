"""What is done to every block of a column: arithmetic in buffers that are used again and again.

A new array for each step would have the system hand out and clear its memory each time, which
costs as much as the steps themselves.
"""

from __future__ import annotations

from functools import cached_property
from threading import local

import numpy as np

from datacheck.arrays import Flags, Floats, Indices, Ints, Keys
from datacheck.numeric import ordered_bits
from datacheck.numeric.moments import CHUNK, slice_buffers

_SIGN = np.uint64(1 << 63)


#: Cells that one step takes: few enough for a near cache; and where threads take steps side by
#: side, so many that they seldom wait for the interpreter.
BLOCK, LONG = 2**15, 2**18


class Buffers:
    """Buffers for blocks of at most `LONG` values, for one thread."""

    def __init__(self) -> None:
        self._keys = np.empty(BLOCK, dtype=np.uint64)
        self._mixed = np.empty(LONG, dtype=np.uint64)
        self._other = np.empty(BLOCK, dtype=np.uint64)
        self._flags = np.empty(LONG, dtype=np.bool_)
        self._bins = DenseBins()

    @cached_property
    def slices(self) -> Floats:
        """What sums work in."""
        return slice_buffers(CHUNK)

    def no_bins(self) -> DenseBins:
        """Counts by bin, nothing counted yet; valid until it is asked again."""
        self._bins.clear()
        return self._bins

    def whole(self, values: Floats) -> int:
        """How many values are whole numbers."""
        rounded = self._other.view(np.float64)[: len(values)]
        same = self._flags[: len(values)]
        np.rint(values, out=rounded)
        np.equal(rounded, values, out=same)
        return int(np.count_nonzero(same))

    def flags(self, size: int) -> Flags:
        """Room for so many flags; valid until the next step."""
        return self._flags[:size]

    def ordered(self, values: Floats, low: float, high: float) -> Keys:
        """`ordered_bits.ordered` of values in `low` to `high`; valid until it is asked again."""
        out = self._keys[: len(values)]
        if low > 0:
            return np.bitwise_xor(values.view(np.uint64), _SIGN, out=out)
        if high < 0:
            return np.invert(values.view(np.uint64), out=out)
        return ordered_bits.ordered_into(values, out, self._other[: len(values)])

    def bins(self, ordered: Keys) -> Ints:
        """`ordered_bits.bins_of`; valid until the next step."""
        out = self._mixed[: len(ordered)]
        return np.right_shift(ordered, ordered_bits.SHIFT, out=out).view(np.int64)

    def hashed_below(self, ordered: Keys, threshold: int) -> Keys:
        """The keys whose `ordered_bits.hashed` is at most `threshold`, but for its lower bits."""
        mixed, other = self._mixed[: len(ordered)], self._other[: len(ordered)]
        few = self._flags[: len(ordered)]
        ordered_bits.half_hashed(ordered, mixed, other)
        # The last step of the hash leaves its upper bits as they are.
        np.less_equal(mixed, np.uint64(threshold | ordered_bits.LOWER_BITS), out=few)
        return ordered[np.flatnonzero(few)]


class DenseBins:
    """Counts by bin, of many blocks."""

    def __init__(self) -> None:
        #: The bins of the first block, while there is no other: a short column has no more.
        self._first: Ints | None = None
        self._empty = True
        # Zeros that nobody touches cost nothing.
        self._counts = np.zeros(1 << ordered_bits.KEY_BITS, dtype=np.int64)
        self._low, self._high = 0.0, 0.0

    def clear(self) -> None:
        """Begin anew."""
        self._counts[self._range()] = 0
        self._low, self._high = np.inf, -np.inf
        self._first, self._empty = None, True

    def add(self, ordered: Keys, low: float, high: float, work: Buffers) -> None:
        """Count the bins of a block, which holds values from `low` to `high`."""
        bins = work.bins(ordered)
        self._low, self._high = min(self._low, low), max(self._high, high)
        if self._empty:
            self._first, self._empty = bins.copy(), False
            return
        if self._first is not None:
            np.add.at(self._counts, self._first, 1)
            self._first = None
        np.add.at(self._counts, bins, 1)

    def found(self) -> tuple[Ints, Ints]:
        """The bins that occur, ascending, and how often."""
        if self._first is not None:
            return np.unique(self._first, return_counts=True)
        within = self._range()
        counts = self._counts[within]
        places = np.flatnonzero(counts)
        return places + within.start, counts[places]

    def _range(self) -> slice:
        """The bins of the least and the greatest value, and all between."""
        ends = ordered_bits.ordered(np.array([self._low, self._high]))
        first, last = ordered_bits.bins_of(ends).tolist()
        return slice(first, last + 1)


class WantedBins:
    """Tells which values lie in some bins by their bits as they stand, which ascend or descend."""

    def __init__(self, bins: Ints) -> None:
        size = 1 << ordered_bits.KEY_BITS
        self._bins = bins
        self._stored = np.zeros(size, dtype=np.bool_)
        zero = size // 2
        self._stored[np.where(bins < zero, size - 1 - bins, bins - zero)] = True
        # -0.0 lies in the bin of 0.0, and shares its leading bits with the least of numbers below.
        self._stored[zero] |= self._stored[0]

    def places(self, values: Floats, work: Buffers) -> Indices:
        """Where in a block they are; a NaN is in no bin of numbers."""
        # Bins lie within the table; to clip costs less than to check that they do.
        bins = work.bins(values.view(np.uint64))
        found = np.flatnonzero(self._stored.take(bins, mode="clip", out=work.flags(len(values))))
        if not self._stored[len(self._stored) // 2]:
            return found
        return found[np.isin(ordered_bits.bins_of(ordered_bits.ordered(values[found])), self._bins)]


_OF_THREAD = local()


def buffers() -> Buffers:
    """The buffers of this thread, whoever had them last."""
    found: Buffers | None = getattr(_OF_THREAD, "work", None)
    if found is None:
        found = _OF_THREAD.work = Buffers()
    return found
