"""Findings about rows on request: odd as a whole (``outlier.row``), or nearly another row.

An isolation forest needs scikit-learn and a pass over the rows, so no profile can find odd ones. Of
a few categories most rows are another's but for a cell (``row.near_duplicate``): how often two rows
agree in a column is known from the profile, and how often they are as near as those that were found
from a sample. What chance explains is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import col, doubles
from datacheck.errors import MissingExtraError
from datacheck.findings.folds import SEED
from datacheck.findings.repeats import agreement, chance_said, gravity_of
from datacheck.profiling.model import Profile
from datacheck.report.finding import LISTED, Finding
from datacheck.rows.near import Near
from datacheck.severity import Severity
from datacheck.source import collect
from datacheck.text import agree, shown_name, some

#: Rows that the forest grows on; all rows are scored.
GROWN_ON = 100_000
TREES = 200
#: A score is odd this many times as far from the median as the 90% quantile. The scores are bounded
#: and skewed: a thousand normal rows reach 3.0 times, one cell in ten may be odd without moving it.
REACH = 3.2
_LEAST_ROWS, _LEAST_COLUMNS = 50, 2


def outlying_rows(frame: pl.LazyFrame) -> Finding | None:
    """``outlier.row``: the rows that an isolation forest parts from the others far too soon.

    Liu, Ting and Zhou, "Isolation Forest", ICDM 2008. The columns of numbers take part. Missing
    cells stand at their column's median, and columns are compared by ranks of splits, so no scaling
    is needed. The scores are in ``values``; a `MissingExtraError` says that scikit-learn lacks.
    """
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError as error:
        raise MissingExtraError("sklearn", "finding odd rows") from error
    cells = _cells(frame)
    if cells.shape[0] < _LEAST_ROWS or cells.shape[1] < _LEAST_COLUMNS:
        return None
    step = max(1, len(cells) // GROWN_ON)
    forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(cells[::step])
    scores: Floats = -forest.score_samples(cells)
    middle, high = (float(score) for score in np.quantile(scores, [0.5, 0.9]))
    limit = middle + REACH * (high - middle)
    odd = np.flatnonzero(scores > limit)
    if not len(odd):
        return None
    return Finding(
        code="outlier.row",
        severity="warning",
        count=len(odd),
        rows=tuple(int(row) for row in odd[:LISTED]),
        values=tuple(float(score) for score in scores[odd[:LISTED]]),
        message=f"{len(odd):,} rows are far from all others when their columns are taken together.",
        remedy="Look at the rows: each value may be usual, and their combination not.",
        evidence={"limit": limit, "median_score": middle, "columns": cells.shape[1]},
    )


def _cells(frame: pl.LazyFrame) -> Floats:
    """The columns of numbers, shape (rows, columns), holes at the median."""
    names = [name for name, dtype in frame.collect_schema().items() if dtype.is_numeric()]
    if not names:
        return np.zeros((0, 0))
    cells: Floats = (
        collect(frame.select(col(name).cast(pl.Float64) for name in names), "the table")
        .to_numpy()
        .copy()
    )
    cells[~np.isfinite(cells)] = np.nan
    # A column without a value says nothing.
    cells = cells[:, ~np.isnan(cells).all(axis=0)]
    # The forest computes in float32: beyond its range nothing can be told apart anyway.
    cells = np.clip(cells, -1e38, 1e38)
    return np.where(np.isnan(cells), np.nanmedian(cells, axis=0), cells)


_NAMED = 3
_ROUNDED = "a rounding"


def spreads_of(sample: pl.DataFrame, names: Iterable[str]) -> dict[str, float]:
    """The standard deviation of each column of floats, by a sample of its rows."""
    found = {}
    for name in names:
        if sample[name].dtype.is_float() or sample[name].dtype.is_decimal():
            numbers = doubles(sample[name])
            numbers = numbers[np.isfinite(numbers)]
            size = float(np.abs(numbers).max(initial=0.0))
            if size > 0:
                found[name] = float(np.std(numbers / size)) * size
    return found


def near_duplicates(
    profile: Profile,
    found: Iterable[Near],
    names: Sequence[str],
    sample: pl.DataFrame,
    reference_rows: int | None = None,
) -> Iterator[Finding]:
    """``row.near_duplicate`` of a table, or of the rows of a reference that has so many rows."""
    rows = profile.rows
    pairs = rows * (rows - 1) / 2 if reference_rows is None else rows * reference_rows
    told_of: dict[Severity, list[Near]] = {"warning": [], "info": []}
    for near in found:
        shares = _agreements(profile, near, names, sample)
        share = len(near.rows) / max(pairs, 1.0)
        by_chance = float(np.prod([max(each - share, 0.0) for each in shares]))
        severity = gravity_of(len(near.rows), pairs, by_chance)
        if severity is not None:
            told_of[severity].append(near)
    # What may be chance is not mixed with what can't be.
    for how, own in told_of.items():
        if own:
            yield _finding(profile, own, how, reference_rows)


def _agreements(
    profile: Profile, near: Near, names: Sequence[str], sample: pl.DataFrame
) -> Iterator[float]:
    """How often two rows agree in each of the columns, or are as near as those that were found."""
    for name in names:
        if name == near.column:
            continue
        width = near.widths.get(name, 0.0)
        alike = agreement(profile.columns[name])
        yield max(alike, _within(doubles(sample[name]), width)) if width > 0 else alike


def _within(numbers: np.ndarray, width: float) -> float:
    """The share of pairs of numbers that are no further apart than this."""
    ordered = np.sort(numbers[np.isfinite(numbers)])
    many = len(ordered)
    if many < 2:  # noqa: PLR2004 - there is no pair
        return 0.0
    upto = np.searchsorted(ordered, ordered + width, side="right")
    return float((upto - np.arange(many) - 1).sum()) / (many * (many - 1) / 2)


def _finding(
    profile: Profile, found: Sequence[Near], severity: Severity, reference_rows: int | None
) -> Finding:
    rows = np.concatenate([near.rows for near in found])
    like = np.concatenate([near.like for near in found])
    each, first = np.unique(rows, return_index=True)
    by = {near.column or _ROUNDED: len(near.rows) for near in found}
    where = "an earlier row" if reference_rows is None else "a row of the reference"
    return Finding(
        code="row.near_duplicate",
        severity=severity,
        count=len(each),
        rows=tuple(each[:LISTED].tolist()),
        values=tuple(like[first[:LISTED]].tolist()),
        message=f"{agree(len(each), 'row', 'is', 'are')} {where} but for {_but(by)}"
        f"{chance_said(severity)}.",
        remedy="See whether they are one thing, measured or written twice; what is learned from "
        "one of them is no test on the other.",
        evidence={
            "cells": {name: count for name, count in by.items() if name != _ROUNDED},
            "rounded": by.get(_ROUNDED, 0),
            "share": len(each) / profile.rows,
            "reference_rows": reference_rows,
        },
    )


def _but(by: Collection[str]) -> str:
    columns = [name for name in by if name != _ROUNDED]
    said = []
    if columns:
        said.append(f"one cell ({some(columns, _NAMED, shown=shown_name)})")
    if _ROUNDED in by:
        said.append(_ROUNDED)
    return " or ".join(said)
