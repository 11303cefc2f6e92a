"""What a feature may give a target away by: its cells, that they are missing, or a part of them.

An identifier whose first letter is the class tells nothing as a value, since none comes twice; its
letters tell all. So does the number in "12.50 EUR", or the weekday of a date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.columns import bare, doubles
from datacheck.findings.targets import is_number_but_one
from datacheck.rows.cells import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: Cells that come so often on average are categories: their parts say no more than they do.
OFTEN = 12
#: A value of this share of the rows is one that a feature may have or not have.
COMMON = 0.02
_NUMBER = r"[-+]?\d+(?:\.\d+)?"


class Reading(NamedTuple):
    """One way to look at the cells of a feature.

    Parameters
    ----------
    by
        ``value``, ``missing``, or the part of the cell that is looked at, in words.
    kinds
        The cells as categories: two of one code are one.
    numbers
        The cells as numbers, NaN where there is none; None where they have no order.
    """

    by: str
    kinds: NDArray[np.uint64]
    numbers: Floats | None = None


def readings(cells: pl.Series) -> Iterator[Reading]:
    """The ways to look at a feature, the plainest first."""
    cells = bare(cells)
    numbers, missing = as_numbers(cells), _missing(cells)
    if numbers is not None:
        missing = missing | ~np.isfinite(numbers)
    if 0 < missing.sum() < len(missing):
        yield Reading("missing", missing.astype(np.uint64))
    kinds = codes(cells)
    yield Reading("value", kinds, numbers)
    yield from _parts(cells, kinds, numbers)


def as_numbers(cells: pl.Series) -> Floats | None:
    """Cells as numbers; texts too, where all but one at most are numbers."""
    import polars as pl

    if cells.dtype == pl.String:
        if not is_number_but_one(cells.drop_nulls().unique()):
            return None
        return doubles(cells.str.strip_chars().cast(pl.Float64, strict=False))
    if not (cells.dtype.is_numeric() or cells.dtype.is_temporal() or cells.dtype == pl.Boolean):
        return None
    return doubles(cells)


def _missing(cells: pl.Series) -> Mask:
    import polars as pl

    empty = cells.is_null()
    if cells.dtype == pl.String:
        empty |= (cells.str.strip_chars() == "").fill_null(value=True)
    return empty.to_numpy()


def _parts(
    cells: pl.Series, kinds: NDArray[np.uint64], numbers: Floats | None
) -> Iterator[Reading]:
    """Parts of cells that are no categories."""
    import polars as pl

    found, counts = np.unique(kinds, return_counts=True)
    if len(found) * OFTEN > len(kinds) and (often := counts.max()) >= COMMON * len(kinds):
        # One value among many: 0 hours where nobody works.
        yield Reading("its commonest value", (kinds == found[counts == often][0]).astype(np.uint64))
    if len(found) * OFTEN <= len(kinds):
        return
    if isinstance(cells.dtype, pl.Date | pl.Datetime):
        yield Reading("its weekday", codes(cells.dt.weekday()))
        yield Reading("its month", codes(cells.dt.month()))
        if isinstance(cells.dtype, pl.Datetime):
            yield Reading("its hour", codes(cells.dt.hour()))
    elif cells.dtype == pl.String and numbers is None:
        letters = codes(cells.str.replace_all(r"\d+", ""))
        yield Reading("its letters", letters)
        if len(np.unique(letters)) * OFTEN > len(letters):
            # Letters that are a name, too: what begins or ends a code may be the class.
            yield Reading("its first character", codes(cells.str.head(1)))
            yield Reading("its last character", codes(cells.str.tail(1)))
        for which, pattern in (("first", f"({_NUMBER})"), ("last", rf"\d\D+?({_NUMBER})\D*$")):
            number = cells.str.extract(pattern).cast(pl.Float64, strict=False)
            if number.null_count() < len(number):
                yield Reading(f"its {which} number", codes(number), doubles(number))
    elif cells.dtype.is_integer():
        yield last_digit(cells)


def last_digit(cells: pl.Series) -> Reading:
    """The last digit of whole numbers."""
    import polars as pl

    return Reading("its last digit", codes(pl.select(pl.lit(cells) % 10).to_series()))
