"""What was looked at: a verdict without findings says of which columns it is one."""

from __future__ import annotations

import ast
import json
from collections import Counter
from typing import TYPE_CHECKING

from datacheck.report.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from datacheck.profiling.column import ColumnProfile
    from datacheck.profiling.model import Profile

#: So many texts are decoded to see whether they write a structure, none of them longer than this.
FIRST, LONGEST = 8, 100_000


def scope_of(profile: Profile, roles: Mapping[str, str]) -> dict[str, int]:
    """How many columns were looked at, by what their cells are to a model.

    Columns that are ignored, and those that no detector looks into, are counted apart.
    """
    ignored = [name for name in profile.columns if roles.get(name) == "ignore"]
    kinds = Counter(
        "nested" if looked_inside(c) else c.kind
        for name, c in profile.columns.items()
        if name not in ignored
    )
    unchecked = kinds.pop("other", 0)
    counted: dict[str, int] = {str(kind): count for kind, count in kinds.items()}
    return {**counted, "ignored": len(ignored), "unchecked": unchecked}


def looked_inside(column: ColumnProfile) -> bool:
    """Whether a nested column has something inside that detectors look at."""
    return any(each.kind != "other" for each in column.inner)


def unchecked(profile: Profile) -> Iterator[Finding]:
    """``scope.unchecked``: a column, or a part of one, of which only missing cells were counted."""
    for whole in profile.columns.values():
        for column in whole.inner if looked_inside(whole) else (whole,):
            if column.kind == "other" and column.null < column.rows:
                yield _unchecked(column)
            elif written := structure_in(column):
                yield _undecoded(column, written)


def structure_in(column: ColumnProfile) -> str:
    """How texts write objects or lists, as JSON or as Python does; empty where they do not."""
    if column.kind != "text" or column.texts is None:
        return ""
    texts = [text for text in column.texts.values if text not in column.texts.words]
    first = [text.strip() for text in texts[:FIRST]]
    if not first or not all(text[:1] + text[-1:] in ("{}", "[]") for text in first):
        return ""
    for written, decode in (("JSON", json.loads), ("Python", ast.literal_eval)):
        lengths = [_length(text, decode) for text in first]
        # One thing in brackets is a name: R calls the rows of a matrix [1,].
        if None not in lengths and lengths != [1] * len(lengths):
            return written
    return ""


def _length(text: str, decode: Callable[[str], object]) -> int | None:
    """How much an object or a list holds; None where a text is neither."""
    try:
        found = decode(text) if len(text) <= LONGEST else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return len(found) if isinstance(found, dict | list) else None


def _undecoded(column: ColumnProfile, written: str) -> Finding:
    how = "polars' str.json_decode, json.loads" if written == "JSON" else "ast.literal_eval"
    return Finding(
        code="scope.unchecked",
        severity="info",
        column=column.name,
        count=column.rows - column.null,
        message=f"The texts are objects or lists, written as {written}: what is inside is not "
        "examined.",
        remedy=f"Decode them ({how}): what lies inside is then examined by its path. Or declare "
        "role: ignore.",
        evidence={"dtype": column.dtype, "written": written},
    )


def _unchecked(column: ColumnProfile) -> Finding:
    return Finding(
        code="scope.unchecked",
        severity="info",
        column=column.name,
        count=column.rows - column.null,
        message=f"Values of {column.dtype} are not examined: only the missing cells were counted.",
        remedy="Decode it into columns of numbers or texts to have them judged, or declare role: "
        "ignore.",
        evidence={"dtype": column.dtype},
    )
