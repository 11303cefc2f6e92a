"""What Spark alone does: other columns pass before the fitted ones, and a session verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datacheck.errors import ArtefactError
from datacheck.export import sql
from datacheck.ops import Affine, Fill, Missing, Program
from tests.support.spark import session

from .cases import fitted, number, with_golden

if TYPE_CHECKING:
    from pathlib import Path


def test_spark_passes_other_columns_and_verifies_in_a_session(tmp_path: Path) -> None:
    spark = session()
    mass = number("ma.ss`", Missing((-999.0,)), Fill(4.0), Affine(1.0, 0.5, 2.0))
    sex = Program("sex", "text", "String", (Missing(("N'A\\",)), Fill("it's \\ male")))
    rows = (
        {"ma.ss`": -999.0, "sex": "N'A\\"},
        {"ma.ss`": float("inf"), "sex": "f"},
        {"ma.ss`": float("nan"), "sex": None},
    )
    path = tmp_path / "x.sql"
    sql.write(
        with_golden(fitted(mass, sex), rows),
        path,
        dialect="spark",
        table="passing",
        connection=spark,
    )
    assert sql.verify(path, connection=spark) == []
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW passing AS"
        " SELECT 3.0D AS `ma.ss```, 7 AS id, 'f' AS sex, 'x' AS island"
    )
    (row,) = spark.sql(path.read_text()).collect()
    assert row.asDict() == {
        "id": 7,
        "island": "x",
        "ma.ss`": 1.0,
        "sex": "f",
        "datacheck_refused": None,
    }
    path.write_text(path.read_text().replace("CAST('0.5' AS DOUBLE)", "CAST('0.25' AS DOUBLE)"))
    # A statement that was changed is told, and does not run.
    assert [found.row for found in sql.verify(path, connection=spark)] == [0]


def test_what_spark_would_put_in_for_a_variable_is_written_otherwise_or_refused(
    tmp_path: Path,
) -> None:
    spark, cell = session(), "${spark.app.name} $ {x} \\${env:HOME}"
    column = Program("who", "text", "String", (Missing((cell,)), Fill("${x:y}")))
    rows = ({"who": cell}, {"who": "${spark.app.name}"}, {"who": None})
    path = tmp_path / "x.sql"
    sql.write(with_golden(fitted(column), rows), path, dialect="spark", table="t", connection=spark)
    assert sql.verify(path, connection=spark) == []
    spark.sql("CREATE OR REPLACE TEMPORARY VIEW t AS SELECT CAST(NULL AS STRING) AS who")
    (row,) = spark.sql(path.read_text()).collect()
    assert row["who"] == "${x:y}"
    named = fitted(number("${spark.app.name}", Fill(4.0)))
    with pytest.raises(ArtefactError, match=r"without NUL or \$\{"):
        sql.write(named, tmp_path / "y.sql", dialect="spark", table="t")
