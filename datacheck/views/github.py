"""Reports as annotations of a GitHub job, and as Markdown for the job's page.

GitHub shows ten annotations of each kind a step, so findings of one kind are one of them.
"""

from __future__ import annotations

from typing import Any

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
