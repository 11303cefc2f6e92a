"""Many short columns at once: each state is, bit by bit, the one of its column alone."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from datacheck.numeric.numbers import KEPT, Numbers
from datacheck.numeric.side_by_side import SHORT, side_by_side

KINDS = {
    "plain": lambda r, n: r.normal(size=n) * 10.0 ** r.uniform(-3, 5),
    "few": lambda r, n: r.integers(-3, 4, n) * 1.0,
    "negative zeros": lambda r, n: r.integers(-3, 1, n) * -0.0,
    "beyond integers": lambda r, n: 2.0**60 + r.integers(0, 50, n) * 256.0,
    "huge": lambda r, n: r.uniform(-1.7, 1.7, n) * 1e308,
    "tiny": lambda r, n: r.normal(size=n) * 1e-310,
    "all sizes": lambda r, n: 10.0 ** r.uniform(-308, 308, n) * r.choice([-1, 1], n),
    "nothing": lambda r, n: np.full(n, np.nan),
    "holes": lambda r, n: np.where(r.random(n) < 0.3, np.nan, r.normal(size=n)),
    "infinite": lambda r, n: np.where(r.random(n) < 0.3, r.choice([np.inf, -np.inf], n), 1.5),
    "constant": lambda r, n: np.zeros(n),
    "fourfold": lambda r, n: np.repeat(r.normal(size=n), 4)[:n],
}


def bits(state: Numbers) -> list[object]:
    """Every field of a state: arrays by their dtype and bytes, the rest as it is written."""
    found = [getattr(state, field.name) for field in fields(Numbers)]
    return [(e.dtype, e.tobytes()) if isinstance(e, np.ndarray) else repr(e) for e in found]


@pytest.mark.parametrize("sums", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 4, 5, 6, 7, 60, SHORT])
def test_each_is_what_it_is_alone(rows: int, sums: bool) -> None:
    random = np.random.default_rng(rows)
    cells = np.stack([make(random, rows) for make in KINDS.values() for _ in range(5)])
    cells = cells[random.permutation(len(cells))]
    nulls = np.array([random.integers(0, np.isnan(each).sum() + 1) for each in cells])
    before = cells.copy()
    states = side_by_side(cells, nulls, 7, sums=sums)
    np.testing.assert_array_equal(cells, before)
    for column, null, state in zip(cells, nulls, states, strict=True):
        alone = Numbers() if sums else Numbers(sums=None)
        alone.add(column, 7)
        alone.nan -= int(null)
        assert bits(state) == bits(alone)


def test_no_column_can_have_more_values_than_are_kept() -> None:
    assert SHORT <= KEPT
