"""Checks that are code: as expressions where that is possible, through pandera where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl
import pytest

from datacheck.schema import load_schema
from datacheck.source import open_source
from datacheck.validation import split, violations

if TYPE_CHECKING:
    from datacheck.report import Finding

FRAME = pl.DataFrame({"low": [1.0, 5.0, None, 4.0], "high": [2.0, 3.0, 1.0, 9.0]})


def findings(schema: Any, frame: pl.DataFrame = FRAME) -> list[Finding]:
    eager = violations(open_source(frame), load_schema(schema))
    assert violations(open_source(frame.lazy()), load_schema(schema)) == eager
    return eager


def on_low(check: Any) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({"low": pa.Column(float, check, nullable=True)})


def test_a_function_that_selects_becomes_an_expression() -> None:
    check = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key) < 5))
    [finding] = findings(on_low(check))
    assert (finding.code, finding.column, finding.rows, finding.values) == (
        "schema.check",
        "low",
        (1,),
        (5.0,),
    )
    assert "evaluated" not in finding.evidence


def test_an_expression_is_a_check() -> None:
    [finding] = findings(on_low(pa.Check(pl.col("low") < pl.col("high"))))
    assert finding.rows == (1,)


def test_a_function_may_give_an_expression() -> None:
    [finding] = findings(on_low(pa.Check(lambda data: pl.col(data.key) < 5)))
    assert finding.rows == (1,)


def test_element_wise_runs_in_python_and_says_so() -> None:
    [finding] = findings(on_low(pa.Check(lambda value: value < 5, element_wise=True)))
    assert finding.rows == (1,)
    assert finding.evidence["evaluated"] == "in Python, value by value"


def test_a_dataframe_check_concerns_rows() -> None:
    check = pa.Check(
        lambda data: data.lazyframe.select(pl.col("low") < pl.col("high")), name="ordered"
    )
    [finding] = findings(pa.DataFrameSchema({}, checks=check))
    assert (finding.column, finding.rows, finding.values) == (None, (1,), ())
    assert "ordered" in finding.message


def test_several_columns_of_verdicts_must_all_hold() -> None:
    check = pa.Check(lambda data: data.lazyframe.select(pl.col("low") < 5, pl.col("high") < 9))
    [finding] = findings(pa.DataFrameSchema({}, checks=check))
    assert finding.rows == (1, 3)


@pytest.mark.parametrize(
    "function",
    [
        lambda data: data.lazyframe.select(pl.col(data.key) <= pl.col(data.key).mean()),
        lambda data: data.lazyframe.select(pl.col(data.key).cum_sum() < 6),
        lambda data: data.lazyframe.select(pl.col(data.key).rank() < 3),
    ],
    ids=["mean", "cumulative", "rank"],
)
def test_a_rule_that_looks_at_many_rows_sees_all_of_them(function: Any) -> None:
    frame = pl.DataFrame({"low": [1.0, 5.0, None, 4.0] * 60_000})
    schema = on_low(pa.Check(function))
    expected = FRAME_ERRORS(schema, frame)
    [finding] = violations(open_source(frame.lazy()), load_schema(schema))
    assert finding.count == len(expected)
    assert list(finding.rows) == expected[:20]


def FRAME_ERRORS(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> list[int]:  # noqa: N802
    with pytest.raises(pa.errors.SchemaErrors) as errors:
        schema.validate(frame, lazy=True)
    return sorted(errors.value.failure_cases["index"].to_list())


def test_one_verdict_concerns_the_whole_column() -> None:
    check = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).mean() > 100))
    [finding] = findings(on_low(check))
    assert (finding.count, finding.rows) == (4, ())
    assert "as a whole" in finding.message


def test_what_cannot_be_compiled_runs_through_pandera() -> None:
    def middling(data: Any) -> pl.LazyFrame:
        middle = data.lazyframe.collect()[data.key].median()
        return data.lazyframe.with_columns(pl.col(data.key) <= middle).select(data.key)

    [finding] = findings(on_low(pa.Check(middling)))
    assert finding.rows == (1,)
    assert finding.evidence["evaluated"] == "by pandera, on the whole table in memory"


def test_a_bare_verdict_of_python_runs_through_pandera() -> None:
    check = pa.Check(lambda data: data.lazyframe.collect().height > 100)
    [finding] = findings(on_low(check))
    assert finding.evidence["evaluated"].startswith("by pandera")
    valid, rejected = split(FRAME, on_low(check))
    assert (valid.collect().height, rejected.collect().height) == (0, 4)


@pytest.mark.parametrize("element_wise", [True, False])
def test_a_check_that_raises_is_a_finding(element_wise: bool) -> None:
    def broken(_: Any) -> Any:
        raise ZeroDivisionError("by nothing")

    [finding] = findings(on_low(pa.Check(broken, element_wise=element_wise)))
    assert finding.severity == "error"
    assert "by nothing" in finding.evidence["error"]


def test_a_warning_rejects_no_row() -> None:
    schema = on_low(pa.Check.lt(5, raise_warning=True))
    [finding] = findings(schema)
    assert finding.severity == "warning"
    valid, rejected = split(FRAME, schema)
    assert (valid.collect().height, rejected.collect().height) == (4, 0)


def test_missing_cells_fail_where_they_are_not_ignored() -> None:
    check = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key) < 5), ignore_na=False)
    [finding] = findings(on_low(check))
    assert finding.rows == (1, 2)


def test_model_methods_are_checks() -> None:
    class Bounds(pa.DataFrameModel):
        low: float = pa.Field(nullable=True)
        high: float

        @pa.check("high")
        def below_nine(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
            return data.lazyframe.select(pl.col(data.key) < 9)

        @pa.dataframe_check
        def in_order(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
            return data.lazyframe.select(pl.col("low") < pl.col("high"))

    assert [(each.column, each.rows) for each in findings(Bounds)] == [("high", (3,)), (None, (1,))]


def test_a_built_in_check_on_the_table_holds_for_every_column() -> None:
    [finding] = findings(pa.DataFrameSchema({}, checks=pa.Check.lt(5)))
    assert (finding.code, finding.column, finding.rows) == ("schema.less_than", None, (1, 3))
