"""The terminal view: 80 columns, everything said, nothing executed."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.report import Finding, Report
from datacheck.views.terminal import SHOWN_WHOLE, colour_wanted, columns_wide, report_text, wrapped

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def finding(**changes):
    given = {
        "code": "missing.sentinel",
        "severity": "error",
        "column": "body_mass_g",
        "count": 31,
        "rows": (4, 17),
        "values": (-999, -999),
        "message": "-999 stands apart from every other value.",
        "remedy": "Declare it.",
    }
    return Finding(**(given | changes))


def report(*findings, rows=344, name="penguins.csv"):
    return Report(findings, name=name, rows=rows, columns=8).to_dict()


def test_a_finding_shows_all_that_is_known_of_it():
    text = report_text(report(finding()))
    for part in (
        "penguins.csv  344 rows, 8 columns",
        "1 error",
        "error    missing.sentinel  body_mass_g",
        "31 (9.0%)",
        "row 4: -999, 17: -999, ...",
        "-999 stands apart from every other value.",
        "-> Declare it.",
        "Rows are counted from 0",
    ):
        assert part in text


def test_nothing_found_is_calm():
    made = {"created": "2026-01-02T03:04:05+00:00", "producer": "datacheck 1.0.0"}
    assert report_text(report() | made) == (
        "penguins.csv  344 rows, 8 columns\n2026-01-02 03:04 UTC, datacheck 1.0.0\nNothing found."
    )


def test_errors_stand_before_warnings_and_the_counts_say_so():
    text = report_text(
        report(
            finding(severity="info", code="missing.null"),
            finding(severity="warning", code="scale.unit_mix"),
            finding(),
            finding(code="missing.nan"),
        )
    )
    assert "2 errors, 1 warning, 1 for information" in text
    places = [text.index(code) for code in ("missing.nan", "scale.unit_mix", "missing.null")]
    assert places == sorted(places)


def test_a_wide_table_loses_no_finding():
    many = [
        finding(column=f"column_{i}", code=f"schema.check_{i}") for i in range(SHOWN_WHOLE + 40)
    ]
    text = report_text(report(*many))
    assert "and 40 more findings:" in text
    assert all(f"column_{i} " in text for i in range(len(many)))


def test_a_hundred_findings_of_one_kind_are_told_once_with_their_cause_first():
    where = {"where": {"texts": ["NA"]}}
    many = [finding(column=f"column_{i}", code="missing.text", evidence=where) for i in range(100)]
    text = report_text(report(*many, finding(code="scale.unit_mix")))
    told = " ".join(text.split())
    assert "stands for no value in 100 columns." in told
    assert told.index("One cause") < told.index("column_0")
    assert "The same of 98 more columns: column_2 (31), column_3 (31)" in told
    assert all(f"column_{i}" in told for i in range(100))
    assert len(text.splitlines()) < 60
    assert "101 errors" in text


def test_rows_without_values_and_values_without_rows():
    text = report_text(report(finding(values=(), count=2), finding(rows=(), values=("a", None))))
    assert "rows 4, 17\n" in text
    assert 'such as "a", null, ...' in text


def test_rows_of_nulls_are_listed_without_saying_null_each_time():
    text = report_text(report(finding(rows=(4, 1700), values=(None, float("nan")), count=2)))
    assert "rows 4, 1700\n" in text
    one = report_text(report(finding(rows=(4,), values=(None,), count=1)))
    assert "row 4\n" in one


def test_an_unknown_number_of_rows_gives_no_percent():
    text = report_text(report(finding(), rows=None))
    assert "penguins.csv  8 columns" in text
    assert "%" not in text


def test_colour_changes_no_letter():
    document = report(finding(), finding(severity="warning"), finding(column="x" * 90))
    plain = report_text(document)
    coloured = report_text(document, colour=True)
    assert "\x1b[" in coloured
    assert ANSI.sub("", coloured) == plain


@given(
    name=st.text(max_size=200),
    column=st.text(max_size=200),
    message=st.text(max_size=300),
    value=st.one_of(st.text(max_size=80), st.integers(), st.floats(), st.none()),
    count=st.integers(0, 10**13),
)
def test_whatever_a_table_holds_the_view_is_80_columns_of_printable_text(
    name, column, message, value, count
):
    hostile = finding(column=column, message=message, values=(value,) * 2, count=count)
    text = report_text(report(hostile, name=name))
    for line in text.split("\n"):
        assert columns_wide(line) <= 80
        assert all(unicodedata.category(mark)[0] != "C" for mark in line)


def test_an_escape_sequence_and_a_line_break_are_written_out():
    text = report_text(report(finding(column="\x1b[2Jred\nname\u202e", values=("\x07", "\r"))))
    assert r"\x1b[2Jred\nname\u202e" in text
    assert r"\x07" in text
    assert r"\r" in text


def test_wide_letters_count_double_and_marks_not_at_all():
    assert columns_wide("温度") == 4
    assert columns_wide("e\u0301") == 1


@given(st.text(alphabet="ab 温", max_size=120), st.integers(6, 30))
def test_wrapping_loses_no_letter(text, width):
    lines = wrapped(text, width, first="> ", rest="  ")
    assert all(columns_wide(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == ">" + text.replace(" ", "")


class Stream:
    def __init__(self, terminal):
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "environment", "wanted"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colour_is_for_terminals_whose_owner_wants_it(monkeypatch, terminal, environment, wanted):
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colour_wanted(Stream(terminal)) is wanted
