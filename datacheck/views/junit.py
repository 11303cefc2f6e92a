"""Reports as JUnit XML: a suite a table, a test a finding, for whoever shows test results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from datacheck.severity import SEVERITIES
from datacheck.text import amount, shown_name, visible


def reports_junit(reports: list[dict[str, Any]], *, fail_on: str | Sequence[str] = "error") -> str:
    """Write the documents of ``Report.to_dict()``, one a table, as one JUnit document.

    A finding is a failed test from the severity of `fail_on` on (``error``, ``warning`` or
    ``never``; one, or one a table); another is a passed one that says what was seen, and an
    accepted one is skipped with its reason.
    """
    each = [fail_on] * len(reports) if isinstance(fail_on, str) else fail_on
    suites = map(_suite, reports, each)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n' + "".join(suites) + "</testsuites>"
    )


def is_decisive(finding: dict[str, Any], fail_on: str) -> bool:
    """Whether a finding fails a job that fails from this severity on."""
    if finding.get("accepted") is not None or fail_on == "never":
        return False
    return SEVERITIES.index(finding["severity"]) <= SEVERITIES.index(fail_on)


def _suite(report: dict[str, Any], fail_on: str) -> str:
    name = shown_name(report["source"]["name"])
    findings = report["findings"]
    failed = sum(is_decisive(each, fail_on) for each in findings)
    skipped = sum(each.get("accepted") is not None for each in findings)
    rows = report["source"]["rows"]
    cases = [_case(each, name, rows, fail_on) for each in findings]
    cases = cases or [f'    <testcase classname={_quoted(name)} name="nothing found"/>\n']
    stamp = f" timestamp={_quoted(report['created'])}" if report.get("created") else ""
    head = (
        f'  <testsuite name={_quoted(name)} tests="{len(cases)}" failures="{failed}" errors="0" '
        f'skipped="{skipped}"{stamp}>\n'
    )
    return head + "".join(cases) + "  </testsuite>\n"


def _case(finding: dict[str, Any], table: str, rows: int | None, fail_on: str) -> str:
    column = "" if finding["column"] is None else f" of {shown_name(finding['column'])}"
    head = f"    <testcase classname={_quoted(table)} name={_quoted(finding['code'] + column)}>"
    count = amount(finding, rows)
    told = [f"{finding['severity']}: {finding['message']}", f"count: {count}" if count else ""]
    if finding["rows"]:
        told.append("rows, counted from 0: " + ", ".join(map(str, finding["rows"])))
    told.append(f"to do: {finding['remedy']}" if finding["remedy"] else "")
    body = escape("\n".join(visible(line) for line in told if line))
    if finding.get("accepted") is not None:
        inner = f"<skipped message={_quoted(finding['accepted'])}/>"
    elif is_decisive(finding, fail_on):
        kind = _quoted(finding["severity"])
        inner = f"<failure type={kind} message={_quoted(finding['message'])}>{body}</failure>"
    else:
        inner = f"<system-out>{body}</system-out>"
    return f"{head}{inner}</testcase>\n"


def _quoted(words: object) -> str:
    return quoteattr(visible(words))
