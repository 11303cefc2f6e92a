"""Text that measures something in parts: months, times, feet and inches, angles, two numbers.

Such a column is one of quantities, and a model that takes it as text sees a category in each cell.
What it holds is told for information; a month and a time of day can be read without loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from datacheck.findings.date_forms import MONTH, MONTHS, READ, month_of
from datacheck.findings.nothing import nothing_words
from datacheck.findings.roles import texts_in
from datacheck.profiling.column import ColumnProfile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix

_Fits: TypeAlias = Callable[[str], re.Match[str] | None]

#: From this share of one shape on, and so many different texts of it.
ALIKE, DISTINCT = 0.9, 3
#: Ranges have hardly any widths; of whole numbers that are merely joined, any.
WIDTHS = 0.5
#: Of two texts that are looked at first, one must have the shape: most columns are done with that.
_FIRST = 8

_NUMBER = r"\d+(?:\.\d+)?"
_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_ALONE = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_MONTH = re.compile(
    rf"(?P<name>{MONTH})(?P<mark>[ ./-]|, |\.? de )(?P<year>\d{{4}}|'?\d{{2}})"
    r"|(?P<first>\d{4})(?P<dash>[-/])(?P<number>0[1-9]|1[0-2])"
    r"|(?P<front>0[1-9]|1[0-2])(?P<slash>/)(?P<last>\d{4})"
)
_YEARLESS = re.compile(
    rf"(?P<day>0?[1-9]|[12]\d|3[01])(?:\.? |[-/.])(?P<name>{MONTH})\.?"
    rf"|(?P<first>{MONTH})\.?[ -](?P<last>\d{{1,2}})"
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,3}):(?P<minute>[0-5]\d)(?P<second>:[0-5]\d)?(?P<part>[.,]\d+)?"
    r"(?P<half> ?[AaPp][Mm])?"
)
_FEET = re.compile(
    r"\d+ ?(?:'|\u2032|ft\.?|feet) ?\d{1,2}(?:\.\d+)? ?(?:\"|\u2033|''|in\.?|inches)?"
)
_POUNDS = re.compile(r"\d+ ?(?:lbs?\.?|pounds?),? ?\d{1,2}(?:\.\d+)? ?(?:oz\.?|ounces?)")
_MINUTES = r"m(?:in(?:utes?|s)?)?"
_HOURS = re.compile(
    rf"(?P<both>\d+ ?h(?:ours?|rs?)? ?[0-5]?\d ?(?:{_MINUTES})?)"
    rf"|\d+ ?(?:h(?:ours?|rs?)?|{_MINUTES})"
)
_ANGLE = re.compile(
    rf"[-+NSEWO]?\s?\d{{1,3}}\s?[\u00b0\u00ba]\s?{_NUMBER}\s?['\u2032\u2019]\s?"
    rf"(?:{_NUMBER}\s?(?:[\"\u2033\u201d]|'')?)?\s?[NSEWO]?"
)
_FORTRAN = re.compile(r"[-+]?\d*\.\d*[dD][-+]?\d+")
#: A range may be of amounts, in words, or as pandas writes an interval.
_END = r"[$\u20ac\u00a3]? ?{} ?[kKM%]?"
_LOW, _HIGH = _END.format(rf"(?P<low>{_AMOUNT})"), _END.format(rf"(?P<high>{_AMOUNT})")
_RANGE = re.compile(rf"(?:from |between )?{_LOW}(?: ?[-–] ?| to | and ){_HIGH}")  # noqa: RUF001
_BOUND = rf"-?(?:inf|{_NUMBER})"
_INTERVAL = re.compile(rf"\({_BOUND}, ?{_BOUND}\]|\[{_BOUND}, ?{_BOUND}\)")
#: As pandas and ISO 8601 write lengths of time, and people who name each unit.
_LENGTH = re.compile(
    r"-?\d+ days?,? [-+]?\d{1,2}:\d\d:\d\d(?:\.\d+)?"
    r"|-?P(?:\d+[YMWD])*T(?:\d+(?:\.\d+)?[HMS])+|-?P(?:\d+[YMWD])+"
    r"|\d+ ?y(?:ears?|rs?)?,? \d+ ?m(?:onths?|os?)?"
    r"|\d+ ?d(?:ays?)?,? \d+ ?h(?:ours?|rs?)?(?:,? \d+ ?m(?:in(?:utes?|s)?)?)?"
    r"|\d+ ?m(?:in(?:utes?|s)?)?,? \d+(?:\.\d+)? ?s(?:ec(?:onds?|s)?)?"
)
_COMPLEX = re.compile(rf"\(?[-+]?{_NUMBER}(?:e[-+]?\d+)?[-+]{_NUMBER}(?:e[-+]?\d+)?[ij]\)?")
#: Longer ones are hashes, and addresses of accounts.
_HEXADECIMAL = re.compile(r"[-+]?0[xX][0-9A-Fa-f]{1,16}")
_QUOTED = re.compile(
    rf"(?P<mark>['\"\u2018\u201c])[-+]?{_NUMBER}['\"\u2019\u201d]|=\"[-+]?{_NUMBER}\"|'[-+]?{_NUMBER}"
)
_LED = re.compile(
    rf"(?:[~\u2248<>\u2264\u2265]=? ?|(?:circa|ca\.?|c\.|approx\.?|about) )[-+]?{_NUMBER}"
)
_FOREIGN = re.compile(r"(?=.*[^\x00-\x7f])[-+]?\d+(?:[.,\u066b\uff0e]\d+)?")
_FRACTION = re.compile(r"\d+[ -]\d{1,2}/\d{1,2}|\d* ?[\u00bc-\u00be\u2150-\u215e]")
#: Characters of no width, which pages and certificates bring along: about the direction, joiners.
UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
UNSEEN_AROUND = re.compile(rf"(?=.*[{UNSEEN}])[{UNSEEN}\s]*[-+]?{_AMOUNT}%?[{UNSEEN}\s]*")
_SPAN = re.compile(r"\d{4}[- ]?(?P<week>W)?(?(week)[0-5]\d(?:-?[1-7])?|Q[1-4])|Q[1-4][- ]?\d{4}")
#: A day with its month by a name, in whatever language, and the year.
_NAME = r"(?P<{}>[^\W\d_]{{2,12}})\.?"
_DAY_BY_NAME = re.compile(
    rf"\d{{1,2}}\.?[ /-](?:de )?{_NAME.format('name')},?[ /-](?:del? )?(?:19|20)\d\d(?:[ ,T].*)?"
    rf"|(?:19|20)\d\d\.?[ /-]{_NAME.format('word')}[ /-]\d{{1,2}}\.?(?:[ ,T].*)?"
)
#: What people write for a power of ten, as 1.2 x 10^3.
_TENS = re.compile(
    rf"[-+\u2212]?{_NUMBER} ?[x×*·] ?10(?:(?:\^|\*\*)?[-+\u2212]?\d+"  # noqa: RUF001
    r"|[\u207a\u207b]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)"
)
#: A size may have its unit behind each number, and a third one: 12x30x5 cm.
_SIZE = rf"{_NUMBER}(?: ?[a-z]+)?"
_PAIR = re.compile(
    rf"\(?[-+]?{_NUMBER}(?: ?[/:;] ?|, | (?:out )?of )[-+]?{_NUMBER}\)?"
    rf"|\(?[-+]?\d+\.\d+,[-+]?\d+\.\d+\)?"
    rf"|[-+]?{_SIZE}(?P<mark> ?[x×] ?)[-+]?{_SIZE}(?:(?P=mark)(?P<third>{_SIZE}))?"  # noqa: RUF001
)
#: A value and how sure it is, or its share: 12.3 ± 0.4, 12.3 (0.4), 12.3 [11.9, 12.7], 41 (23%).
_SIGNED = rf"[-+\u2212]?{_NUMBER}"
_ABOUT = re.compile(
    rf"{_SIGNED} ?%?(?: ?(?:±|\+/-|\+-) ?{_NUMBER} ?%?"
    rf"| ?[(\[]{_SIGNED} ?%?(?:(?:, ?| ?[-\u2013;] ?| to ){_SIGNED} ?%?)?[)\]])"
)


WITHOUT_UNSEEN = (
    r"Take these out: str.replace_all(r'\p{Cf}', '') in polars; then declare a numeric dtype."
)


class Told(NamedTuple):
    """What is said of a column: what it holds, what to do, and perhaps the fix."""

    what: str
    remedy: str
    fix: Fix | None = None
    code: str = "type.numeric_text"


_IN_RANGES = Told(
    "ranges of numbers",
    "Keep them as categories in their order, or write the two ends into columns of their own.",
)
_DURATIONS = Told(
    "lengths of time in two or three parts",
    "Write each as a number of one unit, seconds or minutes.",
)


def parts_in_text(column: ColumnProfile) -> Iterator[Finding]:
    """``type.date_text`` of months and times, ``type.numeric_text`` of what has two parts."""
    if (texts := texts_in(column)) is None:
        return
    nothing = nothing_words(texts)
    bare = (text.strip() for text in texts.values if text not in nothing)
    first = set[str]()
    while len(first) < _FIRST and (text := next(bare, None)) is not None:
        first.add(text)
    places = sorted({place for text in first for place in _shapes_of(text)})
    said = {t.strip(): n for t, n in texts.values.items() if t not in nothing} if places else {}
    for place in places:
        fits, tell = _SHAPES[place]
        if not (found := _of_shape(said, fits)):
            continue
        told = tell if isinstance(tell, Told) else tell(column, found, sorted(nothing))
        if told is not None:
            whole = len(found) == len(said) and texts.exact
            yield _finding(column, told, found, whole=whole)
            break


@lru_cache(maxsize=2**13)  # texts repeat from column to column
def _shapes_of(text: str) -> tuple[int, ...]:
    """The places of the shapes that a text has; a number by itself has none."""
    if _ALONE.fullmatch(text):
        return ()
    return tuple(place for place, (fits, _) in enumerate(_SHAPES) if fits(text))


def _of_shape(said: Mapping[str, int], fits: _Fits) -> dict[str, re.Match[str]]:
    """The texts of a shape, where nearly all of a column have it."""
    found = {text: match for text in said if (match := fits(text)) is not None}
    cells = sum(said[text] for text in found)
    enough = len(found) >= DISTINCT and cells >= ALIKE * sum(said.values())
    return found if enough else {}


def _finding(
    column: ColumnProfile, told: Told, found: Mapping[str, re.Match[str]], *, whole: bool
) -> Finding:
    fix = told.fix if whole else None
    return Finding(
        code=told.code,
        severity="info",
        column=column.name,
        count=column.count,
        values=tuple(found)[:DISTINCT],
        message=f"The texts are {told.what}, as {next(iter(found))!r}.",
        remedy=fix.sentence if fix is not None else told.remedy,
        fix=fix,
        evidence={"shape": told.what},
    )


def _months(
    column: ColumnProfile, found: Mapping[str, re.Match[str]], nothing: list[str]
) -> Told | None:
    names = {(match["name"] or "").lower() for match in found.values()} - {""}
    if not names <= READ and len(set(map(month_of, names))) < DISTINCT:
        return None  # words that are short for a month somewhere: set 2020, out 2021
    formats = {_month_format(match) for match in found.values()}
    fix = None
    if "" not in formats:
        fix = fixes.declare_dates(column.name, sorted(formats), "Date", missing=nothing)
    return Told(
        "months without a day",
        "Write each as the first day of its month, year-month-day, with the century.",
        fix,
        code="type.date_text",
    )


def _month_format(match: re.Match[str]) -> str:
    """The format that reads a month; empty where its century is not written, or its name is not."""
    if match["first"]:
        return f"%Y{match['dash']}%m"
    if match["front"]:
        return "%m/%Y"
    plain = match["name"].lower() in READ and len(match["year"]) == len("2021")
    return f"%B{match['mark']}%Y" if plain else ""


def _month_in(text: str) -> re.Match[str] | None:
    found = _MONTH.fullmatch(text)
    named = found is not None and found["name"]
    return found if not named or month_of(named) else None


def day_of_a_month(text: str) -> re.Match[str] | None:
    """A day and a month by its English name, without a year, as spreadsheets show it: 2-Sep."""
    found = _YEARLESS.fullmatch(text)
    return found if found and (found["name"] or found["first"]).lower() in READ else None


def range_in(text: str) -> re.Match[str] | None:
    """A range of numbers: 62-67, 10 to 19."""
    return _RANGE.fullmatch(text)


def _times(
    column: ColumnProfile, found: Mapping[str, re.Match[str]], nothing: list[str]
) -> Told | None:
    hours = [int(match["hour"]) for match in found.values()]
    halves = {bool(match["half"]) for match in found.values()}
    timed = all(match["second"] for match in found.values() if match["part"])
    if max(hours) >= (13 if True in halves else 24) or not timed:
        return _DURATIONS
    formats = {_time_format(match) for match in found.values()}
    points = not any((match["part"] or "").startswith(",") for match in found.values())
    fix = None
    if points:
        fix = fixes.declare_dates(column.name, sorted(formats), "Time", missing=nothing)
    either = all(match["second"] for match in found.values()) and True not in halves
    return Told(
        "times of day" + ", or lengths of time below a day" * either,
        "Write them as hours:minutes, and declare dtype: Time.",
        fix,
        code="type.date_text",
    )


def _time_format(match: re.Match[str]) -> str:
    form = "%I:%M" if match["half"] else "%H:%M"
    form += ":%S" if match["second"] else ""
    form += "%.f" if match["part"] else ""
    return form + (" %p" if " " in (match["half"] or "") else "%p" if match["half"] else "")


def _ranges(_: ColumnProfile, found: Mapping[str, re.Match[str]], __: list[str]) -> Told | None:
    amounts = [match.group("low", "high") for match in found.values()]
    ends = [(float(low.replace(",", "")), float(high.replace(",", ""))) for low, high in amounts]
    lows, widths = {low for low, _ in ends}, {high - low for low, high in ends}
    few = len(widths) <= max(DISTINCT, WIDTHS * len(found))
    if not few or len(lows) < DISTINCT or any(low >= high for low, high in ends):
        return None
    return _IN_RANGES


def _days_by_name(
    _: ColumnProfile, found: Mapping[str, re.Match[str]], __: list[str]
) -> Told | None:
    names = {(match["name"] or match["word"]).lower() for match in found.values()}
    if not DISTINCT <= len(names) <= MONTHS or all(map(month_of, names)):
        return None
    return Told(
        "dates, it seems, with the month by its name in another language",
        "Write them as year-month-day.",
        code="type.date_text",
    )


def _pairs(_: ColumnProfile, found: Mapping[str, re.Match[str]], __: list[str]) -> Told:
    many = "three" if any(match["third"] for match in found.values()) else "two"
    return Told(
        f"{many} numbers in one cell",
        "Write each number into a column of its own, or what they stand for as one.",
    )


def _hours(_: ColumnProfile, found: Mapping[str, re.Match[str]], __: list[str]) -> Told | None:
    if not any(match["both"] for match in found.values()):
        return None
    return Told("lengths of time in hours and minutes", "Write each as one number of minutes.")


#: By the shape of texts, what is said of a column of them; or what tells it, None where nothing is.
_SHAPES: tuple[tuple[_Fits, Told | Callable[..., Told | None]], ...] = (
    (_month_in, _months),
    (
        day_of_a_month,
        Told(
            "days of a month without a year",
            "Write the year too, year-month-day; if they were codes or ranges, and a spreadsheet "
            "made days of them, load the table into it anew with the column as text.",
            code="type.date_text",
        ),
    ),
    (_DAY_BY_NAME.fullmatch, _days_by_name),
    (_CLOCK.fullmatch, _times),
    (
        _FEET.fullmatch,
        Told("lengths in feet and inches", "Write each as one number: 12 times feet, plus inches."),
    ),
    (
        _POUNDS.fullmatch,
        Told(
            "weights in pounds and ounces",
            "Write each as one number: 16 times pounds, plus ounces.",
        ),
    ),
    (_HOURS.fullmatch, _hours),
    (_LENGTH.fullmatch, _DURATIONS),
    (
        _ANGLE.fullmatch,
        Told(
            "angles in degrees and minutes",
            "Write each as one number of degrees: minutes are sixtieths, and south and west are "
            "negative.",
        ),
    ),
    (_TENS.fullmatch, Told("numbers with a power of ten", "Write E and the power: 1.2E3.")),
    (_FORTRAN.fullmatch, Told("numbers with the exponent of Fortran", "Write E in place of D.")),
    (range_in, _ranges),
    (_INTERVAL.fullmatch, _IN_RANGES),
    (
        _SPAN.fullmatch,
        Told(
            "weeks or quarters of a year",
            "Write each as its first day, year-month-day.",
            code="type.date_text",
        ),
    ),
    (_PAIR.fullmatch, _pairs),
    (
        _ABOUT.fullmatch,
        Told(
            "numbers with a second one beside each, its error, interval or share",
            "Write each number into a column of its own.",
        ),
    ),
    (
        _COMPLEX.fullmatch,
        Told("complex numbers", "Write the real and the imaginary part into columns of their own."),
    ),
    (
        _QUOTED.fullmatch,
        Told(
            "numbers in quotes, or codes that a spreadsheet was to leave as they are",
            "Write them without the quotes; declare dtype: String where they are codes.",
        ),
    ),
    (
        _LED.fullmatch,
        Told(
            "numbers with a sign before each that says about, below or above",
            "Write the number into one column and what the sign says into another.",
        ),
    ),
    (
        _HEXADECIMAL.fullmatch,
        Told(
            "numbers in hexadecimal digits",
            "Write each in the digits 0 to 9 (int(text, 16) in Python reads it), or keep it as "
            "text where it is an address or a code.",
        ),
    ),
    (
        _FRACTION.fullmatch,
        Told("whole numbers with a fraction behind", "Write each as a decimal number."),
    ),
    (
        UNSEEN_AROUND.fullmatch,
        Told("numbers among characters that are not seen", WITHOUT_UNSEEN),
    ),
    (
        _FOREIGN.fullmatch,
        Told("numbers in the digits of another script", "Write them in the digits 0 to 9."),
    ),
)
