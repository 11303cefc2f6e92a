"""Features that give the target away: ``target.leak``.

A small exact rule is made on one half of some rows and judged on the other: the value itself where
it is larger or smaller with the target, a table of the target by value, category or interval, a
straight line, its ranks. A feature that is honest and good stays well below; one that is beyond
`AUC` or `R2` by itself is the target in disguise, or was made from it. The same is asked of the
fact that a cell is missing, of parts of cells, and of the order of the rows.

What is said of a leak: the finding of each way in which a feature gives a target away.

Which readings of features cannot give a target away: asked of many at once.

No table of the target by value does better than the best one, that of the very rows it is judged
on; it is reckoned for all features together, from how often each value stands with each class.

By whatever rule a number tells the target, rows that are next to each other by it have much the
same target. Where neighbours differ as rows drawn by chance do, no rule needs to be tried, and of
thousands of columns nearly all are so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Ints, Keys
from datacheck.columns import bare, in_blocks
from datacheck.findings.leak_means import Encodings
from datacheck.findings.leak_pairs import Pair, pairs_of
from datacheck.findings.leak_quantities import Quantity
from datacheck.findings.leak_readings import Reading, as_numbers, readings
from datacheck.findings.leak_rules import OFTEN, Classes, LeakRule, Told
from datacheck.findings.targets import classes_of, targets
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes, codes_of
from datacheck.text import figure, shown_name, shown_value

Named = Sequence[tuple[str, Reading]]


#: What `Leak.by` calls a feature that takes another one.
PAIR = "with another"
_MEANS = {
    "mean": "the mean of {of} over the very rows that have it",
    "smoothed mean": "the mean of {of} over the rows of a {group}, drawn to the mean of all rows",
    "mean of the others": "the mean of {of} over the other rows of the same {group}, which tells "
    "the row's own",
}
_SUBJECTS = {"value": "The column alone", "missing": "Whether a cell is missing"}


class Leak(NamedTuple):
    """A way in which the target is given away."""

    #: The feature; None for the order of the rows.
    column: str | None
    #: ``value``, ``missing``, ``order``, the kind of mean, or the part of a cell that does.
    by: str
    #: ``AUC`` (of the class that is told worst) or ``R2``, on the half that was held back.
    measure: str
    told: Told
    #: A row of the one class that is told, among all that are judged.
    row: int | None = None
    #: The column by whose values means were made.
    group: str | None = None
    #: The other feature that it takes, and how.
    pair: Pair | None = None


def leak_finding(profile: Profile, target: str, sample: pl.DataFrame, leak: Leak) -> Finding:
    """``target.leak`` of a sample's target."""
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
    if leak.pair is not None:
        return _of_pair(column, leak.pair, of, evidence)
    fix = fixes.drop_column(leak.column)
    return Finding(
        code="target.leak",
        severity="warning",
        column=leak.column,
        count=column.missing if leak.by == "missing" else column.count,
        message=message,
        remedy="See whether it is known before the target is; if not, a model must not have it: "
        f"{fix.sentence[0].lower()}{fix.sentence[1:]}",
        fix=fix,
        evidence={"where": {"is": "missing" if leak.by == "missing" else "cell"}, **evidence},
    )


def _of_pair(column: ColumnProfile, pair: Pair, of: str, evidence: dict[str, Any]) -> Finding:
    made = f"{shown_name(pair.first)} {pair.sign} {shown_name(pair.second)}"
    made = made if pair.factor == 1 else f"({made}) times {figure(pair.factor)}"
    return Finding(
        code="target.leak",
        severity="warning",
        column=pair.first,
        count=column.count,
        message=f"{of} is {made} in every row.",
        remedy="See which of the two is known before the target is; a model must not have both.",
        evidence={
            "where": {"is": "cell"},
            **evidence,
            "with": pair.second,
            "sign": pair.sign,
            "factor": pair.factor,
        },
    )


def leaks(
    profile: Profile, places: Ints, sample: pl.DataFrame, *, whole: bool = False
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    `places` are the numbers of the sample's rows, ascending. Where it is the `whole` table, means
    of groups can be judged. What is declared a group is no model's, though means may be made by it.
    """
    columns = profile.columns
    groups = {n for n, each in columns.items() if each.role == "group" and not each.reason}
    for target in targets(profile):
        if target.name not in sample.columns:
            continue
        skipped = {each.name for each in targets(profile)}
        features = [n for n in sample.columns if n not in skipped and can_be_told(sample[n].dtype)]
        judge = _judge_of(profile, target.name, places, sample, groups)
        if judge is None:
            continue
        for leak in _leaks(judge, sample, features, groups, whole=whole):
            yield leak_finding(profile, target.name, sample, leak)


def _leaks(
    judge: LeakRule,
    sample: pl.DataFrame,
    features: Sequence[str],
    groups: Collection[str],
    *,
    whole: bool,
) -> Iterator[Leak]:
    order = judge.order()
    if order >= judge.limit:
        yield Leak(None, "order", judge.measure, Told(order))
    rows = np.flatnonzero(judge.known)
    sample = sample.filter(judge.known)
    encodings = Encodings(judge.numbered(), _codes(sample, features)) if whole else None
    honest: dict[str, Floats] = {}
    features = [name for name in features if name not in groups]
    for name, read in _looked_at(judge, encodings, sample, features):
        for reading, untold, unmade in read:
            numbers = reading.numbers
            if order >= judge.limit and numbers is not None and _follows(numbers):
                continue  # a counter of the rows: their order has been told
            leak = None if untold else _told(judge, name, reading)
            if leak is None and encodings is not None and numbers is not None and not unmade:
                leak = _made(encodings, name, numbers)
            if leak is not None:
                yield leak if leak.row is None else leak._replace(row=int(rows[leak.row]))
                honest.pop(name, None)
                break
            if reading.by == "value" and numbers is not None:
                honest[name] = numbers
    if isinstance(judge, Quantity):
        pairs = pairs_of(judge.numbered()[0], honest)
        yield from (Leak(p.first, PAIR, judge.measure, Told(1.0), pair=p) for p in pairs)


def _codes(sample: pl.DataFrame, features: Sequence[str]) -> Iterator[tuple[str, Keys]]:
    for some in in_blocks(features, sample.height):
        yield from codes_of(sample, some).items()


def _looked_at(
    judge: LeakRule, encodings: Encodings | None, sample: pl.DataFrame, features: Sequence[str]
) -> Iterator[tuple[str, list[tuple[Reading, bool, bool]]]]:
    """The readings of each feature, with what is known of them already: see `telling_nothing`."""
    for some in in_blocks(features, sample.height):
        found = readings(sample, some)
        read = [(name, reading) for name in some for reading in found[name]]
        flags = zip(
            *(each.tolist() for each in telling_nothing(judge, encodings, read)), strict=True
        )
        for name in some:
            yield name, [(reading, *next(flags)) for reading in found[name]]


def _made(encodings: Encodings, name: str, numbers: Floats) -> Leak | None:
    """How a feature is made of the target; None where it is not."""
    made = encodings.of(name, numbers)
    return None if made is None else Leak(name, made.by, "share", Told(1.0), group=made.group)


def _told(judge: LeakRule, name: str, reading: Reading) -> Leak | None:
    """How a reading of a feature gives the target away; None where it does not."""
    told = _how_well(judge, reading)
    return None if told is None else Leak(name, reading.by, judge.measure, told, told.row)


def _how_well(judge: LeakRule, reading: Reading) -> Told | None:
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
    profile: Profile, target: str, places: Ints, sample: pl.DataFrame, groups: Collection[str]
) -> LeakRule | None:
    cells = bare(sample[target])
    numbers = as_numbers(cells)
    known = cells.is_not_null() if numbers is None else pl.Series(np.isfinite(numbers))
    seen = known.to_numpy()
    places = places[seen]
    units = next((codes(sample[name])[seen] for name in sample.columns if name in groups), None)
    judges: list[LeakRule] = []
    if classes_of(profile.columns[target]) is not None:
        judges.append(Classes(known, codes(cells)[seen], places, units))
    if numbers is not None:
        # Counts among which many are rare are no classes.
        judges.append(Quantity(known, numbers[seen], places, units))
    return next((judge for judge in judges if judge.able), None)


#: Fewer rows are too few for chance to be told.
LEAST_ROWS = 100
#: The share of what chance makes neighbours differ: a rule that tells leaves less than half.
UNLIKE = 0.8
#: Every score that tells is beyond this, whatever its limit.
TELLS = 0.98
#: Cells that must be there for those that are to be judged by themselves.
LEAST_SEEN = 0.5


def telling_nothing(
    judge: LeakRule, encodings: Encodings | None, read: Named
) -> tuple[Flags, Flags]:
    """Of readings of features: whether no rule tells the target from one, and no mean makes one."""
    if not read:
        return np.zeros(0, bool), np.zeros(0, bool)
    parts = [_of_block(judge, encodings, some) for some in in_blocks(read, len(read[0][1].kinds))]
    untold, unmade = zip(*parts, strict=True)
    return np.concatenate(untold), np.concatenate(unmade)


def _of_block(judge: LeakRule, encodings: Encodings | None, read: Named) -> tuple[Flags, Flags]:
    kinds = np.stack([reading.kinds for _, reading in read])
    untold, unmade = _by_kind(judge, kinds), np.ones(len(read), bool)
    given = [at for at, (_, reading) in enumerate(read) if reading.numbers is not None]
    if given:
        places = np.array(given)
        numbers = np.stack([cells for _, (_, _, cells) in read if cells is not None])
        seen = np.isfinite(numbers)
        untold[places] &= _by_size(judge, numbers, seen)
        holed = ~seen.all(axis=1) & (seen.mean(axis=1) >= LEAST_SEEN) & untold[places]
        if holed.any():
            untold[places[holed]] &= _by_kind(judge, kinds[places[holed]], seen[holed])
        if encodings is not None:
            unmade[places] = encodings.none_of([read[at][0] for at in given], numbers)
    return untold, unmade


def _by_kind(judge: LeakRule, kinds: Keys, seen: Flags | None = None) -> Flags:
    """Whether no rule by value tells the target: in all rows, or in those of a mask."""
    if seen is not None:
        kinds = np.where(seen, kinds, np.uint64(0))  # one more value, which is not asked for
    order = np.argsort(kinds, axis=1)
    ordered = np.take_along_axis(kinds, order, axis=1)
    begins = np.zeros(kinds.shape, np.intp)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    place = np.cumsum(begins, axis=1)
    distinct = place[:, -1] + (seen is None)
    untold = np.ones(len(kinds), bool)
    few = np.flatnonzero(distinct * OFTEN <= kinds.shape[1])  # no rule has more values than these
    if len(few):
        cells = np.empty((len(few), kinds.shape[1]), np.intp)
        np.put_along_axis(cells, order[few], place[few], axis=1)
        best = judge.best_by_kind(cells, distinct[few], None if seen is None else seen[few])
        untold[few] = best < TELLS
    return untold


def _by_size(judge: LeakRule, numbers: Floats, seen: Flags) -> Flags:
    """Whether no rule by size tells the target: in all rows, and in those that have a number."""
    rows = numbers.shape[1]
    if rows < LEAST_ROWS:
        return np.zeros(len(numbers), bool)
    order = np.argsort(np.where(seen, numbers, np.inf), axis=1)
    there = seen.sum(axis=1)
    unlike = judge.unlike_neighbours(order, np.full(len(order), rows))
    holed = np.flatnonzero(there < rows)
    if len(holed):
        among = judge.unlike_neighbours(order[holed], there[holed])
        # Of few cells nothing is asked.
        among[there[holed] < LEAST_SEEN * rows] = np.inf
        unlike[holed] = np.minimum(unlike[holed], among)
    return unlike > UNLIKE
