"""`split`: no row lost, no cell changed, reasons with each, and the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.errors import DatacheckError
from datacheck.schema import load_schema
from datacheck.source import open_source
from datacheck.validation import split, violations

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pa.DataFrameSchema(
    {
        "mass": pa.Column(float, [pa.Check.gt(0), pa.Check.lt(9)]),
        "kind": pa.Column(str, pa.Check.isin(["a", "b"]), nullable=True),
    },
    unique=["mass", "kind"],
)
FRAME = pl.DataFrame(
    {
        "note": ["x", "y", "z", "v", "w"],
        "mass": [1.0, -1.0, None, 3.0, 3.0],
        "kind": ["a", "c", None, "b", "b"],
    }
)


def put_together(valid: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """The input again: rejected rows know their places, and valid ones fill the others."""
    places = set(rejected["__row__"].to_list())
    rows = [row for row in range(valid.height + rejected.height) if row not in places]
    numbered = valid.with_columns(pl.Series("__row__", rows, dtype=pl.UInt32))
    back = rejected.drop("__reasons__").select(numbered.columns)
    return pl.concat([numbered, back]).sort("__row__").drop("__row__")


def test_reasons_name_code_and_column_in_the_order_of_the_schema() -> None:
    valid, rejected = (each.collect() for each in split(FRAME, SCHEMA))
    assert valid.rows() == [("x", 1.0, "a")]
    assert rejected.columns == ["note", "mass", "kind", "__row__", "__reasons__"]
    assert rejected["__reasons__"].to_list() == [
        [
            {"code": "schema.greater_than", "column": "mass"},
            {"code": "schema.isin", "column": "kind"},
        ],
        [{"code": "schema.nullable", "column": "mass"}],
        [{"code": "schema.unique", "column": None}],
        [{"code": "schema.unique", "column": None}],
    ]


CELLS = st.one_of(st.none(), st.sampled_from([1.0, -1.0, 5.0, 9.0, float("nan"), float("inf")]))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, st.sampled_from(["a", "b", "c", None])), max_size=12),
    lazy=st.booleans(),
)
def test_valid_and_rejected_are_the_input(rows: list[Any], lazy: bool) -> None:
    frame = pl.DataFrame(rows, schema={"mass": pl.Float64, "kind": pl.String}, orient="row")
    data = frame.lazy() if lazy else frame
    valid, rejected = (each.collect() for each in split(data, SCHEMA))
    assert put_together(valid, rejected).equals(frame)
    assert valid.schema == frame.schema
    assert violations(open_source(valid), load_schema(SCHEMA)) == []
    failing = {
        row for found in violations(open_source(data), load_schema(SCHEMA)) for row in found.rows
    }
    assert set(rejected["__row__"]) == failing
    assert rejected["__reasons__"].list.len().min() != 0


def test_rejected_rows_come_back_once_they_are_mended() -> None:
    _, rejected = split(FRAME, SCHEMA)
    mended = rejected.with_columns(pl.col("mass").abs().fill_null(2.0), kind=pl.lit("a"))
    valid, still = (each.collect() for each in split(mended, SCHEMA))
    assert valid.columns == FRAME.columns
    assert valid["note"].to_list() == ["y", "z"]
    assert still["__row__"].to_list() == [3, 4], "a row keeps the place it had in the first input"
    assert violations(open_source(mended.collect()), load_schema(SCHEMA))[0].rows == (2, 3)


def test_rejected_rows_survive_parquet(tmp_path: Path) -> None:
    _, rejected = split(FRAME, SCHEMA)
    rejected.sink_parquet(tmp_path / "bad.parquet")
    again = pl.scan_parquet(tmp_path / "bad.parquet")
    assert again.collect().equals(rejected.collect())
    _, still = split(again, SCHEMA)
    assert still.collect().equals(rejected.collect())


def test_it_is_lazy_until_it_is_collected() -> None:
    def explode(_: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("the rows were read")

    frame = FRAME.lazy().map_batches(explode, schema=FRAME.schema)
    valid, rejected = split(frame, SCHEMA)
    assert isinstance(valid, pl.LazyFrame)
    assert rejected.collect_schema()["__reasons__"] == pl.List(
        pl.Struct({"code": pl.String, "column": pl.String})
    )


def test_a_fault_of_the_whole_table_is_a_reason_of_every_row() -> None:
    valid, rejected = (each.collect() for each in split(FRAME.drop("kind"), SCHEMA))
    assert valid.height == 0
    missing = {"code": "schema.column_missing", "column": "kind"}
    assert all(missing in reasons for reasons in rejected["__reasons__"].to_list())


def test_a_schema_without_demands_rejects_nothing() -> None:
    valid, rejected = (each.collect() for each in split(FRAME, pa.DataFrameSchema({})))
    assert valid.equals(FRAME)
    assert rejected.height == 0
    assert rejected.columns == [*FRAME.columns, "__row__", "__reasons__"]


def test_a_column_that_cannot_be_read_keeps_its_text() -> None:
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.lt(5), coerce=True)})
    frame = pl.DataFrame({"x": ["1.5", "many", " 7 ", "1e400"]})
    valid, rejected = (each.collect() for each in split(frame, schema))
    assert valid["x"].to_list() == ["1.5"]
    assert rejected["x"].to_list() == ["many", " 7 ", "1e400"]
    codes = [[each["code"] for each in reasons] for reasons in rejected["__reasons__"].to_list()]
    assert codes == [
        ["schema.dtype"],
        ["schema.less_than"],
        ["numeric.infinite", "schema.less_than"],
    ]


def test_a_default_counts_as_the_value() -> None:
    schema = pa.DataFrameSchema({"x": pa.Column(int, pa.Check.gt(0), default=1)})
    frame = pl.DataFrame({"x": [None, 2, -3]})
    valid, rejected = (each.collect() for each in split(frame, schema))
    assert valid["x"].to_list() == [None, 2]
    assert rejected["x"].to_list() == [-3]


def test_rows_of_a_text_file_come_back_without_coerce(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("code,x\n007,1.5\n008,two\n")
    schema = pa.DataFrameSchema({"code": pa.Column(str), "x": pa.Column(float)})
    valid, rejected = (each.collect() for each in split(path, schema))
    assert valid.rows() == [("007", "1.5")]
    assert rejected["__reasons__"].to_list() == [[{"code": "schema.dtype", "column": "x"}]]
    mended = rejected.with_columns(x=pl.lit("2"))
    again, still = (each.collect() for each in split(mended, schema))
    assert again.rows() == [("008", "2")]
    assert still.height == 0


def test_rejected_rows_come_back_without_their_reasons_too():
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.in_range(0, 10))})
    _, rejected = split(pl.DataFrame({"x": [1.0, 20.0, 3.0, 40.0]}), schema)
    mended = rejected.drop("__reasons__").with_columns(
        x=pl.when(pl.col("x") > 30).then(pl.col("x")).otherwise(5.0)
    )
    valid, again = split(mended, schema)
    assert valid.select("x").collect().rows() == [(5.0,)]
    assert again.select("x", "__row__").collect().rows() == [(40.0, 3)]


ROWS = pl.DataFrame(
    {
        "key": range(8),
        "x": [0.5, 0.0, -0.0, 1.5, 1.5, math.nan, None, 7.0],
        "y": ["a", "b", "b", "a", "b", "a", None, None],
    }
)
ASIDE = {
    "row.duplicate": [2],
    "row.conflict": [3, 4],
    "row.overlap": [0, 1, 2],
}


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow", "csv"])
@pytest.mark.parametrize("codes", [["row.duplicate"], ["row.conflict"], list(ASIDE)])
def test_rows_are_set_apart_for_what_they_are_beside_others(
    kind: str, codes: list[str], tmp_path: Path
):
    ROWS.write_csv(tmp_path / "rows.csv")
    given = {
        "polars": ROWS,
        "lazy": ROWS.lazy(),
        "pandas": ROWS.to_pandas(),
        "arrow": ROWS.to_arrow(),
        "csv": tmp_path / "rows.csv",
    }[kind]
    known = pl.DataFrame({"y": ["b", "a"], "x": [0.0, 0.5]}) if "row.overlap" in codes else None
    schema = {"key": pa.Column(metadata=dc.prepare(role="id"))}
    valid, rejected = split(
        given, pa.DataFrameSchema(schema), aside=codes, reference=known, target="y"
    )
    if kind not in ("pandas", "arrow"):
        valid, rejected = valid.lazy().collect(), rejected.lazy().collect()
    rejected = rejected if kind != "pandas" else pl.from_pandas(rejected)
    rejected = rejected if kind != "arrow" else pl.from_arrow(rejected)
    apart = sorted({row for code in codes for row in ASIDE[code]})
    assert rejected["__row__"].to_list() == apart
    assert len(valid) == ROWS.height - len(apart)
    for row, reasons in rejected.select("__row__", "__reasons__").rows():
        assert [each["code"] for each in reasons] == [c for c in codes if row in ASIDE[c]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"aside": ["row.duplicates"]}, "did you mean 'row.duplicate'"),
        ({"aside": ["row.conflict"]}, "none is known"),
        ({"aside": ["row.overlap"]}, "both or neither"),
        ({"reference": ROWS}, "both or neither"),
        ({"aside": ["row.overlap"], "reference": ROWS.rename(str.upper)}, "no column in common"),
    ],
)
def test_what_cannot_be_set_apart_is_refused(options: dict[str, Any], said: str):
    with pytest.raises(DatacheckError, match=said):
        split(ROWS, **options)
