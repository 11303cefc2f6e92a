"""A short batch is measured at once: the profile is that of its columns one by one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from datacheck.profiling import measure
from datacheck.profiling.measure import ProfileKernel

if TYPE_CHECKING:
    from datacheck.profiling.model import Profile


def odd_table(rows: int = 90) -> pl.DataFrame:
    random = np.random.default_rng(rows)
    numbers = random.normal(size=rows)
    days = [date(2020, 1, 1) + timedelta(int(day)) for day in random.integers(0, 99, rows)]
    holed = pl.Series(random.integers(0, 9, rows)).set(pl.Series(numbers > 1), None)
    return pl.DataFrame(
        {
            "plain": numbers,
            "*": holed,
            "^x$": pl.Series(np.where(numbers > 0, np.nan, numbers)).set(
                pl.Series(numbers < -1), None
            ),
            "flag": numbers > 0,
            "day": days,
            "moment": pl.Series(days).cast(pl.Datetime("ms")),
            "wait": [timedelta(minutes=each) for each in range(rows)],
            "clock": pl.Series(days).cast(pl.Datetime).dt.time(),
            "money": pl.Series(numbers).cast(pl.Decimal(20, 3)),
            "wide": pl.Series([2**70 + each for each in range(rows)], dtype=pl.Int128),
            "small": pl.Series(numbers).cast(pl.Float32),
            "nothing": pl.Series([None] * rows, dtype=pl.Int8),
            "nulls": pl.Series([None] * rows, dtype=pl.Null),
            "text": [str(each) for each in numbers],
            "inside": pl.Series([{"a": each} for each in numbers]),
        }
    )


@pytest.mark.parametrize("moments", [False, True])
def test_at_once_as_one_by_one(monkeypatch: pytest.MonkeyPatch, moments: bool) -> None:
    table = odd_table()

    def profiled() -> Profile:
        kernel = ProfileKernel(table.schema, moments=moments)
        kernel.add(table[:60], 0, map)
        kernel.add(table[60:], 60, map)
        return kernel.profile("table")

    at_once = profiled()
    monkeypatch.setattr(measure, "SHORT", 0)
    alone = profiled()
    for name in table.columns:
        one, other = at_once.columns[name], alone.columns[name]
        assert (one.null, repr(one.numbers)) == (other.null, repr(other.numbers))
    if moments:
        assert at_once.to_dict() == alone.to_dict()


def test_more_columns_than_are_looked_at_together() -> None:
    rows, columns = 900, 700
    cells = np.random.default_rng(0).normal(size=(columns, rows))
    table = pl.DataFrame({f"c{at}": each for at, each in enumerate(cells)})
    kernel = ProfileKernel(table.schema)
    kernel.add(table, 0, map)
    found = kernel.profile("table").columns
    assert [found[name].numbers.values[0] for name in table.columns] == cells.min(axis=1).tolist()
