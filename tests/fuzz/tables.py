"""Random tables, schemas and preparations, through every verb that computes.

Held: only datacheck's errors come; `split` loses no row, and none of a table that validates;
`apply` gives every row, and one row in plain Python has the bits of the table; a transform comes
back from its bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import datacheck as dc

if TYPE_CHECKING:
    from collections.abc import Iterator

DTYPES = (
    *(pl.Float64, pl.Float32, pl.Int64, pl.Int8, pl.UInt64, pl.Boolean, pl.String),
    *(pl.Date, pl.Datetime("us"), pl.Decimal(12, 3), pl.Categorical),
)
ODD = (0.0, -0.0, 1e-320, 1e300, -999.0, math.nan, math.inf, 2.0**53 + 2)
NAMES = ("x", "len", "a b", 'q"', "naïve", "__proto__", "1", "index", "y.z", "é\u0301")


def checks(seed: int) -> Iterator[tuple[str, str | None]]:
    """Tables one after the other."""
    number = 0
    while True:
        rng = np.random.default_rng([seed, number])
        number += 1
        frame = _table(rng)
        try:
            wrong = _held(frame, rng)
        except dc.DatacheckError:
            wrong = None
        except BaseException as error:  # noqa: BLE001 - whatever comes is what is looked for
            wrong = f"{type(error).__name__}: {str(error)[:300]}"
        yield f"table {seed}/{number - 1} {dict(frame.schema)}", wrong


def _table(rng: np.random.Generator) -> pl.DataFrame:
    rows = int(rng.choice([0, 1, 2, 7, 60]))
    names = rng.choice(NAMES, int(rng.integers(1, 5)), replace=False)
    return pl.DataFrame([_column(rng, str(name), rows) for name in names])


def _column(rng: np.random.Generator, name: str, rows: int) -> pl.Series:
    dtype = DTYPES[rng.integers(len(DTYPES))]
    numbers = pl.Series(name, np.round(rng.normal(50, 20, rows), 2), dtype=pl.Float64)
    if dtype in (pl.Float64, pl.Float32) and rows and rng.random() < 0.3:
        cells = numbers.to_list()
        cells[int(rng.integers(rows))] = float(rng.choice(ODD))
        numbers = pl.Series(name, cells, dtype=pl.Float64)
    elif dtype == pl.Boolean:
        numbers = numbers > 50
    elif dtype != pl.Decimal and not dtype.is_float():
        numbers = numbers.abs().cast(pl.Int64, strict=False)
    if dtype == pl.Date:
        numbers = numbers.cast(pl.Int32)
    if dtype == pl.Categorical:
        numbers = numbers.cast(pl.String)
    column = numbers.cast(dtype, strict=False)
    holes = pl.Series(rng.random(rows) < rng.choice([0.0, 0.0, 0.2, 1.0]), dtype=pl.Boolean)
    return pl.select(pl.when(~holes).then(column)).to_series().alias(name)


def _held(frame: pl.DataFrame, rng: np.random.Generator) -> str | None:
    dc.check(frame)
    schema = dc.suggest(frame)
    report = dc.validate(frame, schema)
    valid, rejected = (part.collect() for part in dc.split(frame.lazy(), schema))
    if valid.height + rejected.height != frame.height:
        return f"split gives {valid.height} + {rejected.height} of {frame.height} rows"
    if rejected.height and report.ok:
        return f"split rejects {rejected.height} rows of a table that validates"
    return _applied(frame, schema, rng) if frame.height else None


def _applied(frame: pl.DataFrame, schema: dc.Schema, rng: np.random.Generator) -> str | None:
    transform = dc.fit(frame, schema)
    if dc.Transform.from_bytes(transform.to_bytes()) != transform:
        return "a transform does not come back from its bytes"
    out = transform.apply(frame)
    if out.height != frame.height:
        return f"apply gives {out.height} of {frame.height} rows"
    at = int(rng.integers(frame.height))
    row = transform.apply_row(frame.row(at, named=True))
    for name in transform.columns:
        if name in row and repr(row[name]) != repr(out[name][at]):
            return f"row {at} of {name!r}: {row[name]!r} alone, {out[name][at]!r} in the table"
    return None
