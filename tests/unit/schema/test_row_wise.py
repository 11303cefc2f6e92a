"""Which expressions look at one row, and which give one verdict for all, with any polars."""

from __future__ import annotations

import polars as pl
import pytest

from datacheck.schema.custom import has_one_verdict, looks_at_one_row

X, Y = pl.col("x"), pl.col("y")
DTYPES = {"x": pl.Float64(), "y": pl.Float64(), "s": pl.String(), "l": pl.List(pl.Int64)}

ONE = [
    X.mean() > 1,
    X.null_count() == 0,
    (X > Y).all(),
    X.first() == Y.last(),
    X.get(0) > 0,
    pl.len() > 3,
    X.n_unique() == pl.len(),
    X.implode().list.len() > 2,
    pl.lit(value=True),
    X.quantile(0.5).is_between(0, 1) & (Y.std() < 3),
    pl.corr("x", "y") > 0.5,
    pl.col("s").sort().str.join("") == "ab",
    (X.sum() > 0).fill_null(value=True),
    ~(pl.col("l").list.sum().max() > 3),
]
EACH = [
    X > 1,
    X.mean() < X,
    X.cum_sum() > 1,
    X.rank() > 1,
    X.is_duplicated(),
    X.sum().over("s") > 1,
    X.shift() > 0,
    pl.col("s").str.len_chars() > 3,
    pl.col("l").list.sum() > 3,
    X.unique() > 1,
    X.filter(Y > 1) > 1,
    X.map_batches(lambda cells: cells > 1, return_dtype=pl.Boolean),
]


@pytest.mark.parametrize("expression", ONE, ids=str)
def test_one_verdict_for_all_rows(expression: pl.Expr) -> None:
    assert has_one_verdict(expression, DTYPES)
    assert not looks_at_one_row(expression)


@pytest.mark.parametrize("expression", EACH, ids=str)
def test_a_verdict_for_each_row(expression: pl.Expr) -> None:
    assert not has_one_verdict(expression, DTYPES)


def test_what_cannot_be_asked_has_none() -> None:
    assert not has_one_verdict(pl.col("absent").mean() > 1, DTYPES)
