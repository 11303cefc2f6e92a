"""Texts that read as numbers and are codes, or stand among such: numbers would lose a part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import methodcaller

from datacheck.profiling.facts import fact
from datacheck.profiling.texts import NUMBERS as MOSTLY
from datacheck.profiling.texts import Texts, numbers_of, worded
from datacheck.spelling import counts_past_nine, measure_in

#: Programs write a point or a sign into a number with an exponent; 93E7 may be a code.
_POWER_OR_CODE = re.compile(r"\d+[eE]\d+")
_LED_BY_PLUS = re.compile(r"\s*\+\d+\s*")
HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]+")
#: A letter or two before the digits, or one behind them; a longer form of codes: 98115-4820.
_BEFORE, _BEHIND = re.compile(r"([A-Za-z]{1,2})\d+"), re.compile(r"\d+([A-Za-z])")
_LONGER = re.compile(r"(\d{4,})-\d+")
#: Letters that are mistaken for digits.
_MISTAKEN = frozenset("OoIlSB")
#: Sections of a list, and the numbers among which they stand.
_SECTION, _UNSIGNED = re.compile(r"0\d+(?:\.\d+)?"), re.compile(r"\d+(?:\.\d+)?")
_AT_POINT = methodcaller("partition", ".")
#: Filled up with zeros in front of a point, as codes and times of day are.
_PADDED, _CLOCK = re.compile(r"0\d+\.\d+"), re.compile(r"(?:[01]\d|2[0-3])\.[0-5]\d")


#: Different minutes that times of day have at least.
_MINUTES = 10


def no_numbers(texts: Texts) -> list[str]:
    """The texts that are no numbers."""
    numbers = numbers_of(texts)
    return [text for text in texts.values if text not in numbers]


@fact
def led_by_zeros(texts: Texts) -> dict[str, int]:
    """Digits with a zero in front, or sections (01, 01.1), which a number would lose."""
    begin = {text: n for text, n in texts.values.items() if len(text) > 1 and text[0] == "0"}
    led = {text: n for text, n in begin.items() if not HEXADECIMAL.fullmatch(text)}
    if not led or texts.numeric < MOSTLY * texts.count:
        return {}
    if all(map(str.isdigit, numbers_of(texts))):
        return led
    sections = {text: n for text, n in led.items() if _SECTION.fullmatch(text)}
    parted = any(mark and whole in sections for whole, mark, _ in map(_AT_POINT, sections))
    return sections if parted and all(map(_UNSIGNED.fullmatch, numbers_of(texts))) else {}


@fact
def perhaps_codes(texts: Texts) -> tuple[dict[str, int], str, str] | None:
    """Texts that read as numbers and may be codes; what they have, and what numbers would lose."""
    kept = texts.values
    others = worded(texts)
    powers = {text: kept[text] for text in others if _POWER_OR_CODE.fullmatch(text.strip())}
    if powers:
        has = "an exponent, where programs write a point or a sign"
        return powers, has, "12E5 and 120E4 are one"
    led = any(text.lstrip().startswith("+") for text in others)
    if not led and not any(t.rstrip().endswith(".10") or t.startswith("0") for t in kept):
        return None
    numbers = {text: kept[text] for text in numbers_of(texts)}
    if led and all(map(_LED_BY_PLUS.fullmatch, numbers)):
        return numbers, "a plus in front, as telephones have", "all would lose the plus"
    if counts_past_nine(numbers):
        has = "a number behind the point that counts on past nine, as in versions"
        return numbers, has, "1.10 and 1.1 are one"
    return _padded(numbers)


def _padded(numbers: dict[str, int]) -> tuple[dict[str, int], str, str] | None:
    """Numbers without a sign of which some are filled up with zeros, and of several lengths: 001.1.

    Of one length they may be printed so, but for times of day: 09.05.
    """
    padded = padded_in(numbers)
    if not padded or not all(_UNSIGNED.fullmatch(text.strip()) for text in numbers):
        return None
    has = "zeros in front, as codes have"
    if len(set(map(len, numbers))) == 1:
        has = "two digits on either side of the point, as times of day have"
        minutes = {text[-2:] for text in numbers}
        if len(minutes) < _MINUTES or not all(map(_CLOCK.fullmatch, numbers)):
            return None
    return padded, has, "the zeros are lost"


def padded_in(numbers: Mapping[str, int]) -> dict[str, int]:
    """The numbers that are filled up with zeros in front of a point, as codes are."""
    return {text: n for text, n in numbers.items() if _PADDED.fullmatch(text.strip())}


@fact
def beside_codes(texts: Texts) -> bool:
    """Whether whole numbers stand among codes that are made of such: 207, 207a and 207b."""
    if texts.numeric == texts.count:
        return False
    others = [text for text in no_numbers(texts) if text not in texts.words]
    numbers = numbers_of(texts)
    if not (others and numbers and all(map(str.isdigit, numbers))):
        return False
    if all(found := [_LONGER.fullmatch(text) for text in others]):
        lengths = {len(each[1]) for each in found if each is not None}
        alike = sum(len(text) in lengths for text in numbers)
        return len(lengths) == 1 and alike >= MOSTLY * len(numbers)
    for form in (_BEFORE, _BEHIND):
        if all(found := [form.fullmatch(text) for text in others]):
            letters = {each[1] for each in found if each is not None}
            measures = any(measure_in(text) is not None for text in others)
            counting = form is _BEFORE or letters & {"a", "A"}
            return bool(counting) and not measures and not _MISTAKEN.issuperset("".join(letters))
    return False
