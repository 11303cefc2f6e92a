"""Where the middle of a column ends: at a gap wider than all that lies together so far."""

import numpy as np
import polars as pl
import pytest

from datacheck.findings.outliers import _together
from datacheck.profiling.measure import measure


def walked(values: np.ndarray, first: int, last: int) -> tuple[float, float]:
    """Step by step outwards, first down and then up."""
    while first > 0 and values[first] - values[first - 1] <= values[last] - values[first]:
        first -= 1
    while (
        last + 1 < len(values) and values[last + 1] - values[last] <= values[last] - values[first]
    ):
        last += 1
    return values[first], values[last]


@pytest.mark.parametrize("seed", range(20))
def test_it_ends_where_a_walk_from_the_middle_ends(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.choice([rng.normal(size=60), rng.lognormal(0, 2, 60), rng.integers(0, 9, 60)])
    cells = np.append(cells, cells[: seed % 5] * 10.0 ** rng.integers(0, 6))
    points = measure(pl.LazyFrame({"x": cells})).columns["x"].points
    ends = points.reached[1:].searchsorted(np.array([0.1, 0.9]) * points.total)
    inner = _together(points).values
    assert (inner[0], inner[-1]) == walked(points.values, *ends)
