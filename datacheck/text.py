"""Text from someone else's table, made safe and plain to look at.

A column name may hold a line break, an escape sequence that would recolour a terminal, or a mark
that turns the reading direction round. Every view passes such text through here first.
"""

from __future__ import annotations

import json
from itertools import islice

from datacheck.limits import EXACT_INTEGERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container
    from typing import Any

#: Longer text is cut in the middle, and says so.
LONGEST_NAME = 120
LONGEST_VALUE = 48
#: A value in a message, the items that are shown of it, and the digits of a number in it.
LONGEST_BRIEF, SHOWN_ITEMS, LONGEST_DIGITS = 200, 8, 40
#: What is told of a thousand brackets in one another: Python's readers speak of their own stack.
TOO_DEEP = "lists or objects nested too deeply"


def visible(text: object) -> str:
    r"""Write every character that does not show itself as its escape; leave the others alone.

    Control, format, private and unassigned characters and every white space but the plain blank
    are escaped, so nothing can move the cursor, change colours or hide.

    >>> visible("price\t(\x1b[31mEUR)")
    'price\\t(\\x1b[31mEUR)'
    """
    words = str(text)
    if words.isascii() and words.isprintable():
        return words
    return "".join(mark if _shows(mark) else _escape(mark) for mark in words)


def unused(name: str, taken: Container[str]) -> str:
    """A name for a column on the way that no column of the table has.

    >>> unused("row", {"row", "x"})
    'row_'
    """
    while name in taken:
        name += "_"
    return name


def shown_name(name: object) -> str:
    """Show a column's name; in quotes where its edges would otherwise be lost.

    >>> shown_name("mass"), shown_name(" mass ")
    ('mass', '" mass "')
    """
    words = visible(name)
    if not words or words != words.strip() or words.startswith('"'):
        words = json.dumps(words, ensure_ascii=False)
    return shortened(words, LONGEST_NAME)


def shown_value(value: Any) -> str:
    """Show a value of a report's document: text in quotes, null and numbers as JSON has them.

    >>> [shown_value(value) for value in (None, 0.5, -999, "n/a", "nan")]
    ['null', '0.5', '-999', '"n/a"', 'nan']
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        if value in {"nan", "inf", "-inf"}:
            return value
        return '"' + shortened(visible(value), LONGEST_VALUE) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return shortened(visible(json.dumps(value, ensure_ascii=False)), LONGEST_VALUE)
    return shortened(visible(value), LONGEST_VALUE)


def briefly(value: object, longest: int = LONGEST_BRIEF) -> str:
    """A value of someone else's as Python writes it, in bounded time and length.

    `repr` of a list that holds itself a thousandfold, of a number of a million digits or of a
    class with a slow `__repr__` would take as long as whoever sent it likes. Only plain values are
    written out, the first few of each, three levels deep; of others the type is named.

    >>> briefly([1, "a", [None, [2.5, [{"b": []}]]]]), briefly(10**400)
    ("[1, 'a', [None, [2.5, [...]]]]", 'a whole number of about 401 digits')
    """
    return shortened(_brief(value, 3), longest)


def _brief(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is str or kind is bytes:
        return repr(value if len(value) <= LONGEST_BRIEF else value[:LONGEST_BRIEF])
    if kind is int:
        digits = int(value.bit_length() * 0.30103) + 1
        many = digits > LONGEST_DIGITS
        return f"a whole number of about {digits} digits" if many else repr(value)
    if kind is dict:
        return _braced("{}", [] if depth else ["..."], value, depth)
    if kind in _BRACES:
        return _braced(_BRACES[kind], [] if depth else ["..."], value, depth)
    if value is None or kind in (bool, float, complex):
        return repr(value)
    return _brief_other(value)


_BRACES: dict[object, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def _braced(pair: str, shown: list[str], items: Any, depth: int) -> str:
    if not items:
        shown = []
    elif depth:
        for item in items:
            if len(shown) == SHOWN_ITEMS:
                shown.append(f"... {len(items) - SHOWN_ITEMS:,} more")
                break
            own = f": {_brief(items[item], depth - 1)}" if type(items) is dict else ""
            shown.append(_brief(item, depth - 1) + own)
    return pair[0] + ", ".join(shown) + pair[1]


def _brief_other(value: Any) -> str:
    """A value of a type that is not JSON's: dates and numbers say themselves, others their type."""
    kind = type(value)
    if kind.__module__ in ("datetime", "decimal", "uuid", "fractions"):
        return repr(value)
    if kind.__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        return repr(value)
    named: str = value.__name__ if isinstance(value, type) else kind.__name__
    return named if isinstance(value, type) else f"a {named}"


def shortened(text: str, longest: int) -> str:
    """Cut out the middle of text that is too long.

    >>> shortened("abcdefghij", 7)
    'abc...j'
    """
    if len(text) <= longest:
        return text
    tail = (longest - 3) // 3
    head = longest - 3 - tail
    return text[:head] + "..." + text[len(text) - tail :]


def plural(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def agree(number: int, noun: str, one: str, many: str) -> str:
    """Write a number with its noun and the verb that agrees with it.

    >>> agree(1, "cell", "is", "are"), agree(1200, "value", "lies", "lie")
    ('1 cell is', '1,200 values lie')
    """
    return f"{plural(number, noun)} {one if number == 1 else many}"


def some(
    items: Collection[Any], most: int, between: str = ", ", shown: Callable[[Any], str] = str
) -> str:
    """The first items, and how many more there are.

    >>> some("abc", 3), some("abc", 1), some([], 3), some([1.5, None], 2, "; ", repr)
    ('a, b, c', 'a and 2 more', '', '1.5; None')
    """
    rest = len(items) - most
    first = between.join(shown(item) for item in islice(items, most))
    return first + (f" and {rest:,} more" if rest > 0 else "")


def amount(finding: dict[str, Any], rows: int | None) -> str:
    """What a finding counts, with its share of the rows where it is rows that it counts.

    >>> amount({"code": "missing.null", "count": 31}, 344)
    '31 (9.0%)'
    >>> amount({"code": "scale.spread", "count": 31}, 344)
    '31 columns'
    """
    count = finding["count"]
    if not count:
        return ""
    if finding["code"] == "scale.spread":
        return plural(count, "column")
    share = percent(count, rows)
    return f"{count:,}" + (f" ({share})" if share else "")


def percent(count: int, total: int | None) -> str:
    """Write a share, never rounded to nothing or to all; empty where there is no total.

    >>> percent(31, 344), percent(1, 90_000), percent(89_999, 90_000), percent(3, 3)
    ('9.0%', '<0.1%', '>99.9%', '100%')
    """
    if not total or count > total:
        return ""
    if count in {0, total}:
        return "100%" if count else "0%"
    share = 100 * count / total
    tenth = 0.1
    if share < tenth:
        return "<0.1%"
    if share > 100 - tenth:
        return ">99.9%"
    return f"{share:.1f}%"


def plain_exponent(number: str) -> str:
    """A number as Python formats it, its exponent as people write one.

    >>> plain_exponent("1e+03"), plain_exponent("2.5e-07"), plain_exponent("12")
    ('1e3', '2.5e-7', '12')
    """
    digits, _, exponent = number.partition("e")
    return f"{digits}e{int(exponent)}" if exponent else number


def figure(value: float) -> str:
    """A number in up to ten digits, a whole one in all of them, to be read and typed again.

    >>> figure(0.1), figure(-999.0), figure(99999999999.0), figure(1.7e300)
    ('0.1', '-999', '99999999999', '1.7e300')
    """
    number = float(value)
    if number.is_integer() and abs(number) <= EXACT_INTEGERS:
        return str(int(number))
    return plain_exponent(f"{number:.10g}")


def converted(whose: str, factor: float, offset: float = 0.0) -> str:
    """What values are to others of which they are so many times, plus something.

    >>> converted("the others'", 0.1), converted("the reference's", 1.0, 273.15)
    ("a tenth of the others'", "the reference's plus 273.15")
    """
    first = whose if factor == 1.0 else f"{times(factor)} {whose}"
    return f"{first} plus {magnitude(offset, 6)}" if offset else first


def undoing(factor: float) -> str:
    """What undoes a factor.

    >>> undoing(1000.0), undoing(0.1), undoing(2.54)
    ('divide by 1,000', 'multiply by 10', 'divide by 2.54')
    """
    inverse = 1 / factor
    whole = abs(factor) < 1 and abs(inverse - round(inverse)) < 1e-6 * abs(inverse)
    return f"multiply by {round(inverse):,}" if whole else f"divide by {_exactly(factor)}"


def _exactly(factor: float) -> str:
    """A factor in all its digits: people compute with it."""
    digits = figure(factor)
    return f"{factor:,.0f}" if factor == round(factor) and abs(factor) < 1e9 else digits  # noqa: PLR2004


def times(factor: float) -> str:
    """A factor in words for people.

    >>> times(1000.0), times(0.1), times(2.54), times(0.4535924), times(1e-9), times(3.2e12)
    ('1,000 times', 'a tenth of', '2.54 times', '0.4536 times', '1e-9 times', '3.2e12 times')
    """
    named = {
        0.1: "a tenth of",
        0.01: "a hundredth of",
        0.001: "a thousandth of",
        1e-6: "a millionth of",
    }
    for share, words in named.items():
        if abs(factor / share - 1) < 1e-9:  # noqa: PLR2004 - a quotient's rounding
            return words
    return f"{magnitude(factor)} times"


def magnitude(value: float, digits: int = 4) -> str:
    """A number in so many digits, with marks between thousands and an exponent where it is far off.

    >>> magnitude(1234567.0), magnitude(0.25), magnitude(1e39), magnitude(-3.0)
    ('1,235,000', '0.25', '1e39', '-3')
    """
    size = abs(value)
    if size and not 1e-4 <= size < 1e9:  # noqa: PLR2004 - from there on digits are counted
        return plain_exponent(f"{value:.{digits}g}")
    return f"{float(f'{value:.{digits}g}'):,.10f}".rstrip("0").rstrip(".")


def chance(p: float) -> str:
    """How likely something is by chance, which is never nothing.

    >>> chance(0.0), chance(1e-30), chance(0.0312)
    ('p < 0.0001', 'p < 0.0001', 'p = 0.03')
    """
    least = 1e-4
    return "p < 0.0001" if p < least else f"p = {float(f'{p:.1g}'):g}"


def _shows(mark: str) -> bool:
    import unicodedata

    return mark == " " or unicodedata.category(mark)[0] not in "CZ"


def _escape(mark: str) -> str:
    return mark.encode("unicode_escape").decode("ascii")
