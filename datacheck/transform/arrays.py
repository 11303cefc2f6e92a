"""The ops on numpy columns, NaN standing for missing: what `fit` and the estimator compute with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datacheck.arrays import Floats
from datacheck.ops import Affine, Clip, Fill, Missing, Op, Power, numbers_of


def run(values: Floats, ops: Sequence[Op]) -> Floats:
    """A column, shape (n,), through some of its numeric ops: NaN for missing, inf for refused."""
    x = values
    for op in ops:
        if isinstance(op, Missing):
            x = _missing(x, op)
        elif isinstance(op, Clip):
            above = np.where(x > op.upper, or_nan(op.above), x)
            x = np.where(x < op.lower, or_nan(op.below), above)
        elif isinstance(op, Fill):
            x = np.where(np.isnan(x), op.value, x)
        elif isinstance(op, Power):
            x = powered(x, op.function)
        elif isinstance(op, Affine):
            x = (x - op.center) * op.inverse_scale
        else:
            raise TypeError(f"{type(op).__name__} is not an op on one numpy column")
    return x


def powered(x: Floats, function: str) -> Floats:
    """`Power` on a column; what it refuses is infinite."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if function == "signed_log1p":
            return np.copysign(np.log1p(np.abs(x)), x)
        if function == "sqrt":
            return np.where(x < 0.0, np.inf, np.sqrt(x))
        return np.where(x <= -1.0, np.inf, np.log1p(x))


def _missing(x: Floats, op: Missing) -> Floats:
    numbers = numbers_of(op)
    if numbers:
        x = np.where(np.isin(x, numbers), np.nan, x)
    return np.where(np.isinf(x), np.nan, x) if op.infinite == "missing" else x


def or_nan(value: float | None) -> float:
    """A number, or NaN where there is none."""
    return np.nan if value is None else value
