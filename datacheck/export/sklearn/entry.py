"""`Missing` and `Clip` as scikit-learn's estimators, column by column, with numbers as parameters.

`SimpleImputer` turns one value into another, so a chain of them takes sentinels to NaN: NaN to the
first, the first to the second, ..., the last to NaN. A value beyond a fence that becomes missing
is clipped to the next double outside the fence, where no other value can be, and is a sentinel
from there on. What takes infinities to numbers or to NaN is numpy's ``nan_to_num``.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.ops import LARGEST, Clip, Fill, Missing, numbers_of, refuses_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.ops import Program

NAN = math.nan


def entry(programs: Sequence[Program], zeros: Any) -> list[tuple[str, Any]]:
    """A step that brings each column through its `Missing` and `Clip`; none if no column has them.

    And through its `Fill`, where only some columns are filled.

    Parameters
    ----------
    zeros
        A row, with the columns' names where they must be known: what estimators are fitted on
        before they are given their numbers.
    """
    from sklearn.compose import ColumnTransformer

    together = fills_together(programs)
    chains = [
        cleaned(program) + ([] if together else filled(program)) + whole(program)
        for program in programs
    ]
    if not any(chains):
        return []
    columns = [(str(at), "passthrough", [at]) for at in range(len(programs))]
    made = ColumnTransformer(columns, verbose_feature_names_out=False, sparse_threshold=0)
    made.fit(zeros)
    # Fitting again would lose the numbers, so the fitted parts go in where nothing stood.
    for at, chain in enumerate(chains):
        if chain:
            part = (str(at), _fitted(chain, zeros[:, [at]]), [at])
            made.transformers[at] = made.transformers_[at] = part
    return [("entry", made)]


def _fitted(chain: list[tuple[Any, dict[str, Any]]], zeros: Any) -> Any:
    """A pipeline of estimators, each fitted on zeros and then given its learned numbers."""
    from sklearn.pipeline import Pipeline

    for at, (estimator, learned) in enumerate(chain):
        estimator.fit(np.asarray(zeros) if at else zeros)
        for name, value in learned.items():
            setattr(estimator, name, value)
    return Pipeline([(str(at), estimator) for at, (estimator, _) in enumerate(chain)])


def whole(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """A step that refuses a cell that is missing still, where the program does."""
    from sklearn.preprocessing import FunctionTransformer

    if not refuses_missing(program):
        return []
    return [(FunctionTransformer(validate=True, feature_names_out="one-to-one"), {})]


def cleaned(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """What a column's `Missing` and `Clip` are."""
    missing = next(op for op in program.ops if isinstance(op, Missing))
    clips = [op for op in program.ops if isinstance(op, Clip)]
    chain = []
    if missing.infinite == "missing":
        chain.append(infinities(NAN, NAN))
    elif (
        clips and missing.infinite == "keep" and (clips[0].upper, -clips[0].lower) == (LARGEST,) * 2
    ):
        chain.append(infinities(clips[0].below, clips[0].above))
        clips = clips[1:]
    values = numbers_of(missing)
    if values:
        chain += [replaced(old, new) for old, new in pairwise([NAN, *values])]
        chain += to_nan(values[-1])
    for clip in clips:
        chain += clipped(clip)
    return chain


def fills_together(programs: Sequence[Program]) -> bool:
    """Whether every column is filled, so that one imputer serves them all."""
    return all(any(isinstance(op, Fill) for op in program.ops) for program in programs)


def filled(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """What a column's `Fill` is."""
    return [replaced(NAN, float(op.value)) for op in program.ops if isinstance(op, Fill)]


def infinities(below: float | None, above: float | None) -> tuple[Any, dict[str, Any]]:
    """Infinities become these numbers; None is missing."""
    from sklearn.preprocessing import FunctionTransformer

    low, high = (NAN if value is None else value for value in (below, above))
    options = {"nan": NAN, "neginf": low, "posinf": high}
    return FunctionTransformer(np.nan_to_num, kw_args=options, feature_names_out="one-to-one"), {}


def to_nan(value: float) -> list[tuple[Any, dict[str, Any]]]:
    """The value becomes NaN, by way of inf: an imputer that fills with NaN forgets its column."""
    return [replaced(value, math.inf), infinities(NAN, NAN)]


def replaced(old: float, new: float) -> tuple[Any, dict[str, Any]]:
    """One number, or NaN, becomes another."""
    from sklearn.impute import SimpleImputer

    imputer = SimpleImputer(
        missing_values=old, strategy="constant", fill_value=new, keep_empty_features=True
    )
    return imputer, {"statistics_": np.array([new])}


def clipped(clip: Clip) -> list[tuple[Any, dict[str, Any]]]:
    """What a `Clip` is."""
    from sklearn.preprocessing import MinMaxScaler

    low, high = clip.lower, clip.upper
    others = []
    if clip.below != clip.lower and clip.lower > -LARGEST:
        low = math.nextafter(clip.lower, -math.inf)
        others.append((low, clip.below))
    if clip.above != clip.upper and clip.upper < LARGEST:
        high = math.nextafter(clip.upper, math.inf)
        others.append((high, clip.above))
    chain = [(MinMaxScaler(clip=True), factor(np.ones(1)) | {"feature_range": (low, high)})]
    if others:
        # NaN stands aside on a value that the clip has left free.
        aside = math.nextafter(high, math.inf) if high < LARGEST else math.nextafter(low, -math.inf)
        chain.append(replaced(NAN, aside))
        chain += [replaced(old, aside if new is None else new) for old, new in others]
        chain += to_nan(aside)
    return chain


def factor(inverse: Any) -> dict[str, Any]:
    """What a `MinMaxScaler` must have learned to multiply each column and do no more."""
    return {"scale_": inverse, "min_": np.full(len(inverse), -0.0)}
