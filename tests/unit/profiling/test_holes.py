"""The missing cells of a long batch, against those of its rows one by one."""

from collections import Counter

import numpy as np
import polars as pl

from datacheck.numeric.extremes import FEW
from datacheck.profiling.holes import MissingPatterns, holes, presence


def test_a_long_batch_has_the_patterns_of_its_rows() -> None:
    rng = np.random.default_rng(1)
    rows = FEW + 77
    columns = {name: rng.choice([1.0, np.nan], rows, p=[0.9, 0.1]) for name in "abc"}
    table = pl.DataFrame(columns).with_columns(pl.col("b", "c").fill_nan(None)).slice(5)
    holed = dict.fromkeys("abc", True)
    gaps = MissingPatterns()
    places = list(holes(table, presence(table), holed, gaps, 0))
    counted = Counter(dict(gaps.patterns.values()))
    missing = [
        tuple(n for n, x in zip("abc", row, strict=True) if x is None)
        for row in table.fill_nan(None).rows()
    ]
    assert counted == Counter(names for names in missing if names)
    held = sum(int(each.counts["a"].sum()) for each in places)
    assert held == sum("a" in names for names in missing)
