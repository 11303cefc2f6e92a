"""The codes of several columns, asked in one query, are those of each column asked alone."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from datacheck.rows.cells import codes, codes_of

ODD = [1.5, None, float("nan"), -0.0]
FRAME = pl.DataFrame(
    {
        "whole": [1, 2, None, 2**40],
        "beyond doubles": [1, 2**60, None, -5],
        "text": ["x", None, "", "x"],
        "number": ODD,
        "float32": pl.Series(ODD, dtype=pl.Float32),
        "narrow": pl.Series([1, 2, None, 4], dtype=pl.UInt8),
        "unsigned": pl.Series([1, 2**63 + 1, None, 4], dtype=pl.UInt64),
        "flag": [True, None, False, True],
        "empty": pl.Series([None] * 4, dtype=pl.Int64),
        "day": [dt.date(2020, 1, 1), None, dt.date(1960, 5, 4), dt.date(2020, 1, 1)],
        "category": pl.Series(["a", "b", None, "a"], dtype=pl.Categorical),
        "^x$": [1, 2, 3, 4],
        "*": [1.0, 2.0, 3.0, 4.0],
        "len": ["a", "b", "c", "d"],
    }
)


@pytest.mark.parametrize("frame", [FRAME, FRAME.clear(), FRAME.select("text")])
def test_codes_together_are_codes_alone(frame: pl.DataFrame) -> None:
    together = codes_of(frame, frame.columns)
    assert list(together) == frame.columns
    for name, found in together.items():
        assert found.tolist() == codes(frame[name]).tolist(), name
