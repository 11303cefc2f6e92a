"""Whether the last row of a file is a total of the others or a note, and no observation."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

import polars as pl

from datacheck.columns import col
from datacheck.numerals import finite
from datacheck.source.first_rows import filled

#: How near a printed total is to the sum that it was rounded from.
NEAR = 1e-6
#: So many numbers that are not 0 make it no chance that another is their sum; fewer do if it is
#: one of so many that their last digit could have told apart.
_SEVERAL, _FEW, _LARGE = 5, 3, 100
#: A number with a sign of money or percent, and marks between groups of three digits.
_SPELLED = re.compile(r"[^\w.,+(-]?\s?(?:\d{1,3}(?:[,' \u00a0]\d{3})+|\d+)(?:\.\d+)?\s?[^\w.,)-]?")
_NO_DIGIT = r"[^0-9.]"


def summed(
    above: pl.LazyFrame,
    sample: Sequence[Sequence[str]],
    last: Mapping[str, str],
    typed: Collection[str],
    decimal: str = ".",
) -> list[str]:
    """The columns whose last cell is the sum of the cells above it.

    Only a last row that stands out is added up: one of its cells is empty, or a word, where the
    first rows have none such; or a number of it is no less than all of theirs together.

    Every column of the rows above is text, and `sample` is the first of them; `typed` are the
    columns that are read.
    """
    rows = [row for row in sample if len(row) == len(last)]
    columns = dict(zip(last, zip(*rows, strict=True), strict=True)) if rows else {}
    odd = [name for name, cells in columns.items() if _stands_out(last[name], cells)]
    numbers = {
        name: value
        for name, cells in columns.items()
        if name in typed
        and (value := _spelled(last[name], decimal))
        and all(_spelled(cell, decimal) is not None for cell in cells if cell)
    }
    # Of two small numbers a third is often the sum: then a word must say so.
    enough = len(rows) > (1 if any(last[name].strip() for name in odd) else 2)
    if not odd:
        held = {
            name: [_spelled(cell, decimal) or 0.0 for cell in columns[name]] for name in numbers
        }
        numbers = {n: value for n, value in numbers.items() if _outweighs(value, held[n])}
    if not numbers or not enough:
        return []
    sums = above.select(as_number(name, decimal).sum() for name in numbers)
    found = sums.collect(engine="streaming").row(0, named=True)
    told = [n for n, value in numbers.items() if math.isclose(found[n], value, rel_tol=NEAR)]
    if odd or any(sum(map(bool, held[name])) >= _SEVERAL for name in told):
        return told
    chances = math.prod(_steps([last[name], *columns[name]], decimal) for name in told)
    return told if chances >= _LARGE else []


def as_number(name: str, decimal: str) -> pl.Expr:
    """The cells of a column of text as numbers: plain ones, or spelled ones."""
    text = col(name)
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
    bare = text.str.replace_all(_NO_DIGIT, "").cast(pl.Float64, strict=False)
    return pl.coalesce(text.cast(pl.Float64, strict=False), bare)


def note_alone(sample: Sequence[Sequence[str]], last: Mapping[str, str]) -> str:
    """The only cell of the last row, where it is a note or a word for one, and no cell."""
    rows = [row for row in sample if len(row) == len(last)]
    held = [(n, cell) for n, cell in enumerate(last.values()) if cell.strip()]
    if len(held) != 1 or len(last) < 2 or any(filled(row) == 1 for row in rows):  # noqa: PLR2004
        return ""
    at, cell = held[0]
    others = [row[at] for row in rows if filled(row)]
    sentence = " " in cell.strip() and len(cell) > max(map(len, others), default=0)
    stands_out = _stands_out(cell, others) or (sentence and finite(cell) is None)
    return cell.strip() if len(others) > 1 and stands_out else ""


def _outweighs(value: float, cells: Sequence[float]) -> bool:
    """Whether a number is no less, without signs, than the first several ones together."""
    above = [abs(number) for number in cells if number]
    return len(above) >= _FEW and abs(value) >= sum(above) * (1 - NEAR)


def _steps(cells: Sequence[str], decimal: str) -> float:
    """The first of some numbers in units of the last digit that any of them has."""
    places = max(decimals_of(cell, decimal) for cell in cells)
    return float(_digits(cells[0], decimal)) * 10.0**places


def decimals_of(cell: str, decimal: str) -> int:
    """How many decimals a number is printed with."""
    return len(_digits(cell, decimal).partition(".")[2])


def _digits(cell: str, decimal: str) -> str:
    """A number without its signs and marks, but for the point."""
    return re.sub(_NO_DIGIT, "", _pointed(cell, decimal))


def _stands_out(cell: str, others: Sequence[str]) -> bool:
    if not cell.strip():
        return all(other.strip() for other in others)
    words = [other for other in others if other.strip() and finite(other) is None]
    return finite(cell) is None and not words


def _spelled(cell: str, decimal: str) -> float | None:
    """A number as programs write it, or as people write one that is not below zero."""
    cell = _pointed(cell.strip(), decimal)
    value = finite(cell)
    return (
        value
        if value is not None or not _SPELLED.fullmatch(cell)
        else finite(re.sub(_NO_DIGIT, "", cell))
    )


def _pointed(cell: str, decimal: str) -> str:
    """A number with a point before its decimals."""
    return cell if decimal == "." else cell.replace(".", "'").replace(",", ".")
