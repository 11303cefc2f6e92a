"""The target of a diagnosis: the labels, laid out as a loss takes them, with the table's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.feed import Feed, as_array, from_arrays, from_frame, names_of
from datacheck.diagnosis.model import Input
from datacheck.errors import DataError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from datacheck.arrays import Floats
    from datacheck.diagnosis.model import Arrays


def labels_of(target: Any, frame: pl.DataFrame | None, name: str, rows: int) -> Feed:
    """The labels of so many rows, from columns or an array; raises `DataError` for others."""
    names = names_of(target)
    if names and frame is not None:
        cells = [frame[column] for column in names if column in frame.columns]
        whole = all(each.dtype.is_integer() and not each.null_count() for each in cells)
        dtype = np.dtype(np.int64 if whole else np.float32)
        return from_frame(frame, name, (Input("target", (len(names),), dtype),), names, None)
    if target is None or names:
        raise DataError(
            "a loss needs the labels",
            got="no target" if target is None else f"target={target!r} and no table",
            todo="give target: a column of the data, or an array with a label for each row",
        )
    array = as_array(target)
    if len(array) != rows:
        raise DataError(
            "the target has other rows than the data",
            got=f"{len(array):,} labels",
            expected=f"{rows:,}",
        )
    kind = np.dtype(np.int64) if array.dtype.kind in "iub" else np.dtype(np.float32)
    dtype = array.dtype if array.dtype.kind == "f" else kind
    return from_arrays([array], (Input("target", None, dtype),), None)


def as_answer(labels: Feed, matrix: Floats, ends: Arrays) -> NDArray[Any]:
    """Labels in the shape that a loss takes them in beside a model's answers.

    One column of labels stands as the answer does: a vector beside a vector, a column beside a
    column, and a vector of classes beside their scores.
    """
    (found,) = labels.arrays(matrix)
    if labels.frame is None or found.ndim != 2 or found.shape[1] != 1 or not ends:  # noqa: PLR2004
        return found
    answer = ends[0]
    classes = found.dtype.kind == "i" and answer.ndim > 1 and answer.shape[-1] > 1
    if classes or answer.ndim == 1:
        return found[:, 0]
    return found if answer.dtype.kind != "f" else found.astype(answer.dtype)
