"""Findings of one kind in many columns: told once, with what may be behind them all.

A file that writes NA for nothing shows it in each of its hundred columns. A reader needs to know
that once, and which columns; each finding stands in the report's data all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from datacheck.text import plural, shown_name, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Findings of one kind beyond so many are told once, and beyond so many already if they say the
#: same but for their counts; the first of them whole.
MANY, ALIKE, WHOLE = 8, 4, 2
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
    """What the findings of a group have in common, if most of them do."""
    words = Counter(
        text
        for finding in group
        for text in finding.get("evidence", {}).get("where", {}).get("texts", ())
        if finding["code"] == "missing.text"
    )
    for text, count in words.most_common(1):
        if count >= _MOST * len(group):
            return (
                f"One cause may be behind them: {shown_value(text)} stands for no value in "
                f"{plural(count, 'column')}. --null-values reads it so."
            )
    return ""


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
