"""Which texts stand for nothing, and which for a number in words."""

from __future__ import annotations

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
