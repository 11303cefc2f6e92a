"""What stands in columns of text and stands for something else; zeros that stand for nothing."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc

DAYS = [dt.date(2023, 1, 1) + dt.timedelta(days=37 * i % 365) for i in range(80)]


def found(column: str, cells: list, code: str) -> list[dc.Finding]:
    report = dc.check(pl.DataFrame({column: cells}))
    return [finding for finding in report.findings if finding.code == code]


@pytest.mark.parametrize(
    ("usual", "rarer"),
    [("Male", "male"), ("Male", "Male "), ("São Paulo", "São  Paulo"), ("ﬁve", "five")],
)
def test_a_category_in_another_spelling_is_told_with_the_usual_one(usual, rarer):
    [finding] = found("c", [usual] * 30 + ["Other"] * 20 + [rarer] * 3, "text.variant")
    assert finding.count == 3
    assert finding.evidence["spellings"] == {usual: [rarer]}
    repaired, _ = dc.repair(pl.DataFrame({"c": [usual] * 30 + ["Other"] * 20 + [rarer] * 3}))
    assert repaired["c"].to_list() == [usual] * 30 + ["Other"] * 20 + [usual] * 3


def test_two_spellings_that_are_as_frequent_are_told_as_a_guess():
    [finding] = found("c", ["yes", "Yes"] * 20 + ["no"] * 30, "text.variant")
    assert (finding.severity, finding.count) == ("info", 20)
    assert "may be" in finding.message


@pytest.mark.parametrize(
    "cells",
    [["f", "F"] * 20, ["AB12", "ab12"] * 20, ["north", "south"] * 20, ["Aa", "aA"] * 2],
)
def test_letters_codes_and_other_words_are_no_spellings(cells):
    assert not found("c", cells, "text.variant")


@pytest.mark.parametrize("odd", ["2023-02-30", "45021", "yesterday", "2023-13-01"])
def test_a_cell_that_is_no_date_is_named_among_dates(odd):
    cells = [day.isoformat() for day in DAYS]
    cells[50] = odd
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "warning"
    assert finding.rows == (50,)
    assert finding.values == (odd,)


@pytest.mark.parametrize("orders", [("%d/%m/%Y", "%m/%d/%Y"), ("%Y-%m-%d", "%d/%m/%Y")])
def test_two_orders_are_told(orders):
    cells = [day.strftime(orders[i % 2]) for i, day in enumerate(DAYS)]
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "warning"
    assert len(finding.evidence["orders"]) == 2


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%Y %H:%M"])
def test_dates_in_one_order_are_read_by_their_fix(form):
    cells = [day.strftime(form) for day in DAYS]
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "info"
    repaired, _ = dc.repair(pl.DataFrame({"day": cells}))
    assert [cell.day for cell in repaired["day"]] == [day.day for day in DAYS]


@pytest.mark.parametrize("cells", [["1.2.3", "4.5.6", "10.0.1"] * 9, ["12/7", "3/4"] * 9])
def test_versions_and_fractions_are_no_dates(cells):
    assert not found("c", cells, "type.date_text")


def test_units_are_named_and_one_unit_is_read_by_its_fix():
    one = [f"{50 + i}.5 kg" for i in range(40)]
    [finding] = found("w", one, "type.numeric_text")
    assert finding.evidence["units"] == {"kg": 40}
    repaired, _ = dc.repair(pl.DataFrame({"w": one}))
    assert repaired["w"].to_list() == [50.5 + i for i in range(40)]
    two = [f"{50 + i} lbs" if i % 10 == 0 else f"{50 + i} kg" for i in range(40)]
    [finding] = found("w", two, "type.numeric_text")
    assert "several units" in finding.message
    assert finding.fix is not None
    assert finding.fix.arguments["number"] == {"units": {"kg": 1.0, "lbs": 0.45359237}}


@pytest.mark.parametrize(
    "cells",
    [
        [f"{i} {street} Street" for i, street in enumerate(["Main", "Oak", "Elm", "Hill"] * 9)],
        [f"{100 + i}A" for i in range(40)],
        [f"{8000 + i}-N" for i in range(40)],
    ],
)
def test_addresses_and_codes_are_no_measures(cells):
    assert not found("c", cells, "type.numeric_text")


def test_a_zero_out_of_place_is_told_and_a_count_is_not():
    draw = np.random.default_rng(3)
    pressure = np.maximum(draw.normal(72, 12, 700), 29).round()
    pressure[draw.choice(700, 33, replace=False)] = 0
    [finding] = found("bp", pressure.tolist(), "missing.sentinel")
    assert (finding.severity, finding.count) == ("warning", 33)
    for clean in (draw.poisson(3, 700), draw.exponential(5, 700).round(1), draw.poisson(40, 700)):
        zeros = clean.astype(float)
        zeros[:5] = 0
        if clean.mean() < 20:
            assert not found("n", zeros.tolist(), "missing.sentinel")
