"""Numbers among codes stay text; what may be a list is asked of; no slip makes a rounder number."""

from __future__ import annotations

import polars as pl
import pytest

import datacheck as dc

PLAIN = [str(100 + each) for each in range(60)]


def found(cells: list[str]) -> dict[str, dc.Finding]:
    report = dc.check(pl.DataFrame({"stop": cells}), rows=False)
    return {finding.code: finding for finding in report.findings}


@pytest.mark.parametrize(
    "others",
    [["207a", "207b"], ["229A"], ["C168", "c203"], ["NX7"]],
    ids=["behind", "one", "before", "two letters"],
)
def test_letters_beside_digits_make_codes_of_all(others: list[str]) -> None:
    told = found([*PLAIN, *others])
    assert set(told) == {"type.mixed"}
    assert told["type.mixed"].severity == "info"
    assert "text" in told["type.mixed"].remedy


@pytest.mark.parametrize("others", [["O12", "l5"], ["5k", "7M"], ["8h", "9m"], ["165 cm"], ["?"]])
def test_slips_units_and_powers_are_still_numbers(others: list[str]) -> None:
    assert "type.numeric_text" in found([*PLAIN, *others])


def test_longer_codes_are_codes_of_the_same_length() -> None:
    zips = [str(98101 + each % 40) for each in range(200)]
    told = found([*zips, "98115-4820", "98112-4729", "4750"])
    assert "type.numeric_text" not in told
    assert "outlier.value" not in told
    assert "type.numeric_text" in found([*PLAIN, "10-15"])


@pytest.mark.parametrize("pair", ["4,6", "20,22"])
def test_two_numbers_that_go_up_may_be_a_list(pair: str) -> None:
    told = found([*PLAIN, pair])["type.numeric_text"]
    assert told.remedy.startswith("If ")
    assert repr(pair) in told.remedy
    assert told.fix is None


def test_decimals_with_a_comma_are_still_read() -> None:
    told = found([*PLAIN, "12,5", "7,25", "4,6"])["type.numeric_text"]
    assert told.fix is not None
    assert told.fix.arguments["number"] == {"decimal": ","}
