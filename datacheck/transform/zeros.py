"""Golden rows without the zeros of encodings: of thousands of cells that a row gives, few are 1.

A cell of a name that is no column's own, such as a category's, is left out of a document where it
is 0.0; whoever reads the document puts it back.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    Row = dict[str, Any]


def without_zeros(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], outputs: Sequence[str]
) -> list[Row]:
    """The rows as a document holds them, their cells in the order of the outputs."""
    own = set(columns)

    def kept(cells: Mapping[str, Any]) -> Row:
        return {
            name: cell
            for name, cell in _ordered(cells, outputs).items()
            if name in own or not _is_zero(cell)
        }

    return [{**row, "out": kept(row["out"])} if "out" in row else dict(row) for row in rows]


def with_zeros(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], outputs: Sequence[str]
) -> list[Row]:
    """The rows with every cell; one that could not be left out stays lacking."""
    own = set(columns)
    zeros = {name: 0.0 for name in outputs if name not in own}

    def whole(cells: Mapping[str, Any]) -> Row:
        return _ordered({**zeros, **cells}, outputs)

    return [{**row, "out": whole(row["out"])} if "out" in row else dict(row) for row in rows]


def _ordered(cells: Mapping[str, Any], outputs: Sequence[str]) -> Row:
    """The cells in the order of the outputs, and others after them."""
    return {name: cells[name] for name in dict.fromkeys((*outputs, *cells)) if name in cells}


def _is_zero(cell: Any) -> bool:
    return type(cell) is float and cell == 0.0 and math.copysign(1.0, cell) > 0.0
