"""Columns that are known not to have moved, many at once, are those that no test tells of."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.findings import compare_profiles, drift
from datacheck.findings.changes import _by_digits, change_between
from datacheck.findings.durations import changed_dates
from datacheck.findings.moments import days_of
from datacheck.findings.resolution import changed_resolution
from datacheck.findings.unmoved import unmoved
from datacheck.findings.untold import untold
from datacheck.profiling.measure import measure
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.profiling.stack import Pairs, Stack
from tests.judgement.faults import KINDS, planted
from tests.judgement.tables import halves
from tests.unit.findings.test_unmixed import SCALES, SHAPES

MORE_SHAPES = (
    lambda r, n: r.integers(0, 2, n).astype(float),
    lambda r, n: r.integers(1, 6, n).astype(float),
    lambda r, n: np.where(r.random(n) < 0.7, 0, r.lognormal(0, 1, n)),
    lambda r, n: np.round(r.exponential(1000, n), -2),
    lambda r, n: np.full(n, 7.0),
    lambda r, n: (r.random(n) < 0.01) * 1.0,
    lambda r, n: r.pareto(1.2, n),
    lambda r, n: r.normal(1e9, 1, n),
)
#: What may have been done to a whole column.
CHANGES = (
    *[lambda r, x: x] * 8,
    lambda r, x: x * r.choice([1000, 0.01, 2.54, 0.9, 1.3]),
    lambda r, x: x * 1.8 + 32,
    lambda r, x: (x - x.min()) / max(np.ptp(x), 1e-9),
    lambda r, x: (x - x.mean()) / (x.std() + 1e-12),
    lambda r, x: -x,
    lambda r, x: np.abs(x),
    lambda r, x: np.round(x, r.integers(-1, 3)),
    lambda r, x: np.clip(x, *np.quantile(x, [0.25, 0.75])),
    lambda r, x: np.clip(x, None, np.quantile(x, 0.97)),
    lambda r, x: np.resize(x[x <= np.quantile(x, 0.9)], len(x)),
    lambda r, x: r.choice(x, len(x)),
    lambda r, x: np.repeat(x, 3)[: len(x)],
    lambda r, x: x + r.choice([0.05, 0.1, 0.2, 0.5]) * x.std(),
    lambda r, x: x + r.choice([-1, 1]),
    lambda r, x: x + r.normal(0, 0.3 * x.std(), len(x)),
    lambda r, x: np.full_like(x, np.median(x)),
)
#: ... and to some of its cells.
IN_SOME = (
    lambda r, x: np.full_like(x, r.choice([-999.0, -1.0, 0.0, 99.0, 9999.0, 12345.0])),
    lambda r, x: x * r.choice([1000, 0.01, 2.54, 10]),
    lambda r, x: np.median(x) + r.choice([2, 5, 20]) * x.std() * r.choice([-1, 1], len(x)),
)
LEVELS = (1.5e-6, 7.5e-4, 0.05)


def drawn(seed: int, columns: int) -> tuple[Profile, Profile]:
    """Two tables of columns of many shapes, some of them changed."""
    random = np.random.default_rng(seed)
    rows = random.choice([8, 9, 20, 40, 100, 200, 400], 2).tolist()
    sides: tuple[dict[str, np.ndarray], ...] = ({}, {})
    for place in range(columns):
        shape, scale = random.choice([*SHAPES, *MORE_SHAPES]), random.choice(SCALES)
        before, now = (np.array(shape(random, n)) * scale for n in rows)
        now = random.choice(CHANGES)(random, now)
        if random.random() < 0.3:
            some = random.random(len(now)) < random.choice([0.01, 0.03, 0.1, 0.3])
            now = np.where(some, random.choice(IN_SOME)(random, now), now)
        for side, cells in zip(sides, (before, now), strict=True):
            side[f"c{place}"] = np.where(np.isfinite(cells), cells, 0.0)
    reference, data = (measure(pl.DataFrame(side).lazy(), moments=False) for side in sides)
    return reference, data


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_test_tells_of_a_column_that_has_not_moved(seed: int) -> None:
    with np.errstate(all="ignore"):
        reference, data = drawn(seed, 30)
        pairs = {n: (reference.columns[n].points, data.columns[n].points) for n in data.columns}
        for alpha in LEVELS:
            for name in unmoved(pairs, alpha):
                assert not change_between(*pairs[name]).is_real(alpha)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_digits_tell_nothing_of_a_column_of_which_that_is_known(seed: int) -> None:
    with np.errstate(all="ignore"):
        reference, data = drawn(seed, 30)
        sides = {n: (reference.columns[n], data.columns[n]) for n in data.columns}
        digits, resolution = untold({n: (a.points, b.points) for n, (a, b) in sides.items()})
        for name in digits:
            assert _by_digits(data.columns[name], *(side.points for side in sides[name])) is None
        for name in resolution:
            assert changed_resolution(*sides[name], max(LEVELS)) is None


@cache
def sides_of(name: str) -> tuple[pl.DataFrame, pl.DataFrame, Profile, Profile]:
    first, second = halves(name, 1)
    return first, second, measure(first.lazy()), measure(second.lazy())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["statsmodels anes96", "vega seattle-weather"])
def test_real_tables_show_the_same_if_each_column_is_tested_alone(name: str, kind: str) -> None:
    _, second, reference, whole = sides_of(name)
    for fault in KINDS[kind]:
        columns = dict(whole.columns)
        for faulty in planted(name, 1, fault, second, 2):
            columns |= measure(faulty.to_frame().lazy()).columns
        data = Profile(whole.name, whole.rows, columns, whole.gaps)
        together = compare_profiles(reference, data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(drift, "unmoved", lambda *_: set())
            patch.setattr(drift, "untold", lambda *_: (set(), set()))
            assert compare_profiles(reference, data) == together, fault.name


def test_most_columns_that_have_not_changed_are_known_to() -> None:
    random = np.random.default_rng(0)
    cleared, seen = Counter[int](), Counter[int]()
    for _ in range(20):
        for at, shape in enumerate(SHAPES):
            sides = [Stack.of([points(shape(random, 200))]) for _ in range(2)]
            pair = tuple(Points(each.values, each.weights, exact=True) for each in sides)
            seen[at] += 1
            cleared[at] += "c" in unmoved({"c": pair}, 1.5e-6)
    assert all(cleared[at] >= 0.8 * seen[at] for at in seen), cleared


def points(cells: np.ndarray) -> Points:
    values, counts = np.unique(cells, return_counts=True)
    return Points(values, counts.astype(float), exact=True)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_dates_that_have_not_moved_show_no_change(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.choice([8, 30, 200], 2)
    sides: list[dict[str, list[dt.datetime]]] = [{}, {}]
    for place in range(20):
        first, span = random.choice([0, 10_000, 15_000]), random.choice([3, 300, 5000])
        for side, (made, n) in enumerate(zip(sides, rows, strict=True)):
            late = side * random.choice([0, 0, 0, span / 10, 1462, -span])
            made[f"c{place}"] = [
                dt.datetime(1970, 1, 1) + dt.timedelta(days=float(day))  # noqa: DTZ001
                for day in np.round(first + late + span * random.random(n), random.choice([0, 3]))
            ]
    reference, data = (measure(pl.DataFrame(side).lazy()) for side in sides)
    pairs = {
        name: tuple(days_of(side.columns[name]).points for side in (reference, data))
        for name in data.columns
    }
    for alpha in LEVELS:
        for name in unmoved(pairs, alpha):
            assert not list(changed_dates(reference.columns[name], data.columns[name], alpha))


def test_pairs_have_both_distributions_at_every_value() -> None:
    random = np.random.default_rng(3)
    sides = [[points(random.integers(0, 9, random.integers(1, 30))) for _ in "abc"] for _ in "ab"]
    pairs = Pairs.of(*map(Stack.of, sides))
    for at, (start, end) in enumerate(zip(pairs.stack.starts, pairs.stack.ends, strict=True)):
        values = pairs.stack.values[start:end]
        assert values.tolist() == sorted({*sides[0][at].values, *sides[1][at].values})
        for side, own in zip((pairs.theirs, pairs.ours), sides, strict=True):
            shares = side.reached[start:end] / side.totals[at]
            np.testing.assert_allclose(shares, own[at].up_to(values))
