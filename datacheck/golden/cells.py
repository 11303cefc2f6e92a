"""Where the cells of golden rows come from: the table, column by column, or nowhere at all.

Golden rows travel with an artefact, into a browser even, so no row of the table goes with them:
each column's cells are shuffled on their own, and a row that is one of the table's is left out.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from datacheck.columns import bare, col, cols
from datacheck.limits import EXACT_INTEGERS
from datacheck.ops import Affine, Encode, Fill, Fitted, Power, Program, first
from datacheck.source.collecting import collect
from datacheck.text import unused
from datacheck.transform.cell import unpower

Row = dict[str, Any]

#: How often the cells of the sample are shuffled: of few rows, most draws may be copies.
ROUNDS = 3
#: Columns of a table that is wide: there the fewest golden rows hold more cells than enough.
WIDE = 200
#: Columns by which a table is searched for copies before whole rows are compared.
_SIEVE = 4

_DAY = dt.datetime(2001, 1, 1)  # noqa: DTZ001 - a zone is put to it where the column has one


def drawn(sample: pl.DataFrame) -> Iterator[Row]:
    """Rows of the sample's cells, each column shuffled on its own; none is a row of the sample."""
    columns = [_drawn(column) for column in sample]
    real = set(zip(*columns, strict=True))
    chance = random.Random(0)  # noqa: S311 - one choice, the same each time, and no secret
    for _ in range(ROUNDS):
        for cells in columns:
            chance.shuffle(cells)
        for row in zip(*columns, strict=True):
            if row not in real:
                yield dict(zip(sample.columns, row, strict=True))


def _drawn(column: pl.Series) -> list[Any]:
    """A column's cells, without the times that Python has no value for."""
    from datacheck.source.values import python_values

    cells = python_values(column)
    if column.dtype.is_temporal():
        cells = [None if isinstance(cell, str) else cell for cell in cells]
    return _held(cells, column.dtype)


def _held(cells: list[Any], dtype: pl.DataType) -> list[Any]:
    """Cells, without the moments of nanoseconds that Python rounds beyond what the column holds."""
    from datacheck.schema.moments import held

    if getattr(dtype, "time_unit", None) != "ns":
        return cells
    return [cell if cell is None or held(cell, dtype) else None for cell in cells]


def invented(fitted: Fitted, step: int) -> Row:
    """A row of cells that no table had, another for each step."""
    return {program.column: invented_cell(program, step) for program in fitted.programs}


def invented_cell(program: Program, step: int) -> Any:
    """A cell of a program's kind; a number lies about where the fitted ones do."""
    encode = first(program.ops, Encode)
    if encode is not None and encode.categories:
        return encode.categories[step % len(encode.categories)]
    if program.kind == "number":
        affine = first(program.ops, Affine)
        fill = first(program.ops, Fill)
        center = float(fill.value) if affine is None and fill is not None else 1.0
        middle, scale = (center, 1.0) if affine is None else (affine.center, affine.scale)
        value = middle + (step % 11 - 5) / 3.0 * scale
        power = first(program.ops, Power)
        value = value if power is None else unpower(power.function, value)
        return (
            round(value) + 0.0 if "Int" in program.dtype and abs(value) < EXACT_INTEGERS else value
        )
    plain = {
        "boolean": step % 2 == 0,
        "duration": dt.timedelta(hours=step),
        "text": f"text {step}",
        "integer": step,
    }
    if program.kind in plain:
        return plain[program.kind]
    moment = _DAY + dt.timedelta(days=37 * step, minutes=61 * step)
    if program.kind == "datetime":
        return moment.replace(tzinfo=dt.UTC) if "time_zone='" in program.dtype else moment
    return moment.date() if program.kind == "date" else moment.time()


def copies(frame: pl.LazyFrame, rows: Sequence[Row]) -> set[int]:
    """The positions of the rows, all of the same columns, that the table has; it is read once."""
    names, dtypes = list(rows[0]), frame.collect_schema()
    place = unused("row", names)
    table = frame.select(_comparable(name, dtypes[name]) for name in names)
    # Few rows pass the sieve, which is cheap; only those are compared whole.
    first = _wanted(table, rows, names[:_SIEVE])
    sieve = [
        col(name).is_in(bare(first[name]).implode(), nulls_equal=True) for name in first.columns
    ]
    passing = table.select(cols(names[:_SIEVE])).filter(*sieve).head(1)
    if len(names) > WIDE and collect(passing).is_empty():
        return set()
    wanted = _wanted(table, rows, names)
    copied = (
        wanted.lazy()
        .with_row_index(place)
        .join(table.filter(*sieve).unique(), on=cols(names), how="semi", nulls_equal=True)
    )
    return set(collect(copied.select(place))[place].to_list())


def _wanted(table: pl.LazyFrame, rows: Sequence[Row], names: Sequence[str]) -> pl.DataFrame:
    """Some columns of the rows, as the table has them."""
    dtypes = table.collect_schema()
    cells = {name: [row[name] for row in rows] for name in names}
    return pl.DataFrame({name: _series(cells[name], dtypes[name]) for name in names})


def _series(cells: list[Any], dtype: pl.DataType) -> pl.Series:
    """Cells as a column; moments with a zone, which polars takes in UTC alone, by their instant."""
    from datacheck.schema.moments import as_series

    cells = _held(cells, dtype)
    if getattr(dtype, "time_zone", None) is None:
        return pl.Series(cells, dtype=dtype, strict=False)
    return as_series(cells, dtype)


def _comparable(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as it can be joined: categories by their text, decimals as doubles."""
    if dtype in (pl.Categorical, pl.Enum):
        return col(name).cast(pl.String)
    return col(name).cast(pl.Float64) if isinstance(dtype, pl.Decimal) else col(name)
