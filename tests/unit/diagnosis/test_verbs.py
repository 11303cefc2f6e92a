"""`diagnose` with a transform, and from the command line."""

from __future__ import annotations

import json

import numpy as np
import onnx
import polars as pl
import pytest

import datacheck as dc
from datacheck.cli import main
from datacheck.errors import SourceError
from tests.support.onnx_models import Builder

SCHEMA = """
schema_type: polars_dataframe
columns:
  age: {dtype: Float64, nullable: true, prepare: {impute: median, scale: zscore}}
  income: {dtype: Float64, nullable: true, prepare: {impute: median, scale: zscore}}
"""


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = {"age": rng.uniform(20, 60, 50).tolist(), "income": rng.uniform(1, 9, 50).tolist()}
    return pl.DataFrame(rows)


@pytest.fixture
def transform(table, tmp_path):
    (tmp_path / "s.yaml").write_text(SCHEMA)
    return dc.fit(table, tmp_path / "s.yaml")


@pytest.fixture
def model():
    b = Builder(2)
    return b.model(b.node("MatMul", ["x", b.weight("w", [[1.0], [2.0]])], "y", "/dense/MatMul"))


def holed(table):
    at = pl.int_range(pl.len()) == 17
    return table.with_columns(pl.when(~at).then(pl.col("income")).alias("income"))


def test_what_the_transform_makes_finite_is_an_answer(table, transform, model):
    (found,) = dc.diagnose(model, holed(table), transform).findings
    assert (found.code, found.severity, found.rows) == ("nan.input", "warning", (17,))
    assert "fed the raw table" in found.message
    assert found.evidence["cause"] == "raw"
    assert dc.diagnose(model, table, transform).findings == ()


def test_an_infinity_that_the_transform_refuses_is_named(table, transform, model):
    at = pl.int_range(pl.len()) == 4
    spoilt = table.with_columns(
        pl.when(at).then(float("inf")).otherwise(pl.col("age")).alias("age")
    )
    found = dc.diagnose(model, spoilt, transform).findings
    assert [(f.code, f.column, f.rows) for f in found] == [("nan.input", "age", (4,))]


def test_cells_are_those_of_the_raw_table(table, transform):
    b = Builder(2)
    model = b.model(b.node("Log", ["x"], "y"))
    (first, second) = dc.diagnose(model, table, transform).findings
    assert first.values[0] == table[first.column][first.rows[0]]
    assert second.code == "nan.op"


def test_the_command_line(table, model, tmp_path, capsys, transform):
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    holed(table).write_csv(tmp_path / "x.csv")
    table.write_csv(tmp_path / "good.csv")
    transform.save(tmp_path / "t.json")
    asked = ["diagnose", str(tmp_path / "m.onnx"), "--data"]
    assert main([*asked, str(tmp_path / "x.csv"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["format"] == "datacheck.report"
    (found,) = report["findings"]
    assert (found["code"], found["column"], found["rows"]) == ("nan.input", "income", [17])
    assert main([*asked, str(tmp_path / "good.csv")]) == 0
    assert "Nothing found" in capsys.readouterr().out
    page = tmp_path / "r.html"
    assert main([*asked, str(tmp_path / "x.csv"), "--html", str(page), "--fail-on", "never"]) == 0
    assert "income" in page.read_text()
    asked += [str(tmp_path / "x.csv"), "--transform", str(tmp_path / "t.json")]
    assert main(asked) == 0
    assert main(["diagnose", str(tmp_path / "no.onnx"), "--data", str(tmp_path / "x.csv")]) == 2
    assert "there is no model" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["m.onnx", "w.bin"])
def test_a_model_that_changes_meanwhile_gives_no_answer(
    table, transform, model, tmp_path, monkeypatch, name
):
    """Neither its file nor one that lies beside it."""
    where = {"save_as_external_data": True, "location": "w.bin", "size_threshold": 0}
    onnx.save(model, tmp_path / "m.onnx", **where)
    assert dc.diagnose(tmp_path / "m.onnx", table, transform).findings == ()
    apply = type(transform).apply

    def written_meanwhile(*given, **words):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b" ")
        return apply(*given, **words)

    monkeypatch.setattr(type(transform), "apply", written_meanwhile)
    with pytest.raises(SourceError, match=f"(?s){name} changed while it was read"):
        dc.diagnose(tmp_path / "m.onnx", table, transform)


def test_a_cell_that_is_called_by_a_category_is_not_named_without_values(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "schema_type: polars_dataframe\ncolumns:\n"
        "  who: {dtype: String, prepare: {encode: one_hot}}\n"
    )
    people = pl.DataFrame({"who": ["Ada", "Grace"] * 10})
    b = Builder(2)
    model = b.model(b.node("Sub", [b.node("Reciprocal", ["x"], "l")] * 2, "y"))
    report = dc.diagnose(model, people, dc.fit(people, tmp_path / "s.yaml"))
    assert {each.column for each in report.findings} == {"who_Ada", "who_Grace"}
    shown = report.without_values()
    assert {each.column for each in shown.findings} == {"who_[hidden]"}
    assert not any(name in shown.to_json() for name in ("Ada", "Grace"))
