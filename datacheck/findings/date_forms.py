"""How a text writes a date: its day, in which order, and the format that reads it.

A text is a date by its shape: day, month and year with a mark between them, the month perhaps by
its name in one of a dozen languages; or eight digits of which the first four are a year; perhaps
a time of day behind. Of an order in which no such day exists only the shape is known.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats
from datacheck.profiling.facts import fact
from datacheck.profiling.points import Points
from datacheck.spelling import AS_ONE

#: A year that is written without a mark is one of these: eight digits of another are a code.
_YEARS = range(1900, 2100)
_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
#: So many different days in numbers, and this share of them real ones, are no chance.
_DISTINCT, REAL = 10, 0.99
_FIRST, _LAST = 19_000_101, 20_991_231
#: Of a year.
MONTHS = 12
#: A spreadsheet's number of a day between 1954 and 2064.
DAY_NUMBERS = range(20_000, 60_001)
#: "date" or "day" as a word of its own in a name.
_SAYS_DAY = re.compile(r"(?:^|[^A-Za-z])(?i:date|day)(?:$|[^A-Za-z])|[a-z0-9](?:Date|Day)$")
_SAYS_TIME = re.compile(
    r"(?:^|[^A-Za-z])(?i:date|time|datetime|timestamp|epoch|ts|when|at)(?:$|[^A-Za-z])"
    r"|[a-z0-9](?:Date|Time|Timestamp|At)$"
)
#: How many of a unit make a second.
A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
#: Seconds since 1970, from 1985 to 2065.
_SINCE = (4.7e8, 3.0e9)
#: What polars reads as a month: its English name, in full or by three letters.
READ = {*_MONTHS, *(name[:3] for name in _MONTHS)}
#: The months in German, French, Spanish, Italian, Dutch, Portuguese, Swedish, Danish, Norwegian,
#: Catalan, Romanian and Indonesian, from January on.
_ABROAD = """
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart april mei juni juli augustus september oktober november december
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november december
januar februar mars april mai juni juli august september oktober november desember
gener febrer març abril maig juny juliol agost setembre octubre novembre desembre
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
januari februari maret april mei juni juli agustus september oktober november desember
"""
#: Short forms that are no beginning of a name.
_SHORT = {"sept": 9, "jän": 1, "mrz": 3, "mrt": 3}
#: Letters that may be the name of a month, and what may part it from a day or a year.
MONTH, OF = r"[^\W\d_]{3,10}", r"\.? de "
_MONTH = rf"(?P<month>{MONTH})"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?P<nth>st|nd|rd|th)?", r"(?P<year>\d{4}|\d{2})"
_CLOCK = (
    r"(?:(?P<before>T|,? )\s*(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d+)?)?)"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*"
    r"(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[CEW]ES?T|[ECMP][SD]T|[BIJ]ST|AE[SD]T|NZ[SD]T)?)?"
)
_WEEKDAY = r"(?P<weekday>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_NUMBERS = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[-/ ]|\. ?)(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4})" + _CLOCK
)
_NAMED = tuple(
    (order, re.compile(_WEEKDAY + body + _CLOCK, re.IGNORECASE))
    for order, body in (
        ("dmy", rf"{_DAY}(?P<one>\.? |[-/.]|{OF}|){_MONTH}(?P<two>\.?,? |[-/.]|{OF}|){_YEAR}"),
        ("mdy", rf"{_MONTH}(?P<one>\.? |[-/.]){_DAY}(?P<two>,? |[-/.]){_YEAR}"),
        ("ymd", rf"(?P<year>\d{{4}})(?P<one> |[-/.]){_MONTH}(?P<two>\.? |[-/.]){_DAY}"),
    )
)
#: Moments as logs, cameras, databases and people write them, and how they are written elsewhere.
_ABC, _TIME = r"[A-Z][a-z]{2}", r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ELSEWHERE = tuple(
    (re.compile(shape), usual)
    for shape, usual in (
        (
            rf"(?:{_ABC},? )?({_ABC}) {{1,2}}(\d{{1,2}}) ({_TIME})(?: (\S+))? (\d{{4}})",
            r"\1 \2, \5 \3\4",
        ),
        (rf"(\d{{1,2}}(?P<mark>/?)[A-Za-z]{{3}}(?P=mark)\d{{4}}):({_TIME}.*)", r"\1 \3"),
        (
            r"(\d{4})(\d\d)(\d\d)[T ](\d\d)(\d\d)(\d\d(?:\.\d+)?)(Z|[+-]\d.*)?",
            r"\1-\2-\3T\4:\5:\6\7",
        ),
        (rf"(\d{{4}}):(\d{{2}}):(\d{{2}}) ({_TIME})", r"\1-\2-\3 \4"),
        (r"(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})\.(\d{2}(?:\.\d+)?)", r"\1 \2:\3:\4"),
        (r"(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?(.*)", r"\1.\2.\3\4"),
        (r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]( .*)?", r"\1-\2-\3\4"),
        (rf"({_TIME}),? (?:on )?(\d.*)", r"\2 \1"),
        (r"(.*\d:\d{2}),(\d+.*)", r"\1.\2"),
        (rf"(.*{_TIME}) ?(?:Uhr|uur|h)", r"\1"),
        (r"(.*\d,? \d{1,2})h(\d{2})", r"\1:\2"),
    )
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?P<time>(?P<gap>[T ]?)[0-2]\d[0-5]\d[0-5]\d)?")
_WHOLE_YEAR, _YEAR_IN = 4, re.compile(r"\d{4}")


def _months_by_name() -> dict[str, int]:
    """Each name of a month, and each beginning of one that is no other month's, with its number."""
    found: dict[str, int] = {}
    several = set()
    for names in (_MONTHS, *(line.split() for line in _ABROAD.strip().splitlines())):
        for month, name in enumerate(names, 1):
            bare = name.translate(_UNMARKED)
            for word in {*(each[:end] for each in (name, bare) for end in (3, 4)), name, bare}:
                if found.setdefault(word, month) != month:
                    several.add(word)
    return {word: month for word, month in found.items() if word not in several} | _SHORT


_UNMARKED = str.maketrans("äéèûç", "aeeuc")
_BY_NAME = _months_by_name()


def month_of(name: str) -> int | None:
    """The number of a month by its name; None where it is none.

    >>> month_of("March"), month_of("Mai"), month_of("déc"), month_of("jui"), month_of("Team")
    (3, 5, 12, None, None)
    """
    return _BY_NAME.get(name.lower())


@dataclass(frozen=True, eq=False, slots=True)
class Manner:
    """How a date is written: many dates of a column are written in one manner, and share it."""

    #: The orders in which it is a day; none where no such day exists.
    orders: tuple[str, ...]
    #: Orders, each with the format that reads it; empty where there is none.
    forms: tuple[tuple[str, str], ...]
    #: What texts of one order have in common: the mark between the parts.
    style: str
    #: The format of its time of day; empty where it has none.
    clock: str = ""
    #: The offset from UTC that it names, or the name of a zone.
    zone: str = ""


_manner = lru_cache(maxsize=2**10)(Manner)


class Written(NamedTuple):
    """A date in text."""

    #: By the order in which it may be read, the day that it is; none where no such day exists.
    days: dict[str, dt.date]
    manner: Manner


@lru_cache(maxsize=2**14)  # the days of one column are those of another
def date_in(text: str) -> Written | None:
    """How a text writes a date; None where it does not look like one.

    >>> sorted(date_in("31/12/2023").days), sorted(date_in("01/02/2023").days)
    (['dmy'], ['dmy', 'mdy'])
    >>> date_in("2023-02-30").days, date_in("10.5.2") is None
    ({}, True)
    >>> sorted(date_in("31.12.23").days), date_in("31/12/23").manner.style
    (['dmy'], '/yy')
    >>> date_in("5 Jan 2024").manner.forms, date_in("20240131").days["ymd"].isoformat()
    ((('dmy', '%d %B %Y'),), '2024-01-31')
    """
    text = text.strip()
    return (_usual(text) or _elsewhere(text)) if _may_be(text.translate(AS_ONE)) else None


@lru_cache(maxsize=2**13)
def _may_be(text: str) -> bool:
    """Whether texts that differ from this one in their digits alone may have the shape of one."""
    shapes = (_NUMBERS, _COMPACT, *(shape for _, shape in _NAMED))
    return any(shape.fullmatch(text) for shape in shapes) or _YEAR_IN.search(text) is not None


def _usual(text: str) -> Written | None:
    return _numbers(text) or _compact(text) or _named(text)


def _elsewhere(text: str) -> Written | None:
    """A date as no format reads it, where it is one once it is written as usual.

    >>> [date_in(text).days for text in ("Wed Oct 10 20:19:24 +0000 2018", "2018年10月10日")]
    [{'mdy': datetime.date(2018, 10, 10)}, {'ymd': datetime.date(2018, 10, 10)}]
    """
    if not _YEAR_IN.search(text):
        return None
    rewritten = (shape.sub(usual, text) for shape, usual in _ELSEWHERE if shape.fullmatch(text))
    found = next((made for each in rewritten if (made := _usual(each))), None)
    if found is None:
        return None
    manner = found.manner
    unread = tuple((order, "") for order, _ in manner.forms)
    style = f"otherwise {manner.style}"
    return Written(found.days, _manner(manner.orders, unread, style, manner.clock, manner.zone))


def _numbers(text: str) -> Written | None:
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return None
    first, second, third, mark = found["first"], found["second"], found["third"], found["mark"]
    year = "%Y"
    if len(first) == _WHOLE_YEAR and len(third) < _WHOLE_YEAR - 1:
        orders = {"ymd": (first, second, third)}
    elif len(third) == _WHOLE_YEAR and len(first) < _WHOLE_YEAR - 1:
        orders = {"dmy": (third, second, first), "mdy": (third, first, second)}
    elif mark == "/" and len(third) == len("yy") and len(first) < _WHOLE_YEAR - 1:
        orders = {"dmy": (third, second, first), "mdy": (third, first, second)}
        year = ""
    elif mark == "." and len(first) == len(second) == len(third) == len("yy"):
        orders = {"dmy": (third, second, first)}  # points stand where the day comes first
        year = ""
    else:
        return None
    parts = {"y": year, "m": "%m", "d": "%d"}
    forms = {order: mark.join(parts[part] for part in order) if year else "" for order in orders}
    return _written(
        {order: (_year(y), int(m), int(d)) for order, (y, m, d) in orders.items()},
        forms,
        mark if year else f"{mark}yy",
        found,
    )


def _named(text: str) -> Written | None:
    for order, shape in _NAMED:
        found = shape.fullmatch(text)
        number = None if found is None else month_of(found["month"])
        if found is None or number is None:
            continue
        month, year = found["month"].lower(), found["year"]
        read = month in READ and not found["nth"] and not found["weekday"]
        whole = len(year) == _WHOLE_YEAR
        parts = {"y": "%Y", "m": "%B", "d": "%d"}
        form = found["one"].join(parts[part] for part in order[:2])
        form = f"{form}{found['two']}{parts[order[2]]}" if read and whole else ""
        days = {order: (_year(year), number, int(found["day"]))}
        return _written(days, {order: form}, "name" if whole else "name yy", found)
    return None


def _compact(text: str) -> Written | None:
    found = _COMPACT.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        return None
    day = _day(int(found[1]), int(found[2]), int(found[3]))
    clock = f"{found['gap']}%H%M%S" if found["time"] else ""
    days = {"ymd": day} if day else {}
    return Written(days, _manner((*days,), (("ymd", f"%Y%m%d{clock}"),), "", clock))


def days_in_numbers(values: Floats) -> bool:
    """Whether ascending numbers are days, as 20240131 is one, all with a time behind or none.

    >>> import numpy as np
    >>> days = np.arange(20240101.0, 20240131)
    >>> days_in_numbers(days), days_in_numbers(days * 10**6 + 93000), days_in_numbers(days * 2)
    (True, True, False)
    """
    if len(values) < _DISTINCT or not any(
        _FIRST * size <= values[0] <= values[-1] < (_LAST + 1) * size for size in (1, 10**6)
    ):
        return False
    return sum(map(is_day, values.tolist())) >= REAL * len(values)


@fact
def are_days(points: Points) -> bool:
    """Whether a column's numbers are days, which are no quantities."""
    return days_in_numbers(points.values)


def months_in_numbers(values: Floats) -> bool:
    """Whether ascending whole numbers are months, as 202401 is one, and go on from one to the next.

    >>> import numpy as np
    >>> months = np.array([100.0 * year + month for year in (2023, 2024) for month in range(1, 13)])
    >>> months_in_numbers(months), months_in_numbers(np.arange(202301.0, 202325))
    (True, False)
    """
    if len(values) < _DISTINCT or not _FIRST // 100 <= values[0] <= values[-1] <= _LAST // 100:
        return False
    year, month = np.divmod(values, 100)
    return bool(((month >= 1) & (month <= MONTHS) & (month % 1 == 0)).all() and year[0] < year[-1])


def days_of_spreadsheet(name: str, values: Floats) -> bool:
    """Whether ascending numbers are a spreadsheet's numbers of days, under a name that says day.

    >>> import numpy as np
    >>> numbers = np.arange(44_197.0, 44_300.0, 7)
    >>> days_of_spreadsheet("order_date", numbers), days_of_spreadsheet("price", numbers)
    (True, False)
    """
    if len(values) < _DISTINCT or _SAYS_DAY.search(name) is None:
        return False
    whole = bool((values == values.round()).all())
    within = DAY_NUMBERS.start <= float(values[0]) and float(values[-1]) < DAY_NUMBERS.stop
    return whole and within


def unit_since_1970(name: str, values: Floats) -> str | None:
    """In which unit ascending whole numbers may count from 1970: by their name, or all being round.

    >>> import numpy as np
    >>> noons = np.arange(1.7e12, 1.71e12, 43_200_000)
    >>> [unit_since_1970(name, noons + off) for name, off in (("x", 0), ("x", 1), ("ts", 1))]
    ['ms', None, 'ms']
    """
    if len(values) < _DISTINCT:
        return None
    for unit, size in A_SECOND.items():
        if _SINCE[0] * size <= values[0] and values[-1] <= _SINCE[1] * size:
            # Days have full seconds, and no more zeros than these bring.
            step = size if size > 1 else 86_400
            is_round = not (values % step).any() and bool((values % (1000 * step)).any())
            return unit if is_round or _SAYS_TIME.search(name) else None
    return None


def day_of_spreadsheet(number: float) -> dt.date:
    """The day that a spreadsheet which counts from 1900 gives a number."""
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(number))


def is_day(value: float) -> bool:
    """Whether a number is a day, written as year, month and day."""
    written = date_in(f"{value:.0f}") if value.is_integer() else None
    return written is not None and bool(written.days)


def _written(
    orders: dict[str, tuple[int, int, int]], forms: dict[str, str], style: str, found: re.Match[str]
) -> Written:
    days = {order: day for order, parts in orders.items() if (day := _day(*parts)) is not None}
    clock = ""
    if found["clock"]:
        seconds = "%S%.f" if found["fraction"] else "%S"
        clock = "%I:%M" if found["half"] else "%H:%M"
        clock += f":{seconds}" if found["seconds"] else ""
        clock += " %p" if found["half"] else ""
    behind = f"{found['before'].upper()}{clock}" if clock else ""
    whole = tuple((order, form and f"{form}{behind}") for order, form in forms.items())
    return Written(days, _manner((*days,), whole, style, clock, found["zone"] or ""))


def _year(written: str) -> int:
    """A year; one without its century as of 2000, when all days are days that any other has."""
    return int(written) + (0 if len(written) == _WHOLE_YEAR else 2000)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
