"""Tables in memory: opened without loss, given back as what they were."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import decimal
import io
import math
import sqlite3
import types
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pydantic
import pytest

import datacheck as dc
from datacheck.source import collect, give_back, open_source

NAN = float("nan")
TABLE = pl.DataFrame({"x": [1.5, None, NAN], "s": ["a", None, "é"]})


class Capsule:
    """An object that speaks Arrow and nothing else."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


@dataclasses.dataclass
class Row:
    x: float | None
    s: str | None


class Model(pydantic.BaseModel):
    x: float | None
    s: str | None


class Named(NamedTuple):
    x: float | None
    s: str | None


def _from_sqlite() -> list[Any]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT 1.5 AS x, 'a' AS s UNION ALL SELECT 2, 'b'").fetchall()


CELLS = [{"x": 1.5, "s": "a"}, {"x": 2.0, "s": "b"}]
RECORDS = [("x", "f8"), ("s", "U3")]


@pytest.mark.parametrize(
    "rows",
    [
        CELLS,
        tuple(CELLS),
        iter(CELLS),
        (row for row in CELLS),
        [types.MappingProxyType(row) for row in CELLS],
        [Row(**row) for row in CELLS],
        [Model(**row) for row in CELLS],
        [Named(**row) for row in CELLS],
        [pd.Series(row) for row in CELLS],
        _from_sqlite(),
        np.array([(1.5, "a"), (2.0, "b")], RECORDS),
        np.rec.array([(1.5, "a"), (2.0, "b")], RECORDS),
    ],
    ids=range(12),
)
def test_rows_that_name_their_cells(rows: Any) -> None:
    assert collect(open_source(rows).frame).rows(named=True) == CELLS


def test_rows_of_csv_and_rows_that_lack_a_cell() -> None:
    read = csv.DictReader(io.StringIO("a,b\n1,2\n3\n"))
    assert collect(open_source(read).frame).rows() == [("1", "2"), ("3", None)]
    assert collect(open_source([{"a": 1}, {"b": 2}]).frame).rows() == [(1, None), (None, 2)]


@pytest.mark.parametrize("rows", [[[1, 2]], [(1, 2)], [{"a": 1}, None], [1.5], [Row], "ab", (1,)])
def test_rows_without_names_are_refused(rows: Any) -> None:
    with pytest.raises(dc.SourceError) as caught:
        open_source(rows)
    listed = isinstance(rows[0], list | tuple)
    assert ("dict(zip(NAMES, row))" in str(caught.value)) == listed


def test_polars_is_given_back_as_it_came() -> None:
    source = open_source(TABLE)
    assert isinstance(source.frame, pl.LazyFrame)
    assert give_back(source.frame, source).equals(TABLE)
    lazy = open_source(TABLE.lazy())
    assert isinstance(give_back(lazy.frame, lazy), pl.LazyFrame)
    assert open_source(lazy) is lazy


@pytest.mark.parametrize(
    "data",
    [
        TABLE.to_arrow(),
        TABLE.to_arrow().to_batches()[0],
        TABLE.to_arrow().to_reader(),
        ds.dataset(TABLE.to_arrow()),
    ],
    ids=lambda data: type(data).__name__,
)
def test_pyarrow_gives_a_table(data: Any) -> None:
    source = open_source(data)
    back = give_back(source.frame, source)
    assert isinstance(back, pa.Table)
    assert pl.DataFrame(back).equals(TABLE)


def test_anything_with_an_arrow_stream() -> None:
    source = open_source(Capsule(TABLE))
    assert give_back(source.frame, source).equals(TABLE)
    assert "Capsule" in source.name


def test_plain_python() -> None:
    assert collect(dc.read({"x": [1.5, None, NAN], "s": ["a", None, "é"]})).equals(TABLE)
    assert collect(dc.read([{"x": 1.5, "s": "a"}, {"s": None}])).rows() == [
        (1.5, "a"),
        (None, None),
    ]


def masked(values: list[float], missing: list[bool]) -> pd.Series:
    return pd.Series(pd.arrays.FloatingArray(np.array(values), np.array(missing)))


def pandas_table() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "float": [1.5, NAN, 2.5],
            "Float64": masked([1.5, NAN, 0.0], [False, False, True]),
            "arrow": pd.array([1.5, None, 2.5], dtype="double[pyarrow]"),
            "Int64": pd.array([2**60 + 1, None, 3], dtype="Int64"),
            "int": [1, 2, 3],
            "object": ["a", None, "b"],
            "string": pd.array(["a", None, "b"], dtype="string"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "bool": [True, False, True],
            "category": pd.Categorical(["u", None, "v"]),
            "time": pd.to_datetime(["2024-02-29 12:30", None, "2024-03-01 00:00"]),
            "zone": pd.to_datetime(["2024-02-29"] * 3).tz_localize("Europe/Berlin"),
        }
    )
    return frame.set_index(pd.Index([10, 20, 30], name="id"))


def test_pandas_nan_and_na_stay_apart() -> None:
    frame = collect(dc.read(pandas_table()))
    assert math.isnan(frame["float"][1])
    assert frame["float"].null_count() == 0
    assert math.isnan(frame["Float64"][1])
    assert frame["Float64"][2] is None
    assert frame["arrow"].null_count() == 1
    assert frame["Int64"].to_list() == [2**60 + 1, None, 3]
    # pandas 2 counts nanoseconds, pandas 3 microseconds.
    assert frame.schema["zone"] in [pl.Datetime(unit, "Europe/Berlin") for unit in ("ns", "us")]


def test_pandas_is_given_back_with_its_types_and_index() -> None:
    given = pandas_table()
    source = open_source(given)
    pd.testing.assert_frame_equal(give_back(source.frame, source), given)


def test_pandas_after_a_change() -> None:
    given = pandas_table()
    source = open_source(given)
    changed = source.frame.with_columns(pl.col("Int64").cast(pl.Float64)).head(2)
    back = give_back(changed, source, rows=pl.LazyFrame({"row": [0, 1]}))
    assert list(back.index) == [10, 20]
    assert back["Int64"].dtype == np.float64
    assert back["Float64"].dtype == "Float64"


def test_pandas_names_that_are_no_texts_come_back() -> None:
    source = open_source(pd.DataFrame([[1, 2]], columns=[0, "a"]))
    assert source.frame.collect_schema().names() == ["0", "a"]
    assert list(give_back(source.frame, source).columns) == [0, "a"]


def test_an_empty_pandas_frame() -> None:
    source = open_source(pd.DataFrame({"x": pd.Series(dtype=float)}))
    assert collect(source.frame).schema == {"x": pl.Float64}
    assert give_back(source.frame, source).shape == (0, 1)


def test_pandas_sparse_and_decimal() -> None:
    frame = pd.DataFrame(
        {"s": pd.arrays.SparseArray([1.0, 0.0]), "d": [decimal.Decimal("1.5"), None]}
    )
    assert collect(dc.read(frame)).rows() == [(1.0, decimal.Decimal("1.5")), (0.0, None)]


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of one name"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "two columns of one name"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "2 levels"),
        (pa.table([[1], [2]], names=["a", "a"]), "two columns of one name"),
        (pa.array([1, 2]), "not a table|cannot read"),
        ({"a": [1, 2], "b": [1]}, "dict of columns"),
        ([1, 2], "a list is read as rows"),
        (pl.Series([1]), "not a table|cannot read"),
        (np.zeros((2, 2)), "not a table"),
        (None, "not a table"),
        (3, "not a table"),
        (open, "not a table"),
    ],
)
def test_what_is_no_table_is_refused(frame: Any, what: str) -> None:
    with pytest.raises(dc.SourceError, match=what):
        open_source(frame)


def test_a_query_belongs_to_a_database() -> None:
    with pytest.raises(dc.SourceError, match="not a database"):
        open_source(TABLE, query="SELECT 1")
    with pytest.raises(dc.SourceError, match="not a database"):
        open_source("x.csv", query="SELECT 1")


def test_a_lazy_frame_that_fails_late() -> None:
    lost = pl.scan_parquet("no-such.parquet")
    with pytest.raises(dc.SourceError, match="cannot read"):
        collect(lost)
    wrong = pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int64))
    with pytest.raises(dc.SourceError, match=r"conversion from `str`"):
        collect(wrong)


@pytest.mark.parametrize(
    "column", [pl.Series("x", [1.0]), pa.chunked_array([[1.0]]), pd.Series([1.0]), np.zeros((2, 2))]
)
def test_what_is_no_table_is_refused_as_that(column):
    with pytest.raises(dc.SourceError, match="not a table"):
        dc.check(column)
