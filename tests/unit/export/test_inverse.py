"""The way back where a prediction is made: ONNX and SQL bring a column back as `inverse` does."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from onnx import TensorProto, helper

import datacheck as dc
from datacheck.cli import main
from datacheck.errors import ArtefactError
from datacheck.golden.back import able_back, document_back
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS: dict[str, dict[str, Any]] = {
    "price": {"role": "target", "scale": "zscore"},
    "log": {"role": "target", "power": "log1p", "scale": "minmax"},
    "root": {"power": "sqrt"},
    "signed": {"power": "signed_log1p", "scale": "robust"},
    "plain": {"missing_values": [-9]},
    "size": {"scale": "robust", "indicator": True, "impute": "mean"},
}


@pytest.fixture(scope="module")
def transform() -> dc.Transform:
    rng = np.random.default_rng(0)
    table = pl.DataFrame({name: rng.lognormal(5, 1, 60) for name in OPTIONS})
    columns = tuple(
        Column(name=name, nullable=True, prepare=read_prepare(options, name))
        for name, options in OPTIONS.items()
    )
    return dc.fit(table, Schema(name="S", columns=columns))


#: Predictions: of every size that one may have, and missing.
Y = [0.0, -0.0, 1.0, -1.25, 3.5, 1e-9, -1e-9, 0.3, 0.99999, 40.0, float("nan"), 1e-300]


def run(path: Path, feed: dict[str, Any], output: str) -> Any:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run([output], feed)[0]


def expected(transform: dc.Transform, column: str) -> Any:
    return transform.inverse(np.array(Y), columns=column)


def near(got: Any, wanted: Any, column: str) -> bool:
    ulps = 8 if column in ("log", "signed") else 0
    same = np.abs(got - wanted) <= ulps * np.spacing(np.abs(wanted))
    return bool(np.all(same | (np.isnan(got) & np.isnan(wanted))))


@pytest.mark.parametrize("column", OPTIONS)
def test_onnx_brings_a_column_back_alone(
    column: str, transform: dc.Transform, tmp_path: Path
) -> None:
    path = tmp_path / "back.onnx"
    transform.export("onnx", path, inverse=column)
    assert dc.verify(path).ok
    got = run(path, {"prepared": np.array(Y).reshape(-1, 1)}, column)
    assert got.dtype == np.float64
    assert near(got[:, 0], expected(transform, column), column)


def test_onnx_brings_several_columns_back_as_one_matrix(
    transform: dc.Transform, tmp_path: Path
) -> None:
    path = tmp_path / "back.onnx"
    transform.export("onnx", path, inverse=["root", "price", "log"])
    got = run(path, {"prepared": np.column_stack([Y, Y, Y])}, "inverse")
    for at, column in enumerate(("root", "price", "log")):
        assert near(got[:, at], expected(transform, column), column)


@pytest.mark.parametrize("shape", [["N"], ["N", 1]])
def test_a_prediction_comes_back_behind_the_model_that_makes_it(
    shape: list[Any], transform: dc.Transform, tmp_path: Path
) -> None:
    width = len(transform.feature_names_out)
    nodes = [
        helper.make_node("ReduceSum", ["x", "axis"], ["y"], keepdims=int(len(shape) == 2)),
        helper.make_node("Identity", ["x"], ["seen"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["N", width])],
        [
            helper.make_tensor_value_info("y", TensorProto.DOUBLE, shape),
            helper.make_tensor_value_info("seen", TensorProto.DOUBLE, ["N", width]),
        ],
        [axis],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "m.onnx")
    path = tmp_path / "served.onnx"
    transform.export("onnx", path, merge_into=tmp_path / "m.onnx", inverse="price")
    assert dc.verify(path).ok
    rows = pl.DataFrame(
        {name: [50.0, 120.0, 300.0] for name in ("root", "signed", "plain", "size")}
    )
    got = run(path, {"input": rows.to_numpy()}, "price")
    wanted = transform.inverse(transform.matrix(rows).sum(axis=1), columns="price")
    np.testing.assert_allclose(got[:, 0], wanted, rtol=1e-14)
    broken = onnx.load(path)
    broken.graph.initializer[-2].raw_data = np.array([7.0, 7.0]).tobytes()
    onnx.save(broken, path)
    assert not dc.verify(path).ok


def test_what_cannot_come_back_is_refused(transform: dc.Transform, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"no column 'prize'(.|\n)*'price'"):
        transform.export("onnx", tmp_path / "t.onnx", inverse="prize")
    with pytest.raises(ArtefactError, match="No column"):
        transform.export("onnx", tmp_path / "t.onnx", inverse=[])


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize("column", OPTIONS)
def test_sql_brings_a_column_back(
    dialect: str, column: str, transform: dc.Transform, tmp_path: Path
) -> None:
    path = tmp_path / "back.sql"
    transform.export("sql", path, inverse=column, dialect=dialect, table="predictions")
    assert dc.verify(path).ok
    statement = path.read_text(encoding="utf-8")
    rows = list(enumerate(Y))
    if dialect == "duckdb":
        base = duckdb.connect()
        base.execute(f"CREATE TABLE predictions (id INTEGER, {column} DOUBLE)")
    else:
        base = sqlite3.connect(":memory:")
        base.execute(f"CREATE TABLE predictions (id INTEGER, {column} REAL)")
    base.executemany("INSERT INTO predictions VALUES (?, ?)", rows)
    got = base.execute(statement).fetchall()
    base.close()
    cells = [np.nan if row[-1] is None else row[-1] for row in got]
    assert near(np.array(cells), expected(transform, column), column)
    # The other columns pass, where the engine has a star that replaces.
    assert len(got[0]) == (2 if dialect == "duckdb" else 1)


@pytest.mark.parametrize("dialect", ["postgresql", "spark", "snowflake", "bigquery"])
def test_sql_of_every_dialect_is_written(
    dialect: str, transform: dc.Transform, tmp_path: Path
) -> None:
    transform.export(
        "sql", tmp_path / "t.sql", inverse=list(OPTIONS), dialect=dialect, columns=["id", "log"]
    )
    text = (tmp_path / "t.sql").read_text(encoding="utf-8")
    assert "datacheck_refused" not in text.rpartition("-- datacheck.golden")[2].split("\n", 1)[1]


@pytest.fixture(scope="module")
def folder(transform: dc.Transform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("back") / "prepared"
    transform.export("javascript", path)
    return path


def node(folder: Path, body: str) -> Any:
    script = f'import {{ inverse }} from "./index.js"; console.log(JSON.stringify({body}));'
    command = ["node", "--input-type=module", "-e", script]
    run = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    return json.loads(run.stdout) if run.returncode == 0 else run.stderr


@pytest.mark.parametrize("column", OPTIONS)
def test_javascript_brings_a_column_back(
    column: str, folder: Path, transform: dc.Transform
) -> None:
    cells = [None if cell != cell else cell for cell in Y]  # noqa: PLR0124
    together, alone = node(
        folder,
        f"((ys) => [[...inverse(ys, {column!r})], ys.map((y) => inverse({{ {column}: y }}))])"
        f"({json.dumps(cells)})",
    )
    wanted = expected(transform, column)
    assert near(np.array(together, float), wanted, column)
    assert near(np.array([row[column] for row in alone], float), wanted, column)


@pytest.mark.parametrize("given", ['["1"], "price"', '{ price: "x" }', "undefined, 'price'"])
def test_javascript_brings_back_numbers_alone(given: str, folder: Path) -> None:
    assert 'field "price": a prepared number is wanted' in node(folder, f"inverse({given})")


def test_javascript_replays_the_way_back(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "prepared"
    shutil.copytree(folder, path)
    golden = json.loads((path / "golden.json").read_text(encoding="utf-8"))
    assert dc.verify(path).ok
    assert set(golden["back"]["columns"]) == set(OPTIONS)
    row = next(row for row in golden["back"]["rows"] if row["out"]["price"])
    row["out"]["price"] *= 1 + 1e-9
    (path / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    assert [finding.column for finding in dc.verify(path).findings] == ["price"]
    told = subprocess.run(
        ["node", "verify.mjs"], cwd=path, capture_output=True, encoding="utf-8", check=False
    )
    assert told.returncode == 1
    assert "the way back: row" in told.stderr


def test_a_cell_that_is_no_prediction_leaves_the_rest_of_its_row() -> None:
    table = pl.DataFrame({"tiny": [1e-300, 2e-300, 3e-300], "x": [1.0, 2.0, 4.0]})
    columns = tuple(
        Column(name=n, prepare=read_prepare({"scale": "zscore"}, n)) for n in table.columns
    )
    fitted = dc.fit(table, Schema(name="S", columns=columns)).fitted
    rows = [row["row"] for row in document_back(fitted, able_back(fitted))["rows"]]
    assert sum(row["tiny"] is None and row["x"] is not None for row in rows) > 3


CLASSES: dict[str, list[Any]] = {
    "species": ["it's", "l\n", "c;", "\U0001f427", "__proto__"],
    "flag": [False, True],
    "code": [7, 3, -2],
}


@pytest.fixture(scope="module")
def classes() -> dc.Transform:
    table = pl.DataFrame({name: (cells * 30)[:30] for name, cells in CLASSES.items()})
    columns = tuple(
        Column(name=name, nullable=True, prepare=read_prepare({"encode": "ordinal"}, name))
        for name in CLASSES
    )
    return dc.fit(table, Schema(name="S", columns=columns))


@pytest.mark.parametrize("column", CLASSES)
def test_codes_come_back_as_their_categories_everywhere(
    column: str, classes: dc.Transform, tmp_path: Path
) -> None:
    codes = [0.0, -0.0, 1.0, 2.0, 4.0, 5.0, -1.0, 0.5, float("nan"), 1e300, -1e300]
    wanted = classes.inverse(codes, columns=column).tolist()
    assert {cell for cell in wanted if cell is not None} <= set(CLASSES[column])
    classes.export("onnx", tmp_path / "back.onnx", inverse=column)
    assert dc.verify(tmp_path / "back.onnx").ok
    got = run(tmp_path / "back.onnx", {"prepared": np.array(codes).reshape(-1, 1)}, column)[:, 0]
    assert [None if cell == "" or cell != cell else cell for cell in got.tolist()] == wanted  # noqa: PLR0124
    for dialect in ("duckdb", "sqlite"):
        path = tmp_path / f"{dialect}.sql"
        classes.export("sql", path, inverse=column, dialect=dialect, table="answers")
        assert dc.verify(path).ok
        base = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
        base.execute(f"CREATE TABLE answers (id INTEGER, {column} DOUBLE)")
        base.executemany("INSERT INTO answers VALUES (?, ?)", list(enumerate(codes)))
        rows = base.execute(path.read_text(encoding="utf-8")).fetchall()
        base.close()
        assert [row[-1] for row in rows] == wanted


def test_text_comes_back_alone_and_numbers_beside_each_other(
    classes: dc.Transform, tmp_path: Path
) -> None:
    path = tmp_path / "back.onnx"
    classes.export("onnx", path, inverse=["code", "flag"])
    assert dc.verify(path).ok
    got = run(path, {"prepared": np.array([[1.0, 1.0], [9.0, 0.0]])}, "inverse")
    assert np.array_equal(got, [[3.0, 1.0], [np.nan, 0.0]], equal_nan=True)
    with pytest.raises(ArtefactError, match="name it alone: 'species'"):
        classes.export("onnx", tmp_path / "x.onnx", inverse=["species", "code"])


def test_a_changed_way_back_does_not_verify(transform: dc.Transform, tmp_path: Path) -> None:
    path = tmp_path / "back.sql"
    transform.export("sql", path, inverse=["price", "size"], form="view", name="euros")
    text = path.read_text(encoding="utf-8")
    assert "CREATE VIEW" in text
    path.write_text(text.replace(" + CAST(", " - CAST(").replace(" + '", " - '"), encoding="utf-8")
    assert not dc.verify(path).ok


def test_the_command_writes_the_way_back(transform: dc.Transform, tmp_path: Path) -> None:
    transform.save(tmp_path / "t.json")
    for to, name in (("onnx", "t.onnx"), ("sql", "t.sql"), ("javascript", "t")):
        out = str(tmp_path / name)
        command = ["export", str(tmp_path / "t.json"), "--to", to, "--inverse", "price", "-o", out]
        assert main(command) == 0
        assert dc.verify(out).ok
    wrong = ["export", str(tmp_path / "t.json"), "--to", "sklearn", "--inverse", "price"]
    assert main([*wrong, "-o", str(tmp_path / "t.skops")]) == 2
