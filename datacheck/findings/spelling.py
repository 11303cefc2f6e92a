"""How the numbers of a column of text are spelled: the one declaration that reads them all."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What stands before the digits, the digits with their marks, and what stands behind.
_PARTS = re.compile(
    r"(?P<open>\(?)(?P<sign>[+-]?)(?P<prefix>[^\d()+.,-]*)(?P<inner>[+-]?)"
    r"(?P<body>\d[\d.,' \u00a0\u202f]*\d|\d|\.\d+)(?P<exponent>[eE][+-]?\d+)?"
    r"(?P<unit>[^\d()+-][^\d()]*)?(?P<close>\)?)"
)
#: Decimal mark and mark of thousands, the plainest reading first: 1,234 is thousands.
_MARKS = ((".", None), (".", ","), (",", None), (",", "."), (",", " "), (".", " "), (".", "'"))
_GROUPED = r"\d{1,3}(?:\%s\d{3})+"


#: What people write for powers of a thousand.
POWERS = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9}

#: Typographic blanks and the minus of printed pages.
BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})
#: A number, and what stands behind it.
MEASURE = re.compile(
    r"[+-]?\s?(?P<body>\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?P<gap>\s*)(?P<unit>[^\d\s.,+()-][^\d\s()]{0,11})?"
)


class Measure(NamedTuple):
    """What stands in a text: its unit, and whether typographic marks write the number."""

    unit: str
    printed: bool


def spelling_of(texts: Sequence[str]) -> dict[str, Any] | None:
    """The fields of `Number` that read all these texts; None where no one declaration does.

    >>> spelling_of(["$3,458.61", "$42.00"])
    {'thousands': ',', 'prefix': '$'}
    >>> spelling_of(["1.234,50", "7,25"]), spelling_of(["45%", "7 %"])
    ({'decimal': ',', 'thousands': '.'}, {'units': {'%': 1.0}})
    >>> spelling_of(["12.5", "-3"]), spelling_of(["12 kg", "30 lbs"])
    ({}, None)
    >>> spelling_of(["12", "three"]), spelling_of(["12", "<0.5"])
    (None, None)
    """
    parts = [found for text in texts if (found := _PARTS.fullmatch(text.strip())) is not None]
    if not parts or len(parts) < len(texts):
        return None
    marks = _marks([found["body"] for found in parts])
    prefixes = {found["prefix"].strip() for found in parts} - {""}
    units = {(found["unit"] or "").strip() for found in parts} - {""}
    if marks is None or len(prefixes) > 1 or units - {"%"} or any(map(_bounds, prefixes)):
        return None
    made: dict[str, Any] = marks
    if prefixes:
        made["prefix"] = prefixes.pop()
    if units:
        made["units"] = {"%": 1.0}
    if any(found["open"] for found in parts):
        made["parentheses"] = True
    return made


def _bounds(prefix: str) -> bool:
    """Whether a prefix is a mathematical sign, which says more than a number: <0.5, ~12."""
    return any(unicodedata.category(mark) == "Sm" or mark == "~" for mark in prefix)


def _marks(bodies: list[str]) -> dict[str, Any] | None:
    """The decimal mark and the mark of thousands: of the readings that fit all, the plainest."""
    for decimal, thousands in _MARKS:
        whole = r"\d+" if thousands is None else rf"(?:\d+|{_GROUPED % thousands})"
        form = re.compile(rf"{whole}(?:\{decimal}\d*)?|\{decimal}\d+")
        if all(form.fullmatch(body) for body in bodies):
            made: dict[str, Any] = {} if decimal == "." else {"decimal": decimal}
            return made if thousands is None else {**made, "thousands": thousands}
    return None


def measure_in(text: str) -> Measure | None:
    """The unit of a number in text; None where the text is no number.

    >>> measure_in("72.1 kg"), measure_in("1\u00a0946\u00a0624")
    (Measure(unit='kg', printed=False), Measure(unit='', printed=True))
    >>> measure_in("136A"), measure_in("8011-N"), measure_in("ward 7")
    (None, None, None)
    """
    plain = text.translate(BLANKS)
    found = MEASURE.fullmatch(plain.strip())
    if found is None:
        return None
    unit = (found["unit"] or "").strip()
    alone = len(unit) == 1 and unit.isalpha() and not found["gap"]
    if alone and unit not in POWERS:
        return None  # a letter behind a number makes a code of it
    return Measure(unit, plain != text)
