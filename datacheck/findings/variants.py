"""One category in several spellings: what people do not see of a text makes two of one.

Case, blanks, marks that are not seen, quotes around a text, the ways in which Unicode and HTML
write one letter, texts that were read by the wrong coding and letters of other alphabets that look
the same are bridged; nothing else is. What is
bridged is a guess, so that it is told with both spellings, and the rarer ones are those to mend.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

from datacheck.findings.misspelt import (
    initials_of,
    letters_in_other_case,
    misspelt,
    otherwise_marked,
    shortened,
    truths_of,
)
from datacheck.findings.nothing import nothing_words
from datacheck.findings.roles import texts_in
from datacheck.findings.types import holds_numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.texts import Texts, codes_of_one_length, numbers_of, worded
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.severity import Severity
from datacheck.text import plural, some

#: A spelling is the usual one of its category from so many cells on, and where it stands so many
#: times as often as another; a single letter may mean another thing in capitals.
USUAL, OFTENER, LETTERS = 3, 2.0, 2
#: Letters of other alphabets that nobody tells from Latin ones.
_LOOK_ALIKE = str.maketrans(
    "АВЕКМНОРСТХІЈЅасеорухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",  # noqa: RUF001
    "ABEKMHOPCTXIJSaceopyxijsABEZHIKMNOPTYXo",
)
#: Apostrophes and hyphens as they are printed; a minus belongs to a number.
_PRINTED = str.maketrans("\u2018\u2019\u02bc\u2010\u2011\u2012\u2013\u2014", "'''-----")
#: Where so many cells of a column have letters beyond ASCII, it is written in them.
FOREIGN = 0.1
#: Marks that a text stands between where its quotes were not taken for quotes.
_QUOTES = "\"'“”„«»‘’`"  # noqa: RUF001
#: What skeletons change in texts of ASCII, besides the case and, where bars stand between them,
#: blanks.
_SEEN_THROUGH, _BLANKS = ("&", "%", '"', "'", "`"), ("  ", "| ", " |")
#: A byte as addresses write it.
_QUOTED = re.compile(r"%[0-9A-Fa-f]{2}")
_ONE = "they mean one thing"
#: Spellings that the message names.
_NAMED = 3


def skeleton(text: str, *, cased: bool = False) -> str:
    r"""A text without what people do not see of its spelling.

    >>> skeleton("  MALE ") == skeleton("Male"), skeleton("ﬁve") == skeleton("five")
    (True, True)
    >>> skeleton("ZÃ¼rich") == skeleton("Zürich"), skeleton("A &amp; B") == skeleton("A & B")
    (True, True)
    >>> skeleton("Oslo\u200b") == skeleton('"Oslo"') == skeleton("Oslo")
    True
    """
    plain = _ungarbled(text)
    if not plain.isascii():
        plain = _as_seen(plain)
    bare = _bare(plain, cased=cased)
    quoted = bare[:1] in _QUOTES and bare[-1:] in _QUOTES
    return bare[1:-1].strip() if quoted and len(bare) > LETTERS else bare


def _bare(text: str, *, cased: bool = False) -> str:
    return " ".join((text if cased else text.casefold()).split())


def _as_seen(text: str) -> str:
    """The Latin letters that people take a text's for."""
    return unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE).translate(_PRINTED)


def _ungarbled(text: str) -> str:
    r"""A text as it was meant, where what garbled it is known: it can be told of one text alone.

    >>> _ungarbled("ZÃ¼rich"), _ungarbled("A &amp; B"), _ungarbled("Oslo\u200b")
    ('Zürich', 'A & B', 'Oslo')
    >>> _ungarbled("New%20York"), _ungarbled("5% off")
    ('New York', '5% off')
    """
    if text.isascii() and text.isprintable() and "&" not in text and "%" not in text:
        return text
    meant = _unquoted(unescape(_read_again(text)))
    if meant.isprintable():
        return meant
    return "".join(mark for mark in meant if mark.isspace() or mark.isprintable())


def _unquoted(text: str) -> str:
    """The text that stood in an address, where it did: New%20York is New York."""
    if _QUOTED.search(text) is None:
        return text
    try:
        return unquote(text, errors="strict")
    except UnicodeError:
        return text


def _read_again(text: str) -> str:
    """The text that was read by the wrong coding, where that is so: ZÃ¼rich is Zürich."""
    if text.isascii():
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def text_variants(column: ColumnProfile) -> Iterator[Finding]:
    """``text.variant``: rarer spellings of categories, each with the usual one."""
    texts = texts_in(column)
    if texts is None or codes_of_one_length(texts):
        yield from _of_two_alphabets(column)
        return
    nothing = nothing_words(texts)
    # Blanks around a number are no part of it, however it is read.
    numbers = numbers_of(texts) if holds_numbers(column) else ()
    groups = alike_in(texts, {*nothing, *numbers})
    found = variants_of(texts.values, groups)
    padded = {usual: found.pop(usual) for usual in list(found) if usual not in texts.values}
    if padded:
        yield _finding(column, padded, "info", "blanks around a category")
    if found:
        yield _finding(column, found, "warning", "another spelling of a category")
    elif not padded and (found := variants_of(texts.values, groups, oftener=1.0)):
        # Which one is meant cannot be told from the counts, so that there is no fix.
        asked = _finding(column, found, "info", "what may be another spelling of a category")
        yield asked.as_question(_ONE)
    told = {text for others in [*found.values(), *padded.values()] for text in others}
    yield from _of_two_alphabets(column, told)
    yield from _garbled(column, texts, told)
    told.update(nothing)
    counts = texts.values
    if told:
        counts = {text: n for text, n in counts.items() if text not in told}
    yield from _by_words(column, counts)


def _by_words(column: ColumnProfile, counts: Mapping[str, int]) -> Iterator[Finding]:
    """What is one category by its meaning: a truth in several words, a word one letter off."""
    if found := truths_of(counts):
        told = _finding(column, found, "warning", "other words for yes and no")
        yield replace(told, fix=None if told.fix is None else replace(told.fix, safe=False))
    elif found := otherwise_marked(counts) or misspelt(counts):
        yield _finding(column, found, "info", "what may be a category misspelt").as_question(_ONE)
    elif found := shortened(counts):
        yield _finding(column, found, "info", "what may be short for a category").as_question(_ONE)
    elif found := letters_in_other_case(counts):
        what = "what may be another spelling of a category"
        yield _finding(column, found, "info", what).as_question(_ONE)
    elif found := initials_of(counts):
        yield _finding(column, found, "info", "what may be short for a category").as_question(_ONE)


def _of_two_alphabets(column: ColumnProfile, told: Collection[str] = ()) -> Iterator[Finding]:
    """Latin words and codes with letters of another alphabet in them, in identifiers too."""
    odd = [] if column.texts is None else _beyond_ascii(column.texts)
    texts = column.texts.values if column.texts is not None else {}
    if not odd or sum(map(texts.__getitem__, odd)) > FOREIGN * sum(texts.values()):
        return
    meant = defaultdict[str, list[str]](list)
    for text in odd:
        latin = text.translate(_LOOK_ALIKE)
        if text not in told and latin.isascii() and any(map(_is_mixed, text.split())):
            meant[latin].append(text)
    if meant:
        what = "letters of another alphabet that look like Latin ones"
        found = _finding(column, meant, "warning", what)
        yield replace(found, fix=None if found.fix is None else replace(found.fix, safe=False))


@fact
def _beyond_ascii(texts: Texts) -> list[str]:
    return [] if "".join(texts.values).isascii() else [t for t in texts.values if not t.isascii()]


def _is_mixed(word: str) -> bool:
    """Whether a word has letters, or digits, of ASCII beside others."""
    return not word.isascii() and any(mark.isascii() and mark.isalnum() for mark in word)


def _garbled(column: ColumnProfile, texts: Texts, told: Collection[str]) -> Iterator[Finding]:
    """Texts that were read by the wrong coding, of which no other spelling is there."""
    odd = [text for text in _beyond_ascii(texts) if text not in told]
    meant = defaultdict[str, list[str]](list)
    for text in odd:
        if (again := _read_again(text)) != text:
            meant[again].append(text)
    if meant and texts.exact:
        yield _finding(column, meant, "warning", "letters that were read by the wrong coding")
    lost = [text for text in odd if "\ufffd" in text]
    if lost:
        count = sum(texts.values[text] for text in lost)
        yield Finding(
            code="text.variant",
            severity="warning",
            column=column.name,
            count=count,
            values=tuple(lost),
            message=f"{plural(count, 'cell')} with a mark for letters that were lost when the text "
            f"was decoded: {some(lost, _NAMED, shown=repr)}.",
            remedy="Read the table anew from where it was written, in the encoding that it has.",
            evidence={"where": {"texts": lost}},
        )


def alike_in(texts: Texts, nothing: Collection[str] = ()) -> list[list[str]]:
    """The spellings of each category that has several, or blanks around it."""
    if _are_plain(texts):
        return []
    groups = ([text for text in each if text not in nothing] for each in _by_skeleton(texts))
    return [each for each in groups if len(each) > 1 or any(text != text.strip() for text in each)]


@fact
def _are_plain(texts: Texts) -> bool:
    """Whether a glance shows that skeletons leave all but their case, and none is another's."""
    seen = _at_a_glance(texts)
    if seen is None or any(odd in seen for odd in _BLANKS):
        return False
    return len({text.casefold() for text in texts.values}) == len(texts.values)


@fact
def _at_a_glance(texts: Texts) -> str | None:
    """The texts between bars, where skeletons leave all but their case and blanks."""
    seen = "|".join(["", *texts.values, ""])
    plain = seen.isascii() and seen.isprintable()
    return seen if plain and not any(odd in seen for odd in _SEEN_THROUGH) else None


@fact
def _by_skeleton(texts: Texts) -> list[list[str]]:
    """The texts of each skeleton that several have, or one with blanks around it, in its order."""
    groups, others = defaultdict[str, list[str]](list), dict.fromkeys(worded(texts))
    of = skeleton if _at_a_glance(texts) is None else _bare
    for text in others:
        bones = of(text)
        groups[bones if len(bones) >= LETTERS else of(text, cased=True)].append(text)
    for bones, spellings in groups.items():
        if bones in texts.values and bones not in others:  # digits are their own skeleton
            spellings.append(bones)
    several = {
        bones
        for bones, each in groups.items()
        if (len(each) > 1 or each[0] != each[0].strip())
        and (len(bones) >= LETTERS or bones.isalpha())
    }
    return [groups[bones] for bones in sorted(several)]


def variants_of(
    counts: Mapping[str, int], groups: Iterable[list[str]], oftener: float = OFTENER
) -> dict[str, list[str]]:
    """By the usual spelling of a category, its rarer ones; without the blanks around it.

    >>> from datacheck.profiling.texts import Texts
    >>> def variants(counts):
    ...     return variants_of(counts, alike_in(Texts(values=counts)))
    >>> variants({" yes": 20, " no": 20, "no idea": 3})
    {'no': [' no'], 'yes': [' yes']}
    >>> variants({"Male": 40, "male": 2, "Male ": 1, "Female": 30, "x": 9, "X": 1})
    {'Male': ['male', 'Male ']}
    >>> variants({"ZÃ¼rich": 20, "Zürich": 8})
    {'Zürich': ['ZÃ¼rich']}
    >>> variants({"Los  Angeles": 20, "Los Angeles": 8})
    {'Los Angeles': ['Los  Angeles']}
    """
    found = {}
    for spellings in groups:
        several = len(spellings) > 1
        garbled = {text for text in spellings if several and _ungarbled(text) != text}
        usual, *others = sorted(spellings, key=lambda text: (text in garbled, -counts[text], text))
        rarer = [
            text
            for text in others
            # Of two that differ by blanks alone, or of which one was garbled, it is plain which is
            # meant, however frequent.
            if counts[usual] >= oftener * counts[text]
            or text.split() == usual.split()
            or (text in garbled and usual not in garbled)
        ]
        times, tidy = counts[usual], " ".join(usual.split())
        bare = tidy if tidy in spellings else usual.strip()
        if bare != usual and all(text.split() == bare.split() for text in spellings):
            rarer, usual = [*(text for text in rarer if text != bare), usual], bare
        if times >= USUAL and rarer:
            found[usual] = rarer
    return found


def _told_apart(text: str, usual: str) -> str:
    r"""A text as it is told beside another: by its codes where nobody sees the difference.

    >>> _told_apart("mug", "Mug"), _told_apart("S\u0441ale", "Scale"), _told_apart("Malmö", "malmö")
    ("'mug'", "'S\\u0441ale'", "'Malmö'")
    """
    return ascii(text) if _as_seen(text) == _as_seen(usual) else repr(text)


def _finding(
    column: ColumnProfile, found: Mapping[str, list[str]], severity: Severity, what: str
) -> Finding:
    counts = column.texts.values if column.texts is not None else {}
    rarer = [text for others in found.values() for text in others]
    count = sum(counts[text] for text in rarer)
    told = [
        f"{', '.join(_told_apart(each, usual) for each in others)} for {usual!r}"
        for usual, others in found.items()
    ]
    fix = fixes.map_spellings(column.name, found)
    return Finding(
        code="text.variant",
        severity=severity,
        column=column.name,
        count=count,
        values=tuple(rarer),
        message=f"{plural(count, 'cell')} with {what}: {some(told, _NAMED, '; ')}.",
        remedy=fix.sentence,
        fix=fix,
        evidence={"where": {"texts": rarer}, "spellings": {k: list(v) for k, v in found.items()}},
    )
