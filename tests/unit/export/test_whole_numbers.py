"""Whole numbers that the output's type does not hold exactly leave as the nearest one it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = [420_000_000_000, -20_000_000_000_001, None, 2**53 + 1, 2**62 + 1]


@pytest.mark.parametrize("output", ["float32", "float64"])
@pytest.mark.parametrize("to", ["javascript", "onnx", "sklearn", "sql"])
def test_whole_numbers_that_are_not_scaled_can_be_exported(
    to: str, output: str, tmp_path: Path
) -> None:
    schema = tmp_path / "s.yaml"
    schema.write_text(
        f"""
schema_type: polars_dataframe
name: Counts
columns:
  k: {{dtype: Int64, nullable: true, prepare: {{impute: constant, fill_value: 7}}}}
  b: {{dtype: Float64, prepare: {{scale: robust}}}}
prepare: {{output: {output}}}
"""
    )
    frame = pl.DataFrame({"k": COUNTS * 8, "b": [1.0, 2.0, 3.0, 4.0, 5.0] * 8})
    ending = {"onnx": ".onnx", "sklearn": ".skops", "sql": ".sql"}.get(to, "")
    options = {"dialect": "duckdb", "table": "t"} if to == "sql" else {}
    path = tmp_path / f"counts{ending}"
    dc.fit(frame, schema).export(to, path, **options)
    assert dc.verify(path).ok
