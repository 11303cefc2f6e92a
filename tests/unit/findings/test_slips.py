"""A decimal point in the wrong place, in columns whose tails leave room for it."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 300


def column(name, seed):
    rng = np.random.default_rng(seed)
    return {
        "normal": rng.normal(60, 6, ROWS).round(1),
        "skewed": rng.lognormal(3, 0.5, ROWS).round(1),
        "prices": rng.lognormal(5, 0.7, ROWS).round(2),
    }[name]


def told(cells):
    found = dc.check(pl.DataFrame({"x": cells})).findings
    return [f for f in found if f.code == "outlier.value"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [100.0, 0.01])
@pytest.mark.parametrize("name", ["normal", "skewed", "prices"])
def test_a_point_that_slipped_by_two_is_told_with_its_row(name, factor, seed):
    cells = column(name, seed)
    middle = int(np.argsort(cells)[ROWS // 2])
    cells[middle] = cells[middle] * factor
    assert middle in {row for finding in told(cells) for row in finding.rows}


def test_what_was_meant_is_said():
    cells = column("prices", 1)
    middle = int(np.argsort(cells)[ROWS // 2])
    meant = cells[middle]
    cells[middle] = meant / 100
    [finding] = told(cells)
    assert finding.evidence["meant"] == pytest.approx(meant)
    assert "decimal point" in finding.message


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["normal", "skewed", "prices"])
def test_clean_columns_have_no_warning(name, seed):
    assert not [f for f in told(column(name, seed + 50)) if f.severity != "info"]


@pytest.mark.parametrize("seed", range(4))
def test_heavy_tails_are_a_shape(seed):
    cells = np.random.default_rng(seed).pareto(1.2, ROWS) + 1
    assert not [f for f in told(cells) if f.severity != "info"]


@pytest.mark.parametrize("power", [2, 3])
def test_whole_numbers_that_are_not_round_have_no_round_one_that_slipped(power):
    cells = np.random.default_rng(power).permutation(np.arange(137, 137 + ROWS) * 10**power // 100)
    assert not told([2, *cells.tolist()])


def test_round_whole_numbers_have():
    cells = np.random.default_rng(1).integers(150, 600, ROWS) * 100
    assert "decimal point" in told([200, *cells.tolist()])[0].message
