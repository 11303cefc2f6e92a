"""Which texts of a column stand for no value, and how sure that is.

A word alone proves nothing. ``#DIV/0!`` is nothing anywhere; ``none`` may be a category; ``NA`` is
a country where the other cells are countries' codes. A word that is not known from elsewhere is a
guess: it repeats among numbers, and is none that may be a value (a letter, a truth, a limit).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.texts import Texts, numbers_of
from datacheck.profiling.words import CERTAIN, DOUBTFUL, NUMBER_WORDS
from datacheck.spelling import spelling_of

#: A column of text is one of numbers with odd words in it from this share of numbers on.
MOSTLY_NUMBERS = 0.5
#: Odd words that may stand for nothing: so few different ones, each so often, and no more together
#: than this share of the cells: what half of them say is no fault of the others.
_FEW_WORDS, _OFTEN, _ODD_SHARE = 2, 3, 0.3
#: So few different whole numbers are codes, of which short words are some.
_FEW_CODES = 10
#: A column in which this share is distinct is one of names.
_NAMES = 0.5
#: Codes of at most so many letters, as this share of the others are, make a word of them a code.
_CODE_LETTERS, _CODES = 3, 0.9
#: What R writes for a missing cell: sodium is Na, and a code among codes is no word for nothing.
_WRITTEN_BY_R = "NA"
#: What may stand between letters of a word, or of one that is shortened: n/a, k. A., don't know.
_JOINTS = str.maketrans("", "", " _-/.'\u2019")
#: Marks of what is not known, whatever they stand beside.
_UNKNOWN = frozenset("?\uff1f")
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off"})


class Words(NamedTuple):
    """Texts that stand for nothing."""

    #: Each with how often it stands, as it is written.
    counts: dict[str, int]
    #: Whether nobody writes them for a value.
    certain: bool
    #: Whether the other cells are numbers.
    among_numbers: bool
    #: Those that a category may well use for a value, or that may be one of many names.
    plain: frozenset[str]
    #: Whether they are known from elsewhere; else it is their place that speaks.
    known: bool = True

    @property
    def kept(self) -> list[str]:
        """Those that stay categories, as what is missing is filled: ``-`` may mean negative."""
        return sorted(word for word in self.plain if word.strip() != _WRITTEN_BY_R)

    @property
    def taken(self) -> dict[str, int]:
        """The others, which are taken for no value."""
        kept = self.kept
        return {word: count for word, count in self.counts.items() if word not in kept}


@fact
def words_of(column: ColumnProfile) -> Words | None:
    """The texts of a column that stand for nothing, or may; None where there are none."""
    texts = column.texts
    if texts is None:
        return None
    known = nothing_words(texts)
    counts = known or _odd_words(texts)
    if not counts:
        return None
    bare = {word.strip().lower() for word in counts}
    said = texts.count - sum(counts.values())
    among = 0 < texts.numeric >= MOSTLY_NUMBERS * said
    names = _are_names(column, bare)
    plain = [word for word in counts if names or re.search(DOUBTFUL, word.strip().lower())]
    return Words(
        counts=counts,
        certain=all(re.search(CERTAIN, word) for word in bare),
        among_numbers=among,
        plain=frozenset() if among else frozenset(plain),
        known=bool(known),
    )


@fact
def spelling_beside(column: ColumnProfile) -> dict[str, Any] | None:
    """What declaration reads the texts of a column that say something; None where none does."""
    texts, words = column.texts, words_of(column)
    nothing = {} if words is None else words.counts
    return None if texts is None else spelling_of([t for t in texts.values if t not in nothing])


def taken_for_missing(column: ColumnProfile) -> dict[str, int]:
    """The known words of a column that are taken for no value, each with its count."""
    words = words_of(column)
    return words.taken if words is not None and words.known else {}


@fact
def nothing_words(texts: Texts) -> dict[str, int]:
    """The known words for nothing, but for those that are codes among codes."""
    if not texts.words:
        return {}
    return {
        word: count
        for word, count in texts.words.items()
        if not (_code_among(texts, word) or _short_among(texts, word) or _mark_among(texts, word))
    }


def _code_among(texts: Texts, word: str) -> bool:
    """Whether nearly all other texts are capital letters of the word's length: NA among BW, MZ."""
    if len(word) > _CODE_LETTERS or not (word.isalpha() and word.isupper()):
        return False
    others = [each for each in texts.values if each not in texts.words]
    alike = sum(len(each) == len(word) and each.isalpha() and each.isupper() for each in others)
    return len(others) > 1 and alike >= _CODES * len(others)


def _short_among(texts: Texts, word: str) -> bool:
    """Whether a word is shortened as the other texts are: N.D. among Ala. and Mass."""
    if not (word[:1].isalpha() and word.endswith(".")):
        return False
    others = [each for each in texts.values if each not in texts.words]
    return sum(each.endswith(".") for each in others) * 2 > len(others)


def _mark_among(texts: Texts, word: str) -> bool:
    """Whether a mark stands among marks alone, and says what they say: ``-`` beside ``+``."""
    if not word.strip() or any(map(str.isalnum, word)) or set(word) & _UNKNOWN:
        return False
    others = [each for each in texts.values if each not in texts.words]
    return bool(others) and not any(map(str.isalnum, "".join(others)))


def _are_names(column: ColumnProfile, bare: set[str]) -> bool:
    """Whether plain words stand among names or titles, and may be one of them."""
    many = column.distinct > _NAMES * column.rows
    return many and all(len(word) > _CODE_LETTERS and word.isalpha() for word in bare)


def _odd_words(texts: Texts) -> dict[str, int]:
    """The few words that repeat in a column of numbers."""
    if not texts.exact or texts.numeric < MOSTLY_NUMBERS * texts.count:
        return {}
    numbers = numbers_of(texts)
    odd = {text: count for text, count in texts.values.items() if text not in numbers}
    few = len(numbers) <= _FEW_CODES and all(map(str.isdigit, numbers))
    if few and any(text.isalpha() and len(text) <= _CODE_LETTERS for text in odd):
        return {}  # floors are 1, 2, 3, EG and UG
    if not 0 < len(odd) <= _FEW_WORDS or sum(odd.values()) > _ODD_SHARE * texts.count:
        return {}
    if all(count >= _OFTEN and _is_a_word(text) for text, count in odd.items()):
        return odd
    return {}


def _is_a_word(text: str) -> bool:
    """Whether a text is words: no code, letter, truth or number, no limit such as ``<0.5``."""
    letters = text.translate(_JOINTS)
    said = letters.lower()
    letter = len(letters) == 1 and said != letters.upper()  # a sign without capitals is a word
    return letters.isalpha() and not letter and said not in _TRUTHS | NUMBER_WORDS.keys()
