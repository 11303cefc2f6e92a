"""Features that give the target away: ``target.leak``.

A small exact rule is made on one half of some rows and judged on the other: the value itself where
it is larger or smaller with the target, a table of the target by value, category or interval, a
straight line, its ranks. A feature that is honest and good stays well below; one that is beyond
`AUC` or `R2` by itself is the target in disguise, or was made from it. The same is asked of the
fact that a cell is missing, and of the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datacheck.columns import bare, doubles
from datacheck.findings.leak_rules import Classes, LeakRule, Quantity
from datacheck.findings.targets import classes_of, is_number_but_one, targets
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes
from datacheck.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.model import Profile

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]


class Leak(NamedTuple):
    """A way in which the target is given away.

    Parameters
    ----------
    column
        The feature; None for the order of the rows.
    by
        ``value``, ``missing`` or ``order``.
    measure, score
        ``AUC`` (of the class that is told worst) or ``R2``, on the half that was held back.
    """

    column: str | None
    by: str
    measure: str
    score: float


def leaks(
    profile: Profile, places: Places, sample: pl.DataFrame, passed_over: Sequence[str] = ()
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    Parameters
    ----------
    places, sample
        The numbers of some rows, ascending, and the rows.
    passed_over
        Columns that are not looked at.
    """
    for target in targets(profile):
        if target.name not in sample.columns:
            continue
        skipped = {*passed_over, *(each.name for each in targets(profile))}
        features = [n for n in sample.columns if n not in skipped and can_be_told(sample[n].dtype)]
        for leak in _leaks(profile, target.name, places, sample, features):
            yield _leak_finding(profile, target.name, leak)


def _leaks(
    profile: Profile, target: str, places: Places, sample: pl.DataFrame, features: Sequence[str]
) -> Iterator[Leak]:
    judge = _judge_of(profile, target, places, sample)
    if judge is None:
        return
    order = judge.order()
    if order >= judge.limit:
        yield Leak(None, "order", judge.measure, order)
    for name in features:
        cells = bare(sample[name]).filter(judge.known)
        numbers, kinds = _as_numbers(cells), codes(cells)
        missing = cells.is_null().to_numpy()
        if numbers is not None:
            missing = ~np.isfinite(numbers)
        if 0 < missing.sum() < len(missing):
            score = judge.by_kind(missing.astype(np.uint64))
            if score >= judge.limit:
                yield Leak(name, "missing", judge.measure, score)
                continue
        if order >= judge.limit and numbers is not None and _follows(numbers):
            continue  # a counter of the rows: their order has been told
        score = judge.by_kind(kinds)
        if score < judge.limit and numbers is not None:
            score = max(score, judge.by_number(numbers))
        if score >= judge.limit:
            yield Leak(name, "value", judge.measure, score)


def _follows(numbers: Floats) -> bool:
    steps = np.diff(numbers)
    return bool((steps > 0).all() or (steps < 0).all())


def _as_numbers(cells: pl.Series) -> Floats | None:
    import polars as pl

    if cells.dtype == pl.String:
        # Numbers among which one text stands for none of them.
        if not is_number_but_one(cells.drop_nulls().unique()):
            return None
        return doubles(cells.str.strip_chars().cast(pl.Float64, strict=False))
    if not (cells.dtype.is_numeric() or cells.dtype.is_temporal() or cells.dtype == pl.Boolean):
        return None
    return doubles(cells)


def _judge_of(
    profile: Profile, target: str, places: Places, sample: pl.DataFrame
) -> LeakRule | None:
    cells = bare(sample[target])
    numbers = _as_numbers(cells)
    known = cells.is_not_null() if numbers is None else _series(np.isfinite(numbers))
    seen = known.to_numpy()
    places = places[seen]
    judges: list[LeakRule] = []
    if classes_of(profile.columns[target]) is not None:
        judges.append(Classes(known, codes(cells)[seen], places))
    if numbers is not None:
        # Counts among which many are rare are no classes.
        judges.append(Quantity(known, numbers[seen], places))
    return next((judge for judge in judges if judge.able), None)


def _series(mask: NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return pl.Series(mask)


def _leak_finding(profile: Profile, target: str, leak: Leak) -> Finding:
    of = shown_name(target)
    score = f"{leak.measure} {leak.score:.4f} on rows that the rule was not made on"
    evidence: dict[str, Any] = {
        "by": leak.by,
        "target": target,
        "measure": leak.measure,
        "score": leak.score,
    }
    if leak.column is None:
        return Finding(
            code="target.leak",
            severity="info",
            count=profile.rows,
            message=f"The order of the rows gives {of} away ({score}).",
            remedy="Shuffle the rows before they are split, and feed no number of a row.",
            evidence=evidence,
        )
    column = profile.columns[leak.column]
    what = "Whether a cell is missing" if leak.by == "missing" else "The column alone"
    fix = fixes.drop_column(leak.column)
    return Finding(
        code="target.leak",
        severity="warning",
        column=leak.column,
        count=column.missing if leak.by == "missing" else column.rows - column.missing,
        message=f"{what} gives {of} away ({score}).",
        remedy="See whether it is known before the target is; if not, a model must not have it: "
        f"{fix.sentence[0].lower()}{fix.sentence[1:]}",
        fix=fix,
        evidence={"where": {"is": "missing" if leak.by == "missing" else "cell"}, **evidence},
    )
