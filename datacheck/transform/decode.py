"""How a cell of a frame enters a program: as a double or missing, or as itself if no number.

Fitting and applying read cells by the same expressions, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from datacheck.columns import bare, col, is_text
from datacheck.errors import DataError, SchemaError
from datacheck.numerals import BLANKS, WHITE
from datacheck.ops import (
    Cast,
    Clip,
    Missing,
    Numeral,
    Power,
    Program,
    Replace,
    Scalar,
    first,
    missing_op,
    numbers_of,
    numeral_of,
    words_of,
)
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.moments import as_series, held
from datacheck.schema.normal import among, as_double, is_narrow, rounded
from datacheck.schema.reading import parsed
from datacheck.text import plural
from datacheck.transform.cell import typed_value, typed_values, zone_of
from datacheck.transform.given import TEMPORAL

Step = Callable[[pl.Expr], pl.Expr]

_SHOWN = 5


def value_kind(dtype: pl.DataType) -> str | None:
    """What a program calls a column of this dtype; None for a nested or an unknown one.

    >>> value_kind(pl.Int32()), value_kind(pl.Categorical()), value_kind(pl.List(pl.Int64))
    ('number', 'text', None)
    """
    if dtype.is_numeric() or dtype == pl.Null:
        return "number"
    if is_text(dtype):
        return "text"
    named = {pl.Boolean: "boolean", pl.Date: "date", pl.Duration: "duration", pl.Time: "time"}
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    return named.get(dtype.base_type())


def dtype_of(program: Program) -> pl.DataType | None:
    """The dtype that a program was fitted on; categories are text. None where it has no name."""
    if program.kind == "text":
        return pl.String()
    try:
        return read_dtype(program.dtype, program.column)
    except SchemaError:
        return None


def entry(program: Program, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """A column as its program's first op but `Cast` gives it: missing as null, ±inf kept.

    The program's ops may hold no more than what `Missing` says; `dtype` is the column's as it
    stands in the frame. With `text`, the cells came as text (CSV), and may be read as numbers.
    Raises `DataError` where the dtype cannot be what the program was fitted on.
    """
    if program.kind != "number":
        missing = missing_op(program)
        return _other_entry(program, dtype, missing, text=text)
    return _after(_entry_steps(program, dtype, text=text), program)


def prefix(program: Program, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """A numeric column after `Missing` and `Clip`, missing as null: what neighbours compare."""
    return _after(prefix_steps(program, dtype, text=text), program)


def decoded(
    frame: pl.LazyFrame,
    dtypes: Mapping[str, pl.DataType],
    programs: Sequence[Program],
    *,
    text: bool,
) -> pl.LazyFrame:
    """A frame with every numeric column as `prefix` has it, one step after the other."""
    steps = {
        p.column: prefix_steps(p, dtypes.get(p.column, pl.Null()), text=text)
        for p in programs
        if p.kind == "number"
    }
    for place in range(max(map(len, steps.values()), default=0)):
        frame = frame.with_columns(
            each[place](col(name)).alias(name) for name, each in steps.items() if place < len(each)
        )
    return frame


def _after(steps: Sequence[Step], program: Program) -> pl.Expr:
    x = col(program.column)
    for step in steps:
        x = step(x)
    return x


def prefix_steps(program: Program, dtype: pl.DataType, *, text: bool) -> list[Step]:
    """The steps of `prefix`, each a function of the one before it.

    Most look at their cell more than once. Each made a column of its own, it is computed once; as
    one expression, polars finds that out for thousands of columns in seconds.
    """
    missing = first(program.ops, Missing)
    refuses = missing is not None and missing.infinite == "refuse"
    return _entry_steps(program, dtype, text=text) + [
        partial(clipped, op=op, keep_infinite=refuses) for op in program.ops if isinstance(op, Clip)
    ]


def _entry_steps(program: Program, dtype: pl.DataType, *, text: bool) -> list[Step]:
    missing = missing_op(program)
    reads_text = text or (bool(program.ops) and isinstance(program.ops[0], Cast))
    steps: list[Step] = []
    if is_text(dtype) and reads_text:
        read = _parsed(program.column, words_of(missing), numeral_of(program))
        # NaN is asked of a column that is there: in one step the text would be read three times.
        steps += [lambda _: read, lambda x: x.fill_nan(None)]
    elif dtype == pl.Boolean and reads_text:
        steps.append(lambda x: x.cast(pl.Float64))
    elif dtype.is_numeric() or dtype == pl.Null:
        steps.append(lambda x: as_double(x, dtype).fill_nan(None))
    else:
        raise _wrong_type(program, dtype)
    numbers = numbers_of(missing)
    if is_narrow(dtype):
        numbers = [*dict.fromkeys([*numbers, *rounded(numbers, dtype)])]
    if numbers:
        steps.append(lambda x: pl.when(~among(x, numbers, pl.Float64())).then(x))
    if missing.infinite == "missing":
        steps.append(lambda x: pl.when(x.is_infinite().not_()).then(x))
    return steps


def clipped(x: pl.Expr, op: Clip, *, keep_infinite: bool) -> pl.Expr:
    """`Clip`; an infinity that will be refused is left for the check of what comes out."""
    if keep_infinite and (op.below, op.above) == (op.lower, op.upper):
        return pl.when(x.is_infinite()).then(x).otherwise(x.clip(op.lower, op.upper))
    low, high = pl.lit(op.below, pl.Float64), pl.lit(op.above, pl.Float64)
    clipped = pl.when(x < op.lower).then(low).when(x > op.upper).then(high).otherwise(x)
    return pl.when(x.is_infinite()).then(x).otherwise(clipped) if keep_infinite else clipped


def _wrong_type(program: Program, dtype: pl.DataType) -> DataError:
    todo = "cast it before this step"
    if dtype in (pl.String, pl.Boolean):
        todo = (
            f"cast it before this step, or declare dtype: {program.dtype} with coerce: true "
            "in the schema and fit again"
        )
    return DataError(
        f"Column {program.column!r} has the wrong type",
        got=str(dtype),
        expected=f"{program.kind}, such as the {program.dtype} that the transform was fitted on",
        todo=todo,
    )


def _parsed(name: str, words: Sequence[str], numeral: Numeral | None) -> pl.Expr:
    """Text read as doubles: declared missing texts and blanks are null, other words are refused."""
    column = col(name).cast(pl.String)
    trimmed = column.str.strip_chars(WHITE if numeral is None else WHITE + BLANKS)
    empty = trimmed == ""
    empty = empty | among(column, words, pl.String()) if words else empty
    cells = pl.when(empty).then(None).otherwise(column)
    read = partial(_read_numerals, name, numeral)
    return cells.map_batches(read, is_elementwise=True, return_dtype=pl.Float64)


def _read_numerals(name: str, numeral: Numeral | None, cells: pl.Series) -> pl.Series:
    text = col("text")
    spelt = text.str.strip_chars(WHITE).str.to_lowercase() if numeral is None else text
    # One query: each of polars' steps on a series is one of its own.
    read = cells.rename("text").to_frame().select(parsed(spelt, numeral)).to_series()
    if read.null_count() > cells.null_count():
        raise refusal(
            name,
            cells.filter(read.is_null() & bare(cells).is_not_null()),
            "text that is not a number",
            expected="numbers, or texts that missing_values declares",
            todo="`datacheck check` names the rows; repair them, `split` them off, or declare "
            "the texts in missing_values",
        )
    return read.rename(cells.name)


def refusal(name: str, cells: pl.Series, what: str, *, expected: str, todo: str) -> DataError:
    """The error of cells that a column cannot hold, with the first of their values."""
    first = bare(cells).unique(maintain_order=True)[:_SHOWN]
    return DataError(
        f"{plural(len(cells), 'cell')} of column {name!r} "
        f"{'is' if len(cells) == 1 else 'are'} {what}",
        got=", ".join(map(repr, first.to_list())),
        expected=expected,
        todo=todo,
    )


#: Integers that a signed one of 64 bits may not hold.
_WIDE = (pl.UInt64, pl.Int128, pl.UInt128)


def category(program: Program, dtype: pl.DataType, *, text: bool) -> tuple[pl.Expr, pl.DataType]:
    """A column that is not computed with, and its dtype; raises `DataError` for a wrong one."""
    column, zoned = col(program.column), getattr(dtype, "time_zone", None) is not None
    if dtype == pl.Null:
        return column, dtype
    if text and program.kind == "text" and value_kind(dtype) in ("number", "boolean"):
        # Codes such as 1, 2, 3 in a CSV: the declaration says that they are text.
        column, dtype = column.cast(pl.String), pl.String()
    elif program.kind == "integer" and dtype.is_numeric():
        if not dtype.is_integer() or dtype in _WIDE:
            read = partial(_read_whole, program.column)
            column = column.map_batches(read, is_elementwise=True, return_dtype=pl.Int64)
            dtype = pl.Int64()
    elif value_kind(dtype) != program.kind or zoned is not bool(zone_of(program.dtype)):
        raise _wrong_type(program, dtype)
    return column, dtype


def _other_entry(program: Program, dtype: pl.DataType, missing: Missing, *, text: bool) -> pl.Expr:
    column, dtype = category(program, dtype, text=text)
    if dtype == pl.Null:
        return column
    replace = first(program.ops, Replace)
    if replace is not None:
        column = column.cast(pl.String).replace(list(replace.old), list(replace.new))
    values = typed_values(program.kind, missing.values, program.dtype)
    cells = column
    if program.kind == "text":
        cells, dtype = column.cast(pl.String), pl.String()
    elif program.kind in TEMPORAL:
        values = [value for value in values if held(value, dtype)]
    if not values:
        return column
    return pl.when(~among(cells, values, dtype)).then(column)


def _read_whole(name: str, cells: pl.Series) -> pl.Series:
    """Whole numbers of up to 64 bits that came as doubles, as pandas holds them beside a hole."""
    column, cells = cells.name, bare(cells)
    if cells.dtype.is_integer():
        odd = cells.filter(cells.is_not_null() & cells.cast(pl.Int64, strict=False).is_null())
    else:
        cells = cells.cast(pl.Float64).fill_nan(None)
        odd = cells.filter((cells != cells.floor()) | (cells.abs() >= 2.0**63))
    if len(odd):
        raise refusal(
            name,
            odd,
            "not a whole number of 64 bits",
            expected="whole numbers, as the column was fitted on",
            todo="repair the rows; an identifier passes untouched with role: id, or is text with "
            "dtype: String",
        )
    return cells.cast(pl.Int64).alias(column)


def powered(x: pl.Expr, op: Power) -> pl.Expr:
    """`Power`; what it refuses is infinite, for the check of what comes out."""
    infinite = pl.lit(float("inf"))
    if op.function == "sqrt":
        return pl.when(x < 0.0).then(infinite).otherwise(x.sqrt())
    if op.function == "log1p":
        return pl.when(x <= -1.0).then(infinite).otherwise(x.log1p())
    # Of the sign of x: a product would lose the sign of a zero.
    y = x.abs().log1p()
    negative = (x < 0.0) | (x == 0.0) & ((1.0 / x) < 0.0)
    return pl.when(negative).then(-y).otherwise(y)


def filling(program: Program, value: Scalar, dtype: pl.DataType) -> pl.Expr:
    """What fills a column that is not numeric, in its own dtype, which must hold it."""
    if program.kind == "integer":
        return _whole(value, dtype)
    made: Any = typed_value(program.kind, value, program.dtype)
    if dtype == pl.Null:
        # A column without a value has no dtype of its own: it gets that which was fitted.
        dtype = read_dtype(program.dtype, program.column)
    fits, expected = True, "a fill that the column's unit holds"
    if isinstance(dtype, pl.Enum):
        fits, expected = made in dtype.categories, "a fill that is one of the categories"
    elif program.kind in TEMPORAL:
        fits = held(made, dtype)
    if not fits:
        raise DataError(
            f"Column {program.column!r} cannot be filled with {value!r}",
            got=str(dtype),
            expected=expected,
            todo="declare another fill_value, or cast the column before this step",
        )
    if program.kind in TEMPORAL:
        return pl.lit(as_series([made], dtype)).first()
    return pl.lit(made).cast(dtype) if isinstance(dtype, pl.Enum) else pl.lit(made)


def _whole(value: Scalar, dtype: pl.DataType) -> pl.Expr:
    """A whole number in the dtype that `category` reads, as an Int64 where that is too narrow."""
    fits = (
        dtype.is_integer()
        and dtype not in _WIDE
        and pl.Series([value]).cast(dtype, strict=False).item() == value
    )
    return pl.lit(value, dtype if fits else pl.Int64())
