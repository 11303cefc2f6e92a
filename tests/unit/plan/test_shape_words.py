"""The words for a column's shape are true of it."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.plan.shape import LOPSIDED, shape_of
from datacheck.profiling.points import points_of

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


def test_one_outlier_makes_a_column_heavy_and_not_skewed():
    """Without the cells beyond the fences the middle is even: the mean's fill would be right."""
    middle = np.random.default_rng(3).normal(50, 4, ROWS)
    for far in (5_000.0, -5_000.0):
        shape = shape_of(of_frame(np.append(middle, far)))
        assert abs(shape.skewness) > LOPSIDED
        assert shape.word == "heavy"
    lognormal = np.random.default_rng(3).lognormal(0, 1, ROWS)
    assert shape_of(of_frame(lognormal)).word == "skewed"


@pytest.mark.parametrize("word", ["nan", "n/a"])
def test_a_word_among_spelled_numbers_moves_no_bound(word: str):
    texts = [f"{cell},5" for cell in range(100, 400)]
    (column,) = dc.suggest(pl.DataFrame({"x": [*texts, word]})).columns
    (whole,) = dc.suggest(pl.DataFrame({"x": texts})).columns
    assert column.dtype == whole.dtype == pl.Float64
    assert column.prepare.missing_values == (word,)
    assert column.checks == whole.checks


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([f"{cell},5" for cell in range(100, 400)] + ["not weighed"], "type.numeric_text"),
        ([f"{cell} kg" for cell in range(100, 400)] + ["heavy"], "type.numeric_text"),
        ([f"2024-01-{day:02}" for day in range(1, 29)] * 9 + ["tomorrow"], "type.date_text"),
    ],
)
def test_a_draft_says_why_what_is_nearly_numbers_or_dates_stays_text(texts: list[str], code: str):
    """The words are those of the finding that `check` makes of the same table."""
    data = pl.DataFrame({"x": texts})
    drafted = dc.suggest(data)
    assert drafted.columns[0].dtype == pl.String
    (said,) = (finding.message for finding in dc.check(data).findings if finding.code == code)
    assert f"kept as text, though {code} says: {said.rstrip('.')}" in drafted.reasons["x"]


def of_frame(values):
    return points_of(dc.profile(pl.DataFrame({"x": values})).columns["x"].numbers)
