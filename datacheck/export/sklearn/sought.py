"""Many values that mean missing, sought all at once as an encoder seeks its categories.

One imputer for each of a thousand values takes seconds to write and to load. An `OrdinalEncoder`
knows them all: what it finds becomes NaN and all else zero, and that is taken from the value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datacheck.export.sklearn.parts import (
    beside,
    by_column,
    called,
    chain,
    chosen,
    factor,
    fitted,
    imputer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

#: At most so many values are replaced one by one.
FEW = 16


class Sought(NamedTuple):
    """A step that makes these values of a column NaN."""

    values: tuple[float, ...]


def seeking(columns: Sequence[Sequence[float]]) -> Any:
    """A step that makes NaN of what is among each column's values, and changes nothing else."""
    width = len(columns)
    found = by_column(
        [("found", _found(columns), [*range(width)], width)], _row(width), prefixed=True
    )
    order = [at for column in range(width) for at in (column, width + column)]
    return chain(
        [
            beside({"found": found, "value": called(np.positive, _row(width))}),
            chosen(order, 2 * width),
            called(np.diff, _row(2 * width), axis=1, prepend=0.0),
            chosen([*range(1, 2 * width, 2)], 2 * width),
        ]
    )


def _found(columns: Sequence[Sequence[float]]) -> Any:
    """NaN where a column has one of its values, else zero."""
    from sklearn.preprocessing import MinMaxScaler, OrdinalEncoder, StandardScaler

    sample = _row(len(columns))
    values = [np.array(sorted(each)) for each in columns]
    encoder = OrdinalEncoder(
        categories=values, handle_unknown="use_encoded_value", unknown_value=-1, dtype=np.float64
    )
    clip = MinMaxScaler(clip=True, feature_range=(-1, 0))
    finite = called(np.nan_to_num, sample, nan=math.nan, neginf=math.nan, posinf=math.nan)
    return chain(
        [
            finite,
            fitted(encoder, {"categories": "auto"}, sample),
            fitted(clip, factor(np.ones(len(columns))), sample),
            fitted(
                imputer(0.0, math.inf), {"statistics_": np.full(len(columns), math.inf)}, sample
            ),
            finite,
            fitted(StandardScaler(with_std=False), {"mean_": np.full(len(columns), -1.0)}, sample),
        ]
    )


def _row(width: int) -> Any:
    return np.zeros((1, width))
