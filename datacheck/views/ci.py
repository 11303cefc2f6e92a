"""Reports for who runs a job: GitHub's annotations and its page in Markdown, and JUnit XML.

GitHub shows ten annotations of each kind a step, so findings of one kind are one of them. In JUnit
XML a table is a suite, and a finding a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from datacheck.severity import SEVERITIES
from datacheck.text import amount, plural, shown_name, visible
from datacheck.views.kinds import by_kind
from datacheck.views.words import (
    COUNTED_FROM,
    NOTHING,
    by_severity,
    examined,
    extent,
    folded,
    link,
    links,
    made_with,
    parted,
    where,
)

_KINDS = {"error": "error", "warning": "warning", "info": "notice"}
#: Marks by which Markdown or HTML would read text as anything but text.
_MARKS = "\\`*_[]<>|~#&"

_HEAD = (
    "| | Column | Finding | Count | What was seen | What to do |",
    "|---|---|---|---:|---|---|",
)


def reports_github(reports: list[dict[str, Any]]) -> str:
    """Write the documents of ``Report.to_dict()`` as workflow commands, one a kind of finding."""
    return "\n".join(line for report in reports for line in _annotations(report))


def reports_markdown(reports: list[dict[str, Any]]) -> str:
    """Write the documents of ``Report.to_dict()`` as Markdown: a heading and a table for each."""
    return "\n\n".join(_section(report) for report in reports)


def _annotations(report: dict[str, Any]) -> list[str]:
    name = shown_name(report["source"]["name"])
    decisive, accepted = parted(report["findings"])
    rows = report["source"]["rows"]
    lines = [_annotation(group, name, rows) for group in by_kind(decisive)]
    lines = lines or [f"::notice title={_property(name)}::{NOTHING}"]
    if accepted:
        title = _property(f"{name}: {plural(len(accepted), 'finding')} accepted, not decisive")
        lines.append(f"::notice title={title}::{_escaped(chr(10).join(map(folded, accepted)))}")
    return lines


def _annotation(group: list[dict[str, Any]], name: str, rows: int | None) -> str:
    first = group[0]
    where = "" if first["column"] is None else f" {shown_name(first['column'])}"
    told = [first["message"], first["remedy"]]
    if len(group) > 1:
        where += f" and {plural(len(group) - 1, 'more column')}"
        told.append("Columns: " + ", ".join(shown_name(each["column"]) for each in group))
    count = amount(first, rows)
    title = f"{name}: {first['code']}{where}" + (f", {count}" if count and not group[1:] else "")
    words = "\n".join(visible(line) for line in told if line)
    return f"::{_KINDS[first['severity']]} title={_property(title)}::{_escaped(words)}"


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _escaped(visible(words)).replace(":", "%3A").replace(",", "%2C")


def _section(report: dict[str, Any]) -> str:
    source, (decisive, accepted) = report["source"], parted(report["findings"])
    parts = [
        f"### {markdown(shown_name(source['name']))}",
        " · ".join(filter(None, [extent(source), markdown(made_with(report))])),
        f"**{', '.join(by_severity(decisive).values()) or NOTHING}**",
    ]
    if not decisive and (looked := examined(report)):
        parts.append(markdown(looked))
    if decisive:
        parts.append("\n".join([*_HEAD, *(_line(each, source["rows"]) for each in decisive)]))
    if accepted:
        parts.append(f"Accepted, and so not decisive: {plural(len(accepted), 'finding')}.")
        parts.append("\n".join(f"- {markdown(folded(each))}" for each in accepted))
    if any(each["rows"] for each in decisive):
        parts.append(COUNTED_FROM)
    return "\n\n".join(parts)


def _line(finding: dict[str, Any], rows: int | None) -> str:
    cells = [
        finding["severity"],
        markdown(where(finding)),
        _linked(finding["code"]),
        amount(finding, rows),
        markdown(finding["message"]),
        markdown(finding["remedy"]),
    ]
    return f"| {' | '.join(cells)} |"


def _linked(code: str) -> str:
    """A code, linked to where it is explained."""
    return f"[{markdown(code)}]({link(code)})" if links(code) else markdown(code)


def markdown(words: object) -> str:
    r"""Text that Markdown shows as it is.

    >>> markdown("a|b <i>_c_</i>")
    'a\\|b \\<i\\>\\_c\\_\\</i\\>'
    """
    return "".join(f"\\{mark}" if mark in _MARKS else mark for mark in visible(words))


def reports_junit(reports: list[dict[str, Any]], *, fail_on: str | Sequence[str] = "error") -> str:
    """Write reports as JUnit: findings from `fail_on` on fail, others pass, or are skipped."""
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
