"""Two columns that have changed places."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc


def table(seed, rows=600):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "systolic": rng.normal(122, 14, rows).round(),
            "diastolic": rng.normal(78, 9, rows).round(),
            "age": rng.integers(18, 90, rows),
            "dose": rng.lognormal(1, 0.5, rows),
        }
    )


def told(old, new):
    found = dc.compare(old, new).findings
    return {f.column: f.evidence.get("exchanged_with") for f in found}, found


@pytest.mark.parametrize("pair", [("systolic", "diastolic"), ("age", "dose"), ("dose", "systolic")])
def test_each_is_told_with_the_other(pair):
    one, two = pair
    new = table(2).rename({one: two, two: one}).select(table(1).columns)
    by, found = told(table(1), new.with_columns(pl.col(one, two).cast(pl.Float64)))
    assert {name: other for name, other in by.items() if other} == {one: two, two: one}
    moved = [f for f in found if f.code.startswith("drift.") and f.code != "drift.dtype"]
    assert len(moved) == len(pair)


def test_columns_that_moved_for_themselves_are_not():
    new = table(2).with_columns(pl.col("systolic", "diastolic") * 10, pl.col("dose") + 3)
    assert not any(told(table(1), new)[0].values())
    assert told(table(1), table(2)) == ({}, ())


def test_of_three_that_turned_round_none_is_guessed():
    names = ["systolic", "diastolic", "dose"]
    new = table(2).rename(dict(zip(names, [*names[1:], names[0]], strict=True)))
    assert not any(told(table(1), new.select(table(1).columns))[0].values())
