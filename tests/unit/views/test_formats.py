"""Reports for other programs: JUnit XML, annotations of GitHub, Markdown."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.report import Finding, Report
from datacheck.views.ci import markdown, reports_github, reports_junit, reports_markdown

LINK = "https://datacheck-ml.github.io/datacheck/codes/missing/#missingnull"


def finding(**changes):
    given = {
        "code": "missing.null",
        "severity": "error",
        "column": "mass",
        "count": 2,
        "rows": (4, 17),
        "values": (None, None),
        "message": "2 cells hold nothing.",
        "remedy": "Fill them.",
    }
    return Finding(**(given | changes))


def report(*findings, name="x.csv"):
    return Report(findings, name=name, rows=344, columns=8).to_dict()


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - our own


def cases(text):
    return list(parsed(text).iter("testcase"))


@pytest.mark.parametrize(
    ("fail_on", "failed"), [("error", ["error"]), ("warning", ["error", "warning"]), ("never", [])]
)
def test_a_finding_is_a_test_and_fails_as_the_job_does(fail_on, failed):
    every = [finding(severity=grave) for grave in ("error", "warning", "info")]
    made = reports_junit([report(*every, finding(accepted="known"))], fail_on=fail_on)
    found = [
        case.find("failure").get("type") for case in cases(made) if case.find("failure") is not None
    ]
    assert found == failed
    (suite,) = parsed(made)
    assert (suite.get("tests"), suite.get("failures")) == ("4", str(len(failed)))
    assert [case.find("skipped").get("message") for case in cases(made)[-1:]] == ["known"]
    assert "rows, counted from 0: 4, 17" in made


def test_a_table_without_findings_is_a_test_that_passed():
    (case,) = cases(reports_junit([report()]))
    assert (case.get("classname"), case.get("name"), len(case)) == ("x.csv", "nothing found", 0)


def test_several_tables_are_suites_and_sections():
    both = [report(finding(), name="a.csv"), report(name="b.csv")]
    assert [suite.get("name") for suite in parsed(reports_junit(both))] == ["a.csv", "b.csv"]
    assert re.findall("^### (.+)$", reports_markdown(both), re.MULTILINE) == ["a.csv", "b.csv"]


def test_annotations_say_what_where_and_what_to_do():
    assert reports_github([report(finding())]) == (
        "::error title=x.csv%3A missing.null mass%2C 2 (0.6%25)::2 cells hold nothing.%0AFill them."
    )
    assert reports_github([report()]) == "::notice title=x.csv::Nothing found."


def test_a_hundred_findings_of_one_kind_are_one_annotation():
    many = [finding(column=f"c{i}") for i in range(100)]
    (line,) = reports_github([report(*many)]).splitlines()
    assert "mass" not in line
    assert "c0 and 99 more columns" in line
    assert all(f"c{i}" in line for i in range(100))


def test_markdown_is_a_table_with_a_verdict():
    text = reports_markdown([report(finding(), finding(accepted="known"))])
    assert "**1 error**" in text
    assert (
        f"| error | mass | [missing.null]({LINK}) | 2 (0.6%) | 2 cells hold nothing. | Fill them. |"
        in text
    )
    assert "Accepted, and so not decisive: 1 finding.\n\n- missing.null mass (2): known" in text
    *_, folded = reports_github([report(finding(), finding(accepted="known"))]).splitlines()
    assert folded.startswith("::notice")
    assert folded.endswith("missing.null mass (2): known")
    assert "Nothing found." in reports_markdown([report()])


words = st.text(max_size=40)


@given(name=words, column=words, message=words, reason=words)
def test_whatever_a_table_holds_stays_text(name, column, message, reason):
    odd = [finding(column=column, message=message), finding(column=column, accepted=reason)]
    made = [report(*odd, name=name)]
    assert len(cases(reports_junit(made))) == 2
    told, folded = reports_github(made).split("\n")
    for line, level in ((told, "error"), (folded, "notice")):
        head, _ = line.removeprefix(f"::{level} title=").split("::", 1)
        assert not {":", ",", "\r", "\n"} & set(head)
    rows = [line for line in reports_markdown(made).split("\n") if line.startswith("| error")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", rows[0]))) == 7
    assert "<" not in re.sub(r"\\<", "", markdown(message))
