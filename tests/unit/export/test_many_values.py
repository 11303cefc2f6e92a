"""Many missing values, spellings and categories: exports grow with their number, and no faster."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.export.sklearn.exporter import pipeline
from datacheck.export.sql.exporter import MANY
from datacheck.schema import Schema

if TYPE_CHECKING:
    from pathlib import Path

FEW, MORE = 250, 1_000


def fitted(prepare: dict[str, Any], cells: list[Any], dtype: str) -> dc.Transform:
    frame = pl.DataFrame({"x": cells, "y": [float(at) for at in range(len(cells))]})
    declared = f"{{dtype: {dtype}, nullable: true, prepare: {json.dumps(prepare)}}}"
    text = f"schema_type: polars_dataframe\ncolumns:\n  x: {declared}\n  y: {{dtype: Float64}}"
    return dc.fit(frame, Schema.from_yaml(text, "many"))


def missing(count: int, **also: Any) -> dc.Transform:
    values = [-1.0 - at for at in range(count)]
    prepare = {"missing_values": values, "impute": "median", "scale": "robust"} | also
    return fitted(prepare, [1.0, 2.0, 5.0, *values], "Float64")


def told(count: int) -> dc.Transform:
    return missing(count, indicator=True)


def whole(count: int) -> dc.Transform:
    values = [-1 - at for at in range(count)]
    prepare = {"missing_values": values, "impute": "most_frequent", "encode": "ordinal"}
    return fitted(prepare, [1, 2, 2, *values], "Int64")


def words(count: int) -> dc.Transform:
    prepare = {"missing_values": [f"na{at}" for at in range(count)], "impute": "most_frequent"}
    return fitted(prepare, ["a", "a", "na1"], "String")


def spellings(count: int) -> dc.Transform:
    prepare = {"spellings": {f"C{at}": [f"c{at}"] for at in range(count)}, "encode": "ordinal"}
    return fitted(prepare, [f"c{at}" for at in range(count)], "String")


def categories(count: int) -> dc.Transform:
    return fitted({"encode": "one_hot"}, [f"c{at}" for at in range(count)], "String")


MADE = [missing, told, whole, words, spellings, categories]


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgresql", "spark"])
@pytest.mark.parametrize("make", MADE)
def test_the_text_of_sql_grows_with_the_values(tmp_path: Path, make: Any, dialect: str) -> None:
    sizes = []
    for count in (FEW, MORE):
        path = tmp_path / f"{count}.sql"
        make(count).export("sql", path, dialect=dialect, columns=["x"])
        sizes.append(path.stat().st_size)
    assert sizes[1] < 1.15 * MORE / FEW * sizes[0]
    if dialect in ("duckdb", "sqlite"):
        assert dc.verify(tmp_path / f"{MORE}.sql").ok


@pytest.mark.parametrize("make", MADE)
def test_what_sqlite_makes_of_a_statement_grows_with_the_values(tmp_path: Path, make: Any) -> None:
    steps = []
    for count in (FEW, MORE):
        path = tmp_path / f"{count}.sql"
        make(count).export("sql", path, dialect="sqlite", columns=["x"])
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE data (x)")
        steps.append(len(connection.execute(f"EXPLAIN {path.read_text()}").fetchall()))
        connection.close()
    assert steps[1] < 1.1 * MORE / FEW * steps[0]


def test_few_values_are_compared_one_by_one_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "few.sql"
    missing(MANY).export("sql", path)
    assert "list_contains" not in path.read_text()
    assert '"sets"' not in path.read_text()
    missing(MANY + 1).export("sql", path, force=True)
    assert "list_contains" in path.read_text()


@pytest.mark.parametrize("option", ["sets", "casts"])
def test_no_caller_says_how_many_values_are_written(tmp_path: Path, option: str) -> None:
    with pytest.raises(ArtefactError, match=f"no option '{option}'"):
        missing(3).export("sql", tmp_path / "x.sql", **{option: True})


def test_many_categories_are_no_cases_where_the_engine_plans_those_slowly(tmp_path: Path) -> None:
    def cases(count: int, **options: Any) -> int:
        path = tmp_path / "hot.sql"
        categories(count).export("sql", path, columns=["x"], force=True, **options)
        assert dc.verify(path).ok
        return path.read_text().count("CAST(CASE WHEN t.")

    assert [cases(MANY), cases(MANY + 1)] == [MANY, 0]
    assert cases(MANY + 1, dialect="sqlite") == MANY + 1


@pytest.mark.parametrize("make", [missing, categories])
def test_a_file_from_before_many_values_were_written_otherwise_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    transform = make(MANY + 50)
    monkeypatch.setattr("datacheck.export.sql.exporter.MANY", 10**6)
    transform.export("sql", tmp_path / "before.sql")
    monkeypatch.undo()
    text = (tmp_path / "before.sql").read_text()
    assert "list_contains" not in text
    assert '"casts"' not in text
    assert dc.verify(tmp_path / "before.sql").ok


@pytest.mark.parametrize("make", [missing, told, whole])
def test_scikit_learn_is_given_no_more_estimators_for_more_values(
    tmp_path: Path, make: Any
) -> None:
    def steps(count: int) -> int:
        made = pipeline(make(count).fitted._replace(golden=()))
        return made.__repr__(N_CHAR_MAX=10**7).count("SimpleImputer(")

    assert steps(20) == steps(200)
    transform = make(200)
    transform.export("sklearn", tmp_path / "t.skops", columns=["x"])
    assert dc.verify(tmp_path / "t.skops").ok


def test_a_statement_wider_than_postgresql_selects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no more than 1,664 columns"):
        categories(1_700).export("sql", tmp_path / "x.sql", dialect="postgresql", columns=["x"])
    assert not (tmp_path / "x.sql").exists()
