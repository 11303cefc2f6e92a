"""dbt's properties and data contracts become schemas that judge as they would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
import yaml

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pl.DataFrame(
    {
        "key": [1, 2, 3, 4, 4],
        "word": ["a", "b", None, "c", "a"],
        "mass": [1.5, 0.0, 12.0, None, -2.0],
        "full": [1, 2, 3, 4, 5],
    }
)


def of_dbt(path: Path, tests: dict[str, list[Any]], **related: Any) -> Any:
    columns = [{"name": name, "data_tests": each} for name, each in tests.items()]
    path.write_text(yaml.safe_dump({"models": [{"name": "m", "columns": columns}]}))
    return dc.from_dbt(path, related=related)


def of_contract(path: Path, **given: Any) -> Any:
    path.write_text(yaml.safe_dump({"kind": "DataContract", "schema": [{"name": "t", **given}]}))
    return dc.from_odcs(path)


#: A test of dbt, and the rows that its SQL returns.
DBT = [
    ("word", "not_null", "SELECT * FROM t WHERE word IS NULL"),
    ("full", "not_null", "SELECT * FROM t WHERE \"full\" IS NULL"),
    ("full", "unique", "SELECT \"full\" FROM t GROUP BY 1 HAVING count(*) > 1"),
    ("key", "unique", "SELECT key FROM t GROUP BY 1 HAVING count(*) > 1"),
    (
        "word",
        {"accepted_values": {"values": ["a", "b"]}},
        "SELECT * FROM t WHERE word NOT IN ('a', 'b')",
    ),
    (
        "word",
        {"accepted_values": {"arguments": {"values": ["a", "b", "c"]}}},
        "SELECT * FROM t WHERE word NOT IN ('a', 'b', 'c')",
    ),
    (
        "key",
        {"relationships": {"to": "ref('others')", "field": "id"}},
        "SELECT * FROM t WHERE key NOT IN (1, 2, 3)",
    ),
    (
        "mass",
        {"dbt_utils.accepted_range": {"min_value": 0, "inclusive": False}},
        "SELECT * FROM t WHERE NOT mass > 0",
    ),
    (
        "mass",
        {"dbt_utils.accepted_range": {"arguments": {"min_value": -2, "max_value": 12}}},
        "SELECT * FROM t WHERE NOT (mass >= -2 AND mass <= 12)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("column", "test", "query"), DBT)
def test_a_test_of_dbt_judges_as_its_query(
    tmp_path: Path, column: str, test: Any, query: str
) -> None:
    made = of_dbt(tmp_path / "s.yml", {column: [test]}, others=pl.DataFrame({"id": [1, 2, 3]}))
    with duckdb.connect() as connection:
        connection.register("t", TABLE.to_arrow())
        failing = len(connection.sql(query).fetchall())
    told = "unique beside missing cells (here they count as one value)"
    assert made.left_out == ((f"{column}: {told}",) if test == "unique" else ())
    assert dc.validate(TABLE, made.schema).ok is (failing == 0)


def test_a_warning_stays_one_and_what_cannot_be_carried_is_told(tmp_path: Path) -> None:
    tests = {
        "word": [
            {"accepted_values": {"values": ["a"], "config": {"severity": "warn"}}},
            {"not_null": {"config": {"severity": "warn"}}},
            {"not_null": {"config": {"where": "key > 2"}}},
            "dbt_expectations.expect_column_to_exist",
        ],
        "key": [{"relationships": {"to": "ref('others')", "field": "id"}}],
    }
    made = of_dbt(tmp_path / "s.yml", tests)
    found = dc.validate(TABLE, made.schema)
    assert found.ok
    assert {finding.code: finding.severity for finding in found.findings} == {
        "schema.isin": "warning",
        "schema.nullable": "warning",
    }
    assert [each.partition(": ")[2].partition(" (")[0] for each in made.left_out] == [
        "not_null",
        "dbt_expectations.expect_column_to_exist",
        "relationships to others.id",
    ]


def test_sources_and_unique_combinations_are_read(tmp_path: Path) -> None:
    combined = {
        "dbt_utils.unique_combination_of_columns": {"combination_of_columns": ["key", "word"]}
    }
    table = {"name": "t", "columns": [{"name": "key"}, {"name": "word"}], "tests": [combined]}
    document = {"sources": [{"name": "shop", "tables": [table]}], "models": [{"name": "m"}]}
    (tmp_path / "s.yml").write_text(yaml.safe_dump(document))
    made = dc.from_dbt(tmp_path / "s.yml", "t")
    assert dc.validate(TABLE, made.schema).ok
    assert not dc.validate(pl.concat([TABLE, TABLE.head(1)]), made.schema).ok
    with pytest.raises(dc.SchemaError, match="expected: m, t"):
        dc.from_dbt(tmp_path / "s.yml")


#: A library metric of a contract over ten cells, how many may be bad, or None: it is left out.
METRICS = [
    ({"metric": "nullValues", "mustBe": 0}, 0),
    ({"metric": "nullValues"}, 0),
    ({"rule": "nullCheck", "mustBe": 0}, 0),
    ({"metric": "nullValues", "mustBeLessThan": 3}, 2),
    ({"metric": "nullValues", "mustBeLessThan": 3, "unit": "rows"}, 2),
    ({"metric": "nullValues", "mustBeLessOrEqualTo": 3}, 3),
    ({"metric": "nullValues", "mustBeLessOrEqualTo": 20, "unit": "percent"}, 2),
    ({"metric": "nullValues", "mustBeBetween": [0, 4]}, 4),
    ({"metric": "nullValues", "mustBeGreaterThan": 1}, None),
    ({"metric": "nullValues", "mustBeBetween": [1, 4]}, None),
    ({"metric": "missingValues", "arguments": {"missingValues": [None, "n/a"]}, "mustBe": 0}, 0),
    ({"type": "sql", "query": "SELECT 1", "mustBe": 1}, None),
    ({"type": "text", "description": "is right"}, None),
]


@pytest.mark.parametrize(("rule", "most"), METRICS)
def test_a_metric_of_missing_cells_keeps_its_tolerance(
    tmp_path: Path, rule: dict[str, Any], most: int | None
) -> None:
    made = of_contract(
        tmp_path / "c.yaml",
        properties=[{"name": "x", "logicalType": "string", "quality": [rule]}],
    )
    assert len(made.left_out) == (1 if most is None else 0)
    for bad in range(6):
        cells = ["n/a" if "missing" in str(rule.get("metric")) else None] * bad + ["a"] * (10 - bad)
        report = dc.validate(pl.DataFrame({"x": cells}, schema={"x": pl.String}), made.schema)
        assert report.ok is (most is None or bad <= most), bad


@pytest.mark.parametrize(
    ("arguments", "bad"), [({"validValues": ["a", "b"]}, "c"), ({"pattern": "^[ab]$"}, "cab")]
)
def test_a_metric_of_invalid_values_keeps_its_tolerance(
    tmp_path: Path, arguments: dict[str, Any], bad: str
) -> None:
    rule = {
        "metric": "invalidValues",
        "arguments": arguments,
        "mustBeLessThan": 25,
        "unit": "percent",
    }
    made = of_contract(tmp_path / "c.yaml", properties=[{"name": "x", "quality": [rule]}])
    assert dc.validate(pl.DataFrame({"x": ["a"] * 9 + [bad]}), made.schema).ok
    assert not dc.validate(pl.DataFrame({"x": ["a"] * 5 + [bad] * 5}), made.schema).ok


def test_a_contract_is_carried_whole(tmp_path: Path) -> None:
    made = of_contract(
        tmp_path / "c.yaml",
        properties=[
            {"name": "id", "logicalType": "integer", "primaryKey": True},
            {
                "name": "word",
                "logicalType": "string",
                "required": True,
                "logicalTypeOptions": {"minLength": 1, "maxLength": 3, "format": "email"},
            },
            {
                "name": "mass",
                "logicalType": "number",
                "logicalTypeOptions": {"exclusiveMinimum": 0},
            },
        ],
        quality=[
            {"metric": "rowCount", "mustBeGreaterThan": 3},
            {
                "metric": "duplicateValues",
                "mustBe": 0,
                "arguments": {"properties": ["word", "mass"]},
            },
        ],
    )
    good = pl.DataFrame({"id": [1, 2], "word": ["a", "b"], "mass": [1.5, 2.5]})
    assert dc.validate(good, made.schema).ok
    bad = pl.DataFrame({"id": [1, 1, 1], "word": ["abcd", None, "abcd"], "mass": [0.0, 1.0, 0.0]})
    assert {finding.code for finding in dc.validate(bad, made.schema).findings} == {
        "schema.unique", "schema.str_length", "schema.nullable", "schema.greater_than",
    }  # fmt: skip
    assert len(made.left_out) == 2


@pytest.mark.parametrize(
    "text", ["", "[]", "models: 3", "schema: {}", "models: [{columns: 3}]", "!!python/object:x {}"]
)
def test_what_is_no_declaration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    for read in (dc.from_dbt, dc.from_odcs):
        try:
            read(tmp_path / "x.yaml")
        except dc.SchemaError:
            continue
