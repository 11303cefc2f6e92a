"""Documents leave the zeros of encodings out, and whoever reads them has every cell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare
from datacheck.transform.zeros import with_zeros, without_zeros

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"row": {"x": 1.0, "c": "a"}, "out": {"x": 0.0, "c_a": 1.0, "c_b": 0.0, "c_missing": 0.0}},
    {"row": {"x": 1.0, "c": None}, "out": {"x": -0.0, "c_a": -0.0, "c_b": 0.0, "c_missing": 1.0}},
    {"row": {"x": 1.0, "c": "z"}, "refused": "c"},
]
OUTPUTS = ["x", "c_a", "c_b", "c_missing"]


def test_a_columns_own_zero_and_a_negative_one_stay() -> None:
    slim = without_zeros(ROWS, ["x", "c"], OUTPUTS)
    assert [row.get("out") for row in slim] == [
        {"x": 0.0, "c_a": 1.0},
        {"x": -0.0, "c_a": -0.0, "c_missing": 1.0},
        None,
    ]
    assert repr(with_zeros(slim, ["x", "c"], OUTPUTS)) == repr(ROWS)
    lacking = with_zeros([{"row": {}, "out": {"c_b": 1.0}}], ["x", "c"], OUTPUTS)
    assert "x" not in lacking[0]["out"]


@pytest.fixture(scope="module")
def transform() -> dc.Transform:
    options = {"c": {"encode": "one_hot", "unknown": "zeros", "indicator": True}, "x": {}}
    columns = tuple(
        Column(name=name, nullable=True, prepare=read_prepare(own, name))
        for name, own in options.items()
    )
    cells = [f"category {at}" for at in range(400)]
    table = pl.DataFrame({"c": [*cells, None], "x": [float(at) for at in range(401)]})
    return dc.fit(table, Schema(name="S", columns=columns))


def test_many_categories_make_small_artefacts(transform: dc.Transform, tmp_path: Path) -> None:
    outs: list[Any] = [row["out"] for row in transform.fitted.golden if "out" in row]
    assert {len(out) for out in outs} == {402}
    for target, name in (("javascript", "t"), ("sql", "t.sql"), ("onnx", "t.onnx")):
        transform.export(target, tmp_path / name)
        assert dc.verify(tmp_path / name).ok
    transform.save(tmp_path / "t.json")
    assert dc.verify(tmp_path / "t.json").ok
    assert dc.load(tmp_path / "t.json") == transform
    assert dc.load(tmp_path / "t.json").fitted.golden == transform.fitted.golden
    sizes = [tmp_path / "t.json", tmp_path / "t" / "golden.json", tmp_path / "t.sql"]
    assert all(path.stat().st_size < 150_000 for path in sizes)


def test_a_one_that_is_left_out_is_missed(transform: dc.Transform, tmp_path: Path) -> None:
    transform.export("javascript", tmp_path / "t")
    path = tmp_path / "t" / "golden.json"
    golden = json.loads(path.read_text(encoding="utf-8"))
    row = next(row for row in golden["rows"] if row.get("out", {}).get("c_category 0"))
    del row["out"]["c_category 0"]
    path.write_text(json.dumps(golden), encoding="utf-8")
    assert not dc.verify(tmp_path / "t").ok
    del row["out"]["x"]
    path.write_text(json.dumps(golden), encoding="utf-8")
    with pytest.raises(ArtefactError, match="a cell for every column"):
        dc.verify(tmp_path / "t")
