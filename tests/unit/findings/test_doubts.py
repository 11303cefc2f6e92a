"""What a real table shows that looks like a fault, and may be none."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(5)


def found(**columns: object) -> dict[tuple[str, str | None], dc.Finding]:
    report = dc.check(pl.DataFrame(columns), rows=False)
    return {(finding.code, finding.column): finding for finding in report.findings}


def test_a_year_before_a_word_is_a_name_and_no_measure() -> None:
    games = [f"{year} {season}" for year in range(1924, 2020, 4) for season in ("Summer", "Winter")]
    assert not found(games=games)
    amounts = [f"{1900 + 7 * n} {unit}" for n in range(30) for unit in ("kg", "lbs")]
    assert "type.numeric_text" in {code for code, _ in found(weight=amounts)}


def test_a_word_that_nobody_writes_for_nothing_is_asked_about() -> None:
    years = ["Ancient"] * 17 + [str(1700 + n) for n in range(101)]
    remedy = found(discovered=years)["type.numeric_text", "discovered"].remedy
    assert remedy.startswith("If 'Ancient' stands for no value, declare dtype: Float64")


def test_the_words_that_a_remedy_takes_are_shown_first_and_the_others_counted() -> None:
    names = [f"farm {n}" for n in range(60)] + ["none"] * 9 + ["unknown"] * 5 + ["n/a"] * 2 + ["??"]
    told = found(mill=names)["missing.text", "mill"]
    assert told.count == 17
    assert told.message.endswith("'n/a' (2), '??' (1), 'none' (9) and 1 more.")


def test_a_few_low_grades_may_be_a_tenth_of_the_others() -> None:
    grades = np.round(RNG.uniform(5.5, 9.9, 600), 9)
    few = np.round(grades[:5] / 10 + RNG.uniform(0, 1e-3, 5), 9)
    told = found(x=np.concatenate([grades, few]))["scale.unit_mix", "x"]
    assert told.severity == "warning"
    assert "may be in another unit" in told.message
    many = np.concatenate([grades, np.round(grades[:40] / 10, 9)])
    assert found(x=many)["scale.unit_mix", "x"].severity == "error"


def test_small_weights_may_be_measured_more_finely() -> None:
    grown = np.exp(RNG.uniform(np.log(3e-5), np.log(0.5), 400))
    shown = np.where(grown < 0.01, np.round(grown, 6), np.round(grown, 4))
    told = found(frass=shown).get(("scale.unit_mix", "frass"))
    assert told is None or told.severity == "warning"


def test_what_spans_more_than_the_others_do_is_in_no_other_unit() -> None:
    owed = np.round(RNG.lognormal(12.3, 0.6, 800), -3)
    jokes = [1e-7, 1e-4, 0.01, 0.01]
    assert ("scale.unit_mix", "owed") not in found(owed=np.concatenate([owed, jokes]))


def test_a_time_before_the_first_of_a_plan_is_no_sentinel() -> None:
    plan = [-1, 0, 2, 4, 6, 8, 10, 12, 15, 18, 21, 24, 27, 30]
    assert ("missing.sentinel", "minute") not in found(minute=plan * 14)
    lone = [-1] * 14 + [n for n in range(30) for _ in range(14 + n % 3)]
    assert ("missing.sentinel", "minute") in found(minute=lone)


def test_thousands_of_one_length_are_asked_about() -> None:
    told = found(pay=[f"{n}k" for n in range(30, 99)] * 3)["type.numeric_text", "pay"]
    assert told.severity == "info"
    assert told.fix is None
    assert told.remedy.startswith("If these are amounts and no codes, declare")
    assert not found(room=[f"{n}B" for n in range(30, 99)] * 3)


def test_numbers_that_count_from_1970_are_asked_about() -> None:
    made = pd.DataFrame({"x": pd.date_range("2024-01-01", periods=40, freq="7h")})
    told = found(x=list(json.loads(made.to_json(date_unit="ms"))["x"].values()))[
        "type.date_text", "x"
    ]
    assert told.severity == "info"
    assert "in ms since 1970: 1704067200000 is 2024-01-01 00:00:00" in told.message
    odd = [1_704_067_200 + 7 * n for n in range(40)]
    assert ("type.date_text", "created_at") in found(created_at=odd)
    assert ("type.date_text", "phone") not in found(phone=odd)


def test_codes_that_a_spreadsheet_has_cut_short_are_asked_about() -> None:
    isbn = [9_780_000_000_000 + 137 * n for n in range(40)] + [9_780_000_000_000] * 9
    told = found(isbn=isbn)["type.mixed", "isbn"]
    assert (told.severity, told.count) == ("info", 10)
    assert "as 9.78E+12" in told.message
    assert ("type.mixed", "isbn") not in found(isbn=isbn[1:40])


@pytest.mark.parametrize("mark", ["\u200e", "\u200b", "\ufeff", "\u2060"])
def test_numbers_among_characters_that_are_not_seen_are_told(mark: str) -> None:
    """And what is advised reads them."""
    cells = [f"{mark}{n}.5" for n in range(40)]
    assert "not seen" in found(x=cells)["type.numeric_text", "x"].message
    read = pl.Series(cells).str.replace_all(r"\p{Cf}", "").cast(pl.Float64)
    assert read.to_list() == [n + 0.5 for n in range(40)]
    some = [cell if n % 3 else cell.strip(mark) for n, cell in enumerate(cells)]
    assert "not seen" in found(x=some)["type.mixed", "x"].message


def test_a_fraction_behind_a_whole_number_is_a_quantity() -> None:
    sizes = [f"{n} {part}" for n in range(1, 30) for part in ("1/2", "3/4")]
    assert "fraction" in found(x=sizes)["type.numeric_text", "x"].message
