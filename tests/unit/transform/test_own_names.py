"""Served data with a column of its own under a name that the transform gives: refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest

import datacheck as dc
from tests.support.served import in_node

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
schema_type: polars_dataframe
name: Served
columns:
  x: {dtype: Float64, nullable: true, prepare: {impute: median, indicator: true}}
  k: {dtype: String, prepare: {encode: one_hot}}
  o: {dtype: Float64, nullable: true, required: false, prepare: {impute: median, indicator: true}}
"""

ROW = {"x": 1.0, "k": "a", "o": 2.0}


@pytest.fixture
def transform(tmp_path: Path) -> dc.Transform:
    (tmp_path / "s.yaml").write_text(SCHEMA)
    frame = pl.DataFrame({"x": [1.0, None, 3.0], "k": ["a", "b", "a"], "o": [2.0, 4.0, None]})
    return dc.fit(frame, tmp_path / "s.yaml")


def tables(row: dict[str, Any]) -> list[Any]:
    frame = pl.DataFrame([row])
    return [frame, frame.lazy(), pd.DataFrame([row]), frame.to_arrow(), [row], frame.to_dict()]


def applied(transform: dc.Transform, data: Any, **options: Any) -> pl.DataFrame:
    out = transform.apply(data, **options)
    return out.collect() if isinstance(out, pl.LazyFrame) else pl.DataFrame(out)


@pytest.mark.parametrize("own", ["x_missing", "k_a", "k_b", "o_missing"])
@pytest.mark.parametrize("absent", ["none", "o"])
def test_it_is_refused_by_name(
    transform: dc.Transform, own: str, absent: str, tmp_path: Path
) -> None:
    row = {own: 5.0, **ROW} | {"later": "passes"}
    row.pop(absent, None)
    for data in tables(row):
        with pytest.raises(dc.DatacheckError, match=own):
            applied(transform, data)
    for _ in range(3):  # op by op, and once it is compiled
        with pytest.raises(dc.DatacheckError, match=own):
            transform.apply_row(row)
    transform.export("javascript", tmp_path / "js")
    script = """
    import { transform, transformRows } from "./index.js";
    const row = %s;
    const told = [() => transform(row), () => transformRows([row])].map((run) => {
      try { run(); } catch (error) { return [error.name, error.column, error.row ?? null]; }
    });
    console.log(JSON.stringify(told));
    """
    told = in_node(tmp_path / "js", script % json.dumps(row), None)
    assert told == [["DatacheckError", own, None], ["DatacheckError", own, 0]]


def test_what_gives_other_columns_alone_takes_it(transform: dc.Transform) -> None:
    row = {**ROW, "x_missing": 5.0}
    frame = pl.DataFrame([row])
    assert transform.matrix(frame).tolist() == [[1.0, 0.0, 1.0, 0.0, 2.0, 0.0]]
    for data in tables(row):
        assert transform.matrix(data).tolist() == transform.matrix(frame).tolist()
    assert transform.apply_row(row, columns=["x"]) == {"x": 1.0, "x_missing": 0.0}
    for data in tables(row):
        alone = applied(transform, data, columns=["x"])
        assert alone.to_dicts() == [{"x": 1.0, "x_missing": 0.0}]


def test_prepared_data_given_again_lacks_its_columns(transform: dc.Transform) -> None:
    prepared = transform.apply(pd.DataFrame([ROW]))
    with pytest.raises(dc.DatacheckError, match="fitted on: 'k'"):
        transform.apply(prepared)
