"""Rows of one thing, again and again: what a declared group changes about what is told."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import datacheck as dc

PATIENTS, VISITS = 200, 8


def panel() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(PATIENTS), VISITS)
    ill = rng.random(PATIENTS) < 0.4
    return pl.DataFrame(
        {
            "patient": [f"P{each:04}" for each in patient],
            "visit": np.tile(np.arange(VISITS), PATIENTS),
            "height": rng.normal(170, 10, PATIENTS).round(4)[patient],
            "pulse": rng.normal(70, 8, PATIENTS * VISITS).round(1),
            "ill": ill[patient],
            "dose": rng.normal(50, 9, PATIENTS).round(3)[patient],
        }
    )


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "s.yaml"
    roles = {"patient": "group", "visit": "time"}
    path.write_text(
        "columns:\n" + "".join(f"  {n}: {{prepare: {{role: {r}}}}}\n" for n, r in roles.items())
    )
    return str(path)


def told(report: dc.Report, code: str) -> list[str | None]:
    return [found.column for found in report.findings if found.code == code]


@pytest.mark.parametrize("target", ["ill", "dose"])
def test_what_only_names_a_patient_gives_nothing_of_another_away(schema: str, target: str) -> None:
    table = panel()
    assert "height" in told(dc.check(table, target="ill"), "target.leak")
    assert told(dc.check(table, schema, target=target), "target.leak") == []


@pytest.mark.parametrize("target", ["ill", "dose"])
def test_what_gives_it_away_of_any_patient_is_told(schema: str, target: str) -> None:
    table = panel().with_columns(code=pl.col(target).cast(pl.Float64) * 3 + 1)
    assert told(dc.check(table, schema, target=target), "target.leak") == ["code"]


def test_a_mean_by_patient_is_told(schema: str) -> None:
    rng = np.random.default_rng(1)
    table = panel().with_columns(y=rng.normal(size=PATIENTS * VISITS))
    table = table.with_columns(coded=pl.col("y").mean().over("patient"))
    assert told(dc.check(table, schema, target="y"), "target.leak") == ["coded"]


@pytest.mark.parametrize(
    ("part", "severities"),
    [
        (pl.int_range(pl.len()) % 5 == 0, {"patient": "warning", "visit": "warning"}),
        (pl.col("patient") >= "P0150", {"visit": "info"}),
        (pl.col("visit") >= 6, {"patient": "warning"}),
    ],
)
def test_a_split_is_told_by_what_it_shares(
    schema: str, part: pl.Expr, severities: dict[str, str]
) -> None:
    table = panel()
    report = dc.check(table.filter(part), schema, reference=table.filter(~part))
    found = [each for each in report.findings if each.code == "row.overlap"]
    assert {str(each.column): each.severity for each in found} == severities
