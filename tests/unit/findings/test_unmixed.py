"""What is found for many columns at once is what is found of each alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck import findings
from datacheck.findings import detect
from datacheck.findings.conversions import near_grids, on_grid
from datacheck.findings.fences import fences_of, find_fences
from datacheck.findings.long_digits import SHORT, digits_in, is_surely_long
from datacheck.findings.units import mix_in
from datacheck.findings.unmixed import find_unmixed
from datacheck.profiling.measure import measure
from datacheck.profiling.points import Points
from datacheck.profiling.stack import Stack

SHAPES = (
    lambda r, n: r.normal(50, 10, n),
    lambda r, n: r.lognormal(0, 1, n),
    lambda r, n: np.round(r.normal(170, 9, n), 1),
    lambda r, n: r.integers(0, 100, n).astype(float),
    lambda r, n: r.uniform(0, 1, n),
    lambda r, n: r.poisson(3, n).astype(float),
    lambda r, n: r.normal(0, 1, n),
    lambda r, n: np.round(r.lognormal(3, 0.4, n), 2),
    lambda r, n: r.standard_t(2, n),
    lambda r, n: r.integers(0, 3, n).astype(float),
    lambda r, n: r.normal(5, 1, n).astype(np.float32).astype(float),
)
FAULTS = (
    lambda r, x: x,
    lambda r, x: x * 1000,
    lambda r, x: x / 1000,
    lambda r, x: x * 2.54,
    lambda r, x: x * 1.8 + 32,
    lambda r, x: np.full_like(x, r.choice([-999.0, -1.0, 99.0, 0.0, 12345.0])),
    lambda r, x: -10 * x,
    lambda r, x: x * 10.0 ** r.integers(-20, 20),
)
#: Of whole columns.
SCALES = (1.0, 1.0, 1.0, 1e-300, 1e300, 1e12, 1e-9)


def drawn(seed: int, columns: int) -> pl.DataFrame:
    """Columns of many shapes, most with a fault in some of their cells."""
    random = np.random.default_rng(seed)
    rows = int(random.choice([3, 8, 20, 40, 80, 200, 500]))
    made = {}
    for place in range(columns):
        cells = np.array(random.choice(SHAPES)(random, rows))
        spoilt = random.random(rows) < random.choice([0.01, 0.03, 0.1, 0.45])
        cells[spoilt] = random.choice(FAULTS)(random, cells[spoilt])
        cells *= random.choice(SCALES)
        made[f"c{place}"] = np.where(np.isfinite(cells), cells, 0.0)
    return pl.DataFrame(made)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_finding_hides_where_columns_are_looked_at_together(seed: int) -> None:
    with np.errstate(all="ignore"):
        table = drawn(seed, 30).lazy()
        together = detect(measure(table, moments=False))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(findings, "find_unmixed", list)
            patch.setattr(findings, "find_fences", list)
            alone = detect(measure(table, moments=False))
    assert together == alone


def test_most_columns_of_one_unit_are_known_to_be_unmixed() -> None:
    random = np.random.default_rng(0)
    columns = {f"c{place}": random.normal(50, 10, 200) for place in range(200)}
    profile = measure(pl.DataFrame(columns).lazy(), moments=False)
    points = [column.points for column in profile.columns.values()]
    find_unmixed(points)
    known = [each for each in points if mix_in in each.facts]
    assert len(known) >= 0.8 * len(points)
    assert all(each.facts[mix_in] is None for each in known)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_many_columns_have_the_fences_of_each_bit_for_bit(seed: int) -> None:
    with np.errstate(all="ignore"):
        sides = [measure(drawn(seed, 30).lazy(), moments=False) for _ in range(2)]
        together, alone = ([c.points for c in side.columns.values()] for side in sides)
        find_fences(together)
        assert [each.facts[fences_of] for each in together] == [fences_of(each) for each in alone]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_stack_has_each_columns_quantiles(seed: int) -> None:
    random = np.random.default_rng(seed)
    columns = []
    for _ in range(5):
        values = np.unique(random.integers(-50, 50, random.integers(1, 40)).astype(float))
        columns.append(Points(values, random.integers(1, 5, len(values)).astype(float), exact=True))
    stack = Stack.of(columns)
    for level in (0.0, 0.05, 0.3, 0.5, 0.95, 1.0):
        expected = [each.quantile(level) for each in columns]
        np.testing.assert_allclose(stack.quantile(level), expected, rtol=1e-12, atol=1e-12)
    assert stack.totals.tolist() == [each.total for each in columns]
    assert stack.number(stack.values > 0).tolist() == [sum(c.values > 0) for c in columns]


@settings(max_examples=200, deadline=None)
@given(
    digits=st.integers(1, SHORT),
    mantissa=st.integers(1, 10**SHORT - 1),
    power=st.integers(-320, 290),
)
def test_a_number_of_few_digits_is_never_surely_long(
    digits: int, mantissa: int, power: int
) -> None:
    value = float(f"{str(mantissa)[:digits]}e{power}")
    assert not is_surely_long(np.array([value]))[0]


def test_most_computed_numbers_are_surely_long() -> None:
    values = np.random.default_rng(1).lognormal(0, 3, 2_000)
    told = is_surely_long(values)
    assert (digits_in(values)[told] > SHORT).all()
    assert told.sum() >= 0.99 * (digits_in(values) > SHORT).sum()


@pytest.mark.parametrize(("coarsest", "finest"), [(-5, 6), (0, 8)])
def test_what_is_near_no_grid_is_on_none(coarsest: int, finest: int) -> None:
    r = np.random.default_rng(finest)
    for size in range(-12, 20):
        plain = r.normal(size=200) * 10.0**size
        round_ones = np.round(r.normal(size=200) * 100) * 10.0 ** r.integers(-9, 12)
        moved = round_ones * (1 + r.normal(size=200) * 10.0 ** r.integers(-13, -7, 200))
        odd = [0.0, -0.0, 1e308, -1e308, 5e-324, 1e-9, 1e-4, 1e5]
        values = np.concatenate([plain, round_ones, moved, odd])
        near = near_grids(values, coarsest, finest)
        for places in range(coarsest, finest + 1):
            assert not (on_grid(values, places) & ~near).any()
