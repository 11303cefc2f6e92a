"""Which values lie in some bins, told by their bits as they stand."""

import numpy as np
import pytest

from datacheck.numeric import ordered_bits
from datacheck.numeric.blocks import WantedBins, buffers

_TINY = 5e-324
VALUES = np.concatenate(
    [
        [0.0, -0.0, _TINY, -_TINY, 1.7e308, -1.7e308, np.inf, -np.inf, np.nan, -np.nan],
        np.random.default_rng(3).normal(size=500),
        -np.random.default_rng(4).lognormal(0, 200, 500),
        np.random.default_rng(5).lognormal(0, 200, 500),
    ]
)
FINITE = VALUES[np.isfinite(VALUES)]
BINS = np.unique(ordered_bits.bins_of(ordered_bits.ordered(FINITE)))
ZERO = 1 << (ordered_bits.KEY_BITS - 1)


@pytest.mark.parametrize(
    "wanted", [BINS, BINS[::3], [ZERO], [ZERO - 1], [ZERO - 1, ZERO], BINS[:1], BINS[-1:], []]
)
def test_the_values_in_some_bins_are_those_whose_ordered_bits_lie_there(wanted) -> None:
    wanted = np.array(wanted, dtype=np.int64)
    found = WantedBins(wanted).places(VALUES, buffers())
    inside = np.isin(ordered_bits.bins_of(ordered_bits.ordered(FINITE)), wanted)
    np.testing.assert_array_equal(VALUES[found], FINITE[inside])
