"""Where datacheck differs from pandera, point by point: `docs/pandera.md` lists these tests.

Each shows what pandera does as well, so that a point is struck off the list when pandera mends it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl
import pytest

import datacheck.errors
from datacheck.schema import load_schema, prepare
from datacheck.schema.model import Schema
from datacheck.source import open_source
from datacheck.validation import split, violations

if TYPE_CHECKING:
    from pathlib import Path

    from datacheck.report import Finding

NAN, INF = math.nan, math.inf


def found(
    data: Any, columns: dict[str, pa.Column], **table: Any
) -> dict[tuple[str, str | None], Finding]:
    schema = load_schema(pa.DataFrameSchema(columns, **table))
    return {(each.code, each.column): each for each in violations(open_source(data), schema)}


def pandera_passes(data: Any, columns: dict[str, pa.Column], **table: Any) -> bool:
    try:
        pa.DataFrameSchema(columns, **table).validate(data, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


def test_a_lazy_frame_is_looked_at() -> None:
    frame = pl.LazyFrame({"x": [1.0, -1.0]})
    columns = {"x": pa.Column(float, pa.Check.ge(0))}
    assert pandera_passes(frame, columns)
    assert found(frame, columns)["schema.greater_than_or_equal_to", "x"].rows == (1,)


@pytest.mark.parametrize("check", [pa.Check.ge(0), pa.Check.gt(0), pa.Check.ne(5)])
def test_nan_passes_no_comparison_as_a_value(check: pa.Check) -> None:
    frame = pl.DataFrame({"x": [1.0, NAN]})
    assert pandera_passes(frame, {"x": pa.Column(float, check, nullable=True)})
    kept = getattr(pa.Check, check.name)(*check._check_kwargs.values(), ignore_na=False)
    assert pandera_passes(frame, {"x": pa.Column(float, kept, nullable=True)})
    assert found(frame, {"x": pa.Column(float, kept, nullable=True)})[
        f"schema.{check.name}", "x"
    ].rows == (1,)


@pytest.mark.parametrize(
    "check", [pa.Check.le(9), pa.Check.lt(9), pa.Check.in_range(0, 9), pa.Check.eq(1)]
)
def test_nan_is_ignored_as_null_is(check: pa.Check) -> None:
    frame = pl.DataFrame({"x": [1.0, NAN, None]})
    columns = {"x": pa.Column(float, check, nullable=True)}
    assert not pandera_passes(frame, columns)
    assert found(frame, columns) == {}


def test_nullable_counts_null_nan_and_declared_values_apart() -> None:
    frame = pl.DataFrame({"x": [1.0, None, NAN, NAN, -999.0]})
    columns = {"x": pa.Column(float, metadata=prepare(missing_values=[-999]))}
    finding = found(frame, columns)["schema.nullable", "x"]
    assert finding.count == 4
    assert finding.evidence == {"null": 1, "nan": 2, "sentinel": 1}
    assert finding.rows == (1, 2, 3, 4)


def test_a_declared_value_is_missing_to_every_check() -> None:
    frame = pl.DataFrame({"x": [1, -999]})
    columns = {
        "x": pa.Column(int, pa.Check.ge(0), nullable=True, metadata=prepare(missing_values=[-999]))
    }
    assert not pandera_passes(frame, columns)
    assert found(frame, columns) == {}


def test_infinity_is_an_error_of_its_own() -> None:
    frame = pl.DataFrame({"x": [1.0, INF, -INF]})
    columns = {"x": pa.Column(float, nullable=False)}
    assert pandera_passes(frame, columns)
    assert found(frame, columns)["numeric.infinite", "x"].rows == (1, 2)


@pytest.mark.parametrize(("policy", "nullable", "codes"), [
    ("missing", True, set()), ("missing", False, {"schema.nullable"}), ("clip", False, set()),
])  # fmt: skip
def test_infinity_is_what_the_schema_says(policy: str, nullable: bool, codes: set[str]) -> None:
    frame = pl.DataFrame({"x": [1.0, INF]})
    columns = {"x": pa.Column(float, nullable=nullable, metadata=prepare(infinite=policy))}
    assert {code for code, _ in found(frame, columns)} == codes


@pytest.mark.parametrize(("values", "found_type", "declared", "bad"), [
    ([1.0, 1.7], pl.Float64, pl.Int64, (1,)),
    ([2**53, 2**53 + 1], pl.Int64, pl.Float64, (1,)),
    ([1.0, 1e39], pl.Float64, pl.Float32, (1,)),
    ([1, 300], pl.Int64, pl.UInt8, (1,)),
    ([1, 2], pl.Int64, pl.Boolean, (1,)),
    (["1.0", "1.7"], pl.String, pl.Int64, (1,)),
    (["9007199254740992", "9007199254740993"], pl.String, pl.Float64, (1,)),
])  # fmt: skip
def test_coerce_loses_nothing(
    values: list[Any], found_type: Any, declared: Any, bad: tuple[int, ...]
) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=found_type)})
    finding = found(frame, {"x": pa.Column(declared, coerce=True)})["schema.coerce", "x"]
    assert finding.rows == bad
    assert finding.values == tuple(values[row] for row in bad)


def test_pandera_coerces_with_loss() -> None:
    frame = pl.DataFrame({"x": [1.7]})
    out = pa.DataFrameSchema({"x": pa.Column(int, coerce=True)}).validate(frame)
    assert out["x"].to_list() == [1]


def test_a_time_zone_is_not_dropped() -> None:
    frame = pl.DataFrame({"t": pl.Series([0], dtype=pl.Datetime("us", "Europe/Paris"))})
    columns = {"t": pa.Column(pl.Datetime("us"), coerce=True)}
    assert pandera_passes(frame, columns)
    assert found(frame, columns)["schema.coerce", "t"].count == 1


def test_an_absent_column_is_a_finding_with_coerce_too() -> None:
    frame = pl.DataFrame({"mass": [1.0]})
    columns = {"mas": pa.Column(float, coerce=True)}
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        pandera_passes(frame, columns)
    assert "did you mean 'mass'?" in found(frame, columns)["schema.column_missing", "mas"].message


def test_alternatives_in_str_matches_all_start_at_the_start() -> None:
    frame = pl.DataFrame({"x": ["apple", "bean", "x bean"]})
    columns = {"x": pa.Column(str, pa.Check.str_matches("apple|bean"))}
    assert pandera_passes(frame, columns)
    assert found(frame, columns)["schema.str_matches", "x"].rows == (2,)


def test_failures_of_different_kinds_are_told_together() -> None:
    frame = pl.DataFrame({"x": [1.0, -1.0, None]})
    columns = {"x": pa.Column(float, [pa.Check.ge(0), pa.Check.unique_values_eq([1.0])])}
    with pytest.raises(pl.exceptions.SchemaError):
        pandera_passes(frame, columns)
    assert len(found(frame, columns)) == 3


def test_every_group_of_unique_columns_is_looked_at() -> None:
    frame = pl.DataFrame({"a": [1, 1], "b": [2, 2]})
    columns = {"a": pa.Column(int), "b": pa.Column(int)}
    with pytest.raises(pa.errors.SchemaErrors):
        pa.DataFrameSchema(columns, unique=[["a"], ["b"]]).validate(frame, lazy=True)
    schema = load_schema(pa.DataFrameSchema(columns, unique=[["a"], ["b"]]))
    assert len(violations(open_source(frame), schema)) == 2


@pytest.mark.parametrize(
    ("report", "rows"), [("all", (0, 1, 3)), ("exclude_first", (1, 3)), ("exclude_last", (0, 1))]
)
def test_report_duplicates_is_heeded(report: Any, rows: tuple[int, ...]) -> None:
    frame = pl.DataFrame({"a": [1, 1, 2, 1]})
    text = f"{{columns: {{a: {{}}}}, unique: [a], report_duplicates: {report}}}"
    schema = Schema.from_yaml(text, "repeats")
    finding = violations(open_source(frame), schema)[0]
    assert finding.rows == rows
    _, rejected = split(frame, schema)
    assert tuple(rejected.collect()["__row__"]) == rows


def test_pandera_says_that_it_ignores_report_duplicates() -> None:
    with pytest.warns(UserWarning, match="will have no effect"):
        pa.DataFrameSchema({"a": pa.Column(int)}, report_duplicates="exclude_first")


def test_every_undeclared_column_is_named() -> None:
    frame = pl.DataFrame({"a": [1], "b": [1], "c": [1]})
    assert set(found(frame, {"a": pa.Column(int)}, strict=True)) == {
        ("schema.column_extra", "b"), ("schema.column_extra", "c"),
    }  # fmt: skip


def test_a_unique_column_that_is_absent_is_named() -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    assert pandera_passes(frame, {"a": pa.Column(int)}, unique=["a", "b"])
    assert ("schema.column_missing", "b") in found(frame, {"a": pa.Column(int)}, unique=["a", "b"])


def test_two_expressions_for_one_column_are_refused() -> None:
    frame = pl.DataFrame({"abc": [1]})
    columns = {"^a.*$": pa.Column(int), "^.*c$": pa.Column(int)}
    with pytest.raises(datacheck.errors.SchemaError, match="'abc'"):
        found(frame, columns)


def test_invalid_rows_are_split_off_not_dropped() -> None:
    frame = pl.LazyFrame({"x": [1.0, -1.0]})
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.ge(0))}, drop_invalid_rows=True)
    assert schema.validate(frame, lazy=True).collect().height == 2
    valid, rejected = split(frame, schema)
    assert (valid.collect().height, rejected.collect().height) == (1, 1)


def test_a_check_that_cannot_be_evaluated_is_told_with_its_reason() -> None:
    frame = pl.DataFrame({"x": ["a", "b"]})
    finding = found(frame, {"x": pa.Column(str, pa.Check.ge(3))})[
        "schema.greater_than_or_equal_to", "x"
    ]
    assert "can't be evaluated" in finding.message
    assert finding.severity == "error"


def test_checks_of_a_categorical_column_compare_its_text() -> None:
    frame = pl.DataFrame({"x": pl.Series(["b", "zz"], dtype=pl.Categorical)})
    columns = {"x": pa.Column(pl.Categorical, [pa.Check.isin(["b"]), pa.Check.str_length(1, 1)])}
    assert found(frame, columns)["schema.isin", "x"].rows == (1,)
    assert found(frame, columns)["schema.str_length", "x"].rows == (1,)


def test_categories_that_have_an_order_are_compared_by_it() -> None:
    frame = pl.DataFrame({"x": pl.Series(["low", "high"], dtype=pl.Enum(["low", "high"]))})
    columns = {"x": pa.Column(pl.Enum(["low", "high"]), pa.Check.gt("low"))}
    assert not pandera_passes(frame, columns)
    assert found(frame, columns)["schema.greater_than", "x"].rows == (0,)


def test_every_test_that_the_page_names_is_there(root: Path) -> None:
    page = (root / "docs" / "pandera.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    files = [
        *(root / "tests" / "unit" / "validation").glob("*.py"),
        *(root / "tests" / "unit" / "schema").glob("*.py"),
    ]
    written = {
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    }
    assert len(named) > 15
    assert named <= written
