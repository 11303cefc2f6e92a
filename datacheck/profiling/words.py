"""Which texts stand for nothing, and which stand for a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datacheck.profiling.texts import Texts

#: Words that people write for "no value", lower case and stripped. A word alone proves nothing:
#: the detectors weigh how often it stands, and among what.
MISSING_WORDS = frozenset(
    """
    na n/a n.a. n.a #n/a <na> nan -nan null none nil n.d. missing unknown unk undefined tbd void
    nodata not_available not_applicable ? ?? - -- --- . .. ... * #null! #value! #div/0! #ref! #num!
    (null) (none) (missing) [null] \\n
    """.split()  # noqa: SIM905 - read as prose
) | {"", "not available", "not applicable", "no data"}

#: Words that a category may well use for a real value ("none": no chimney).
WORDS_OF_DOUBT = frozenset({"none", "nil", "unknown", "unk", "-", ".", "*", "na", "void"})

#: Words that nobody writes for a value.
CERTAIN = frozenset(
    "#null! #value! #div/0! #ref! #num! #n/a <na> nan -nan null (null) [null] \\n".split()  # noqa: SIM905
) | {""}

_UNDER_20 = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
#: Whole numbers in words.
NUMBER_WORDS = {word: value for value, word in enumerate(_UNDER_20.split())} | {
    word: 10 * tens for tens, word in enumerate(_TENS.split(), 2)
}

#: The same patterns for polars: a number as programs write it, and one with signs or separators.
PLAIN_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
DRESSED_NUMBER = r"^\(?[+-]?\s*[$€£]?\s*[+-]?\d[\d.,]*[,.$€£%\s\d]*\)?$"

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# More groups than these are a list of numbers.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3}){1,6}(\.\d*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_IN_PARENTHESES = re.compile(r"\(([^()+-]+)\)")
_UNIT = re.compile(r"[$€£]?\s*([+-]?[\d.,]+)\s*[$€£%]?")


def number_in(text: str) -> tuple[float, str] | None:
    """The number that a text stands for, and how it is written; None where it is no number.

    >>> number_in(" 1.5 "), number_in("1,234.5"), number_in("12,5"), number_in("45 %")
    ((1.5, 'plain'), (1234.5, 'thousands'), (12.5, 'decimal comma'), (45.0, 'with a sign'))
    >>> number_in("A12") is None
    True
    """
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return float(text), "plain"
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", "")), "thousands"
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(".", "").replace(",", ".")), "decimal comma"
    negative = _IN_PARENTHESES.fullmatch(text)
    if negative:
        found = number_in(negative[1])
        return (-found[0], "in parentheses") if found else None
    inner = _UNIT.fullmatch(text)
    if inner and inner[1] != text:
        found = number_in(inner[1])
        return (found[0], "with a sign") if found else None
    return None


#: Digits alone, all of one length, are codes from so many on, even where they repeat.
CODE_DIGITS = 5
#: Amounts are round more often than this; codes are not.
ROUND = 0.5
#: A double holds every whole number of so many digits.
EXACT_DIGITS = 15


def codes_of_one_length(texts: Texts) -> bool:
    """Whether texts are codes: letters and digits of one length, and no numbers to reckon with.

    Digits alone are codes where some begin with a zero, where they are many and not round, or
    where they are more than a double can hold; a sign or a point makes a number of them.
    """
    kept = list(texts.values)
    if not kept or not all(map(str.isalnum, kept)):
        return False
    of_one_length = texts.shortest == texts.longest > 1
    if not all(map(str.isdigit, kept)):
        return of_one_length and all(any(map(str.isdigit, each)) for each in kept)
    if not of_one_length or any(each[0] == "0" for each in kept):
        return of_one_length or texts.shortest > EXACT_DIGITS
    rounded = sum(each.endswith("00") for each in kept) > ROUND * len(kept)
    return not rounded and texts.longest >= CODE_DIGITS
