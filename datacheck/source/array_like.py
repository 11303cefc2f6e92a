"""What the estimator is given, as scikit-learn's users have it: arrays, lists and frames."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.columns import retyped
from datacheck.errors import DataError
from datacheck.gaps import is_missing
from datacheck.source.opening import open_source


def is_frame(data: Any) -> bool:
    """Whether the data has columns of types of their own."""
    return hasattr(data, "columns") and hasattr(data, "dtypes")


def dense(data: Any) -> Any:
    """A pandas frame without sparse columns, which numpy does not take; anything else as it is."""
    if not is_frame(data) or not hasattr(data.dtypes, "items"):
        return data
    named = data.dtypes.items()
    sparse = {n: d.subtype for n, d in named if type(d).__name__ == "SparseDtype"}
    return data.astype(sparse) if sparse else data


def singles(data: Any) -> list[bool]:
    """For each column, whether it holds float32: declared values were rounded to that there."""
    dtypes = data.dtypes if is_frame(data) else [getattr(data, "dtype", None)]
    found = [str(dtype).lower() == "float32" for dtype in dtypes]
    return found if is_frame(data) else found * np.asarray(data).shape[1]


def as_single(frame: pl.DataFrame, single: list[bool]) -> pl.DataFrame:
    """The columns that held float32 as float32 again."""
    names = [name for name, each in zip(frame.columns, single, strict=True) if each]
    return retyped(frame, dict.fromkeys(names, pl.Float32))


def series(name: str, cells: NDArray[Any]) -> pl.Series:
    """A column of objects: booleans, numbers, or text where some cell is no number."""
    plain = [None if is_missing(cell) else cell for cell in cells.tolist()]
    kinds = {type(cell) for cell in plain if cell is not None}
    if any(issubclass(kind, str) for kind in kinds):
        return pl.Series(name, [None if cell is None else str(cell) for cell in plain], pl.String)
    if not kinds:
        return pl.Series(name, plain, pl.Null)
    strange = [kind.__name__ for kind in kinds if not issubclass(kind, Real | np.bool_)]
    if strange:
        raise DataError(
            f"Column {name!r} holds what is neither text nor a number",
            got=", ".join(sorted(strange)),
            todo="leave the column out",
        )
    return pl.Series(name, plain, pl.Boolean if kinds == {bool} else pl.Float64, strict=False)


def numeric(dtype: Any) -> bool:
    """Whether a frame's column of this type holds numbers."""
    if hasattr(dtype, "is_numeric"):  # polars
        return bool(dtype.is_numeric()) or str(dtype) == "Null"
    return getattr(dtype, "kind", "O") in "iuf"


def kinds_of(table: Any) -> tuple[set[str], set[str]]:
    """The columns of a frame that hold numbers, and those of text, categories or booleans."""
    kinds = (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
    schema = open_source(table).frame.collect_schema()
    numbers = {name for name, dtype in schema.items() if numeric(dtype)}
    return numbers, {name for name, dtype in schema.items() if isinstance(dtype, kinds)}
