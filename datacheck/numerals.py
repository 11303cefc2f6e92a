"""How text spells a number: one grammar, for every runtime that reads text.

Plain text is read as programs write it: `-1.5`, `1e3`, `nan`, `inf`. People write more, and a
schema declares it: another decimal mark, marks between groups of digits, a currency's sign, a
unit, parentheses for negatives. A declared numeral is cut by one regular expression, of which
every engine (Python, polars, JavaScript, SQL) has the same parts, into what stands before the
digits, the digits, and what stands behind them. Its value is the double nearest to the digits,
times the unit's factor: one multiplication, one rounding.
"""

from __future__ import annotations

import math
import re

from datacheck.ops import Numeral

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import polars as pl

_DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"

#: What reads as a number where nothing else is declared: a decimal numeral, with an exponent or
#: without, or one of the words for NaN and infinity. White space around it is passed over.
PLAIN = re.compile(rf"\s*(?:{_DECIMAL}|[+-]?(?:inf|infinity)|nan)\s*", re.ASCII | re.IGNORECASE)

#: The same without the words.
FINITE = re.compile(rf"\s*{_DECIMAL}\s*", re.ASCII)

#: `PLAIN` for polars' regular expressions, whose classes would otherwise hold all of Unicode.
PLAIN_IN_POLARS = "^(?i-u:" + PLAIN.pattern.replace(r"\d", "[0-9]") + ")$"

#: What counts as white space around a plain numeral: ASCII's, so that every runtime knows it.
WHITE = " \t\n\r\f\v"

#: White space that people put into numbers: no-break, narrow no-break, thin.
BLANKS = "\u00a0\u202f\u2009"

_BLANK = rf"[ \t\n\r\f\v{BLANKS}]*"
MINUS = "\u2212"
_SIGN = f"[-+{MINUS}]"
#: NaN and infinity, in a spelling of classes alone: engines differ in their flags.
_WORDS = f"{_BLANK}([-+]?(?:[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)|[nN][aA][nN]){_BLANK}"
_META = frozenset(r"\^$.|?*+()[]{}-/")

#: Marks between groups of digits that are written in several ways.
_ALIKE = ("'\u2019", " " + BLANKS)

PLAIN_NUMERAL = Numeral()


def finite(value: Any) -> float | None:
    """The number that a value is, or that its text spells; None where there is none, or no end.

    >>> finite("1e3"), finite(2), finite("nan"), finite("two"), finite(None)
    (1000.0, 2.0, None, None, None)
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def is_plain(numeral: Numeral | None) -> bool:
    """Whether numbers are spelt as programs spell them."""
    return numeral is None or numeral == PLAIN_NUMERAL


def words_pattern() -> str:
    """NaN and infinity, in one group; to be matched in full."""
    return _WORDS


def pattern(numeral: Numeral) -> str:
    """A declared numeral, to be matched in full: before the digits, the digits, behind them."""
    return _BLANK + _BLANK.join(f"({part})" for part in parts(numeral)) + _BLANK


def part_pattern(numeral: Numeral, group: int) -> str:
    """The same, with one of its parts as the only group."""
    grouped = [f"({'' if n == group else '?:'}{part})" for n, part in enumerate(parts(numeral))]
    return _BLANK + _BLANK.join(grouped) + _BLANK


def parts(numeral: Numeral) -> tuple[str, str, str]:
    """A declared numeral's parts: before the digits, the digits, behind them."""
    blank, prefix = _BLANK, escaped(numeral.prefix)
    heads = [f"{_SIGN}?"]
    if prefix:
        heads = [f"{_SIGN}?{blank}(?:{prefix})?", f"{prefix}{blank}{_SIGN}"]
    units = "|".join(escaped(unit) for unit, _ in sorted(numeral.units, key=_longest))
    tails = [f"(?:{units})?" if units else ""]
    if numeral.parentheses:
        before = f"(?:{prefix}{blank})?" if prefix else ""
        heads += [f"{before}\\({blank}{before}"]
        tails += [f"{tails[0]}{blank}\\){blank}{tails[0]}"]
    return "|".join(heads), digits(numeral), "|".join(tails)


def _longest(unit: tuple[str, float]) -> tuple[int, str]:
    return -len(unit[0]), unit[0]


def digits(numeral: Numeral, *, groups: str = "*", decimals: str = "*") -> str:
    """The digits of a numeral with their marks and exponent, and no sign, to be matched in full.

    `groups` and `decimals` say how many there may be between the first group and the last, and
    behind the decimal mark; ``+`` asks for the mark.
    """
    whole = "[0-9]+"
    if numeral.thousands:
        mark = marks(numeral)
        # Groups of three, or two as in India, and three at the end.
        whole = f"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}}){groups}{mark}[0-9]{{3}}|[0-9]+)"
    point = escaped(numeral.decimal)
    behind = f"{point}[0-9]{decimals}"
    behind = behind if decimals == "+" else f"(?:{behind})?"
    return f"(?:{whole}{behind}|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?"


def marks(numeral: Numeral) -> str:
    """The class of the marks between groups of digits; empty where there are none."""
    each = alike(numeral.thousands)
    return f"[{''.join(escaped(mark) for mark in each)}]" if each else ""


def alike(mark: str) -> str:
    r"""A mark between groups of digits with those that are written for it; empty for none.

    >>> alike("'"), alike(".")
    ("'\u2019", '.')
    """
    return next((each for each in _ALIKE if mark and mark in each), mark)


def escaped(text: str) -> str:
    """A text as a regular expression that matches it alone."""
    return "".join("\\" + mark if mark in _META else mark for mark in text)


def reader(numeral: Numeral) -> Callable[[str], float | None]:
    """A function from text to its number, None where it spells none.

    >>> read = reader(Numeral(",", ".", "€", (("%", 0.01),), parentheses=True))
    >>> [read(text) for text in ("3.447,54", "-€ 1", "€-1", "(12)", "50 %", "1.5", "nan")]
    [3447.54, -1.0, -1.0, -12.0, 0.5, None, nan]
    """
    whole, words = re.compile(pattern(numeral)), re.compile(_WORDS)
    grouped = re.compile(marks(numeral)) if numeral.thousands else None
    factors = dict(numeral.units)
    edges = WHITE + BLANKS + ")"

    def read(text: str) -> float | None:
        found = whole.fullmatch(text)
        if found is None:
            word = words.fullmatch(text)
            return float(word[1]) if word else None
        head, digits, tail = found.groups()
        if ("(" in head) != (")" in tail):
            return None
        if grouped is not None:
            digits = grouped.sub("", digits)
        value = float(digits.replace(numeral.decimal, "."))
        if "-" in head or MINUS in head or "(" in head:
            value = -value
        unit = tail.strip(edges)
        if not unit:
            return value
        factor = factors.get(unit)
        return None if factor is None else value * factor

    return read


_READERS: dict[Numeral, Callable[[str], float | None]] = {}


def read_text(text: str, numeral: Numeral | None) -> float | None:
    """The number that a text spells, None where it spells none.

    >>> read_text(" 1e3 ", None), read_text("1.000", Numeral(",", ".")), read_text("x", None)
    (1000.0, 1000.0, None)
    """
    if numeral is None:
        return float(text) if PLAIN.fullmatch(text) else None
    if numeral not in _READERS:
        _READERS[numeral] = reader(numeral)
    return _READERS[numeral](text)


def is_blank(text: str, numeral: Numeral | None) -> bool:
    """Whether a text holds nothing but white space."""
    return not text.strip(WHITE if numeral is None else WHITE + BLANKS)


def written(value: float, numeral: Numeral | None) -> str:
    """A number as its column's text spells it, to the last bit.

    >>> written(-0.5, Numeral(",")), written(1e22, None)
    ('-0,5', '1e+22')
    """
    text = repr(value)
    return text if numeral is None else text.replace(".", numeral.decimal)


def plain_by(text: pl.Expr, numeral: Numeral) -> pl.Expr:
    """The digits that a text spells as programs spell them, its unit aside; null for no numeral."""
    import polars as pl

    cut = _cut(text, numeral)
    head, digits, tail = cut.field("1"), cut.field("2"), cut.field("3")
    if numeral.thousands:
        digits = digits.str.replace_all(marks(numeral), "")
    if numeral.decimal != ".":
        digits = digits.str.replace_all(numeral.decimal, ".", literal=True)
    negative = head.str.contains(f"[-{MINUS}(]")
    plain = pl.when(negative).then(pl.concat_str(pl.lit("-"), digits)).otherwise(digits)
    if numeral.parentheses:
        opened, closed = head.str.contains("(", literal=True), tail.str.contains(")", literal=True)
        plain = pl.when(opened == closed).then(plain)
    word = text.str.extract(f"^(?:{_WORDS})$", 1).str.to_lowercase()
    return pl.coalesce(plain, word)


def factor_by(text: pl.Expr, numeral: Numeral) -> pl.Expr:
    """The factor of the unit behind a text's digits; null for one that is not declared."""
    import polars as pl

    if not numeral.units:
        return pl.lit(1.0)
    unit = _cut(text, numeral).field("3").str.strip_chars(WHITE + BLANKS + ")").fill_null("")
    factors = {"": 1.0, **dict(numeral.units)}
    factor: pl.Expr = unit.replace_strict(factors, default=None, return_dtype=pl.Float64)
    return factor


def parsed_by(text: pl.Expr, numeral: Numeral) -> pl.Expr:
    """The double that a text spells, as an expression; null where it spells none."""
    import polars as pl

    value = plain_by(text, numeral).cast(pl.Float64, strict=False)
    return value * factor_by(text, numeral) if numeral.units else value


def _cut(text: pl.Expr, numeral: Numeral) -> Any:
    return text.str.extract_groups(f"^(?:{pattern(numeral)})$").struct
