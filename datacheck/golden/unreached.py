"""Categories and spellings that no golden row holds: what becomes of them is not replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from datacheck.golden.documents import encode
from datacheck.ops import Encode, Fitted, first, spellings_of


class Unreached(NamedTuple):
    """Of a column's `of` categories and spellings, `missed` stand in no golden row."""

    column: str
    missed: int
    of: int


def known_values(fitted: Fitted) -> dict[str, list[Any]]:
    """By column, the categories of its encoding and the other spellings of a value."""
    found = {
        p.column: [*getattr(first(p.ops, Encode), "categories", ()), *spellings_of(p)]
        for p in fitted.programs
        if p.kind != "number"
    }
    return {name: values for name, values in found.items() if values}


def unreached(fitted: Fitted) -> list[Unreached]:
    """The columns with categories or spellings that no golden row of a transform holds."""
    found, golden = [], [dict[str, Any](row) for row in fitted.golden]
    for name, values in known_values(fitted).items():
        cells = [row["row"].get(name) for row in golden if "out" in row]
        missed = sum(encode(value) not in cells for value in values)
        found += [Unreached(name, missed, len(values))] * bool(missed)
    return found


def told(golden: Mapping[str, Any]) -> list[Unreached]:
    """The same of the golden document that an export carries; earlier versions did not say."""
    return [Unreached(name, *counts) for name, counts in golden.get("unreached", {}).items()]
