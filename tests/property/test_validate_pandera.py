"""Every built-in check against pandera itself, on frames where pandera is right.

Where it is not (NaN, infinity, LazyFrames), `tests/unit/validate/test_validate_differences.py`
holds what datacheck does instead.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from datacheck.schema import load_schema
from datacheck.source import open_source
from datacheck.validation import split, violations

ROWS = 20
FLOATS = st.one_of(
    st.integers(-6, 6).map(float), st.floats(allow_nan=False, allow_infinity=False, width=64)
)
INTS = st.one_of(st.integers(-6, 6), st.integers(-(2**62), 2**62))
TEXTS = st.text(alphabet="aAbB1 -é", max_size=5)
DATES = st.dates(dt.date(2000, 1, 1), dt.date(2000, 1, 9))
VALUES = {float: FLOATS, int: INTS, str: TEXTS, dt.date: DATES}
COMPARISONS = (
    "equal_to",
    "not_equal_to",
    "greater_than",
    "greater_than_or_equal_to",
    "less_than",
    "less_than_or_equal_to",
)


def cells(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.one_of(st.none(), values), max_size=ROWS)


def dtype_of(kind: type) -> Any:
    return {float: pl.Float64, int: pl.Int64, str: pl.String, dt.date: pl.Date}[kind]


def pandera_says(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> tuple[bool, set[int]]:
    """Whether pandera rejects the frame, and the rows that it names."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return True, set(errors.failure_cases["index"].drop_nulls().to_list())
    return False, set()


def datacheck_says(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> tuple[bool, set[int]]:
    found = violations(open_source(frame), load_schema(schema))
    rows = {row for finding in found for row in finding.rows}
    assert all(finding.count == len(finding.rows) for finding in found if finding.rows)
    return bool(found), rows


def agree(column: pa.Column, frame: pl.DataFrame) -> None:
    schema = pa.DataFrameSchema({"x": column})
    expected = pandera_says(schema, frame)
    assert datacheck_says(schema, frame) == expected
    streamed = violations(open_source(frame.lazy()), load_schema(schema))
    assert {row for finding in streamed for row in finding.rows} == expected[1]
    valid, rejected = split(frame, schema)
    kept = [row for row in range(frame.height) if row not in expected[1]]
    if not expected[0] or expected[1]:
        assert valid.collect().equals(frame[kept])
        assert set(rejected.collect()["__row__"].to_list()) == expected[1]


@pytest.mark.parametrize("kind", [float, int, str, dt.date])
@pytest.mark.parametrize("name", COMPARISONS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_comparisons(kind: type, name: str, data: st.DataObject) -> None:
    values = data.draw(cells(VALUES[kind]))
    bound = data.draw(
        st.sampled_from([v for v in values if v is not None] or [data.draw(VALUES[kind])])
    )
    ignore_na = data.draw(st.booleans())
    check = getattr(pa.Check, name)(bound, ignore_na=ignore_na)
    agree(pa.Column(dtype_of(kind), check, nullable=True), frame_of(values, kind))


@pytest.mark.parametrize("kind", [float, int, str, dt.date])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_in_range(kind: type, data: st.DataObject) -> None:
    values = data.draw(cells(VALUES[kind]))
    low, high = sorted([data.draw(VALUES[kind]), data.draw(VALUES[kind])])
    assume(low < high)
    check = pa.Check.in_range(low, high, data.draw(st.booleans()), data.draw(st.booleans()))
    agree(pa.Column(dtype_of(kind), check, nullable=True), frame_of(values, kind))


@pytest.mark.parametrize("kind", [float, int, str, dt.date])
@pytest.mark.parametrize("name", ["isin", "notin"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_membership(kind: type, name: str, data: st.DataObject) -> None:
    values = data.draw(cells(VALUES[kind]))
    listed = data.draw(st.lists(VALUES[kind], min_size=1, max_size=4))
    listed += [v for v in values if v is not None][:2]
    check = getattr(pa.Check, name)(listed, ignore_na=data.draw(st.booleans()))
    agree(pa.Column(dtype_of(kind), check, nullable=True), frame_of(values, kind))


@pytest.mark.parametrize("name", ["str_matches", "str_contains"])
@settings(max_examples=30, deadline=None)
@given(
    values=cells(TEXTS),
    pattern=st.sampled_from(["a", "^a", "a$", "[ab]+1?", "(?i)A", r"\s", "é", "a.b"]),
)
def test_patterns(name: str, values: list[Any], pattern: str) -> None:
    check = getattr(pa.Check, name)(pattern)
    agree(pa.Column(pl.String, check, nullable=True), frame_of(values, str))


@pytest.mark.parametrize("name", ["str_startswith", "str_endswith"])
@settings(max_examples=30, deadline=None)
@given(values=cells(TEXTS), part=TEXTS)
def test_ends_of_texts(name: str, values: list[Any], part: str) -> None:
    check = getattr(pa.Check, name)(part)
    agree(pa.Column(pl.String, check, nullable=True), frame_of(values, str))


@settings(max_examples=40, deadline=None)
@given(
    values=cells(TEXTS),
    bounds=st.sampled_from(
        [{"min_value": 2}, {"max_value": 2}, {"min_value": 1, "max_value": 3}, {"exact_value": 2}]
    ),
)
def test_lengths(values: list[Any], bounds: dict[str, int]) -> None:
    check = pa.Check.str_length(**bounds)
    agree(pa.Column(pl.String, check, nullable=True), frame_of(values, str))


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.sampled_from("abc")), max_size=8),
    wanted=st.sets(st.sampled_from("abc"), min_size=1),
)
def test_sets_of_values(values: list[Any], wanted: set[str]) -> None:
    schema = pa.DataFrameSchema(
        {"x": pa.Column(str, pa.Check.unique_values_eq(wanted), nullable=True)}
    )
    frame = frame_of(values, str)
    assert datacheck_says(schema, frame)[0] == pandera_says(schema, frame)[0]
    valid, rejected = split(frame, schema)
    all_rejected = pandera_says(schema, frame)[0]
    assert rejected.collect().height == (frame.height if all_rejected else 0)
    assert valid.collect().height == (0 if all_rejected else frame.height)


@pytest.mark.parametrize("kind", [float, int, str, dt.date])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_nullable_and_unique(kind: type, data: st.DataObject) -> None:
    frame = frame_of(data.draw(cells(VALUES[kind])), kind)
    agree(pa.Column(dtype_of(kind), nullable=False), frame)
    agree(pa.Column(dtype_of(kind), nullable=True, unique=True), frame)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1, 2, None])), max_size=8))
def test_joint_uniqueness(rows: list[tuple[str, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Int64}, orient="row")
    schema = pa.DataFrameSchema(
        {"a": pa.Column(str), "b": pa.Column(int, nullable=True)}, unique=["a", "b"]
    )
    expected = set(frame.with_row_index().filter(frame.is_duplicated())["index"].to_list())
    assert pandera_says(schema, frame)[0] == bool(expected)
    assert datacheck_says(schema, frame)[1] == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=cells(INTS.filter(lambda value: abs(value) < 2**53)), default=st.integers(-3, 3))
def test_defaults(values: list[Any], default: int) -> None:
    column = pa.Column(pl.Int64, pa.Check.ge(0), default=default)
    frame = frame_of(values, int)
    assert datacheck_says(pa.DataFrameSchema({"x": column}), frame) == pandera_says(
        pa.DataFrameSchema({"x": column}), frame
    )


def frame_of(values: list[Any], kind: type) -> pl.DataFrame:
    return pl.DataFrame({"x": pl.Series(values, dtype=dtype_of(kind))})
