"""Units among the others in computed columns: told by long digits, or by exact pairs."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 300
TAKEN = np.arange(ROWS) % 4 == 1
FACTORS = [2.54, 0.3048, 0.45359237, 1.609344]


def written(values, digits):
    return np.array([float(f"{value:.{digits}g}") for value in values])


def mixes(cells):
    found = dc.check(pl.DataFrame({"x": cells})).findings
    return [f for f in found if f.code == "scale.unit_mix"]


COMPUTED = {
    "of six digits": lambda rng: written(rng.lognormal(-4, 1, ROWS), 6),
    "around zero": lambda rng: written(rng.normal(0, 0.01, ROWS), 7),
    "of fifteen digits": lambda rng: written(rng.lognormal(6, 0.5, ROWS), 15),
    "that repeat": lambda rng: rng.choice(rng.normal(0, 0.05, 40), ROWS),
}


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("shape", COMPUTED)
def test_a_second_unit_is_told_in_numbers(shape, factor):
    cells = COMPUTED[shape](np.random.default_rng(7))
    [finding] = mixes(np.where(TAKEN, cells * factor, cells))
    assert finding.evidence["factor"] == pytest.approx(factor)
    assert finding.count >= 0.8 * TAKEN.sum()
    assert set(finding.rows) <= set(np.flatnonzero(TAKEN).tolist())


def test_what_is_undone_is_told_no_more():
    cells = COMPUTED["of six digits"](np.random.default_rng(8))
    mended, log = dc.repair(pl.DataFrame({"x": np.where(TAKEN, cells / 2.54, cells)}), unsafe=True)
    assert log.height == TAKEN.sum()
    np.testing.assert_allclose(mended["x"].to_numpy(), cells, rtol=1e-14)
    assert not mixes(mended["x"])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "draw",
    [
        *COMPUTED.values(),
        lambda rng: np.arange(ROWS) / 4 + 1945,
        lambda rng: (rng.integers(0, 40_000_000, ROWS) / 1024).astype(np.float32).astype(float),
        lambda rng: rng.choice(32 + 1.8 * np.arange(-20, 40), ROWS),
        lambda rng: rng.integers(1, 200, ROWS) * 0.1,
        lambda rng: rng.normal(0, 1, ROWS) / 3,
    ],
)
def test_one_unit_is_left_alone(draw, seed):
    assert not mixes(draw(np.random.default_rng(seed)))
