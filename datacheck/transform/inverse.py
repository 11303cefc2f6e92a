"""The way back: a scaled or powered cell in the unit of its column, for any part of the columns.

Scaling is undone as ``y * scale + center`` in double, a power by its inverse, and an ordinal code
is its category again; what was clipped or filled stays so, and so does a one-hot encoding.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.arrays import Floats, doubles
from datacheck.columns import bare, col
from datacheck.errors import DataError
from datacheck.gaps import is_missing
from datacheck.ops import (
    Affine,
    Encode,
    Fitted,
    OneHot,
    Power,
    Program,
    Scalar,
    features_of,
    first,
    outputs,
)
from datacheck.source import give_back, open_source
from datacheck.transform.cell import unpower
from datacheck.transform.given import Refused, as_number
from datacheck.transform.parts import chosen


def inverse(data: Any, fitted: Fitted, columns: Sequence[str] | str | None) -> Any:
    """Bring prepared cells back, in the kind of thing that holds them."""
    names = [columns] if isinstance(columns, str) else columns
    if isinstance(data, Mapping) and not any(_holds_many(cell) for cell in data.values()):
        return inverse_row(data, fitted, names)
    if _is_series(data):
        name = names[0] if names else str(data.name)
        if isinstance(data, pl.Series):
            back = inverse_frame(data.alias(name).to_frame().lazy(), fitted)
            return back.collect()[name].alias(data.name)
        return type(data)(
            inverse_array(data.to_numpy(), fitted, [name]), index=data.index, name=data.name
        )
    if isinstance(data, int | float | np.number):  # one prediction
        return inverse_array([data], fitted, columns).tolist()[0]
    if isinstance(data, np.ndarray) or (isinstance(data, list | tuple) and _numbers(data)):
        return inverse_array(data, fitted, columns)
    source = open_source(data)
    return give_back(inverse_frame(source.frame, fitted, names), source)


def _holds_many(cell: Any) -> bool:
    return isinstance(cell, list | tuple | np.ndarray) or _is_series(cell)


def _is_series(data: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return isinstance(data, pl.Series) or (pandas is not None and isinstance(data, pandas.Series))


def _numbers(data: Sequence[Any]) -> bool:
    return not any(isinstance(each, Mapping) for each in data)


def inverse_frame(
    frame: pl.LazyFrame, fitted: Fitted, columns: Sequence[str] | None = None
) -> pl.LazyFrame:
    """A frame whose fitted columns are in their own units again; `DataError` without any."""
    schema = frame.collect_schema()
    expressions = []
    for program in _programs(fitted, schema, columns):
        affine, power = first(program.ops, Affine), first(program.ops, Power)
        named = categories_by_code(program)
        if named:
            expressions.append(_decoded(program, named, schema[program.column]))
            continue
        if affine is None and power is None:
            continue
        _check_numbers(program, schema[program.column])
        x = col(program.column).cast(pl.Float64)
        if affine is not None:
            x = x * affine.scale + affine.center
        if power is not None:
            back = partial(_unpowered_series, power.function)
            x = x.map_batches(back, is_elementwise=True, return_dtype=pl.Float64)
        expressions.append(x)
    return frame.with_columns(expressions)


def categories_by_code(program: Program) -> dict[int, Scalar]:
    """The category of each code of an ordinal encoding; of several that share one, the first."""
    encode = first(program.ops, Encode)
    if encode is None or first(program.ops, OneHot) is not None:
        return {}
    pairs = zip(encode.codes, encode.categories, strict=True)
    named = dict(reversed([(code, value) for code, value in pairs if code >= 0]))
    return dict(sorted(named.items()))


def _decoded(program: Program, named: dict[int, Scalar], dtype: pl.DataType) -> pl.Expr:
    """A column of codes as its categories; what is no code is missing."""
    _check_numbers(program, dtype)
    from datacheck.transform.lookup import DTYPES  # which would have a guard load the schema

    codes = col(program.column).cast(pl.Float64)
    return codes.replace_strict(
        list(map(float, named)),
        list(named.values()),
        default=None,
        return_dtype=DTYPES[program.kind],
    )


def _check_numbers(program: Program, dtype: pl.DataType) -> None:
    if not (dtype.is_numeric() or dtype == pl.Null):
        raise _no_number(program.column, str(dtype))


def _no_number(column: str, got: str) -> DataError:
    return DataError(
        f"Column {column!r} holds no prepared number",
        got=got,
        expected="numbers, as the transform or the model gave them",
    )


def inverse_row(
    row: Mapping[str, Any], fitted: Fitted, columns: Sequence[str] | None = None
) -> dict[str, Any]:
    """The same for one row; other keys pass."""
    out = dict(row)
    for program in _programs(fitted, row, columns):
        out[program.column] = undoing(program)(row[program.column])
    return out


def undoing(program: Program) -> Callable[[Any], Any]:
    """What brings a cell of one column back."""
    affine, power = first(program.ops, Affine), first(program.ops, Power)
    named = categories_by_code(program)

    def undo(y: Any) -> Any:
        if affine is None and power is None and not named:
            return y
        if is_missing(y):
            return None if named else y
        x = _number(program.column, y)
        if named:
            return named.get(x)  # type: ignore[call-overload]  # a whole double is its integer there
        x = x if affine is None else x * affine.scale + affine.center
        return x if power is None else unpower(power.function, x)

    return undo


def _number(column: str, cell: Any) -> float:
    try:
        return as_number(cell)
    except Refused:
        raise _no_number(column, type(cell).__name__) from None


def inverse_array(
    values: Any, fitted: Fitted, columns: Sequence[str] | str | None = None
) -> NDArray[Any]:
    """The same for an array, shape (n, k) or (n,), of the columns that are named."""
    y = doubles(_numeric(values), "An array of prepared cells")
    names = [columns] if isinstance(columns, str) else columns
    names = list(features_of(fitted.programs)) if names is None else list(names)
    table = y.reshape(len(y), 1) if y.ndim == 1 else y
    if table.ndim != 2 or table.shape[1] != len(names):  # noqa: PLR2004 - rows and columns
        raise DataError(
            "The array has not the columns that are named",
            got=f"shape {y.shape}",
            expected=f"{len(names)} columns: " + ", ".join(map(repr, names[:10])),
            todo="name the array's columns: inverse(array, columns=['price'])",
        )
    made = {name: program for program in fitted.programs for name in outputs(program)}
    unknown = [name for name in names if name not in made]
    if unknown:
        chosen(fitted, unknown)  # raises, with the nearest name
    named = categories_by_code(made[names[0]]) if y.ndim == 1 else {}
    if named:
        return np.array([named.get(code) for code in y.tolist()], dtype=object)
    for at, name in enumerate(names):
        if name == made[name].column:
            table[:, at] = unscaled(table[:, at], made[name])
    return y


#: What numpy would make numbers of.
_NO_NUMBERS = (str, bytes, bool, np.character, np.bool_, np.datetime64, np.timedelta64)


def _numeric(values: Any) -> Any:
    """An array of somebody's; `DataError` where it holds text, booleans or moments."""
    given = values if hasattr(values, "dtype") else np.array(values, dtype=object)
    cells = given.ravel().tolist() if given.dtype.kind == "O" else None
    kinds = {given.dtype.type} if cells is None else set(map(type, cells))
    strange = sorted(kind.__name__ for kind in kinds if issubclass(kind, _NO_NUMBERS))
    if strange:
        raise DataError(
            "An array of prepared cells holds numbers",
            got=", ".join(strange),
            expected="numbers, as the transform or the model gave them",
        )
    if cells is None:
        return values
    whole = np.empty(len(cells), dtype=object)
    whole[:] = [None if is_missing(cell) else cell for cell in cells]
    return whole.reshape(given.shape)


def unscaled(y: Floats, program: Program) -> Floats:
    """A numeric column in its own unit again."""
    affine, power = first(program.ops, Affine), first(program.ops, Power)
    x = y if affine is None else y * affine.scale + affine.center
    return x if power is None else unpowered(x, power.function)


def unpowered(y: Floats, function: str) -> Floats:
    """`cell.unpower` for a whole column."""
    with np.errstate(over="ignore"):
        if function == "sqrt":
            return y * y
        if function == "log1p":
            return np.expm1(y)
        return np.copysign(np.expm1(np.abs(y)), y)


def _unpowered_series(function: str, y: pl.Series) -> pl.Series:
    back = unpowered(y.to_numpy(), function)
    return pl.Series(back).set(bare(y).is_null(), None).alias(y.name)


def _programs(
    fitted: Fitted, names: Collection[str], columns: Sequence[str] | None
) -> tuple[Program, ...]:
    programs = tuple(p for p in chosen(fitted, columns) if p.column in names)
    lacking = [] if columns is None else [p.column for p in chosen(fitted, columns)]
    absent = [name for name in lacking if name not in names]
    known = {name for program in fitted.programs for name in outputs(program)}
    if absent or not known & set(names):
        raise DataError(
            "The data lacks the columns to bring back"
            if absent
            else "The data has none of the columns that the transform was fitted on",
            got="columns " + (", ".join(map(repr, names)) or "none"),
            expected=", ".join(map(repr, absent or sorted(known))),
            todo="give the prepared columns, or any part of them",
        )
    return programs
