"""The words for a column's shape are true of it."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 400
RNG = np.random.default_rng(5)
COLUMNS = {
    "even": (RNG.uniform(3, 9, ROWS), "evenly spread"),
    "normal": (RNG.normal(50, 4, ROWS), "roughly normal"),
    "whole normal": (RNG.normal(50, 9, ROWS).round(), "roughly normal"),
    "two humps": (np.concatenate([RNG.normal(2, 0.3, 200), RNG.normal(4.3, 0.4, 200)]), "no tails"),
    "huge": (RNG.normal(0, 1e300, ROWS), "roughly normal"),
    "scaled": (RNG.normal(0, 1, ROWS), "roughly normal"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_shape_is_said_as_it_is(name):
    values, words = COLUMNS[name]
    reasons = dc.suggest(pl.DataFrame({"x": values})).reasons["x"]
    assert any(words in reason for reason in reasons), reasons


def test_counts_are_not_scaled_already():
    counts = np.random.default_rng(0).choice(
        [0, 1, 2, 3, 5, 24], ROWS, p=[0.6, 0.2, 0.1, 0.05, 0.04, 0.01]
    )
    assert "scaled already" not in dc.suggest(pl.DataFrame({"x": counts})).reasons["x"]


def test_a_skewed_column_that_is_scaled_is_filled_by_its_median():
    values = np.random.default_rng(0).exponential(1, ROWS)
    scaled = (values - values.min()) / (values.max() - values.min())
    reasons = dc.suggest(pl.DataFrame({"x": scaled})).reasons["x"]
    assert any("so the median" in reason for reason in reasons)
    assert "scaled already" in reasons
