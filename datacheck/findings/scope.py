"""What was looked at: a verdict without findings says of which columns it is one."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding

_Held = dict[Any, Any] | list[Any] | set[Any]

#: So many texts are decoded to see whether they write a structure, none of them longer than this.
FIRST, LONGEST = 8, 100_000
#: Points, lines and areas as databases of maps write them, arrays as numpy prints them, bytes.
_SHAPES = {
    "WKT": re.compile(
        r"\s*(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION) ?[ZM]{0,2} ?"
        r"(?:\(.*\)|EMPTY)\s*",
        re.IGNORECASE | re.DOTALL,
    ),
    "prints": re.compile(r"\[[\s\[]*[-+.\deE]+(?:[\s\[\]]+(?:[-+.\deE]+|nan|inf))+[\s\]]*\]"),
    "bytes": re.compile(r"b(?:'.*'|\".*\")", re.DOTALL),
}
#: What Python prints of numpy's numbers and of NaN, and does not read.
_PRINTED = re.compile(r"np\.\w+\(([^()]*)\)")
_NOT_READ = re.compile(r"\b(?:nan|inf)\b")
_BY_PATH = "what lies inside is then examined by its path"
_DECODE = {
    "JSON": f"Decode them (polars' str.json_decode, json.loads): {_BY_PATH}",
    "Python": f"Decode them (ast.literal_eval): {_BY_PATH}",
    "prints": "Write them as JSON (array.tolist()): numpy prints long arrays in part, and nothing "
    "reads them",
    "bytes": "Decode them where they are written (.decode())",
    "WKT": "Write the coordinates, lengths or areas that matter into columns of numbers",
}


def scope_of(profile: Profile, roles: Mapping[str, str]) -> dict[str, int]:
    """How many columns were looked at, by what their cells are to a model, and how many not."""
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
    """How texts write objects, lists or shapes: JSON, Python or WKT; empty where they do not."""
    if column.kind != "text" or column.texts is None:
        return ""
    texts = [text for text in column.texts.values if text not in column.texts.words]
    first = [text.strip() for text in texts[:FIRST]]
    for written, shape in _SHAPES.items():
        if first and all(map(shape.fullmatch, first)):
            return written
    if not first or not all(text[:1] + text[-1:] in ("{}", "[]") for text in first):
        return ""
    for written, decode in _READERS.items():
        found = [_decoded(text, decode) for text in first]
        # One thing in brackets is a name: R calls the rows of a matrix [1,].
        told = [each for each in found if each is not None]
        if len(told) == len(first) and any(isinstance(e, dict) or len(e) != 1 for e in told):
            return written
    return ""


def _printed(text: str) -> object:
    return ast.literal_eval(_NOT_READ.sub("None", _PRINTED.sub(r"\1", text)))


_READERS: dict[str, Callable[[str], object]] = {
    "JSON": json.loads,
    "Python": ast.literal_eval,
    "prints": _printed,
}


def _decoded(text: str, decode: Callable[[str], object]) -> _Held | None:
    """The object or the list that a text writes; None where it is neither."""
    try:
        found = decode(text) if len(text) <= LONGEST else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict | list | set) else None


def _undecoded(column: ColumnProfile, written: str) -> Finding:
    what = {"WKT": "shapes", "bytes": "bytes"}.get(written, "objects or lists")
    by = "Python prints them" if written in ("prints", "bytes") else written
    return Finding(
        code="scope.unchecked",
        severity="info",
        column=column.name,
        count=column.rows - column.null,
        message=f"The texts are {what}, written as {by}: what is inside is not examined.",
        remedy=f"{_DECODE[written]}. Or declare role: ignore.",
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
