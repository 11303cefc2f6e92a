"""Sums that do not depend on order, against exact rational arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.numeric.sums import CHUNK, chunks, exponent, mean_of, squares, std_of, total

MAGNITUDES = st.sampled_from([1e-300, 1e-12, 1.0, 1e9, 1e200, 1e308])


def mean_and_std(values: np.ndarray) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    scale = exponent(float(np.abs(known).max()))
    mean = mean_of(total(chunks(values), scale), len(known), scale)
    half = max(abs(known.min() / 2 - mean / 2), abs(known.max() / 2 - mean / 2))
    deviation = exponent(float(half)) + 1
    return mean, std_of(*squares(chunks(values), mean, deviation), len(known), deviation)


def exact(values: np.ndarray) -> tuple[Fraction, Fraction]:
    known = [Fraction(float(v)) for v in values if not math.isnan(v)]
    mean = sum(known) / len(known)
    return mean, sum((v - mean) ** 2 for v in known) / len(known)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), MAGNITUDES)
def test_mean_is_near_the_exact_one(parts: list[float], magnitude: float) -> None:
    values = np.array(parts) * magnitude
    mean, _ = mean_and_std(values)
    true, _ = exact(values)
    largest = float(np.abs(values).max())
    # Half an ulp for the one rounding, and 2**-74 of the largest for the grid.
    allowed = math.ulp(float(true)) / 2 + largest * 2.0**-74 + 5e-324
    assert abs(Fraction(mean) - true) <= Fraction(allowed)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=60), MAGNITUDES)
def test_std_is_near_the_exact_one(parts: list[float], magnitude: float) -> None:
    values = np.array(parts) * magnitude
    _, std = mean_and_std(values)
    _, variance = exact(values)
    if variance == 0:
        assert std == 0.0
        return
    # Compared as a ratio of squares, for the variance itself may be beyond a double.
    ratio = Fraction(std) ** 2 / variance
    assert float(ratio) == pytest.approx(1.0, rel=1e-13 if std > 1e-290 else 1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e9, 1.7e18])
def test_an_offset_loses_no_digits(offset: float) -> None:
    values = offset + np.random.default_rng(0).integers(-1000, 1000, 5000) * 256.0
    _, std = mean_and_std(values)
    assert std == pytest.approx(math.sqrt(exact(values)[1]), rel=1e-14)


def test_order_and_batches_change_no_bit() -> None:
    rng = np.random.default_rng(1)
    values = rng.lognormal(sigma=8.0, size=3 * CHUNK + 17) * rng.choice([-1.0, 1.0], 3 * CHUNK + 17)
    values[::7] = np.nan
    scale = exponent(float(np.nanmax(np.abs(values))))
    first = total(chunks(values), scale)
    second = squares(chunks(values), 3.5, scale + 1)
    for _ in range(3):
        shuffled = rng.permutation(values)
        parts = np.split(shuffled, np.sort(rng.integers(0, len(values), 5)))
        assert sum(total(chunks(part), scale) for part in parts) == first
        pairs = [squares(chunks(part), 3.5, scale + 1) for part in parts]
        assert tuple(map(sum, zip(*pairs, strict=True))) == second


def test_numpy_agrees_on_plain_data() -> None:
    values = np.random.default_rng(2).normal(50.0, 7.0, 100_000)
    mean, std = mean_and_std(values)
    assert mean == pytest.approx(values.mean(), rel=1e-14)
    assert std == pytest.approx(values.std(), rel=1e-13)
