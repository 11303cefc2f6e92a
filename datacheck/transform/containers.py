"""`inverse` on whatever holds prepared cells: a table, a row, a series or an array."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datacheck.source import give_back, open_source
from datacheck.transform.inverse import inverse_array, inverse_frame, inverse_row

if TYPE_CHECKING:
    from datacheck.ops import Fitted


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
    return not any(isinstance(each, Mapping | str) for each in data)
