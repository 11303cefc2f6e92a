"""What a view says of one column of a profile's document: numbers, moments in time, flags."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from datacheck.text import percent, plain_exponent, shown_value, visible

#: By polars' name of a unit, how many of it make a second.
_UNITS = {"ms": 1e3, "us": 1e6, "ns": 1e9}
_DAY = 86_400
#: A text column with at most so many texts names the most frequent ones.
_FEW = 3


def missing_share(column: dict[str, Any]) -> str:
    """Null and NaN cells as a share; empty where there is none.

    >>> missing_share({"null": 2, "nan": 1, "rows": 300})
    '1.0%'
    """
    missing = column["null"] + column["nan"]
    return percent(missing, column["rows"]) if missing else ""


def spread(column: dict[str, Any]) -> tuple[str, str, str] | None:
    """The least, middle and greatest value as a person writes them, of numbers in text too."""
    levels = column["quantiles"]
    if not levels or not (column["kind"] in {"number", "time"} or _mostly_numbers(column)):
        return None
    least, middle, most = (value_words(levels[level], column) for level in ("0.0", "0.5", "1.0"))
    return least, middle, most


def distinct(column: dict[str, Any]) -> str:
    """How many values a column has; an estimate says so.

    >>> distinct({"exact": False, "distinct": 6905})
    '~6,905'
    """
    return f"{'' if column['exact'] else '~'}{column['distinct']:,}"


def frequent(column: dict[str, Any]) -> str:
    """The most frequent values."""
    values = [_plain(value, column) for value, _ in column["most_frequent"][:_FEW]]
    more = ", ..." if values and column["distinct"] > len(values) else ""
    return ", ".join(values) + more


def dtype(name: str) -> str:
    """A polars type in brief.

    >>> dtype("Datetime(time_unit='us', time_zone='UTC')"), dtype("Duration(time_unit='ms')")
    ('Datetime us UTC', 'Duration ms')
    """
    return " ".join(re.sub(r"\w+=None|\w+=|[(),']", " ", name).split())


def flags(column: dict[str, Any]) -> list[str]:
    """What is worth a second look, in a word or two each."""
    filled = column["rows"] - column["null"] - column["nan"]
    found = []
    if column["rows"] and not filled:
        found.append("all missing")
    elif filled > 1 and column["distinct"] == 1 and column["exact"]:
        found.append("constant")
    if column["nan"]:
        found.append(f"{column['nan']:,} NaN")
    return [*found, *_number_flags(column), *_text_flags(column)]


def value_words(value: float, column: dict[str, Any]) -> str:
    """A value of a column of numbers or times as people write it."""
    return _moment(value, column["dtype"]) if column["kind"] == "time" else number(value)


def number(value: float) -> str:
    """A number in at most ten characters or so.

    >>> number(39.100000000000001), number(1048576.0), number(1.7e9)
    ('39.1', '1048576', '1.7e9')
    """
    shown = f"{value:.7g}"
    longest = 9
    return plain_exponent(shown if len(shown) <= longest else f"{value:.4g}")


def _number_flags(column: dict[str, Any]) -> list[str]:
    numbers = column["numbers"]
    if not numbers or column["kind"] != "number":
        return []
    infinite = numbers["infinite_above"] + numbers["infinite_below"]
    counts = {
        "infinite": infinite,
        "over float32": numbers["float32_overflow"],
        "under float32": numbers["float32_underflow"],
        "beyond 2^53": numbers["beyond_integers"],
    }
    return [f"{count:,} {what}" for what, count in counts.items() if count]


def _text_flags(column: dict[str, Any]) -> list[str]:
    texts = column["texts"]
    if not texts or column["kind"] != "text":
        return []
    found = []
    if texts["numeric"]:
        found.append("all numbers" if texts["numeric"] == texts["count"] else "numbers as text")
    found += [visible(f'{count:,} "{word}"') for word, count in texts["words"].items()]
    return found


def _mostly_numbers(column: dict[str, Any]) -> bool:
    texts = column["texts"]
    return column["kind"] == "text" and texts is not None and 2 * texts["numeric"] > texts["count"]


def _plain(value: Any, column: dict[str, Any]) -> str:
    if isinstance(value, float) and column["kind"] in {"number", "time"}:
        return value_words(value, column)
    if column["kind"] == "boolean":
        return "true" if value else "false"
    return shown_value(value)


def _moment(value: float, dtype: str) -> str:
    """A count of polars' units since 1970 (or midnight, or of a duration) as people write it.

    >>> _moment(19000.0, "Date")
    '2022-01-08'
    """
    unit = re.search(r"time_unit='(\w\w)'", dtype)
    seconds = value * _DAY if dtype == "Date" else value / _UNITS[unit[1] if unit else "ns"]
    try:
        if dtype.startswith("Duration"):
            return str(timedelta(seconds=round(seconds)))
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return number(value)
    if dtype == "Time":
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if dtype == "Date" else "%Y-%m-%d %H:%M")
