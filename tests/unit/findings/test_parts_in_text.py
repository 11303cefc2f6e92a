"""Months, times, feet and inches, ranges and pairs in text: told, and read where none is lost."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(4)
ROWS = 80
DAYS = [dt.date(2019, 1, 3) + dt.timedelta(days=int(n)) for n in RNG.integers(0, 900, ROWS)]
HOURS, MINUTES = RNG.integers(0, 24, ROWS), RNG.integers(0, 60, ROWS)
SMALL = RNG.integers(2, 60, ROWS)


def told(cells):
    found = dc.check(pl.DataFrame({"cell": cells})).findings
    return [f for f in found if f.code in ("type.date_text", "type.numeric_text")]


MONTHS = ["%b %Y", "%B %Y", "%b-%Y", "%Y-%m", "%Y/%m", "%m/%Y"]


@pytest.mark.parametrize("form", MONTHS)
def test_a_month_is_read_as_its_first_day(form):
    table = pl.DataFrame({"cell": [day.strftime(form) for day in DAYS]})
    [finding] = told(table["cell"])
    assert (finding.severity, finding.fix.safe) == ("info", True)
    mended, _ = dc.repair(table)
    assert mended["cell"].to_list() == [day.replace(day=1) for day in DAYS]
    assert not told(mended["cell"])


def test_a_month_without_its_century_is_told_only():
    [finding] = told([day.strftime("%b-%y") for day in DAYS])
    assert finding.fix is None


CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%H:%M:%S.%f"]


@pytest.mark.parametrize("form", CLOCKS)
def test_a_time_of_day_is_read_as_one(form):
    times = [dt.time(int(h), int(m)) for h, m in zip(HOURS, MINUTES, strict=True)]
    table = pl.DataFrame({"cell": [time.strftime(form) for time in times]})
    assert told(table["cell"])[0].severity == "info"
    mended, _ = dc.repair(table)
    assert mended["cell"].to_list() == times


LENGTHS = "lengths of time in two or three parts"
QUOTED = "numbers in quotes, or codes that a spreadsheet was to leave as they are"
LED = "numbers with a sign before each that says about, below or above"
BESIDE = "numbers with a second one beside each, its error, interval or share"


def pairs(form, *columns):
    columns = {0: (SMALL, MINUTES % 12), 1: (*columns, MINUTES % 12)}.get(len(columns), columns)
    return [form.format(*each) for each in zip(*(c.tolist() for c in columns), strict=True)]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (pairs("{}:{:02d}", HOURS + 20, MINUTES), "lengths of time in two or three parts"),
        (pairs("{}h {}m", HOURS, MINUTES), "lengths of time in hours and minutes"),
        (pairs("{}'{}\""), "lengths in feet and inches"),
        (pairs("{} ft {} in"), "lengths in feet and inches"),
        (pairs("{}-{}", SMALL, SMALL + 5), "ranges of numbers"),
        (pairs("{} to {}", SMALL * 10, SMALL * 10 + 9), "ranges of numbers"),
        (pairs("{}/{}", SMALL + 100, SMALL + 50), "two numbers in one cell"),
        (pairs("{}.25, {}.5"), "two numbers in one cell"),
        (pairs("{} x {}"), "two numbers in one cell"),
        (pairs("{}x{} cm"), "two numbers in one cell"),
        (pairs("{} mm x {} mm x 5 mm"), "three numbers in one cell"),
        (pairs("({}.1, {}.2)"), "two numbers in one cell"),
        (pairs("{}:{:02d}.{:03d}", HOURS, MINUTES, SMALL), "lengths of time in two or three parts"),
        (pairs("{}:{:02d}:00", HOURS + 100), "lengths of time in two or three parts"),
        (pairs("{}\u00b0{}'N"), "angles in degrees and minutes"),
        (pairs("{}\u00b0 {}\u2032 12.5\u2033 W"), "angles in degrees and minutes"),
        (pairs("{}.5D+{:02d}"), "numbers with the exponent of Fortran"),
        (pairs("{} \u00b1 0.{}"), BESIDE),
        (pairs("-{}.5 +/- {}"), BESIDE),
        (pairs("{} ({})"), BESIDE),
        (pairs("{} days {:02d}:30:00"), LENGTHS),
        (pairs("-1 days +{:02d}:{:02d}:00.5", HOURS, MINUTES), LENGTHS),
        (pairs("PT{}H{}M"), LENGTHS),
        (pairs("P{}DT{}.5S"), LENGTHS),
        (pairs("{}d {}h"), LENGTHS),
        (pairs("{} min {} s"), LENGTHS),
        (pairs("({}.5, {}.25]", SMALL, SMALL + 5), "ranges of numbers"),
        (pairs("[-inf, {})"), "ranges of numbers"),
        (pairs("${}k-${}k", SMALL * 10, SMALL * 10 + 10), "ranges of numbers"),
        (pairs("between {} and {}", SMALL * 10, SMALL * 10 + 9), "ranges of numbers"),
        (pairs("{}:{}", SMALL % 5 + 1, MINUTES % 5 + 1), "two numbers in one cell"),
        (pairs("{} out of 90"), "two numbers in one cell"),
        (pairs("{}.25,-{}.5"), "two numbers in one cell"),
        (pairs("({}+{}j)"), "complex numbers"),
        (pairs("'{}.{}'"), QUOTED),
        (pairs('="{}{:03d}"'), QUOTED),
        (pairs("~{}.{}"), LED),
        (pairs(">{}{}"), LED),
        (pairs("ca. {}{}"), LED),
        (
            [chr(0x660 + k % 10) + "\u0663" for k in SMALL],
            "numbers in the digits of another script",
        ),
        (
            [chr(0xFF10 + k % 10) + "\uff13" for k in SMALL],
            "numbers in the digits of another script",
        ),
        (pairs("{} ({}%)"), BESIDE),
        (pairs("{}.25 [-1.5, {}]"), BESIDE),
        (pairs("{}.25 ({}-90)"), BESIDE),
        (pairs("{} lb {} oz"), "weights in pounds and ounces"),
    ],
)
def test_what_has_two_parts_is_told(cells, what):
    [finding] = told(cells)
    assert (finding.severity, finding.evidence["shape"], finding.fix) == ("info", what, None)


@pytest.mark.parametrize(
    "cells",
    [
        pairs("555-{:04d}", SMALL * 7),
        pairs("{}-{}", RNG.integers(100, 999, ROWS), RNG.integers(100, 999, ROWS)),
        pairs("{}-{}", RNG.integers(0, 5, ROWS), RNG.integers(0, 5, ROWS)),
        RNG.choice(["May", "June", "never"], ROWS).tolist(),
        RNG.choice(["10.0.0.1", "10.0.0.2", "192.168.1.4"], ROWS).tolist(),
        [f"c{k}" for k in SMALL],
        [f"set-{k % 30}" for k in SMALL],
        [f"Out {2000 + k}" for k in SMALL],
        [f"c{k}.{k}" for k in SMALL],
        RNG.choice(["1.0.2", "2.4.10", "P7D", "C4 H6", "Q5", "[1,]", "x-1"], ROWS).tolist(),
        RNG.choice(["#a0b1c2", "#001122", "12-3456", "https://a.b/1", "c 1 d"], ROWS).tolist(),
    ],
)
def test_codes_and_words_have_no_parts(cells):
    assert not told(cells)


def test_scales_of_temperature_are_told_to_have_no_factor():
    cells = [
        f"{t:.1f} °{'F' if k % 5 == 0 else 'C'}" for k, t in enumerate(RNG.normal(20, 5, ROWS))
    ]
    [finding] = told(cells)
    assert "no factor" in finding.remedy
    assert finding.fix is None


def test_a_spreadsheets_numbers_of_days_are_told_under_a_name_that_says_so():
    numbers = 44_197 + RNG.integers(0, 700, ROWS)
    [finding] = dc.check(pl.DataFrame({"order_date": numbers})).findings
    assert (finding.code, finding.severity) == ("type.date_text", "info")
    assert "44" in finding.message
    assert not dc.check(pl.DataFrame({"price": numbers})).findings


MADE = {"codes": ["TP53", "BRCA1", "EGFR", "KRAS"], "ranges": ["0-4", "20-29", "30-39", "60+"]}


@pytest.mark.parametrize(
    ("others", "day", "severity", "said"),
    [
        ("codes", "2-Sep", "info", "2-Sep"),
        ("codes", "Mar-01", "info", "Mar-01"),
        ("ranges", "Oct-19", "warning", "perhaps 10-19"),
        ("ranges", "9-May", "warning", "perhaps 5-9"),
    ],
)
def test_a_day_among_codes_or_ranges_was_made_by_a_spreadsheet(others, day, severity, said):
    cells = RNG.choice(MADE[others], ROWS).tolist()
    assert not [f for f in told(cells) if f.code == "type.date_text"]
    cells[5] = cells[9] = day
    [finding] = [f for f in told(cells) if f.code == "type.date_text"]
    assert (finding.severity, finding.count, finding.rows) == (severity, 2, (5, 9))
    assert said in finding.message
    assert finding.fix is None


@pytest.mark.parametrize("form", ["2021-W{:02d}", "2019W{:02d}", "20{:02d}Q3", "Q2 20{:02d}"])
def test_weeks_and_quarters_are_told(form):
    [finding] = told([form.format(k % 50 + 1) for k in SMALL])
    assert (finding.code, finding.fix) == ("type.date_text", None)
    assert "weeks or quarters" in finding.message


def test_days_of_a_month_without_a_year_are_told():
    [finding] = told([day.strftime("%d-%b") for day in DAYS])
    assert (finding.code, finding.severity, finding.fix) == ("type.date_text", "info", None)
    assert "without a year" in finding.message


NAMED = [
    ("{0.day}. {1} {0.year}", "Januar Februar März April Mai Juni Juli August September Oktober"),
    ("{0.day} {1} {0.year}", "janv. févr. mars avril mai juin juil. août sept. oct."),
    (
        "{0.day} de {1} de {0.year}",
        "enero febrero marzo abril mayo junio julio agosto sept octubre",
    ),
    ("{0.day:02d}-{1}-{0.year}", "gen feb mar apr mag giu lug ago set ott"),
    ("{0.day} {1} {0.year}", "jan feb mrt apr mei jun jul aug sep okt"),
    ("{0.day} {1}. {0.year}", "jan fev mar abr mai jun jul ago set out"),
]


@pytest.mark.parametrize(("form", "months"), NAMED)
def test_months_are_known_by_their_names_in_other_languages(form, months):
    days = [day.replace(month=min(day.month, 10)) for day in DAYS]
    names = months.split()
    [finding] = told([form.format(day, names[day.month - 1]) for day in days])
    assert (finding.code, finding.count, finding.fix) == ("type.date_text", ROWS, None)


def test_words_beside_numbers_are_no_months():
    assert not told(
        [f"{word} {year}" for word in ("Team", "Jui", "Set A") for year in range(2001, 2021)]
    )


def test_moments_with_the_name_of_a_zone_are_told_to_have_no_offset():
    [finding] = told([f"{day} 10:22:00 {'CET' if day.month < 4 else 'CEST'}" for day in DAYS])
    assert "several zones" in finding.message
    assert "offset" in finding.remedy
    [finding] = told([f"{day} 10:22 EST" for day in DAYS])
    assert "offset" in finding.remedy


def test_dates_whose_order_is_known_do_not_speak_for_those_written_otherwise():
    cells = [day.isoformat() for day in DAYS]
    cells[:10] = [f"{k + 1:02d}/03/2021" for k in range(10)]
    [finding] = told(cells)
    assert (finding.severity, finding.count, finding.rows) == ("warning", 10, tuple(range(10)))
    assert "'01/03/2021'" in finding.message


MEASURED = RNG.normal(50, 9, ROWS).round(2)


@pytest.mark.parametrize("form", ["{}-", "{} -", "{}[1]", "{} [12]"])
def test_numbers_written_otherwise_among_plain_ones_are_told_how(form):
    cells = [form.format(v) if k % 6 == 0 else str(v) for k, v in enumerate(MEASURED)]
    [finding] = dc.check(pl.DataFrame({"cell": cells})).findings
    assert (finding.code, finding.severity, finding.count) == ("type.mixed", "warning", 14)
    assert finding.message.startswith("66 of 80 texts are numbers, and the others are numbers with")


@pytest.mark.parametrize("marks", [("", "*", "**", "***"), ("st", "nd", "rd", "th"), ("†", "[a]")])
def test_marks_behind_numbers_are_no_units(marks):
    cells = [f"{v}{marks[k % len(marks)]}" for k, v in enumerate(MEASURED)]
    [finding] = told(cells)
    assert "footnote" in finding.message
    table = pl.DataFrame({"cell": cells})
    assert dc.repair(table)[0].equals(table)  # the marks may say something
    mended, _ = dc.repair(table, unsafe=True)
    assert mended["cell"].to_list() == MEASURED.tolist()


def test_one_mark_behind_every_number_tells_nothing_apart():
    [finding] = told([f"{v}*" for v in MEASURED])
    assert finding.fix is not None
    assert finding.fix.safe


@pytest.mark.parametrize("form", ["{}E{}", "{}e{}"])
def test_whole_numbers_with_a_bare_exponent_may_be_codes(form):
    table = pl.DataFrame({"plot": pairs(form)})
    [finding] = [f for f in dc.check(table).findings if f.column == "plot"]
    assert (finding.code, finding.severity, finding.fix) == ("type.mixed", "info", None)
    assert dc.repair(table)[0].equals(table)


COUNTED = [f"{k % 3}.{k % 13}" for k in range(ROWS)]
PLUS = [f"+{49_150_000_000 + 7919 * k}" for k in range(ROWS)]
DELTAS = [f"{'+-'[k % 2]}{1 + k * 37 % 90}" for k in range(ROWS)]


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (COUNTED, True),
        ([f"1.{k}" for k in range(1, ROWS)], True),
        (PLUS, True),
        (DELTAS, False),
        ([f"{v:.2f}" for v in MEASURED], False),
        ([str(v) for v in MEASURED.round(1)], False),
        ([f"{k % 3}.{k % 13:02}" for k in range(ROWS)], False),
    ],
)
def test_what_would_be_another_thing_as_a_number_is_perhaps_a_code(cells, codes):
    table = pl.DataFrame({"cell": cells})
    [finding] = [f for f in dc.check(table).findings if f.code.startswith("type.")]
    assert (finding.code, finding.severity) == (
        ("type.mixed", "info") if codes else ("type.numeric_text", "warning")
    )
    assert (finding.fix is None) == codes
    assert dc.repair(table, unsafe=True)[0].equals(table) == codes
    assert (dc.suggest(table).named["cell"].dtype == pl.String) == codes


def test_texts_that_are_no_numbers_are_counted_beside_those_that_are():
    cells = [f"~{v}" if k % 6 == 0 else str(v) for k, v in enumerate(MEASURED)]
    [finding] = dc.check(pl.DataFrame({"cell": cells})).findings
    assert finding.message == "66 of 80 texts are numbers and the others are not."


@pytest.mark.parametrize("form", ["{}.0E{}", "{}E+{:02d}", "-{}.5e-{}"])
def test_numbers_as_programs_write_them_are_none(form):
    [finding] = told(pairs(form))
    assert finding.fix is not None


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ('{{"a": {}}}', "JSON"),
        ("{{'a': {}}}", "Python"),
        ("{{{}, {}, 90}}", "Python"),
        ("{{'a': nan, 'b': {}}}", "prints"),
        ("[np.float64({}.0), np.int64({})]", "prints"),
        ("[{}. {}. 1.5e-03]", "prints"),
        ("[[{} {}]\n [1 nan]]", "prints"),
        ("b'{}'", "bytes"),
        ("POINT ({} {})", "WKT"),
        ("SRID=4326;Point(1 {})", "WKT"),
        ("MULTIPOLYGON (((0 0, {} {}, 1 1)))", "WKT"),
    ],
)
def test_what_is_written_as_a_structure_is_told_to_be_unexamined(form, written):
    [finding] = dc.check(pl.DataFrame({"cell": pairs(form)})).findings
    assert (finding.code, finding.evidence["written"]) == ("scope.unchecked", written)


@pytest.mark.parametrize(
    "form", ["{day} {month} {year}", "{day}. {month} {year}", "{year}. {month} {day}."]
)
@pytest.mark.parametrize(
    "months",
    [
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września listopada grudnia",
        "Ocak Mart Nisan Haziran Temmuz Ekim",
    ],
)
def test_a_month_by_its_name_in_any_language_makes_a_date(months, form):
    names = months.split()
    cells = [
        form.format(day=day.day, month=names[day.month % len(names)], year=day.year) for day in DAYS
    ]
    [finding] = told(cells)
    assert (finding.code, finding.count, finding.fix) == ("type.date_text", ROWS, None)


def test_words_between_numbers_are_no_months():
    cells = [
        f"{n % 28 + 1} {'abcdefghijklmnopqrst'[n % 20] * 3} {2000 + n % 20}" for n in range(ROWS)
    ]
    assert not told(cells)  # twenty names are more than months have


@pytest.mark.parametrize("form", ["{}x10^3", "{} × 10⁻³", "{}*10**4", "{} x 10-4"])  # noqa: RUF001
def test_a_power_of_ten_is_told(form):
    [finding] = told([form.format(f"{n / 7:.2f}") for n in SMALL])
    assert (finding.code, finding.count) == ("type.numeric_text", ROWS)


@pytest.mark.parametrize("form", ["P{}D", "P{}W", "{}y 3m", "{} years, 2 months"])
def test_lengths_of_time_in_days_and_years_are_told(form):
    [finding] = told([form.format(n) for n in SMALL])
    assert finding.evidence["shape"] == LENGTHS
