"""Causes in a model that shows no steps: its rows and columns are all that can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.causes import Cause, input_groups
from datacheck.diagnosis.columns import ColumnSearch, responsible_inputs

if TYPE_CHECKING:
    from datacheck.diagnosis.trials import Matrix, Trials


def causes_without_steps(trials: Trials, matrix: Matrix, rows: Any, kinds_of: Any) -> list[Cause]:
    """By row: inputs that are not finite if the rest is well without them, else columns."""
    odd = ~np.isfinite(matrix[rows]).all(axis=1)
    causes = _inputs(trials, matrix, rows[odd], kinds_of) if odd.any() else []
    if odd.any():
        mended = np.where(np.isfinite(matrix[rows[odd]]), matrix[rows[odd]], trials.center)
        still = trials.bad(mended)
        causes += _columns(trials, mended[still], rows[odd][still])
    return causes + _columns(trials, matrix[rows[~odd]], rows[~odd])


def _inputs(trials: Trials, matrix: Matrix, rows: Any, kinds_of: Any) -> list[Cause]:
    found = responsible_inputs(trials, matrix[rows])
    groups = input_groups(rows.tolist(), found, kinds_of)
    return [Cause("nan.input", cause, own, columns, how) for cause, columns, how, own in groups]


def _columns(trials: Trials, matrix: Matrix, rows: Any) -> list[Cause]:
    if not len(rows):
        return []
    found = ColumnSearch(trials, None).of(matrix)
    return [
        Cause(
            "nan.op", "function", [int(row)], each.columns if each else (), each.how if each else ""
        )
        for row, each in zip(rows, found, strict=True)
    ]
