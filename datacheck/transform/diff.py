"""What moves between two fits, in the units that matter: rows of a table, units of the output."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import bare, cols
from datacheck.errors import DataError
from datacheck.ops import Fitted, origins, outputs
from datacheck.report import LISTED, Finding, Report
from datacheck.report.redacted import called_by_category
from datacheck.source import Source, collect
from datacheck.text import magnitude
from datacheck.transform.apply import apply_lazy

#: The share of rows that may move by more than a column's reported movement.
SHARE = 0.05


def diff_transforms(old: Fitted, new: Fitted, source: Source, *, above: float) -> Report:
    """Compare what two transforms make of the same rows; `above` is in units of the output."""
    if not above >= 0:
        raise DataError(
            "The movement to allow is a distance",
            got=f"above={above}",
            expected="a number from 0 on, in units of the output",
            todo="leave it out for 0.05",
        )
    was, will = dict.fromkeys(_made(old)), dict.fromkeys(_made(new))
    findings = [_only("diff.column_missing", name) for name in was if name not in will]
    findings += [_only("diff.column_extra", name) for name in will if name not in was]
    before = _outputs(old, source, [name for name in was if name in will])
    after = _outputs(new, source, before.columns)
    source.must_be_whole(before.height if before.width else None)
    both = after.columns
    for name in both:
        finding = _moved(name, before[name], after[name], above)
        findings += [finding] if finding is not None else []
    width = len(source.frame.collect_schema())
    findings = called_by_category(findings, origins([*old.programs, *new.programs]))
    return Report(findings, name=source.name, rows=before.height, columns=width)


def _made(fitted: Fitted) -> list[str]:
    return [name for program in fitted.programs for name in outputs(program)]


def _outputs(fitted: Fitted, source: Source, names: list[str]) -> pl.DataFrame:
    """These cells of the prepared table; a target that it lacks has none."""
    out = apply_lazy(source.frame, fitted, text=source.text)
    there = set(out.collect_schema())
    return collect(out.select(cols(name for name in names if name in there)), source.name)


def _only(code: str, name: str) -> Finding:
    gone = code == "diff.column_missing"
    return Finding(
        code=code,
        severity="error",
        column=name,
        message=f"only the {'old' if gone else 'new'} transform prepares this column",
        remedy="a model trained on the one cannot be served with the other",
    )


def _moved(name: str, before: pl.Series, after: pl.Series, above: float) -> Finding | None:
    distance = _distances(bare(before), bare(after))
    rows = np.flatnonzero(distance > 0.0)
    if not rows.size:
        return None
    rank = math.ceil((distance.size - 1) * (1.0 - SHARE))
    reach = float(np.partition(distance, rank)[rank])
    far = np.flatnonzero(distance > above) if reach > above else rows
    return Finding(
        code="diff.moved",
        severity="error" if reach > above else "info",
        column=name,
        count=far.size,
        rows=tuple(far[:LISTED].tolist()),
        evidence={
            "share": SHARE,
            "moves_more_than": reach,
            "largest": float(distance.max()),
            "rows_moved": rows.size,
        },
        message=f"{SHARE:.0%} of the rows move by {magnitude(reach, 3)} or more; "
        f"{rows.size} of {distance.size} rows move at all",
        remedy="retrain the model on the new transform, or keep the old one",
    )


def _distances(before: pl.Series, after: pl.Series) -> Floats:
    """How far each cell moves; infinitely, where it is missing once or is no number and another."""
    if before.dtype.is_numeric() and after.dtype.is_numeric():
        was, will = (each.cast(pl.Float64).to_numpy() for each in (before, after))
        distance: Floats = np.abs(will - was)
        distance[np.isnan(distance)] = 0.0
        distance[np.isnan(was) != np.isnan(will)] = np.inf
        return distance
    if before.dtype == after.dtype and before.dtype.is_temporal():  # a duration has no text
        before, after = before.to_physical(), after.to_physical()
    same = before.cast(pl.String).eq_missing(after.cast(pl.String))
    return np.where(same.to_numpy(), 0.0, np.inf)
