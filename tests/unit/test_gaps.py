"""What is missing in a row is missing in a frame."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions

import numpy as np
import pandas as pd
import pytest

import datacheck as dc
from datacheck.gaps import is_missing

NAN = float("nan")


class _NAType:
    """Another's, of that name."""


_NAType.__name__ = "NAType"


class _Raises:
    def __ne__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


MISSING = (
    *(None, NAN, np.float64(NAN), np.float32(NAN), np.float16(NAN), pd.NA, pd.NaT, np.ma.masked),
    *(np.datetime64("NaT"), np.timedelta64("NaT"), decimal.Decimal("NaN"), decimal.Decimal("sNaN")),
)
THERE = (
    *(0, 0.0, "", "nan", b"", False, np.bool_(0), np.float32(0), [], {}, [NAN], (NAN,)),
    *(np.array([NAN]), np.array(NAN), np.ma.masked_array([1], [True]), pd.Series([NAN])),
    *(fractions.Fraction(0), decimal.Decimal(0), dt.date(2024, 1, 1)),
    *(_NAType(), _Raises(), object()),
)


@pytest.mark.parametrize("cell", MISSING)
def test_missing_whoever_writes_it(cell: object) -> None:
    assert is_missing(cell)
    read = dc.read({"x": [1, cell, 2]}).collect()["x"]
    assert read.null_count() + (read.is_nan().sum() if read.dtype.is_float() else 0) == 1


@pytest.mark.parametrize("cell", THERE)
def test_nothing_else_is(cell: object) -> None:
    assert not is_missing(cell)
