"""Texts that a column did not have before: a model that knows its categories knows not these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.findings.roles import NAMES_OF_THINGS
from datacheck.findings.variants import skeleton
from datacheck.ops import CATEGORIES, REPEATED
from datacheck.report import fixes
from datacheck.report.finding import LISTED, Finding
from datacheck.text import agree, briefly, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datacheck.profiling.column import ColumnProfile

#: New categories that the message names.
_NAMED = 3


def known_categories(column: ColumnProfile) -> dict[str, int] | None:
    """The categories of a column of text; None where its texts are names, or too many to keep."""
    texts = column.texts
    if texts is None or not texts.exact or column.role in NAMES_OF_THINGS:
        return None
    known = {text: count for text, count in texts.values.items() if text not in texts.words}
    often = sum(known.values()) >= REPEATED * len(known)
    return known if 0 < len(known) <= CATEGORIES and often else None


def new_categories(
    known: Mapping[str, int], column: ColumnProfile, missing: Sequence[str] = ()
) -> Finding | None:
    """``drift.category_new``: texts of a column that are none of the reference's known categories.

    Words that stand for no value, and texts declared `missing`, are no categories. Of a column with
    more texts than a profile keeps, the finding counts those that were kept, until it is located.
    """
    texts = column.texts
    if texts is None:
        return None
    fresh = {
        text: count
        for text, count in texts.values.items()
        if text not in known and text not in texts.words and text not in missing
    }
    if not fresh:
        return None
    listed = sorted(fresh, key=lambda text: (-fresh[text], text))[:LISTED]
    count = sum(fresh.values())
    shown = ", ".join(briefly(text, 60) for text in listed[:_NAMED])
    more = ", ..." if len(fresh) > _NAMED else ""
    spelled = _spelled_otherwise(known, fresh)
    again = sum(map(len, spelled.values()))
    fix = fixes.map_spellings(column.name, spelled) if again == len(fresh) else None
    otherwise = f" ({again:,} of them known but for the spelling)" if spelled else ""
    return Finding(
        code="drift.category_new",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'holds', 'hold')} a text that is none of the "
        f"{plural(len(known), 'text')} of the reference{otherwise}: {shown}{more}.",
        remedy=fix.sentence
        if fix
        else "See whether they are misspelt; if they are right, fit again with them.",
        fix=fix,
        evidence={
            "categories": {text: fresh[text] for text in listed},
            "where": {"other_texts": sorted({*known, *missing})},
            **({} if texts.exact else {"estimated": True}),
        },
    )


def _spelled_otherwise(known: Mapping[str, int], fresh: Mapping[str, int]) -> dict[str, list[str]]:
    """By a known category, the new texts that are it but for what people do not see."""
    meant = {skeleton(text): text for text in known}
    found: dict[str, list[str]] = {}
    for text in fresh:
        if (usual := meant.get(skeleton(text))) is not None:
            found.setdefault(usual, []).append(text)
    return found
