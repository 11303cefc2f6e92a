"""The cells of a column that lie in some bins, whatever stands under its nulls."""

import numpy as np
import polars as pl
import pytest

from datacheck.numeric import ordered_bits
from datacheck.numeric.extremes import FEW
from datacheck.profiling.as_numbers import gathered

RNG = np.random.default_rng(8)
NUMBERS = np.round(RNG.normal(size=FEW + 1000), 3)
BINS = np.unique(ordered_bits.bins_of(ordered_bits.ordered(NUMBERS[:300])))


def column(*, holes: bool, odd: bool) -> pl.Series:
    numbers = NUMBERS.copy()
    if odd:
        numbers[::50] = np.nan
        numbers[7::90] = np.inf
    cells = pl.Series("x", numbers)
    if not holes:
        return cells
    # The numbers stay in the column's buffer below the nulls, which are in pieces.
    given = pl.Series(RNG.random(len(cells)) > 0.1)
    held = pl.select(pl.when(given).then(cells)).to_series()
    return pl.concat([held[:5000], held[5000:]], rechunk=False)


@pytest.mark.parametrize("start", [0, 3, 13])
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("holes", [False, True])
def test_what_is_gathered_is_what_is_there(*, holes: bool, odd: bool, start: int) -> None:
    cells = column(holes=holes, odd=odd).slice(start)
    present = cells.drop_nulls().to_numpy()
    present = present[np.isfinite(present)]
    expected = present[np.isin(ordered_bits.bins_of(ordered_bits.ordered(present)), BINS)]
    np.testing.assert_array_equal(gathered(cells, BINS), expected + 0.0)


def test_texts_are_gathered_by_the_numbers_that_they_write() -> None:
    cells = pl.Series("x", [str(number) for number in NUMBERS[:400]] + ["none", None])
    expected = NUMBERS[:400]
    np.testing.assert_array_equal(gathered(cells, BINS)[:300], expected[:300] + 0.0)
