"""Text whose numbers are spelt as a schema declares, as SQL: a cell to its double.

The numeral is cut as `datacheck.numerals` cuts it, by expressions of one group each, which is what
every engine gives back; put together as programs spell numbers; and multiplied by its unit.
"""

# ruff: noqa: S608 - a statement is what this writes, and `dialect` quotes every name and value

from __future__ import annotations

import math
from collections.abc import Callable

from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import NUMERAL, Dialect
from datacheck.export.sql.other import case
from datacheck.export.sql.pieces import last_holding
from datacheck.numerals import BLANKS, MINUS, alike, escaped, part_pattern, pattern, words_pattern
from datacheck.ops import LARGEST, Numeral

#: White space around the parts of a numeral, in words that every engine reads alike.
_SPACES = rf" \t\n\r\f\x0B{BLANKS}"
BLANK = f"^[{_SPACES}]*$"
#: The types of columns that hold numbers and no text, by their names in small letters.
_NUMBERS = "^(?:double|float|real|decimal|numeric|u?(?:big|small|tiny|huge)?int(?:eger)?[0-9]*$)"


def value(raw: str, numeral: Numeral, dialect: Dialect, column: str) -> str:
    """The double that a cell spells, or null; `ArtefactError` where the dialect cannot read it."""
    if dialect.extract is None or dialect.kind is None:
        raise ArtefactError(
            f"{dialect.name} does not read the declared spelling of column {column!r}",
            got=f"number: {numeral._asdict()}",
            expected="numbers, or text as programs spell them",
            todo="store numbers in that column and fit on them, or export for duckdb, postgresql "
            "or spark",
        )
    text = f"CAST({raw} AS {dialect.text})"
    is_number = _matches(f"LOWER({dialect.kind.format(x=raw)})", _NUMBERS, dialect)
    is_word = _matches(text, _WORD, dialect)
    head, digits, tail = (
        _extracted(text, _whole(part_pattern(numeral, group)), dialect) for group in range(3)
    )
    spelt = _matches(text, _whole(pattern(numeral)), dialect)
    plain = (
        f"CASE WHEN {is_number} THEN {text} WHEN {spelt}"
        f" AND ({_holds(head, '(', dialect)}) = ({_holds(tail, ')', dialect)})"
        f" THEN {_plain(head, digits, numeral, dialect)}"
        f" WHEN {is_word} THEN {_extracted(text, _WORD, dialect)} END"
    )
    if not numeral.units:
        return _named({"x": plain}, _read("p.x", dialect), dialect)
    is_unit = [
        (_matches(tail, f"^[{_SPACES})]*(?:{escaped(unit)})[{_SPACES})]*$", dialect), factor)
        for unit, factor in (("", 1.0), *numeral.units)
    ]

    def chosen(number: Callable[[float], float]) -> str:
        """A number for each factor."""
        cases = [(f"{is_number} OR {is_word}", 1.0), *is_unit]
        return case([(when, dialect.double_of(number(factor))) for when, factor in cases], "NULL")

    if not dialect.tiny:
        return f"{_read(plain, dialect)} * {chosen(float)}"
    given = {"x": plain, "factor": chosen(float), "zero": chosen(_vanishing), "far": chosen(_far)}
    return _named(given, _product(_read("p.x", dialect), dialect), dialect)


def _named(given: dict[str, str], expression: str, dialect: Dialect) -> str:
    """An expression over named ones, each written once: engines that need a name more than once."""
    if not dialect.tiny:
        return expression.replace("p.x", given["x"])
    names = ", ".join(f"{each} AS {name}" for name, each in given.items())
    return f"(SELECT {expression} FROM (SELECT {names}) AS p)"


def _product(x: str, dialect: Dialect) -> str:
    """A double times its factor, where the engine raises at what rounds to zero or infinity."""
    nan = "" if dialect.nan is None else f" WHEN {dialect.test(dialect.nan, 'q.x')} THEN q.x"
    zero, infinite = dialect.double_of(0.0), dialect.double_of(math.inf)
    return (
        f"(SELECT CASE{nan} WHEN ABS(q.x) <= p.zero THEN q.x * {zero}"
        f" WHEN ABS(q.x) > p.far THEN CASE WHEN q.x < {zero} THEN -{infinite} ELSE {infinite} END"
        f" ELSE q.x * p.factor END FROM (SELECT {x} AS x) AS q)"
    )


def _vanishing(factor: float) -> float:
    """The largest double that a factor makes zero."""
    return 0.0 if 5e-324 * factor else last_holding(lambda x: x * factor == 0.0, 0.0, LARGEST)


def _far(factor: float) -> float:
    """The largest double that a factor leaves finite."""
    return last_holding(lambda x: math.isfinite(x * factor), 0.0, LARGEST)


def _plain(head: str, digits: str, numeral: Numeral, dialect: Dialect) -> str:
    """The sign and the digits as programs write them."""
    for mark in alike(numeral.thousands):
        digits = f"REPLACE({digits}, {dialect.text_of(mark)}, '')"
    if numeral.decimal != ".":
        digits = f"REPLACE({digits}, {dialect.text_of(numeral.decimal)}, '.')"
    negative = " OR ".join(_holds(head, sign, dialect) for sign in ("-", MINUS, "("))
    return f"CASE WHEN {negative} THEN '-' ELSE '' END || {digits}"


def _read(text: str, dialect: Dialect) -> str:
    return _filled(dialect.number, x=text, numeral=dialect.text_of(dialect.pattern(NUMERAL)))


def _holds(text: str, mark: str, dialect: Dialect) -> str:
    return f"{text} LIKE {dialect.text_of(f'%{mark}%')}"


def _matches(text: str, pattern: str, dialect: Dialect) -> str:
    return f"({_filled(dialect.matches, x=text, v=dialect.text_of(pattern))})"


def _extracted(text: str, pattern: str, dialect: Dialect) -> str:
    return _filled(dialect.extract, x=text, v=dialect.text_of(pattern))


def _filled(template: str | None, **parts: str) -> str:
    """One of the dialect's templates; who lacks one was refused before."""
    return (template or "").format(**parts)


def _whole(pattern: str) -> str:
    """A pattern of the whole text, without the one escape that Java reads otherwise."""
    return f"^(?:{pattern})$".replace("\\v", "\\x0B")


_WORD = _whole(words_pattern())
