"""How columns go together in another way than in the reference, though each be as before.

``drift.relation`` compares the rank correlations of features and target in both tables by Fisher's
z; of a text those of each of its commoner kinds, which a row is of or not.

``drift.joint``, on request, asks a classifier of which table a row is that it has not seen (Lopez-
Paz and Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017), and what it needs for that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.columns import bare, doubles, is_text
from datacheck.findings.folds import SEED, features, out_of_fold
from datacheck.findings.leak_rules import auc, ranks_of
from datacheck.findings.statistics import column_alpha
from datacheck.findings.targets import CLASSES, classes_of, targets
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.text import chance, shown_name, shown_value, some

#: Correlations must differ by so much, each among so many rows at least.
EFFECT, ENOUGH = 0.2, 30
#: Kinds of a text that are looked at: the commonest in the reference.
KINDS = 20
#: The variance of Fisher's z of rank correlations, in parts of that of plain ones (Fieller 1957).
_OF_RANKS = 1.06


def changed_relations(
    reference: pl.DataFrame, data: pl.DataFrame, profile: Profile
) -> Iterator[Finding]:
    """``drift.relation`` of the features, by rows of both tables; the profile is the data's."""
    alpha = column_alpha(len(profile.columns)) / 2
    for target in targets(profile):
        if target.name not in reference.columns or target.name not in data.columns:
            continue
        kinds = classes_of(target)
        if kinds is not None and len(kinds) > CLASSES:
            continue
        for name, column in profile.columns.items():
            judged = column.role in (None, "feature") and column.kind in _JUDGED
            if not judged or name not in reference.columns or name not in data.columns:
                continue
            found = _changed(reference, data, name, target.name, classes=kinds is not None)
            if found is not None and found.p < alpha:
                yield _relation_finding(name, target.name, column.count, found)


_JUDGED = ("number", "boolean", "text")


class _Change(NamedTuple):
    """Rank correlations with the target before and now, and the p-value; of a text, which kind."""

    before: float
    now: float
    p: float
    kind: object = None


def _changed(
    reference: pl.DataFrame, data: pl.DataFrame, name: str, target: str, *, classes: bool
) -> _Change | None:
    """Both correlations where they differ most; None where they do not."""
    worst: _Change | None = None
    given = [bare(side[name]) for side in (reference, data)]
    asked = _of_one_kind([bare(side[target]) for side in (reference, data)])
    kinds = _all_but_one(_common(given[0])) if given[0].dtype == given[1].dtype else [None]
    labels = _all_but_one(asked[0].drop_nulls().unique().sort().to_list()) if classes else [None]
    for kind, label in product(kinds, labels):
        found = [
            _correlation(_quantity(cells, kind), _quantity(y, label))
            for cells, y in zip(given, asked, strict=True)
        ]
        (before, rows), (now, others) = found
        if min(rows, others) < ENOUGH or abs(now - before) < EFFECT:
            continue
        spread = math.sqrt(_OF_RANKS * (1 / (rows - 3) + 1 / (others - 3)))
        z = abs(_fisher(now) - _fisher(before)) / spread
        p = min(1.0, math.erfc(z / math.sqrt(2)) * len(kinds) * len(labels))
        if worst is None or p < worst.p:
            worst = _Change(before, now, p, kind)
    return worst


def _of_one_kind(sides: list[pl.Series]) -> list[pl.Series]:
    """Targets whose classes can be compared: numbers as numbers, all else as texts."""
    if sides[0].dtype == sides[1].dtype or all(side.dtype.is_numeric() for side in sides):
        return sides
    # What no text stands for is of no class.
    return [
        pl.Series(side.name, [None] * len(side), side.dtype)
        if side.dtype.is_nested() or side.dtype == pl.Object
        else side.cast(pl.String, strict=False)
        for side in sides
    ]


def _common(cells: pl.Series) -> list[object]:
    """The commonest kinds of a text; None where cells are numbers and stand for themselves."""
    if not is_text(cells.dtype):
        return [None]
    kinds = cells.alias("kind").drop_nulls().cast(pl.String)
    often = kinds.value_counts(name="rows").filter(pl.col("rows") >= ENOUGH)
    return often.sort(["rows", "kind"], descending=[True, False])["kind"].to_list()[:KINDS]


def _all_but_one(kinds: list[object]) -> list[object]:
    """Of two kinds, one says all."""
    return kinds[1:] if len(kinds) == 2 else kinds  # noqa: PLR2004


def _fisher(correlation: float) -> float:
    return math.atanh(max(-0.999, min(0.999, correlation)))


def _quantity(cells: pl.Series, label: object) -> Floats | None:
    """A column as a number: itself, or whether it is of a class or kind; None for any other."""
    if label is not None:
        return doubles(cells == label)
    return doubles(cells) if cells.dtype.is_numeric() or cells.dtype == pl.Boolean else None


def _correlation(cells: Floats | None, values: Floats | None) -> tuple[float, int]:
    if cells is None or values is None:
        return 0.0, 0
    seen = np.isfinite(cells) & np.isfinite(values)
    if seen.sum() < ENOUGH or np.ptp(cells[seen]) == 0 or np.ptp(values[seen]) == 0:
        return 0.0, 0
    found = np.corrcoef(ranks_of(cells[seen]), ranks_of(values[seen]))[0, 1]
    return float(found), int(seen.sum())


def _relation_finding(name: str, target: str, count: int, found: _Change) -> Finding:
    before, now, p, kind = found
    whose = "Its relation" if kind is None else f"The relation of {shown_value(kind)}"
    return Finding(
        code="drift.relation",
        severity="warning",
        column=name,
        count=count,
        message=f"{whose} to {shown_name(target)} has changed: a rank correlation of "
        f"{now:.2f}, {before:.2f} in the reference ({chance(p)}).",
        remedy="Find out what changed, the feature or the target; a model of the reference is "
        "wrong here, and must be trained anew.",
        evidence={"target": target, "reference": before, "data": now, "p": p, "kind": kind},
    )


#: Rows of each table that take part, at least and at most.
LEAST_ROWS, MOST_ROWS = 50, 10_000
#: Tables are told apart from this AUC on, if chance is so many standard deviations away.
AUC, SURE = 0.6, 4.0
#: A column gives them away if the AUC falls by this part of what it is above a half without it.
PART = 0.1
_NAMED = 5
_NO_FEATURES = ("id", "time", "weight", "ignore", "group")


def joint_drift(reference: pl.DataFrame, data: pl.DataFrame, profile: Profile) -> list[Finding]:
    """``drift.joint`` of rows of both tables, but for what names or counts rows."""
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
