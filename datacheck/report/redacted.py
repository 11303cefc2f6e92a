"""Findings that may be shown to people who may not see the table: no cell of it, in any word.

Codes, columns, counts, row numbers and shares stay. What stands in cells goes: the listed values,
evidence that is made of values or texts, and every number and quoted word of the sentences that is
no count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from datacheck.report.finding import Finding

#: Evidence of a column that is called by a category: the column that holds it.
CATEGORY_OF = "category_of"

#: Evidence that counts or compares, and holds no cell; words that are datacheck's own.
NUMBERS = frozenset(
    ("share", "p", "rows", "factor", "offset", "reference", "data", "gap", "superiority", "moved")
) | {"share_in_reference", "distinct_in_reference", "donors", "counts_kept", "estimated"}
WORDS = frozenset(("scaler", "conversion", "dtype", "fallback", CATEGORY_OF))

#: Evidence in datacheck's own words, which a sentence may say: "null" is no text of a cell.
OWN = WORDS | {"is", "equal", "reason", "written", "by", "kind", "of"}

HIDDEN = "[hidden]"

#: What a sentence quotes, and the numbers in it.
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`""")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?%?", re.IGNORECASE)
#: A text of a cell that is shorter may be a part of any word.
_SHORT = 3


#: What a profile in brief says of a column without saying any cell.
_FACTS = ("name", "dtype", "kind", "rows", "null", "nan", "distinct", "exact", "numbers")


def without_cells(pictures: dict[str, Any]) -> dict[str, Any]:
    """Pictures without any cell of the table: where cells are missing, and how many."""
    gone = {"findings": [None] * len(pictures["findings"]), "sample": None, "after": None}
    return columns_without_cells(pictures) | gone


def columns_without_cells(summary: dict[str, Any]) -> dict[str, Any]:
    """A profile in brief without any cell of its table: types and counts."""
    unsaid: dict[str, Any] = {"quantiles": None, "most_frequent": [], "texts": None, "shape": None}
    columns = [{key: each[key] for key in _FACTS} | unsaid for each in summary["columns"]]
    return summary | {"columns": columns}


def redacted(finding: Finding, source: Mapping[str, Any]) -> Finding:
    """The finding without any cell of its table, whose ``rows`` and ``columns`` may be said."""
    column = finding.column
    if (origin := finding.evidence.get(CATEGORY_OF)) is not None:
        column = without_category(origin)
    evidence = {key: value for key, value in finding.evidence.items() if _is_kept(key, value)}
    counts = (finding.count, source["rows"], source["columns"], *evidence.values())
    kept = {str(each) for each in counts if each is not None}
    texts = sorted(set(_texts([finding.values, finding.evidence])) - {column}, key=len)

    def sentence(words: str) -> str:
        for text in reversed(texts):
            if len(text) >= _SHORT:
                words = words.replace(text, HIDDEN)
        names = (column, HIDDEN)
        words = _QUOTED.sub(lambda m: m[0] if m[0][1:-1] in names else HIDDEN, words)
        return _NUMBER.sub(lambda m: m[0] if _is_count(m[0], kept) else HIDDEN, words)

    return replace(
        finding,
        column=column,
        values=(),
        evidence=evidence,
        message=sentence(finding.message),
        remedy=sentence(finding.remedy),
        fix=None,
    )


def called_by_category(findings: Iterable[Finding], origins: Mapping[str, str]) -> list[Finding]:
    """The findings; those about a column that is called by a category say of which column."""
    said = [(each, origins.get(each.column or "")) for each in findings]
    return [
        each if of is None else replace(each, evidence=each.evidence | {CATEGORY_OF: of})
        for each, of in said
    ]


def without_category(column: str) -> str:
    """What an encoded column of this one is called where its category may not be said."""
    return f"{column}_{HIDDEN}"


def _is_kept(key: str, value: Any) -> bool:
    return key in WORDS or (key in NUMBERS and isinstance(value, bool | int | float))


def _is_count(number: str, kept: set[str]) -> bool:
    return number.endswith("%") or number.replace(",", "") in kept


def _texts(value: Any) -> Iterator[str]:
    """Every text that stands in a value or in evidence."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in OWN:
                yield from _texts(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _texts(each)
