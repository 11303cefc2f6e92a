"""What a cell of a column of Python objects is: of which family its type."""

from __future__ import annotations

import datetime as dt
import decimal
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from datacheck.gaps import is_gap

#: What types of cells are to a column; a type is of the first family that it belongs to.
_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("boolean", (bool, np.bool_)),
    ("duration", (dt.timedelta, np.timedelta64)),  # to numpy, a span of its own is an integer
    ("integer", (int, np.integer)),
    ("number", (float, np.floating)),
    ("text", (str,)),
    ("decimal", (decimal.Decimal,)),
    ("datetime", (dt.datetime, np.datetime64)),
    ("date", (dt.date,)),
    ("time", (dt.time,)),
    ("binary", (bytes, bytearray)),
    ("record", (Mapping,)),
    ("list", (list, tuple, np.ndarray)),
)

#: Families whose cells no column can hold as what they are, but as their texts.
WRITTEN = "written "
#: Families of which nothing is known but that a cell is there.
UNKNOWN = "unknown "


def family_of(kind: type) -> str:
    """The family of a type of cells; of one that columns do not hold, how it can be told."""
    if is_gap(kind):
        return "missing"
    for family, types in _FAMILIES:
        if issubclass(kind, types):
            return family
    imaginary = issubclass(kind, numbers.Complex) and not issubclass(kind, numbers.Real)
    # A class that says how it is written (an id, a path, a period) means its text.
    plain: Any = object.__str__
    written = kind.__str__ is not plain and not imaginary
    return (WRITTEN if written else UNKNOWN) + kind.__qualname__
