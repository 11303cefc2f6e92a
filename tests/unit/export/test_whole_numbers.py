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


@pytest.mark.parametrize("encode", ["ordinal", "one_hot"])
@pytest.mark.parametrize(
    "dtype", [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64]
)
def test_categories_may_be_the_ends_of_their_type(
    dtype: pl.DataType, encode: str, tmp_path: Path
) -> None:
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\nname: S\n"
        f"columns: {{k: {{nullable: true, prepare: {{encode: {encode}, impute: most_frequent}}}}}}"
    )
    low, high = pl.select(low=dtype.min(), high=dtype.max()).row(0)
    frame = pl.DataFrame({"k": pl.Series([low, high, 0, 1, None] * 8, dtype=dtype)})
    if dtype == pl.UInt64:
        with pytest.raises(dc.DatacheckError, match="not a whole number of 64 bits"):
            dc.fit(frame, schema)
        return
    transform = dc.fit(frame, schema)
    assert transform.apply_row({"k": high}) == transform.apply(frame[1:2]).row(0, named=True)
    for name in ("k.sql", "k.onnx", "k.skops", "k"):
        to = {"sql": "sql", "onnx": "onnx", "skops": "sklearn"}.get(name[2:], "javascript")
        if dtype == pl.Int64 and to != "sql":  # which takes whole numbers as they are
            with pytest.raises(dc.ArtefactError, match=r"Column 'k' .* no doubles apart"):
                transform.export(to, tmp_path / name)
            continue
        transform.export(to, tmp_path / name)
        assert dc.verify(tmp_path / name).ok
