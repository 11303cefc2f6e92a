"""Quantities that two features make: found whatever the sign, the factor and the rounding."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.findings.leak_pairs import pairs_of

ROWS = 600
RNG = np.random.default_rng(3)
SOLD = RNG.lognormal(4.0, 0.8, ROWS).round(2)
COST = RNG.lognormal(3.0, 0.8, ROWS).round(2)
OTHER = RNG.normal(size=ROWS)
COUNT, MORE = RNG.poisson(30, ROWS).astype(float), RNG.poisson(55, ROWS).astype(float)

MADE = {
    "sum": (COUNT + MORE, COUNT, MORE, "+", 1.0),
    "difference": ((SOLD - COST).round(2), SOLD, COST, "-", 1.0),
    "difference of the second": (SOLD - COST, SOLD, COST, "-", 1.0),
    "product": (SOLD * COST, SOLD, COST, "*", 1.0),
    "share": ((100 * COST / SOLD).round(1), COST, SOLD, "/", 100.0),
    "in pounds": ((COUNT - MORE) / 0.45359237, COUNT, MORE, "-", 2.2046),
    "in 32 bits": ((SOLD * COST).astype(np.float32).astype(float), SOLD, COST, "*", 1.0),
}


@pytest.mark.parametrize("how", list(MADE))
@pytest.mark.parametrize("turned", [False, True])
def test_a_pair_that_makes_the_target_is_found(how, turned):
    target, one, other, sign, factor = MADE[how]
    features = {"other": OTHER, "a": one, "b": other}
    if turned:
        features = dict(reversed(features.items()))
    [pair] = pairs_of(target, features)
    named = (pair.first, pair.second)
    assert named == ("a", "b") if sign in "-/" else set(named) == {"a", "b"}
    assert pair.sign == sign
    assert pair.factor == pytest.approx(factor if how != "in pounds" else 1 / 0.45359237)


@pytest.mark.parametrize("how", list(MADE))
def test_one_row_that_is_off_or_a_little_noise_is_honest(how):
    target, one, other, *_ = MADE[how]
    off = target.copy()
    off[77] += 5 * float(np.std(target))
    spread = 0.05 * float(np.std(target))
    noisy = target + RNG.normal(size=ROWS) * spread
    features = {"other": OTHER, "a": one, "b": other}
    assert not list(pairs_of(off, features))
    assert not list(pairs_of(noisy, features))
    assert not list(pairs_of(noisy.round(1), features))


@pytest.mark.parametrize("seed", range(20))
def test_chance_makes_no_pair_of_many_columns_of_small_counts(seed):
    rng = np.random.default_rng(seed)
    cells = {f"c{at}": rng.integers(0, 6, 60).astype(float) for at in range(80)}
    assert not list(pairs_of(rng.integers(0, 30, 60).astype(float), cells))
    whole = rng.integers(0, 40, 60) * rng.integers(0, 2, 60)
    assert not list(pairs_of(whole.astype(float), cells))


def test_missing_cells_constants_and_few_rows_are_passed_over():
    one = SOLD.copy()
    one[::15] = np.nan
    features = {"a": one, "b": COST, "none": np.full(ROWS, np.nan), "same": np.ones(ROWS)}
    [pair] = pairs_of(SOLD - COST, features)
    assert (pair.first, pair.second, pair.sign) == ("a", "b", "-")
    one[::2] = np.nan
    assert not list(pairs_of(SOLD - COST, features))
    few = {"a": SOLD[:11], "b": COST[:11]}
    assert not list(pairs_of(few["a"] - few["b"], few))
    assert not list(pairs_of(SOLD, {"none": features["none"], "same": features["same"]}))


def test_a_check_tells_the_pair_and_what_to_do():
    start = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    begun = [start + dt.timedelta(minutes=int(m)) for m in RNG.integers(0, 90_000, ROWS)]
    took = RNG.integers(60, 7200, ROWS)
    done = [at + dt.timedelta(seconds=int(s)) for at, s in zip(begun, took, strict=True)]
    table = pl.DataFrame({"x": OTHER, "begun": begun, "done": done, "seconds": took})
    [leak] = [f for f in dc.check(table, target="seconds").findings if f.code == "target.leak"]
    assert (leak.column, leak.evidence["with"], leak.evidence["sign"]) == ("done", "begun", "-")
    assert leak.count == ROWS
    assert leak.evidence["factor"] == 1e-6
    assert leak.fix is None
    assert "in every row" in leak.message
    # A class is no quantity, and what gives the target away alone is told alone.
    told = dc.check(table.with_columns(copy=pl.col("seconds") * 2.5), target="seconds").findings
    assert {f.column for f in told if f.code == "target.leak"} == {"copy", "done"}
