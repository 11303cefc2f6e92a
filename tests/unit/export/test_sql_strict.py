"""A table whose columns hold another type than was fitted: SQL gives what `apply` gives of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adbc_driver_manager
import duckdb
import polars as pl
import pytest

import datacheck as dc
from tests.support.postgres import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[[list[str], str], list[dict[str, Any]]]

DAWN = dt.datetime(2024, 1, 1)  # noqa: DTZ001
FILLED = "impute: most_frequent"
HOT = "encode: one_hot, unknown: zeros"

#: By name: the column as it was fitted, its dtype, and how it is prepared.
FITTED: dict[str, tuple[list[Any], str, str]] = {
    "number": ([1.0, 3.0], "Float64", "impute: median"),
    "whole": ([1, 3, 3], "Int64", FILLED),
    "whole codes": ([1, 3, 3], "Int64", HOT),
    "text": (["1", "a", "a"], "String", FILLED),
    "text codes": (["1", "a", "true"], "String", HOT),
    "boolean": ([True, True, False], "Boolean", FILLED),
    "boolean codes": ([True, True, False], "Boolean", HOT),
    "date": ([dt.date(2024, 1, 1)] * 2, "Date", f"{FILLED}, missing_values: ['1900-01-01']"),
    "moment": ([DAWN] * 2, "Datetime", FILLED),
}

#: A type of SQL, a literal of it, and the cell in Python.
SERVED: list[tuple[str, str, Any]] = [
    ("double precision", "1.0", 1.0),
    ("double precision", "1.5", 1.5),
    ("double precision", "'Infinity'", float("inf")),
    ("real", "1.5", 1.5),
    ("integer", "1", 1),
    ("bigint", "3", 3),
    ("decimal(5, 2)", "1.50", Decimal("1.50")),
    ("text", "'1'", "1"),
    ("text", "'a'", "a"),
    ("text", "'true'", "true"),
    ("boolean", "true", True),
    ("date", "'2020-02-02'", dt.date(2020, 2, 2)),
    ("timestamp", "'2024-01-01 00:00:00'", DAWN),
    ("timestamptz", "'2020-02-02 05:00:00+00'", dt.datetime(2020, 2, 2, 5, tzinfo=dt.UTC)),
    ("time", "'05:00:00'", dt.time(5)),
]


def fitted(name: str, folder: Path) -> dc.Transform:
    cells, dtype, prepare = FITTED[name]
    schema = folder / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\nname: T\ncolumns:\n"
        f"  c: {{dtype: {dtype}, nullable: true, prepare: {{{prepare}}}}}\n"
    )
    return dc.fit(pl.DataFrame({"c": cells}), schema)


def in_duckdb(creates: list[str], statement: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        for create in creates:
            connection.execute(create)
        cursor = connection.execute(statement)
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def in_postgresql() -> Iterator[Ask]:
    import adbc_driver_postgresql.dbapi

    with running() as uri, adbc_driver_postgresql.dbapi.connect(uri) as connection:

        def ask(creates: list[str], statement: str) -> list[dict[str, Any]]:
            try:
                with connection.cursor() as cursor:
                    for create in creates:
                        cursor.execute(create)
                    cursor.execute(statement)
                    names = [each[0] for each in cursor.description]
                    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            finally:
                connection.rollback()

        yield ask


def outcome(run: Callable[[], dict[str, Any]]) -> Any:
    """The cells, numbers as doubles; None for a refusal or an error of the engine."""
    try:
        cells = run()
    except (dc.DatacheckError, duckdb.Error, adbc_driver_manager.Error):
        return None
    if cells.pop("datacheck_refused", None):
        return None
    numbers = (int, float, Decimal)
    return {
        key: float(cell) if isinstance(cell, numbers) and not isinstance(cell, bool) else cell
        for key, cell in cells.items()
    }


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql"])
@pytest.mark.parametrize("name", FITTED)
def test_a_column_of_another_type_is_what_it_is_to_apply(
    name: str, dialect: str, tmp_path: Path, in_postgresql: Ask
) -> None:
    transform = fitted(name, tmp_path)
    path = tmp_path / "t.sql"
    transform.export("sql", path, dialect=dialect, table="served")
    ask = in_duckdb if dialect == "duckdb" else in_postgresql
    for kind, literal, cell in SERVED:
        frame = pl.DataFrame({"c": [cell]})
        wanted = outcome(lambda frame=frame: transform.apply(frame).row(0, named=True))
        create = f"CREATE TABLE served AS SELECT CAST({literal} AS {kind}) AS c"
        got = outcome(lambda create=create: ask([create], path.read_text())[0])
        assert got == wanted, (kind, literal)


@pytest.mark.parametrize("prepare", [HOT, f"{FILLED}, spellings: {{red: [rot]}}"])
@pytest.mark.parametrize("collation", ["NOCASE", "NOACCENT", '"ci"'])
def test_a_collation_makes_no_two_texts_one(
    prepare: str, collation: str, tmp_path: Path, in_postgresql: Ask
) -> None:
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\nname: T\ncolumns:\n"
        f"  c: {{dtype: String, nullable: true, prepare: {{missing_values: [NA], {prepare}}}}}\n"
    )
    transform = dc.fit(pl.DataFrame({"c": ["red", "red", "blue"]}), schema)
    texts = ["RED", "red", "réd", "na", "NA", "ROT", "rot"]
    path = tmp_path / "t.sql"
    of_postgresql = collation == '"ci"'
    dialect = "postgresql" if of_postgresql else "duckdb"
    transform.export("sql", path, dialect=dialect, table="served")
    level = "(provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
    creates = [f"CREATE COLLATION ci {level}"] * of_postgresql
    listed = ", ".join(f"('{text}')" for text in texts)
    kind = "text" if of_postgresql else "VARCHAR"
    creates += [f"CREATE TABLE served (c {kind} COLLATE {collation})"]
    creates += [f"INSERT INTO served VALUES {listed}"]  # noqa: S608 - our own words
    ask = in_postgresql if of_postgresql else in_duckdb
    got = [outcome(lambda row=row: row) for row in ask(creates, path.read_text())]
    assert got == [outcome(lambda text=text: transform.apply_row({"c": text})) for text in texts]


def test_an_enumeration_of_duckdb_is_text(tmp_path: Path) -> None:
    transform = fitted("text codes", tmp_path)
    transform.export("sql", tmp_path / "t.sql", dialect="duckdb", table="served")
    creates = [
        "CREATE TYPE kind AS ENUM ('z', 'a')",
        "CREATE TABLE served AS SELECT 'a'::kind AS c",
    ]
    got = in_duckdb(creates, (tmp_path / "t.sql").read_text())[0]
    assert outcome(lambda: got) == transform.apply_row({"c": "a"})


def test_predictions_that_are_text_do_not_come_back(tmp_path: Path) -> None:
    (tmp_path / "y.yaml").write_text(
        "schema_type: polars_dataframe\nname: T\ncolumns:\n"
        "  c: {dtype: Float64, prepare: {role: target, scale: minmax}}\n"
    )
    transform = dc.fit(pl.DataFrame({"c": [0.0, 10.0]}), tmp_path / "y.yaml")
    transform.export("sql", tmp_path / "back.sql", dialect="duckdb", table="served", inverse=["c"])
    statement = (tmp_path / "back.sql").read_text()
    assert in_duckdb(["CREATE TABLE served AS SELECT 0.5::FLOAT AS c"], statement) == [{"c": 5.0}]
    with pytest.raises(duckdb.Error):
        in_duckdb(["CREATE TABLE served AS SELECT '0.5' AS c"], statement)
