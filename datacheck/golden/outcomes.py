"""What must come out of golden rows: each program over a column of them at once.

A wide table has few golden rows and many columns. `cell.runner` says what an op is, cell by cell;
a column of plain numbers gives the same bits as an array, in a fraction of the time, where no
logarithm is taken (C's and numpy's may part). What is chosen so is replayed by the row path and by
polars before a fit is handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.golden.encode import encode
from datacheck.ops import Affine, Cast, Clip, Fill, Missing, first, outputs, refuses_missing
from datacheck.transform.arrays import run
from datacheck.transform.cell import runner
from datacheck.transform.given import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from datacheck.ops import Fitted, Program

    Row = dict[str, Any]

#: What an array computes to the bit.
_EXACT = (Missing, Clip, Fill, Affine, Cast)
#: Cells that an array holds as they are.
_PLAIN = {float, type(None)}


def golden_rows(fitted: Fitted, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row with the cells that must come out of it, or the first column that refuses it.

    Parameters
    ----------
    rows
        Each with a cell for every program.

    Returns
    -------
    list of dict
        ``{"row": cells, "out": cells}`` or ``{"row": cells, "refused": column}``, each cell as
        `encode` writes it.
    """
    outs: list[Row] = [{} for _ in rows]
    refused: dict[int, str] = {}
    for program in fitted.programs:
        left = [at for at in range(len(rows)) if at not in refused]
        cells = [rows[at][program.column] for at in left]
        made = _as_array(program, cells)
        if made is None:
            made = _one_by_one(program, fitted, cells, [rows[at] for at in left])
        names = outputs(program)
        for at, out in zip(left, made, strict=True):
            if out is None:
                refused[at] = program.column
            else:
                outs[at].update(zip(names, out, strict=True))
    return [
        {"row": _encoded(row), "refused": refused[at]}
        if at in refused
        else {"row": _encoded(row), "out": _encoded(outs[at])}
        for at, row in enumerate(rows)
    ]


def _one_by_one(
    program: Program, fitted: Fitted, cells: Iterable[Any], rows: Iterable[Row]
) -> list[tuple[Any, ...] | None]:
    """What each cell gives, by the ops' definition; None where it is refused."""
    run_cell = runner(program, fitted)
    made: list[tuple[Any, ...] | None] = []
    for cell, row in zip(cells, rows, strict=True):
        try:
            made.append(tuple(run_cell(cell, row).values()))
        except Refused:
            made.append(None)
    return made


def _as_array(program: Program, cells: Sequence[Any]) -> list[tuple[Any, ...] | None] | None:
    """`_one_by_one` of a column of doubles and holes, for ops that an array computes to the bit."""
    if (
        program.kind != "number"
        or not all(isinstance(op, _EXACT) for op in program.ops)
        or not set(map(type, cells)) <= _PLAIN
    ):
        return None
    x = np.array(cells, np.float64)  # None becomes NaN
    missing, last = first(program.ops, Missing) or Missing(), program.ops[-1]
    ops = [op for op in program.ops if not isinstance(op, Cast)]
    with np.errstate(over="ignore"):
        y = run(x, ops)
        if isinstance(last, Cast) and last.dtype == "float32":
            y = y.astype(np.float32).astype(np.float64)
    bad = np.isinf(y)
    if missing.infinite == "refuse":
        bad |= np.isinf(x)
    gone = np.isnan(y)
    if refuses_missing(program):
        bad |= gone
    if not bad.any() and not gone.any():
        return [(value,) for value in y.tolist()]
    return [
        None if no else (None if hole else value,)
        for value, no, hole in zip(y.tolist(), bad.tolist(), gone.tolist(), strict=True)
    ]


def _encoded(cells: Row) -> Row:
    """The cells as `encode` writes them; a finite double, as most are, is written as it is."""
    return {
        name: cell if type(cell) is float and cell - cell == 0.0 else encode(cell)
        for name, cell in cells.items()
    }
