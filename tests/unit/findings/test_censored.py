"""Limits, words and units in text: told for what they are, and never taken for missing."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 200
DRAWN = np.random.default_rng(4).lognormal(2, 0.5, ROWS).round(1)
PLAIN = [str(value) for value in DRAWN]


def told(cells):
    return {f.code: f for f in dc.check(pl.DataFrame({"x": cells})).findings}


def put(cells, *odd):
    """Some cells of these odd ones instead."""
    return [odd[row // 9 % len(odd)] if row % 9 == 4 else cell for row, cell in enumerate(cells)]


@pytest.mark.parametrize(
    ("odd", "side", "limit"),
    [
        ("<0.5", "below", 0.5),
        ("< 0,5", "below", 0.5),
        ("≤2", "below", 2),
        ("<= 2", "below", 2),
        ("below 3", "below", 3),
        ("Less than 1.5", "below", 1.5),
        (">60", "above", 60),
        ("≥60", "above", 60),
        ("over 1,000", "above", 1000),
        ("90+", "above", 90),
        ("65 and over", "above", 65),
        ("10 or more", "above", 10),
        ("1 or less", "below", 1),
    ],
)
def test_a_limit_is_told_with_its_side_and_is_not_missing(odd, side, limit):
    found = told(put(PLAIN, odd))
    finding = found["type.censored"]
    assert finding.count == sum(cell == odd for cell in put(PLAIN, odd))
    assert finding.evidence["limits"] == {odd: limit}
    assert set(finding.evidence["sides"]) == {side}
    assert not any(code.startswith("missing.") for code in found)
    assert "type.mixed" not in found


def test_several_limits_are_told_once_with_the_commonest():
    finding = told(put(PLAIN, "<0.5", "<0.1", ">60"))["type.censored"]
    assert finding.evidence["limits"] == {"<0.5": 0.5, "<0.1": 0.1, ">60": 60.0}
    assert finding.fix is None


@pytest.mark.parametrize("cells", [["A+", "B+", "C"] * 40, ["<b>", "<i>"] * 40, ["1+1", "2+2"] * 9])
def test_marks_and_tags_are_no_limits(cells):
    assert "type.censored" not in told(cells)


def test_words_for_numbers_are_numbers():
    counts = [str(1 + row % 7) for row in range(ROWS)]
    cells = put(counts, "two", "Twelve", "twenty-one")
    finding = told(cells)["type.mixed"]
    assert finding.evidence["spellings"] == {"2": ["two"], "12": ["Twelve"], "21": ["twenty-one"]}
    assert "missing.text" not in told(cells)
    repaired, _ = dc.repair(pl.DataFrame({"x": cells}))
    assert set(repaired["x"].cast(pl.Int64)) == {*range(1, 8), 12, 21}


@pytest.mark.parametrize(
    ("units", "factor"),
    [
        (("kg", "lbs"), 0.45359237),
        (("cm", "in"), 2.54),
        (("hr", "min"), 1 / 60),
        (("km/h", "mph"), 1.609344),
        (("dl", "ml"), 0.01),
    ],
)
@pytest.mark.parametrize("gap", ["", " "])
def test_two_units_in_text_are_read_by_the_declaration_that_is_proposed(units, factor, gap):
    cells = [f"{value}{gap}{units[row % 3 == 0]}" for row, value in enumerate(DRAWN)]
    finding = told(cells)["type.numeric_text"]
    assert set(finding.evidence["units"]) == set(units)
    repaired, _ = dc.repair(pl.DataFrame({"x": cells}))
    first = DRAWN * np.where(np.arange(ROWS) % 3 == 0, factor, 1.0)
    assert np.allclose(repaired["x"].to_numpy(), first, rtol=1e-6)


def test_units_of_two_kinds_are_named_and_not_mixed():
    cells = [f"{value} {'kg' if row % 3 else 'cm'}" for row, value in enumerate(DRAWN)]
    finding = told(cells)["type.numeric_text"]
    assert (finding.fix, set(finding.evidence["units"])) == (None, {"kg", "cm"})


def test_european_thousands_are_read():
    cells = [f"{v * 1000:,.2f}".translate(str.maketrans(",.", ".,")) for v in DRAWN]
    finding = told(cells)["type.numeric_text"]
    assert finding.fix is not None
    repaired, _ = dc.repair(pl.DataFrame({"x": cells}))
    assert np.allclose(repaired["x"].to_numpy(), DRAWN * 1000)


@pytest.mark.parametrize("form", ["USD{:,.2f}", "Rs. {:.0f}", "EUR {:.1f}", "kr {:.0f}"])
def test_currencies_by_their_letters_are_read(form):
    cells = [form.format(value * 1000) for value in DRAWN]
    finding = told(cells)["type.numeric_text"]
    assert finding.fix is not None
    repaired, _ = dc.repair(pl.DataFrame({"x": cells}))
    assert np.allclose(repaired["x"].to_numpy(), DRAWN * 1000, atol=1)


@pytest.mark.parametrize("form", ["PEN{}", "TRY {}", "CAD{:03d}", "EUR{}"])
def test_codes_that_begin_as_a_currency_are_no_amounts(form):
    assert "type.numeric_text" not in told([form.format(row) for row in range(1, 60)])


def test_two_currencies_are_named_and_not_added_up():
    cells = [f"{'$' if row % 3 else '€'}{value:.2f}" for row, value in enumerate(DRAWN)]
    finding = told(cells)["type.numeric_text"]
    assert "several currencies" in finding.message
    assert finding.fix is None


@pytest.mark.parametrize(
    ("usual", "rarer"), [("Zürich", "ZÃ¼rich"), ("Moscow", "M\u043escow"), ("naïve", "naÃ¯ve")]
)
def test_misread_and_look_alike_texts_are_spellings_of_one(usual, rarer):
    finding = told(put([usual, "Bern"] * 100, rarer))["text.variant"]
    assert finding.evidence["spellings"] == {usual: [rarer]}


def test_a_constant_text_is_told_and_a_mark_is_not():
    assert told(["a"] * 30)["scale.constant"].count == 30
    assert "scale.constant" not in told(["x", None] * 30)
