"""Any callable from a matrix to an array: scikit-learn, xgboost, a remote service.

It shows no steps: which rows fail, which columns make them fail, and whether one row spoils others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays, Codes, Input, Substitute
from datacheck.errors import DataError

#: Methods that predict, by how much they show of a row.
METHODS = ("predict_proba", "decision_function", "predict")


class FunctionModel:
    """A callable from a matrix [n, k] to an array with n rows; `width` is k where it says so."""

    traces = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        name: str,
        width: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        self.name, self.runtime = name, name
        given = Input("matrix", (width,), np.dtype(np.float64), tuple(map(str, columns or ())))
        self.inputs: tuple[Input, ...] = (given,)
        self._function = function

    def run(self, arrays: Arrays) -> Arrays:
        """Call it; where it refuses the batch, row by row: a refused row gives NaN."""
        (matrix,) = arrays
        try:
            return [_array(self._function(matrix), len(matrix))]
        except (ValueError, FloatingPointError, ArithmeticError) as error:
            if np.isfinite(matrix).all():
                raise DataError(
                    f"{self.name} fails", got=f"{type(error).__name__}: {error}"
                ) from error
        return [self._rows_that_pass(matrix)]

    def _rows_that_pass(self, matrix: Any) -> Any:
        """A function that raises at a value that is not finite refuses those rows alone."""
        finite = np.isfinite(matrix).all(axis=1)
        out = np.full(len(matrix), np.nan)
        if finite.any():
            end = _array(self._function(matrix[finite]), int(finite.sum()))
            out = np.full((len(matrix), *end.shape[1:]), np.nan)
            out[finite] = end
        return out

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Not for a callable."""
        raise NotImplementedError

    def replaced(
        self, arrays: Arrays, at: int, operand: int, substitute: Substitute
    ) -> Arrays | None:
        """Not for a callable."""
        raise NotImplementedError


def function_of(model: Any) -> FunctionModel | None:
    """A callable, or an object with a method that predicts, as a model; None for anything else."""
    name = type(model).__name__
    width = getattr(model, "n_features_in_", None)
    columns = list(getattr(model, "feature_names_in_", ()))
    for method in METHODS:
        predicts = getattr(model, method, None)
        if callable(predicts):
            return FunctionModel(predicts, name=name, width=width, columns=columns)
    if callable(model):
        return FunctionModel(model, name=getattr(model, "__name__", name))
    return None


def _array(given: Any, rows: int) -> Any:
    array = np.asarray(given)
    if array.dtype == object or array.dtype.kind in "US":
        # Labels: a class is a class, and nothing of it can be NaN but NaN itself.
        array = np.array([_number(value) for value in array.reshape(-1)]).reshape(array.shape)
    if array.ndim == 0 or array.shape[0] != rows:
        raise DataError(
            "the callable's answer has other rows than its matrix",
            got=f"shape {array.shape}",
            expected=f"{rows} along the first axis",
            todo="give a function from a matrix [n, k] to an array with n rows",
        )
    return array


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
