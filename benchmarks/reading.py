"""Reading a CSV with every check of its bytes and cells, and pandas' columns of objects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from benchmarks.data import CACHE, table
from benchmarks.harness import Against, Contestant, Row, within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TITLE = "what reading costs"

ROWS_OF_TEXT = 300_000


def numbers_path(rows: int) -> Path:
    """Doubles with all their digits, 5% of the cells empty."""
    path = CACHE / f"numbers_{rows}.csv"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        table(rows).write_csv(beside)
        beside.replace(path)
    return path


def ours(size: int) -> Callable[[], Any]:
    import datacheck as dc

    path = numbers_path(size)
    return lambda: dc.read(path).collect().height


def polars_reads(size: int) -> Callable[[], Any]:
    import polars as pl

    path = numbers_path(size)
    return lambda: pl.read_csv(path).height


def _objects(rows: int, *, holes: bool) -> Any:
    """20 columns of text as pandas 2 holds them: with NaN for what is missing, or without."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    words = np.array(["north", "south street", "east", "west end"], dtype=object)
    cells = words[random.integers(0, len(words), (rows, 20))]
    if holes:
        cells[random.random(cells.shape) < 0.05] = np.nan
    return pd.DataFrame(cells, columns=[f"c{n:02d}" for n in range(20)])


def ours_of_objects(size: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = _objects(size, holes=True)
    return lambda: dc.read(frame).collect().height


def polars_of_objects(size: int) -> Callable[[], Any]:
    import polars as pl

    frame = _objects(size, holes=False)
    return lambda: pl.from_pandas(frame).height


def _differs(one: Any, other: Any) -> str | None:
    return None if one == other else f"{one} rows and {other}"


ROWS = (
    Row(
        "a CSV of 20 columns, every byte and cell checked",
        Contestant("datacheck", ours),
        (Against(Contestant("polars.read_csv", polars_reads), within(3)),),
        ROWS_OF_TEXT,
        agree=_differs,
    ),
    Row(
        "20 columns of objects with NaN among their texts",
        Contestant("datacheck", ours_of_objects),
        (Against(Contestant("polars.from_pandas, without NaN", polars_of_objects), within(2)),),
        ROWS_OF_TEXT,
        agree=_differs,
    ),
)
