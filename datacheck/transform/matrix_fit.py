"""Fitting one preparation to every column of a matrix, for the scikit-learn estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from datacheck.errors import DataError
from datacheck.ops import Cast, Fitted, Missing, Program
from datacheck.schema.normal import missing_of
from datacheck.threads import threads
from datacheck.transform.arrays import run
from datacheck.transform.learn import INFINITE, learn_number
from datacheck.transform.matrix import LARGE, by_columns
from datacheck.transform.statistics import ArrayAnswers, ask
from datacheck.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.arrays import Floats
    from datacheck.schema import Prepare


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
