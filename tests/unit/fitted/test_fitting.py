"""`fit` takes the roles that a schema leaves open."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import datacheck as dc

SCHEMA = dc.Schema.from_yaml("""
schema_type: polars_dataframe
columns:
  key: {dtype: Int64, prepare: {impute: median}}
  x: {dtype: Float64, nullable: true, prepare: {impute: median, scale: zscore}}
  y: {dtype: Float64, prepare: {impute: mean}}
""")
DATA = pl.DataFrame({"key": [1, 2, 3], "x": [1.0, None, 3.0], "y": [5.0, 6.0, 7.0]})


def test_roles_named_in_the_call_go_before_the_schema() -> None:
    fitted = dc.fit(DATA, SCHEMA, target="y", id=["key"])
    assert fitted.feature_names_out == ("x",)
    assert fitted.apply(DATA.drop("y"))["key"].equals(DATA["key"])
    assert dc.fit(DATA, SCHEMA).feature_names_out == ("key", "x", "y")


def test_a_role_of_a_column_that_is_not_declared_is_refused() -> None:
    with pytest.raises(dc.SchemaError, match="declares no column 'z'"):
        dc.fit(DATA, SCHEMA, time="z")


@pytest.mark.parametrize("verb", ["apply", "matrix"])
@pytest.mark.parametrize("kind", [pl.DataFrame.clone, pl.DataFrame.lazy, pl.DataFrame.to_pandas])
def test_a_column_that_is_spelt_otherwise_is_named(verb: str, kind: Any) -> None:
    fitted = dc.fit(DATA, SCHEMA, target="y")
    with pytest.raises(dc.DataError, match="did you mean 'KEY'"):
        getattr(fitted, verb)(kind(DATA.rename({"key": "KEY"})))
