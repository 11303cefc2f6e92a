"""Missing cells in every disguise: null, NaN, words, and columns that go missing as one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from datacheck.profiling.words import MISSING_WORDS, WORDS_OF_DOUBT, number_in
from datacheck.report.finding import Finding
from datacheck.text import plural, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.severity import Severity

_IMPUTE = "Declare an imputation, such as impute: median; or reject such rows with nullable: false."
#: A column of text is one of numbers with odd words in it from this share of numbers on.
MOSTLY_NUMBERS = 0.5
#: Odd words that may stand for nothing: so few different ones, each so often.
_FEW_WORDS, _OFTEN = 2, 3
#: A column in which this share is distinct is one of names.
_NAMES = 0.5
#: Columns are missing as one from this many rows on.
_TOGETHER = 3


def missing_cells(profile: Profile) -> Iterator[Finding]:
    """``missing.null``, ``missing.nan`` and ``missing.all``, by counting."""
    for column in profile.columns.values():
        grave: Severity = "error" if column.kind == "number" else "warning"
        if column.rows and empty_cells(column) == column.rows:
            yield Finding(
                code="missing.all",
                severity="error",
                column=column.name,
                count=column.rows,
                message="every cell is missing.",
                remedy="Drop the column, or find out why it is empty.",
                evidence={"rows": column.rows},
            )
            continue
        for word, count in (("null", column.null), ("nan", column.nan)):
            if count:
                shown = "null" if word == "null" else "NaN"
                yield Finding(
                    code=f"missing.{word}",
                    severity=grave,
                    column=column.name,
                    count=count,
                    message=f"{count:,} of {plural(column.rows, 'cell')} "
                    f"{'is' if count == 1 else 'are'} {shown}.",
                    remedy=_IMPUTE,
                    evidence={"where": {"is": word}, "share": count / column.rows},
                )


def empty_cells(column: ColumnProfile) -> int:
    """Cells that hold nothing: null, NaN, or a word that stands for no value."""
    words = sum(column.texts.words.values()) if column.texts is not None else 0
    return column.missing + words


def missing_words(profile: Profile) -> Iterator[Finding]:
    """``missing.text``: words for "no value", and odd words that repeat among numbers."""
    for column in profile.columns.values():
        if column.texts is None or empty_cells(column) == column.rows:
            continue
        words = dict(column.texts.words) or _odd_words(column)
        if not words:
            continue
        count = sum(words.values())
        shown = ", ".join(f"{word!r} ({times:,})" for word, times in list(words.items())[:3])
        yield Finding(
            code="missing.text",
            severity=_gravity(column, words),
            column=column.name,
            count=count,
            message=f"{told(count, 'cell', 'holds', 'hold')} a word for a missing value: {shown}.",
            remedy=f"Declare missing_values: {sorted(words)}.",
            evidence={"where": {"texts": sorted(words)}, "share": count / column.rows},
        )


def _odd_words(column: ColumnProfile) -> dict[str, int]:
    """The few words that repeat in a column of numbers."""
    texts = column.texts
    if texts is None or not texts.exact or texts.numeric < MOSTLY_NUMBERS * texts.count:
        return {}
    odd = {text: count for text, count in texts.values.items() if number_in(text) is None}
    if len(odd) <= _FEW_WORDS and all(count >= _OFTEN for count in odd.values()):
        return odd
    return {}


def _gravity(column: ColumnProfile, words: dict[str, int]) -> Severity:
    texts = column.texts
    if texts is not None and texts.numeric >= MOSTLY_NUMBERS * (texts.count - sum(words.values())):
        return "error" if texts.numeric else "warning"
    bare = {word.strip().lower() for word in words}
    if column.distinct > _NAMES * column.rows and all(len(w) > 3 and w.isalpha() for w in bare):  # noqa: PLR2004
        # Among names or titles, a plain word may be one of them.
        return "info"
    return "info" if bare <= WORDS_OF_DOUBT and bare <= MISSING_WORDS else "warning"


def missing_together(profile: Profile) -> Iterator[Finding]:
    """``missing.together``: columns that are missing in the same rows and only there."""
    alike: dict[tuple[int, frozenset[int]], list[str]] = defaultdict(list)
    marks: dict[str, set[int]] = defaultdict(set)
    for mark, (names, _) in profile.gaps.patterns.items():
        for name in names:
            marks[name].add(mark)
    for name, column in profile.columns.items():
        if _TOGETHER <= column.missing < column.rows:
            alike[column.missing, frozenset(marks[name])].append(name)
    for (count, found), columns in alike.items():
        if len(columns) > 1 and found:
            yield Finding(
                code="missing.together",
                severity="info",
                count=count,
                message=f"{', '.join(columns[:5])}{'…' if len(columns) > 5 else ''} "  # noqa: PLR2004
                f"are missing in the same {count:,} rows.",
                remedy="Look for one cause: a join without a partner, a sensor, a page of a form. "
                "Imputing each alone invents rows that never were.",
                evidence={"columns": columns},
            )
