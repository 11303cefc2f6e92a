"""How people spell numbers in text, where nothing is declared, and what declaration reads them.

One grammar for the profile, for the lookup of cells and for what is suggested. Which digits and
marks make a number is `numerals`' to say; here is which marks are tried, and what may stand
before and behind. A text alone is a number where a currency's sign, a percent sign or parentheses
stand around its digits; a column of such texts may have other words before them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from datacheck.numerals import WHITE, alike, digits
from datacheck.ops import Numeral

#: Decimal mark and mark of thousands, the plainest reading first: 1,234 is thousands.
_MARKS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", " "), (".", "'"))
_FORMS = {marks: re.compile(digits(Numeral(*marks))) for marks in _MARKS}
#: The first of the forms that digits have: its group says which.
_ANY_FORM = re.compile("|".join(f"({form.pattern})" for form in _FORMS.values()))
#: What makes digits of each form those that programs write.
_PLAINLY = [str.maketrans({decimal: ".", **dict.fromkeys(alike(mark))}) for decimal, mark in _MARKS]
#: Those by which a text alone is a number: a space may as well part two of them, points alone part
#: addresses and versions, and many groups of three are a list.
_ALONE = "|".join(
    digits(Numeral(decimal, mark), groups="{0,5}", decimals="*" if decimal == "." else "+")
    for decimal, mark in _MARKS
    if mark != " "
)

#: Signs of currencies, with letters that some have before them: R$, US$.
_SIGNS = "$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20c0\ufdfc\uff04"
_CURRENCY = f"[A-Za-z]{{0,2}}[{_SIGNS}]"
_BEHIND = f"(?:%|{_CURRENCY})"

#: A stripped text that is a number by itself, for Python's engine and for polars'.
NUMBER = (
    rf"^(?:(?:[+-]?\s*(?:{_CURRENCY})?|{_CURRENCY}\s*[+-])\s*(?:{_ALONE})\s*{_BEHIND}?"
    rf"|\(\s*(?:{_CURRENCY})?\s*(?:{_ALONE})\s*{_BEHIND}?\s*\))$"
)
#: The same as programs write it.
PLAIN_NUMBER = rf"^[+-]?(?:{digits(Numeral())})$"
_PLAIN = re.compile(PLAIN_NUMBER)

#: What stands before the digits, the digits with their marks, and what stands behind.
_PARTS = re.compile(
    r"(?P<open>\(?)(?P<sign>[+-]?)(?P<prefix>[^\d()+.,-]*)(?P<inner>[+-]?)"
    r"(?P<body>\d[\d.,'\u2019 \u00a0\u202f]*\d|\d\.?|\.\d+)(?P<exponent>[eE][+-]?\d+)?"
    r"(?P<unit>[^\d()+-][^\d()]*)?(?P<close>\)?)"
)


#: One digit for all: what asks only where digits stand is asked once of texts alike in that.
AS_ONE = str.maketrans("123456789", "000000000")
#: Digits as programs write them, without an exponent.
_BARE = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")

#: A group of three digits behind each mark, which is that of thousands or the decimal one.
_EITHER = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
#: Two whole numbers with a point between them, or the first alone.
NUMBERED = r"([0-9]+)(?:\.(0|[1-9][0-9]{0,2}))?"
_NUMBERED = re.compile(NUMBERED)

#: What people write for powers of a thousand.
POWERS = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9}

#: Typographic blanks, the minus and the apostrophe of printed pages.
_PRINTED = str.maketrans("\u00a0\u202f\u2009\u2212\u2019", "   -'")
#: What is written for a currency where it has no sign, or without it.
_MONEY = (
    "(?:USD|EUR|GBP|JPY|CHF|CNY|RMB|INR|CAD|AUD|NZD|SGD|HKD|TWD|KRW|THB|IDR|MYR|PHP|VND|PKR|SEK|NOK"
    "|DKK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|ILS|AED|SAR|EGP|NGN|KES|ZAR|BRL|MXN|ARS|CLP|COP|PEN|Rs|Kr"
    "|kr|Fr|Tk|Rp)"
)
#: What stands before a number, the number, and what stands behind it.
_MEASURE = re.compile(
    rf"[+-]?\s?(?P<prefix>[A-Z]{{0,3}}[{_SIGNS}]\s?|[A-Za-z]{{1,3}}\.?\s|{_MONEY}\.?)?[+-]?"
    r"(?P<body>\d[\d.,' ]*\d|\d|\.\d+)"
    r"(?P<gap>\s*)(?P<unit>[^\d\s.,+()-][^\d\s()]{0,11})?"
)
#: Those that stand for nothing else, parted from the digits: PEN 3 may be a pen.
_OF_MONEY = re.compile(r"(?:(?:USD|EUR|GBP|CHF|JPY|INR) |(?:Rs|Kr|kr|Fr)(?:\. ?| ))")
#: An amount of money, by its digits: cents, or thousands.
_AMOUNT = re.compile(r"\d+([.,' ]\d{3})*[.,]\d{2}|\d{1,3}([.,' ]\d{3})+")


class Measure(NamedTuple):
    """What stands in a text: the digits, what is before and behind, and how they are written."""

    #: What stands behind the number.
    unit: str
    #: Whether marks that programs do not write are among the digits.
    printed: bool
    #: What stands before the digits; and these, in plain marks.
    prefix: str
    body: str


def spelling_of(texts: Sequence[str]) -> dict[str, Any] | None:
    """The fields of `Number` that read all these texts; None where no one declaration does.

    >>> spelling_of(["$3,458.61", "$42.00"])
    {'thousands': ',', 'prefix': '$'}
    >>> spelling_of(["1.234,50", "7,25"]), spelling_of(["45%", "7 %"])
    ({'decimal': ',', 'thousands': '.'}, {'units': {'%': 1.0}})
    >>> spelling_of(["1.234,50 €", "7,25 €"])
    {'decimal': ',', 'thousands': '.', 'units': {'€': 1.0}}
    >>> spelling_of(["12.5", "-3"]), spelling_of(["12 kg", "30 lbs"])
    ({}, None)
    >>> spelling_of(["12", "three"]), spelling_of(["12", "<0.5"])
    (None, None)
    >>> spelling_of(["No 5", "No 7"]), spelling_of(["536365", "C536366"])
    ({'prefix': 'No'}, None)
    """
    alike = {text.translate(AS_ONE) for text in texts}
    if alike and all(map(_BARE.fullmatch, alike)):
        return {}  # most are
    parts = _parts_of(alike)
    if not parts:
        return None
    marks = _marks_in(parts, texts)
    prefixes = {found["prefix"].strip() for found in parts} - {""}
    units = {(found["unit"] or "").strip() for found in parts} - {""}
    if marks is None or len(prefixes) > 1 or any(map(_bounds, prefixes)):
        return None
    always = all(found["prefix"].strip() for found in parts)
    if not always and not all(re.fullmatch(_CURRENCY, prefix) for prefix in prefixes):
        return None  # what only some have tells them apart
    if len(units) > 1 or not all(re.fullmatch(_BEHIND, unit) for unit in units):
        return None
    made: dict[str, Any] = marks
    if prefixes:
        made["prefix"] = prefixes.pop()
    if units:
        made["units"] = {units.pop(): 1.0}
    if any(text.strip(WHITE) != text.strip() for text in alike):
        # Blanks that programs do not pass over: a declared numeral does.
        made.setdefault("thousands", " ")
    if any(found["open"] for found in parts):
        made["parentheses"] = True
    return made


def _parts_of(texts: Iterable[str]) -> list[re.Match[str]]:
    parts = []
    for text in texts:
        if (found := _PARTS.fullmatch(text.strip())) is None:
            return []
        parts.append(found)
    return parts


def _marks_in(parts: Sequence[re.Match[str]], texts: Iterable[str]) -> dict[str, Any] | None:
    """The marks of numbers; where there are two, by the digits themselves and not one for all."""
    bodies = [found["body"] for found in parts]
    if {".", ","} <= set("".join(bodies)):
        bodies = [found["body"] for found in _parts_of(texts)]
    return marks_of(bodies)


def _bounds(prefix: str) -> bool:
    """Whether a prefix is a mathematical sign, which says more than a number: <0.5, ~12."""
    return any(unicodedata.category(mark) == "Sm" or mark == "~" for mark in prefix)


def marks_of(bodies: Sequence[str]) -> dict[str, Any] | None:
    """The decimal mark and the mark of thousands: of the readings that fit all, the plainest.

    None where a point in some and a comma in others may part the same groups of digits.

    >>> marks_of(["1,234", "100.5"]), marks_of(["1,234", "1.234"])
    ({'thousands': ','}, None)
    """
    marked = [set(body) & {".", ","} for body in bodies if not body.isdigit()]
    if {frozenset(marks) for marks in marked} == {frozenset("."), frozenset(",")} and all(
        body.isdigit() or _EITHER.fullmatch(body) for body in bodies
    ):
        return None
    for (decimal, thousands), form in _FORMS.items():
        if all(map(form.fullmatch, bodies)):
            made: dict[str, Any] = {} if decimal == "." else {"decimal": decimal}
            return {**made, "thousands": thousands} if thousands else made
    return None


class _Spelt(NamedTuple):
    """How texts that differ in their digits alone spell a number."""

    #: Where the digits begin and end, and what makes those that programs write of them.
    start: int
    end: int
    plainly: Mapping[int, Any]
    negative: bool
    way: str


def number_in(text: str) -> tuple[float, str] | None:
    """The number that a text stands for, and how it is written; None where it is no number.

    >>> number_in(" 1.5 "), number_in("1,234.5"), number_in("12,5"), number_in("45 %")
    ((1.5, 'plain'), (1234.5, 'thousands'), (12.5, 'decimal comma'), (45.0, 'with a percent sign'))
    >>> number_in("-$5"), number_in("(1.234,50)"), number_in("A12"), number_in("1 234")
    ((-5.0, 'with a currency sign'), (-1234.5, 'in parentheses'), None, None)
    """
    text = text.strip()
    spelt = _spelt(text.translate(AS_ONE))
    if spelt is None:
        return None
    value = float(text[spelt.start : spelt.end].translate(spelt.plainly))
    return (-value if spelt.negative else value), spelt.way


@lru_cache(maxsize=2**13)  # the texts of a column, and of many, are spelt alike
def _spelt(text: str) -> _Spelt | None:
    if _PLAIN.fullmatch(text):
        return _Spelt(0, len(text), {}, negative=False, way="plain")
    body = _BODY.search(text) if _NUMBER.fullmatch(text) else None
    form = None if body is None else _ANY_FORM.fullmatch(body[0])
    if body is None or form is None or form.lastindex is None:
        return None
    at = form.lastindex - 1
    negative = text.startswith("(") or "-" in text[: body.start()]
    way = _way(text, body[0], *_MARKS[at])
    return _Spelt(*body.span(), _PLAINLY[at], negative=negative, way=way)


def _way(text: str, body: str, decimal: str, thousands: str) -> str:
    if text.startswith("("):
        return "in parentheses"
    if body != text.lstrip("+-"):
        if text.endswith("%"):
            return "with a percent sign"
        return "with a currency sign" if _SIGN.search(text) else "with a sign"
    if decimal == "," and "," in body:
        return "decimal comma"
    return "thousands" if thousands else "plain"


_NUMBER, _SIGN = re.compile(NUMBER), re.compile(f"[{_SIGNS}]")
_BODY = re.compile(r"(?:[0-9][0-9.,'\u2019]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def measure_in(text: str) -> Measure | None:
    """A number in text with its unit or its currency; None where the text is no such number.

    >>> measure_in("72.1 kg").unit, measure_in("1\u00a0946\u00a0624").printed
    ('kg', True)
    >>> measure_in("CHF 1'200.50").prefix, measure_in("EUR 2.017,63").prefix
    ('CHF', 'EUR')
    >>> measure_in("USD5,031").prefix, measure_in("Rs. 50").prefix, measure_in("EUR 12.5").prefix
    ('USD', 'Rs.', 'EUR')
    >>> measure_in("PEN3"), measure_in("TRY 1"), measure_in("EUR5")
    (None, None, None)
    >>> measure_in("136A"), measure_in("8011-N"), measure_in("ward 7"), measure_in("no 7")
    (None, None, None, None)
    >>> measure_in("18.5C").unit
    'C'
    """
    found = _measure(text.translate(AS_ONE))
    if found is None:
        return None
    measure, (start, end) = found
    return measure._replace(body=text.translate(_PRINTED).strip()[start:end])


@lru_cache(maxsize=2**13)
def _measure(text: str) -> tuple[Measure, tuple[int, int]] | None:
    """What texts that differ in their digits alone measure, and where these stand."""
    plain = text.translate(_PRINTED)
    found = _MEASURE.fullmatch(plain.strip())
    if found is None or _ANY_FORM.fullmatch(found["body"]) is None:
        return None
    unit, prefix = (found["unit"] or "").strip(), (found["prefix"] or "").strip()
    alone = len(unit) == 1 and unit.isalpha() and not found["gap"]
    if alone and unit not in POWERS and found["body"].isdecimal():
        return None  # a letter behind digits makes a code of them
    money = not prefix or _OF_MONEY.fullmatch(found["prefix"]) or re.search(f"[{_SIGNS}]", prefix)
    if not money and not _AMOUNT.fullmatch(found["body"]):
        return None  # and a word before one, unless it is money
    printed = plain != text or any(mark in " '" for mark in found["body"])
    return Measure(unit, printed, prefix, found["body"]), found.span("body")


def counts_past_nine(texts: Iterable[str]) -> bool:
    """Whether what stands behind the points counts on from 9 to 10, as in versions and sections.

    Decimals of one length, or without zeros at their end, never do; some begin with a zero, too.

    >>> counts_past_nine(["3.8", "3.9", "3.10"]), counts_past_nine(["3.80", "3.90", "3.10"])
    (True, False)
    >>> counts_past_nine(["0.9", "0.10", "0.05"]), counts_past_nine(["0.9", "1.10"])
    (False, False)
    """
    behind = defaultdict[str, set[str]](set)
    for text in texts:
        found = _NUMBERED.fullmatch(text.strip())
        if found is None:
            return False
        behind[found[1]].add(found[2])
    return any({"9", "10"} <= parts for parts in behind.values())
