"""Any callable from a matrix to an array: scikit-learn, xgboost, a remote service.

It shows no steps: which rows fail, which columns make them fail, and whether one row spoils others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from datacheck.diagnosis.arrays import as_array, wide
from datacheck.diagnosis.model import Arrays, Input, Unseen
from datacheck.errors import DatacheckError, DataError, first_line
from datacheck.gaps import is_missing

#: Methods that predict, by how much they show of a row.
METHODS = ("predict_proba", "decision_function", "predict", "transform")
#: Of rows that are refused together, so many are asked one by one: if each is refused, all are.
#: The first number is of rows whose cells are odd alike, the second of others.
ASKED = 8, 64


def _named(matrix: Any, given: Input) -> Any:
    """As it is, an array under the names that the model knows."""
    named = isinstance(matrix, np.ndarray) and given.table
    if not named or matrix.shape[1] != len(given.columns):
        return matrix
    return import_module("pandas").DataFrame(matrix, columns=list(given.columns))


def _narrowed(matrix: Any, given: Input) -> Any:  # noqa: ARG001
    """A frame without categories that no row has: a model may refuse one that it does not know."""
    if isinstance(matrix, np.ndarray) or not (matrix.dtypes == "category").any():
        return None
    frame = matrix.copy()
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def _unnamed(matrix: Any, given: Input) -> Any:
    """Numbers as an array."""
    if isinstance(matrix, np.ndarray):
        return matrix if given.table else None
    numbers = all(getattr(dtype, "kind", "O") in "fiub" for dtype in matrix.dtypes)
    return matrix.to_numpy(np.float64, na_value=np.nan) if numbers else None


def numbered(names: Sequence[str]) -> bool:
    """Whether names say no more than a place, as those of what was fitted on an array do."""
    return all(name.endswith(str(at)) for at, name in enumerate(names))


#: How a batch is handed over: the first way in which any row is answered is kept.
WAYS: tuple[Callable[[Any, Input], Any], ...] = (_named, _narrowed, _unnamed)
#: They take frames, so that one of theirs is refused for what is in it: codes for categories.
BOOSTERS = ("lightgbm", "xgboost", "catboost")


class FunctionModel(Unseen):
    """A callable from a matrix [n, k] to an array with n rows; `width` is k where it says so.

    One that takes a table instead (`table`) is given a frame of pandas with its own `columns`; it
    may be a method `of` a model.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        name: str,
        width: int | None = None,
        columns: Sequence[str] | None = None,
        table: bool = False,
        of: Any = None,
    ) -> None:
        self.name, self.runtime, self.of = name, name, of
        booster = type(of).__module__.partition(".")[0] in BOOSTERS and not numbered(columns or ())
        self._ways = WAYS[:-1] if booster else WAYS
        given = Input(
            "matrix", (width,), np.dtype(np.float64), tuple(map(str, columns or ())), table
        )
        self.inputs: tuple[Input, ...] = (given,)
        self._function = function
        self._way: Callable[[Any, Input], Any] | None = None

    def run(self, arrays: Arrays) -> Arrays:
        """Call it; where it refuses the batch, in parts: a refused row gives NaN."""
        (matrix,) = arrays
        found: list[tuple[Any, Arrays]] = []
        for way in self._ways if self._way is None else (self._way,):
            if way(matrix[:0], self.inputs[0]) is None:
                continue
            try:
                found = [(slice(None), self._asked(matrix, way))]
            except DatacheckError:
                raise
            except Exception:  # noqa: BLE001 - whatever a model raises
                found = list(self._answered(matrix, way))
            if found:
                self._way = way
                break
        if found and isinstance(found[0][0], slice):
            return found[0][1]
        first = found[0][1] if found else [np.empty(0)]
        return [_put(len(matrix), at, end, found) for at, end in enumerate(first)]

    def refusal(self, arrays: Arrays) -> str:
        """What it raises at the rows, in words; empty where it answers."""
        try:
            self._asked(arrays[0], self._way or _named)
        except Exception as error:  # noqa: BLE001 - whatever a model raises
            return said(error)
        return ""

    def _asked(self, matrix: Any, way: Callable[[Any, Input], Any]) -> Arrays:
        return _ends(self._function(way(matrix, self.inputs[0])), len(matrix))

    def _answered(
        self, matrix: Any, way: Callable[[Any, Input], Any]
    ) -> Iterator[tuple[Any, Arrays]]:
        """Rows that are answered together, and what they are; the others are refused."""

        def refuses(row: int) -> bool:
            try:
                self._asked(_rows(matrix, [row]), way)
            except Exception:  # noqa: BLE001 - whatever a model raises
                return True
            return False

        cells = _numbers(matrix)
        odd = np.isnan(cells) + 2 * (np.abs(cells) > np.finfo(np.float32).max)
        parts = [np.lexsort(odd.T[::-1])]
        while parts:
            rows = parts.pop()
            try:
                yield rows, self._asked(_rows(matrix, rows), way)
                continue
            except Exception:  # noqa: BLE001 - whatever a model raises
                same = odd[rows[0]].any() and (odd[rows] == odd[rows[0]]).all()
                asked = rows[:: max(1, len(rows) // ASKED[not same])]
            if len(rows) > 1 and not all(map(refuses, asked)):
                parts += [rows[: len(rows) // 2], rows[len(rows) // 2 :]]


def function_of(model: Any) -> FunctionModel | None:
    """A callable, or an object with a method that predicts, as a model; None for anything else."""
    name, owner = type(model).__name__, getattr(model, "__self__", model)
    columns = _feature_names(owner)
    width = getattr(owner, "n_features_in_", None) or len(columns) or None
    # What was fitted on a frame may ask for columns by name, and by their dtypes.
    table = bool(columns) and find_spec("pandas") is not None
    for method in METHODS:
        predicts = getattr(model, method, None)
        if callable(predicts):
            return FunctionModel(
                predicts, name=name, width=width, columns=columns, table=table, of=owner
            )
    if callable(model):
        called = getattr(model, "__name__", name)
        return FunctionModel(model, name=called, width=width, columns=columns, table=table)
    return None


#: Where estimators keep the names of their columns: scikit-learn, CatBoost, LightGBM.
NAMED_BY = ("feature_names_in_", "feature_names_", "feature_name")


def _feature_names(owner: Any) -> list[str]:
    for word in NAMED_BY:
        found = getattr(owner, word, None)
        if callable(found) and is_a(owner, "lightgbm", "Booster"):
            found = found()
        if isinstance(found, list | tuple | np.ndarray) and len(found):
            return [str(each) for each in found]
    return _of_formula(getattr(owner, "model", None))


def _of_formula(model: Any) -> list[str]:
    """The columns that a formula of statsmodels names, of those it was fitted on."""
    frame = getattr(getattr(model, "data", None), "frame", None)
    words = re.findall(r"\w+", str(getattr(model, "formula", "")).partition("~")[2])
    return [] if frame is None else [str(each) for each in frame.columns if str(each) in words]


def is_a(model: Any, module: str, name: str) -> bool:
    """Whether a model is of a framework's class, without importing the framework."""
    return any(
        base.__name__ == name and base.__module__.split(".")[0] == module
        for base in type(model).__mro__
    )


def _rows(matrix: Any, rows: Any) -> Any:
    """Some rows of an array or of a frame."""
    return matrix[rows] if isinstance(matrix, np.ndarray) else matrix.iloc[rows]


def _numbers(matrix: Any) -> Any:
    """The numbers among cells; any other cell counts as 0, or as NaN where it is missing."""
    if isinstance(matrix, np.ndarray):
        return matrix
    plain = [cells.dtype.kind in "fiub" for _, cells in matrix.items()]
    columns = [
        cells.to_numpy(np.float64, na_value=np.nan)
        if numbers
        else np.where(cells.isna(), np.nan, 0)
        for numbers, (_, cells) in zip(plain, matrix.items(), strict=True)
    ]
    return np.column_stack(columns)


def said(error: BaseException) -> str:
    r"""What was raised, in a line.

    >>> said(ValueError("Input X contains NaN.\nSVC does not accept missing values"))
    'ValueError: Input X contains NaN'
    """
    return f"{type(error).__name__}: {first_line(error)}"[:200].removesuffix(".")


def _put(rows: int, at: int, like: Any, found: list[tuple[Any, Arrays]]) -> Any:
    """One array of answers from parts; a row of none is NaN."""
    kind = np.result_type(np.float64, *(ends[at].dtype for _, ends in found))
    out = np.full((rows, *like.shape[1:]), np.nan, kind)
    for own, ends in found:
        out[own] = ends[at]
    return out


def _ends(given: Any, rows: int) -> Arrays:
    """What a callable gives: an array, or several in a tuple, a list or a dict."""
    if isinstance(given, dict):
        given = tuple(given.values())
    several = isinstance(given, tuple) or (
        isinstance(given, list) and all(np.shape(one)[:1] == (rows,) for one in given)
    )
    return [_array(one, rows) for one in (given if several else [given])]


def _array(given: Any, rows: int) -> Any:
    given = given.toarray() if hasattr(given, "toarray") else given  # sparse
    array = as_array(given) if hasattr(given, "detach") else wide(np.asarray(given))
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
    """A cell of an answer as a number: a missing one is NaN, and a class as good as 0."""
    if is_missing(value):
        return float("nan")
    return float(value) if isinstance(value, int | float | np.number) else 0.0
