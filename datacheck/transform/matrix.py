"""A matrix of doubles through a fitted transform: what the scikit-learn estimator stands on.

Rows go through in blocks that stay in the processor's cache, each step one numpy call on a block
laid flat, with the columns' constants repeated to the same length.

Fitting one preparation to every column of a matrix, for the scikit-learn estimator.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.arrays import Flags, Floats
from datacheck.errors import DataError
from datacheck.ops import (
    UNSCALED,
    Affine,
    Cast,
    Clip,
    Fill,
    Fitted,
    Indicator,
    KnnFill,
    Missing,
    Power,
    Program,
    first,
    missing_op,
    numbers_of,
    refuses_missing,
)
from datacheck.schema import Prepare
from datacheck.schema.normal import missing_of
from datacheck.threads import threads
from datacheck.transform.arrays import or_nan, powered, run
from datacheck.transform.learn import INFINITE, learn_number
from datacheck.transform.statistics import ArrayAnswers, ask
from datacheck.version import __version__

Step = Callable[[Floats, Floats], None]


#: Cells in a block: half a megabyte of doubles.
BLOCK = 65_536
#: Cells from which a second thread earns its start.
LARGE = 1_000_000
SHOWN = 5


def apply_matrix(x: Floats, fitted: Fitted) -> NDArray[Any]:
    """Transform a matrix of the fitted columns in order, NaN for missing, none by neighbours."""
    rows, columns = x.shape
    out = np.empty((rows, columns), np.dtype(fitted.output))
    height = max(1, min(BLOCK // max(columns, 1), rows))
    with np.errstate(over="ignore"):  # a fill that overflows is refused where it is used
        steps = _Steps(fitted.programs, height)

    def part(first: int, last: int) -> bool:
        finite = True
        with np.errstate(over="ignore"):
            for start in range(first, last, height):
                stop = min(start + height, last)
                finite &= steps.run(x[start:stop], out[start:stop])
        return finite

    if not all(in_parts(part, rows, x.size)):
        _refuse(x, out, fitted)
    return out


def inverse_matrix(y: Floats, fitted: Fitted) -> Floats:
    """Undo the scaling, ``y * scale + center``; what was clipped or filled stays so."""
    from datacheck.transform.inverse import unscaled

    columns = [unscaled(y[:, at], program) for at, program in enumerate(fitted.programs)]
    return np.column_stack(columns) if columns else y


def by_columns(x: Floats) -> Floats:
    """The columns of a matrix, each contiguous: shape (k, n)."""
    rows, columns = x.shape
    out = np.empty((columns, rows))

    def part(first: int, last: int) -> None:
        for start in range(first, last, 2048):
            stop = min(start + 2048, last)
            out[:, start:stop] = x[start:stop].T

    in_parts(part, rows, x.size)
    return out


def in_parts(part: Callable[[int, int], Any], rows: int, cells: int) -> list[Any]:
    """Call `part` on ranges of rows that make up the whole, in threads where that pays."""
    workers = (os.cpu_count() or 1) if cells >= LARGE else 1
    if workers == 1:
        return [part(0, rows)]
    # Several parts a worker, for the workers share their processors with others.
    cuts = [rows * at // (4 * workers) for at in range(4 * workers + 1)]
    with threads(workers) as pool:
        return list(pool.map(part, cuts[:-1], cuts[1:]))


class _Steps:
    """The steps of all columns on a block, with their constants repeated for `height` rows."""

    def __init__(self, programs: Sequence[Program], height: int) -> None:
        self._programs, self._height = programs, height
        self._before = [*self._missing(), *self._clips(), *self._powers()]
        affines = [first(program.ops, Affine) for program in programs]
        fills = [first(program.ops, Fill) for program in programs]
        self._center = self._inverse = self._fill = None
        if any(affines):
            ops = [affine or UNSCALED for affine in affines]
            self._center = self._tiled(op.center for op in ops)
            self._inverse = self._tiled(op.inverse_scale for op in ops)
        if any(fills):
            # The same two roundings as if the cell had been filled before it was scaled.
            self._fill = self._tiled(map(_filling, programs))
            if self._center is not None and self._inverse is not None:
                self._fill = (self._fill - self._center) * self._inverse
        self._all_filled = all(fills)
        whole = [refuses_missing(program) for program in programs]
        self._whole = self._tiled(whole, np.bool_) if any(whole) else None

    def run(self, x: Floats, out: NDArray[Any]) -> bool:
        """Transform the rows `x` into `out`, and tell whether no cell is infinite."""
        given = np.ascontiguousarray(x).reshape(-1)
        target = out.reshape(-1)
        y = target if target.dtype == np.float64 else np.empty(len(given))
        source = given
        for step in self._before:
            if source is given:
                np.copyto(y, given)
                source = y
            step(y, given)
        if self._center is not None and self._inverse is not None:
            np.subtract(source, self._center[: len(y)], out=y)
            np.multiply(y, self._inverse[: len(y)], out=y)
        elif source is given:
            np.copyto(y, given)
        if self._fill is not None:
            np.copyto(y, self._fill[: len(y)], where=np.isnan(y))
        if y is not target:
            np.copyto(target, y, casting="same_kind")
        if self._all_filled:
            return bool(np.isfinite(target).all())
        if self._whole is not None and (np.isnan(target) & self._whole[: len(y)]).any():
            return False
        return not np.isinf(target).any()

    def _tiled(self, values: Iterable[float], dtype: Any = np.float64) -> NDArray[Any]:
        return np.tile(np.fromiter(values, dtype, len(self._programs)), self._height)

    def _missing(self) -> Iterable[Step]:
        ops = [missing_op(program) for program in self._programs]
        values = [numbers_of(op) for op in ops]
        for layer in range(max(map(len, values), default=0)):
            row = (own[layer] if layer < len(own) else np.nan for own in values)
            yield _sentinel(self._tiled(row))
        if any(op.infinite == "missing" for op in ops):
            yield _no_infinity(self._tiled((op.infinite == "missing" for op in ops), np.bool_))

    def _clips(self) -> Iterable[Step]:
        layers = [[op for op in p.ops if isinstance(op, Clip)] for p in self._programs]
        none = Clip(-np.inf, np.inf, np.nan, np.nan)
        for layer in range(max(map(len, layers), default=0)):
            ops = [own[layer] if layer < len(own) else none for own in layers]
            yield _clip(
                *(self._tiled(or_nan(v) for v in bound) for bound in zip(*ops, strict=True))
            )
        hidden = [
            bool(own) and missing_op(p).infinite == "refuse"
            for own, p in zip(layers, self._programs, strict=True)
        ]
        if any(hidden):
            yield _infinity_again(self._tiled(hidden, np.bool_))

    def _powers(self) -> Iterable[Step]:
        used = [first(program.ops, Power) for program in self._programs]
        for function in sorted({op.function for op in used if op is not None}):
            where = (op is not None and op.function == function for op in used)
            yield _power(function, self._tiled(where, np.bool_))


def _sentinel(values: Floats) -> Step:
    return lambda y, x: np.copyto(y, np.nan, where=x == values[: len(x)])


def _no_infinity(where: Flags) -> Step:
    return lambda y, x: np.copyto(y, np.nan, where=np.isinf(x) & where[: len(x)])


def _infinity_again(where: Flags) -> Step:
    """Bring back an infinity that a clip took away, so that it is refused."""
    return lambda y, x: np.copyto(y, x, where=np.isinf(x) & where[: len(x)])


def _clip(lower: Any, upper: Any, below: Any, above: Any) -> Step:
    def step(y: Floats, _x: Floats) -> None:
        n = len(y)
        under, over = y < lower[:n], y > upper[:n]
        np.copyto(y, below[:n], where=under)
        np.copyto(y, above[:n], where=over)

    return step


def _filling(program: Program) -> float:
    """What fills a column, as its power leaves it; NaN for none."""
    fill, power = first(program.ops, Fill), first(program.ops, Power)
    value = np.nan if fill is None else float(fill.value)
    return value if power is None else float(powered(np.array([value]), power.function)[0])


def _power(function: str, where: Any) -> Step:
    def step(y: Floats, _x: Floats) -> None:
        chosen = where[: len(y)]
        y[chosen] = powered(y[chosen], function)

    return step


def fits(fitted: Fitted) -> bool:
    """Whether `apply_matrix` can run this transform: a number out for a number, no neighbours."""
    return all(
        program.kind == "number"
        and not any(isinstance(op, KnnFill | Indicator) for op in program.ops)
        for program in fitted.programs
    )


def _refuse(x: Floats, out: NDArray[Any], fitted: Fitted) -> None:
    from datacheck.transform.apply import refused_number, unfilled

    whole = [refuses_missing(program) for program in fitted.programs]
    for bad, refusal in ((np.isinf(out), refused_number), (np.isnan(out) & whole, unfilled)):
        if bad.any():
            at = int(bad.any(axis=0).argmax())
            rows = np.flatnonzero(bad[:, at])
            first = rows[:SHOWN]
            raise refusal(
                fitted.programs[at].column, len(rows), x[first, at].tolist(), first.tolist()
            )


def fit_matrix(
    x: Floats,
    names: Sequence[str],
    prepare: Prepare,
    output: str,
    single: Sequence[bool],
) -> Fitted:
    """Fit every column of a matrix, shape (n, k), NaN for missing, in threads where it is large.

    Not by ``impute="knn"``; `single` tells for each column whether its doubles were float32 before.
    Raises `DataError` as `learn_number` does, and for no rows.
    """
    if not len(x):
        raise DataError("The matrix has no rows to fit on", expected="at least one row")
    columns = by_columns(x)

    def fitted(at: int) -> Program:
        values = columns[at]
        dtype = pl.Float32() if single[at] else pl.Float64()
        declared = missing_of(names[at], prepare.missing_values, dtype)
        missing = Missing((*declared.cells, *declared.words), INFINITE[prepare.infinite])
        if missing.values or missing.infinite == "missing":
            values = run(values, (missing,))
        learned = ask(learn_number(prepare, names[at]), ArrayAnswers(values))
        ops = (missing, *learned.clips, learned.fill, learned.power, learned.affine, Cast(output))
        return Program(names[at], "number", "Float64", tuple(op for op in ops if op is not None))

    with threads(None if x.size >= LARGE else 1) as pool:
        programs = tuple(pool.map(fitted, range(len(names))))
    return Fitted(programs, output, None, (), (), f"datacheck {__version__}")
