"""The request model takes the rows that `apply_row` takes, and no others."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

import datacheck as dc
from datacheck.errors import DataError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 2, 1), None]
COLUMNS: dict[str, tuple[list[Any], dict[str, Any], dict[str, Any]]] = {
    "filled": ([1.5, 2.0, None], {"impute": "median", "scale": "zscore"}, {}),
    "whole": ([1.5, 2.0, 3.0], {"scale": "robust"}, {"nullable": False}),
    "no infinity": ([1.5, 2.0, None], {"infinite": "missing", "impute": "mean"}, {}),
    "read": (["1", "2.5", "NA"], {"missing_values": ["NA"], "impute": "mean"}, {"coerce": True}),
    "text": (["a", "b", None], {"encode": "one_hot"}, {}),
    "any text": (["a", "b", "a"], {"encode": "one_hot", "unknown": "zeros"}, {"nullable": False}),
    "spelt": (["a", "A", "b"], {"encode": "ordinal", "spellings": {"a": ["A"]}}, {}),
    "truth": ([True, False, None], {"encode": "ordinal"}, {}),
    "codes": ([1, 2, 2], {"encode": "one_hot"}, {"nullable": False}),
    "day": (DAYS, {"impute": "most_frequent"}, {}),
    "passes": (["p", "q", None], {}, {}),
}
CELLS = [
    None,
    math.nan,
    math.inf,
    0,
    1,
    2,
    1.5,
    2.0,
    True,
    "",
    "a",
    "A",
    "NA",
    "x",
    "2.5",
    [],
    {},
    b"a",
]

NO_JSON = [math.nan, math.inf, b"a", DAYS[0]]


def fitted(name: str) -> dc.Transform:
    cells, options, more = COLUMNS[name]
    dtype = pl.Float64() if more.get("coerce") else None
    column = Column(
        name=name, dtype=dtype, prepare=read_prepare(options, name), **{"nullable": True, **more}
    )
    return dc.fit(pl.DataFrame({name: cells}), Schema(name="S", columns=(column,)))


@pytest.mark.parametrize("name", COLUMNS)
def test_the_model_takes_what_the_row_takes(name: str) -> None:
    transform = fitted(name)
    model = transform.pydantic_model()
    dates = Draft202012Validator.FORMAT_CHECKER
    schema = Draft202012Validator(transform.json_schema(), format_checker=dates)
    for cell in [*CELLS, *NO_JSON]:
        row = {name: cell}
        try:
            transform.apply_row(row)
            passes = True
        except DataError:
            passes = False
        try:
            given = model(**row).model_dump(by_alias=True)
        except ValidationError:
            given = None
        assert passes == (given is not None), (cell, passes)
        if given is not None:
            transform.apply_row(given)
        # JSON has no NaN and no infinity, and no pattern says which text is a number.
        if cell in NO_JSON or (name == "read" and isinstance(cell, str)):
            continue
        assert schema.is_valid(row) == passes, (cell, passes)


def test_an_absent_column_may_be_absent_and_a_day_comes_as_text() -> None:
    transform = fitted("day")
    model = transform.pydantic_model()
    assert model(day="2024-02-01").model_dump(by_alias=True) == {"day": DAYS[1]}
    with pytest.raises(ValidationError, match="day"):
        model()


def test_a_span_comes_in_microseconds() -> None:
    table = pl.DataFrame({"s": [dt.timedelta(seconds=1), None]})
    column = Column(name="s", nullable=True, prepare=read_prepare({"impute": "median"}, "s"))
    model = dc.fit(table, Schema(name="S", columns=(column,))).pydantic_model()
    assert model(s=1500).model_dump(by_alias=True) == {"s": dt.timedelta(milliseconds=1.5)}


def test_a_field_is_called_as_its_column_where_python_lets_it() -> None:
    odd = ["model_x", "class", "field_0", "copy", "a b", "_x"]
    data = pl.DataFrame({name: [1.0, 2.0] for name in [*odd, "area"]})
    columns = tuple(
        Column(name=name, prepare=read_prepare({"scale": "zscore"}, name)) for name in data.columns
    )
    model = dc.fit(data, Schema(name="S", columns=columns)).pydantic_model()
    row = model.model_validate(dict.fromkeys(data.columns, 1.5))
    assert row.area == 1.5
    assert list(type(row).model_fields) == [f"field_{at}" for at in range(len(odd))] + ["area"]
    assert row.model_dump(by_alias=True) == dict.fromkeys(data.columns, 1.5)
