"""Which columns a served transform works on: those asked for, and what becomes of absent ones."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import onnxruntime
import polars as pl
import pytest
import skops.io

import datacheck as dc
from datacheck.cli import main
from datacheck.errors import ArtefactError, DataError
from datacheck.export.sklearn.exporter import TRUSTED
from tests.support.served import in_node

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
schema_type: polars_dataframe
name: Visits
columns:
  id: {dtype: Int64, prepare: {role: id}}
  area:
    dtype: Float64
    nullable: true
    prepare: {impute: median, indicator: true, power: sqrt, scale: minmax, clip: true}
  kind: {dtype: String, nullable: true, prepare: {encode: one_hot, unknown: zeros}}
  rooms: {dtype: Int64, nullable: true, required: false, prepare: {impute: most_frequent}}
  tag: {dtype: String, nullable: true, required: false, prepare: {encode: ordinal, unknown: zeros}}
  when: {dtype: Int64, prepare: {role: time, scale: zscore}}
  shop: {dtype: String, prepare: {role: group}}
  mass: {dtype: Float64, prepare: {role: weight}}
  note: {dtype: String, nullable: true, prepare: {role: ignore}}
  price: {dtype: Float64, prepare: {role: target, scale: zscore}}
  sold: {dtype: String, prepare: {role: target, encode: ordinal}}
"""
TABLE = pl.DataFrame(
    {
        "id": range(6),
        "area": [50.0, None, 90.0, 200.0, 75.5, 61.0],
        "kind": ["flat", "villa", "house", None, "flat", "flat"],
        "rooms": [2, 3, None, 3, 1, 3],
        "tag": ["x", "y", None, "x", "z", "z"],
        "when": [100, 200, 300, 400, 500, 600],
        "shop": list("aabbcc"),
        "mass": [1.0, 2.0, 1.0, 2.0, 1.0, 0.5],
        "note": ["n", None, "o", "p", "q", "r"],
        "price": [100.0, 150.0, 180.0, 400.0, 120.0, 90.0],
        "sold": ["yes", "no", "no", "yes", "late", "no"],
    }
)
#: What may be absent, by role: targets, ids and what is ignored, and what is not required.
ABSENT = ("id", "rooms", "tag", "note", "price", "sold")
NEEDED = tuple(name for name in TABLE.columns if name not in ABSENT)
FEATURES = ("area", "kind", "rooms", "tag")


@pytest.fixture(scope="module")
def transform(tmp_path_factory: pytest.TempPathFactory) -> dc.Transform:
    path = tmp_path_factory.mktemp("schema") / "visits.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return dc.fit(TABLE, path)


def node(folder: Path, expression: str) -> Any:
    """What an expression gives, of the exported module `m` and the rows `rows`."""
    script = (
        "import { readFileSync } from 'node:fs';\n"
        "import * as m from './visits/index.js';\n"
        "const rows = JSON.parse(readFileSync(process.argv[2], 'utf8'));\n"
        "const tried = (run) => { try { return run(); } catch (e) { return String(e.column); } };\n"
        f"console.log(JSON.stringify({expression}));\n"
    )
    return in_node(folder, script, TABLE.to_dicts())


def listed(frame: pl.DataFrame) -> list[list[list[Any]]]:
    """Rows as the pairs of their cells, so that the order counts."""
    return [[list(pair) for pair in row.items()] for row in frame.to_dicts()]


def test_without_each_column_in_tables_and_rows(transform: dc.Transform) -> None:
    whole = transform.apply(TABLE)
    filled = {"rooms": ["rooms"], "tag": ["tag"]}
    for name in ABSENT:
        given = TABLE.drop(name)
        out = transform.apply(given)
        kept = [each for each in whole.columns if each != name or name in filled]
        assert out.columns == kept
        own = filled.get(name, [])
        assert out.drop(own).equals(whole.select(kept).drop(own))
        assert [list(transform.apply_row(row).items()) for row in given.to_dicts()] == [
            list(row.items()) for row in out.to_dicts()
        ]
        if own:
            hole = transform.apply(TABLE.with_columns(pl.lit(None).alias(name)))
            assert out[name].to_list() == hole[name].to_list()
    for name in NEEDED:
        with pytest.raises(DataError, match=f"'{name}'"):
            transform.apply(TABLE.drop(name))
        with pytest.raises(DataError, match=f"'{name}'"):
            transform.apply_row(TABLE.drop(name).row(0, named=True))


def test_without_each_column_in_javascript(transform: dc.Transform, tmp_path: Path) -> None:
    transform.export("javascript", tmp_path / "visits")
    names = json.dumps([*ABSENT, *NEEDED])
    without = (
        f"Object.fromEntries({names}.map((name) => [name, tried(() => m.transformRows("
        "rows.map(({ [name]: _, ...row }) => row)).map((row) => Object.entries(row)))]))"
    )
    found = node(tmp_path, without)
    for name in ABSENT:
        assert found[name] == listed(transform.apply(TABLE.drop(name)))
    for name in NEEDED:
        assert found[name] == name


def test_chosen_columns_in_javascript(transform: dc.Transform, tmp_path: Path) -> None:
    transform.export("javascript", tmp_path / "visits")
    chosen = ["kind", "price", "area"]
    names = json.dumps(chosen)
    found = node(
        tmp_path,
        f"""[
          m.transformRows(rows, {{columns: {names}}}).map((row) => Object.entries(row)),
          Object.entries(m.transform(rows[0], {{columns: {names}}})),
          [...m.transformBatch(rows, {{columns: {names}}})],
          m.featuresOf({names}),
          tried(() => m.transform({{}}, {{columns: ["area"]}})),
          tried(() => m.transform(rows[0], {{columns: ["aera"]}})),
          tried(() => m.transform(rows[0], {{columns: ["area", "area"]}})),
          tried(() => m.transform({{}}, {{columns: ["rooms"]}})),
        ]""",
    )
    expected = transform.apply(TABLE, columns=chosen)
    assert found[0] == listed(expected)
    assert found[1] == found[0][0]
    features = [each for each in expected.columns if each != "price"]
    assert found[3] == features
    assert found[2] == expected.select(features).to_numpy().ravel().tolist()
    assert found[4:] == ["area", "aera", "area", {"rooms": 3}]
    (tmp_path / "part").mkdir()
    transform.export("javascript", tmp_path / "part" / "visits", columns=["kind", "area"])
    assert dc.verify(tmp_path / "part" / "visits").ok
    assert node(tmp_path / "part", "[m.columns, [...m.transformBatch(rows)]]") == [
        features,
        found[2],
    ]
    with pytest.raises(ArtefactError, match="'aera'"):
        transform.export("javascript", tmp_path / "x", columns=["aera"])


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_columns_that_a_table_lacks_in_sql(
    dialect: str, transform: dc.Transform, tmp_path: Path
) -> None:
    base = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
    base.execute("CREATE TABLE visits (kind VARCHAR, id INTEGER, area DOUBLE)")
    rows = TABLE.select("kind", "id", "area").rows()
    base.executemany("INSERT INTO visits VALUES (?, ?, ?)", rows)
    for columns in (None, ["kind", "id", "area"]):
        path = tmp_path / f"{columns is None}.sql"
        options: dict[str, Any] = {"dialect": dialect, "table": "visits", "columns": columns}
        kept = transform.fitted._replace(
            programs=tuple(p for p in transform.fitted.programs if p.column in FEATURES)
        )
        part = dc.Transform(kept)
        part.export("sql", path, absent=["rooms", "tag"], **options)
        assert dc.verify(path).ok
        cursor = base.execute(path.read_text(encoding="utf-8"))
        names = [each[0] for each in cursor.description]
        got = pl.DataFrame(cursor.fetchall(), schema=names, orient="row")
        expected = part.apply(TABLE.select("kind", "id", "area"))
        if columns is not None:
            assert names == [*expected.columns, "datacheck_refused"]
        mine = [name for name in expected.columns if name in names]
        assert got.select(mine).to_dicts() == expected.select(mine).to_dicts()
        assert set(part.feature_names_out) <= set(mine)
    base.close()
    with pytest.raises(ArtefactError, match="'area' cannot be absent"):
        transform.export("sql", tmp_path / "x.sql", absent="area", dialect=dialect)
    with pytest.raises(ArtefactError, match="'rooms' cannot be absent"):
        transform.export("sql", tmp_path / "x.sql", absent="rooms", columns=["rooms", "area"])


def test_columns_that_are_left_out_of_an_onnx_model(
    transform: dc.Transform, tmp_path: Path
) -> None:
    path = tmp_path / "visits.onnx"
    transform.export("onnx", path)
    assert dc.verify(path).ok
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert {each.name for each in session.get_inputs()} == {"area", "kind"}
    assert {each.name for each in session.get_overridable_initializers()} == {"rooms", "tag"}
    feed = {
        "area": TABLE["area"].fill_null(float("nan")).to_numpy(),
        "kind": np.array(TABLE["kind"].fill_null("").to_list(), object),
        "rooms": TABLE["rooms"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        "tag": np.array(TABLE["tag"].fill_null("").to_list(), object),
    }
    for gone in ([], ["rooms"], ["tag"], ["rooms", "tag"]):
        given = {name: each.reshape(-1, 1) for name, each in feed.items() if name not in gone}
        got, refused = session.run(["output", "refused"], given)
        assert np.array_equal(got, transform.matrix(TABLE.drop(gone)))
        assert not refused.any()
    with pytest.raises(ValueError, match="kind"):
        session.run(["output"], {"area": feed["area"].reshape(-1, 1)})


def test_chosen_columns_of_every_export(transform: dc.Transform, tmp_path: Path) -> None:
    chosen = ["kind", "area"]
    expected = transform.apply(TABLE, columns=chosen)
    transform.export("sklearn", tmp_path / "t.skops", columns=chosen)
    made = skops.io.load(tmp_path / "t.skops", trusted=list(TRUSTED))
    assert list(made.get_feature_names_out()) == expected.columns
    assert np.array_equal(made.transform(TABLE.to_pandas()), expected.to_numpy())
    for name, path in (("onnx", "t.onnx"), ("sql", "t.sql"), ("javascript", "t")):
        transform.export(name, tmp_path / path, columns=chosen)
        assert dc.verify(tmp_path / path).ok
    base = duckdb.connect()
    base.register("data", TABLE.select("id", *chosen).to_arrow())
    made = base.execute((tmp_path / "t.sql").read_text(encoding="utf-8"))
    answer = pl.DataFrame(made.fetchall(), schema=[*expected.columns, "why"], orient="row")
    assert answer.drop("why").equals(expected)


def test_the_command_exports_parts(transform: dc.Transform, tmp_path: Path) -> None:
    transform.save(tmp_path / "t.json")
    export = ["export", str(tmp_path / "t.json"), "--to"]
    part = ["--columns", "area", "kind", "-o"]
    assert main([*export, "javascript", *part, str(tmp_path / "js")]) == 0
    absent = ["--absent", "rooms", "tag", "-o", str(tmp_path / "t.sql")]
    assert main([*export, "sql", *absent]) == 0
    assert dc.verify(tmp_path / "t.sql").ok
    assert main([*export, "onnx", "--absent", "rooms", "-o", str(tmp_path / "t.onnx")]) == 2
