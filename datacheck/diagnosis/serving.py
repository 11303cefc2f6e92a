"""The plain run of a model, and what is told where it raises instead of answering."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Floats
from datacheck.columns import bare
from datacheck.diagnosis.feed import Feed, known_columns
from datacheck.diagnosis.functions import FunctionModel, numbered, said
from datacheck.diagnosis.model import Arrays, Model
from datacheck.errors import DatacheckError, DataError, PredictionError

#: How many columns an error tells the types of, and how many it names.
FEW, MANY = 4, 20


def served(model: Model, feed: Feed) -> Arrays:
    """What the model answers as it serves; a `PredictionError` names a row that it raises at."""
    try:
        ends = model.run(feed.arrays(feed.matrix))
        if isinstance(model, FunctionModel) and all(np.isnan(end).all() for end in ends):
            raised = model.refusal(feed.arrays(np.nan_to_num(_typical(feed))[np.newaxis]))
            if raised and model.refusal(feed.arrays(feed.matrix[:1])):
                raise _unfit(model, feed, raised)
    except Exception as raised:
        error = raised.__cause__ if isinstance(raised, DatacheckError) else raised
        if error is None:  # our own word
            raise
        got = said(error)
        row = _first(model, feed)
        if row is None:
            raise _unfit(model, feed, got) from error
        column = _column(model, feed, row)
        cell = "" if column is None else f", column {column!r}: {feed.cell(row, column)!r}"
        where = f"row {row}{cell}"
        raise PredictionError(
            f"{model.name} raises at {where}",
            got=got,
            expected="a value that the model knows: an index may lie beyond its table",
            todo="mend the value, or leave the row out",
            row=row,
            column=column,
        ) from error
    if not ends:
        raise DataError(
            f"the answer of {model.name} holds no array",
            expected="an array, or several in a tuple, a list or a dict",
            todo="give a function that returns the array to be looked at",
        )
    return ends


def _unfit(model: Model, feed: Feed, got: str) -> DataError:
    todo = "name the columns in the model's order with inputs=[...] (--inputs A B C)"
    named = [name for given in model.inputs for name in given.columns]
    if feed.own is not None and feed.frame is not None and (feed.words or not numbered(named)):
        kinds = [
            (name, str(bare(feed.frame[name]).dtype).partition("(")[0]) for name in feed.columns
        ]
        of = ", ".join([f"{name!r} is {kind}" for name, kind in kinds if kind != "Float64"][:FEW])
        here = f" (here {of})" if of else ""
        todo = (
            f"give a table of the types that the model was fitted on{here}: text of a CSV is "
            "no category, astype('category') of pandas is, and parquet keeps those of text; "
            f"or {todo}"
        )
    elif feed.frame is not None and isinstance(model, FunctionModel) and feed.own is None:
        todo += "; a function is given an array: lambda m: f(pandas.DataFrame(m, columns=[...]))"
    if got.startswith("NotFittedError"):
        todo = "fit the model before it is asked"
    return DataError(
        f"{model.name} does not run on the {len(feed.columns)} columns of {feed.name}",
        got=got,
        expected=", ".join(map(repr, known_columns(model.inputs)[:MANY]))
        or ", ".join(f"{each.name} {each.shape or ''}" for each in model.inputs),
        todo=todo,
    )


def _passes(model: Model, feed: Feed, matrix: NDArray[Any]) -> bool:
    try:
        model.run(feed.arrays(matrix))
    except Exception:  # noqa: BLE001 - whatever a model raises
        return False
    return True


def _first(model: Model, feed: Feed) -> int | None:
    """The first row that the model raises at, by halves; None if no row passes."""
    low, high = 0, len(feed.matrix)
    while high - low > 1:
        middle = (low + high) // 2
        if _passes(model, feed, feed.matrix[low:middle]):
            low = middle
        else:
            high = middle
    others = [at for at in (0, len(feed.matrix) - 1, len(feed.matrix) // 2) if at != low]
    passes = any(_passes(model, feed, feed.matrix[at : at + 1]) for at in others)
    return low if passes else None


def _column(model: Model, feed: Feed, row: int) -> str | None:
    """The column whose typical value lets the row pass."""
    typical = _typical(feed)
    for at, name in enumerate(feed.columns):
        other = feed.matrix[[row]].copy()
        other[0, at] = typical[at]
        if _passes(model, feed, other):
            return str(name)
    return None


def _typical(feed: Feed) -> Floats:
    """The median of each column, one of its own cells."""
    order = np.argsort(feed.matrix, axis=0, kind="stable")
    found: Floats = np.take_along_axis(feed.matrix, order[[len(feed.matrix) // 2]], axis=0)[0]
    return found
