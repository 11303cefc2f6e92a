"""Threads that all call polars: a fresh process, where nothing has asked for numpy yet."""

from __future__ import annotations

import subprocess
import sys

RACE = """
import polars as pl
from datacheck.threads import threads
import polars.series.series as series

with threads(2) as pool:
    assert "ndarray" in vars(series.np)
    print(*pool.map(lambda n: pl.Series(range(n)).to_numpy().sum(), [2, 3]))
"""


def test_threads_start_when_polars_has_resolved_numpy() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "3"]
