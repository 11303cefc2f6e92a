"""Text read as numbers: the batch grammar is the one-row grammar, and nothing is lost."""

from __future__ import annotations

import math
import struct
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datacheck.numerals import PLAIN
from datacheck.schema import Column, Prepare, Schema
from datacheck.schema.compile import plan_for
from datacheck.schema.missing import missing_kinds
from datacheck.schema.reading import read_column
from datacheck.table import View

TEXTS = st.one_of(
    st.text(alphabet="0123456789.eE+- \t_,xinfaNIty٣", max_size=9),
    st.floats().map(repr),
    st.floats().map(lambda x: f" {x:.3e}\n"),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        [
            "inf",
            "-Infinity",
            "+INF",
            "nan",
            "NaN",
            "-nan",
            ".5",
            "5.",
            "+.5e-3",
            "1e400",
            "0x10",
            "1_000",
            "1,5",
            "1 2",
            "",
            "  ",
            "--1",
            "e5",
            ".",
            "+",
            "1e",
            "\x0b1\x0c",
        ]
    ),
)


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("<d", x)


def read(texts: list[str], dtype: pl.DataType) -> dict[str, list[Any]]:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    reading = read_column("x", pl.String(), Column(name="x", dtype=dtype))
    assert reading is not None
    return frame.select(value=reading.value, unread=reading.unread, lossy=reading.lossy).to_dict(
        as_series=False
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=12))
@example(
    ["9007199254740993", "1e23", "4.9e-324", "2.4703282292062327e-324", "1.7976931348623159e308"]
)
def test_a_batch_reads_what_a_row_reads(texts: list[str]) -> None:
    out = read(texts, pl.Float64())
    for text, value, unread, lossy in zip(
        texts, out["value"], out["unread"], out["lossy"], strict=True
    ):
        numeral = PLAIN.fullmatch(text) is not None
        blank = not text.strip()
        assert unread == (not numeral and not blank), text
        if not numeral:
            assert value is None
        elif lossy:
            assert abs(int(text)) > 2**53
            assert int(float(text)) != int(text)
        else:
            assert bits(value) == bits(float(text)), text


@pytest.mark.parametrize("dtype", [pl.Int64(), pl.Int8(), pl.UInt16()])
@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(TEXTS, st.integers(-300, 300).map(lambda n: f"{n}.0")), max_size=12))
def test_whole_numbers_are_read_exactly_or_not_at_all(dtype: pl.DataType, texts: list[str]) -> None:
    out = read(texts, dtype)
    low, high = (pl.select(bound).item() for bound in (dtype.min(), dtype.max()))
    for text, value, unread, lossy in zip(
        texts, out["value"], out["unread"], out["lossy"], strict=True
    ):
        if not PLAIN.fullmatch(text) or math.isnan(float(text)):
            assert value is None
            assert not lossy
            continue
        assert not unread
        number = float(text)
        plain = text.strip().lstrip("+-").isdigit()
        exact = (
            int(text)
            if plain
            else int(number)
            if number.is_integer() and abs(number) <= 2**53
            else None
        )
        assert value == (exact if exact is not None and low <= exact <= high else None), text
        assert lossy == (value is None), text


CASTS = [
    (pl.Int64(), st.integers(-(2**63), 2**63 - 1), pl.Float64()),
    (pl.Float64(), st.floats(), pl.Int64()),
    (pl.Float64(), st.floats(), pl.Float32()),
    (pl.UInt64(), st.integers(0, 2**64 - 1), pl.Int64()),
    (pl.Int64(), st.integers(-2, 2), pl.Boolean()),
    (pl.Boolean(), st.booleans(), pl.Float64()),
]


@pytest.mark.parametrize("place", range(len(CASTS)))
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_cast_keeps_the_value_or_says_so(place: int, data: st.DataObject) -> None:
    found, values, declared = CASTS[place]
    cells = data.draw(st.lists(st.one_of(st.none(), values), max_size=10))
    reading = read_column("x", found, Column(name="x", dtype=declared))
    assert reading is not None
    frame = pl.DataFrame({"x": pl.Series(cells, dtype=found)})
    out = frame.select(value=reading.value, lossy=reading.lossy).rows()
    for cell, (value, lossy) in zip(cells, out, strict=True):
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            assert not lossy
        elif lossy:
            assert value is None
        elif declared == pl.Float32:
            assert value == struct.unpack("f", struct.pack("f", cell))[0]
        else:
            assert value == cell


def _missing(dtype: pl.DataType, prepare: Prepare) -> pl.Expr:
    return pl.any_horizontal(missing_kinds("x", dtype, prepare).values()).alias("x")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.sampled_from([-999.0, 1.0, 0.1, float("nan"), float("inf")]))),
    st.sampled_from([(), (-999,), (-999, 0.1, "NA"), ("NA",)]),
)
def test_missing_is_null_nan_and_what_is_declared(
    cells: list[Any], declared: tuple[Any, ...]
) -> None:
    prepare = Prepare(missing_values=declared)
    for dtype in (pl.Float64(), pl.Float32()):
        frame = pl.DataFrame({"x": pl.Series(cells, dtype=dtype)})
        out = frame.select(_missing(dtype, prepare))["x"].to_list()
        assert out == [cell is None or math.isnan(cell) or cell in declared for cell in cells]


def test_missing_compares_as_each_dtype_allows() -> None:
    import datetime as dt

    day = dt.date(1900, 1, 1)
    prepare = Prepare(missing_values=(-999, 0.5, "NA", day))
    cases: list[tuple[pl.DataType, list[Any], list[bool]]] = [
        (pl.Int64(), [-999, 0, None], [True, False, True]),
        (pl.UInt8(), [0, 25], [False, False]),
        (
            pl.String(),
            ["NA", "-999", " -999.0", "NAN", "x", None],
            [True, True, True, False, False, True],
        ),
        (pl.Categorical(), ["NA", "x"], [True, False]),
        (pl.Enum(["NA", "x"]), ["NA", "x"], [True, False]),
        (pl.Date(), [day, dt.date(2000, 1, 1)], [True, False]),
        (pl.Boolean(), [True, None], [False, True]),
        (pl.Decimal(10, 1), [0.5, 1.5], [True, False]),
    ]
    for dtype, cells, expected in cases:
        frame = pl.DataFrame({"x": pl.Series(cells, dtype=dtype)})
        assert frame.select(_missing(dtype, prepare))["x"].to_list() == expected


def test_a_plan_gives_declared_types_and_leaves_the_rest() -> None:
    column = Column(name="x", dtype=pl.Float64(), prepare=Prepare(missing_values=("NA",)))
    schema = Schema(name="s", columns=(column,))
    frame = pl.DataFrame({"x": ["1.5", "NA", "two", None], "y": ["1", "2", "3", "4"]})
    reading = plan_for(schema, frame.schema, text=True).reading
    read_out = View(reading, tuple(frame.columns)).of(frame)
    assert read_out["x"].to_list() == [1.5, None, None, None]
    assert read_out["y"].dtype == pl.String
    assert not plan_for(schema, frame.schema, text=False).read
