"""Categories that may be another's misspelling, and truths in several words."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.findings.misspelt import LETTERS, misspelt, truths_of


def variants(cells):
    found = dc.check(pl.DataFrame({"word": cells})).findings
    return [f for f in found if f.code == "text.variant"]


@pytest.mark.parametrize("wrong", ["Ketle", "Kettel", "Kettles", "Kattle", "ettle"])
def test_a_rare_word_one_letter_off_is_a_question(wrong):
    cells = ["Kettle"] * 90 + ["Toaster"] * 60 + [wrong] * 3
    [finding] = variants(cells)
    assert (finding.severity, finding.count, finding.fix) == ("info", 3, None)
    assert finding.evidence["spellings"] == {"Kettle": [wrong]}
    assert finding.remedy.startswith("If they mean one thing")


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("New York", "New-York"),
        ("first_class", "first class"),
        ("U.S.A.", "USA"),
        ("Z\u00fcrich", "Zurich"),
        ("Inc.", "Inc"),
        ("e-mail", "email"),
        ("Bed & Breakfast", "Bed and Breakfast"),
    ],
)
def test_what_differs_by_marks_alone_is_a_question(usual, other):
    [finding] = variants([usual] * 60 + ["Other place"] * 50 + [other] * 4)
    assert (finding.severity, finding.count, finding.fix) == ("info", 4, None)
    assert finding.evidence["spellings"] == {usual: [other]}


@pytest.mark.parametrize(
    ("usual", "other"), [("T-shirt", "T\u2013shirt"), ("Land's End", "Land\u2019s End")]
)
def test_printed_hyphens_and_apostrophes_are_the_same(usual, other):
    [finding] = variants([usual] * 60 + ["Other place"] * 50 + [other] * 4)
    assert (finding.severity, finding.evidence["spellings"]) == ("warning", {usual: [other]})


@pytest.mark.parametrize("cells", [["A", "A-", "B+", "B"] * 20, ["1-2", "12", "1.2"] * 20])
def test_grades_and_numbers_do_not_differ_by_marks_alone(cells):
    assert variants(cells) == []


@pytest.mark.parametrize(
    "counts",
    [
        {"Austria": 300, "Australia": 4},
        {"Phase 1": 300, "Phase 2": 4},
        {"Kettle": 90, "Kettles": 80},
        {"male": 300, "female": 4},
        {"Iran": 300, "Iraq": 2},
        {"Marta": 300, "Maria": 200, "Marla": 3},  # of two, which one is meant?
        {},
    ],
)
def test_what_is_another_word_is_not(counts):
    assert misspelt(counts) == {}


@pytest.mark.parametrize(
    ("usual", "other"), [(("True", "False"), ("yes", "no")), (("Y", "N"), ("1", "0"))]
)
def test_truths_in_several_words(usual, other):
    cells = [*usual * 30, *other * 5]
    [finding] = variants(cells)
    assert (finding.severity, finding.count) == ("warning", 10)
    assert finding.evidence["spellings"] == {usual[0]: [other[0]], usual[1]: [other[1]]}
    repaired, _ = dc.repair(pl.DataFrame({"word": cells}), unsafe=True)
    assert set(repaired["word"]) == set(usual)


@pytest.mark.parametrize(
    "counts",
    [
        {"yes": 5, "no": 5},
        {"yes": 5, "no": 5, "maybe": 2, "true": 1},
        {"t": 9, "n": 8},
        {"on": 9, "no": 8},
        {},
    ],
)
def test_what_is_no_truth_twice(counts):
    assert truths_of(counts) == {}


def test_new_categories_that_are_known_but_for_their_spelling_have_a_fix():
    old = pl.DataFrame({"plan": ["Month-to-month", "One year"] * 50})
    new = old.with_columns(pl.col("plan").str.to_uppercase())
    [finding] = [f for f in dc.compare(old, new).findings if f.code == "drift.category_new"]
    assert finding.fix is not None
    assert finding.fix.arguments["spellings"]["One year"] == ["ONE YEAR"]


def test_texts_as_long_as_pages_are_compared_in_no_time():
    page = "y" * 1_000_000
    start = time.process_time()
    assert misspelt({page: 300, "z" + page: 1, page[2:]: 1}) == {page: ["z" + page]}
    assert time.process_time() - start < 1.0


@settings(max_examples=200, deadline=None)
@given(st.text("abc", min_size=5, max_size=9), st.integers(0, 8), st.integers(0, 3), st.data())
def test_every_single_mistake_is_near(word, at, kind, data):
    at = min(at, len(word) - 1)
    other = data.draw(st.sampled_from("abc"))
    wrong = [
        word[:at] + word[at + 1 :],
        word[:at] + other + word[at:],
        word[:at] + other + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ][kind]
    found = misspelt({word: 300, wrong: 1} if wrong != word else {word: 300})
    told = wrong != word and len(wrong) >= LETTERS and wrong.casefold() != word.casefold()
    assert found == ({word: [wrong]} if told else {})


@pytest.mark.parametrize(
    ("counts", "meant"),
    [
        ({"M": 270, "F": 260, "m": 9, "f": 4}, {"M": ["m"], "F": ["f"]}),
        ({"a": 60, "A": 50, "b": 40}, {}),
        ({"M": 15, "m": 1}, {}),
        (
            {"United States": 80, "Germany": 70, "US": 6, "U.S.": 3},
            {"United States": ["US", "U.S."]},
        ),
        ({"New York": 80, "Reno": 70, "NY Pizza": 4, "LA": 5}, {}),
        (
            {"M\u00fcnchen": 80, "Muenchen": 4, "Munchen": 3},
            {"M\u00fcnchen": ["Muenchen", "Munchen"]},
        ),
    ],
)
def test_what_may_be_meant_by_a_letter_initials_or_letters_written_out_is_asked(counts, meant):
    cells = [text for text, count in counts.items() for _ in range(count)]
    found = [f for f in dc.check(pl.DataFrame({"c": cells})).findings if f.code == "text.variant"]
    told = {usual: set(others) for f in found for usual, others in f.evidence["spellings"].items()}
    assert told == {usual: set(others) for usual, others in meant.items()}
    assert all(f.severity == "info" and f.fix is None for f in found)
