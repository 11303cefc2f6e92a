"""One grammar of numbers in text: what is counted, looked up, read and suggested agree."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datacheck.numerals import read_text
from datacheck.ops import Numeral
from datacheck.spelling import NUMBER, number_in, spelling_of

#: A text, and the number that it is by itself.
NUMBERS = [
    ("12", 12), ("-12.5", -12.5), ("+5", 5), (".5", 0.5), ("5.", 5), ("1e3", 1e3), ("  7 ", 7),
    ("1,234", 1234), ("1,234,567.89", 1234567.89), ("12,5", 12.5), ("1.234,50", 1234.5),
    ("1.234.567,89", 1234567.89), ("1'234.5", 1234.5), ("1\u2019234", 1234),
    ("1,23,456", 123456), ("$5", 5), ("-$5", -5), ("$-5", -5), ("$ 1,234.50", 1234.5),
    ("5 \u20ac", 5),
    ("1.234,50 \u20ac", 1234.5), ("\u20ac1.234,50", 1234.5), ("R$ 12,50", 12.5), ("\u00a5500", 500),
    ("\u20b95", 5), ("45%", 45), ("45 %", 45), ("(1,234)", -1234), ("($5)", -5), ("(5%)", -5),
]  # fmt: skip
NO_NUMBERS = [
    "", "A12", "12 kg", "1 234", "555-1234", "12:30", "1/2", "1.2.3", "1,2,3", "1_000", "--5", "$",
    "5-", "(5", "5)", "(-5)", "1e", "0x10", "2020-01-01", "12.34.56", "<5", "~5",
    "100,200,300,400,500,600,700,800,900",
    "USD 5", "ward 7", "5 USD", "1.234.567", "192.168.100.200", "12,",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_is_counted_looked_up_and_read_alike(text: str, value: float) -> None:
    found = number_in(text)
    assert found is not None
    assert found[0] == value
    assert matched(text)
    declared = spelling_of([text])
    assert declared is not None
    assert read_text(text, numeral(declared)) == value


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_other_texts_are_none(text: str) -> None:
    assert number_in(text) is None
    assert not matched(text)


@given(st.text("0123456789.,'()+-$\u20ac% eR", max_size=12))
@example("1,234")
@example("$(5)")
def test_the_lookup_means_the_texts_that_are_counted(text: str) -> None:
    found = number_in(text)
    assert matched(text) == (found is not None)
    if found is not None and (declared := spelling_of([text])) is not None:
        assert read_text(text, numeral(declared)) == found[0]


def matched(text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.strip_chars().str.contains(NUMBER)).item())


def numeral(declared: dict[str, object]) -> Numeral:
    units = tuple(declared.get("units", {}).items())
    return Numeral(
        declared.get("decimal", "."),
        declared.get("thousands", ""),
        declared.get("prefix", ""),
        units,
        parentheses=declared.get("parentheses", False),
    )
