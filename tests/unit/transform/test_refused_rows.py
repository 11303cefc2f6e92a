"""What `apply` says of cells and columns that it refuses, whatever kind the table is."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datacheck as dc

SCHEMA = """\
schema_type: polars_dataframe
columns:
  Age: {dtype: Float64, prepare: {scale: zscore}}
  name: {dtype: String}
"""
KINDS = [pd.DataFrame, pl.DataFrame, pa.table, dict]


@pytest.fixture
def transform() -> dc.Transform:
    table = pl.DataFrame({"Age": [1.0, 2.0, 4.0], "name": ["a", "b", "c"]})
    return dc.fit(table, dc.Schema.from_yaml(SCHEMA))


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_cell_is_told_with_its_row(transform, kind):
    with pytest.raises(dc.DataError, match="row 1: None"):
        transform.apply(kind({"Age": [1.0, None, 3.0], "name": ["a", "b", "c"]}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_under_another_name_is_told_with_those_that_are_there(transform, kind):
    with pytest.raises(dc.DataError) as caught:
        transform.apply(kind({"age": [1.0, 2.0], "name": ["a", "b"]}))
    assert caught.value.got == "columns 'age', 'name'"
    assert "did you mean 'age'?" in caught.value.todo
