"""One row in plain Python: compiled, against the ops read one by one, and against polars' bits."""

import math
import struct
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.errors import DataError
from datacheck.numerals import PLAIN as NUMERAL
from datacheck.ops import (
    LARGEST,
    Affine,
    Cast,
    Clip,
    Fill,
    Fitted,
    Missing,
    Op,
    Program,
)
from datacheck.transform.apply import apply_eager
from datacheck.transform.given import Refused
from datacheck.transform.row import row_function
from tests.support.cells import cell

FINITE = st.floats(-1e300, 1e300)
ODD = st.sampled_from(
    [0.0, -0.0, 5e-324, 1e308, -1e308, 2.0**53 + 2, 3.4028234663852886e38, 1e39, 1e-50, -999.0]
)
SCALES = st.sampled_from([1.0, 0.1, 3.0, 1e-300, 1e300, 7.5e9])


def fitted(*ops: Op, kind: str = "number", output: str = "float64") -> Fitted:
    dtype = "Float64" if kind == "number" else kind
    return Fitted((Program("x", kind, dtype, ops),), output, None, (), (), "test")


@st.composite
def programs(draw: st.DrawFn) -> Fitted:
    ops: list[Op] = [
        Missing(
            draw(st.sampled_from([(), (-999.0,), (-999.0, 0.0)])),
            draw(st.sampled_from(["refuse", "missing", "keep"])),
        )
    ]
    if ops[0].infinite == "keep":  # type: ignore[union-attr]
        ops.append(Clip(-LARGEST, LARGEST, -5.0, 5.0))
    if draw(st.booleans()):
        low, high = sorted([draw(FINITE), draw(FINITE)])
        both = draw(st.sampled_from([(low, high), (None, None)]))
        ops.append(Clip(low, high, *both))
    if draw(st.booleans()):
        ops.append(Fill(draw(FINITE)))
    if draw(st.booleans()):
        scale = draw(SCALES)
        ops.append(Affine(draw(FINITE), 1.0 / scale, scale))
    output = draw(st.sampled_from(["float64", "float32"]))
    return fitted(*ops, Cast(output), output=output)


def compiled(transform: Fitted) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What takes all rows but the first, which goes op by op and must come out the same."""
    later = row_function(transform)
    with suppress(DataError):
        later({})

    def said(run: Callable[[dict[str, Any]], dict[str, Any]], row: dict[str, Any]) -> str:
        try:
            return repr(run(row))
        except DataError as error:
            return str(error)

    def both(row: dict[str, Any]) -> dict[str, Any]:
        assert said(row_function(transform), row) == said(later, row)
        return later(row)

    return both


def outcome(run: Any) -> Any:
    try:
        value = run()
    except (DataError, Refused):
        return "refused"
    return None if value is None else struct.pack("<d", value)


@settings(max_examples=400)
@given(programs(), st.none() | FINITE | ODD | st.sampled_from([math.inf, -math.inf, math.nan]))
def test_rows_ops_and_polars_agree_bit_for_bit(transform: Fitted, value: float | None) -> None:
    by_ops = outcome(lambda: cell(transform.programs[0], value, {"x": value}, transform))
    by_row = outcome(lambda: compiled(transform)({"x": value})["x"])
    frame = pl.DataFrame({"x": [value]}, schema={"x": pl.Float64})
    by_polars = outcome(lambda: apply_eager(frame, transform)["x"][0])
    by_batch = outcome(lambda: apply_eager(pl.concat([frame] * 3), transform)["x"][1])
    assert by_ops == by_row == by_polars == by_batch


PLAIN = fitted(
    Missing((-999.0, "n/a"), "refuse"), Fill(2.0), Affine(2.0, 0.5, 2.0), Cast("float64")
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (4, 1.0),
        (np.float64(4.0), 1.0),
        (np.int64(4), 1.0),
        (np.float32(4.0), 1.0),
        (Decimal("4.0"), 1.0),
        (None, 0.0),
        (math.nan, 0.0),
        (-999, 0.0),
        ("n/a", 0.0),
    ],
)
def test_cells_that_are_numbers_or_missing(value: object, expected: float) -> None:
    assert compiled(PLAIN)({"x": value, "other": "kept"}) == {"x": expected, "other": "kept"}


@pytest.mark.parametrize("value", ["4", True, np.bool_(True), [4.0], math.inf, 10**400, object()])
def test_cells_that_are_neither_are_refused(value: object) -> None:
    with pytest.raises(DataError, match="Column 'x' refuses"):
        compiled(PLAIN)({"x": value})


def test_every_missing_column_is_named_at_once() -> None:
    ops = PLAIN.programs[0].ops
    two = PLAIN._replace(programs=(*PLAIN.programs, Program("y", "number", "Float64", ops)))
    with pytest.raises(DataError, match="fitted on: 'x', 'y'"):
        compiled(two)({"z": 1.0})


def test_input_is_left_alone() -> None:
    row = {"x": 4.0}
    compiled(PLAIN)(row)
    assert row == {"x": 4.0}


READ = fitted(Cast("float64"), Missing(("NA",), "refuse"), Fill(-1.0), Cast("float64"))
NUMERALS = st.from_regex(NUMERAL, fullmatch=True)


@settings(max_examples=300)
@given(NUMERALS | st.text(max_size=6) | st.sampled_from(["NA", "", " ", "1_0", "٣", "1e400"]))
def test_text_is_read_alike_alone_and_in_a_batch(text: str) -> None:
    alone = outcome(lambda: compiled(READ)({"x": text})["x"])
    batch = outcome(lambda: apply_eager(pl.DataFrame({"x": [text, "1"]}), READ)["x"][0])
    assert alone == batch


def test_a_boolean_is_read_where_the_program_casts() -> None:
    assert compiled(READ)({"x": True}) == {"x": 1.0}
    assert apply_eager(pl.DataFrame({"x": [True, None]}), READ)["x"].to_list() == [1.0, -1.0]


@pytest.mark.parametrize(
    ("kind", "values", "fill", "given", "expected"),
    [
        ("text", ("?",), "a", "?", "a"),
        ("text", (), "a", None, "a"),
        ("text", (), "a", "b", "b"),
        ("boolean", (), True, None, True),
        ("boolean", (), True, False, False),
    ],
)
def test_other_kinds_are_filled(
    kind: str, values: tuple[str, ...], fill: object, given: object, expected: object
) -> None:
    transform = fitted(Missing(values, "keep"), Fill(fill), kind=kind)  # type: ignore[arg-type]
    assert compiled(transform)({"x": given}) == {"x": expected}
    dtype = pl.String if kind == "text" else pl.Boolean
    frame = pl.DataFrame({"x": [given]}, schema={"x": dtype})
    assert apply_eager(frame, transform)["x"].to_list() == [expected]


_FAR = pl.Series("d", [2**30, 2**30], dtype=pl.Int32).cast(pl.Date)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"x": _FAR}, "Column 'x' refuses"),
        (_FAR, "A row must be a mapping"),
        (pl.DataFrame({"x": _FAR, "y": _FAR}), "A row must be a mapping"),
        ([("x", 1.0)], "A row must be a mapping"),
    ],
    ids=["a column in a cell's place", "a column", "a table", "pairs"],
)
@pytest.mark.parametrize("before", [0, 3])
def test_what_is_no_row_is_refused_alike_before_and_after_others(
    row: Any, told: str, before: int
) -> None:
    """polars panics, which is no `Exception`, as it shows a date that Python does not have."""
    run = compiled(fitted(Missing(), Cast("float64")))
    for _ in range(before):
        run({"x": 1.0})
    with pytest.raises(DataError, match=told):
        run(row)
