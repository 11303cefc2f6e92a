"""Whole numbers that the output's type does not hold exactly leave as the nearest one it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from tests.support.served import in_node

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
        if dtype == pl.Int64 and to in ("onnx", "sklearn"):  # which take doubles
            with pytest.raises(dc.ArtefactError, match=r"Column 'k' .* no doubles apart"):
                transform.export(to, tmp_path / name)
            continue
        transform.export(to, tmp_path / name)
        assert dc.verify(tmp_path / name).ok


#: Neighbours that one double stands for, and the ends of 64 bits.
WIDE = [1, 2**53, 2**53 + 1, 2**53 + 3, -(2**53) - 1, 2**60 + 1, 2**63 - 1, -(2**63)]
PREPARE = {
    "one-hot": "encode: one_hot, unknown: zeros",
    "ordinal": "encode: ordinal, unknown: zeros",
    "declared": f"missing_values: [{2**53 + 1}], impute: constant, fill_value: {2**53 + 3}",
    "filled": "impute: most_frequent",
}


def whole(prepare: str, cells: list[int], folder: Path) -> dc.Transform:
    (folder / "s.yaml").write_text(
        "schema_type: polars_dataframe\nname: T\ncolumns:\n"
        f"  k: {{dtype: Int64, nullable: true, prepare: {{{prepare}}}}}\n"
    )
    return dc.fit(pl.DataFrame({"k": cells}), folder / "s.yaml")


def outcome(transform: dc.Transform, cell: Any) -> Any:
    try:
        return {n: str(int(c)) for n, c in transform.apply_row({"k": cell}).items()}
    except dc.DatacheckError:
        return None


@pytest.mark.parametrize("prepare", PREPARE)
def test_javascript_tells_whole_numbers_of_64_bits_apart(prepare: str, tmp_path: Path) -> None:
    transform = whole(PREPARE[prepare], WIDE, tmp_path)
    transform.export("javascript", tmp_path / "js")
    assert dc.verify(tmp_path / "js").ok
    served = [*WIDE, 2**53 + 2, 2**60, 2**63, -(2**63) - 1, 2**70, 7]
    script = """
    import { readFileSync } from "node:fs";
    import { transform, transformBatch } from "./index.js";
    const given = JSON.parse(readFileSync(process.argv[2])).map(BigInt);
    const told = (run) => {
      try { return run(); } catch (error) {
        if (error.name !== "DatacheckError") throw error;
        return null;
      }
    };
    console.log(JSON.stringify(given.map((k) => {
      const out = told(() => transform({ k }));
      const batch = told(() => transformBatch([{ k }]));
      const numbers = out && Object.values(out).map(Number);
      if (out && String(numbers) !== String([...batch])) throw new Error(`${k}: ${batch}`);
      return out && Object.fromEntries(Object.entries(out).map(([n, cell]) => [n, String(cell)]));
    })));
    """
    assert in_node(tmp_path / "js", script, list(map(str, served))) == [
        outcome(transform, each) for each in served
    ]


def test_a_code_comes_back_digit_by_digit(tmp_path: Path) -> None:
    transform = whole("role: target, encode: ordinal", WIDE, tmp_path)
    transform.export("javascript", tmp_path / "js")
    script = """
    import { readFileSync } from "node:fs";
    import { inverse } from "./index.js";
    const codes = JSON.parse(readFileSync(process.argv[2]));
    console.log(JSON.stringify(inverse(codes, "k").map(String)));
    """
    codes = list(range(len(WIDE)))
    back = in_node(tmp_path / "js", script, codes)
    assert back == [str(each) for each in transform.inverse(codes, columns="k")]
    assert sorted(map(int, back)) == sorted(WIDE)


@pytest.mark.parametrize("to", ["onnx", "sklearn"])
def test_categories_that_no_double_tells_apart_are_refused_by_name(to: str, tmp_path: Path) -> None:
    transform = whole("encode: one_hot", WIDE, tmp_path)
    path = tmp_path / ("m.onnx" if to == "onnx" else "m.skops")
    with pytest.raises(dc.DatacheckError, match=r"'k' .* no doubles apart"):
        transform.export(to, path)
    assert not path.exists()


@pytest.mark.parametrize("unknown", ["error", "zeros"])
@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
def test_onnx_refuses_what_is_no_whole_number(encode: str, unknown: str, tmp_path: Path) -> None:
    import onnxruntime

    transform = whole(f"encode: {encode}, unknown: {unknown}", [1, 2, 2], tmp_path)
    transform.export("onnx", tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"))
    cells = [1.0, 2.0, 3.0, 1.5, -0.5, 1e300, np.inf, -np.inf, np.nan, 2.0**63, -(2.0**63)]
    feed = {session.get_inputs()[0].name: np.array(cells).reshape(-1, 1)}
    output, refused = session.run(["output", "refused"], feed)
    for cell, made, no in zip(cells, output, refused.any(axis=1), strict=True):
        try:
            wanted = list(transform.apply_row({"k": cell}).values())
        except dc.DatacheckError:
            assert no, cell
        else:
            assert not no, cell
            assert made.tolist() == wanted, cell
