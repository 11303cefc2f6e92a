"""Literals, text and tables in the engines themselves, where each has a way to go wrong."""

from __future__ import annotations

import datetime as dt
import math
import struct
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.export import sql
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.replay import given as literal
from datacheck.golden.compare import Refusal, same
from datacheck.ops import LARGEST, Affine, Cast, Clip, Donors, Fill, KnnFill, Missing
from tests.parity import databases
from tests.parity.cases import expected, fitted, number
from tests.parity.odd import NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("duckdb", "sqlite", "postgresql")
doubles = st.floats(allow_nan=False)
finite = st.floats(allow_nan=False, allow_infinity=False)


def ask(dialect: str, items: list[str]) -> list[Any]:
    cursor = databases.CONNECTIONS[dialect]().cursor()
    try:
        cursor.execute(f"SELECT {', '.join(items)}")
        return list(cursor.fetchall()[0])
    finally:
        cursor.close()


def bits(values: list[float]) -> list[bytes]:
    return [struct.pack("<d", value) for value in values]


@pytest.mark.parametrize("dialect", ENGINES)
@given(st.lists(doubles, min_size=50, max_size=50))
@settings(max_examples=40, deadline=None)
def test_a_literal_is_read_to_the_same_bits(dialect: str, values: list[float]) -> None:
    every = [v for v in (*values, *NUMBERS) if v is not None and not math.isnan(v)]
    literal = DIALECTS[dialect].double_of
    assert bits(ask(dialect, [literal(value) for value in every])) == bits(every)


def test_sqlite_is_given_integers_and_powers_of_two_alone() -> None:
    # Its reader of decimals is one unit off now and then, in some versions more than in others.
    literal = DIALECTS["sqlite"].double_of
    assert literal(0.1) == "(CAST(3602879701896397 AS REAL) / 36028797018963968)"
    assert literal(-(2.0**60)) == "CAST(-1152921504606846976 AS REAL)"
    assert literal(2.0**70) == "(CAST(1 AS REAL) * 4611686018427387904 * 256)"


@pytest.mark.parametrize("dialect", ENGINES)
@given(
    st.lists(st.none() | doubles, min_size=1, max_size=20),
    finite,
    st.floats(min_value=5e-324, allow_infinity=False),
    st.tuples(finite, finite).map(sorted),
    st.sampled_from(["refuse", "missing", "keep"]),
)
@settings(max_examples=60, deadline=None)
def test_any_column_has_the_bits_of_the_reference(
    dialect: str,
    tmp_path_factory: pytest.TempPathFactory,
    values: list[float | None],
    center: float,
    factor: float,
    bounds: list[float],
    infinite: str,
) -> None:
    declared = values[0] is not None and math.isfinite(values[0])
    missing = Missing((values[0],) if declared else (), infinite)
    affine = Affine(center, factor, 1.0)
    programs = (
        number("plain", affine),
        number("filled", missing, Fill(bounds[0]), affine),
        number("clipped", Missing((), infinite), Clip(bounds[0], bounds[1], None, bounds[1])),
    )
    table = fitted(*programs)
    rows = tuple({program.column: value for program in programs} for value in values)
    folder = tmp_path_factory.mktemp("any")
    for wanted, got in zip(
        expected(table, rows), databases.run(dialect, table, list(rows), folder), strict=True
    ):
        assert isinstance(wanted, Refusal) == isinstance(got, Refusal), (wanted, got)
        if isinstance(wanted, Refusal):
            assert wanted == got
        else:
            assert all(same(wanted[name], got[name]) for name in wanted), (wanted, got)


#: Numbers whose squares vanish, those that are near to it, and those that overflow, in a few sizes.
_SIZES = [0.0, 5e-324, 1.5e-162, 1.6e-162, 1e-160, 1e-120, 1.0, 1e120, 1e153, 1e155, 1e200, 8e307]
sizes = st.builds(
    lambda sign, size, times: sign * size * times,
    st.sampled_from([1.0, -1.0]),
    st.sampled_from(_SIZES),
    st.sampled_from([1.0, 0.75, 0.5]),
)


@pytest.mark.parametrize(
    ("weights", "least", "most"),
    [("uniform", 0.0, LARGEST / 2), ("distance", 1e-130, 1e130)],
)
@given(
    st.lists(st.tuples(sizes, sizes), min_size=1, max_size=6),
    st.lists(st.none() | sizes | finite, min_size=1, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_postgresql_finds_neighbours_among_numbers_of_any_size(
    weights: str,
    least: float,
    most: float,
    tmp_path_factory: pytest.TempPathFactory,
    given_donors: list[tuple[float, float]],
    values: list[float | None],
) -> None:
    held = np.array(given_donors, np.float64)
    held[(np.abs(held) < least) | (np.abs(held) > most)] = 0.0
    # There SQL calls far what is nearly so (docs/sql.md).
    far = math.sqrt(LARGEST) / 2
    apart = [abs(value - x) for value in values if value is not None for x in held[:, 0].tolist()]
    assume(not any(far <= each <= 2 * far for each in apart))
    donors = Donors(("x", "y"), (0.0, 0.0), (1.0, 1.0), 2, weights, held)
    table = fitted(number("x", KnnFill(0.5)), number("y", KnnFill(0.25)), donors=donors)
    rows = [{"x": value, "y": None} for value in values]
    folder = tmp_path_factory.mktemp("sizes")
    for wanted, got in zip(
        expected(table, tuple(rows)), databases.run("postgresql", table, rows, folder), strict=True
    ):
        assert not isinstance(wanted, Refusal)
        assert not isinstance(got, Refusal)
        assert wanted["x"] == got["x"]
        assert math.isclose(
            wanted["y"], got["y"], rel_tol=1e-12, abs_tol=1e-12 * np.abs(held).max()
        )


numerals = st.from_regex(
    r"[ \t]{0,2}[+-]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,20})([eE][+-]?[0-9]{1,6})?[ \n]{0,2}",
    fullmatch=True,
)
BORDERS = (
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "-1.8e308",
    "1e400",
    "-1e99999999",
    "0e99999999",
    "-0e-99999999",
    "5e-324",
    "2.4703282292062328e-324",
    "2.47e-324",
    "-1e-400",
    "1e-99999",
    "1" * 400,
    "0." + "0" * 400 + "1",
    "1" + "0" * 320 + "e-320",
    "\x0b 1\f",
    "\u00a01",
    "1\u0660",
    "+inf",
    "-INFINITY",
    "+nan",
    "1e5 x",
)


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql"])
@given(st.lists(numerals, max_size=20))
@settings(max_examples=40, deadline=None)
def test_text_is_read_as_python_reads_it(
    dialect: str, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    ops = (Cast("float64"), Missing((), "missing"), Fill(-1.5))
    table = fitted(number("value", *ops, dtype="String"))
    rows = tuple({"value": text} for text in (*texts, *BORDERS))
    folder = tmp_path_factory.mktemp("text")
    for row, wanted, got in zip(
        rows,
        expected(table, rows),
        databases.run(dialect, table, list(rows), folder),
        strict=True,
    ):
        if isinstance(wanted, Refusal) or isinstance(got, Refusal):
            assert wanted == got, row
        else:
            assert same(wanted["value"], got["value"]), (row, wanted, got)


def test_sqlite_refuses_what_is_not_a_number_instead_of_reading_zero(tmp_path: Path) -> None:
    table = fitted(number("value", Missing(("unknown",)), Fill(7.0)))
    rows = [{"value": value} for value in ("n/a", "12", "", "unknown", None, 3, 2**53 + 1)]
    got = databases.run("sqlite", table, rows, tmp_path)
    assert got == [
        Refusal("value"),
        Refusal("value"),
        Refusal("value"),
        {"value": 7.0},
        {"value": 7.0},
        {"value": 3.0},
        {"value": 2.0**53},
    ]


def test_duckdb_rounds_a_wide_decimal_once(tmp_path: Path) -> None:
    # Dividing the unscaled integer by a power of ten would round a second time.
    from decimal import Decimal

    cell = Decimal("12345678901234567.12345678901234567")
    program = number("value", dtype="Decimal(precision=38, scale=17)")
    connection = databases.duckdb_connection()
    sql.write(fitted(program), tmp_path / "x.sql", table="decimals")
    connection.execute(
        f"CREATE OR REPLACE TABLE decimals AS SELECT CAST('{cell}' AS DECIMAL(38, 17)) AS value"
    )
    (row,) = connection.execute((tmp_path / "x.sql").read_text()).fetchall()
    assert row == (float(cell), None)


@pytest.mark.parametrize("dialect", ENGINES)
def test_numbers_stand_where_text_was_fitted(dialect: str, tmp_path: Path) -> None:
    # Fitted on a CSV, served from a table of numbers: the same bits.
    ops = (Cast("float64"), Missing(("NA",)), Fill(0.5), Affine(0.1, 3.3, 1 / 3.3))
    spelt = fitted(number("value", *ops, dtype="String"))
    rows = tuple({"value": value} for value in NUMBERS)
    wanted = expected(spelt, rows)
    connection = databases.CONNECTIONS[dialect]()
    sql.write(spelt, tmp_path / "x.sql", dialect=dialect, table="numbers", columns=["id", "value"])
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS numbers")
    cursor.execute(f"CREATE TABLE numbers (id INTEGER, value {DIALECTS[dialect].double})")
    for at, row in enumerate(rows):
        cell = literal(row["value"], ("number", "Float64"), DIALECTS[dialect])
        cursor.execute(f"INSERT INTO numbers VALUES ({at}, {cell})")  # noqa: S608
    cursor.execute((tmp_path / "x.sql").read_text())
    found = sorted(cursor.fetchall())
    cursor.close()
    for outcome, (_, got, reason) in zip(wanted, found, strict=True):
        if isinstance(outcome, Refusal):
            assert got is None
            assert reason.startswith("value: it ")
        else:
            assert reason is None
            assert same(outcome["value"], got)


@pytest.mark.parametrize("column", ["TIME", "TIME_NS"])
def test_duckdb_fills_times_of_either_precision(column: str, tmp_path: Path) -> None:
    usual, other = dt.time(12, 34, 56, 500000), dt.time(1, 2, 3)
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\nname: S\n"
        "columns: {clock: {nullable: true, prepare: {impute: most_frequent}}}\n"
    )
    frame = pl.DataFrame({"clock": [usual, usual, other]})
    dc.fit(frame, schema).export("sql", tmp_path / "t.sql", dialect="duckdb", table="t")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (clock {column})")
        connection.execute("INSERT INTO t VALUES ('01:02:03'), (NULL)")
        rows = connection.sql((tmp_path / "t.sql").read_text()).fetchall()
    assert [row[0] for row in rows] == [other, usual]
