"""The codes of a table's columns, taken together, are those of each column."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from datacheck import columns
from datacheck.rows.cells import codes, codes_of


def table(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(rows)
    numbers = random.integers(-3, 4, rows) * 0.5
    holed = pl.Series(numbers).set(pl.Series(numbers > 0.5), None)
    days = [date(2020, 1, 1) + timedelta(int(day)) for day in random.integers(0, 9, rows)]
    wide = [2**53 + int(each) for each in random.integers(-2, 3, rows)]
    made = {
        "*": pl.Series(numbers),
        "^x$": holed,
        "nan": pl.Series(np.where(numbers > 0, np.nan, numbers)),
        "small": holed.cast(pl.Float32),
        "whole": pl.Series(numbers).cast(pl.Int64),
        "wide": pl.Series(wide),
        "flag": pl.Series(numbers > 0),
        "day": pl.Series(days),
        "ms": pl.Series(days).cast(pl.Datetime("ms")),
        "us": pl.Series(days).cast(pl.Datetime("us")),
        "text": holed.cast(pl.String),
        "category": holed.cast(pl.String).cast(pl.Categorical),
        "enum": pl.Series(["a", "b"] * rows)[:rows].cast(pl.Enum(["b", "a"])),
        "inside": pl.Series([[each] for each in numbers]),
        "money": holed.cast(pl.Decimal(9, 2)),
        "nothing": pl.Series([None] * rows),
    }
    twice = {f"{name} again": series.reverse() for name, series in made.items()}
    return pl.DataFrame(made | twice)


@pytest.mark.parametrize("together", [1, 40, 2**18])
@pytest.mark.parametrize("rows", [0, 1, 30])
def test_together_as_alone(monkeypatch: pytest.MonkeyPatch, rows: int, together: int) -> None:
    monkeypatch.setattr(columns, "TOGETHER", together)
    frame = pl.concat([table(rows), table(rows)], rechunk=False)
    found = codes_of(frame, frame.columns)
    assert list(found) == frame.columns
    for name in frame.columns:
        np.testing.assert_array_equal(found[name], codes(frame[name]))
