"""What a written statement looks like, what it lets pass, and what `write` and `verify` refuse."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlglot
import sqlglot.expressions

from datacheck.errors import ArtefactError, SourceError
from datacheck.export import sql
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.exporter import statement
from datacheck.export.sql.options import Options
from datacheck.golden.compare import Mismatch
from datacheck.ops import (
    Affine,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Program,
)
from tests.parity import databases, odd
from tests.parity.cases import CASES, fitted, number, with_golden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = tuple(
    {"mass": mass, "sex": sex}
    for mass, sex in [
        (3750.0, "MALE"),
        (None, None),
        (odd.NAN, "."),
        (odd.INF, "FEMALE"),
        (-999.0, ""),
    ]
)


@pytest.fixture
def penguins() -> Fitted:
    mass = number("mass", Missing((-999.0,)), Fill(4050.0), Affine(4050.0, 1 / 1200.0, 1200.0))
    sex = Program("sex", "text", "String", (Missing((".",)), Fill("MALE")))
    return with_golden(fitted(mass, sex), ROWS)


@pytest.fixture
def table() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE TABLE penguins AS SELECT * FROM (VALUES"
            " (1, 3750.0::DOUBLE, 'a', 'MALE'), (2, NULL, 'b', '.'), (3, 'inf', 'c', NULL))"
            " AS v(id, mass, island, sex)"
        )
        yield connection


PREPARED = [
    (1, -0.25, "a", "MALE", None),
    (2, 0.0, "b", "MALE", None),
    (3, None, "c", "MALE", "mass: it is infinite"),
]


def test_other_columns_pass_through_in_their_places(
    penguins: Fitted, table: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    sql.write(penguins, tmp_path / "p.sql", table="penguins")
    cursor = table.execute((tmp_path / "p.sql").read_text())
    names = [column[0] for column in cursor.description or ()]
    assert names == ["id", "mass", "island", "sex", "datacheck_refused"]
    assert cursor.fetchall() == PREPARED


def test_a_view_and_a_cte_give_what_the_select_gives(
    penguins: Fitted, table: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    sql.write(
        penguins, tmp_path / "v.sql", table="main.penguins", form="view", name='main.a "view"'
    )
    sql.write(penguins, tmp_path / "c.sql", table=("main", "penguins"), form="cte", name="ready")
    table.execute((tmp_path / "v.sql").read_text())
    assert table.execute('SELECT * FROM "a ""view"""').fetchall() == PREPARED
    text = (tmp_path / "c.sql").read_text() + "SELECT * FROM ready"  # noqa: S608
    assert table.execute(text).fetchall() == PREPARED
    assert sql.verify(tmp_path / "v.sql") == sql.verify(tmp_path / "c.sql") == []


def test_columns_say_what_passes_where_the_engine_cannot(penguins: Fitted, tmp_path: Path) -> None:
    listed = ["id", "mass", "island", "sex"]
    sql.write(penguins, tmp_path / "p.sql", dialect="sqlite", table="penguins", columns=listed)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE penguins (id INTEGER, mass REAL, island TEXT, sex TEXT)")
        connection.executemany(
            "INSERT INTO penguins VALUES (?, ?, ?, ?)",
            [(1, 3750.0, "a", "MALE"), (2, None, "b", "."), (3, float("inf"), "c", None)],
        )
        assert connection.execute((tmp_path / "p.sql").read_text()).fetchall() == PREPARED
        sql.write(
            penguins, tmp_path / "q.sql", dialect="sqlite", table="penguins", columns=["mass"]
        )
        cells = connection.execute((tmp_path / "q.sql").read_text()).fetchall()
        assert [row[0] for row in cells] == [row[1] for row in PREPARED]


def test_hostile_names_pass_in_every_engine_here(tmp_path: Path) -> None:
    names = [name for name in odd.NAMES if name != "X"]
    programs = [
        number(name, Fill(at + 0.1), Affine(0.3, 3.0, 1.0)) for at, name in enumerate(names)
    ]
    rows = ({name: None if at % 2 else at / 3 for at, name in enumerate(names)},)
    table = with_golden(fitted(*programs), rows)
    for dialect in ("duckdb", "sqlite"):
        options: dict[str, Any] = {"dialect": dialect, "table": (odd.NAMES[0], "a.b;--'")}
        for form in ("select", "view", "cte"):
            sql.write(
                table, tmp_path / "x.sql", form=form, name=("new\nline",), force=True, **options
            )
            assert sql.verify(tmp_path / "x.sql") == []


def test_the_header_survives_tools_that_cut_at_semicolons(tmp_path: Path) -> None:
    table = with_golden(fitted(number("a;b\n", Fill(1.0))), ({"a;b\n": None},))
    sql.write(table, tmp_path / "x.sql")
    lines = (tmp_path / "x.sql").read_text().splitlines()
    comments = [line for line in lines if line.startswith("--")]
    assert not any(";" in line for line in comments)
    assert json.loads(comments[-1].removeprefix("-- datacheck.golden "))["columns"] == ["a;b\n"]


def test_an_edited_statement_is_found_out(penguins: Fitted, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path)
    text = path.read_text()
    fill, center = "THEN CAST('4050.0' AS DOUBLE) END", "END - CAST('4050.0' AS DOUBLE)) *"
    assert fill in text
    assert center in text
    path.write_text(text.replace(fill, fill.replace("4050", "4051")))
    for old, new in [
        (fill, fill.replace("4050", "4051")),
        (center, center.replace("4050", "4051")),
        ("isfinite", "isinf"),
        ('FROM "data" AS t', 'FROM "other" AS t'),
        ("\nSELECT", f"\nCOPY (SELECT 1) TO '{tmp_path}/ran'; SELECT"),
        ('"data" AS t', '"data" AS t WHERE true'),
        ('"data" AS t', '"data" AS t\n-- more\n'),
        ('"reason": "datacheck_refused"', '"reason": "datacheck_refusals"'),
        ('"fill", "value": 4050.0', '"fill", "value": 4051.0'),
    ]:
        assert old in text
        path.write_text(text.replace(old, new))
        (found,) = sql.verify(path)
        assert found.expected != found.got
    assert not (tmp_path / "ran").exists()
    path.write_text("SELECT 1")
    with pytest.raises(ArtefactError, match="is not SQL that `export` wrote"):
        sql.verify(path)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize("form", ["select", "view", "cte"])
def test_what_was_written_is_made_again(
    penguins: Fitted, tmp_path: Path, dialect: str, form: str
) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path, dialect=dialect, form=form, table=["a.b", 'c"\r'], reason="why")
    assert sql.verify(path) == []
    path.write_bytes(path.read_bytes().replace(b"AS t", b"AS t "))
    assert len(sql.verify(path)) == 1


def test_line_ends_of_another_system_are_no_edit(penguins: Fitted, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert sql.verify(path) == []


def as_version_1(path: Path) -> str:
    """The file as the first version wrote it, which carried no transform."""
    lines = path.read_text().split("\n")
    header = json.loads(lines[3].removeprefix("-- datacheck.sql ")) | {"version": 1}
    del header["options"], header["transform"]
    lines[3] = f"-- datacheck.sql {json.dumps(header)}"
    return "\n".join(lines)


ESCAPES = {
    "duckdb": [
        "COPY (SELECT 1) TO '{}/ran';\nSELECT",
        "ATTACH '{}/ran'; SELECT",
        "SET enable_external_access = true; SELECT",
        "SELECT (SELECT content FROM read_text('{}/secret')),",
        "SELECT (SELECT count(*) FROM read_csv('{}/secret')),",
        "SELECT (SELECT count(*) FROM text),",
        "INSTALL httpfs; SELECT",
    ],
    "sqlite": [
        "ATTACH '{}/ran' AS x; SELECT",
        "SELECT load_extension('{}/ran'),",
        "SELECT (SELECT count(*) FROM pragma_database_list),",
    ],
}


@pytest.mark.parametrize(
    ("dialect", "escape"), [(name, each) for name in ESCAPES for each in ESCAPES[name]]
)
def test_nothing_is_reached_from_a_statement(
    penguins: Fitted, tmp_path: Path, dialect: str, escape: str
) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path, dialect=dialect)
    text = as_version_1(path)
    path.write_text(text)
    assert sql.verify(path) == []
    (tmp_path / "secret").write_text("secret")
    path.write_text(text.replace("\nSELECT", "\n" + escape.format(tmp_path), 1))
    with pytest.raises(ArtefactError) as raised:
        sql.verify(path)
    assert "secret" not in str(raised.value).replace("/secret", "")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["p.sql", "secret"]


def test_a_statement_that_cannot_be_made_again_meets_no_database_of_yours(
    penguins: Fitted, tmp_path: Path
) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path, dialect="sqlite")
    path.write_text(as_version_1(path))
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(ArtefactError, match="earlier version"),
    ):
        sql.verify(path, connection=connection)


def test_golden_rows_that_are_gone_are_missed(penguins: Fitted, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins._replace(golden=()), path)
    assert sql.verify(path) == [Mismatch(0, None, "at least 30 golden rows", 0)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"-- datacheck.sql {", b"-- datacheck.sql ["),
        (b"-- datacheck.sql {", b"-- datacheck.sql {\xff"),
        (b'"version": 2', b'"version": 3'),
        (b'"dialect": "duckdb"', b'"dialect": "oracle"'),
        (b'"op": "fill"', b'"op": "feel"'),
        (b"-- datacheck.golden {", b"-- datacheck.golden [1, {"),
        (b'"refused": "mass"', b'"refused": "mess"'),
        (b'"ulps": 0', b'"ulps": -1'),
    ],
)
def test_a_broken_file_is_refused(penguins: Fitted, tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "p.sql"
    sql.write(penguins, path)
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(ArtefactError):
        sql.verify(path)


def test_what_fails_its_golden_rows_is_not_written(penguins: Fitted, tmp_path: Path) -> None:
    broken = penguins._replace(golden=({"row": {"mass": 1.0, "sex": "x"}, "out": {"mass": 9.0}},))
    with pytest.raises(ArtefactError, match="golden rows"):
        sql.write(broken, tmp_path / "p.sql")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_stays_without_force(penguins: Fitted, tmp_path: Path) -> None:
    sql.write(penguins, tmp_path / "p.sql")
    with pytest.raises(SourceError, match="exists"):
        sql.write(penguins, tmp_path / "p.sql", dialect="sqlite")
    sql.write(penguins, tmp_path / "p.sql", dialect="sqlite", force=True)
    assert sql.verify(tmp_path / "p.sql") == []


def test_postgresql_is_proven_through_a_connection(penguins: Fitted, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    connection = databases.postgres_connection()
    for form in ("select", "view", "cte"):
        sql.write(
            penguins,
            path,
            force=True,
            dialect="postgresql",
            form=form,
            connection=connection,
            columns=["id", "sex", "mass"],
        )
        assert sql.verify(path, connection=connection) == []
    with pytest.raises(ArtefactError, match="connection="):
        sql.verify(path)
    path.write_text(path.read_text().replace("CAST('4050.0' AS", "CAST('4051.0' AS"))
    assert sql.verify(path, connection=connection) != []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dialect": "postgres"}, "did you mean 'postgresql'"),
        ({"form": "table"}, "select, view, cte"),
        ({"table": "a..b"}, "cannot name ''"),
        ({"table": ("a\0b",)}, "NUL"),
        ({"reason": "Mass"}, "'mass' and 'Mass' have one name"),
        ({"reason": "x" * 64, "dialect": "postgresql"}, "1 to 63 bytes"),
    ],
)
def test_wrong_options_are_refused(
    penguins: Fitted, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArtefactError) as refusal:
        sql.write(penguins, tmp_path / "p.sql", **options)
    assert message in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dialect", ["sqlite", "snowflake", "bigquery"])
def test_float32_is_refused_where_there_is_none(dialect: str, tmp_path: Path) -> None:
    single = fitted(number("x", output="float32"), output="float32")
    with pytest.raises(ArtefactError, match="no float32"):
        sql.write(single, tmp_path / "x.sql", dialect=dialect)


def test_a_duration_is_refused_where_there_is_no_such_type(tmp_path: Path) -> None:
    waits = Program("wait", "duration", "Duration(time_unit='us')", (Missing(), Fill(1_500_000)))
    with pytest.raises(ArtefactError, match="no type"):
        sql.write(fitted(waits), tmp_path / "x.sql", dialect="snowflake")
    sql.write(with_golden(fitted(waits), ({"wait": None},)), tmp_path / "x.sql")


def _nearest(count: int, value: float = 1.0) -> Fitted:
    donors = Donors(("x",), (0.0,), (1.0,), 3, "distance", [(value,)] * count)
    return fitted(number("x", KnnFill(0.0)), donors=donors)


def test_too_many_donors_are_refused_by_number(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"at most 1000 donors(.|\n)*got: 1001 donors"):
        sql.write(_nearest(1001), tmp_path / "x.sql")
    sql.write(_nearest(1000), tmp_path / "x.sql")
    with pytest.raises(ArtefactError, match="cannot fill 'x' from neighbours"):
        sql.write(_nearest(3), tmp_path / "y.sql", dialect="bigquery")


def test_donors_that_postgresql_could_not_weigh_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="1e-200"):
        sql.write(_nearest(3, 1e-200), tmp_path / "x.sql", dialect="postgresql")
    sql.write(_nearest(3, 1e-200), tmp_path / "x.sql")


_SQLGLOT = {"postgresql": "postgres"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_parser_reads_the_same_names_and_texts(dialect: str) -> None:
    names = [name for name in odd.NAMES if name not in {"X", "new\nline", "tab\there"}]
    names = [name for name in names if not any(map(name.__contains__, DIALECTS[dialect].unnamed))]
    texts = ["it's", 'a "b"', "back\\slash", "\U0001f427"]
    words = [Program(name, "text", "String", (Missing(tuple(texts)), Fill("?"))) for name in names]
    written = statement(fitted(*words), Options(dialect=dialect, table="t", columns=names))
    tree = sqlglot.parse_one(written, dialect=_SQLGLOT.get(dialect, dialect))
    assert tree.named_selects == [*names, "datacheck_refused"]
    literals = (sqlglot.expressions.Literal, sqlglot.expressions.ByteString)
    found = {literal.this for literal in tree.find_all(*literals)}
    assert {*texts, "?"} <= found


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery"])
def test_every_case_of_a_warehouse_parses_in_its_dialect(dialect: str) -> None:
    written = [
        statement(case.fitted, Options(dialect=dialect))
        for case in CASES
        if not databases.declines(dialect, case)
    ]
    assert len(written) > 30
    for text in written:
        assert isinstance(sqlglot.parse_one(text, dialect=dialect), sqlglot.expressions.Select)


def test_the_common_case_is_settled_by_one_comparison() -> None:
    x = 'CAST(t."x" AS DOUBLE)'
    plain = statement(fitted(number("x", Fill(0.5), Affine(0.25, 0.5, 2.0))), Options())
    assert f"(CASE WHEN isfinite({x}) THEN {x} WHEN " in plain
    assert "WHEN p.\"x\" IS NULL THEN 'x: it is infinite' END" in plain
    unfilled = statement(fitted(number("x", Affine(0.25, 0.5, 2.0))), Options())
    assert f"WHEN isinf({x}) THEN 'x: it is infinite' END" in unfilled
    growing = statement(
        fitted(number("x", Fill(0.5), Affine(0.25, 4.0, 0.25))), Options(columns=["x"])
    )
    quarter = "CAST('4.4942328371557893e+307' AS DOUBLE)"
    assert f"(CASE WHEN ABS({x}) <= {quarter} THEN {x} WHEN " in growing
    assert f"ABS({x}) > {quarter} AND NOT isnan({x}) THEN 'x: it is infinite or it over" in growing
    clipped = statement(fitted(number("x", Clip(0.0, 1.0, 0.0, 1.0))), Options())
    bounds = "CAST('0.0' AS DOUBLE) AND CAST('1.0' AS DOUBLE)"
    assert f"CASE WHEN {x} BETWEEN {bounds} THEN {x} WHEN " in clipped
