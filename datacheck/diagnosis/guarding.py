"""`guard`: predict that never gives a NaN in silence.

Rows are prepared, the model runs, and a row whose input or answer is not finite is an error with
its row, its column and what to do, or it is masked. Weights are looked at once. What a runtime
hides on the way, such as a NaN in a comparison, is not looked at: `diagnose` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags
from datacheck.diagnosis.engine import findings_of
from datacheck.diagnosis.feed import Feed, feed
from datacheck.diagnosis.model import Model, end_is_bad
from datacheck.diagnosis.opening import open_model
from datacheck.diagnosis.prepared import loaded, prepared_feed
from datacheck.diagnosis.serving import served
from datacheck.diagnosis.tensorflowjs import NodeModel
from datacheck.errors import ArtefactError, DataError, PredictionError, must_be_known
from datacheck.report import Finding

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform


#: Rows beside a failed one that the search for its cause is given.
COMPANY = 64
BAD = ("error", "mask")


def guard(
    model: Any,
    transform: Transform | str | Path | None = None,
    *,
    inputs: Sequence[str] | None = None,
    allow_missing: bool = False,
    trust: bool = False,
) -> Guard:
    """Guard a model's predictions.

    Parameters
    ----------
    model
        As for `diagnose`: an ONNX session, model or path, a torch or Keras model, a fitted
        estimator, or any callable from a matrix [n, k] to an array with n rows.
    transform
        The fitted transform before the model, or its path.
    inputs
        The columns in the model's order; all that hold numbers if None.
    allow_missing
        The model itself takes NaN, as xgboost does: only its answers are looked at.
    trust
        Whether a model's file may run code while it loads.

    Returns
    -------
    Guard
        With a method `predict`.

    Raises
    ------
    ArtefactError
        If the model cannot be opened, or a weight of it is not finite.
    """
    opened = open_model(model, trust=trust)
    if isinstance(opened, NodeModel):
        raise ArtefactError(
            "a model of TensorFlow.js predicts in JavaScript",
            todo="use predict of the exported module there",
        )
    find = getattr(opened, "spoilt_weight", None)
    spoilt = find() if find is not None else None
    if spoilt is not None:
        raise ArtefactError(
            f"the weight {spoilt!r} of {opened.name} holds nan",
            expected="finite numbers",
            todo="load an earlier checkpoint, or train again behind a training guard",
        )
    return Guard(opened, transform, inputs=inputs, allow_missing=allow_missing)


class Guard:
    """A model whose answers are looked at. Made by `guard`."""

    def __init__(
        self,
        model: Model,
        transform: Transform | str | Path | None,
        *,
        inputs: Sequence[str] | None,
        allow_missing: bool,
    ) -> None:
        self._transform = None if transform is None else loaded(transform)
        self._model, self._inputs, self._allow = model, inputs, allow_missing

    def predict(self, data: Any, *, bad: str = "error") -> Any:
        """Predict.

        Parameters
        ----------
        data
            As for `diagnose`.
        bad
            ``error``: the first row that fails is an error. ``mask``: such rows are masked, those
            that the transform refuses too.

        Returns
        -------
        numpy.ndarray
            The answers, rows first; a list of arrays where the model gives several. With ``mask``,
            masked arrays.

        Raises
        ------
        PredictionError
            Naming the row, the column and what to do.
        """
        must_be_known(bad, BAD, f"there is no {bad!r} for bad rows", DataError)
        straight = self._straight(data) if bad == "error" else None
        if straight is not None:
            return straight
        fed, refusing = self._fed(data, masked=bad == "mask")
        cast = fed.cast()
        refused = _holed(cast) & (not self._allow)
        refused[refusing] = True
        with np.errstate(all="ignore"):
            ends = served(self._model, fed) if len(cast) else [np.zeros(0)]
        failed = refused | end_is_bad(ends, len(cast))
        if failed.any() and bad == "error":
            raise self._refusal(fed, cast, failed)
        if bad == "mask":
            ends = [_masked(end, failed) for end in ends]
        return ends[0] if len(ends) == 1 else ends

    __call__ = predict

    def __repr__(self) -> str:
        before = "" if self._transform is None else f" behind {self._transform!r}"
        return f"<Guard of {self._model.name}{before}>"

    def _straight(self, data: Any) -> Any:
        """The answers to one array as the model takes it; None where anything is out of order."""
        if self._transform is not None or not isinstance(data, np.ndarray) or not len(data):
            return None
        one = self._model.inputs[0]
        width = None if data.ndim == 1 else int(np.prod(data.shape[1:], dtype=np.int64))
        fits = len(self._model.inputs) == 1 and data.dtype == one.dtype and data.dtype.kind == "f"
        if not fits or width is None or width != (one.width or width):
            return None
        with np.errstate(all="ignore"):
            if not np.isfinite(data.sum()):
                return None
            ends = self._model.run([np.ascontiguousarray(data)])
            if not all(np.isfinite(end.sum()) for end in ends if end.dtype.kind in "fc"):
                return None
        return ends[0] if len(ends) == 1 else ends

    def _fed(self, data: Any, *, masked: bool) -> tuple[Feed, list[int]]:
        """What the model is fed, and the rows that the transform refuses."""
        if self._transform is None:
            return feed(data, self._model, self._inputs, None), []
        return prepared_feed(self._model, data, self._transform, self._inputs, masked=masked)

    def _refusal(self, fed: Feed, cast: NDArray[Any], failed: Flags) -> PredictionError:
        """The error of the first row that failed, its cause as `diagnose` finds it."""
        row = int(np.flatnonzero(failed)[0])
        found = self._found(fed, row, failed)
        many = int(failed.sum())
        others = f" (and {many - 1:,} more)" if many > 1 else ""
        column = found.column if found is not None else None
        if found is None:
            holes = np.flatnonzero(~np.isfinite(cast[row]))
            column = fed.columns[int(holes[0])] if len(holes) else None
        where = f"row {row}{others}" + (f", column {column!r}" if column else "")
        return PredictionError(
            f"{self._model.name} has no number for {where}",
            got=found.message if found is not None else "an input that is not finite",
            expected="finite inputs and finite answers",
            todo=found.remedy if found is not None else "impute it, or allow_missing=True",
            row=row,
            column=column,
        )

    def _found(self, fed: Feed, row: int, failed: Flags) -> Finding | None:
        # Of a batch whose rows mix all may have failed, and a row alone may be no batch.
        company = np.flatnonzero(~failed) if not failed.all() else np.arange(row + 1, len(failed))
        rows = np.concatenate([[row], company[:COMPANY]]).astype(np.int64)
        frame = None if fed.frame is None else fed.frame[rows.tolist()]
        few = replace(fed, matrix=fed.matrix[rows], frame=frame, places=rows.tolist())
        found = [each for each in findings_of(self._model, few, None) if row in each.rows]
        return found[0] if found else None


def _holed(cast: NDArray[Any]) -> Flags:
    """By row, whether an input is not finite; the sum of numbers that is finite proves them so."""
    if np.isfinite(cast.sum()):
        return np.zeros(len(cast), bool)
    found: Flags = ~np.isfinite(cast).all(axis=1)
    return found


def _masked(end: NDArray[Any], failed: Flags) -> Any:
    mask = np.zeros(end.shape, bool)
    mask[failed] = True
    return np.ma.MaskedArray(end, mask)
