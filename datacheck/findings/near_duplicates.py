"""Rows that are another but for one cell or a rounding: ``row.near_duplicate``, on request.

Among a few categories most rows are another's but for a cell. From the profile it is known how
often two rows agree in each column, and from a sample how often they are as near as those that
were found: what chance explains is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from datacheck.columns import doubles
from datacheck.findings.repeats import agreement, chance_said, gravity_of
from datacheck.profiling.model import Profile
from datacheck.report.finding import LISTED, Finding
from datacheck.rows.near import Near
from datacheck.severity import Severity
from datacheck.text import agree, shown_name, some

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
    """``row.near_duplicate`` of a table, or of the rows of a reference that has so many rows.

    `found` is what `datacheck.rows.near.near_rows` has found by the columns `names`; the sample is
    some of the table's rows.
    """
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
