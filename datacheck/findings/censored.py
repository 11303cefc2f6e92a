"""Numbers that are written otherwise than in digits alone: a limit (``<0.5``), or a word (``two``).

Neither stands for nothing. Of a value below a limit of detection the limit is known, and filling it
with the column's middle would invent a high one; a word is a number as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from datacheck.findings.nothing import MOSTLY_NUMBERS, nothing_words
from datacheck.findings.roles import texts_in
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.texts import Texts, numbers_of, worded
from datacheck.profiling.words import NUMBER_WORDS
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.spelling import number_in
from datacheck.text import agree, some

#: What stands before a limit, or behind it, and on which side of it the value lies.
_BEFORE = dict.fromkeys(
    ("<=", "≤", "<", "below ", "under ", "less than ", "up to ", "at most "), "below"
) | dict.fromkeys((">=", "≥", ">", "above ", "over ", "more than ", "at least "), "above")
_BEHIND = {"+": "above"} | {
    f" {joint} {word}": side
    for joint in ("or", "and")
    for word, side in {
        **dict.fromkeys(("more", "over", "above", "older"), "above"),
        **dict.fromkeys(("less", "under", "below", "younger"), "below"),
    }.items()
}
_ALL_BEFORE, _ALL_BEHIND = tuple(_BEFORE), tuple(_BEHIND)
#: Limits that the message names.
_NAMED = 3
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)([.,]\d+)?([eE][+-]?\d+)?")


def limit_in(text: str) -> tuple[str, float] | None:
    """On which side of which limit a value lies; None where the text says no such thing.

    >>> limit_in("<0.5"), limit_in("90+"), limit_in(" less than 1,000 "), limit_in("65 and over")
    (('below', 0.5), ('above', 90.0), ('below', 1000.0), ('above', 65.0))
    >>> limit_in("0.5"), limit_in("< low"), limit_in("C+")
    (None, None, None)
    """
    said = text.strip().lower()
    if not (said.startswith(_ALL_BEFORE) or said.endswith(_ALL_BEHIND)):
        return None
    for mark, side in _BEFORE.items():
        if said.startswith(mark):
            return _limit(side, said[len(mark) :])
    for mark, side in _BEHIND.items():
        if said.endswith(mark):
            return _limit(side, said[: -len(mark)])
    return None


def _limit(side: str, rest: str) -> tuple[str, float] | None:
    bare = rest.strip()
    found = number_in(bare) if _NUMBER.fullmatch(bare) else None
    return None if found is None else (side, found[0])


def otherwise_written(texts: Texts) -> bool:
    """Whether all that is not written in digits is a limit or a number's word."""
    known = nothing_words(texts)
    others = texts.values.keys() - numbers_of(texts).keys() - known.keys()
    return bool(others) and others <= limits_of(texts).keys() | words_for_numbers(texts).keys()


@fact
def limits_of(texts: Texts) -> dict[str, tuple[str, float]]:
    """The texts that tell a limit, each with it."""
    return {text: limit for text in worded(texts) if (limit := limit_in(text)) is not None}


@fact
def words_for_numbers(texts: Texts) -> dict[str, int]:
    """The texts that are words for whole numbers, each with it."""
    return {text: number for text in worded(texts) if (number := number_word(text)) is not None}


def number_word(text: str) -> int | None:
    """The whole number that a word stands for.

    >>> number_word(" Two "), number_word("twenty-five"), number_word("nothing")
    (2, 25, None)
    """
    parts = text.strip().lower().replace("-", " ").split()
    if len(parts) == 1:
        return NUMBER_WORDS.get(parts[0])
    tens, ones = (NUMBER_WORDS.get(part, -1) for part in (parts if len(parts) == 2 else ("", "")))  # noqa: PLR2004
    return tens + ones if tens >= 20 and tens % 10 == 0 and 0 < ones < 10 else None  # noqa: PLR2004


def limits_and_words(column: ColumnProfile) -> Iterator[Finding]:
    """``type.censored``, and ``type.mixed`` of numbers in words, among numbers in digits."""
    if (texts := texts_in(column)) is None:
        return
    if not texts.numeric:
        return  # among words a limit is a word too
    limits = {text: texts.values[text] for text in limits_of(texts)}
    words = {text: texts.values[text] for text in words_for_numbers(texts)}
    said = texts.count - sum(nothing_words(texts).values())
    rest = said - sum(limits.values()) - sum(words.values())
    if rest <= 0 or texts.numeric < MOSTLY_NUMBERS * rest:
        return
    if limits:
        yield _censored(column, limits)
    # A word is mended only among its like: whole numbers.
    if words and sum(map(float.is_integer, numbers_of(texts).values())) > 1:
        yield _in_words(column, words)


def _censored(column: ColumnProfile, limits: Mapping[str, int]) -> Finding:
    count = sum(limits.values())
    commonest = sorted(limits.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = some(commonest, _NAMED, shown=lambda pair: f"{pair[0].strip()!r} ({pair[1]:,})")
    sides = Counter[str]()
    for text, n in limits.items():
        found = limit_in(text)
        sides[found[0] if found else ""] += n
    return Finding(
        code="type.censored",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(text for text, _ in commonest),
        message=f"{agree(count, 'cell', 'tells', 'tell')} only a limit: {shown}.",
        remedy="They are values, and not missing ones: write the number into one column and on "
        "which side of it the value lies into another; half the limit is a common stand-in for a "
        "value below one.",
        evidence={
            "where": {"texts": sorted(limits)},
            "limits": {text: limit_in(text)[1] for text, _ in commonest[:20]},  # type: ignore[index]
            "sides": dict(sides),
        },
    )


def _in_words(column: ColumnProfile, words: Mapping[str, int]) -> Finding:
    count = sum(words.values())
    spellings: dict[str, list[str]] = {}
    for text in sorted(words):
        spellings.setdefault(str(number_word(text)), []).append(text)
    shown = ", ".join(f"{text!r} ({n:,})" for text, n in list(words.items())[:_NAMED])
    fix = fixes.map_spellings(column.name, spellings)
    return Finding(
        code="type.mixed",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(sorted(words)),
        message=f"{agree(count, 'cell', 'is a number', 'are numbers')} in words: {shown}.",
        remedy=fix.sentence,
        fix=fix,
        evidence={"where": {"texts": sorted(words)}, "spellings": spellings},
    )
