"""What every view says of a report and of its findings, in the same words.

Views link to where the documentation explains a finding's code, and none fetches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from datacheck.severity import SEVERITIES
from datacheck.text import plural, shown_name, visible

Findings = list[dict[str, Any]]

NOTHING = "Nothing found."
COUNTED_FROM = "Rows are counted from 0; a line of headings is not a row."
#: Where the pages are published.
SITE = "https://datacheck-ml.github.io/datacheck/"
#: What a code looks like; a report that someone else wrote may have anything in its place.
_CODE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


def parted(findings: Iterable[dict[str, Any]]) -> tuple[Findings, Findings]:
    """The findings that decide the verdict, and those that are accepted."""
    decisive: Findings = []
    accepted: Findings = []
    for each in findings:
        (decisive if each.get("accepted") is None else accepted).append(each)
    return decisive, accepted


def extent(source: dict[str, Any]) -> str:
    """How many rows and columns a table has; of rows nothing is said where nobody counted them.

    >>> extent({"rows": 1, "columns": 2}), extent({"rows": None, "columns": 2})
    ('1 row, 2 columns', '2 columns')
    """
    rows = [] if source["rows"] is None else [plural(source["rows"], "row")]
    return ", ".join([*rows, plural(source["columns"], "column")])


def when(report: dict[str, Any]) -> str:
    """When a report was made, to the minute."""
    created = str(report.get("created") or "")
    return f"{created[:10]} {created[11:16]} UTC" if created.endswith("+00:00") else created


def made_with(report: dict[str, Any]) -> str:
    """When a report was made, by what, and what the table was held against.

    >>> made_with({"created": "2026-01-02T03:04:05+00:00", "producer": "datacheck", "schema": "S"})
    'schema S; 2026-01-02 03:04 UTC, datacheck'
    """
    against = [
        f"{word} {shown_name(report[word])}" for word in ("schema", "reference") if report.get(word)
    ]
    made = ", ".join(filter(None, (when(report), report.get("producer"))))
    return "; ".join([*against, *([made] if made else [])])


def by_severity(findings: Iterable[dict[str, Any]]) -> dict[str, str]:
    """By severity, the graver first, how many findings there are, in words.

    >>> by_severity([{"severity": "info"}, {"severity": "error"}, {"severity": "error"}])
    {'error': '2 errors', 'info': '1 for information'}
    """
    found = [each["severity"] for each in findings]
    counts = {severity: found.count(severity) for severity in SEVERITIES}
    return {
        severity: f"{count:,} for information" if severity == "info" else plural(count, severity)
        for severity, count in counts.items()
        if count
    }


#: What is looked for in columns of each kind; the reports of a clean table say so.
_LOOKED_FOR = {
    "number": ("of numbers", "missing values, outliers, units, scale, float32"),
    "text": ("of text", "missing values, numbers in text"),
    "boolean": ("of truths", "missing values"),
    "time": ("of times", "missing values"),
    "nested": ("nested", "missing values, outliers, text and float32 inside"),
}


def examined(report: dict[str, Any]) -> str:
    """How many columns were looked at, and for what; empty where only a schema spoke.

    >>> examined({"scope": {"text": 1, "unchecked": 2}})
    'Examined: 1 column of text (missing values, numbers in text). Not examined: 2.'
    """
    scope = report.get("scope")
    if not scope:
        return ""
    told = [
        f"{plural(scope[kind], 'column')} {of} ({what})"
        for kind, (of, what) in _LOOKED_FOR.items()
        if scope.get(kind)
    ]
    left = scope.get("unchecked", 0) + scope.get("ignored", 0)
    said = f"Examined: {', '.join(told)}." if told else "No column was examined."
    return said + (f" Not examined: {left}." if left else "")


def where(finding: dict[str, Any]) -> str:
    """Which column a finding is about."""
    return "the table" if finding["column"] is None else shown_name(finding["column"])


def folded(finding: dict[str, Any]) -> str:
    """An accepted finding in a line, with the reason."""
    where = "" if finding["column"] is None else f" {shown_name(finding['column'])}"
    count = f" ({finding['count']:,})" if finding["count"] else ""
    return f"{finding['code']}{where}{count}: {visible(finding['accepted'])}"


def tells_values(finding: dict[str, Any]) -> bool:
    """Whether each listed row has a value, and not always null or NaN, which the code has said."""
    values = finding["values"]
    return len(values) == len(finding["rows"]) and any(
        value is not None and value != "nan" for value in values
    )


def like(finding: dict[str, Any]) -> str:
    """What stands between a row and its value, where that is the row that it is like.

    >>> like({"code": "row.duplicate"}), like({"code": "missing.text"})
    (' like row', '')
    """
    return " like row" if finding["code"].startswith("row.") else ""


def link(code: str) -> str:
    """Where the documentation explains a code.

    >>> link("missing.null")
    'https://datacheck-ml.github.io/datacheck/codes/missing/#missingnull'
    """
    return f"{SITE}codes/{code.partition('.')[0]}/#{code.replace('.', '')}"


def links(code: str) -> bool:
    """Whether a text looks like a code, so that a view may make a link of it.

    >>> links("missing.null"), links("javascript:alert(1)")
    (True, False)
    """
    return _CODE.fullmatch(code) is not None
