"""The arrays of numpy: names for what is in one, not its shape; and what somebody gave as one."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datacheck.errors import DataError, first_line

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
#: Places in an array, or counts of what is in one.
Indices: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]
#: Hashes, or what else is compared bit by bit.
Keys: TypeAlias = NDArray[np.uint64]
Bytes: TypeAlias = NDArray[np.uint8]


def doubles(values: Any, what: str) -> Floats:
    """A copy of somebody's array, `what` it is; `DataError` where it holds no numbers.

    >>> doubles([1, None], "An array of prices")
    array([ 1., nan])
    """
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        kind = f"{values.dtype}: " if hasattr(values, "dtype") else ""
        raise DataError(
            f"{what} holds numbers",
            got=f"{kind}{first_line(error)[:200]}",
            todo="give numbers, or a table, whose columns have names",
        ) from error
