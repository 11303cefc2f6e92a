"""What is declared of a column that cannot hold it, and cells that what is declared cannot hold."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import SchemaError
from datacheck.schema import Column, Prepare, Schema, TableDeclaration
from datacheck.schema.checks import builtin_check

LAST = dt.datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001
BERLIN = pl.Datetime("us", "Europe/Berlin")


@pytest.mark.parametrize(
    ("cells", "column", "told"),
    [
        # polars refuses a float of too many digits for a decimal also where it may give null.
        (
            pl.Series([16777216.0, 0.5]),
            {"dtype": pl.Decimal(38, 38), "coerce": True},
            {"schema.coerce"},
        ),
        (
            pl.Series([153931627936.9]),
            {"dtype": pl.Decimal(12, 2), "coerce": True},
            {"schema.coerce"},
        ),
        # A cell that cannot be read is told beside a set of values that it is none of.
        (
            pl.Series([None, 3.4e38], dtype=pl.Float32),
            {"dtype": pl.Int64, "coerce": True, "check": ("unique_values_eq", {"values": (1, 5)})},
            {"schema.coerce", "schema.nullable", "schema.unique_values_eq"},
        ),
        # A number is no moment, whatever it is.
        (
            pl.Series([None, 3.4e38], dtype=pl.Float32),
            {"dtype": BERLIN, "coerce": True, "check": ("unique_values_eq", {"values": (1, 0.5)})},
            {"schema.dtype", "schema.nullable"},
        ),
        (
            pl.Series(["x", "1"]),
            {"dtype": pl.Int64, "coerce": True, "check": ("unique_values_eq", {"values": (2, 3)})},
            {"schema.dtype", "schema.unique_values_eq"},
        ),
        (
            pl.Series(["0.1"]).cast(pl.Decimal(38, 38)),
            {
                "dtype": pl.Float64(),
                "coerce": True,
                "check": ("unique_values_eq", {"values": (0.1,)}),
            },
            {"schema.coerce", "schema.unique_values_eq"},
        ),
        # What polars makes no literal of is told as a check that cannot be run.
        (
            pl.Series([[1.0]]),
            {"check": ("isin", {"allowed_values": (True, "a")})},
            {"schema.isin"},
        ),
        (
            pl.Series(["a"]),
            {"check": ("greater_than", {"min_value": 2**70})},
            {"schema.greater_than"},
        ),
        # The last second of the year 9999, in a zone where that is another year.
        (
            pl.Series([dt.datetime(2024, 1, 1)]).cast(BERLIN),  # noqa: DTZ001
            {"check": ("less_than", {"max_value": LAST.replace(tzinfo=dt.UTC)})},
            set(),
        ),
        (
            pl.Series([dt.datetime(2024, 1, 1)]).cast(BERLIN),  # noqa: DTZ001
            {"check": ("isin", {"allowed_values": {LAST, LAST.replace(tzinfo=dt.UTC)}})},
            {"schema.isin"},
        ),
    ],
)
def test_what_does_not_fit_is_told_and_raises_nothing_foreign(
    cells: pl.Series, column: dict[str, Any], told: set[str]
) -> None:
    check = column.pop("check", None)
    checks = () if check is None else (builtin_check(*check, "column 'x'"),)
    schema = Schema(name="s", columns=(Column(name="x", checks=checks, **column),))
    frame = cells.alias("x").to_frame()
    assert {each.code for each in dc.validate(frame, schema).findings} == told
    reasons = dc.split(frame, schema)[1].collect()["__reasons__"].explode().drop_nulls()
    assert {each["code"] for each in reasons} == told


@pytest.mark.parametrize("moment", [LAST.replace(tzinfo=dt.UTC), dt.date(1, 1, 1), "0001-01-01"])
def test_a_moment_beyond_the_years_of_its_zone_is_refused_by_the_columns_name(moment: Any) -> None:
    prepare = Prepare(missing_values=(moment,), impute="most_frequent")
    frame = pl.DataFrame({"x": pl.Series([dt.datetime(2024, 1, 1)]).cast(BERLIN)})  # noqa: DTZ001
    schema = Schema(name="s", columns=(Column(name="x", prepare=prepare),))
    for verb in (dc.validate, dc.fit):
        with pytest.raises(SchemaError, match=r"'x' cannot hold .* years 1 to 9999"):
            verb(frame, schema)


def test_a_half_is_compared_with_what_a_bound_is_as_a_half() -> None:
    half = getattr(pl, "Float16", None)
    if half is None:
        return
    frame = pl.DataFrame({"x": pl.Series([float("inf"), 0.1, 65504.0], dtype=half)})
    for value, rows in ((65535.0, [0, 1, 2]), (0.1, [1])):
        checks = (builtin_check("greater_than", {"min_value": value}, "column 'x'"),)
        column = Column(name="x", checks=checks, prepare=Prepare(infinite="missing"), nullable=True)
        schema = Schema(name="s", columns=(column,))
        rejected = dc.split(frame, schema)[1].collect()["__row__"].to_list()
        told = [row for each in dc.validate(frame, schema).findings for row in each.rows]
        assert rejected == told == [row for row in rows if row]
    drawn = dc.suggest(frame[1:])
    assert Schema.from_yaml(drawn.to_yaml(), drawn.name).columns == drawn.columns
    with pytest.raises(SchemaError, match="no dtype of column 'x'"):
        _ = drawn.pandera


DEFAULTS = [-math.inf, math.nan, 1.5, 0.1, 300, -1, 1e30, 1e300, 10**20, 10**400, 7, True, "abc"]
HOLDING = [pl.Int64(), pl.UInt8(), pl.Float32(), pl.Float64(), pl.Decimal(10, 2), pl.Boolean()]
HELD = {
    "Int64": [300, -1, 7],
    "UInt8": [7],
    "Float32": [-math.inf, math.nan, 1.5, 0.1, 300, -1, 1e30, 10**20, 7],
    "Float64": [-math.inf, math.nan, 1.5, 0.1, 300, -1, 1e30, 1e300, 10**20, 7],
    "Decimal(precision=10, scale=2)": [1.5, 0.1, 300, -1, 7],
    "Boolean": [True],
}


@pytest.mark.parametrize("dtype", HOLDING, ids=str)
def test_a_default_is_a_cell_of_its_column_or_refused_by_name(dtype: pl.DataType) -> None:
    """Declared or found, in a column of the table or in one that is added."""
    holed, absent = pl.DataFrame({"x": [None]}, schema={"x": dtype}), pl.DataFrame({"y": [1]})
    added = TableDeclaration(add_missing_columns=True)
    for default in DEFAULTS:
        column = Column(name="x", dtype=dtype, default=default)
        for data, each, table in [
            (holed, column, TableDeclaration()),
            (holed, replace(column, dtype=None), TableDeclaration()),
            (absent, column, added),
        ]:
            schema = Schema(name="s", columns=(each,), table=table)
            if repr(default) in map(repr, HELD[str(dtype)]):
                report = dc.validate(data, schema)
                assert report.ok or not math.isfinite(default)
            else:
                with pytest.raises(SchemaError, match="Column 'x' cannot hold what default"):
                    dc.validate(data, schema)


@pytest.mark.parametrize("dtype", [*HOLDING, pl.String(), pl.Date(), BERLIN], ids=str)
def test_an_added_column_without_a_default_is_null(dtype: pl.DataType) -> None:
    columns = (Column(name="y", dtype=pl.Int64()), Column(name="x", dtype=dtype, nullable=True))
    schema = Schema(name="s", columns=columns, table=TableDeclaration(add_missing_columns=True))
    assert dc.validate(pl.DataFrame({"y": [1]}), schema).ok
