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

from datacheck.export.sklearn.parts import by_column, chain, fitted
from datacheck.ops import LARGEST, Affine, Clip, Fill, Missing, numbers_of, refuses_missing

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
    together = fills_together(programs)
    chains = [
        cleaned(program) + ([] if together else filled(program)) + whole(program)
        for program in programs
    ]
    if not any(chains):
        return []
    parts = [
        (str(at), _chained(steps, zeros[:, [at]]) if steps else "passthrough", [at], 1)
        for at, steps in enumerate(chains)
    ]
    return [("entry", by_column(parts, zeros))]


def _chained(steps: list[tuple[Any, dict[str, Any]]], zeros: Any) -> Any:
    """The steps of one column: the first is given its cell as it comes."""
    samples = [zeros, *[np.asarray(zeros)] * (len(steps) - 1)]
    return chain([fitted(*step, sample) for step, sample in zip(steps, samples, strict=True)])


def whole(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """A step that refuses a cell that is missing still, where the program does."""
    return [refusing_holes()] if refuses_missing(program) else []


def refusing_holes() -> tuple[Any, dict[str, Any]]:
    """A step that refuses NaN, and changes nothing."""
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(validate=True, feature_names_out="one-to-one"), {}


def cleaned(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """What a column's `Missing` and `Clip` are."""
    missing = next(op for op in program.ops if isinstance(op, Missing))
    clips = [op for op in program.ops if isinstance(op, Clip)]
    steps = []
    if missing.infinite == "missing":
        steps.append(infinities(NAN, NAN))
    elif (
        clips and missing.infinite == "keep" and (clips[0].upper, -clips[0].lower) == (LARGEST,) * 2
    ):
        steps.append(infinities(clips[0].below, clips[0].above))
        clips = clips[1:]
    values = numbers_of(missing)
    if values:
        steps += [replaced(old, new) for old, new in pairwise([NAN, *values])]
        steps += to_nan(values[-1])
    for clip in clips:
        steps += clipped(clip)
    return steps


def fills_together(programs: Sequence[Program]) -> bool:
    """Whether every column is filled, so that one imputer serves them all."""
    return all(any(isinstance(op, Fill) for op in program.ops) for program in programs)


def filled(program: Program) -> list[tuple[Any, dict[str, Any]]]:
    """What a column's `Fill` is."""
    return [replaced(NAN, float(op.value)) for op in program.ops if isinstance(op, Fill)]


def scaled(ops: Sequence[Affine]) -> list[tuple[Any, dict[str, Any]]]:
    """What the columns' `Affine` are: no estimator divides."""
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    return [
        (StandardScaler(with_std=False), {"mean_": np.array([op.center for op in ops])}),
        (MinMaxScaler(), factor(np.array([op.inverse_scale for op in ops]))),
    ]


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
