"""Cells of the wrong type: numbers written as text, and text among numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.profiling.words import number_in
from datacheck.report.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.model import ColumnProfile, Profile

#: From this share of numbers on, a column of text is one of numbers.
NUMBERS = 0.9
#: Below this share of numbers, texts that look like numbers are only texts.
FEW = 0.05


def numbers_as_text(profile: Profile) -> Iterator[Finding]:
    """``type.numeric_text`` and ``type.mixed``, by the share of texts written as numbers."""
    for column in profile.columns.values():
        texts = column.texts
        if texts is None or not texts.numeric:
            continue
        said = texts.count - sum(texts.words.values())
        share = texts.numeric / said
        if share >= NUMBERS and not _codes(column):
            yield _numeric_text(column, texts.numeric, share)
        if FEW <= share < 1.0:
            yield _mixed(column, texts.numeric, said)


def holds_numbers(column: ColumnProfile) -> bool:
    """Whether the cells are quantities: numbers, or texts that are all but a few written as such.

    A table of text reads so where one word ("NA") stands among its numbers.
    """
    if column.numbers is None or column.kind not in ("number", "text"):
        return False
    texts = column.texts
    if column.kind == "number" or texts is None:
        return column.kind == "number"
    said = texts.count - sum(texts.words.values())
    return texts.numeric > 0 and texts.numeric >= NUMBERS * said and not _codes(column)


def _codes(column: ColumnProfile) -> bool:
    """Whether the numbers are codes: of one length, and some begin with a zero."""
    texts = column.texts
    if texts is None or texts.shortest != texts.longest or texts.longest < 2:  # noqa: PLR2004
        return False
    return any(text[0] == "0" and text.isdigit() for text in texts.values)


def _numeric_text(column: ColumnProfile, count: int, share: float) -> Finding:
    kept = list(column.texts.values) if column.texts is not None else []
    written = [found[1] for found in map(number_in, kept) if found is not None]
    ways = sorted(set(written), key=lambda way: (-written.count(way), way))
    return Finding(
        code="type.numeric_text",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{share:.0%} of the texts are numbers ({', '.join(ways) or 'plain'}).",
        remedy="Declare a numeric dtype with coerce: true, and the odd words in missing_values.",
        evidence={"where": {"is": "number as text"}, "share": share, "written": ways},
    )


def _mixed(column: ColumnProfile, numeric: int, said: int) -> Finding:
    fewer = "text that is no number" if numeric * 2 >= said else "number as text"
    count = said - numeric if numeric * 2 >= said else numeric
    texts = column.texts.values if column.texts is not None else {}
    others = [text for text in texts if number_in(text) is None]
    coded = sum(any(letter.isdigit() for letter in text) for text in others)
    return Finding(
        code="type.mixed",
        # Digits in the others too: postcodes, names of lines, fractions. Texts of one kind.
        severity="info" if coded * 2 > len(others) else "warning",
        column=column.name,
        count=count,
        message=f"{numeric:,} of {said:,} texts are numbers and the others are not.",
        remedy="Split the column in two, or declare the odd words in missing_values.",
        evidence={"where": {"is": fewer}, "share": numeric / said},
    )
