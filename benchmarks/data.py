"""The tables that benchmarks run on, generated once into .cache/ and the same on each machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

CACHE = Path(__file__).resolve().parent.parent / ".cache"
COLUMNS = 20
NAMES = tuple(f"c{number:02d}" for number in range(COLUMNS))

#: Rows of table A, and of table A twenty-five times over: larger than the memory that work on it
#: may take.
ROWS, LONG = 2_000_000, 50_000_000


def table_a_path(rows: int = ROWS) -> Path:
    """Table A as parquet: lognormal doubles, columns over nine orders of magnitude, 5% null."""
    path = CACHE / f"table_a_{rows}.parquet"
    if not path.exists():
        _write(path, table(rows))
    return path


def grouped_path(rows: int) -> Path:
    """Table A as parquet in one group of rows, as some writers leave it."""
    path = CACHE / f"table_a_{rows}_in_one_group.parquet"
    if not path.exists():
        pl.scan_parquet(table_a_path(rows)).sink_parquet(path, row_group_size=rows)
    return path


def long_path(rows: int, *, grouped: bool = False) -> Path:
    """Table A's file, over and over: a folder of links, so that the disk holds it once."""
    part = (grouped_path if grouped else table_a_path)(min(rows, ROWS))
    folder = CACHE / f"long_{rows}{'_grouped' if grouped else ''}"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(max(1, rows // ROWS)):
        link = folder / f"part_{number:02d}.parquet"
        if not link.exists():  # nor what it led to, where the cache was moved
            link.unlink(missing_ok=True)
            link.symlink_to(part)
    return folder


def csv_path(rows: int) -> Path:
    """Table A as text: doubles with all their digits, 5% of the cells empty."""
    path = CACHE / f"numbers_{rows}.csv"
    if not path.exists():
        _write(path, table(rows).write_csv())
    return path


def table_a(rows: int = ROWS) -> pl.DataFrame:
    """Table A in memory: `rows` x 20 float64."""
    return pl.read_parquet(table_a_path(rows)).rechunk()


def table(rows: int, columns: int = COLUMNS, *, holes: float = 0.05, seed: int = 0) -> pl.DataFrame:
    """Make a table of lognormal columns whose scales are spread over nine orders of magnitude.

    Parameters
    ----------
    rows, columns
        Its shape.
    holes
        The share of nulls.
    seed
        Each column has a stream of its own, so more columns leave the first as they are.
    """
    made = {}
    for number in range(columns):
        random = np.random.default_rng([seed, number])
        scale = 10.0 ** (9 * number / max(columns - 1, 1) - 3)
        values = random.lognormal(0.0, 1.0, rows) * scale
        missing = random.random(rows) < holes
        made[f"c{number:02d}"] = pl.Series(values).set(pl.Series(missing), None)
    return pl.DataFrame(made)


def to_numpy(frame: pl.DataFrame, order: Literal["c", "fortran"]) -> np.ndarray:
    """The table as scikit-learn takes it: float64, NaN for null.

    scikit-learn fits, and numpy takes quantiles, faster from Fortran's order; scikit-learn
    transforms faster from C's. Each gets the order that serves it best.
    """
    return frame.to_numpy(order=order)


def schema_path(name: str, columns: Iterable[str], lines: str) -> Path:
    """Write a schema in which every column is a nullable Float64 with `lines` under it."""
    declared = "".join(
        f"  {column}:\n    dtype: Float64\n    nullable: true\n"
        + "".join(f"    {line}\n" for line in lines.strip().splitlines())
        for column in columns
    )
    path = CACHE / f"{name}.yaml"
    _write(path, f"schema_type: polars_dataframe\nname: {name}\ncolumns:\n{declared}")
    return path


def _write(path: Path, what: pl.DataFrame | str) -> None:
    """Write beside, then rename: several contestants may want the same file at once."""
    CACHE.mkdir(exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    if isinstance(what, str):
        beside.write_text(what, encoding="utf-8")
    else:
        what.write_parquet(beside)
    beside.replace(path)
