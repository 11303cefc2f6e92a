"""Which texts are codes, and no numbers to reckon with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datacheck.profiling.texts import Texts

#: Digits alone, all of one length, are codes from so many on, even where they repeat.
CODE_DIGITS = 5
#: Fewer digits are numbers where so many of the texts are digits alone: 18, 34 and 3O.
NUMBERS = 0.9
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
        slips = texts.longest < CODE_DIGITS and texts.numeric >= NUMBERS * texts.count
        return of_one_length and not slips and all(any(map(str.isdigit, each)) for each in kept)
    if not of_one_length or any(each[0] == "0" for each in kept):
        return of_one_length or texts.shortest > EXACT_DIGITS
    rounded = sum(each.endswith("00") for each in kept) > ROUND * len(kept)
    return not rounded and texts.longest >= CODE_DIGITS
