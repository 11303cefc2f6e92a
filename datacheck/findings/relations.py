"""Features whose relation to the target has changed: ``drift.relation``.

Each side can be distributed as before, and a model still be wrong: what was high with the target is
low with it now. The rank correlations of both tables are compared by Fisher's z.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from datacheck.columns import bare, doubles
from datacheck.findings.leak_rules import ranks_of
from datacheck.findings.statistics import column_alpha
from datacheck.findings.targets import CLASSES, classes_of, targets
from datacheck.report.finding import Finding
from datacheck.text import chance, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.model import Profile

    Floats = NDArray[np.float64]

#: Correlations must differ by so much, each among so many rows at least.
EFFECT, ENOUGH = 0.2, 30
#: The variance of Fisher's z of rank correlations, in parts of that of plain ones (Fieller 1957).
_OF_RANKS = 1.06


def changed_relations(
    reference: pl.DataFrame, data: pl.DataFrame, profile: Profile
) -> Iterator[Finding]:
    """``drift.relation`` of the features of numbers.

    Parameters
    ----------
    reference, data
        Rows of both tables.
    profile
        The data's, with roles.
    """
    alpha = column_alpha(len(profile.columns)) / 2
    for target in targets(profile):
        if target.name not in reference.columns or target.name not in data.columns:
            continue
        kinds = classes_of(target)
        if kinds is not None and len(kinds) > CLASSES:
            continue
        for name, column in profile.columns.items():
            judged = column.role in (None, "feature") and column.kind in ("number", "boolean")
            if not judged or name not in reference.columns or name not in data.columns:
                continue
            found = _changed(reference, data, name, target.name, classes=kinds is not None)
            if found is not None and found[2] < alpha:
                yield _relation_finding(name, target.name, column.rows - column.missing, found)


def _changed(
    reference: pl.DataFrame, data: pl.DataFrame, name: str, target: str, *, classes: bool
) -> tuple[float, float, float] | None:
    """Both correlations where they differ most, and the p-value; None where they do not."""
    worst: tuple[float, float, float] | None = None
    sides = [(_numbers(side[name]), side[target]) for side in (reference, data)]
    if any(each is None for each, _ in sides):
        return None
    labels: list[object] = sides[0][1].drop_nulls().unique().sort().to_list() if classes else [None]
    # Of two classes, one says all.
    labels = labels[1:] if len(labels) == 2 else labels  # noqa: PLR2004
    for label in labels:
        found = [_correlation(cells, _quantity(y, label)) for cells, y in sides]
        (before, rows), (now, others) = found
        if min(rows, others) < ENOUGH or abs(now - before) < EFFECT:
            continue
        spread = math.sqrt(_OF_RANKS * (1 / (rows - 3) + 1 / (others - 3)))
        z = abs(_fisher(now) - _fisher(before)) / spread
        p = min(1.0, math.erfc(z / math.sqrt(2)) * len(labels))
        if worst is None or p < worst[2]:
            worst = before, now, p
    return worst


def _fisher(correlation: float) -> float:
    return math.atanh(max(-0.999, min(0.999, correlation)))


def _numbers(cells: pl.Series) -> Floats | None:
    import polars as pl

    if not (cells.dtype.is_numeric() or cells.dtype == pl.Boolean):
        return None
    return doubles(cells)


def _quantity(cells: pl.Series, label: object) -> Floats | None:
    """The target as a number: itself, or whether it is of a class."""
    return _numbers(cells) if label is None else doubles(bare(cells) == label)


def _correlation(cells: Floats | None, values: Floats | None) -> tuple[float, int]:
    if cells is None or values is None:
        return 0.0, 0
    seen = np.isfinite(cells) & np.isfinite(values)
    if seen.sum() < ENOUGH or np.ptp(cells[seen]) == 0 or np.ptp(values[seen]) == 0:
        return 0.0, 0
    found = np.corrcoef(ranks_of(cells[seen]), ranks_of(values[seen]))[0, 1]
    return float(found), int(seen.sum())


def _relation_finding(
    name: str, target: str, count: int, found: tuple[float, float, float]
) -> Finding:
    before, now, p = found
    return Finding(
        code="drift.relation",
        severity="warning",
        column=name,
        count=count,
        message=f"Its relation to {shown_name(target)} has changed: a rank correlation of "
        f"{now:.2f}, {before:.2f} in the reference ({chance(p)}).",
        remedy="Find out what changed, the feature or the target; a model of the reference is "
        "wrong here, and must be trained anew.",
        evidence={"target": target, "reference": before, "data": now, "p": p},
    )
