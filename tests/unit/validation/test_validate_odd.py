"""Odd tables and odd declarations: a finding or a refusal, and never anything else."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest

from datacheck.schema import load_schema, prepare
from datacheck.source import open_source
from datacheck.validation import split, violations

Seen = dict[tuple[str, str | None], tuple[int, ...]]


def broken(frame: pl.DataFrame, schema: pa.DataFrameSchema) -> Seen:
    """The rules that are broken and their rows, the same in memory, streamed and by `split`."""
    declared = load_schema(schema)
    found = violations(open_source(frame), declared)
    seen = {(each.code, each.column): each.rows for each in found}
    streamed = violations(open_source(frame.lazy()), declared)
    assert {(each.code, each.column): each.rows for each in streamed} == seen
    valid, rejected = (each.collect() for each in split(frame, declared))
    assert valid.height + rejected.height == frame.height
    whole = any(not each.rows for each in found)
    places = set(range(frame.height)) if whole else {row for rows in seen.values() for row in rows}
    assert set(rejected["__row__"]) == places
    return seen


def column(values: Any, *checks: pa.Check, dtype: Any = None, **declared: Any) -> Seen:
    frame = pl.DataFrame({"x": values})
    checked = pa.Column(dtype or frame["x"].dtype, list(checks), **declared)
    return broken(frame, pa.DataFrameSchema({"x": checked}))


@pytest.mark.parametrize(
    ("frame", "schema", "expected"),
    [
        (
            pl.DataFrame(),
            pa.DataFrameSchema({"x": pa.Column(float)}),
            {("schema.column_missing", "x"): ()},
        ),
        (pl.DataFrame({"a": [1]}), pa.DataFrameSchema({}), {}),
        (
            pl.DataFrame({"b": [1], "a": [1]}),
            pa.DataFrameSchema({"a": pa.Column(int), "b": pa.Column(int)}, ordered=True),
            {("schema.column_order", "b"): ()},
        ),
        (
            pl.DataFrame({"b": [1]}),
            pa.DataFrameSchema({"^a.*$": pa.Column(int)}),
            {("schema.column_missing", "^a.*$"): ()},
        ),
        (
            pl.DataFrame({"b": [1]}),
            pa.DataFrameSchema({"^a.*$": pa.Column(int, required=False)}),
            {},
        ),
        (
            pl.DataFrame({"a": [1, 2], "z": ["x", "y"]}),
            pa.DataFrameSchema({"a": pa.Column(int, pa.Check.gt(1))}, strict="filter"),
            {("schema.greater_than", "a"): (0,)},
        ),
        (
            pl.DataFrame({"a": [1, 5], "z": ["x", "y"]}),
            pa.DataFrameSchema({}, checks=pa.Check.gt(1)),
            {("schema.greater_than", None): ()},
        ),
        (
            pl.DataFrame({"a": ["1", "x"]}),
            pa.DataFrameSchema(dtype=float, coerce=True),
            {("schema.dtype", "a"): (1,)},
        ),
        (
            pl.DataFrame({"a": [1, 2]}),
            pa.DataFrameSchema(
                {
                    "a": pa.Column(int),
                    "b": pa.Column(float, pa.Check.gt(5), default=3.0),
                    "c": pa.Column(str, nullable=True),
                },
                add_missing_columns=True,
            ),
            {("schema.greater_than", "b"): (0, 1)},
        ),
        (
            pl.DataFrame({"a": [1, 2]}),
            pa.DataFrameSchema({"b": pa.Column(float)}, add_missing_columns=True),
            {("schema.column_missing", "b"): ()},
        ),
    ],
)
def test_tables(frame: pl.DataFrame, schema: pa.DataFrameSchema, expected: Seen) -> None:
    assert broken(frame, schema) == expected


def test_nested_cells() -> None:
    assert column([[1], [1], None], unique=True) == {
        ("schema.nullable", "x"): (2,),
        ("schema.unique", "x"): (0, 1),
    }
    assert column([{"a": 1}, {"a": None}, None]) == {("schema.nullable", "x"): (2,)}
    assert column([[1], [2**53 + 1]], dtype=pl.List(pl.Float64), coerce=True) == {
        ("schema.coerce", "x"): (1,)
    }
    assert column([[1.0]], dtype=float, coerce=True) == {("schema.dtype", "x"): ()}


def test_values_of_another_type_are_equal_to_none() -> None:
    assert column(["a", "b"], pa.Check.isin(["a", 1])) == {("schema.isin", "x"): (1,)}
    assert column([1.0, 2.5], pa.Check.isin([1, 2])) == {("schema.isin", "x"): (1,)}
    assert column([1, 2], pa.Check.isin([1.0, 2.5])) == {("schema.isin", "x"): (1,)}
    assert column([1.0, math.nan], pa.Check.isin([1, math.nan]), nullable=True) == {}
    assert column(["a", None], pa.Check.isin(["a", None]), nullable=True) == {}
    assert column(["a"], pa.Check.isin([])) == {("schema.isin", "x"): (0,)}
    small = pl.Series([1, 2], dtype=pl.UInt8)
    assert column(small, pa.Check.gt(-5), pa.Check.lt(1000), pa.Check.isin([1, 300])) == {
        ("schema.isin", "x"): (1,)
    }
    assert column([1], pa.Check.eq("a")) == {("schema.equal_to", "x"): ()}


def test_bounds_of_every_ordered_type() -> None:
    day, later = dt.date(2020, 1, 1), dt.date(2021, 1, 1)
    assert column([day, None], pa.Check.ge(later), nullable=True) == {
        ("schema.greater_than_or_equal_to", "x"): (0,)
    }
    noon = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
    assert column([noon], pa.Check.lt(noon)) == {("schema.less_than", "x"): (0,)}
    assert column([dt.timedelta(1)], pa.Check.lt(dt.timedelta(1))) == {
        ("schema.less_than", "x"): (0,)
    }
    money = pl.Series([Decimal("1.00"), Decimal("2.00")], dtype=pl.Decimal(10, 2))
    assert column(money, pa.Check.gt(Decimal("1.5"))) == {("schema.greater_than", "x"): (0,)}
    assert column([2**63 - 1, 0], pa.Check.lt(2**62)) == {("schema.less_than", "x"): (0,)}
    assert column([True, False], pa.Check.eq(value=True)) == {("schema.equal_to", "x"): (1,)}


@pytest.mark.parametrize(
    ("dtype", "cells", "bad"),
    [
        (pl.Date, ["2020-01-31", " 2020-02-30", "31/01/2020", None], (1, 2)),
        (
            pl.Datetime("us"),
            ["2020-01-01T10:00:00.123456", "2020-01-01 10:00", "2020-01-01", "10:00"],
            (3,),
        ),
        (pl.Datetime("us"), ["2020-01-01T10:00:00Z"], (0,)),
        (
            pl.Datetime("ms", "Europe/Paris"),
            ["2020-01-01T10:00:00+01:00", "2020-01-01T10:00:00Z", "2020-01-01T10:00"],
            (2,),
        ),
        (pl.Time, ["10:00:00", "10:00", "noon"], (2,)),
        (pl.Boolean, ["true", "FALSE", "yes", ""], (2,)),
        (pl.Enum(["a", "b"]), ["a", "c"], (1,)),
        (pl.Decimal(10, 2), ["1.25", "x"], (1,)),
        (pl.Int64, ["1", "1.0", "1e3", "0x1", "one"], (3, 4)),
    ],
)
def test_text_is_read_as_it_is_declared_or_told(
    dtype: Any, cells: list[Any], bad: tuple[int, ...]
) -> None:
    seen = column(cells, dtype=dtype, coerce=True, nullable=True)
    assert seen == {("schema.dtype", "x"): bad}


def test_a_duration_is_not_read_from_text() -> None:
    assert column(["1h"], dtype=pl.Duration("us"), coerce=True) == {("schema.dtype", "x"): ()}


def test_a_sentinel_in_float32_is_known_as_it_was_rounded() -> None:
    cells = pl.Series([0.1, -999.9], dtype=pl.Float32)
    metadata = prepare(missing_values=[-999.9])
    assert column(cells, pa.Check.ge(0), metadata=metadata) == {("schema.nullable", "x"): (1,)}


def test_a_default_that_breaks_its_own_check_is_told() -> None:
    assert column([1.0, math.nan, None], pa.Check.gt(0), default=-5.0) == {
        ("schema.greater_than", "x"): (1, 2)
    }


def test_a_check_of_all_columns_at_once() -> None:
    frame = pl.DataFrame({"a": [1, 5], "b": [2, 3]})
    check = pa.Check(lambda data: data.lazyframe.select(pl.all() > 1))
    assert broken(frame, pa.DataFrameSchema({}, checks=check)) == {("schema.check", None): (0,)}
