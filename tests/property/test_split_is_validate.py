"""`split` rejects exactly the rows that `validate` counts, each with a reason, for every dtype."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.schema import Check, Column, Prepare, Schema

FLOATS = st.sampled_from([0.1, 0.05, -0.0, 0.0, 1.5, 16777216.0, 1e20, 1e-45, math.nan, math.inf])
SMALL = (0.1, 0.10000000149011612, 0.05, 0, 1, 1.5, -1, 255, 256, Decimal("0.1"), True)
LARGE = (16777217, 2**53, 2**53 + 1, 2.0**53, 2**63 - 1, 2.0**63, -(2**63), 2**64, 10**30, 1e300)
NUMBERS = st.sampled_from([*SMALL, *LARGE, math.inf])
MICROS = st.sampled_from([-1, 0, 1, 499, 500, 1000, 1500, 1577836800000000, 1577836800000500])
MOMENTS = MICROS.map(lambda us: dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=us))  # noqa: DTZ001
ZONED = MOMENTS.map(lambda each: each.replace(tzinfo=dt.UTC))
SPANS = MICROS.map(lambda us: dt.timedelta(microseconds=us))


def integers(dtype: Any, bits: int, *, signed: bool) -> tuple[Any, Any, Any]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    cells = st.sampled_from([low, low + 1, 0, 1, min(2**53 + 1, high), high - 1, high])
    return dtype(), cells, NUMBERS


def temporal(dtype: pl.DataType, bounds: Any) -> tuple[Any, Any, Any]:
    far = st.sampled_from([2**62, -(2**62)])
    cells = st.one_of(MICROS, MICROS.map(lambda us: us // 1000), far)
    if dtype == pl.Date:
        cells = st.sampled_from([-1, 0, 1, 18262, 2**30])
    if dtype == pl.Time:
        cells = st.sampled_from([0, 1, 1000, 86_399_999_999_999])
    return dtype, cells, bounds


KINDS: list[tuple[Any, Any, Any]] = [
    (pl.Float64(), FLOATS, NUMBERS),
    (pl.Float32(), FLOATS, NUMBERS),
    *(integers(d, b, signed=True) for d, b in ((pl.Int8, 8), (pl.Int64, 64), (pl.Int128, 128))),
    *(integers(d, b, signed=False) for d, b in ((pl.UInt8, 8), (pl.UInt64, 64))),
    (pl.Decimal(38, 2), st.sampled_from(["0.10", "0.11", "-1.00", "9" * 36 + ".99"]), NUMBERS),
    (pl.Decimal(10, 0), st.sampled_from(["0", "1", "-1"]), NUMBERS),
    temporal(pl.Date(), st.one_of(MOMENTS, MOMENTS.map(lambda each: each.date()))),
    *(temporal(pl.Datetime(unit), MOMENTS) for unit in ("ms", "us", "ns")),
    temporal(pl.Datetime("ms", "Europe/Berlin"), st.one_of(ZONED, MOMENTS)),
    *(temporal(pl.Duration(unit), SPANS) for unit in ("ms", "us", "ns")),
    temporal(pl.Time(), st.sampled_from([dt.time(0), dt.time(0, 0, 0, 1), dt.time(23, 59, 59)])),
    (pl.String(), st.sampled_from(["", "a", "b", "ä", "1"]), st.sampled_from(["", "a", "z"])),
    (pl.Boolean(), st.booleans(), st.booleans()),
    (pl.Categorical(), st.sampled_from(["a", "b"]), st.sampled_from(["a", "c"])),
    (pl.Enum(["a", "b"]), st.sampled_from(["a", "b"]), st.sampled_from(["a", "c"])),
    (pl.Binary(), st.sampled_from([b"", b"a"]), st.just(b"a")),
    (pl.List(pl.Float64), st.sampled_from([[], [1.0, None]]), NUMBERS),
    (pl.Struct({"a": pl.Int64}), st.just({"a": 1}), NUMBERS),
    (pl.Decimal(38, 38), st.sampled_from(["0.1", "0." + "9" * 38]), NUMBERS),
    (pl.Decimal(3, 1), st.sampled_from(["0.1", "-99.9"]), NUMBERS),
    *(integers(d, b, signed=True) for d, b in ((pl.Int16, 16), (pl.Int32, 32))),
    *((getattr(pl, name)(), FLOATS, NUMBERS) for name in ("Float16",) if hasattr(pl, name)),
    *(integers(pl.UInt128, 128, signed=False) for _ in range(hasattr(pl, "UInt128"))),
]
#: What may be declared of a column of another kind, by mistake.
ANY = st.one_of(
    *(NUMBERS, MOMENTS, ZONED, SPANS),
    st.sampled_from(["", "a", "1", b"a", dt.time(0), dt.date.max, dt.date.min]),
    st.sampled_from([dt.datetime(year, 12, 31, 23, tzinfo=dt.UTC) for year in (1, 9999)]),
)
DTYPES = st.sampled_from([dtype for dtype, _, _ in KINDS])

ORDER = ["greater_than", "greater_than_or_equal_to", "less_than", "less_than_or_equal_to"]
_KEYS = {"equal_to": "value", "not_equal_to": "value"} | {
    name: "min_value" if name.startswith("greater") else "max_value" for name in ORDER
}
LISTS = {"isin": "allowed_values", "notin": "forbidden_values", "unique_values_eq": "values"}


@st.composite
def checks(draw: st.DrawFn, bounds: Any) -> Check:
    name = draw(st.sampled_from([*_KEYS, *LISTS, "in_range"]))
    more = {"ignore_na": draw(st.booleans()), "raise_warning": draw(st.integers(0, 5)) == 0}
    if name in LISTS:
        values = tuple(draw(st.lists(bounds, min_size=1, max_size=3, unique_by=repr)))
        return Check(name=name, arguments={LISTS[name]: values}, **more)
    if name != "in_range":
        return Check(name=name, arguments={_KEYS[name]: draw(bounds)}, **more)
    ends = {"min_value": draw(bounds), "max_value": draw(bounds)}
    return Check(name=name, arguments={**ends, "include_max": draw(st.booleans())}, **more)


def series_of(cells: list[Any], dtype: pl.DataType) -> pl.Series:
    if dtype.is_temporal():
        physical = pl.Int32 if dtype == pl.Date else pl.Int64
        return pl.Series("x", cells, dtype=physical).cast(dtype)
    if dtype.is_decimal():
        return pl.Series("x", cells, dtype=pl.String).cast(dtype)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return pl.Series("x", cells, dtype=pl.String).cast(dtype)
    return pl.Series("x", cells, dtype=dtype, strict=False)


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[str(each[0]) for each in KINDS])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_split_rejects_what_validate_counts(kind: int, data: st.DataObject) -> None:
    dtype, cells, bounds = KINDS[kind]
    if data.draw(st.integers(0, 4)) == 0:
        bounds = st.one_of(bounds, ANY)
    drawn = data.draw(st.lists(st.one_of(st.none(), cells), min_size=1, max_size=6))
    column = Column(
        name="x",
        dtype=data.draw(st.one_of(st.none(), st.just(dtype), DTYPES)),
        coerce=data.draw(st.integers(0, 2)) == 0,
        nullable=data.draw(st.booleans()),
        unique=data.draw(st.integers(0, 4)) == 0,
        checks=tuple(data.draw(st.lists(checks(bounds), max_size=3))),
        prepare=Prepare() if data.draw(st.booleans()) else None,
    )
    schema = Schema(name="s", columns=(column,))
    frame = pl.DataFrame([series_of(drawn, dtype)])
    report = dc.validate(frame, schema)
    valid, rejected = (part.collect() for part in dc.split(frame, schema))
    assert valid.height + rejected.height == frame.height
    reasons = [row["__reasons__"] for row in rejected.select("__reasons__").to_dicts()]
    assert all(reasons)
    errors = [each for each in report.findings if each.severity == "error"]
    assert {each["code"] for row in reasons for each in row} == {each.code for each in errors}
    by_row = [each for each in errors if each.rows and not each.evidence.get("lacking")]
    if len(by_row) == len(errors):
        assert set(rejected["__row__"].to_list()) == {row for each in errors for row in each.rows}
    # A row's verdict is its own: alone or among others it is the same.
    if not column.unique and all(each.name != "unique_values_eq" for each in column.checks):
        alone = [dc.validate(frame[at : at + 1], schema).ok for at in range(frame.height)]
        assert [not ok for ok in alone] == [
            at in set(rejected["__row__"].to_list()) for at in range(frame.height)
        ]


def exact(sign: str, cell: Any, bound: Any) -> bool:
    return {">": cell > bound, ">=": cell >= bound, "<": cell < bound, "<=": cell <= bound}[sign]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([0, 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]), NUMBERS)
def test_whole_numbers_compare_exactly_with_any_number(cell: int, bound: Any) -> None:
    from datacheck.schema.bounds import bound_of, compared

    if isinstance(bound, bool):
        return
    frame = pl.DataFrame({"x": pl.Series([cell], dtype=pl.Int64)})
    for sign in (">", ">=", "<", "<="):
        made = bound_of(sign, bound, pl.Int64())
        assert made is not None
        assert frame.select(compared(pl.col("x"), made, pl.Int64())).item() is exact(
            sign, cell, bound
        )


def test_a_set_of_many_values_is_judged_alike_in_memory_and_streamed() -> None:
    values = tuple(range(15_000))
    schema = Schema(
        name="s",
        columns=(
            Column(
                name="x", checks=(Check(name="unique_values_eq", arguments={"values": values}),)
            ),
        ),
    )
    for cells, ok in ((values, True), ((*values, -1), False), (values[1:], False)):
        frame = pl.DataFrame({"x": pl.Series(cells * 3)})
        held, streamed = dc.validate(frame, schema), dc.validate(frame.lazy(), schema)
        assert held.ok is streamed.ok is ok
        assert [each.message for each in held.findings] == [
            each.message for each in streamed.findings
        ]
        rejected = dc.split(frame, schema)[1].collect()
        assert rejected.height == (0 if ok else frame.height)
