"""Features that give the target away: ``target.leak``.

A small exact rule is made on one half of some rows and judged on the other: the value itself where
it is larger or smaller with the target, a table of the target by value, category or interval, a
straight line, its ranks. A feature that is honest and good stays well below; one that is beyond
`AUC` or `R2` by itself is the target in disguise, or was made from it. The same is asked of the
fact that a cell is missing, of parts of cells, and of the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datacheck.columns import bare
from datacheck.findings.leak_means import Encodings
from datacheck.findings.leak_quantities import Quantity
from datacheck.findings.leak_readings import as_numbers, readings
from datacheck.findings.leak_rules import Classes, LeakRule, Told
from datacheck.findings.targets import classes_of, targets
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes
from datacheck.text import shown_name, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.findings.leak_readings import Reading
    from datacheck.profiling.model import Profile

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]


#: Cells that must be there for those that are to be judged by themselves.
LEAST_SEEN = 0.5
_MEANS = {
    "mean": "the mean of {of} over the very rows that have it",
    "smoothed mean": "the mean of {of} over the rows of a {group}, drawn to the mean of all rows",
    "mean of the others": "the mean of {of} over the other rows of the same {group}, which tells "
    "the row's own",
}
_SUBJECTS = {"value": "The column alone", "missing": "Whether a cell is missing"}


class Leak(NamedTuple):
    """A way in which the target is given away.

    Parameters
    ----------
    column
        The feature; None for the order of the rows.
    by
        ``value``, ``missing``, ``order``, the kind of mean, or the part of a cell that does.
    measure, told
        ``AUC`` (of the class that is told worst) or ``R2``, on the half that was held back.
    row
        A row of the one class that is told, among all that are judged.
    group
        The column by whose values means were made.
    """

    column: str | None
    by: str
    measure: str
    told: Told
    row: int | None = None
    group: str | None = None


def leaks(
    profile: Profile,
    places: Places,
    sample: pl.DataFrame,
    passed_over: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    Parameters
    ----------
    places, sample
        The numbers of some rows, ascending, and the rows.
    passed_over
        Columns that are not looked at.
    whole
        The sample is all rows, so that means of groups can be judged.
    """
    for target in targets(profile):
        if target.name not in sample.columns:
            continue
        skipped = {*passed_over, *(each.name for each in targets(profile))}
        features = [n for n in sample.columns if n not in skipped and can_be_told(sample[n].dtype)]
        for leak in _leaks(profile, target.name, places, sample, features, whole=whole):
            yield _leak_finding(profile, target.name, sample, leak)


def _leaks(
    profile: Profile,
    target: str,
    places: Places,
    sample: pl.DataFrame,
    features: Sequence[str],
    *,
    whole: bool,
) -> Iterator[Leak]:
    judge = _judge_of(profile, target, places, sample)
    if judge is None:
        return
    order = judge.order()
    if order >= judge.limit:
        yield Leak(None, "order", judge.measure, Told(order))
    rows = np.flatnonzero(judge.known)
    kinds = {name: codes(sample[name].filter(judge.known)) for name in features} if whole else {}
    encodings = Encodings(judge.numbered(), kinds)
    for name in features:
        cells = sample[name].filter(judge.known)
        for reading in readings(cells):
            numbers = reading.numbers
            if order >= judge.limit and numbers is not None and _follows(numbers):
                continue  # a counter of the rows: their order has been told
            told = _told(judge, reading)
            if told is not None:
                row = None if told.row is None else int(rows[told.row])
                yield Leak(name, reading.by, judge.measure, told, row)
                break
            made = encodings.of(name, numbers) if whole and numbers is not None else None
            if made is not None:
                yield Leak(name, made.by, "share", Told(1.0), group=made.group)
                break


def _told(judge: LeakRule, reading: Reading) -> Told | None:
    """How well a reading tells the target, in all rows or in those where the cell is there."""
    told = judge.tells(reading.kinds, reading.numbers)
    seen = None if reading.numbers is None else np.isfinite(reading.numbers)
    if told is not None or seen is None or seen.all() or seen.mean() < LEAST_SEEN:
        return told
    among = judge.among(seen)
    if not among.able:
        return None
    kept = np.flatnonzero(seen)[among.known.to_numpy()]
    numbers = None if reading.numbers is None else reading.numbers[kept]
    told = among.tells(reading.kinds[kept], numbers)
    return None if told is None or told.row is not None else told


def _follows(numbers: Floats) -> bool:
    steps = np.diff(numbers)
    return bool((steps > 0).all() or (steps < 0).all())


def _judge_of(
    profile: Profile, target: str, places: Places, sample: pl.DataFrame
) -> LeakRule | None:
    cells = bare(sample[target])
    numbers = as_numbers(cells)
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


def _leak_finding(profile: Profile, target: str, sample: pl.DataFrame, leak: Leak) -> Finding:
    of = shown_name(target)
    score, told = leak.told.score, f"{leak.measure} {leak.told.score:.4f}"
    held = "on rows that the rule was not made on"
    evidence: dict[str, Any] = {
        "by": leak.by,
        "target": target,
        "measure": leak.measure,
        "score": score,
    }
    if leak.column is None:
        return Finding(
            code="target.leak",
            severity="info",
            count=profile.rows,
            message=f"The order of the rows gives {of} away ({told} {held}).",
            remedy="Shuffle the rows before they are split, and feed no number of a row.",
            evidence=evidence,
        )
    subject = _SUBJECTS.get(leak.by, f"I{leak.by[1:]} alone")
    more = "" if leak.by == "its letters" else "s"
    what = f"{subject} give{more} {of} away"
    if leak.row is not None:
        evidence["class"] = sample[target][leak.row]
        what = f"{subject} tell{more} whether {of} is {shown_value(evidence['class'])}"
    if leak.told.spared:
        evidence["spared"] = leak.told.spared
        held = f"{held}, but for {leak.told.spared:.0%} of them"
    column = profile.columns[leak.column]
    message = f"{what} ({told} {held})."
    if leak.by in _MEANS:
        group = "group" if leak.group is None else shown_name(leak.group)
        message = f"Each of its values is {_MEANS[leak.by].format(of=of, group=group)}."
        evidence |= {} if leak.group is None else {"group": leak.group}
    fix = fixes.drop_column(leak.column)
    return Finding(
        code="target.leak",
        severity="warning",
        column=leak.column,
        count=column.missing if leak.by == "missing" else column.rows - column.missing,
        message=message,
        remedy="See whether it is known before the target is; if not, a model must not have it: "
        f"{fix.sentence[0].lower()}{fix.sentence[1:]}",
        fix=fix,
        evidence={"where": {"is": "missing" if leak.by == "missing" else "cell"}, **evidence},
    )
