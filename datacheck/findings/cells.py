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
    from datacheck.source import batches_of

    found: dict[Key, Cells] = {}
    if not asked:
        return found
    columns = list(dict.fromkeys(column for column, _ in asked.values()))
    offset = 0
    for batch in batches_of(frame.select(columns)):
        for key, cells in _in_batch(batch, asked, found).items():
            part = cells.shifted(offset)
            found[key] = found[key].merged(part) if key in found else part
        offset += batch.height
    return found or _in_batch(frame.clear().collect(), asked, found)


def _in_batch(
    batch: pl.DataFrame,
    asked: Mapping[Key, tuple[str, pl.Expr]],
    before: Mapping[Key, Cells],
) -> dict[Key, Cells]:
    """What a batch adds: all counts, and rows and values only where some are still wanted."""
    import polars as pl

    from datacheck.source.values import python_values

    cells = {key: mask.fill_null(value=False) for key, (_, mask) in asked.items()}
    counts = batch.select(cell.sum().alias(str(at)) for at, cell in enumerate(cells.values()))
    counted = dict(zip(asked, counts.row(0), strict=True))
    wanted = [
        key
        for key, count in counted.items()
        if count and (key not in before or len(before[key].rows) < LISTED)
    ]
    queries: list[pl.Expr] = []
    for place, key in enumerate(wanted):
        rows = cells[key].arg_true().head(LISTED)
        values = pl.col(asked[key][0]).gather(rows)
        queries += [
            rows.implode().alias(f"rows {place}"),
            values.implode().alias(f"values {place}"),
        ]
    answer = batch.select(queries).get_columns() if queries else []
    listed = {
        key: [python_values(column.explode()) for column in answer[2 * at : 2 * at + 2]]
        for at, key in enumerate(wanted)
    }
    return {
        key: Cells(int(count or 0), *map(tuple, listed.get(key, ((), ()))))
        for key, count in counted.items()
    }
