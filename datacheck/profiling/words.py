"""Which texts stand for nothing, and which are codes and no numbers."""

from __future__ import annotations

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
