"""Fitted estimators put together: chains, branches and columns whose parts keep their numbers.

scikit-learn fits clones of what it is given, without the numbers of a transform. So every part is
fitted on a sample and given its numbers, and then put where something idle was fitted.

Many values that mean missing, sought all at once as an encoder seeks its categories.

One imputer for each of a thousand values takes seconds to write and to load. An `OrdinalEncoder`
knows them all: what it finds becomes NaN and all else zero, and that is taken from the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OrdinalEncoder, StandardScaler

from datacheck.ops import Program

#: A column of one number, for estimators to be fitted on.
ZERO = np.zeros((1, 1))

#: The same of text.
WORD = np.array([["x"]], dtype=object)


def zeros(programs: Sequence[Program]) -> Any:
    """A frame of one row with the columns' names, for what must know them."""
    return pl.DataFrame({program.column: [0.0] for program in programs})


def fitted(estimator: Any, learned: dict[str, Any], sample: Any = ZERO) -> Any:
    """An estimator that was fitted on a sample and given its learned numbers then."""
    estimator.fit(sample)
    for name, value in learned.items():
        setattr(estimator, name, value)
    return estimator


def chain(steps: Sequence[Any]) -> Any:
    """Fitted estimators, one behind another."""
    return Pipeline([(str(at), step) for at, step in enumerate(steps)])


def beside(branches: dict[str, Any]) -> Any:
    """Fitted estimators that take the same cells; what they give stands side by side."""
    return FeatureUnion(list(branches.items()), verbose_feature_names_out=False)


def by_column(
    parts: Sequence[tuple[str, Any, list[Any], int]], sample: Any, *, prefixed: bool = False
) -> Any:
    """A `ColumnTransformer` of fitted parts: name, part, columns, and how many columns it gives."""
    idle = [(name, "passthrough", columns) for name, _, columns, _ in parts]
    made = ColumnTransformer(idle, verbose_feature_names_out=prefixed, sparse_threshold=0)
    made.fit(sample)
    made.output_indices_ = {}  # which it has not where no part takes a column
    start = 0
    for at, (name, part, columns, width) in enumerate(parts):
        if not isinstance(part, str):
            made.transformers[at] = made.transformers_[at] = (name, part, columns)
        made.output_indices_[name] = slice(start, start + width)
        start += width
    made.output_indices_["remainder"] = slice(start, start)
    return made


def chosen(places: list[int], width: int) -> Any:
    """Some of the columns of a matrix that is `width` wide."""
    return by_column([("kept", "passthrough", places, len(places))], np.zeros((1, width)))


def in_order(places: list[int]) -> list[tuple[str, Any]]:
    """A step that brings columns, which stand as these places say, in order; none if they are."""
    if places == sorted(places):
        return []
    return [("order", chosen(np.argsort(places).tolist(), len(places)))]


def called(function: Any, sample: Any = ZERO, **options: Any) -> Any:
    """A function of numpy's as a step that keeps the names."""
    made = FunctionTransformer(
        function, kw_args=options or None, feature_names_out="one-to-one", check_inverse=False
    )
    return fitted(made, {}, sample)


def imputer(old: Any, new: Any) -> Any:
    """A `SimpleImputer` that turns one value into another."""
    return SimpleImputer(
        missing_values=old, strategy="constant", fill_value=new, keep_empty_features=True
    )


def factor(inverse: Any) -> dict[str, Any]:
    """What a `MinMaxScaler` must have learned to multiply each column and do no more."""
    return {"scale_": inverse, "min_": np.full(len(inverse), -0.0)}


def worded(old: Any, news: Sequence[Any]) -> Any:
    """A step that turns one text, None or NaN into another text, of each column its own."""
    sample = np.repeat(WORD, len(news), axis=1)
    return fitted(imputer(old, news[0]), {"statistics_": objects(news)}, sample)


def objects(values: Sequence[Any]) -> Any:
    """Values as an array of objects, each as it is."""
    made = np.empty(len(values), dtype=object)
    made[:] = list(values)
    return made


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
