"""Order statistics and quantiles, against numpy bit for bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from datacheck.numeric import quantiles as module
from datacheck.numeric.quantiles import OrderStatistics, interpolate, position, quantile

QS = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0]
FLOATS = st.floats(-1e300, 1e300) | st.just(math.nan)


@given(arrays(np.float64, st.integers(1, 200), elements=FLOATS))
def test_quantiles_are_numpys_own(values: np.ndarray) -> None:
    if np.isnan(values).all():
        return
    # numpy's -0.0 depends on the order of the rows, so both sides add 0.0.
    expected = np.nanquantile(values, QS) + 0.0
    order = OrderStatistics(values)
    found = np.array([quantile(q, order.count, order.pair) for q in QS])
    assert (found + 0.0).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "make",
    [
        lambda rng, n: rng.lognormal(size=n),
        lambda rng, n: np.arange(n, dtype=float),
        lambda rng, n: rng.integers(0, 3, n).astype(float),
        lambda rng, n: np.zeros(n),
        lambda rng, n: np.where(np.arange(n) % 2, 1e308, -1e308),
        lambda rng, n: np.tile(rng.normal(size=7), n // 7 + 1)[:n],
    ],
)
def test_brackets_give_what_a_sort_gives(make: object) -> None:
    rng = np.random.default_rng(3)
    values = make(rng, 3 * module.SMALL)  # type: ignore[operator]
    values[rng.random(len(values)) < 0.05] = np.nan
    order = OrderStatistics(values)
    ordered = np.sort(values[~np.isnan(values)])
    for rank in [0, 1, len(ordered) // 4, len(ordered) // 2, len(ordered) - 2, len(ordered) - 1]:
        following = min(rank + 1, len(ordered) - 1)
        assert order.pair(rank) == (ordered[rank], ordered[following])
    for value in (ordered[0], ordered[len(ordered) // 3], ordered[-1], math.inf, 0.5):
        assert order.below(value) == np.count_nonzero(ordered < value)


def test_a_sample_that_misses_costs_time_and_not_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(0).normal(size=2 * module.SMALL)
    monkeypatch.setattr(OrderStatistics, "_bracket", lambda self, rank: (5.0, 6.0))
    order = OrderStatistics(values)
    assert order.pair(1000)[0] == np.sort(values)[1000]


def test_infinities_rank_at_the_ends() -> None:
    order = OrderStatistics(np.array([1.0, -np.inf, np.nan, np.inf]))
    assert [order.pair(rank)[0] for rank in range(3)] == [-math.inf, 1.0, math.inf]


def test_interpolation_never_overflows() -> None:
    assert interpolate(-1.7e308, 1.7e308, 0.75) == pytest.approx(0.85e308)
    assert interpolate(1.0, math.inf, 0.0) == 1.0
    assert interpolate(-math.inf, math.inf, 0.7) == math.inf


@given(st.floats(0, 1), st.integers(1, 10**9))
def test_a_position_is_a_rank_and_a_share(q: float, count: int) -> None:
    rank, share = position(q, count)
    assert 0 <= rank < count
    assert 0.0 <= share < 1.0
