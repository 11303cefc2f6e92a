"""Schema mutation: known faults planted into good data, to learn which a schema does not notice.

A schema that passes its data proves little; one that also fails every fault planted here is
worth something. Each fault that goes unnoticed is a finding that names the check to add.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.columns import cast_or_null, col, doubles
from datacheck.report import Finding, Report
from datacheck.schema import Column, Schema, load_schema
from datacheck.schema.compile import plan_for
from datacheck.source import open_source
from datacheck.source.collecting import FOREIGN, reading
from datacheck.table import View
from datacheck.validation.noticing import Mutant, unnoticed
from datacheck.validation.parting import split_lazily

if TYPE_CHECKING:
    from datacheck.schema.load import SchemaLike
    from datacheck.source.types import TableLike


#: Rows taken from the start of the data, and how many of them a fault is planted in.
SAMPLE, PLANTED = 1_000, 10
_FIRST = "\0first"

#: A number that stands for "no value" in many files, and by how much a unit is changed.
SENTINEL, FACTOR = -999, 1000


def mutate(data: TableLike, schema: SchemaLike, *, query: str | None = None) -> Report:
    """Plant known faults into a sample of good data, and tell which the schema misses.

    Parameters
    ----------
    data
        Whatever `read` takes. Its first 1,000 rows that obey the schema are the sample.
    schema
        Whatever `load_schema` takes.
    query
        SQL, where `data` is a database's address.

    Returns
    -------
    Report
        One ``schema.unnoticed`` warning for each fault that was planted and not noticed, with the
        check to add as its remedy; one ``schema.mutation`` that counts the faults.

    Examples
    --------
    >>> import pandera.polars as pa, polars as pl
    >>> good = pl.DataFrame({"mass": [3.1, 4.7, 5.2]})
    >>> report = mutate(good, pa.DataFrameSchema({"mass": pa.Column(float)}))
    >>> [found.evidence["fault"] for found in report.findings if found.column]
    ['sentinel', 'unit', 'out_of_range']
    """
    declared = load_schema(schema)
    source = open_source(data, query=query)
    valid, _ = split_lazily(source, declared)
    with reading(source.name):
        dtypes = valid.collect_schema()
        plan = plan_for(declared, dtypes, text=source.text)
        view = View(plan.reading, tuple(dtypes))
        sample = source.collect(view.lazily(valid.head(SAMPLE)))
        planted = list(_faults(sample, declared)) if sample.height else []
        missed = unnoticed(planted, sample, declared)
    source.must_be_whole()
    findings = [_unnoticed(fault) for fault in missed]
    findings.append(_summary(len(planted), len(missed), sample.height))
    return Report(findings, name=source.name, rows=sample.height, columns=sample.width)


def _faults(sample: pl.DataFrame, schema: Schema) -> Iterator[Mutant]:
    """Every fault that the sample's columns allow."""
    plan = plan_for(schema, sample.schema, text=False)
    columns = {
        name: column
        for name, column in schema.columns_for(sample.schema).items()
        if name in plan.dtypes
    }
    spoils = [
        (name, spoil)
        for name, column in columns.items()
        for spoil in _in_column(sample[name], name, column)
    ]
    alone = _alone(schema, columns)
    first = (pl.int_range(pl.len()) < PLANTED).alias(_FIRST)
    made = _cells(sample.with_columns(first), [(name, spoil.cells) for name, spoil in spoils])
    for (name, (kind, _, add)), cells in zip(spoils, made, strict=True):
        if cells is not None:
            yield Mutant(kind, name, add, cells.alias(name).to_frame(), alone=name in alone)
    for left, right in _swapped(sample, columns):
        swapped = pl.DataFrame([sample[right].alias(left), sample[left].alias(right)])
        add = f"bounds or a pattern on {left!r} and {right!r}, or a check that compares them"
        yield Mutant("swapped", left, add, swapped, alone=alone >= {left, right})
    key = next(iter(columns), "id")
    doubled = pl.concat([sample, sample.head(PLANTED)])
    yield Mutant("duplicate", None, f"unique: [{key}, ...] on the columns that name a row", doubled)


def _alone(schema: Schema, columns: dict[str, Column]) -> set[str]:
    """The columns that are judged by what is declared of each alone: no rule may look at more."""
    if schema.table.checks or schema.table.unique:
        return set()
    return {
        name for name, column in columns.items() if not any(check.code for check in column.checks)
    }


class _Spoil(NamedTuple):
    """A fault in one column: its kind, what becomes of the cells, the check that would see it."""

    kind: str
    cells: pl.Expr
    add: str


def _in_column(values: pl.Series, name: str, column: Column) -> Iterator[_Spoil]:
    dtype = values.dtype

    def planted(kind: str, value: pl.Expr, add: str) -> _Spoil:
        return _Spoil(
            kind, pl.when(pl.col(_FIRST)).then(value).otherwise(col(name)).cast(dtype), add
        )

    if not column.nullable and column.default is None:
        yield planted("null", pl.lit(None), "nullable: false")
    if dtype.is_numeric():
        low, high = values.min(), values.max()
        bounds = f"in_range: {{min_value: {low!r}, max_value: {high!r}}} with a margin"
        if dtype.is_float() and not column.nullable and column.default is None:
            yield planted("nan", pl.lit(float("nan"), dtype=dtype), "nullable: false")
        if _room(dtype) and not _declared_missing(column):
            add = f"{bounds}, or missing_values: [{SENTINEL}]"
            yield planted("sentinel", pl.lit(SENTINEL), add)
        if _room(dtype):
            scaled = cast_or_null(col(name).cast(pl.Float64) * FACTOR, pl.Float64(), dtype)
            yield _Spoil("unit", scaled.fill_null(col(name)), bounds)
            beyond = _beyond(values)
            if beyond is not None:
                yield planted("out_of_range", beyond, bounds)
    elif dtype == pl.String:
        add = "isin: [...], str_matches or str_length"
        yield planted("out_of_range", pl.lit("?!"), add)
    if column.dtype is None or not column.coerce:
        yield _Spoil("type", _other_type(name, dtype), f"dtype: {dtype}")


def _cells(sample: pl.DataFrame, asked: Sequence[tuple[str, pl.Expr]]) -> list[pl.Series | None]:
    """What becomes of columns, all in one query; None where a dtype cannot hold the fault."""
    # A query of few costs less where the table has few columns.
    sample = sample.select(pl.col(_FIRST), *map(col, dict.fromkeys(name for name, _ in asked)))
    try:
        return list(sample.select(each.alias(str(at)) for at, (_, each) in enumerate(asked)))
    except FOREIGN:
        if len(asked) == 1:
            return [None]
    half = len(asked) // 2
    return [*_cells(sample, asked[:half]), *_cells(sample, asked[half:])]


def _swapped(sample: pl.DataFrame, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Neighbouring columns of one dtype that can be exchanged."""
    for left, right in pairwise(columns):
        if sample[left].dtype == sample[right].dtype and not sample[left].equals(sample[right]):
            yield left, right


def _other_type(name: str, dtype: pl.DataType) -> pl.Expr:
    column = col(name)
    return column.is_not_null().alias(name) if dtype == pl.String else column.cast(pl.String)


def _beyond(values: pl.Series) -> pl.Expr | None:
    """A value far above the largest; None where the dtype holds no such integer."""
    numbers = doubles(values)
    numbers = numbers[~np.isnan(numbers)]
    high = float(numbers.max()) if len(numbers) else 0.0
    spread = high - float(numbers.min()) if len(numbers) else 1.0
    wanted = high + 100 * (spread or 1.0)
    if not values.dtype.is_integer():
        return pl.lit(wanted)
    kind: Any = values.dtype
    most: int = pl.select(kind.max()).item()
    if values.max() == most:
        return None
    return pl.lit(pl.Series([min(int(wanted), most)], dtype=kind)).first()


def _room(dtype: pl.DataType) -> bool:
    """Whether the dtype can hold the planted numbers."""
    return dtype.is_float() or dtype in (pl.Int32, pl.Int64, pl.Int128)


def _declared_missing(column: Column) -> bool:
    values = () if column.prepare is None else column.prepare.missing_values
    return SENTINEL in values


def _unnoticed(fault: Mutant) -> Finding:
    where = "rows" if fault.column is None else f"the column {fault.column!r}"
    return Finding(
        code="schema.unnoticed",
        severity="warning",
        column=fault.column,
        count=PLANTED,
        evidence={"fault": fault.kind, "add": fault.add},
        message=f"A planted fault ({fault.kind}) in {where} goes unnoticed.",
        remedy=f"Add {fault.add}.",
    )


def _summary(planted: int, missed: int, rows: int) -> Finding:
    return Finding(
        code="schema.mutation",
        severity="info",
        count=planted,
        evidence={"planted": planted, "noticed": planted - missed, "sample": rows},
        message=f"{planted - missed} of {planted} planted faults are noticed.",
        remedy="Add the checks that the other findings name."
        if missed
        else "Nothing to do: every planted fault is noticed.",
    )
