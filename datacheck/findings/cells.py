"""Which cells a mask means: how many, the first of them, what stands there.

What parts of a table show adds up to what the whole shows, whoever reads the parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from datacheck.report.finding import LISTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

Key = TypeVar("Key")


@dataclass(frozen=True)
class Cells:
    """An exact count, and the first rows with what stands in them."""

    count: int
    rows: tuple[int, ...]
    values: tuple[Any, ...]

    def shifted(self, offset: int) -> Cells:
        """The same cells, where the rows of their part begin at `offset`."""
        return replace(self, rows=tuple(row + offset for row in self.rows))

    def merged(self, other: Cells) -> Cells:
        """The cells of this part and of a later one."""
        return Cells(
            self.count + other.count,
            (self.rows + other.rows)[:LISTED],
            (self.values + other.values)[:LISTED],
        )


def cells_in(frame: pl.LazyFrame, asked: Mapping[Key, tuple[str, pl.Expr]]) -> dict[Key, Cells]:
    """Look up, in one pass of `frame`, the cells of a column that each mask means.

    Parameters
    ----------
    asked
        Columns with their masks, under any names.
    """
    import polars as pl

    from datacheck.source import collect

    if not asked:
        return {}
    queries: list[pl.Expr] = []
    for place, (column, mask) in enumerate(asked.values()):
        cell = mask.fill_null(value=False)
        queries += [
            cell.sum().alias(f"count {place}"),
            cell.arg_true().head(LISTED).implode().alias(f"rows {place}"),
            pl.col(column).filter(cell).head(LISTED).implode().alias(f"values {place}"),
        ]
    answer = collect(frame.select(queries)).row(0, named=True)
    return {
        key: Cells(
            int(answer[f"count {place}"]),
            tuple(int(row) for row in answer[f"rows {place}"]),
            tuple(answer[f"values {place}"]),
        )
        for place, key in enumerate(asked)
    }
