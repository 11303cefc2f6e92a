"""Findings of one kind in many columns: told once, with what may be behind them all.

A file that writes NA for nothing shows it in each of its hundred columns. A reader needs to know
that once, and which columns; each finding stands in the report's data all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from datacheck.text import figure, plural, shown_name, shown_value

#: Findings of one kind beyond so many are told once, and beyond so many already if they say the
#: same but for their counts; the first of them whole.
MANY, ALIKE, WHOLE = 8, 4, 2
#: What is told of a group's rows: so many of the first.
_ROWS = 5
#: Evidence that many findings may share, and what it is called.
_SHARED = {"factor": "factor", "scaler": "scaling", "value": "value", "dtype": "type"}
_NOTHING = ("word", "value")
#: What this share of them has in common may be their cause.
_MOST = 0.8


def by_kind(findings: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The findings, those of one kind and severity together where they are many; in their order.

    >>> many = [{"severity": "info", "code": "missing.text", "column": str(i)} for i in range(20)]
    >>> [len(group) for group in by_kind([many[0] | {"code": "type.mixed"}, *many])]
    [1, 20]
    """
    findings = list(findings)
    keys = [_kind(finding) for finding in findings]
    same = [(*key, *_said(finding)) for key, finding in zip(keys, findings, strict=True)]
    counted = Counter([*keys, *same])
    groups: dict[Any, list[dict[str, Any]]] = {}
    for place, (finding, kind, alike) in enumerate(zip(findings, keys, same, strict=True)):
        key: Any = place
        if finding["column"] is not None:
            key = kind if counted[kind] > MANY else alike if counted[alike] > ALIKE else place
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def cause(group: list[dict[str, Any]]) -> str:
    """What the findings of a group have in common, if most of them do.

    >>> one = {"code": "drift.unit_change", "message": "1,000 times.", "evidence": {"factor": 1e3}}
    >>> cause([one] * 9)
    'One cause may be behind them: the same factor (1000) in 9 columns.'
    """
    told = Counter(
        (word, text) for finding in group for word, texts in _traits(finding) for text in texts
    )
    for (word, text), count in told.most_common(1):
        if count >= _MOST * len(group):
            many = plural(count, "column")
            if group[0]["code"].startswith("missing.") and word in _NOTHING:
                return (
                    f"One cause may be behind them: {text} stands for no value in {many}. "
                    "--null-values reads it so."
                )
            return f"One cause may be behind them: the same {word} ({text}) in {many}."
    return ""


def _traits(finding: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """What a finding may have in common with others, the most telling first."""
    evidence = finding.get("evidence", {})
    if finding["code"] == "missing.text":
        texts = evidence.get("where", {}).get("texts", ())
        yield "word", [shown_value(text) for text in texts]
        return
    for key, word in _SHARED.items():
        if evidence.get(key) is not None:
            value = evidence[key]
            yield word, [figure(value) if isinstance(value, float) else shown_value(value)]
            return
    if rows := finding.get("rows"):
        first = ", ".join(map(str, rows[:_ROWS])) + ", ..." * (len(rows) > _ROWS)
        yield "rows", [f"{first}; {finding['count']:,} of them"]


def kinds_of(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The kinds that many columns show, as data: which columns, and what may be behind them."""
    return [
        {
            "severity": group[0]["severity"],
            "code": group[0]["code"],
            "columns": [finding["column"] for finding in group],
            "cause": cause(group) or None,
        }
        for group in by_kind(findings)
        if len(group) > 1
    ]


def others(group: list[dict[str, Any]]) -> str:
    """The columns of a group that are not told whole, each with its count."""
    rest = group[WHOLE:]
    told = (
        shown_name(finding["column"]) + (f" ({finding['count']:,})" if finding["count"] else "")
        for finding in rest
    )
    return f"The same of {plural(len(rest), 'more column')}: {', '.join(told)}."


def _said(finding: dict[str, Any]) -> tuple[str, str]:
    """What a finding says and advises, but for how many cells it counts.

    >>> _said({"message": "2 cells are declared missing (NA).", "remedy": "Fill them."})
    ('declared missing (NA).', 'Fill them.')
    """
    said = (finding.get(word) or "" for word in ("message", "remedy"))
    message, remedy = (_COUNTS.sub("", words) for words in said)
    return message, remedy


#: A count with its noun and verb at the front, and one in brackets.
_COUNTS = re.compile(r"^[\d,]+ \w+ \w+ | \([\d,]+\)")


def _kind(finding: dict[str, Any]) -> tuple[str, str]:
    return finding["severity"], finding["code"]
