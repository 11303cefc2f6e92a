"""What a profile keeps of a column's texts (and of categories and booleans): counts that add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datacheck.columns import bare
from datacheck.profiling.words import MISSING
from datacheck.spelling import NUMBER, PLAIN_NUMBER, number_in

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

#: Distinct texts that are kept with their counts.
KEPT = 4096
_ALL = 2**64 - 1


@dataclass(slots=True)
class Texts:
    """The mergeable state of a column's texts.

    Attributes
    ----------
    count
        Texts that are not null.
    numeric
        Texts that are written as numbers.
    words
        Texts that stand for no value, as written, each with its count.
    values
        Distinct texts with their counts: all of them while there are at most `KEPT`, after that
        those with the smallest hashes.
    threshold
        Texts with a hash up to this are kept; 2**64 - 1 while all are.
    shortest, longest
        Lengths in characters.
    """

    count: int = 0
    numeric: int = 0
    words: Counter[str] = field(default_factory=Counter)
    values: dict[str, int] = field(default_factory=dict)
    threshold: int = _ALL
    shortest: int = 0
    longest: int = 0

    @property
    def exact(self) -> bool:
        """Whether every distinct text is kept."""
        return self.threshold == _ALL

    def add(self, cells: pl.Series) -> pl.DataFrame:
        """Take in a column's cells as text; nulls are left out.

        Returns
        -------
        DataFrame
            ``text``, ``number`` and ``len``: the texts that are written as numbers, what each
            stands for, and how often it occurs.
        """
        import polars as pl

        tallied = _tallied(cells)
        if tallied.is_empty():
            return tallied.select("text", "number", "len")
        lengths = tallied["text"].str.len_chars()
        self._lengths(int(lengths.min()), int(lengths.max()))  # type: ignore[arg-type]
        self.count += int(tallied["len"].sum())
        missing = tallied.filter(pl.col("bare").str.to_lowercase().str.contains(MISSING))
        for text, count in missing.select("text", "len").iter_rows():
            self.words[text] += count
        self._keep(tallied.select("text", "len", mixed=pl.col("text").hash(0)))
        numbers = tallied.filter(pl.col("number").is_not_null()).select("text", "number", "len")
        self.numeric += int(numbers["len"].sum())
        return numbers

    def _lengths(self, shortest: int, longest: int) -> None:
        self.shortest = min(self.shortest, shortest) if self.count else shortest
        self.longest = max(self.longest, longest)

    def _keep(self, tallied: pl.DataFrame) -> None:
        import polars as pl

        fresh = tallied.filter(pl.col("mixed") <= self.threshold)
        for text, count in fresh.select("text", "len").iter_rows():
            self.values[text] = self.values.get(text, 0) + count
        if len(self.values) > KEPT:
            hashes = _hashed(list(self.values))
            self.threshold = int(hashes["mixed"].sort()[KEPT - 1])
            kept = hashes.filter(pl.col("mixed") <= self.threshold)["text"].to_list()
            self.values = {text: self.values[text] for text in kept}

    def merged(self, other: Texts) -> Texts:
        """The state of both."""
        import polars as pl

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
            result._keep(_hashed(list(side.values)).with_columns(len=counts))
        return result


def written_numbers(cells: pl.Series, found: pl.DataFrame | None = None) -> NDArray[np.float64]:
    """The numbers that texts stand for, NaN where they stand for none.

    `found` is what `Texts.add` gave of these cells, where it is at hand.
    """
    import polars as pl

    if found is None:
        cells = bare(cells).cast(pl.String)
        found = _tallied(cells).filter(pl.col("number").is_not_null())
    numbers = bare(cells).replace_strict(
        found["text"], found["number"], default=None, return_dtype=pl.Float64
    )
    return numbers.fill_null(float("nan")).to_numpy()


def _tallied(cells: pl.Series) -> pl.DataFrame:
    """The distinct texts, how often each occurs, and the number that it stands for or null."""
    import polars as pl

    texts = cells.alias("text").drop_nulls().to_frame()
    return (
        # Not `len()`: it would stand beside a column of that name.
        texts.group_by("text")
        .agg(pl.len().alias("len"))
        .with_columns(bare=pl.col("text").str.strip_chars())
        .with_columns(number=_numbers(pl.col("bare")))
    )


def _hashed(texts: list[str]) -> pl.DataFrame:
    """Each text with its 64-bit hash: the same within one version of polars."""
    import polars as pl

    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.with_columns(mixed=pl.col("text").hash(0))


def numbers_in(texts: pl.Expr) -> pl.Expr:
    """The number that each text stands for, or null."""
    return _numbers(texts.str.strip_chars())


def _numbers(bare: pl.Expr) -> pl.Expr:
    """The same of texts that are stripped."""
    import polars as pl

    plain = pl.when(bare.str.contains(PLAIN_NUMBER)).then(bare.cast(pl.Float64, strict=False))
    # Signs and separators are rare: those few go through Python.
    dressed = pl.when(bare.str.contains(NUMBER)).then(bare)
    return plain.otherwise(dressed.map_batches(_undressed, return_dtype=pl.Float64))


def _undressed(texts: pl.Series) -> pl.Series:
    """The numbers of texts, each different one read once."""
    import polars as pl

    if texts.null_count() == texts.len():
        return pl.Series(texts.name, [], dtype=pl.Float64).extend_constant(None, texts.len())
    different = texts.unique().drop_nulls()
    read = [found[0] if (found := number_in(text)) else None for text in different]
    numbers = pl.Series(read, dtype=pl.Float64)
    return texts.replace_strict(different, numbers, default=None, return_dtype=pl.Float64)
