"""Rows that are odd only as a whole."""

import numpy as np
import polars as pl

from datacheck.findings.rows import outlying_rows


def table(rows: int = 800) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    return pl.DataFrame({"x": x, "y": x + rng.normal(0, 0.1, rows), "z": rng.normal(size=rows)})


def test_clean_rows_are_quiet():
    assert outlying_rows(table().lazy()) is None


def test_odd_rows_are_found_with_holes_about():
    frame = table()
    frame[5, "x"], frame[5, "y"], frame[5, "z"] = 9.0, -9.0, 9.0
    frame[700, "x"], frame[700, "y"], frame[700, "z"] = -9.0, 9.0, 9.0
    frame[8, "z"] = None
    finding = outlying_rows(frame.lazy())
    assert (finding.code, finding.rows) == ("outlier.row", (5, 700))
    assert finding == outlying_rows(frame.lazy())


def test_too_little_to_judge():
    assert outlying_rows(table(10).lazy()) is None
    assert outlying_rows(pl.DataFrame({"a": ["x"] * 90}).lazy()) is None
