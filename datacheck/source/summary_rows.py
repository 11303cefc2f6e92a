"""Rows that name a statistic of the rows above them and hold it: subtotals, means, extremes.

What stands at the end of a text file: rows of separators alone, a total, a note.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats
from datacheck.columns import bare, col, cols
from datacheck.report import Finding
from datacheck.source.headings import Heading
from datacheck.source.notes import empty_at_end, footer_row, named_rows, total_row
from datacheck.source.totals import NEAR, as_number, decimals_of, note_alone, summed

#: What is looked at: columns that may name, columns of numbers, rows, and named ones.
_NAMING, _NUMBERS, _ROWS, _NAMED = 8, 16, 2**17, 1000
#: Names longer than this, in characters, are sentences.
_LONGEST = 40
#: The chance at which numbers that are no statistic would agree with one.
_CHANCE = 1e-2
#: And those of a last row that is called a sum and no more.
_CHANCE_AT_END = 0.2

_WORDS = {
    "sum": r"(?:sub[ -]?|grand )?totals?|sum|gesamt(?:summe)?|zwischensumme|summe|somme|suma",
    "mean": r"mean|averages?|avg\.?|mittelwert|durchschnitt|moyenne|promedio|media|m\u00e9dia",
    "min": r"min(?:imum)?\.?",
    "max": r"max(?:imum)?\.?",
    "median": r"median|50%",
    "std": r"std\.?(?: ?dev\.?)?|stdev|sd|standard deviation",
    "count": r"count",
    "25%": r"25%",
    "75%": r"75%",
}
#: A word alone; those for sums and means also beside the name of what they sum up.
_ALONE = {word: re.compile(rf"(?:{words})\s*:?", re.IGNORECASE) for word, words in _WORDS.items()}
_BESIDE = {
    word: re.compile(rf"(?:{words})[ :-].+|.+[ :-](?:{words})\s*:?", re.IGNORECASE)
    for word, words in list(_WORDS.items())[:2]
}
_STATISTICS: dict[str, tuple[Callable[[Floats], float], ...]] = {
    "sum": (np.sum,),
    "mean": (np.mean,),
    "min": (np.min,),
    "max": (np.max,),
    "median": (np.median,),
    "std": (lambda cells: float(np.std(cells, ddof=min(1, len(cells) - 1))), np.std),
    "count": (len,),
    "25%": (lambda cells: float(np.quantile(cells, 0.25)),),
    "75%": (lambda cells: float(np.quantile(cells, 0.75)),),
}


class SummaryRows(NamedTuple):
    """What was found."""

    #: Their places.
    rows: tuple[int, ...]
    #: The statistics, each once.
    words: tuple[str, ...]
    #: The column whose cells name them.
    naming: str
    #: Those that hold them.
    columns: tuple[str, ...]


def statistic_of(cell: str) -> str | None:
    """Which statistic a cell names.

    >>> [statistic_of(cell) for cell in ("Total", "North subtotal", "Mean:", "meaning")]
    ['sum', 'sum', 'mean', None]
    """
    cell = cell.strip()
    if not 0 < len(cell) <= _LONGEST:
        return None
    for patterns in (_ALONE, _BESIDE):
        for word, pattern in patterns.items():
            if pattern.fullmatch(cell):
                return word
    return None


def summary_rows_in(
    cells: pl.LazyFrame,
    sample: Sequence[Sequence[str]],
    last: Mapping[str, str],
    typed: Collection[str],
    decimal: str = ".",
) -> SummaryRows | None:
    """The rows that are named as statistics, if each of them holds those of rows above it."""
    names = [name for name in last if name in typed]
    naming = next((n for n in list(last)[:_NAMING] if _names(n, sample, last)), None)
    if naming is None or naming not in names:
        return None
    wanted = [naming, *[name for name in names if name != naming][:_NUMBERS]]
    frame = cells.head(_ROWS).select(cols(wanted)).collect(engine="streaming")
    told = {text: statistic_of(text) for text in bare(frame[naming]).unique() if text is not None}
    words = [told.get(text) for text in frame[naming]]
    named = [row for row, word in enumerate(words) if word is not None]
    if not 0 < len(named) <= min(_NAMED, frame.height // 3):
        return None
    plain = np.array([word is None for word in words])
    numbers = _numbers(frame, wanted[1:], plain, decimal)
    steps = {
        (row, name): _step(frame[name][row] or "", decimal) for row in named for name in numbers
    }
    called = frame[naming][named[-1]] or ""
    at_end = named == [frame.height - 1] and _ALONE["sum"].fullmatch(called.strip())
    most = _CHANCE_AT_END if at_end else _CHANCE
    with np.errstate(all="ignore"):
        holds = bool(numbers) and _hold(numbers, steps, plain, named, words, most)
    if not holds:
        return None
    found = tuple(dict.fromkeys(word for word in words if word is not None))
    return SummaryRows(tuple(named), found, naming, tuple(numbers))


def _names(name: str, sample: Sequence[Sequence[str]], last: Mapping[str, str]) -> bool:
    at = list(last).index(name)
    cells = {row[at] for row in sample if len(row) == len(last)} | {last[name]}
    return any(map(statistic_of, cells))


def _numbers(
    frame: pl.DataFrame, names: Sequence[str], plain: Flags, decimal: str
) -> dict[str, Floats]:
    """The columns that hold numbers alone in the rows that are no statistics."""
    found = {}
    read = frame.select(as_number(name, decimal).alias(name) for name in names)
    for name in names:
        held = frame.select((col(name).str.strip_chars() != "").fill_null(value=False)).to_series()
        cells = bare(read.get_column(name))
        unread = (held & cells.is_null()).to_numpy()
        if not (unread & plain).any() and cells.count():
            found[name] = cells.fill_null(math.nan).to_numpy()
    return found


def _step(text: str, decimal: str) -> float:
    """What the last digit of a number counts; nothing of one with an exponent."""
    if "e" in text.lower():
        return 0.0
    return float(10.0 ** -decimals_of(text, decimal))


def _hold(
    numbers: Mapping[str, Floats],
    steps: Mapping[tuple[int, str], float],
    plain: Flags,
    named: Sequence[int],
    words: Sequence[str | None],
    most: float,
) -> bool:
    """Whether each named row holds what it names, and others would by hardly a chance."""
    observed = np.flatnonzero(plain)
    unlikely, start = 0.0, 0
    for at, row in enumerate(named):
        if at and named[at - 1] != row - 1:
            start = named[at - 1] + 1
        above = observed[: np.searchsorted(observed, row)]
        for block in (above[np.searchsorted(above, start) :], above):
            cells = {name: (column[row], column[block]) for name, column in numbers.items()}
            chance = _chance(
                words[row] or "", {n: (*pair, steps[row, n]) for n, pair in cells.items()}
            )
            if chance is not None:
                break
        else:
            return False
        unlikely += chance
    return unlikely <= math.log(most)


def _chance(word: str, cells: Mapping[str, tuple[float, Floats, float]]) -> float | None:
    """The logarithm of the chance that a row holds a block's statistics; None if it does not."""
    total, seen = 0.0, False
    for value, above, step in cells.values():
        known = above[np.isfinite(above)]
        if not math.isfinite(value) or not len(known):
            continue
        expected = [float(each(known)) for each in _STATISTICS[word]]
        off = min(abs(value - each) - NEAR * abs(each) for each in expected)
        if len(known) < 2 or not off <= step / 2:  # noqa: PLR2004
            return None
        seen = True
        spread = float(np.abs(known).max() if word == "sum" else np.ptp(known))
        if 0 < spread < math.inf:
            total += math.log(min(1.0, max(step / spread, NEAR)))
    return total if seen else None


class TextEnd(NamedTuple):
    """The last rows of a file."""

    #: How many rows at the end hold separators alone.
    empty: int
    #: The cells of the last row above those; empty where it was not kept.
    last: tuple[str, ...]


#: Of a file whose end was not looked at.
NO_END = TextEnd(0, ())


def end_of(tail: bytes, width: int, separator: str) -> TextEnd:
    r"""What the last bytes of a file hold.

    >>> end_of(b"1,2\n3,4\n,\n", 2, ",")
    TextEnd(empty=1, last=('3', '4'))
    """
    lines = tail.rstrip(b"\r\n").split(b"\n")
    held = len(lines)
    nothing = f"{separator}\r ".encode()
    while width > 1 and held > 1 and not lines[held - 1].strip(nothing):
        held -= 1
    return TextEnd(len(lines) - held, _cells(lines[held - 1], width, separator))


def _cells(line: bytes, width: int, separator: str) -> tuple[str, ...]:
    if line.count(b'"') % 2:
        return ()
    try:
        cells = next(csv.reader([line.decode()], delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error):
        return ()
    return tuple(cells) if len(cells) == width else ()


def end_notes(
    end: TextEnd,
    cells: pl.LazyFrame,
    rows: tuple[int, int],
    heading: Heading,
    typed: Collection[str],
    decimal: str,
) -> Iterator[Finding]:
    """What is told of the end of a table, which is that of its last file."""
    before, held = rows[0], rows[1] - end.empty
    if end.empty and held > 0:
        yield empty_at_end(range(before + held, before + rows[1]))
    if before or held < 3 or not end.last:  # noqa: PLR2004
        return
    last = dict(zip(heading.names, end.last, strict=True))
    yield from no_observations(cells, held, heading.sample[: held - 1], last, typed, decimal)


def no_observations(
    cells: pl.LazyFrame,
    rows: int,
    sample: Sequence[Sequence[str]],
    last: Mapping[str, str],
    typed: Collection[str],
    decimal: str = ".",
) -> Iterator[Finding]:
    """What is told of rows named as statistics, or of a last one that is a total."""
    summaries = summary_rows_in(cells.head(rows), sample, last, typed, decimal)
    columns = summed(cells.head(rows - 1), sample, last, typed, decimal)
    if summaries and not (columns and summaries.rows == (rows - 1,)):
        yield named_rows(*summaries)
    elif columns:
        yield total_row(rows - 1, columns)
    elif cell := note_alone(sample, last):
        yield footer_row(rows - 1, cell)
