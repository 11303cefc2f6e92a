"""Threads that all call polars, and leave no trace in what is found."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.threads import threads

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_no_answer_depends_on_how_many_threads_there_are(
    workers: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    draw = np.random.default_rng(5)
    rows = 40_000
    columns = {f"n{at}": draw.lognormal(size=rows) * 10.0**at for at in range(4)}
    columns["odd"] = np.where(draw.random(rows) < 0.01, np.inf, draw.normal(size=rows))
    columns["nan"] = np.where(draw.random(rows) < 0.1, np.nan, draw.normal(size=rows))
    holed = [pl.when(pl.Series(draw.random(rows) < 0.9)).then(pl.nth(at)) for at in range(6)]
    text = pl.Series(draw.choice(9, rows)).cast(pl.String)
    frame = pl.DataFrame(columns).select(holed).with_columns(text=text)
    path = tmp_path / "t.parquet"
    frame.write_parquet(path, row_group_size=9_000)
    monkeypatch.setattr("datacheck.source.collecting.BATCH_CELLS", 10_000 * frame.width)

    def seen() -> tuple[str, list[dict[str, object]]]:
        return dc.profile(path).to_json(), [each.to_dict() for each in dc.check(path).findings]

    monkeypatch.setattr("datacheck.table.threads", partial(threads, workers))
    some = seen()
    monkeypatch.setattr("datacheck.table._Threads.__call__", lambda _, *each: map(*each))
    assert seen() == some
