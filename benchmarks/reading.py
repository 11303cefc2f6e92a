"""Reading a CSV with every check of its bytes and cells, and pandas' columns of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import csv_path
from benchmarks.harness import Against, Contestant, Row, same_count, within

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "what reading costs"

ROWS_OF_TEXT = 300_000


def ours(size: int) -> Callable[[], Any]:
    import datacheck as dc

    path = csv_path(size)
    return lambda: dc.read(path).collect().height


def polars_reads(size: int) -> Callable[[], Any]:
    import polars as pl

    path = csv_path(size)
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


ROWS = (
    Row(
        "a CSV of 20 columns, every byte and cell checked",
        Contestant("datacheck", ours),
        (Against(Contestant("polars.read_csv", polars_reads), within(3)),),
        ROWS_OF_TEXT,
        agree=same_count,
    ),
    Row(
        "20 columns of objects with NaN among their texts",
        Contestant("datacheck", ours_of_objects),
        (Against(Contestant("polars.from_pandas, without NaN", polars_of_objects), within(2)),),
        ROWS_OF_TEXT,
        agree=same_count,
    ),
)
