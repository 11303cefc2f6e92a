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

from datacheck.columns import bare
from datacheck.findings.leak_findings import PAIR, Leak, leak_finding
from datacheck.findings.leak_means import Encodings
from datacheck.findings.leak_pairs import pairs_of
from datacheck.findings.leak_quantities import Quantity
from datacheck.findings.leak_readings import Reading, as_numbers, last_digit, readings
from datacheck.findings.leak_rules import Classes, LeakRule, Told
from datacheck.findings.leak_screen import telling_nothing
from datacheck.findings.targets import classes_of, targets
from datacheck.rows.cells import can_be_told, codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.model import Profile
    from datacheck.report.finding import Finding

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]


#: Cells that must be there for those that are to be judged by themselves.
LEAST_SEEN = 0.5


def leaks(
    profile: Profile,
    places: Places,
    sample: pl.DataFrame,
    *,
    whole: bool = False,
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    Parameters
    ----------
    places, sample
        The numbers of some rows, ascending, and the rows.
    whole
        The sample is all rows, so that means of groups can be judged.
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
    plain = telling_nothing(judge, sample, features)
    kinds = {n: codes(sample[n]) for n in features if n not in plain} if whole else {}
    encodings = Encodings(judge.numbered(), kinds) if whole else None
    honest: dict[str, Floats] = {}
    for name in features:
        for reading in _looked_at(sample[name], plain.get(name)):
            numbers = reading.numbers
            if order >= judge.limit and numbers is not None and _follows(numbers):
                continue  # a counter of the rows: their order has been told
            told = _leak(judge, encodings, name, reading)
            if told is not None:
                yield told if told.row is None else told._replace(row=int(rows[told.row]))
                honest.pop(name, None)
                break
            if reading.by == "value" and numbers is not None:
                honest[name] = numbers
    if isinstance(judge, Quantity):
        pairs = pairs_of(judge.numbered()[0], honest)
        yield from (Leak(p.first, PAIR, judge.measure, Told(1.0), pair=p) for p in pairs)


def _looked_at(cells: pl.Series, plain: Floats | None) -> Iterator[Reading]:
    """As `readings`; of numbers that tell nothing by their size, no kinds."""
    if plain is None:
        yield from readings(cells)
        return
    yield Reading("value", _NO_KINDS, plain)
    if cells.dtype.is_integer():
        yield last_digit(cells)


_NO_KINDS = np.zeros(0, np.uint64)


def _leak(judge: LeakRule, encodings: Encodings | None, name: str, reading: Reading) -> Leak | None:
    """How a reading of a feature gives the target away; None where it does not."""
    plain = reading.kinds is _NO_KINDS
    told = None if plain else _told(judge, reading)
    if told is not None:
        return Leak(name, reading.by, judge.measure, told, told.row)
    if encodings is None or reading.numbers is None:
        return None
    made = (encodings.of_others if plain else encodings.of)(name, reading.numbers)
    return None if made is None else Leak(name, made.by, "share", Told(1.0), group=made.group)


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
