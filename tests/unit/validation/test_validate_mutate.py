"""Planted faults: what a schema does not notice is named, with the check to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.polars as pa
import polars as pl
import pytest

from datacheck.validation import mutate, noticing

if TYPE_CHECKING:
    from datacheck.report import Report
    from datacheck.schema.compile import Plan
    from datacheck.table import LocalTable
    from datacheck.validation.judge import Verdict
    from datacheck.validation.scan import Rules

GOOD = pl.DataFrame(
    {
        "mass": [3.1, 4.7, 5.2, 3.3] * 10,
        "length": [181.0, 186.5, 195.0, 190.0] * 10,
        "kind": ["a", "b"] * 20,
        "id": range(40),
    }
)


def missed(report: Report) -> set[tuple[str, str | None]]:
    return {
        (found.evidence["fault"], found.column)
        for found in report.findings
        if found.code == "schema.unnoticed"
    }


def test_a_loose_schema_misses_much_and_is_told_what_to_add() -> None:
    loose = pa.DataFrameSchema({name: pa.Column(GOOD[name].dtype) for name in GOOD.columns})
    report = mutate(GOOD, loose)
    assert missed(report) == {
        *{
            (fault, name)
            for name in ("mass", "length", "id")
            for fault in ("sentinel", "unit", "out_of_range")
        },
        ("out_of_range", "kind"),
        ("swapped", "mass"),
        ("duplicate", None),
    }
    adds = {
        found.column: found.remedy
        for found in report.findings
        if found.evidence.get("fault") == "out_of_range"
    }
    assert adds["mass"] == "Add in_range: {min_value: 3.1, max_value: 5.2} with a margin."
    assert "isin" in adds["kind"]


def test_a_tight_schema_misses_nothing() -> None:
    tight = pa.DataFrameSchema(
        {
            "mass": pa.Column(float, pa.Check.in_range(3, 6)),
            "length": pa.Column(float, pa.Check.in_range(170, 230)),
            "kind": pa.Column(str, pa.Check.isin(["a", "b"])),
            "id": pa.Column(int, pa.Check.in_range(0, 39), unique=True),
        }
    )
    report = mutate(GOOD, tight)
    assert missed(report) == set()
    [summary] = report.findings
    assert summary.code == "schema.mutation"
    assert summary.evidence["planted"] == summary.evidence["noticed"] > 15
    assert report.ok


def test_what_the_schema_allows_is_not_planted() -> None:
    schema = pa.DataFrameSchema({"mass": pa.Column(float, nullable=True, coerce=True)})
    faults = {fault for fault, _ in missed(mutate(GOOD.select("mass"), schema))}
    assert faults == {"sentinel", "unit", "out_of_range", "duplicate"}


def test_only_rows_that_obey_are_spoilt() -> None:
    spoilt = GOOD.with_columns(pl.when(pl.col("id") < 5).then(-1.0).otherwise("mass").alias("mass"))
    schema = pa.DataFrameSchema({"mass": pa.Column(float, pa.Check.in_range(3, 6))})
    assert mutate(spoilt, schema).source["rows"] == 35
    assert missed(mutate(spoilt, schema)) == {("duplicate", None)}


def test_without_a_good_row_nothing_is_planted() -> None:
    schema = pa.DataFrameSchema({"mass": pa.Column(float, pa.Check.gt(100))})
    [summary] = mutate(GOOD, schema).findings
    assert summary.count == 0


def test_a_schema_without_a_rule_misses_everything() -> None:
    texts = GOOD.select("kind", other=pl.col("kind") + "!")
    report = mutate(texts, pa.DataFrameSchema({"^.*$": pa.Column(regex=True, nullable=True)}))
    faults = {(kind, name) for kind in ("out_of_range", "type") for name in texts.columns}
    assert missed(report) == {*faults, ("swapped", "kind"), ("duplicate", None)}


@pytest.fixture
def judgements(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The columns of each table that is judged."""
    seen: list[list[str]] = []
    verdict = noticing.verdict

    def counted(table: LocalTable, plan: Plan, rules: Rules) -> Verdict:
        seen.append(table.dtypes.names())
        return verdict(table, plan, rules)

    monkeypatch.setattr(noticing, "verdict", counted)
    return seen


@pytest.mark.parametrize("width", [6, 60])
def test_a_wide_table_needs_no_more_judgements(width: int, judgements: list[list[str]]) -> None:
    """Every other column is loose, bounded, or of text: each is missed as it is alone."""
    frame = pl.DataFrame(
        {
            f"c{at}": GOOD["kind"] + str(at) if at % 3 == 2 else GOOD["mass"] + at
            for at in range(width)
        }
    )
    checks = [None, pa.Check.in_range(0, 100), None]
    schema = pa.DataFrameSchema(
        {
            name: pa.Column(frame[name].dtype, checks[at % 3])
            for at, name in enumerate(frame.columns)
        }
    )
    report = mutate(frame, schema)
    assert len(judgements) <= 9
    for at in range(3):
        own = {fault for fault, name in missed(report) if name == f"c{at}"} - {"swapped"}
        for other in range(at, width, 3):
            told = {fault for fault, name in missed(report) if name == f"c{other}"}
            assert told - {"swapped"} == own
