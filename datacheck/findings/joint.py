"""Two tables that a model tells apart: ``drift.joint``, on request.

Each column may be distributed as before, and their combination still be another. A classifier that
has not seen a row says which of the tables it is of (Lopez-Paz and Oquab, "Revisiting Classifier
Two-Sample Tests", ICLR 2017); what it needs for that is told.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.findings.folds import SEED, features, out_of_fold
from datacheck.findings.leak_rules import auc
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.text import shown_name, some

#: Rows of each table that take part, at least and at most.
LEAST_ROWS, MOST_ROWS = 50, 10_000
#: Tables are told apart from this AUC on, if chance is so many standard deviations away.
AUC, SURE = 0.6, 4.0
#: A column gives them away if the AUC falls by this part of what it is above a half without it.
PART = 0.1
_NAMED = 5
_NO_FEATURES = ("id", "time", "weight", "ignore", "group")


def joint_drift(reference: pl.DataFrame, data: pl.DataFrame, profile: Profile) -> list[Finding]:
    """``drift.joint`` of rows of both tables; a `MissingExtraError` says that scikit-learn lacks.

    The profile is the data's, with roles: what names rows or counts them on tells any two tables
    apart.
    """
    names = [
        name
        for name, column in profile.columns.items()
        if column.role not in _NO_FEATURES
        and name in data.columns
        and name in reference.columns
        and _alike(reference[name].dtype, data[name].dtype)
    ]
    sides = [_some(side.select(names)) for side in (reference, data)]
    if not names or min(side.height for side in sides) < LEAST_ROWS:
        return []
    cells, used = features(pl.concat(sides, how="vertical_relaxed"), names)
    if not used:
        return []
    labels = np.repeat([0, 1], [side.height for side in sides])
    falls = _Falls(cells, labels)
    chances = out_of_fold(cells, labels, "telling two tables apart", falls.add)
    score = auc(chances[:, 1], labels == 1)
    few, many = sorted(side.height for side in sides)
    spread = math.sqrt((few + many + 1) / (12 * few * many))
    if score < max(AUC, 0.5 + SURE * spread):
        return []
    fallen = {name: float(fall) for name, fall in zip(used, falls.mean, strict=True)}
    ranked = sorted(fallen, key=lambda name: -fallen[name])
    telling = [name for name in ranked if fallen[name] >= PART * (score - 0.5)] or ranked[:1]
    return [_joint_finding(profile.rows, score, {name: fallen[name] for name in telling})]


def _alike(one: pl.DataType, other: pl.DataType) -> bool:
    """Whether two columns can stand below each other."""
    return one == other or (one.is_numeric() and other.is_numeric())


def _some(rows: pl.DataFrame) -> pl.DataFrame:
    step = max(1, -(-rows.height // MOST_ROWS))
    return rows.gather_every(step)


class _Falls:
    """How far the AUC falls where a column is mixed among the rows that a model has not seen."""

    def __init__(self, cells: Floats, labels: Ints) -> None:
        self._cells, self._labels = cells, labels
        self._random = np.random.default_rng(SEED)
        self._seen: list[Floats] = []

    def add(self, model: Any, rows: Ints) -> None:
        cells, one = self._cells[rows], self._labels[rows] == 1
        whole = auc(model.predict_proba(cells)[:, 1], one)
        falls = np.zeros(cells.shape[1])
        for column in range(cells.shape[1]):
            mixed = cells.copy()
            mixed[:, column] = self._random.permutation(cells[:, column])
            falls[column] = whole - auc(model.predict_proba(mixed)[:, 1], one)
        self._seen.append(falls)

    @property
    def mean(self) -> Floats:
        found: Floats = np.mean(self._seen, axis=0)
        return found


def _joint_finding(rows: int, score: float, columns: dict[str, float]) -> Finding:
    named = some(list(columns), _NAMED, shown=shown_name)
    return Finding(
        code="drift.joint",
        severity="warning",
        count=rows,
        message=f"A model tells this table's rows from the reference's with an AUC of {score:.3f} "
        f"on rows that it has not seen; by {named}.",
        remedy="Look at how these columns go together in both tables: a model of the reference "
        "meets other rows here than it has learned from.",
        evidence={"auc": score, "columns": columns},
    )
