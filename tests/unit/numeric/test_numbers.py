"""The state of a column's numbers: exact, and the same whatever the batches."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.numeric import numbers, ordered_bits
from datacheck.numeric.moments import Sums, slice_buffers
from datacheck.numeric.numbers import Numbers

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.floats()


def state(values: np.ndarray) -> Numbers:
    measured = Numbers()
    measured.add(values, 0)
    return measured


def same(left: Numbers, right: Numbers) -> None:
    for name in Numbers.__slots__:
        one, other = getattr(left, name), getattr(right, name)
        if isinstance(one, np.ndarray):
            assert np.array_equal(one, other), name
        elif name == "sums":
            assert one.mean(max(left.count, 1)) == other.mean(max(right.count, 1))
            assert one.std(max(left.count, 1)) == other.std(max(right.count, 1))
        else:
            assert one == other, name


@given(st.lists(FINITE, min_size=2))
def test_keys_keep_the_order_and_the_values(values):
    cells = np.array(values)
    ordered = ordered_bits.ordered(cells)
    assert np.array_equal(np.argsort(ordered, kind="stable"), np.argsort(cells, kind="stable"))
    assert np.array_equal(ordered_bits.value_of(ordered), cells + 0.0)
    low, high = ordered_bits.bin_edges(ordered_bits.bins_of(ordered))
    assert ((low <= cells) & (cells <= high)).all()


@given(st.lists(ANY, max_size=60), st.integers(0, 60), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_whole_in_any_order(values, cut, random):
    cells = np.array(values, dtype=np.float64)
    parts = state(cells[:cut]).merged(state(cells[cut:]), min(cut, len(cells)))
    same(parts, state(cells))
    shuffled = list(values)
    random.shuffle(shuffled)
    again = state(np.array(shuffled, dtype=np.float64))
    again.lowest = again.highest = parts.lowest = parts.highest = ()
    same(parts, again)


def test_a_long_column_is_the_same_in_any_batches(monkeypatch):
    rng = np.random.default_rng(3)
    cells = np.concatenate([rng.lognormal(0, 2, 60_000), -rng.lognormal(3, 1, 30_000)])
    cells[rng.random(len(cells)) < 0.1] = np.nan
    whole = state(cells)
    assert not whole.exact
    assert len(whole.values) == numbers.KEPT
    for ends in ([0, 10_000, 90_000], [0, 3, 50_001, 90_000], range(0, 90_001, 9_000)):
        parts = Numbers()
        for begin, end in itertools.pairwise(ends):
            part = Numbers()
            part.add(cells[begin:end], 0)
            parts = parts.merged(part, begin)
        same(parts, whole)
        parts = Numbers()
        for begin, end in itertools.pairwise(ends):
            parts.add(cells[begin:end], begin, more=True)
        parts.settle()
        same(parts, whole)
    monkeypatch.setattr(numbers, "BLOCK", 777)
    same(state(cells), whole)


@pytest.mark.parametrize("distinct", [3_000, 4_096, 4_097, 6_000, 50_000, 10**9])
def test_the_values_with_the_least_hashes_are_kept_with_all_their_counts(distinct):
    """However many they are: a guess of the highest hash that counts may be too low."""
    rng = np.random.default_rng(distinct)
    cells = rng.integers(0, distinct, 200_000).astype(np.float64)
    found = state(cells)
    values, counts = np.unique(cells, return_counts=True)
    hashes = ordered_bits.hashed(ordered_bits.ordered(values))
    kept = np.sort(np.argsort(hashes)[: numbers.KEPT])
    assert np.array_equal(found.values, values[kept])
    assert np.array_equal(found.value_counts, counts[kept])
    assert found.exact == (len(values) <= numbers.KEPT)


def test_cells_that_were_left_out_before_change_no_row():
    rng = np.random.default_rng(5)
    cells = rng.normal(size=70_000)
    cells[rng.random(len(cells)) < 0.3] = np.nan
    cells[[100, 60_000]] = np.inf
    present = np.flatnonzero(~np.isnan(cells))
    found = Numbers()
    found.add(cells[present], 0, lambda places: present[places])
    whole = state(cells)
    whole.nan = 0
    same(found, whole)


@given(st.lists(FINITE, min_size=1, max_size=40))
def test_the_mean_is_the_exact_one_rounded_once(values):
    cells = np.array(values)
    exact = sum(map(Fraction, values)) / len(values)
    top = max(abs(value) for value in values)
    assert abs(Fraction(state(cells).sums.mean(len(values))) - exact) <= max(
        abs(exact) * Fraction(2) ** -52, Fraction(top) * Fraction(2) ** -100, Fraction(5e-324)
    )


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_the_deviation_survives_any_magnitude_and_offset(scale, offset):
    rng = np.random.default_rng(0)
    values = (rng.normal(size=1000) + offset) * scale
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / len(exact)
    expected = math.sqrt(variance / Fraction(scale) ** 2) * scale
    assert state(values).sums.std(1000) == pytest.approx(expected, rel=1e-12)


def test_sums_of_huge_values_do_not_overflow():
    sums = Sums()
    sums.add_chunk(np.array([1.7e308, 1.7e308, -1.7e308]), 1.7e308, slice_buffers(3))
    assert sums.mean(3) == pytest.approx(1.7e308 / 3)


def test_odd_cells_are_counted_apart():
    cells = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, -1.5, 3.0, 2.0**53 + 2, 1e39, 1e-40])
    found = state(cells)
    assert (found.count, found.nan, found.infinite_above, found.infinite_below) == (7, 1, 1, 1)
    assert (found.zero, found.negative, found.whole) == (2, 1, 5)
    assert (found.beyond_integers, found.float32_overflow, found.float32_underflow) == (2, 1, 1)
    assert found.lowest[0] == (-1.5, 5)
    assert found.highest[0] == (1e39, 8)


def test_extremes_name_the_first_row_of_ties():
    found = state(np.array([5.0, np.nan, 1.0, 5.0, 1.0, 1.0, 2.0, 2.0, 2.0]))
    assert found.lowest == ((1.0, 2), (1.0, 4), (1.0, 5), (2.0, 6), (2.0, 7))
    assert found.highest[:2] == ((5.0, 0), (5.0, 3))


def test_the_highest_zero_has_no_sign():
    assert math.copysign(1.0, state(np.array([0.0, -1.0, 0.0])).highest[0][0]) == 1.0
