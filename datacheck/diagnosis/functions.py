"""Any callable from a matrix to an array: scikit-learn, xgboost, a remote service.

It shows no steps: which rows fail, which columns make them fail, and whether one row spoils others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays, Codes, Input, Substitute
from datacheck.errors import DatacheckError, DataError, first_line

#: Methods that predict, by how much they show of a row.
METHODS = ("predict_proba", "decision_function", "predict")
#: Of rows that are refused together, so many are asked one by one: if each is refused, all are.
#: The first number is of rows whose cells are odd alike, the second of others.
ASKED = 8, 64


class FunctionModel:
    """A callable from a matrix [n, k] to an array with n rows; `width` is k where it says so.

    One that takes a table instead (`table`) is given a frame of pandas with its own `columns`.
    """

    traces = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        name: str,
        width: int | None = None,
        columns: Sequence[str] | None = None,
        table: bool = False,
    ) -> None:
        self.name, self.runtime = name, name
        given = Input(
            "matrix", (width,), np.dtype(np.float64), tuple(map(str, columns or ())), table
        )
        self.inputs: tuple[Input, ...] = (given,)
        self._function = function

    def run(self, arrays: Arrays) -> Arrays:
        """Call it; where it refuses the batch, in parts: a refused row gives NaN."""
        (matrix,) = arrays
        try:
            return [self._answer(matrix)]
        except DatacheckError:
            raise
        except Exception:  # noqa: BLE001 - whatever a model raises
            ends = list(self._answered(matrix))
        kind = np.result_type(np.float64, *(end.dtype for _, end in ends))
        shape = ends[0][1].shape[1:] if ends else ()
        out = np.full((len(matrix), *shape), np.nan, kind)
        for rows, end in ends:
            out[rows] = end
        return [out]

    def refusal(self, arrays: Arrays) -> str:
        """What it raises at the rows, in words; empty where it answers."""
        try:
            self._answer(arrays[0])
        except Exception as error:  # noqa: BLE001 - whatever a model raises
            return said(error)
        return ""

    def _answer(self, matrix: Any) -> Any:
        given = self.inputs[0]
        if given.table and matrix.shape[1] == len(given.columns):
            frame = import_module("pandas").DataFrame(matrix, columns=list(given.columns))
            return _array(self._function(frame.infer_objects()), len(matrix))
        return _array(self._function(matrix), len(matrix))

    def _answered(self, matrix: Any) -> Iterator[tuple[Any, Any]]:
        """Rows that are answered together, and what they are; the others are refused.

        Rows whose cells are odd alike stand together, so that a refusal is a few long parts.
        """
        cells = _numbers(matrix)
        odd = np.isnan(cells) + 2 * (np.abs(cells) > np.finfo(np.float32).max)
        parts = [np.lexsort(odd.T[::-1])]
        while parts:
            rows = parts.pop()
            try:
                yield rows, self._answer(matrix[rows])
                continue
            except Exception:  # noqa: BLE001 - whatever a model raises
                same = odd[rows[0]].any() and (odd[rows] == odd[rows[0]]).all()
                asked = rows[:: max(1, len(rows) // ASKED[not same])]
            if len(rows) > 1 and not all(self.refusal([matrix[[row]]]) for row in asked):
                parts += [rows[: len(rows) // 2], rows[len(rows) // 2 :]]

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
    name, owner = type(model).__name__, getattr(model, "__self__", model)
    width = getattr(owner, "n_features_in_", None)
    columns = list(getattr(owner, "feature_names_in_", ()))
    # scikit-learn's estimators that were fitted on a frame may ask for columns by name.
    fitted_on_frame = is_a(owner, "sklearn", "BaseEstimator") and bool(columns)
    table = fitted_on_frame and find_spec("pandas") is not None
    for method in METHODS:
        predicts = getattr(model, method, None)
        if callable(predicts):
            return FunctionModel(predicts, name=name, width=width, columns=columns, table=table)
    if callable(model):
        called = getattr(model, "__name__", name)
        return FunctionModel(model, name=called, width=width, columns=columns, table=table)
    return None


def is_a(model: Any, module: str, name: str) -> bool:
    """Whether a model is of a framework's class, without importing the framework."""
    return any(
        base.__name__ == name and base.__module__.split(".")[0] == module
        for base in type(model).__mro__
    )


def _numbers(matrix: Any) -> Any:
    """The numbers among cells; a text counts as 0."""
    if matrix.dtype != object:
        return matrix
    return np.array([[0.0 if isinstance(c, str) else c for c in row] for row in matrix], float)


def said(error: BaseException) -> str:
    r"""What was raised, in a line.

    >>> said(ValueError("Input X contains NaN.\nSVC does not accept missing values"))
    'ValueError: Input X contains NaN'
    """
    return f"{type(error).__name__}: {first_line(error)}"[:200].removesuffix(".")


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
