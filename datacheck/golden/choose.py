"""Golden rows: rows with the cells that must come out of them, chosen when a transform is fitted.

Cells from all over the table, drawn column by column so that no row is one of the table's; then
made rows that stand where runtimes part ways: missing cells of each kind, the extremes, exactly at
fill and center, zeros of both signs, the edges of double and float32, and rows to be refused.

What must come out of golden rows: each program over a column of them at once.

`cell.runner` says what an op is, cell by cell; a column of plain numbers gives the same bits as an
array, in a fraction of the time, where no logarithm is taken (C's and numpy's may part). The row
path and polars replay the rows before a fit is handed out.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import cols
from datacheck.golden.cells import WIDE, copies, drawn, invented
from datacheck.golden.compare import LEAST, padded
from datacheck.golden.documents import encode
from datacheck.golden.unreached import known_values
from datacheck.limits import FLOAT32_MAX, FLOAT32_OVER
from datacheck.ops import (
    UNSCALED,
    Affine,
    Cast,
    Clip,
    Encode,
    Fill,
    Fitted,
    Missing,
    Power,
    Program,
    first,
    leaves_float32,
    missing_op,
    numbers_of,
    refuses_missing,
)
from datacheck.transform.arrays import run
from datacheck.transform.cell import runner, typed_values, unpower
from datacheck.transform.given import Refused

Chosen = dict[bytes, dict[str, Any]]
Row = dict[str, Any]


#: How many rows to choose at most; `compare.LEAST` is how many at least.
MOST = 60
#: Drawn rows that come first; more follow where made ones do not make up the number. A wide table
#: has half as many, so that rows at edges and rows to be refused have their place.
DRAWN = 12
#: Categories and spellings of a column that stand in golden rows, each with those of the others.
CATEGORIES = 16
#: Single columns that get a row of their own with a hole in it; and such rows with an odd cell,
#: each of which, if it is refused, is replayed by itself.
HOLES, ODD = 8, 16


def real_rows(height: int) -> list[int]:
    """The positions of the rows to take from a table of this height: evenly spread, ends included.

    >>> real_rows(3), real_rows(291)[:3]
    ([0, 1, 2], [0, 10, 20])
    """
    if height <= LEAST:
        return list(range(height))
    return [i * (height - 1) // (LEAST - 1) for i in range(LEAST)]


def choose(
    fitted: Fitted, sample: pl.DataFrame | None, table: pl.LazyFrame | None = None
) -> tuple[dict[str, Any], ...]:
    """Make the golden rows of a transform that is complete but for them.

    `sample` has the table's rows at `real_rows`, whose cells are drawn; None has cells invented. A
    golden row that is one of the rows of `table`, which was fitted, is left out. Each is ``{"row":
    cells, "out": cells}`` or ``{"row": cells, "refused": column}``, cells as `encode` writes them;
    no two are alike, where `LEAST` different ones can be made.
    """
    names = [program.column for program in fitted.programs]
    real = iter(()) if sample is None else islice(drawn(sample.select(cols(names))), 2 * LEAST)
    spare = (invented(fitted, step) for step in range(1, 2 * LEAST))
    wide = len(names) > WIDE
    most, of_cells, holes = (LEAST, DRAWN // 2, 2) if wide else (MOST, DRAWN, HOLES)
    known = _of_categories(fitted)
    of_cells, most = max(of_cells - len(known), DRAWN // 2), max(most, LEAST + len(known))
    cells = [*islice(real, of_cells)]
    cells += islice(spare, of_cells - len(cells))
    chosen: Chosen = {}
    at_once = most if wide else None
    _take(fitted, chosen, chain(cells, _made(fitted, cells[0], known, holes)), table, most, at_once)
    if len(chosen) < LEAST:
        more = chain(_spread(fitted, cells[0]), real, spare)
        _take(fitted, chosen, more, table, LEAST, at_once)
    return tuple(padded(list(chosen.values())))


def _take(
    fitted: Fitted,
    chosen: Chosen,
    rows: Iterator[dict[str, Any]],
    table: pl.LazyFrame | None,
    most: int,
    at_once: int | None,
) -> None:
    """Add rows that are none of the table's, and no two alike, until there are enough."""
    passed: list[dict[str, Any]] = []
    fresh = False
    while len(chosen) < most and (some := list(islice(rows, at_once))):
        copied = set() if table is None else copies(table, some)
        passed += [row for at, row in enumerate(some) if at in copied]
        fresh = fresh or len(copied) < len(some)
        _add(fitted, chosen, (row for at, row in enumerate(some) if at not in copied), most)
    if not fresh:
        # Of one column or of few booleans, every row may be in the table, and gives nothing away.
        _add(fitted, chosen, iter(passed), most)


def _add(fitted: Fitted, chosen: Chosen, rows: Iterator[dict[str, Any]], most: int) -> None:
    while some := list(islice(rows, most - len(chosen))):
        for golden in golden_rows(fitted, some):
            chosen.setdefault(marshal.dumps(golden["row"], 2), golden)


def _made(
    fitted: Fitted, base: dict[str, Any], categories: Sequence[dict[str, Any]], holes: int
) -> Iterator[dict[str, Any]]:
    """Rows in which every numeric column stands at one kind of edge, and rows with one odd cell."""
    numbers = [program for program in fitted.programs if program.kind == "number"]
    base = base | {program.column: _center(program) for program in numbers}
    yield dict.fromkeys(base)
    yield from (base | cells for cells in categories)
    for name in list(base)[:holes]:
        yield base | {name: None}
    yield base
    for edges in zip(*(_edges(program) for program in numbers), strict=True):
        yield base | {p.column: edge for p, edge in zip(numbers, edges, strict=True)}
    for position, odd in enumerate(_odd_values(fitted)):
        if numbers:
            yield base | {numbers[position % len(numbers)].column: odd}
    yield from islice(_odd_cells(fitted, base), ODD)


def _odd_cells(fitted: Fitted, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows with a declared missing value, or with what is none of its column's categories."""
    for program in fitted.programs:
        if program.kind != "number":
            declared = typed_values(program.kind, missing_op(program).values, program.dtype)
            cells_ = [*declared[:2], *_no_category(program)]
            yield from (base | {program.column: value} for value in cells_)


def _spread(fitted: Fitted, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows at growing distances from the centers, for tables too short to give enough."""
    numbers = [
        (p.column, _center(p), (first(p.ops, Affine) or UNSCALED).scale)
        for p in fitted.programs
        if p.kind == "number"
    ]
    if numbers:
        for step in range(1, LEAST + 1):
            yield base | {name: center + step / 3.0 * scale for name, center, scale in numbers}


def _edges(program: Program) -> list[float]:
    """The same number of edges for every column, so that a row takes one of each."""
    clip = first(reversed(program.ops), Clip)
    center = _center(program)
    low, high = (clip.lower, clip.upper) if clip is not None else (center - 1.0, center + 1.0)
    filled = first(program.ops, Fill)
    fill = center if filled is None else float(filled.value)
    declared = numbers_of(missing_op(program))
    edges = [
        math.nan,
        fill,
        low,
        high,
        math.nextafter(low, -math.inf),
        math.nextafter(high, math.inf),
        math.nextafter(center, math.inf),
        declared[0] if declared else fill,
        0.0,
        -0.0,
        5e-324,
        1e16,
    ]
    return [edge if edge != edge or math.isfinite(edge) else center for edge in edges]  # noqa: PLR0124


def _odd_values(fitted: Fitted) -> list[float]:
    """Values that a column may refuse; each goes into a row, and into a column, of its own."""
    every = (op for program in fitted.programs for op in program.ops)
    affine = first(every, Affine) or UNSCALED
    edges = [limit * affine.scale + affine.center for limit in (FLOAT32_MAX, FLOAT32_OVER)]
    return [math.inf, -math.inf, 1e308, -1e308, 1e39, *(e for e in edges if math.isfinite(e))]


def _center(program: Program) -> float:
    affine, power = first(program.ops, Affine), first(program.ops, Power)
    center = 1.0 if affine is None else affine.center
    return center if power is None else unpower(power.function, center)


def _of_categories(fitted: Fitted) -> list[dict[str, Any]]:
    """Cells in which each column goes through its categories and spellings."""
    known = known_values(fitted)
    count = min(CATEGORIES, max(map(len, known.values()), default=0))
    return [{n: values[at % len(values)] for n, values in known.items()} for at in range(count)]


def _no_category(program: Program) -> list[Any]:
    """A value that is none of the categories of an encoding."""
    encode = first(program.ops, Encode)
    if encode is not None and program.kind == "text":
        return ["datacheck: no category"]
    if encode is not None and program.kind == "integer":
        known = set(map(int, encode.categories))
        beyond = max(known, default=-1) + 1
        within = (each for each in range(len(known) + 1) if each not in known)
        return [beyond if beyond < 2**63 else next(within)]  # no column of its type holds 2^63
    return []


#: What an array computes to the bit.
_EXACT = (Missing, Clip, Fill, Affine, Cast)
#: Cells that an array holds as they are.
_PLAIN = {float, type(None)}


def golden_rows(fitted: Fitted, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row, encoded, with the cells that must come out, or the first column refusing it."""
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
