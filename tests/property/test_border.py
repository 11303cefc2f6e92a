"""One table in every container: the same findings, the same fit to the byte, the same cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
NAN = float("nan")


@cache
def table(name: str) -> pl.DataFrame:
    """A sample table, typed: as another program than pandas would hand it over."""
    if name == "flights":
        return dc.read(ROOT / "sample_data/flights.parquet").head(3000).collect()
    if name == "penguins":
        read = dc.read(ROOT / "sample_data/penguins.csv", null_values=["NA"])
        masses = pl.col("flipper_length_mm", "body_mass_g").cast(pl.Float64)
        return read.with_columns(masses).collect()
    if name == "penguins_untidy":
        return dc.read(ROOT / "sample_data/penguins_untidy.csv").collect()
    ending = {"randhie": "tsv", "weather": "csv.gz"}[name]
    path = ROOT / f"sample_data/{name}.{ending}"
    return dc.read(path, null_values=["NA"]).head(3000).collect()


@cache
def learned(name: str) -> pl.DataFrame:
    """Of a table that is no model's yet, the rows that its schema lets pass."""
    if name != "penguins_untidy":
        return table(name)
    return dc.split(table(name), ROOT / f"schemas/{name}.yaml")[0].collect()


def texts(frame: pl.DataFrame) -> list[str]:
    return [name for name, dtype in frame.schema.items() if dtype == pl.String]


def objects(frame: pl.DataFrame) -> pd.DataFrame:
    """As pandas.read_csv makes it: text as objects with NaN, integers with holes as floats."""
    made = frame.to_pandas()
    for name in texts(frame):
        cells = [NAN if cell is None else cell for cell in frame[name].to_list()]
        made[name] = pd.Series(cells, dtype=object)
    return made


def every_object(frame: pl.DataFrame) -> pd.DataFrame:
    columns = {name: pd.Series(frame[name].to_list(), dtype=object) for name in frame.columns}
    return pd.DataFrame(columns)


def typed(dtype: str) -> Callable[[pl.DataFrame], pd.DataFrame]:
    def made(frame: pl.DataFrame) -> pd.DataFrame:
        return objects(frame).astype(dict.fromkeys(texts(frame), dtype))

    return made


FORMS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pandas": objects,
    "pandas objects": every_object,
    "pandas string": typed("string"),
    "pandas category": typed("category"),
    "pandas nullable": lambda frame: objects(frame).convert_dtypes(),
    "pandas arrow": lambda frame: objects(frame).convert_dtypes(dtype_backend="pyarrow"),
    "pyarrow": lambda frame: frame.to_arrow(),
    "dict": lambda frame: frame.to_dict(as_series=False),
    "records": lambda frame: frame.to_dicts(),
}


def told(report: dc.Report) -> set[Any]:
    """What is found, where; pandas cannot tell NaN from null in a column of floats."""
    return {
        (
            found.code.replace("missing.nan", "missing.null"),
            found.severity,
            found.column,
            found.count,
            found.rows,
        )
        for found in report.findings
    }


def cells(made: Any, name: str) -> list[Any]:
    column = made.collect()[name] if isinstance(made, pl.LazyFrame) else made[name]
    if isinstance(column, pd.Series):
        return [None if pd.isna(cell) else cell for cell in column]
    return column.to_pylist() if isinstance(column, pa.ChunkedArray) else column.to_list()


@cache
def expected(name: str, folder: Path) -> tuple[Any, ...]:
    path = folder / f"{name}.parquet"
    table(name).write_parquet(path)
    schema = ROOT / f"schemas/{name}.yaml"
    good = folder / f"{name}.good.parquet"
    learned(name).write_parquet(good)
    transform = dc.fit(good, schema)
    return told(dc.check(path)), told(dc.check(path, schema)), transform, transform.apply(good)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("border")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["penguins", "penguins_untidy", "randhie", "weather", "flights"])
def test_a_sample_table_is_the_same_in_every_container(name: str, form: str, folder: Path) -> None:
    found, found_by_schema, transform, prepared = expected(name, folder)
    schema = ROOT / f"schemas/{name}.yaml"
    data = FORMS[form](table(name))
    assert told(dc.check(data)) == found
    assert told(dc.check(data, schema)) == found_by_schema
    good = FORMS[form](learned(name))
    assert dc.fit(good, schema) == transform
    made = transform.apply(good)
    for column in transform.columns:
        assert cells(made, column) == cells(prepared, column)
    valid, rejected = (
        part.collect() if isinstance(part, pl.LazyFrame) else part
        for part in dc.split(data, schema)
    )
    assert valid.shape[0] + rejected.shape[0] == table(name).height
