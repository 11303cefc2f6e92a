"""`Missing` and `Clip` as scikit-learn's estimators, with numbers as parameters.

Columns that take the same steps share the estimators, as in `encoded`. A chain of `SimpleImputer`
takes sentinels to NaN: NaN to the first, the first to the second, ..., the last to NaN; many are
sought at once (`sought`). A value beyond a fence that becomes missing is clipped to the next double
outside the fence, where no other can be, and is a sentinel from there on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from datacheck.export.sklearn.parts import (
    FEW,
    Sought,
    by_column,
    called,
    chain,
    factor,
    fitted,
    imputer,
    in_order,
    seeking,
)
from datacheck.ops import (
    LARGEST,
    Affine,
    Clip,
    Fill,
    Program,
    first,
    missing_op,
    numbers_of,
    refuses_missing,
)

#: An estimator, and what it is to have learned.
Step = tuple[Any, dict[str, Any]]

NAN = math.nan


def entry(programs: Sequence[Program], zeros: Any) -> list[tuple[str, Any]]:
    """A step through `Missing`, `Clip` and, of some, `Fill`, fitted on `zeros`; or none."""
    together = fills_together(programs)
    chains = [
        [*cleaned(program), *([] if together else filled(program)), *whole(program)]
        for program in programs
    ]
    if not any(chains):
        return []
    alike: dict[tuple[str, ...], list[int]] = {}
    for at, steps in enumerate(chains):
        alike.setdefault(tuple(map(_kind, steps)), []).append(at)
    parts = [
        (str(part), _chained([chains[at] for at in places], zeros[:, places]), places, len(places))
        for part, places in enumerate(alike.values())
    ]
    order = in_order([at for places in alike.values() for at in places])
    return [("entry", by_column(parts, zeros)), *order]


#: What an estimator is made with that need not be one for all columns: see `_for_all`.
_BY_COLUMN = ("fill_value", "feature_range")


def _kind(step: Step | Sought) -> str:
    """What columns must have in common for one estimator to take this step for all of them."""
    if isinstance(step, Sought):
        return Sought.__name__
    estimator, _ = step
    options = [(name, value) for name, value in vars(estimator).items() if name not in _BY_COLUMN]
    return repr((type(estimator), options))


def _chained(chains: list[list[Step | Sought]], zeros: Any) -> Any:
    """The steps of columns that are prepared alike, behind one that makes the cells doubles."""
    if not chains[0]:
        return "passthrough"
    read = called(np.asarray, zeros, dtype="float64")
    plain = np.asarray(zeros)
    return chain([read, *(for_all(step, plain) for step in zip(*chains, strict=True))])


def for_all(steps: Sequence[Step | Sought], sample: Any) -> Any:
    """One estimator for many columns, with the numbers that each of them has learned."""
    sought = [step.values for step in steps if isinstance(step, Sought)]
    if sought:
        return seeking(sought)
    (estimator, learned), *others = taught = [s for s in steps if not isinstance(s, Sought)]
    if not others:
        return fitted(estimator, learned, sample)
    together = {
        name: tuple(map(np.array, zip(*(each[name] for _, each in taught), strict=True)))
        if name == "feature_range"
        else np.concatenate([each[name] for _, each in taught])
        for name in learned
    }
    return fitted(estimator, together, sample)


def whole(program: Program) -> list[Step]:
    """A step that refuses a cell that is missing still, where the program does."""
    return [refusing_holes()] if refuses_missing(program) else []


def refusing_holes() -> Step:
    """A step that refuses NaN, and changes nothing."""
    return FunctionTransformer(validate=True, feature_names_out="one-to-one"), {}


def cleaned(program: Program) -> list[Step | Sought]:
    """What a column's `Missing` and `Clip` are."""
    missing = missing_op(program)
    clips = [op for op in program.ops if isinstance(op, Clip)]
    steps: list[Step | Sought] = []
    if missing.infinite == "missing":
        steps.append(infinities(NAN, NAN))
    elif (
        clips and missing.infinite == "keep" and (clips[0].upper, -clips[0].lower) == (LARGEST,) * 2
    ):
        steps.append(infinities(clips[0].below, clips[0].above))
        clips = clips[1:]
    values = numbers_of(missing)
    if len(values) > FEW:
        steps.append(Sought(tuple(values)))
    elif values:
        steps += [replaced(old, new) for old, new in pairwise([NAN, *values])]
        steps += to_nan(values[-1])
    for clip in clips:
        steps += clipped(clip)
    return steps


def fills_together(programs: Sequence[Program]) -> bool:
    """Whether every column is filled, so that one imputer serves them all."""
    return all(first(program.ops, Fill) is not None for program in programs)


def filled(program: Program) -> list[Step]:
    """What a column's `Fill` is."""
    return [replaced(NAN, float(op.value)) for op in program.ops if isinstance(op, Fill)]


def scaled(ops: Sequence[Affine]) -> list[Step]:
    """What the columns' `Affine` are: no estimator divides."""
    return [
        (StandardScaler(with_std=False), {"mean_": np.array([op.center for op in ops])}),
        (MinMaxScaler(), factor(np.array([op.inverse_scale for op in ops]))),
    ]


def infinities(below: float | None, above: float | None) -> Step:
    """Infinities become these numbers; None is missing."""
    low, high = (NAN if value is None else value for value in (below, above))
    options = {"nan": NAN, "neginf": low, "posinf": high}
    return FunctionTransformer(np.nan_to_num, kw_args=options, feature_names_out="one-to-one"), {}


def to_nan(value: float) -> list[Step]:
    """The value becomes NaN, by way of inf: an imputer that fills with NaN forgets its column."""
    return [replaced(value, math.inf), infinities(NAN, NAN)]


def replaced(old: float, new: float) -> Step:
    """One number, or NaN, becomes another."""
    return imputer(old, new), {"statistics_": np.array([new])}


def clipped(clip: Clip) -> list[Step]:
    """What a `Clip` is."""
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
