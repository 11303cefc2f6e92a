"""Project files: read, refused with the nearest word, found from below, written for a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from datacheck.errors import SchemaError, SourceError
from datacheck.project import find_project, project_text, read_project, tables_in

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
fail-on: warning
ignore: missing.null
tables:
  a: {data: data/a.csv, schema: a.yaml, reference: old.csv, target: y, id: [i, j], fail-on: never}
  b: data/*.parquet
  c: {data: "sqlite:///x.db", query: "select 1", ignore: [outlier.value:x], schema-only: true}
  d: {data: d.csv, separator: ";", null-values: [NA, -999], skip-rows: 2, header: false,
      html: pages/d.html, transform: d.json}
"""


def written(folder: Path, text: str, name: str = "datacheck.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_project_says_what_each_table_is_held_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a, b, c, d = read_project(written(tmp_path, FULL)).tables
    assert (a.data, a.schema, a.reference) == ("data/a.csv", "a.yaml", "old.csv")
    assert (a.target, a.id, a.fail_on, a.ignore) == (("y",), ("i", "j"), "never", ("missing.null",))
    assert (b.name, b.data, b.fail_on) == ("b", "data/*.parquet", "warning")
    assert c.read == {"query": "select 1"}
    assert d.read == {
        "separator": ";",
        "null_values": ("NA", "-999"),
        "skip_rows": 2,
        "header": False,
    }
    assert (d.html, d.transform) == ("pages/d.html", "d.json")
    assert (c.data, c.ignore, c.schema_only) == ("sqlite:///x.db", ("outlier.value:x",), True)


def test_the_same_in_pyproject(tmp_path: Path) -> None:
    text = '[tool.datacheck]\nfail-on = "warning"\n[tool.datacheck.tables.a]\ndata = "a.csv"\n'
    (table,) = read_project(written(tmp_path, text, "pyproject.toml")).tables
    assert (table.name, table.fail_on) == ("a", "warning")
    assert table.data == str(tmp_path / "a.csv")


def test_the_nearest_project_above_is_found(tmp_path: Path) -> None:
    written(tmp_path, "tables: {a: a.csv}")
    below = tmp_path / "x" / "y"
    below.mkdir(parents=True)
    written(below, "[project]\nname = 'other'\n", "pyproject.toml")
    assert find_project(below).path == tmp_path / "datacheck.yaml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("table: {}", "did you mean 'tables'"),
        ("tables: {a: {dta: x}}", "did you mean 'data'"),
        ("tables: {a: {schema: x}}", "has no data"),
        ("tables: {a: {data: [x]}}", "a text"),
        ("tables: {a: {data: x, ignore: [3]}}", "a text, or a list of texts"),
        ("tables: {a: {data: x, fail-on: warnings}}", "did you mean 'warning'"),
        ("tables: {a: {data: x, schema-only: 1}}", "true or false"),
        ("tables: {a: {data: x, header: 'no'}}", "true or false"),
        ("tables: {a: {data: x, skip-rows: two}}", "a whole number"),
        ("tables: {a: {data: x, skip-rows: -1}}", "skip-rows cannot"),
        ("tables: {a: {data: x, null-values: [1.5]}}", "a text, or a list of texts"),
        ("tables: {a: {data: x, sheet: [1]}}", "a text"),
        ("tables: {a: {data: x, seperator: ';'}}", "did you mean 'separator'"),
        ("tables: {a: {data: x, encoding: klingon}}", "encoding"),
        ("tables: {a: {data: x, html: p.html}, b: {data: y, html: ./p.html}}", "two tables"),
        ("tables: {}", "names no table"),
        ("tables: [a]", "mapping"),
        ("- a", "mapping"),
    ],
)
def test_what_a_project_may_not_say(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        read_project(written(tmp_path, text))


def test_no_project_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="datacheck init"):
        find_project(tmp_path)
    with pytest.raises(SchemaError, match=r"no \[tool.datacheck\]"):
        read_project(written(tmp_path, "[project]\n", "pyproject.toml"))
    with pytest.raises(SchemaError, match="cannot be read"):
        read_project(tmp_path / "gone.yaml")
    with pytest.raises(SchemaError, match="is not TOML"):
        read_project(written(tmp_path, "[tool.datacheck\n", "pyproject.toml"))


def test_a_folder_of_data_becomes_a_project(tmp_path: Path) -> None:
    for name in ("a.csv", "sub/a.csv", "notes.txt", ".hidden/b.csv", "venv/c.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n1\n")
    for part in range(8):
        path = tmp_path / "parts" / f"part-{part}.parquet"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "day=1").mkdir()
    (tmp_path / "lake" / "_delta_log").mkdir(parents=True)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "a.yaml").write_text("columns: {x: {}}")
    found = {each.name: (each.data, each.schema) for each in tables_in(tmp_path)}
    assert found == {
        "a": ("a.csv", "schemas/a.yaml"),
        "a_2": ("sub/a.csv", "schemas/a.yaml"),
        "lake": ("lake", None),
        "parts": ("parts", None),
    }
    text = project_text(tables_in(tmp_path))
    assert list(yaml.safe_load(text)["tables"]) == list(found)
    assert len(read_project(written(tmp_path, text)).tables) == 4


def test_a_folder_without_tables_is_an_error_that_says_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"\.parquet"):
        tables_in(tmp_path)
    with pytest.raises(SourceError, match="is no folder"):
        tables_in(tmp_path / "gone")
