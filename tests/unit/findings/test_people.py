"""What people have in their tables is told, and what is said of it is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import datacheck as dc

RANDOM = np.random.default_rng(8)
NUMBERS = RANDOM.gamma(3, 5, 200).round(1) + 1


def told(cells: object, code: str) -> list[dc.Finding]:
    report = dc.check(pl.DataFrame({"cell": cells}), rows=False)
    return [finding for finding in report.findings if finding.code == code]


@pytest.mark.parametrize("seed", range(9))
def test_two_columns_that_are_far_off_in_the_same_rows_are_no_line(seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 100))
    for far in (-999.0, 1e20, -3e38):
        one, two = x.copy(), y.copy()
        one[[3, 50]], two[[3, 50]] = far, far / 7
        report = dc.check(pl.DataFrame({"one": one, "two": two, "three": 2 * one}))
        copied = {f.column: f.evidence["of"] for f in report.findings if f.code == "column.copy"}
        assert copied == {"three": "one"}


@pytest.mark.parametrize("others", [["C536365"], ["T", "M"], ["\u200f12"], ["0.25s"]])
def test_a_text_among_numbers_is_named_and_no_letter_of_it_is_taken_away(others):
    cells = [str(number) for number in NUMBERS.tolist()] + others
    [finding] = told(cells, "type.numeric_text")
    assert finding.fix is None
    assert all(repr(other) in finding.remedy for other in others)
    repaired, _ = dc.repair(pl.DataFrame({"cell": cells}), unsafe=True)
    assert repaired["cell"].to_list() == cells


def test_a_word_before_each_number_or_a_currency_before_some_is_read():
    for cells in (["No 5.50"] * 20 + ["No 7.25"], ["$1.50"] * 20 + ["2.25"]):
        repaired, _ = dc.repair(pl.DataFrame({"cell": cells}))
        assert repaired["cell"].dtype == pl.Float64 or cells[0][0] != "$"


def test_two_texts_that_would_become_one_number_are_read_as_numbers_on_request_alone():
    cells = ["1.0", "1.1", "1.10", "2.0"] * 20
    assert dc.repair(pl.DataFrame({"cell": cells}))[0]["cell"].to_list() == cells
    cells = [f"{number:.2f}" for number in NUMBERS.tolist()]
    assert dc.repair(pl.DataFrame({"cell": cells}))[0]["cell"].dtype == pl.Float64


@pytest.mark.parametrize("codes", [(97, 98, 99), (77, 88, 99), (998, 999), (9998, 9999)])
def test_several_codes_for_nothing_are_told_each(codes):
    cells = [*range(1, 41), *range(1, 31), *codes, *codes, *codes]
    found = told(cells, "missing.sentinel")
    assert {finding.evidence["value"] for finding in found} == set(codes)


def test_numbers_that_go_on_to_ninety_nine_are_no_codes():
    ages = [*range(18, 92), *range(18, 92), 97, 97, 98, 98, 99, 99]
    assert not told(ages, "missing.sentinel")


@pytest.mark.parametrize("cells", [[-4.5], [-1.0], [-3.0, -2.0]])
def test_a_lone_value_below_zero_among_numbers_near_it_above(cells):
    whole = RANDOM.exponential(6, 1000).round(1)
    [finding] = told([*whole.tolist(), *cells], "outlier.value")
    assert (finding.severity, finding.count) == ("info", len(cells))
    assert sorted(finding.evidence["where"]["values"]) == sorted(cells)


def test_columns_that_go_on_below_zero_are_left_alone():
    for middle in (0.0, 2.0, 3.0):
        cells = RANDOM.normal(middle, 1, 2000)
        assert not [f for f in told(cells, "outlier.value") if f.severity == "info"]


@pytest.mark.parametrize(
    "counts",
    [
        {"M": 40, "F": 50, "Male": 9, "Female": 4, "f": 1},
        {"Jan.": 9, "Feb.": 9, "January": 4, "February": 4},
    ],
)
def test_words_that_are_short_for_others_are_told_as_a_guess(counts):
    cells = [word for word, times in counts.items() for _ in range(times)]
    [finding] = told(cells, "text.variant")
    assert (finding.severity, finding.fix) == ("info", None)
    assert "short for" in finding.message


@pytest.mark.parametrize("words", [["A", "A+", "B", "B+"], ["In", "Inside", "Out"], ["I", "II"]])
def test_words_that_merely_begin_alike_are_not(words):
    assert not told(words * 20, "text.variant")


def test_what_was_read_by_the_wrong_coding_is_told_without_the_right_spelling_beside_it():
    [finding] = told(["KÃ¶ln", "DÃ¼sseldorf", "Bonn"] * 20, "text.variant")
    assert finding.count == 40
    repaired, _ = dc.repair(pl.DataFrame({"cell": ["KÃ¶ln", "Bonn"] * 20}))
    assert repaired["cell"].to_list() == ["Köln", "Bonn"] * 20
    assert not told(["NÃO", "SÃO PAULO", "Ærø", "Ångström"] * 20, "text.variant")


def test_letters_that_were_lost_are_told():
    [finding] = told(["S\ufffdo Paulo", "Rio"] * 20, "text.variant")
    assert (finding.count, finding.fix) == (20, None)


def test_units_of_texts_of_one_length_and_beside_a_word():
    weights = [f"{100 + n % 90}lbs" for n in range(200)]
    [finding] = told(weights, "type.numeric_text")
    assert finding.evidence["units"] == {"lbs": 200}
    assert not told([f"{10 + n % 90}AA" for n in range(200)], "type.numeric_text")
    sizes = [f"{n}.5M" for n in range(1, 90)] + ["Varies with device"] * 12
    [finding] = told(sizes, "type.numeric_text")
    assert finding.fix is None
    assert "'Varies with device'" in finding.message


def test_a_column_under_another_spelling_is_to_be_renamed():
    table = pl.DataFrame({"age": NUMBERS, "name": ["a", "b"] * 100})
    for name in ("Age", " age", "\ufeffage"):
        found = dc.compare(table, table.rename({"age": name})).findings
        [missing] = [each for each in found if each.code == "drift.column_missing"]
        assert missing.remedy == f"Rename {name!r} to 'age'."


def test_a_column_that_a_reference_fills_is_not_to_be_dropped():
    table = pl.DataFrame({"age": NUMBERS, "name": ["a", "b"] * 100})
    found = dc.compare(table, table.head(9).with_columns(age=pl.lit(None, pl.Float64))).findings
    [empty] = [each for each in found if each.code == "missing.all"]
    assert empty.fix is None


def test_hours_and_minutes_of_which_some_have_one_part():
    cells = [f"{n % 29 + 1}h {n % 50}m" if n % 50 else f"{n % 29 + 1}h" for n in range(200)]
    [finding] = told(cells, "type.numeric_text")
    assert "hours and minutes" in finding.message
    [finding] = told([f"${n},000 - ${n + 20},000" for n in range(40, 140)], "type.numeric_text")
    assert "ranges" in finding.message


def test_a_percent_sign_on_some_numbers_is_read_on_request_alone():
    cells = [f"{n}%" if n % 4 else f"0.{n:02d}" for n in range(1, 99)]
    table = pl.DataFrame({"cell": cells})
    assert dc.repair(table)[0]["cell"].to_list() == cells
    repaired, _ = dc.repair(table, unsafe=True)
    assert repaired["cell"].to_list() == pytest.approx([n / 100 for n in range(1, 99)])


@pytest.mark.parametrize("low", [10**16, 10**18])
def test_integers_of_64_bits_that_became_floats_are_told(low):
    ids = (low + RANDOM.integers(0, low // 10, 60)).astype(float)
    [finding] = told(ids, "numeric.integer_precision")
    assert finding.count == 60


@pytest.mark.parametrize(
    "cells",
    [
        RANDOM.normal(3e17, 1e16, 60).round(-13),  # measured
        1.6e18 + np.arange(60) * 6e10,  # nanoseconds since 1970
        RANDOM.normal(3e25, 1e24, 60),
        np.arange(60.0),
    ],
)
def test_large_numbers_are_no_integers_of_64_bits(cells):
    assert not told(cells, "numeric.integer_precision")


@pytest.mark.parametrize("most", range(2, 7))
def test_a_missing_category_of_pandas_is_asked_about(most):
    [asked] = told([*range(most + 1), -1] * 20, "missing.sentinel")
    assert (asked.severity, asked.count, asked.fix) == ("info", 20, None)
    assert "may stand for a missing category" in asked.message
    assert asked.remedy.startswith("If it stands for no value, declare")


@pytest.mark.parametrize("codes", [[-1, 0, 1], [-2, -1, 0, 1, 2], [-1, 0, 2, 3], [0, 1, 2, 3]])
def test_signs_and_scales_are_no_such_codes(codes):
    assert not told(codes * 20, "missing.sentinel")
    assert not told([-1, *[0, 1, 2] * 20], "missing.sentinel")


def test_a_frame_of_an_index_alone_has_no_columns() -> None:
    [finding] = dc.check(pd.DataFrame(index=[1, 2, 3])).findings
    assert finding.code == "rows.none"
    assert "no columns" in finding.message
