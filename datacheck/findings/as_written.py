"""Numbers as a column's cells write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datacheck.numerals import read_text
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.texts import numbers_of


def as_written(column: ColumnProfile, value: float) -> list[Any]:
    """A number as a column's cells write it: by its texts where it is spelled as people do."""
    whole = int(value) if value == int(value) else value
    texts = column.texts if column.kind == "text" else None
    if texts is None:
        return [whole]
    alike = [text for text, number in numbers_of(texts).items() if number == value]
    return sorted(alike) if _spelled(alike) else [whole]


def is_spelled(column: ColumnProfile) -> bool:
    """Whether numbers stand in text as people write them: to be read before they are reckoned."""
    texts = column.texts if column.kind == "text" else None
    return texts is not None and _spelled(numbers_of(texts))


def _spelled(texts: Iterable[str]) -> bool:
    return any(read_text(text, None) is None for text in texts)
