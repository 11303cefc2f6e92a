"""Words that may stand for no value: which are taken for it, and which stay what they may be."""

import polars as pl
import pytest

import datacheck as dc

#: The other values of a column, a word among them, and whether it is taken for no value.
WORDS = [
    (["+"], "-", False),
    (["A", "B", "AB"], "-", False),
    (["Fe", "Ca", "K"], "Na", False),
    (["mild", "severe"], "none", False),
    (["Mild", "Severe"], "None", False),
    (["admin", "services"], "unknown", False),
    (["agree", "disagree"], "no answer", False),
    (["BW", "ZM", "MZ"], "NA", False),
    (["male", "female"], "NA", True),
    (["male", "female"], "N/A", True),
    (["male", "female"], "?", True),
    (["male", "female"], "", True),
    (["male", "female"], "null", True),
    (["male", "female"], "<NA>", True),
    (["Adelie", "Gentoo"], "#REF!", True),
    (["Adelie", "Gentoo"], "#NA", True),
    (["Adelie", "Gentoo"], "Err:502", True),
    (["Adelie", "Gentoo"], "-1.#IND", True),
    (["Adelie", "Gentoo"], "1.#QNAN", True),
]


def table(others: list[str], *words: str) -> pl.DataFrame:
    cells = [*others * 20, *words * 15]
    return pl.DataFrame({"x": [1.3 * row % 7 for row in range(len(cells))], "word": cells})


@pytest.mark.parametrize(("others", "word", "taken"), WORDS)
def test_a_word_that_may_be_a_category_stays_one(others: list[str], word: str, taken: bool) -> None:
    frame = table(others, word)
    found = [f for f in dc.check(frame).findings if f.code == "missing.text"]
    assert all((finding.fix is not None) == taken for finding in found)
    assert all(("may" in finding.message) != taken for finding in found)

    declared = dc.suggest(frame).named["word"]
    missing = () if declared.prepare is None else declared.prepare.missing_values
    assert missing == ((word,) if taken else ())
    assert declared.nullable == taken
    assert dc.validate(frame, dc.suggest(frame)).ok

    mended, _ = dc.repair(frame, unsafe=True)
    gone = {None: 15} if taken else {}
    assert dict(mended["word"].value_counts().iter_rows()) == {
        **dict.fromkeys(others, 20),
        **(gone or {word: 15}),
    }


@pytest.mark.parametrize(
    "word", ["k.A.", "k. A.", "s.d.", "n.v.t.", "don't know", "keine Angabe", "nd", "see note"]
)
def test_an_unknown_word_that_repeats_among_numbers_is_a_guess(word: str) -> None:
    cells = [word if row % 12 == 0 else f"{1.3 * row % 7:.2f}" for row in range(60)]
    [found] = [f for f in dc.check(pl.DataFrame({"x": cells})).findings if f.column == "x"][:1]
    assert (found.code, found.severity, found.count) == ("missing.text", "warning", 5)
    assert "may mean" in found.message


@pytest.mark.parametrize("floors", [("EG", "UG"), ("PB",), ("LG", "G")])
def test_short_words_among_a_few_whole_numbers_are_codes(floors: tuple[str, ...]) -> None:
    cells = [floors[row % len(floors)] if row % 6 == 0 else str(row % 5 + 1) for row in range(90)]
    assert "missing.text" not in {f.code for f in dc.check(pl.DataFrame({"floor": cells})).findings}


def test_each_of_several_words_is_judged_by_itself() -> None:
    frame = table(["mild", "severe"], "none", "N/A")
    [found] = [f for f in dc.check(frame).findings if f.code == "missing.text"]
    assert found.count == 30
    assert found.fix is not None
    assert found.fix.arguments["values"] == ["N/A"]
    mended, _ = dc.repair(frame, unsafe=True)
    assert mended["word"].null_count() == 15
    assert mended["word"].unique().sort().to_list() == [None, "mild", "none", "severe"]


def test_a_column_of_nothing_but_a_word_that_may_be_a_category_is_not_dropped() -> None:
    frame = pl.DataFrame({"x": [1.3 * row % 7 for row in range(40)], "pets": ["none"] * 40})
    assert "missing.all" not in {finding.code for finding in dc.check(frame).findings}
    assert dc.repair(frame)[0].columns == frame.columns


@pytest.mark.parametrize(
    "marks",
    [["+", "-"], ["+", "-", "."], ["+", "++", "-", "--"], ["*", "**", "***"], ["+", "-", "+/-"]],
)
def test_marks_among_marks_are_categories(marks: list[str]) -> None:
    frame = pl.DataFrame(
        {"strand": marks * 30, "x": [1.3 * row % 7 for row in range(30 * len(marks))]}
    )
    assert "missing.text" not in {f.code for f in dc.check(frame).findings}
    assert dc.suggest(frame).named["strand"].nullable is False


def test_what_is_not_known_is_so_among_marks_too() -> None:
    [found] = [f for f in dc.check(table(["+", "-"], "?")).findings if f.code == "missing.text"]
    assert (found.count, found.fix.arguments["values"]) == (15, ["?"])


def test_a_sign_that_is_a_word_is_one_and_a_letter_is_none() -> None:
    for word, told in (("\u7121", True), ("k", False)):
        cells = [word if row % 12 == 0 else f"{1.3 * row % 7:.2f}" for row in range(60)]
        codes = {f.code for f in dc.check(pl.DataFrame({"x": cells})).findings}
        assert ("missing.text" in codes) == told


@pytest.mark.parametrize("word", ["None", "unknown", "NaT"])
def test_a_column_of_one_word_that_may_mean_nothing_says_nothing(word: str) -> None:
    frame = pl.DataFrame({"x": [1.3 * row % 7 for row in range(60)], "word": [word] * 60})
    assert {"missing.text", "scale.constant"} <= {f.code for f in dc.check(frame).findings}


def test_what_pandas_writes_for_no_moment_is_no_fault_among_dates() -> None:
    frame = table(["1990-01-01", "1991-02-03", "1991-12-24"], "NaT")
    found = {f.code: f.severity for f in dc.check(frame).findings if f.column == "word"}
    assert found == {"missing.text": "info", "type.date_text": "info"}
    mended, _ = dc.repair(frame, unsafe=True)
    assert (mended["word"].dtype, mended["word"].null_count()) == (pl.Date, 15)
