"""The type of a CSV column, decided from every cell and never from a sample.

A kind is taken only if it holds each cell of the column and nothing is lost by it; else the next
one is tried, and text, which holds anything, is the last:

=========  =========================================================================================
integer    every cell is a 64-bit integer in its plain spelling: `7`, `-12`. Not `007`, `+7`, `-0`
           or ` 7`: the spelling would be lost.
number     every cell is a number: `7`, `0.5`, `.5`, `1e5`, `-0`, and the words `NaN`, `inf`,
           `Infinity` in any case, with `-` before them. Not a number with leading zeros (`007`,
           `00.5`) or a leading plus: those are codes. Not `1e400`, which would become infinite,
           nor an integer that a double cannot hold (`9007199254740993`). Not ` 0.5 ` with spaces.
code       every cell is an integer or digits around an `E`, and no cell has a point: `93E7` among
           `1234` is a code and no power of ten. Kept as text.
numbered   the first cells count on behind the point, `3.9` and `3.10`, and every cell is such a
           number: versions and sections, of which `3.1` is another than `3.10`. Kept as text.
boolean    every cell is `true` or `false`, in any case.
date       every cell is a real day, `2024-02-29`.
instant    every cell is `2024-02-29T12:30:00` or all have a space for the `T`; up to six decimals
           of a second; all with a `Z` (UTC), all with `+00:00` as pandas writes it, or none.
text       anything else, kept to the letter.
=========  =========================================================================================

An empty unquoted cell is null. An empty quoted cell (`""`) is an empty text in a text column, and
null in any other. A column without a single non-empty cell is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import polars as pl

from datacheck.columns import bare, col, in_blocks, retyped
from datacheck.limits import EXACT_INTEGERS
from datacheck.numerals import is_plain, parsed_by
from datacheck.ops import Numeral
from datacheck.spelling import NUMBERED, counts_past_nine

#: Evaluates expressions over a table; see `decide_by`.
Ask = Callable[[list[pl.Expr]], dict[str, str | None]]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

#: What the number of rows is called beside the columns' answers.
_COUNT = "\0count"

#: Rows of the first look that decides which kinds are worth a try. It decides nothing else.
SAMPLE = 1000


@dataclass(frozen=True)
class Kind:
    """A way to read the cells of a column."""

    #: The type that polars' CSV reader is asked for.
    stored: pl.DataType
    #: Text expression to boolean: true where a cell does not fit. Cells are not empty.
    refutes: Callable[[pl.Expr], pl.Expr]
    #: From what the CSV reader gave to the column's values; None where that is the same.
    reads: Callable[[pl.Expr], pl.Expr] | None = None
    #: A cheaper test than `refutes`, true wherever that one is; None where there is none.
    suspects: Callable[[pl.Expr], pl.Expr] | None = None
    #: What the first cells must show, for the kind to be tried.
    shown_by: Callable[[Iterable[str]], bool] | None = None


def _not_integer(cell: pl.Expr) -> pl.Expr:
    return cell.cast(pl.Int64, strict=False).cast(pl.String).ne_missing(cell)


def _maybe_no_integer(cell: pl.Expr) -> pl.Expr:
    integer = cell.cast(pl.Int64, strict=False)
    return integer.is_null() | _spelt_as_code(cell) | (cell == "-0")


def _spelt_as_code(cell: pl.Expr) -> pl.Expr:
    """Leading zeros or a leading plus, by the order of texts: a colon comes after the digits."""
    return (
        ((cell >= "00") & (cell < "0:"))
        | ((cell >= "-00") & (cell < "-0:"))
        | ((cell >= "+") & (cell < ","))
    )


def _maybe_no_number(cell: pl.Expr) -> pl.Expr:
    number = cell.cast(pl.Float64, strict=False)
    # Null is not below: so one comparison holds of words and of large numbers.
    return ~(number.abs() < EXACT_INTEGERS).fill_null(value=False) | _spelt_as_code(cell)


def _not_number(cell: pl.Expr) -> pl.Expr:
    number = cell.cast(pl.Float64, strict=False)
    overflow = pl.when(number.is_infinite()).then(cell).str.contains("[0-9]")
    large = pl.when(number.abs() >= EXACT_INTEGERS).then(cell)
    whole = pl.when(large.str.contains(r"^-?[0-9]+$")).then(large)
    as_integer = whole.cast(pl.Int64, strict=False)
    back = as_integer.cast(pl.Float64).cast(pl.Int64, strict=False)
    inexact = whole.is_not_null() & back.ne_missing(as_integer).or_(as_integer.is_null())
    return number.is_null() | _spelt_as_code(cell) | overflow.fill_null(value=False) | inexact


def _not_boolean(cell: pl.Expr) -> pl.Expr:
    return ~cell.str.to_lowercase().is_in(["true", "false"])


def _calendar(pattern: str, form: str, zone: str | None = None) -> Kind:
    """A kind of date or instant with one spelling, `pattern`, read by polars as `form`."""

    def read(cell: pl.Expr, *, strict: bool) -> pl.Expr:
        if "%H" not in form:
            return cell.str.to_date(form, strict=strict)
        return cell.str.to_datetime(form, strict=strict, time_unit="us", time_zone=zone)

    return Kind(
        pl.String(),
        lambda cell: ~cell.str.contains(pattern) | read(cell, strict=False).is_null(),
        lambda cell: read(pl.when(cell != "").then(cell), strict=True),
    )


_DAY, _TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"

#: An integer as it is plainly spelt, or digits around an E.
_DIGITS = r"^(?:0|-?[1-9][0-9]*|[0-9]+[eE][0-9]+)$"

#: In the order in which they are tried.
KINDS: dict[str, Kind] = {
    "integer": Kind(pl.Int64(), _not_integer, suspects=_maybe_no_integer),
    "code": Kind(pl.String(), lambda cell: ~cell.str.contains(_DIGITS)),
    "numbered": Kind(
        pl.String(), lambda cell: ~cell.str.contains(f"^{NUMBERED}$"), shown_by=counts_past_nine
    ),
    "number": Kind(pl.Float64(), _not_number, suspects=_maybe_no_number),
    "boolean": Kind(pl.Boolean(), _not_boolean),
    "date": _calendar(f"{_DAY}$", "%Y-%m-%d"),
    "instant T": _calendar(f"{_DAY}T{_TIME}$", "%Y-%m-%dT%H:%M:%S%.f"),
    "instant": _calendar(f"{_DAY} {_TIME}$", "%Y-%m-%d %H:%M:%S%.f"),
    **{
        f"instant{mark}{zone}": _calendar(
            f"{_DAY}{mark}{_TIME}{re.escape(zone)}$", f"%Y-%m-%d{mark}%H:%M:%S%.f{zone}", "UTC"
        )
        for mark in ("T", " ")
        for zone in ("Z", "+00:00")
    },
}
TEXT = Kind(pl.String(), lambda cell: cell.is_null())


def value_of(cell: pl.Expr, kind: Kind) -> pl.Expr:
    """From text to a column's values; an empty text is null in any but a text column."""
    if kind.reads is not None:
        return kind.reads(cell)
    if kind.stored == pl.String:
        return cell
    filled = pl.when(cell != "").then(cell)
    return (
        filled.str.to_lowercase() == "true"
        if kind.stored == pl.Boolean
        else filled.cast(kind.stored)
    )


def read_kinds(frame: Frame, kinds: Mapping[str, Kind]) -> Frame:
    """A table as polars' reader gave it, with each column as its kind reads it."""
    reads = [
        kind.reads(col(name)).alias(name) for name, kind in kinds.items() if kind.reads is not None
    ]
    return frame.with_columns(reads) if reads else frame


def kinds_for(decimal: str, thousands: str | None) -> dict[str, Kind]:
    """The kinds of a file whose numbers are spelt with other marks than 1234.5."""
    numeral = Numeral(decimal=decimal, thousands=thousands or "")
    if is_plain(numeral):
        return KINDS
    whole = Numeral(decimal="\0", thousands=numeral.thousands)

    def reads(numeral: Numeral, stored: pl.DataType, cell: pl.Expr) -> pl.Expr:
        return parsed_by(pl.when(cell != "").then(cell), numeral).cast(stored, strict=False)

    def refutes(numeral: Numeral, stored: pl.DataType, cell: pl.Expr) -> pl.Expr:
        value = reads(numeral, stored, cell)
        return value.is_null() | (value.abs() >= EXACT_INTEGERS) | _spelt_as_code(cell)

    spelt = {
        name: Kind(pl.String(), partial(refutes, numeral, stored), partial(reads, numeral, stored))
        for name, numeral, stored in (
            ("integer", whole, pl.Int64()),
            ("number", numeral, pl.Float64()),
        )
    }
    return KINDS | spelt


#: Not a kind but a question: refuted by the first cell that is not empty.
_EMPTY = "empty"


def decide(
    cells: pl.LazyFrame, names: Iterable[str], kinds: dict[str, Kind] = KINDS
) -> tuple[dict[str, Kind], int]:
    """Choose each column's kind, in passes over all of its cells as text, and count the rows."""
    counts: list[int] = []

    def ask(questions: list[pl.Expr]) -> dict[str, str | None]:
        count = pl.len().alias(_COUNT)
        found = cells.select(*questions, count).collect(engine="streaming").row(0, named=True)
        counts.append(found.pop(_COUNT))
        return found

    decided = decide_by(cells.head(SAMPLE).collect(engine="streaming"), ask, names, kinds)
    if not counts:
        ask([])
    return decided, counts[-1]


def decide_by(
    sample: pl.DataFrame, ask: Ask, names: Iterable[str], kinds: dict[str, Kind] = KINDS
) -> dict[str, Kind]:
    """`decide`, wherever the cells are: `ask` gives of each expression the least of its cells."""
    columns = list(names)
    decided: dict[str, Kind] = {}
    while columns:
        tried = first_kinds(sample, columns, kinds)
        decided |= {name: TEXT for name in columns if name not in tried}
        refuting = _refute(ask, tried, kinds)
        columns = [name for name, cell in refuting.items() if cell is not None]
        decided |= {
            name: kinds.get(kind, TEXT) for name, kind in tried.items() if name not in columns
        }
        known = pl.DataFrame({name: [refuting.get(name)] for name in sample.columns})
        sample = pl.concat([sample, retyped(known, sample.schema)])
    return decided


def first_kinds(sample: pl.DataFrame, columns: list[str], kinds: dict[str, Kind]) -> dict[str, str]:
    """For each column the first kind that its sample fits; none where only text does."""
    filled = _any_of_each(sample, columns, lambda cell: cell != "")
    tried = {name: _EMPTY for name in columns if name not in filled}
    for word, kind in kinds.items():
        left = [name for name in columns if name not in tried]
        wrong = _any_of_each(sample, left, partial(misfits, kind=kind))
        fit = [name for name in left if name not in wrong]
        if kind.shown_by is not None:
            cells = {name: bare(sample[name]).unique().drop_nulls().to_list() for name in fit}
            fit = [name for name in fit if kind.shown_by(filter(None, cells[name]))]
        tried |= dict.fromkeys(fit, word)
    return tried


def _any_of_each(
    sample: pl.DataFrame, names: Sequence[str], test: Callable[[pl.Expr], pl.Expr]
) -> set[str]:
    """The columns in which a test is true of any cell: one query for all, one behind the other."""
    found: set[str] = set()
    for some in in_blocks(names, sample.height):
        cells = pl.concat([sample[name].alias("cell") for name in some], rechunk=True).to_frame()
        hits = cells.select(test(pl.col("cell")).fill_null(value=False)).to_series().to_numpy()
        hit = np.any(hits.reshape(len(some), -1), axis=1)
        found.update(some[place] for place in np.flatnonzero(hit).tolist())
    return found


def misfits(cell: pl.Expr, kind: Kind | None) -> pl.Expr:
    """Where a cell of text is none of a kind; without a kind, where there is a cell."""
    return cell != "" if kind is None else kind.refutes(cell) & (cell != "")


def _suspects(cell: pl.Expr, kind: Kind | None) -> pl.Expr:
    if kind is None or kind.suspects is None:
        return misfits(cell, kind)
    return kind.suspects(cell) & (cell != "")


def _refute(ask: Ask, tried: dict[str, str], kinds: dict[str, Kind]) -> dict[str, str | None]:
    """For each column, one cell that its kind does not fit, or None."""
    asked = {name: kinds.get(kind) for name, kind in tried.items()}
    found = _find(ask, asked, _suspects)
    unsure = {
        name: kind
        for name, kind in asked.items()
        if found[name] is not None and kind is not None and kind.suspects
    }
    return found | _find(ask, unsure, misfits)


def _find(
    ask: Ask, kinds: Mapping[str, Kind | None], test: Callable[[pl.Expr, Kind | None], pl.Expr]
) -> dict[str, str | None]:
    """For each column, one cell that the test is true of, or None; in one pass."""
    questions = [
        pl.when(test(col(name), kind)).then(col(name)).min().alias(name)
        for name, kind in kinds.items()
    ]
    return ask(questions) if questions else {}
