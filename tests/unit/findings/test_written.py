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
    [
        ("Male", "male"),
        ("Male", "Male "),
        ("São Paulo", "São  Paulo"),
        ("ﬁve", "five"),
        ("Oslo", "Oslo\u200b"),
        ("Oslo", "\ufeffOslo"),
        ("Oslo", "Os\u00adlo"),
        ("Oslo", "Oslo\x00"),
        ("Oslo", '"Oslo"'),
        ("New York", "New%20York"),
        ("Zürich", "Z%C3%BCrich"),
        ("Oslo", "‘Oslo’"),  # noqa: RUF001
        ("A & B", "A &amp; B"),
        ("Köln", "K&ouml;ln"),
        ("Köln", "Ko\u0308ln"),
        ("M", "M "),
        ("A", "\u0410"),
        ("M", '"M"'),
    ],
)
def test_a_category_in_another_spelling_is_told_with_the_usual_one(usual, rarer):
    [finding] = found("c", [usual] * 30 + ["Other"] * 20 + [rarer] * 3, "text.variant")
    assert finding.count == 3
    assert finding.evidence["spellings"] == {usual: [rarer]}
    repaired, _ = dc.repair(pl.DataFrame({"c": [usual] * 30 + ["Other"] * 20 + [rarer] * 3}))
    assert repaired["c"].to_list() == [usual] * 30 + ["Other"] * 20 + [usual] * 3


@pytest.mark.parametrize(
    ("cells", "odd", "meant"),
    [
        ([f"A{i:03d}" for i in range(60)], "\u0410061", "A061"),
        (["A12", "B07", "C33"] * 30, "\u041207", "B07"),
        ([f"Item {i}" for i in range(60)], "It\u0435m 60", "Item 60"),
    ],
)
def test_a_letter_that_looks_latin_is_told_without_the_right_spelling(cells, odd, meant):
    [finding] = found("c", [*cells, odd], "text.variant")
    assert finding.evidence["spellings"] == {meant: [odd]}
    assert ascii(odd) in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe


@pytest.mark.parametrize(
    "cells",
    [
        [f"\u0410{i:03d}\u0412\u0421" for i in range(60)],
        ["\u0410", "\u0411", "\u0412"] * 20,
        ["A", "B", "a", "b"] * 20,
        ["Oslo", "Rome"] * 30 + ["\u041c\u041e\u0421\u0422"],
        ["5 m\u00b2", "7 m2 or so", "x\u00b2"] * 20,
    ],
)
def test_a_column_of_another_alphabet_and_letters_of_two_cases_are_no_spellings(cells):
    assert found("c", cells, "text.variant") == []


@pytest.mark.parametrize(
    ("meant", "garbled"),
    [
        ("Köln", "KÃ¶ln"),
        ("A & B", "A &amp; B"),
        ("Oslo", "Oslo\u200b"),
        ("Zoë", "Zo&euml;"),
    ],
)
def test_what_garbled_a_text_is_mended_however_often_it_did(meant, garbled):
    [finding] = found("c", [meant] * 5 + ["Other"] * 20 + [garbled] * 30, "text.variant")
    assert finding.evidence["spellings"] == {meant: [garbled]}
    assert finding.count == 30
    assert finding.fix is not None


@pytest.mark.parametrize("odd", ["Steel ", " Steel", "Steel\u00a0"])
def test_which_of_two_is_meant_is_plain_where_blanks_alone_differ(odd):
    cells = ["Steel"] * 12 + [odd] * 10 + ["Iron"] * 20
    [finding] = found("c", cells, "text.variant")
    assert (finding.severity, finding.evidence["spellings"]) == ("warning", {"Steel": [odd]})


def test_blanks_around_a_number_are_no_part_of_it():
    rates = [f" {rate / 10}%" for rate in range(50, 250)] * 3
    told = dc.check(pl.DataFrame({"rate": [*rates, "5.0%", "free "]})).findings
    [text, _] = (each for each in told if each.code.startswith("t"))
    assert text.message.startswith("99.8% of the texts")


def test_blanks_around_every_cell_are_told_and_taken_away():
    cells = [" Private", " State-gov", " Private"] * 20
    [finding] = found("c", cells, "text.variant")
    assert (finding.severity, finding.count) == ("info", 60)
    frame = pl.DataFrame({"c": cells})
    repaired, _ = dc.repair(frame)
    assert repaired["c"].to_list() == [cell.strip() for cell in cells]
    [column] = dc.suggest(frame).columns
    assert set(column.checks[0].arguments["allowed_values"]) == {"Private", "State-gov"}


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


@pytest.mark.parametrize(
    "form",
    [
        "%a %b %d %H:%M:%S %Y",
        "%a %b %d %H:%M:%S +0000 %Y",
        "%d/%b/%Y:%H:%M:%S +0000",
        "%Y:%m:%d %H:%M:%S",
        "%Y-%m-%d-%H.%M.%S.%f",
        "%Y. %m. %d.",
        "%Y\u5e74%m\u6708%d\u65e5",
        "%H:%M %d.%m.%Y",
        "%Y-%m-%dT%H:%M:%S,%f",
        "%d.%m.%Y %H:%M Uhr",
        "%d/%m/%Y %Hh%M",
        "%Y%m%dT%H%M%SZ",
        "%d%b%Y:%H:%M:%S",
    ],
)
def test_moments_as_logs_and_people_write_them_are_told(form):
    moments = [
        dt.datetime.combine(day, dt.time(6, 5)) + dt.timedelta(hours=day.day) for day in DAYS
    ]
    cells = [moment.strftime(form) for moment in moments]
    [finding] = found("when", cells, "type.date_text")
    assert (finding.severity, finding.count, finding.fix) == ("info", len(DAYS), None)
    cells[50] = "soon"
    [finding] = found("when", cells, "type.date_text")
    assert (finding.severity, finding.values) == ("warning", ("soon",))


@pytest.mark.parametrize("orders", [("%d/%m/%Y", "%m/%d/%Y"), ("%Y-%m-%d", "%d/%m/%Y")])
def test_two_orders_are_told(orders):
    cells = [day.strftime(orders[i % 2]) for i, day in enumerate(DAYS)]
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "warning"
    assert len(finding.evidence["orders"]) == 2


@pytest.mark.parametrize(
    "form",
    [
        "%d.%m.%Y",
        "%m/%d/%Y",
        "%Y/%m/%d",
        "%d/%m/%Y %H:%M",
        "%Y-%m-%dT%H:%M",
        "%d %b %Y",
        "%d-%B-%Y %I:%M %p",
        "%B %d, %Y",
        "%b. %d %Y, %H:%M",
        "%Y-%b-%d",
        "%Y%m%d",
        "%Y%m%dT%H%M%S",
        "%d %m %Y",
        "%d. %m. %Y",
        "%Y %m %d",
        "%d%b%Y",
    ],
)
def test_dates_in_one_order_are_read_by_their_fix(form):
    cells = [day.strftime(form) for day in DAYS]
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "info"
    repaired, _ = dc.repair(pl.DataFrame({"day": cells}))
    assert [cell.day for cell in repaired["day"]] == [day.day for day in DAYS]


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d.%m.%y", "%d-%b-%y", "%a, %d %b %Y"])
def test_what_no_format_reads_for_certain_is_told_without_a_fix(form):
    [finding] = found("day", [day.strftime(form) for day in DAYS], "type.date_text")
    assert (finding.severity, finding.fix) == ("info", None)


def test_two_orders_are_read_where_each_is_known():
    forms = "%d.%m.%Y", "%Y-%m-%d", "%B %d, %Y"
    cells = [day.strftime(forms[i % 3]) for i, day in enumerate(DAYS)]
    [finding] = found("day", cells, "type.date_text")
    assert finding.severity == "warning"
    repaired, _ = dc.repair(pl.DataFrame({"day": cells}))
    assert repaired["day"].to_list() == DAYS


def test_whole_numbers_that_are_days_are_told_and_read():
    numbers = [int(day.strftime("%Y%m%d")) for day in DAYS]
    [finding] = found("day", numbers, "type.date_text")
    assert finding.severity == "info"
    repaired, _ = dc.repair(pl.DataFrame({"day": numbers}))
    assert repaired["day"].to_list() == DAYS
    assert not found("n", [20_240_000 + i for i in range(80)], "type.date_text")
    assert not found("n", [20_190_001 + 17 * i for i in range(80)], "type.date_text")


def test_days_in_numbers_are_judged_as_days():
    numbers = [int(day.strftime("%Y%m%d")) for day in sorted(DAYS)]
    odd = [19_000_101 if i % 20 == 7 else n for i, n in enumerate(numbers)]
    [finding] = found("day", odd, "missing.sentinel")
    assert (finding.count, finding.fix.arguments["values"]) == (4, [19_000_101])
    assert finding.rows == (7, 27, 47, 67)
    odd = [20_780_203 if i == 9 else n for i, n in enumerate(numbers)]
    [finding] = found("day", odd, "outlier.value")
    assert finding.rows == (9,)
    across = [int(dt.date(2022, 12, 26 + i % 6).strftime("%Y%m%d")) for i in range(8)] + numbers
    assert not found("day", across, "outlier.value")  # a jump from year to year is none


def test_moments_and_months_in_numbers_are_told_and_not_scaled():
    moments = [dt.datetime(2023, 1, 1, 3) + dt.timedelta(hours=31 * i) for i in range(400)]  # noqa: DTZ001
    table = pl.DataFrame(
        {
            "moment": [int(moment.strftime("%Y%m%d%H%M%S")) for moment in moments],
            "ym": [int(moment.strftime("%Y%m")) for moment in moments],
            "ts": [int(moment.replace(tzinfo=dt.UTC).timestamp()) for moment in moments],
        }
    )
    told = [f.column for f in dc.check(table).findings if f.code == "type.date_text"]
    assert told == ["moment", "ym", "ts"]
    for name in ("moment", "ts"):
        assert dc.suggest(table).named[name].prepare.role == "time"
    assert dc.repair(table)[0]["moment"].to_list() == moments
    counts = list(range(202_301, 202_321))
    assert not found("n", counts, "type.date_text")


@pytest.mark.parametrize(
    ("form", "odd"),
    [
        ("%Y-%m-%d", "9999-12-31"),
        ("%d/%m/%Y", "01/01/1900"),
        ("%d %b %Y", "01 Jan 1900"),
        ("%Y%m%d", "19000101"),
        ("%Y-%m-%d", "0000-00-00"),
        ("%d.%m.%Y", "99.99.9999"),
    ],
)
def test_a_day_that_is_written_for_none_is_told_in_text_too(form, odd):
    cells = [odd if i % 9 == 4 else day.strftime(form) for i, day in enumerate(DAYS)]
    [finding] = found("day", cells, "missing.sentinel")
    assert (finding.severity, finding.count) == ("warning", cells.count(odd))
    repaired, log = dc.repair(pl.DataFrame({"day": cells}), unsafe=True)
    assert repaired["day"].null_count() == cells.count(odd)
    assert repaired["day"].drop_nulls().to_list() == [d for i, d in enumerate(DAYS) if i % 9 != 4]
    assert log.height >= cells.count(odd)


def test_a_century_off_is_told_in_text_too():
    cells = [day.strftime("%d %b %Y") for day in DAYS]
    cells[50] = cells[50][:-4] + "1823"
    [finding] = found("day", cells, "outlier.value")
    assert (finding.rows, finding.values) == ((50,), (cells[50],))


@pytest.mark.parametrize("form", ["{}/{}/00", "{}.{}.00", "{} Feb 00"])
def test_the_year_00_has_days_and_the_29th_of_february_too(form):
    days = [form.format(f"{day:02d}", "02") for day in range(1, 30)]
    [finding] = found("day", days, "type.date_text")
    assert (finding.severity, finding.count) == ("info", 29)


@pytest.mark.parametrize(
    "cells",
    [
        ["1.2.3", "4.5.6", "10.0.1"] * 9,
        ["12/7", "3/4"] * 9,
        ["10.51.30", "01.13.10", "46.31.02"] * 9,
    ],
)
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


AMOUNTS = [1234.5 + 1017.25 * i for i in range(40)]


def in_europe(amount: float) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    "cells",
    [
        [f"{in_europe(a)} €" for a in AMOUNTS],
        [f"{in_europe(a)} EUR" for a in AMOUNTS],
        [f"R$ {in_europe(a)}" for a in AMOUNTS],
        [f"₹{a:,.2f}" for a in AMOUNTS],
        [f"Rs. {a:,.2f}" for a in AMOUNTS],
        [f"CHF {a:,.2f}".replace(",", "\u2019") for a in AMOUNTS],
        [f"{a:,.2f}".replace(",", " ") for a in AMOUNTS],
        [f"{a:,.2f}".replace(",", "'") for a in AMOUNTS],
        [f"{a}\u00a0" for a in AMOUNTS],
        [f"{a} kg".replace(".", ",") for a in AMOUNTS],
        [f"{a:,.2f} km/h" for a in AMOUNTS],
    ],
)
def test_amounts_are_read_however_people_write_them(cells):
    frame = pl.DataFrame({"a": cells, "x": AMOUNTS})
    [finding] = found("a", cells, "type.numeric_text")
    assert finding.fix is not None
    repaired, _ = dc.repair(frame)
    assert repaired["a"].to_list() == AMOUNTS
    drafted = next(column for column in dc.suggest(frame).columns if column.name == "a")
    assert drafted.dtype == pl.Float64


def test_lakhs_are_thousands_too():
    cells = ["12,34,567.5" if i % 3 else f"{i},200" for i in range(1, 60)]
    repaired, _ = dc.repair(pl.DataFrame({"a": cells}))
    assert repaired["a"][0] == 1234567.5


@pytest.mark.parametrize("odd", ["$9,999.00", "-$999.00"])
def test_a_sentinel_among_spelled_numbers_is_found_and_taken_away(odd):
    cells = [odd if i % 9 == 4 else f"${100 + 7 * i % 83}.50" for i in range(90)]
    [finding] = found("a", cells, "missing.sentinel")
    assert finding.count == 10
    repaired, _ = dc.repair(pl.DataFrame({"a": cells}), unsafe=True)
    assert (repaired["a"].dtype, repaired["a"].null_count()) == (pl.Float64, 10)


@pytest.mark.parametrize(
    "cells",
    [
        [f"{4000 + i} {1000 + 7 * i} {2000 + i} 12{i}" for i in range(10, 50)],
        [f"212 555 {100 + i}" for i in range(40)],
        [f"ch. {i // 9}.{i % 9}" for i in range(40)],
        [f"{i} {street} Street" for i, street in enumerate(["Main", "Oak", "Elm", "Hill"] * 9)],
        [f"{100 + i}A" for i in range(40)],
        [f"{8000 + i}-N" for i in range(40)],
    ],
)
def test_addresses_and_codes_are_no_measures(cells):
    assert not found("c", cells, "type.numeric_text")


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009"])
def test_numbers_of_one_length_are_read_where_their_blanks_are_typeset(blank):
    counts = [(1 + i % 9) * 1_000_000 + (946 - i) * 1000 + 624 + i for i in range(60)]
    cells = [f"{count:,}".replace(",", blank) for count in counts]
    [finding] = found("people", cells, "type.numeric_text")
    assert finding.count == 60
    repaired, _ = dc.repair(pl.DataFrame({"people": cells}))
    assert repaired["people"].to_list() == counts


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


@pytest.mark.parametrize(
    "word",
    [
        *("\u2014", "\u2013", "\u2015", "----", "\u2026", "....", "??", "\uff1f", "__"),
        *("#NAME?", "#SPILL!", "#N/A", "(blank)", "<none>", "[empty]", "{NA}", "(missing)"),
        *("N.A.", "n/a", "no_data", "-NaN", "\\N"),
    ],
)
def test_marks_and_words_in_brackets_stand_for_nothing_among_numbers(word):
    cells = [str(number) for number in range(100, 180)] + [word] * 4
    [finding] = found("x", cells, "missing.text")
    assert (finding.severity, finding.count) == ("error", 4)
    assert finding.fix.arguments["values"] == [word]


@pytest.mark.parametrize("word", ["+", "x", "B", "<5", "no", "a/b", "R&D", "%", "=", "5-", "C#"])
def test_a_sign_a_letter_and_a_limit_are_no_words_for_nothing(word):
    cells = [*"PQRS"] * 20 + [word] * 4
    assert not found("x", cells, "missing.text")


def test_codes_of_which_some_have_lost_their_zeros_are_left_text():
    codes = [f"{number:05}" if number % 3 else str(number) for number in range(900, 22_000, 97)]
    frame = pl.DataFrame({"plz": codes})
    [finding] = found("plz", codes, "type.mixed")
    assert finding.severity == "info"
    assert finding.count == sum(code[0] == "0" for code in codes)
    assert "lost their zeros" in finding.message
    assert not found("plz", codes, "type.numeric_text")
    repaired, _ = dc.repair(frame, unsafe=True)
    assert repaired["plz"].to_list() == codes
    [column] = dc.suggest(frame).columns
    assert column.dtype == pl.String


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.String])
def test_one_negative_number_among_others_that_are_none_is_asked_about(kind):
    codes = np.random.default_rng(2).integers(10_000, 99_999, 120).tolist()
    codes[7::30] = [-1234] * 4
    [finding] = found("zip", pl.Series(codes).cast(kind).to_list(), "missing.sentinel")
    assert (finding.severity, finding.count, finding.fix) == ("warning", 4, None)
    assert finding.remedy.startswith("If it stands for no value")


@pytest.mark.parametrize("odd", [[-1234], [-7, -7, -7, -9], []])
def test_negative_numbers_of_several_values_or_that_stand_once_are_numbers(odd):
    cells = [*np.random.default_rng(2).integers(10_000, 99_999, 120).tolist(), *odd]
    assert not found("zip", cells, "missing.sentinel")


YEARS = np.random.default_rng(5).integers(1990, 2023, 120)


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.String])
def test_years_without_their_century_are_told(kind):
    cells = YEARS.tolist()
    cells[::5] = [year % 100 for year in cells[::5]]
    [finding] = found("built", pl.Series(cells).cast(kind).to_list(), "outlier.value")
    assert (finding.severity, finding.count, finding.fix) == ("warning", 24, None)
    assert "century" in finding.message


@pytest.mark.parametrize(
    "cells",
    [YEARS.tolist(), [*YEARS.tolist(), *[0] * 30], [*YEARS.tolist(), *range(40), 500]],
)
def test_years_and_other_numbers_are_not_said_to_lack_a_century(cells):
    assert not [f for f in found("n", cells, "outlier.value") if "century" in f.message]
