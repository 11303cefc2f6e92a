"""Declared numerals in SQL: columns that hold text, and columns that hold numbers already."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.spelled import value
from datacheck.numerals import reader
from datacheck.ops import Numeral
from tests.parity import databases

if TYPE_CHECKING:
    from pathlib import Path

MONEY = Numeral(",", ".", "$", (("%", 0.01), ("M", 1e6), ("b", 1e-300)), parentheses=True)
SWISS = Numeral(thousands="'", prefix="CHF", units=(("k", 1e300),))
SPELT = st.builds(
    lambda *parts: "".join(parts),
    *(
        st.sampled_from(words)
        for words in (
            ["", "-", "(", "$", "-$ ", "CHF ", "\u2212"],
            ["1", "1.234", "1'234", "12345", "1\u2019234", "0", "17976931348623157", "5"],
            ["", ",5", ".5", ",", "e5", "e-320", "e300"],
            ["", " %", "M", "b", "k", ")", " M)", ")b", "\u00a0"],
        )
    ),
)


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql"])
@pytest.mark.parametrize("numeral", [MONEY, SWISS])
@settings(max_examples=5, deadline=None)
@given(texts=st.lists(SPELT, min_size=40, max_size=40))
def test_a_text_is_the_number_that_python_reads(
    dialect: str, numeral: Numeral, texts: list[str]
) -> None:
    using, read = DIALECTS[dialect], reader(numeral)
    rows = ", ".join(f"({at}, {using.text_of(text)})" for at, text in enumerate(texts))
    cursor = databases.CONNECTIONS[dialect]().cursor()
    expression = value("t.x", numeral, using, "x")
    cursor.execute(f"SELECT {expression} FROM (VALUES {rows}) AS t(i, x) ORDER BY t.i")  # noqa: S608
    found = [row[0] for row in cursor.fetchall()]
    cursor.close()
    wanted = [read(text) for text in texts]
    assert [_bits(each) for each in found] == [_bits(each) for each in wanted]


def _bits(number: float | None) -> bytes | None:
    return None if number is None else struct.pack("<d", number)


def test_a_column_of_numbers_is_read_as_it_is(tmp_path: Path) -> None:
    column = {"dtype": "Float64", "coerce": True, "nullable": True}
    prepare = {"number": {"decimal": ",", "thousands": "."}, "impute": "median", "scale": "zscore"}
    document = {"schema_type": "polars_dataframe", "columns": {"x": column | {"prepare": prepare}}}
    (tmp_path / "s.yaml").write_text(repr(document))
    data = {"x": ["1.234,5", "2,5", "7", None]}
    transform = dc.fit(data, dc.load_schema(tmp_path / "s.yaml"))
    path = tmp_path / "x.sql"
    transform.export("sql", path, table="spelt", dialect="duckdb")
    assert dc.verify(path).ok
    connection = databases.CONNECTIONS["duckdb"]()
    for kind, cell in (("DOUBLE", "1.234"), ("INTEGER", "12"), ("DECIMAL(9, 3)", "1.234")):
        connection.execute(f"CREATE OR REPLACE TABLE spelt AS SELECT CAST({cell} AS {kind}) AS x")
        found = connection.execute(path.read_text()).fetchone()
        assert found == (transform.apply_row({"x": float(cell)})["x"], None)


@pytest.mark.parametrize("dialect", ["sqlite", "snowflake", "bigquery"])
def test_who_cannot_read_it_is_named(dialect: str) -> None:
    with pytest.raises(dc.ArtefactError, match=f"{dialect} does not read the declared spelling"):
        value("t.x", MONEY, DIALECTS[dialect], "x")


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["1.5", "2", "-325e-2"])])
@pytest.mark.parametrize("dialect", sorted(databases.CONNECTIONS))
def test_numbers_are_read_from_every_type_of_text(
    dialect: str, dtype: pl.DataType, tmp_path: Path
) -> None:
    cells = pl.Series(["1.5", "2", "-325e-2"] * 20, dtype=dtype)
    frame = pl.DataFrame({"x": cells})
    path = tmp_path / "x.sql"
    dc.fit(frame, dc.suggest(frame)).export("sql", path, dialect=dialect)
    assert dc.verify(path, connection=databases.CONNECTIONS[dialect]()).ok
