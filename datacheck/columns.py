"""Names are data: a column asked for by its name, whatever the name.

polars takes `*` and `^...$` for patterns wherever it is handed a name as text: in `pl.col`,
`select`, `drop`, `group_by`, `sort` and `struct`. It does not in `DataFrame[name]`, `rename`,
`alias` and a schema's keys. Its expressions know plain columns of such names, and only their
written form makes one: a selector by name tells neither what it reads nor that it is one column.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray
    from polars.selectors import Selector


T = TypeVar("T")
#: Cells of short columns that are looked at together: some megabytes in each step.
TOGETHER = 2**18


def is_pattern(name: str) -> bool:
    """Whether polars takes the name for several columns.

    >>> is_pattern("*"), is_pattern("^x$"), is_pattern("^x")
    (True, True, False)
    """
    return name == "*" or (name[:1] == "^" and name[-1:] == "$")


def col(name: str) -> pl.Expr:
    """The column of this very name.

    >>> import polars as pl
    >>> pl.DataFrame({"x": [1], "*": [2]}).select(col("*") + 1).to_dicts()
    [{'*': 3}]
    """
    import polars as pl

    if not is_pattern(name):
        return pl.col(name)
    return pl.Expr.deserialize(io.StringIO(json.dumps({"Column": name})), format="json")


def cols(names: Iterable[str]) -> list[str | pl.Expr]:
    """The columns of these very names, in their order, for a verb of polars that takes several."""
    return [col(name) if is_pattern(name) else name for name in names]


def named(names: Iterable[str]) -> Selector:
    """The columns of these very names, for `drop`."""
    import polars.selectors as cs

    names = list(names)
    chosen = cs.by_name([name for name in names if not is_pattern(name)])
    for name in filter(is_pattern, names):  # which polars 1.36 takes for patterns in `by_name` too
        chosen |= cs.matches(f"^(?:{re.escape(name)})$")
    return chosen


def bare(cells: pl.Series) -> pl.Series:
    """A column's cells without its name: polars computes on a series by way of `col(its name)`.

    >>> import polars as pl
    >>> bare(pl.Series("^x$", [1, None])).drop_nulls().to_list()
    [1]
    """
    return cells.alias("")


def in_blocks(columns: Sequence[T], rows: int, cells: int | None = None) -> Iterator[Sequence[T]]:
    """Columns of so many rows, or their names, in blocks that are looked at together.

    At thousands of columns a step of polars or numpy on one alone costs more than it computes. A
    block of several columns has about so many `cells`, `TOGETHER` by default.

    >>> list(in_blocks("abcde", rows=100_000))
    ['ab', 'cd', 'e']
    """
    each = max(1, (TOGETHER if cells is None else cells) // max(1, rows))
    for start in range(0, len(columns), each):
        yield columns[start : start + each]


def is_text(dtype: pl.DataType) -> bool:
    """Whether a column's cells are texts: as they stand, or as categories.

    >>> import polars as pl
    >>> is_text(pl.Enum(["a"])), is_text(pl.Binary())
    (True, False)
    """
    import polars as pl

    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand more than once, sorted.

    >>> repeated(["b", "a", "b", "c", "a"])
    ['a', 'b']
    """
    return sorted(name for name, count in Counter(names).items() if count > 1)


def doubles(cells: pl.Series) -> NDArray[np.float64]:
    """Numbers, moments or truth values as doubles, shape (rows,): NaN where there is none.

    >>> import polars as pl
    >>> doubles(pl.Series([True, None])).tolist()
    [1.0, nan]
    """
    import polars as pl

    cells = bare(cells)
    if cells.dtype.is_temporal():
        cells = cells.to_physical()
    return cells.cast(pl.Float64).to_numpy()


def cast_or_null(cell: pl.Expr, found: pl.DataType, dtype: pl.DataType) -> pl.Expr:
    """A cell of dtype `found` as another dtype, or null where that cannot hold it.

    polars raises over a float of too many digits for a decimal, and over bytes that are no text,
    strict or not.

    >>> import polars as pl
    >>> cell = cast_or_null(pl.col("x"), pl.Float64(), pl.Decimal(4, 1))
    >>> pl.DataFrame({"x": [999.94, 999.95, -1e6]}).select(cell).to_series().to_list()
    [Decimal('999.9'), None, None]
    """
    import polars as pl

    if found.is_float() and isinstance(dtype, pl.Decimal):
        end = math.nextafter((10 ** (dtype.precision or 38) - 0.5) / 10**dtype.scale, 0.0)
        cell = pl.when(cell.abs() < end).then(cell)
    if found == pl.Binary and is_text(dtype):
        cell = cell.map_batches(_decoded, return_dtype=pl.String)
    return cell.cast(dtype, strict=False)


def _decoded(cells: pl.Series) -> pl.Series:
    """Bytes as the text that they are in UTF-8, or null."""
    import polars as pl

    try:
        return cells.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(cells.name, map(_text_or_none, cells), dtype=pl.String)


def _text_or_none(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def retyped(frame: pl.DataFrame, dtypes: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with some columns cast: the keys of `DataFrame.cast` may be patterns too."""
    return frame.with_columns(col(name).cast(dtype) for name, dtype in dtypes.items())
