"""The axis of every histogram here: the leading bits of a double, in numeric order.

The ordered key of a double is its 64 bits with the sign folded so that unsigned order is numeric
order. Its top `KEY_BITS` bits cut the axis into bins of 1/64 of an octave: wide numbers get wide
bins, so one axis serves every column, and histograms of two tables add up bin by bin.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Floats, Ints, Keys

Key = TypeVar("Key", np.int64, np.float64)

#: Sign, 11 bits of exponent and 6 of fraction: a bin is at most 1/64 of its value wide.
KEY_BITS = 18
SHIFT = np.uint64(64 - KEY_BITS)
#: Those that the last step of `hashed` changes.
LOWER_BITS = 2**33 - 1
_SIGN = np.uint64(1 << 63)
_SIGN_PLACE = np.int64(63)


def ordered(values: Floats) -> Keys:
    """The ordered 64-bit key of each value, none of them NaN; -0.0 has the key of 0.0."""
    keys, other = (np.empty(len(values), dtype=np.uint64) for _ in range(2))
    return ordered_into(values, keys, other)


def ordered_into(values: Floats, keys: Keys, other: Keys) -> Keys:
    """`ordered`, into `keys`, which are returned; `other` is overwritten too."""
    np.add(values, 0.0, out=keys.view(np.float64))
    # An arithmetic shift spreads the sign bit: all ones for a negative number, else none.
    np.right_shift(keys.view(np.int64), _SIGN_PLACE, out=other.view(np.int64))
    other |= _SIGN
    keys ^= other
    return keys


def value_of(keys: Keys) -> Floats:
    """The value of each ordered key: the inverse of `ordered`."""
    negative = (keys & _SIGN) == 0
    return np.where(negative, ~keys, keys ^ _SIGN).view(np.float64)


def bins_of(keys: Keys) -> Ints:
    """The bin number of each ordered key."""
    return (keys >> SHIFT).view(np.int64)


def bin_edges(bins: Ints) -> tuple[Floats, Floats]:
    """The least and the greatest double of each bin."""
    low = bins.astype(np.uint64) << SHIFT
    high = low | np.uint64((1 << (64 - KEY_BITS)) - 1)
    return value_of(low), value_of(high)


def added(
    left: tuple[Ints, Ints],
    right: tuple[Ints, Ints],
) -> tuple[Ints, Ints]:
    """Two sparse histograms as one."""
    if not len(left[0]) or not len(right[0]):
        return right if not len(left[0]) else left
    return summed(np.concatenate([left[0], right[0]]), np.concatenate([left[1], right[1]]))


def summed(keys: NDArray[Key], counts: Ints) -> tuple[NDArray[Key], Ints]:
    """Each key once, ascending, with the sum of its counts; made of a few ascending runs."""
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    if len(first) < len(keys):
        keys, counts = keys[first], np.add.reduceat(counts, first)
    return keys, counts


def hashed(keys: Keys) -> Keys:
    """A well-mixed hash of each key (the finaliser of splitmix64, Steele et al. 2014)."""
    mixed, other = np.empty_like(keys), np.empty_like(keys)
    half_hashed(keys, mixed, other)
    np.right_shift(mixed, np.uint64(31), out=other)
    mixed ^= other
    return mixed


def half_hashed(keys: Keys, mixed: Keys, other: Keys) -> None:
    """All but the last step of `hashed`, into `mixed`; `other` is overwritten too."""
    np.right_shift(keys, np.uint64(30), out=other)
    np.bitwise_xor(keys, other, out=mixed)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(mixed, np.uint64(27), out=other)
    mixed ^= other
    mixed *= np.uint64(0x94D049BB133111EB)
