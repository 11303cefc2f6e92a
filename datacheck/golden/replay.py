"""A saved transform's golden rows through its own two runtimes: plain Python, and polars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from datacheck.errors import DataError
from datacheck.golden.compare import Refusal
from datacheck.numerals import written
from datacheck.ops import Fitted, Program, numeral_of
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.moments import as_series
from datacheck.transform.cell import typed_value
from datacheck.transform.given import TEMPORAL
from datacheck.transform.row import row_function

Row = dict[str, Any]


def replay_rows(fitted: Fitted, rows: list[Row]) -> list[Any]:
    """Each row alone, as a service would ask."""
    apply_row = row_function(fitted)
    return [_outcome(lambda row=row: apply_row(_typed(fitted, row))) for row in rows]


def replay_frame(
    fitted: Fitted, rows: list[Row], refused: Sequence[str | None] | None = None
) -> list[Any]:
    """The rows that pass as one table, as a batch job would; each `refused` one alone."""
    from datacheck.transform.apply import apply_eager

    if refused is None:
        outcomes = replay_rows(fitted, rows)
        refused = [each.column if isinstance(each, Refusal) else None for each in outcomes]

    def prepared(some: list[Row]) -> list[Row]:
        return apply_eager(_frame(fitted, some), fitted, text=True).rows(named=True)

    def alone(row: Row, column: str) -> Row:
        near = () if fitted.donors is None else fitted.donors.features
        kept = [p for p in fitted.programs if p.column == column or p.column in near]
        frame = _frame(fitted._replace(programs=tuple(kept)), [row])
        return apply_eager(frame, fitted, text=True, columns=[column]).row(0, named=True)

    try:
        passing = prepared([row for row, bad in zip(rows, refused, strict=True) if bad is None])
    except DataError:  # one more is refused than should be
        return [_outcome(lambda row=row: prepared([row])[0]) for row in rows]
    together = iter(passing)
    return [
        next(together) if bad is None else _outcome(lambda row=row, bad=bad: alone(row, bad))
        for row, bad in zip(rows, refused, strict=True)
    ]


def _outcome(run: Any) -> Any:
    try:
        return run()
    except DataError:
        return Refusal()


def _typed(fitted: Fitted, row: Row) -> Row:
    """Moments in time as Python has them: golden rows hold their ISO text."""
    return row | {
        program.column: typed_value(program.kind, row[program.column], program.dtype)
        for program in fitted.programs
        if program.kind in TEMPORAL and row[program.column] is not None
    }


def _frame(fitted: Fitted, rows: list[Row]) -> pl.DataFrame:
    typed = [_typed(fitted, row) for row in rows]
    return pl.DataFrame(
        {
            program.column: _series(program, [row[program.column] for row in typed])
            for program in fitted.programs
        }
    )


def _series(program: Program, cells: list[Any]) -> pl.Series:
    """A column of golden cells; numbers among texts are written as text, as a CSV has them."""
    if program.kind == "text" or any(isinstance(cell, str) for cell in cells):
        numeral = numeral_of(program)
        texts = [
            cell if cell is None or isinstance(cell, str) else written(cell, numeral)
            for cell in cells
        ]
        return pl.Series(program.column, texts, dtype=pl.String)
    if program.kind == "number":
        numbers = [None if cell is None else float(cell) for cell in cells]
        return pl.Series(program.column, numbers, dtype=pl.Float64)
    dtype = read_dtype(program.dtype, program.column)
    if program.kind == "boolean":
        return pl.Series(program.column, cells, dtype=pl.Boolean)
    try:
        if dtype.is_integer():  # a value that is declared missing, or unknown, may be beyond it
            wide = pl.Series(cells, dtype=pl.Int128)
            fits = wide.cast(dtype, strict=False).null_count() == wide.null_count()
            dtype = dtype if fits else pl.Int64()
        return as_series(cells, dtype).alias(program.column)
    except (TypeError, OverflowError) as error:
        raise DataError(f"Column {program.column!r} holds no such cell", got=str(dtype)) from error
