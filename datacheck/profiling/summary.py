"""A column in brief, as the views draw it: facts and a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.numeric.numbers import COUNTS
from datacheck.profiling.document import facts_of
from datacheck.profiling.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from datacheck.profiling.column import ColumnProfile
    from datacheck.profiling.texts import Texts


def column_summary(
    column: ColumnProfile, apart: Collection[float] = (), reference: ColumnProfile | None = None
) -> dict[str, Any]:
    """One column: what `facts_of` has of it, what the views' flags need, and its shape."""
    numbers, texts = column.numbers, column.texts
    same = reference is not None and reference.kind == column.kind
    return facts_of(column) | {
        "numbers": None if numbers is None else {n: getattr(numbers, n) for n in COUNTS},
        "texts": None if texts is None else _texts(texts),
        "shape": shape_of(column, apart=apart, reference=reference if same else None),
    }


def _texts(texts: Texts) -> dict[str, Any]:
    return {"count": texts.count, "numeric": texts.numeric, "words": dict(texts.words)}
