"""What is right so stays in the report, folded, and decides nothing."""

import numpy as np
import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DatacheckError, SchemaError, SourceError

VALUES = np.random.default_rng(0).normal(50, 5, 300).round(1)
VALUES[7] = 5000.0
FLAGS = np.random.default_rng(1).random(250) < 0.5
TABLE = pl.DataFrame({"a": VALUES, "b": VALUES[::-1]})


def accepted(report):
    return {(f.code, f.column): f.accepted for f in report.findings if f.accepted is not None}


def schema(metadata, **options):
    return pa.DataFrameSchema(
        {"a": pa.Column(float, metadata=metadata, **options), "b": pa.Column(float)}
    )


def test_a_column_says_what_is_right_so():
    metadata = dc.prepare(accept={"outlier.value": "weighed twice"})
    report = dc.check(TABLE, schema(metadata))
    assert accepted(report) == {("outlier.value", "a"): "weighed twice"}
    assert [f.column for f in report.at_least("warning")] == ["b"]
    text = str(report)
    assert "accepted, and so not decisive: 1 finding" in text
    assert "outlier.value a (1): weighed twice" in text
    assert "weighed twice" in report._repr_html_()
    assert report.to_dict()["findings"][-1]["accepted"] == "weighed twice"


def test_outliers_that_are_declared_to_be_kept_are_right_so():
    report = dc.check(TABLE, schema(dc.prepare(outliers="keep")))
    assert list(accepted(report)) == [("outlier.value", "a")]
    assert not accepted(dc.check(TABLE, schema(dc.prepare(impute="median"))))


@pytest.mark.parametrize(("word", "columns"), [("outlier.value", "ab"), ("outlier.value:b", "b")])
def test_the_command_says_what_is_right_so(word, columns):
    report = dc.check(TABLE, ignore=[word])
    assert [column for _, column in accepted(report)] == list(columns)
    assert report.at_least("warning") == () or columns == "b"
    with pytest.raises(DatacheckError, match="no finding's code"):
        dc.check(TABLE, ignore=["outliers"])
    with pytest.raises(DatacheckError, match="did you mean"):
        dc.check(TABLE, ignore=["outlier.valeu"])
    dc.check(TABLE, ignore=["schema.my_own"])


@pytest.mark.parametrize(("allow", "ok"), [(0.01, True), (0.001, False), (1, True), (0, False)])
def test_a_check_allows_some_rows_and_split_does_not(allow, ok):
    plan = schema(dc.prepare(allow={"in_range": allow}), checks=pa.Check.in_range(0, 100))
    plan.columns["b"] = pa.Column(float)
    for verb in (dc.check, dc.validate):
        report = verb(TABLE, plan)
        assert report.ok is ok
        assert [f.code for f in report.findings if f.code == "schema.in_range"]
    assert dc.split(TABLE, plan)[1].collect().height == 1


def test_how_grave_a_finding_is_can_be_declared(tmp_path):
    plan = schema(dc.prepare(severity={"outlier.value": "error"}))
    report = dc.check(TABLE, plan)
    assert {f.column: f.severity for f in report.findings} == {"a": "error", "b": "warning"}
    path = tmp_path / "s.yaml"
    dc.load_schema(plan).save(path)
    assert dc.load_schema(path).columns == dc.load_schema(plan).columns
    with pytest.raises(SchemaError, match="warning"):
        dc.prepare(severity={"outlier.value": "warn"})


IDS = pl.DataFrame({"key": [7 * i**2 + 11 for i in range(300)], "a": VALUES})


@pytest.mark.parametrize("role", ["id", "group", "ignore"])
def test_what_names_things_is_not_judged_as_a_quantity(role, tmp_path):
    later = IDS.with_columns(pl.col("key") * 1000 + 5)
    assert "key" in {f.column for f in dc.compare(IDS, later).findings}
    plan = tmp_path / "s.yaml"
    plan.write_text(f"columns: {{key: {{prepare: {{role: {role}}}}}}}")
    assert "key" not in {f.column for f in dc.compare(IDS, later, plan).findings}
    assert "key" not in {f.column for f in dc.check(later, plan, reference=IDS).findings}


def test_time_passes_and_a_target_is_compared(tmp_path):
    first = pl.DataFrame({"when": np.arange(300) * 60.0, "y": VALUES})
    later = first.with_columns(pl.col("when") + 1e6, pl.col("y") + 100)
    found = dc.check(later, reference=first, time="when", target="y").findings
    assert "when" not in {f.column for f in found if f.code.startswith("drift.")}
    assert ("drift.shift", "y") in {(f.code, f.column) for f in found}
    with pytest.raises(SourceError, match="did you mean 'when'"):
        dc.check(later, time="whem")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("n", range(1, 301)),
        ("order_id", [7 * i**2 + 11 for i in range(300)]),
        ("phone", [2_100_000_000 + 7919**2 * i % 7_000_000_000 for i in range(300)]),
        ("tweet", [1577802054274481874 + i * i * 7919 * 10**9 for i in range(300)]),
        ("code", [f"N{i:04d}" for i in range(300)]),
    ],
)
def test_identifiers_are_guessed_with_a_reason(name, cells):
    report = dc.check(pl.DataFrame({name: list(cells), "x": VALUES}))
    (found,) = [f for f in report.findings if f.code == "column.identifier"]
    assert (found.column, found.severity, found.fix.kind) == (name, "info", "role")
    assert found.evidence["reason"]
    assert not [f for f in report.findings if f.column == name and f.severity != "info"]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("population", [int(x) for x in np.random.default_rng(0).lognormal(12, 2, 300)]),
        ("seconds", [1_700_000_000 + 3571 * i for i in range(300)]),
        ("nanoseconds", [(1_700_000_000 + 3571 * i) * 10**9 for i in range(300)]),
        ("year", range(1900, 2020)),
        ("price", [i + 0.5 for i in range(300)]),
        ("paid", [i % 7 for i in range(300)]),
        ("word", ["red", "green", "blue"] * 100),
    ],
)
def test_quantities_and_categories_are_no_identifiers(name, cells):
    report = dc.check(pl.DataFrame({name: list(cells)}))
    assert not [f for f in report.findings if f.code == "column.identifier"]


@pytest.mark.parametrize(
    "option", [{"impute": "median"}, {"scale": "robust"}, {"outliers": "clip"}]
)
@pytest.mark.parametrize("role", ["id", "ignore"])
def test_what_is_no_feature_is_not_prepared(role, option):
    with pytest.raises(SchemaError, match=f"does not go with role: {role}"):
        dc.prepare(role=role, **option)


def test_a_target_may_be_scaled_and_is_never_imputed():
    assert dc.prepare(role="target", scale="zscore")
    with pytest.raises(SchemaError, match="does not go with role: target"):
        dc.prepare(role="target", impute="median")


def test_a_clean_report_says_what_was_looked_at():
    table = pl.DataFrame({"x": VALUES[50:], "w": ["a", "b"] * 125, "flag": FLAGS})
    report = dc.check(table.with_columns(x=pl.col("x").clip(40, 60)))
    assert report.findings == ()
    assert report.scope == {"number": 1, "text": 1, "boolean": 1, "ignored": 0, "unchecked": 0}
    assert "Examined: 1 column of numbers (" in str(report)
    assert "1 column of text (" in report._repr_html_()


def test_a_column_that_nobody_looked_into_is_named():
    table = pl.DataFrame({"x": VALUES, "blob": [b"x"] * 300})
    (found,) = [f for f in dc.check(table).findings if f.code == "scope.unchecked"]
    assert (found.column, found.severity, found.count) == ("blob", "info", 300)
