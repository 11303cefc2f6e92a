"""What a profile keeps of a column's texts (and of categories and booleans): counts that add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import bare, in_blocks
from datacheck.numeric.extremes import FEW
from datacheck.profiling.facts import fact
from datacheck.profiling.words import MISSING
from datacheck.spelling import NUMBER, PLAIN_NUMBER, number_in

#: Distinct texts that are kept with their counts.
KEPT = 4096
#: Texts of several columns that are looked at together.
TOGETHER = 2**17
_ALL = 2**64 - 1
#: Digits, and the marks that stand between them in numbers, dates and times.
_DIGITS = re.compile(r"-?[0-9][0-9.:/-]*")
_DIGIT = re.compile(r"\d")


class Tallied(NamedTuple):
    """The different texts of a column's cells."""

    #: ``text`` and ``len`` of all, and of those that are written as numbers; and their ``number``.
    texts: pl.DataFrame
    numbers: pl.DataFrame
    #: Those that stand for no value, each with how often it occurs.
    words: list[tuple[str, int]]
    #: How many cells there are, and the lengths of their texts.
    cells: int
    shortest: int
    longest: int


@dataclass(slots=True)
class Texts:
    """The mergeable state of a column's texts."""

    #: Texts that are not null.
    count: int = 0
    #: Texts that are written as numbers.
    numeric: int = 0
    #: Texts that stand for no value, as written, each with its count.
    words: Counter[str] = field(default_factory=Counter)
    #: Distinct texts with their counts: all of them while there are at most `KEPT`, after that
    #: those with the smallest hashes.
    values: dict[str, int] = field(default_factory=dict)
    #: Texts with a hash up to this are kept; 2**64 - 1 while all are.
    threshold: int = _ALL
    #: Lengths in characters.
    shortest: int = 0
    longest: int = 0
    #: See `datacheck.profiling.facts`: known of what is no longer added to.
    facts: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def exact(self) -> bool:
        """Whether every distinct text is kept."""
        return self.threshold == _ALL

    def add(self, cells: pl.Series, tallied: Tallied | None = None) -> pl.DataFrame:
        """Take in a column's cells as text; nulls are left out.

        Gives ``text``, ``number`` and ``len``: the texts that are written as numbers, what each
        stands for, and how often it occurs. `tallied` is what `tallied_together` has of the cells,
        where it is at hand.
        """
        self.facts.clear()
        seen = _tallied(cells) if tallied is None else tallied
        if seen.cells:
            self.shortest = min(self.shortest, seen.shortest) if self.count else seen.shortest
            self.longest = max(self.longest, seen.longest)
            self.count += seen.cells
            for text, count in seen.words:
                self.words[text] += count
            self._keep(seen.texts)
            if not seen.numbers.is_empty():
                self.numeric += int(seen.numbers["len"].sum())
        return seen.numbers

    def _keep(self, tallied: pl.DataFrame) -> None:
        if not self.exact:
            mixed = pl.col("text").hash(0)
            tallied = tallied.filter(mixed <= self.threshold)
        if not self.values:
            texts, counts = tallied["text"].to_list(), tallied["len"].to_list()
            self.values = dict(zip(texts, counts, strict=True))
        else:
            for text, count in tallied.select("text", "len").iter_rows():
                self.values[text] = self.values.get(text, 0) + count
        if len(self.values) > KEPT:
            hashes = _hashed(list(self.values))
            self.threshold = int(hashes["mixed"].sort()[KEPT - 1])
            kept = hashes.filter(pl.col("mixed") <= self.threshold)["text"].to_list()
            self.values = {text: self.values[text] for text in kept}

    def merged(self, other: Texts) -> Texts:
        """The state of both."""
        result = Texts(
            count=self.count + other.count,
            numeric=self.numeric + other.numeric,
            words=self.words + other.words,
            threshold=min(self.threshold, other.threshold),
            longest=max(self.longest, other.longest),
        )
        filled = [side.shortest for side in (self, other) if side.count]
        result.shortest = min(filled, default=0)
        for side in (self, other):
            counts = pl.Series(list(side.values.values()), dtype=pl.Int64)
            texts = pl.Series(list(side.values), dtype=pl.String)
            result._keep(pl.DataFrame({"text": texts, "len": counts}))
        return result


def written_numbers(cells: pl.Series, found: pl.DataFrame | None = None) -> Floats:
    """The numbers that texts stand for, NaN for none; `found` is what `Texts.add` gave of them."""
    if found is None:
        cells = bare(cells).cast(pl.String)
        found = _tallied(cells).numbers
    if len(cells) <= FEW:  # a query costs more
        known = dict(zip(found["text"].to_list(), found["number"].to_list(), strict=True))
        return np.array([known.get(text, np.nan) for text in bare(cells).to_list()], np.float64)
    numbers = bare(cells).replace_strict(
        found["text"], found["number"], default=None, return_dtype=pl.Float64
    )
    return numbers.fill_null(float("nan")).to_numpy()


def _tallied(cells: pl.Series) -> Tallied:
    """The different texts of one column."""
    texts = cells.alias("text").drop_nulls().to_frame()
    told = _told(texts, "text", in_order=cells.len() <= TOGETHER)
    [tallied] = _parted(told, 1)
    return tallied


def tallied_together(columns: Sequence[pl.Series]) -> Iterator[Tallied]:
    """`_tallied` of each of some columns of text, in a few queries: one for each costs more."""
    longest = max((len(cells) for cells in columns), default=1)
    for some in in_blocks(columns, longest, TOGETHER):
        texts = pl.concat([cells.alias("text") for cells in some])
        place = np.repeat(np.arange(len(some)), [len(cells) for cells in some])
        table = pl.DataFrame({"place": place, "text": texts}).filter(pl.col("text").is_not_null())
        yield from _parted(_told(table, "place", "text", in_order=True), len(some))


def _parted(told: pl.DataFrame, columns: int) -> Iterator[Tallied]:
    """What was told of the texts of some columns, column by column."""

    def ends(rows: pl.DataFrame) -> list[int]:
        places = np.arange(columns + 1)
        return np.searchsorted(rows["place"], places).tolist() if columns > 1 else [0, len(rows)]

    words, numbers = told.filter("word"), told.filter(pl.col("number").is_not_null())
    ended = [ends(each) for each in (told, numbers, words)]
    sizes = np.zeros((columns, 3), dtype=np.int64)
    if filled := [at for at, (low, high) in enumerate(pairwise(ended[0])) if low < high]:
        starts = np.array(ended[0])[filled]
        chars, counts = told["chars"].to_numpy(), told["len"].cast(pl.Int64).to_numpy()
        sizes[filled, 0] = np.add.reduceat(counts, starts)
        sizes[filled, 1] = np.minimum.reduceat(chars, starts)
        sizes[filled, 2] = np.maximum.reduceat(chars, starts)
    numbers, listed = numbers.select("text", "number", "len"), words.select("text", "len").rows()
    places = zip(*map(pairwise, ended), sizes.tolist(), strict=True)
    for (low, high), (first, last), (start, end), size in places:
        yield Tallied(told[low:high], numbers[first:last], listed[start:end], *size)


def _told(table: pl.DataFrame, *by: str, in_order: bool) -> pl.DataFrame:
    """The distinct rows of texts, with what is asked of each text."""
    return (
        # Not `len()`: it would stand beside a column of that name.
        table.group_by(by, maintain_order=in_order)
        .agg(pl.len().alias("len"))
        .with_columns(bare=pl.col("text").str.strip_chars(), chars=pl.col("text").str.len_chars())
        .with_columns(
            number=_numbers(pl.col("bare")),
            word=pl.col("bare").str.to_lowercase().str.contains(MISSING),
        )
        .drop("bare")
    )


def _hashed(texts: list[str]) -> pl.DataFrame:
    """Each text with its 64-bit hash: the same within one version of polars."""
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.with_columns(mixed=pl.col("text").hash(0))


def numbers_in(texts: pl.Expr) -> pl.Expr:
    """The number that each text stands for, or null."""
    return _numbers(texts.str.strip_chars())


def _numbers(bare: pl.Expr) -> pl.Expr:
    """The same of texts that are stripped."""
    plain = pl.when(bare.str.contains(PLAIN_NUMBER)).then(bare.cast(pl.Float64, strict=False))
    # Signs and separators are rare: those few go through Python.
    dressed = pl.when(bare.str.contains(NUMBER)).then(bare)
    return plain.otherwise(dressed.map_batches(_undressed, return_dtype=pl.Float64))


def _undressed(texts: pl.Series) -> pl.Series:
    """The numbers of texts, each different one read once."""
    if texts.null_count() == texts.len():
        return pl.Series(texts.name, [None] * texts.len(), pl.Float64)
    cells = bare(texts)
    different = cells.unique().drop_nulls()
    read = [found[0] if (found := number_in(text)) else None for text in different]
    numbers = pl.Series(read, dtype=pl.Float64)
    spelt = cells.replace_strict(different, numbers, default=None, return_dtype=pl.Float64)
    return spelt.alias(texts.name)


#: Digits alone, all of one length, are codes from so many on, even where they repeat.
CODE_DIGITS = 5
#: Fewer digits are numbers where so many of the texts are digits alone: 18, 34 and 3O.
NUMBERS = 0.9
#: Amounts are round more often than this; codes are not.
ROUND = 0.5
#: A double holds every whole number of so many digits.
EXACT_DIGITS = 15


def numbers_of(texts: Texts) -> dict[str, float]:
    """The texts that are numbers, each with its number."""
    return _read(texts)[0]


def ways_of(texts: Texts) -> list[str]:
    """How each of the texts that are numbers is written."""
    return _read(texts)[1]


@fact
def _read(texts: Texts) -> tuple[dict[str, float], list[str]]:
    numbers, ways = {}, []
    for text in texts.values:
        if (found := number_in(text)) is not None:
            numbers[text] = found[0]
            ways.append(found[1])
    return numbers, ways


@fact
def has_digits(texts: Texts) -> bool:
    """Whether any text has a digit, of any alphabet."""
    return _DIGIT.search("".join(texts.values)) is not None


@fact
def worded(texts: Texts) -> list[str]:
    """The texts that have a letter, a blank, or another mark than those of digits."""
    return [text for text in texts.values if _DIGITS.fullmatch(text) is None]


@fact
def codes_of_one_length(texts: Texts) -> bool:
    """Whether texts are codes: letters and digits of one length, not numbers to reckon with."""
    kept = list(texts.values)
    if not kept or not all(map(str.isalnum, kept)):
        return False
    of_one_length = texts.shortest == texts.longest > 1
    if not all(map(str.isdigit, kept)):
        slips = texts.longest < CODE_DIGITS and texts.numeric >= NUMBERS * texts.count
        return of_one_length and not slips and all(any(map(str.isdigit, each)) for each in kept)
    if not of_one_length or any(each[0] == "0" for each in kept):
        return of_one_length or texts.shortest > EXACT_DIGITS
    rounded = sum(each.endswith("00") for each in kept) > ROUND * len(kept)
    return not rounded and texts.longest >= CODE_DIGITS
