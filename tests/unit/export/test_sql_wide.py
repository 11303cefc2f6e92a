"""SQL of more columns than an engine takes at once: proven by parts, which are the whole's own."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.export.sql import engines, replay


def wide(columns: int) -> dc.Transform:
    frame = pl.DataFrame(
        {f"c{i}": [float(i), None, i * 2.0 - 1.0, 4.0 + i % 7] for i in range(columns)}
    )
    lines = [
        f"  c{i}:\n    nullable: true\n    prepare: {{impute: median, scale: robust}}"
        for i in range(columns)
    ]
    text = "schema_type: polars_dataframe\ncolumns:\n" + "\n".join(lines)
    path = Path("wide.yaml")
    path.write_text(text)
    return dc.fit(frame, path)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize(
    "options",
    [{}, {"form": "cte"}, {"form": "view"}, {"columns": ["also", *(f"c{i}" for i in range(7))]}],
)
def test_parts_prove_what_the_whole_proves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], dialect: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(replay, "AT_ONCE", 3)
    transform = wide(7)
    transform.export("sql", "parts.sql", dialect=dialect, **options)
    assert dc.verify("parts.sql").ok
    monkeypatch.setattr(replay, "AT_ONCE", 50)
    transform.export("sql", "whole.sql", dialect=dialect, **options)
    assert dc.verify("whole.sql").ok
    assert Path("parts.sql").read_text() == Path("whole.sql").read_text()


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_a_part_that_is_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(replay, "AT_ONCE", 3)
    transform = wide(7)
    spoilt = transform.fitted.golden[0] | {"out": transform.fitted.golden[0]["out"] | {"c5": 1.25}}  # type: ignore[operator]
    golden = (spoilt, *transform.fitted.golden[1:])
    with pytest.raises(ArtefactError, match="does not reproduce"):
        dc.Transform(transform.fitted._replace(golden=golden)).export(
            "sql", "wrong.sql", dialect=dialect
        )
    assert not Path("wrong.sql").exists()


def test_what_sqlite_takes_in_parts_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = engines.ENGINES["sqlite"].open

    def narrow() -> Any:
        connection = opened()
        connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, 6)
        return connection

    narrowed = engines.ENGINES["sqlite"]._replace(open=narrow)
    monkeypatch.setitem(engines.ENGINES, "sqlite", narrowed)
    monkeypatch.setattr(replay, "AT_ONCE", 3)
    with pytest.raises(ArtefactError, match="too many columns"):
        wide(7).export("sql", "whole.sql", dialect="sqlite")
    assert not Path("whole.sql").exists()


def test_sqlite_is_never_asked_for_all_columns_of_rows_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []
    opened, read = engines.ENGINES["sqlite"]

    def noted(connection: Any, statement: str) -> Any:
        asked.append(statement)
        return read(connection, statement)

    monkeypatch.setitem(engines.ENGINES, "sqlite", engines.Engine(opened, noted))
    wide(120).export("sql", "whole.sql", dialect="sqlite")
    longest = max(len(each) for each in asked if "WHERE 1 = 0" not in each)
    asked.clear()
    wide(240).export("sql", "more.sql", dialect="sqlite")
    assert max(len(each) for each in asked if "WHERE 1 = 0" not in each) < 1.1 * longest
