"""One cell of a row through its program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.transform.cell import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.ops import Fitted, Program


def cell(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> Any:
    """The first of the cells that it gives."""
    return next(iter(cells(program, value, row, fitted).values()))
