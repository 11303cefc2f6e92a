"""Categories that may be another's misspelling, and truths in several words."""

import polars as pl
import pytest

import datacheck as dc
from datacheck.findings.misspelt import misspelt, truths_of


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
