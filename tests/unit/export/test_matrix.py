"""What a matrix of doubles holds of a transform: text enters as the number that it reads as."""

from __future__ import annotations

import math

import pytest

from datacheck.export.matrix import as_double, numeric_part, with_output
from datacheck.ops import Cast, Fill, Fitted, Missing, Program

READS = Program(
    "a", "number", "String", (Cast("float64"), Missing(("n/a",)), Fill(0.5), Cast("float64"))
)
PLAIN = Program("a", "number", "Float64", (Missing(), Cast("float64")))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("n/a", None),
        ("", None),
        (" 1.5 ", 1.5),
        ("1e999", math.inf),
        (True, 1.0),
        (3, 3.0),
        (-0.0, -0.0),
    ],
)
def test_a_cell_enters_as_the_reference_reads_it(value: object, expected: float | None) -> None:
    assert repr(as_double(READS, value)) == repr(expected)


@pytest.mark.parametrize("value", ["N/A", "1_000", "0x10", "1,5", "\u00a0"])
def test_text_that_is_no_number_does_not_enter(value: str) -> None:
    with pytest.raises(ValueError, match=value):
        as_double(READS, value)


def test_text_enters_no_column_of_numbers() -> None:
    with pytest.raises(ValueError, match="1"):
        as_double(PLAIN, "1")


def test_golden_rows_that_cannot_enter_are_left_out_and_the_others_are_doubles() -> None:
    golden = (
        {"row": {"a": "n/a"}, "out": {"a": 0.5}},
        {"row": {"a": "abc"}, "refused": "a"},
        {"row": {"a": "inf"}, "refused": "a"},
        {"row": {"a": "2.5"}, "out": {"a": 2.5}},
    )
    part = numeric_part(Fitted((READS,), "float64", None, golden, (), "tests"), None)
    assert part.golden == (
        {"row": {"a": None}, "out": {"a": 0.5}},
        {"row": {"a": {"float": "inf"}}, "refused": "a"},
        {"row": {"a": 2.5}, "out": {"a": 2.5}},
    )


def test_golden_rows_follow_the_type_that_leaves() -> None:
    golden = (
        {"row": {"a": 0.1}, "out": {"a": 0.1}},
        {"row": {"a": 1e39}, "out": {"a": 1e39}},
        {"row": {"a": None}, "out": {"a": None}},
        {"row": {"a": {"float": "inf"}}, "refused": "a"},
    )
    fitted = Fitted((PLAIN,), "float64", None, golden, (), "tests")
    assert with_output(fitted, "float64") is fitted
    narrow = with_output(fitted, "float32")
    assert narrow.programs[0].ops[-1] == Cast("float32")
    assert narrow.output == "float32"
    assert narrow.golden == (
        {"row": {"a": 0.1}, "out": {"a": 0.10000000149011612}},
        {"row": {"a": 1e39}, "refused": "a"},
        *golden[2:],
    )
