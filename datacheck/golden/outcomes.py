"""What must come out of golden rows: each program over a column of them at once.

`cell.runner` says what an op is, cell by cell; a column of plain numbers gives the same bits as an
array, in a fraction of the time, where no logarithm is taken (C's and numpy's may part). The row
path and polars replay the rows before a fit is handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.golden.encode import encode
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Fill,
    Missing,
    leaves_float32,
    missing_op,
    refuses_missing,
)
from datacheck.transform.arrays import run
from datacheck.transform.cell import runner
from datacheck.transform.given import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.arrays import Floats
    from datacheck.ops import Fitted, Program

    Row = dict[str, Any]

#: What an array computes to the bit.
_EXACT = (Missing, Clip, Fill, Affine, Cast)
#: Cells that an array holds as they are.
_PLAIN = {float, type(None)}


def golden_rows(fitted: Fitted, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row with the cells that must come out of it, or the first column that refuses it.

    Rows have a cell for every program. Gives ``{"row": cells, "out": cells}`` or ``{"row": cells,
    "refused": column}``, each cell as `encode` writes it.
    """
    outs: list[Row] = [{} for _ in rows]
    left, refused = list(range(len(rows))), dict[int, str]()
    for program in fitted.programs:
        if len(refused) + len(left) > len(rows):
            left = [at for at in left if at not in refused]
        cells = [rows[at][program.column] for at in left]
        plain = _exact(program) and set(map(type, cells)) <= _PLAIN
        values = _as_array(program, np.array(cells, np.float64)) if plain else None
        if values is None:
            run_cell = runner(program, fitted)
            for at, cell in zip(left, cells, strict=True):
                try:
                    outs[at].update(run_cell(cell, rows[at]))
                except Refused:
                    refused[at] = program.column
        else:
            for at, value in zip(left, values, strict=True):
                outs[at][program.column] = value
    return [
        {"row": _encoded(row), "refused": refused[at]}
        if at in refused
        else {"row": _encoded(row), "out": _encoded(outs[at])}
        for at, row in enumerate(rows)
    ]


def _exact(program: Program) -> bool:
    """Whether an array gives the bits of one cell after the other."""
    return program.kind == "number" and all(isinstance(op, _EXACT) for op in program.ops)


def _as_array(program: Program, x: Floats) -> list[float | None] | None:
    """What doubles give, NaN standing for missing; None where one is refused."""
    missing = missing_op(program)
    with np.errstate(over="ignore"):
        y = run(x, [op for op in program.ops if not isinstance(op, Cast)])
        if leaves_float32(program):
            y = y.astype(np.float32).astype(np.float64)
    values: list[float | None] = y.tolist()
    gone = np.isnan(y)
    if np.isinf(y).any() or (missing.infinite == "refuse" and np.isinf(x).any()):
        return None
    if not gone.any():
        return values
    if refuses_missing(program):
        return None
    return [None if hole else value for value, hole in zip(values, gone.tolist(), strict=True)]


def _encoded(cells: Row) -> Row:
    """The cells as `encode` writes them; a finite double, as most are, is written as it is."""
    return {
        name: cell if type(cell) is float and cell - cell == 0.0 else encode(cell)
        for name, cell in cells.items()
    }
