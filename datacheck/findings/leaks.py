"""Features that give the target away: ``target.leak``.

A small exact rule is made on one half of some rows and judged on the other: the value itself where
it is larger or smaller with the target, a table of the target by value, category or interval, a
straight line, its ranks. A feature that is honest and good stays well below; one that is beyond
`AUC` or `R2` by itself is the target in disguise, or was made from it. The same is asked of the
fact that a cell is missing, of parts of cells, and of the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from datacheck.columns import bare, in_blocks
from datacheck.findings.leak_findings import PAIR, Leak, leak_finding
from datacheck.findings.leak_means import Encodings
from datacheck.findings.leak_pairs import pairs_of
from datacheck.findings.leak_quantities import Quantity
from datacheck.findings.leak_readings import Reading, as_numbers, readings
from datacheck.findings.leak_rules import Classes, LeakRule, Told
from datacheck.findings.leak_screen import LEAST_SEEN, telling_nothing
from datacheck.findings.targets import classes_of, targets
from datacheck.rows.cells import can_be_told, codes, codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datacheck.arrays import Floats, Ints, Keys
    from datacheck.profiling.model import Profile
    from datacheck.report.finding import Finding


def leaks(
    profile: Profile, places: Ints, sample: pl.DataFrame, *, whole: bool = False
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    `places` are the numbers of the sample's rows, ascending. Where it is the `whole` table, means
    of groups can be judged.
    """
    for target in targets(profile):
        if target.name not in sample.columns:
            continue
        skipped = {each.name for each in targets(profile)}
        features = [n for n in sample.columns if n not in skipped and can_be_told(sample[n].dtype)]
        judge = _judge_of(profile, target.name, places, sample)
        if judge is None:
            continue
        for leak in _leaks(judge, sample, features, whole=whole):
            yield leak_finding(profile, target.name, sample, leak)


def _leaks(
    judge: LeakRule, sample: pl.DataFrame, features: Sequence[str], *, whole: bool
) -> Iterator[Leak]:
    order = judge.order()
    if order >= judge.limit:
        yield Leak(None, "order", judge.measure, Told(order))
    rows = np.flatnonzero(judge.known)
    sample = sample.filter(judge.known)
    encodings = Encodings(judge.numbered(), _codes(sample, features)) if whole else None
    honest: dict[str, Floats] = {}
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


def _judge_of(profile: Profile, target: str, places: Ints, sample: pl.DataFrame) -> LeakRule | None:
    cells = bare(sample[target])
    numbers = as_numbers(cells)
    known = cells.is_not_null() if numbers is None else pl.Series(np.isfinite(numbers))
    seen = known.to_numpy()
    places = places[seen]
    judges: list[LeakRule] = []
    if classes_of(profile.columns[target]) is not None:
        judges.append(Classes(known, codes(cells)[seen], places))
    if numbers is not None:
        # Counts among which many are rare are no classes.
        judges.append(Quantity(known, numbers[seen], places))
    return next((judge for judge in judges if judge.able), None)
