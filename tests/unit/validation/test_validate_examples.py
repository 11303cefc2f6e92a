"""The examples of pandera's and dataframely's own pages, with the rows that they show."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandera.polars as pa
import polars as pl

from datacheck.schema import load_schema
from datacheck.source import open_source
from datacheck.validation import split, violations


def broken(frame: pl.DataFrame, schema: Any) -> dict[tuple[str, str | None], tuple[int, ...]]:
    found = violations(open_source(frame), load_schema(schema))
    return {(each.code, each.column): each.rows for each in found}


class HouseSchema(pa.DataFrameModel):
    """dataframely's quickstart."""

    zip_code: str = pa.Field(str_length={"min_value": 3})
    num_bedrooms: int
    num_bathrooms: int
    price: float = pa.Field(gt=0)

    @pa.dataframe_check
    def reasonable_bathroom_to_bedroom_ratio(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        ratio = pl.col("num_bathrooms") / pl.col("num_bedrooms")
        return data.lazyframe.select((ratio >= 1 / 3) & (ratio <= 3))

    @pa.dataframe_check
    def minimum_zip_code_count(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        return data.lazyframe.select(pl.len().over("zip_code") >= 2)


HOUSES = pl.DataFrame(
    {
        "zip_code": ["01234", "01234", "1", "213", "123", "213"],
        "num_bedrooms": [2, 2, 1, None, None, 2],
        "num_bathrooms": [1, 2, 1, 1, 0, 8],
        "price": [100_000.0, 110_000.0, 50_000.0, 80_000.0, 60_000.0, 160_000.0],
    }
)


def test_dataframely_s_houses() -> None:
    """Its page keeps the first two rows, and gives these reasons for the others."""
    valid, rejected = (each.collect() for each in split(HOUSES, HouseSchema))
    assert valid.rows() == HOUSES[:2].rows()
    assert rejected["__row__"].to_list() == [2, 3, 4, 5]
    assert broken(HOUSES, HouseSchema) == {
        ("schema.str_length", "zip_code"): (2,),
        ("schema.nullable", "num_bedrooms"): (3, 4),
        ("schema.check", None): (2, 4),
    }
    found = violations(open_source(HOUSES), load_schema(HouseSchema))
    tables = [each.rows for each in found if each.column is None]
    assert tables == [(5,), (2, 4)]


def test_dataframely_s_invoices_with_a_primary_key() -> None:
    """Its example of collections: repeated keys and amounts of nothing."""
    schema = pa.DataFrameSchema(
        {
            "invoice_id": pa.Column(str),
            "admission_date": pa.Column(pl.Date),
            "discharge_date": pa.Column(pl.Date),
            "amount": pa.Column(pl.Decimal(10, 2), pa.Check.gt(Decimal(0))),
        },
        checks=pa.Check(
            lambda data: data.lazyframe.select(pl.col("discharge_date") >= pl.col("admission_date"))
        ),
        unique=["invoice_id"],
    )
    day = dt.date(2025, 1, 1)
    frame = pl.DataFrame(
        {
            "invoice_id": ["001", "002", "003", "001"],
            "admission_date": [day, dt.date(2025, 1, 5), day, day],
            "discharge_date": [dt.date(2025, 1, 4), day, dt.date(2025, 1, 2), day],
            "amount": pl.Series([1000, 200, 0, 10], dtype=pl.Decimal(10, 2)),
        }
    )
    assert broken(frame, schema) == {
        ("schema.greater_than", "amount"): (2,),
        ("schema.check", None): (1,),
        ("schema.unique", None): (0, 3),
    }


def test_pandera_s_page_on_polars() -> None:
    """States and cities: its model, its good frame, and the prices out of range that it shows."""

    class Schema(pa.DataFrameModel):
        state: str
        city: str
        price: int = pa.Field(in_range={"min_value": 5, "max_value": 20})

    good = pl.LazyFrame(
        {
            "state": ["FL", "FL", "FL", "CA", "CA", "CA"],
            "city": ["Orlando", "Miami", "Tampa", "San Francisco", "Los Angeles", "San Diego"],
            "price": [8, 12, 10, 16, 20, 18],
        }
    ).collect()
    assert broken(good, Schema) == {}
    bad = good.with_columns(price=pl.Series([8, 12, 10, 16, 20, 180]))
    assert broken(bad, Schema) == {("schema.in_range", "price"): (5,)}


def test_pandera_s_lazy_validation() -> None:
    """Its table of failure cases: a wrong type and values out of range, all told at once."""
    schema = pa.DataFrameSchema(
        {
            "a": pa.Column(int),
            "b": pa.Column(str, pa.Check.isin([*"abc"])),
            "c": pa.Column(float, pa.Check.ge(0)),
        }
    )
    frame = pl.DataFrame({"a": ["1", "2", "3"], "b": ["d", "e", "f"], "c": [0.0, 1.1, -0.1]})
    assert broken(frame, schema) == {
        ("schema.dtype", "a"): (),
        ("schema.isin", "b"): (0, 1, 2),
        ("schema.greater_than_or_equal_to", "c"): (2,),
    }


def test_pandera_s_column_checks() -> None:
    """Its functions: one for the column, one for each value, one verdict for all."""
    schema = pa.DataFrameSchema(
        {
            "column1": pa.Column(
                int,
                [
                    pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).gt(0))),
                    pa.Check(lambda value: value % 2 == 0, element_wise=True),
                    pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).sum() > 100)),
                ],
            )
        }
    )
    found = violations(open_source(pl.DataFrame({"column1": [-2, 3, 4]})), load_schema(schema))
    assert [each.rows for each in found] == [(0,), (1,), ()]
