"""Random tables, schemas and preparations, through every verb that computes.

Held: only datacheck's errors come, and no warning of numpy's or polars'; `split` loses no row, and
none of a table that validates; `apply` gives every row, and one row in plain Python has the bits of
the table; a transform comes back from its bytes; a table that is repaired keeps its rows.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import datacheck as dc
from datacheck.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DTYPES = (
    *(pl.Float64, pl.Float32, pl.Int64, pl.Int8, pl.UInt64, pl.Boolean, pl.String),
    *(pl.Date, pl.Datetime("us"), pl.Decimal(12, 3), pl.Categorical),
    *(pl.Int128, pl.Time, pl.Duration("ms"), pl.Binary, pl.List(pl.Int64)),
)
ODD = (0.0, -0.0, 1e-320, 1e300, 1.7e308, -1.7e308, -999.0, math.nan, math.inf, 2.0**53 + 2)
#: By how many tens a column's numbers are larger, or smaller.
TENS = (-320, -300, -160, -20, 20, 150, 160, 300, 306, 307)
#: What stands in a column of text beside numbers.
WORDS = (
    "",
    " ",
    "n/a",
    "-999",
    "1,5",
    "$ 3",
    "08:30",
    "2024-01-02",
    "31/12/99",
    "naïve",
    "\x00",
    "{",
)
NAMES = ("x", "len", "a b", 'q"', "naïve", "__proto__", "1", "index", "y.z", "é\u0301")

#: Of these, one is asked of each table.
ASKED: tuple[Callable[[pl.DataFrame, dc.Schema, str | None], object], ...] = (
    lambda frame, schema, _: dc.mutate(frame, schema),
    lambda frame, schema, _: dc.repair(frame, schema, unsafe=True),
    lambda frame, schema, target: dc.check(frame, schema, target=target).to_html(),
    lambda frame, schema, _: dc.check(frame, schema).to_frame(),
    lambda frame, _, target: dc.check(frame, target=target, labels=target is not None),
    lambda frame, _, __: dc.compare(frame[::2], frame[1::2], joint=True, near_duplicates=True),
    lambda frame, _, target: dc.suggest(dc.profile(frame), target=target),
)


def checks(seed: int) -> Iterator[tuple[str, str | None]]:
    """Tables one after the other."""
    number = 0
    while True:
        rng = np.random.default_rng([seed, number])
        number += 1
        frame = _table(rng)
        try:
            with warnings.catch_warnings(action="error"):
                wrong = _held(frame, rng)
        except dc.DatacheckError:
            wrong = None
        except BaseException as error:  # noqa: BLE001 - whatever comes is what is looked for
            wrong = f"{type(error).__name__}: {str(error)[:300]}"
        yield f"table {seed}/{number - 1} {dict(frame.schema)}", wrong


def _table(rng: np.random.Generator) -> pl.DataFrame:
    rows = int(rng.choice([0, 1, 2, 7, 60, 400]))
    names = rng.choice(NAMES, int(rng.integers(1, 5)), replace=False)
    return pl.DataFrame([_column(rng, str(name), rows) for name in names])


def _column(rng: np.random.Generator, name: str, rows: int) -> pl.Series:
    dtype = DTYPES[rng.integers(len(DTYPES))]
    cells = np.round(rng.normal(50, 20, rows), 2)
    if dtype == pl.Float64 and rng.random() < 0.3:
        with np.errstate(over="ignore"):
            cells = cells * 10.0 ** int(rng.choice(TENS))
    numbers = pl.Series(name, cells, dtype=pl.Float64)
    if dtype in (pl.Float64, pl.Float32) and rows and rng.random() < 0.3:
        cells = numbers.to_list()
        cells[int(rng.integers(rows))] = float(rng.choice(ODD))
        numbers = pl.Series(name, cells, dtype=pl.Float64)
    elif dtype == pl.Boolean:
        numbers = numbers > 50
    elif dtype == pl.String and rng.random() < 0.5:
        words = rng.choice(WORDS, rows)
        numbers = pl.Series(
            name, np.where(rng.random(rows) < rng.random(), words, cells.astype(str))
        )
    elif dtype == pl.List:
        return pl.Series(name, [[1, 2]] * rows, dtype=dtype)
    elif dtype.is_integer() and rows and rng.random() < 0.3:
        ends = pl.select(low=dtype.min(), high=dtype.max()).row(0)
        numbers = pl.Series(name, [int(abs(c)) % 100 for c in cells], dtype=dtype)
        numbers[int(rng.integers(rows))] = ends[rng.integers(2)]
    elif dtype != pl.Decimal and not dtype.is_float():
        numbers = numbers.abs().cast(pl.Int64, strict=False)
    if dtype == pl.Date:
        numbers = numbers.cast(pl.Int32)
    if dtype in (pl.Categorical, pl.Binary):
        numbers = numbers.cast(pl.String)
    column = numbers.cast(dtype, strict=False)
    holes = pl.Series(rng.random(rows) < rng.choice([0.0, 0.0, 0.2, 1.0]), dtype=pl.Boolean)
    return pl.select(pl.when(~holes).then(column)).to_series().alias(name)


def _held(frame: pl.DataFrame, rng: np.random.Generator) -> str | None:
    some, others = frame[::2], frame[1::2]
    target = rng.choice([None, *frame.columns])
    dc.check(frame, target=target)
    dc.check(some, reference=others, target=target)
    dc.compare(dc.profile(others), some)
    repaired, _ = dc.repair(frame)
    if repaired.height != frame.height:
        return f"repair gives {repaired.height} of {frame.height} rows"
    schema = dc.suggest(frame, target=target)
    if Schema.from_yaml(schema.to_yaml(), schema.name).columns != schema.columns:
        return "a draft does not come back from its text"
    report = dc.validate(frame, schema)
    if frame.height and not report.ok:
        return f"a draft refuses its own table: {[str(f) for f in report.findings]}"
    valid, rejected = (part.collect() for part in dc.split(frame.lazy(), schema))
    if valid.height + rejected.height != frame.height:
        return f"split gives {valid.height} + {rejected.height} of {frame.height} rows"
    wrong = f"split rejects {rejected.height} rows of a table that validates"
    if told := wrong if rejected.height else _stricter(frame, schema, rng):
        return told
    ASKED[int(rng.integers(len(ASKED)))](frame, schema, target)
    prepared = any(c.prepare and c.prepare.role not in ("id", "ignore") for c in schema.columns)
    # A target without a value, or of lists, is refused: there is nothing to learn from it.
    learned = target is None or frame[target].dtype not in (pl.List, pl.Binary)
    if learned and target is not None:
        cells = frame[target]
        learned = (cells.is_finite() if cells.dtype.is_float() else cells.is_not_null()).any()
    return _applied(frame, schema, rng, target) if frame.height and prepared and learned else None


def _stricter(frame: pl.DataFrame, schema: dc.Schema, rng: np.random.Generator) -> str | None:
    """Checks under which missing cells fail, and which some rows may fail."""

    def told(asked: dc.Schema) -> tuple[dict[tuple[str, str | None], int], int, bool]:
        report = dc.validate(frame, asked)
        rejected = dc.split(frame.lazy(), asked)[1].collect().height
        found = [f for f in report.findings if f.code != "rows.none"]
        return {(f.code, f.column): f.count for f in found}, rejected, not found or report.ok

    def with_checks(**drawn: Callable[[], object]) -> dc.Schema:
        return replace(
            schema,
            columns=tuple(
                replace(column, checks=tuple(
                    replace(check, **{key: draw() for key, draw in drawn.items()})
                    for check in column.checks
                ))
                for column in schema.columns
            ),
        )  # fmt: skip

    schema = with_checks(ignore_na=lambda: bool(rng.random() < 0.5))
    counts, rejected, ok = told(schema)
    if bool(rejected) != bool(counts):
        return f"split rejects {rejected} rows, validate counts {counts}"
    allowed = told(with_checks(allow=lambda: (None, 1, 0.3, 0.999)[rng.integers(4)]))
    if allowed[:2] != (counts, rejected) or (ok and not allowed[2]):
        return f"allow: {allowed} where it was {counts, rejected, ok}"
    every = told(with_checks(allow=lambda: max(1, frame.height)))
    if every[:2] != (counts, rejected) or not every[2]:
        return f"what may fail everywhere decides: {every}, {counts, rejected}"
    return None


def _applied(
    frame: pl.DataFrame, schema: dc.Schema, rng: np.random.Generator, target: str | None
) -> str | None:
    try:
        transform = dc.fit(frame, schema)
    except dc.DatacheckError as error:
        # 1e-299 beside 1e300: no scale holds both. And a target beyond 64 bits is refused.
        if "overflows" in error.what or f"{target!r} is not a whole number of 64" in error.what:
            return None
        return f"the draft cannot be fitted: {error}"
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
    dc.compare(transform, frame)
    return None
