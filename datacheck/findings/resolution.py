"""How finely a column is told: ``drift.resolution``, by its decimals and by how often it repeats.

Rounded or cut decimals, noise on whole numbers, readings that are stuck for some rows and rows that
were joined twice leave a distribution where it was. They do not leave the decimals, or the share of
values that stand once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats
from datacheck.findings.conversions import on_grid
from datacheck.findings.statistics import more_often
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import MOST_DIGITS, of_few_digits
from datacheck.report.finding import Finding
from datacheck.text import chance, plural

Kept = tuple[Floats, Floats]

#: Grids that are looked at, by their decimals: from millionths to hundreds of thousands.
FINEST, COARSEST = 6, -5
TRIED = 2 * (FINEST - COARSEST + 1)
#: The coarsest grid is named of those that say it as clearly, up to this factor of chance.
_NO_WORSE = 100.0
#: The share of cells on a grid must differ by this much, and that of single values by so much more.
EFFECT, SINGLES = 0.1, 0.3
#: ... and fall to this part of it: of rows that are drawn with replacement a third stand once.
LEFT = 0.1

#: The type that holds fewer digits than any other of numbers that people keep.
SINGLE = "Float32"


class _Grid(NamedTuple):
    places: int
    now: float
    before: float
    p: float


def as_fine(column: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    """A column as precise as another, where float32 holds one of them by its type."""
    numbers = column.numbers
    if not _is_finer(column, other) or numbers is None or not len(numbers.values):
        return column
    with np.errstate(over="ignore"):
        held = numbers.values.astype(np.float32)
    single = column.dtype == SINGLE
    values = of_few_digits(held, MOST_DIGITS) if single else held.astype(np.float64)
    if not numbers.exact:  # the histogram stays as it is
        values = values.clip(numbers.lowest[0][0], numbers.highest[0][0])
    if not np.isfinite(values).all():
        return column
    values, inverse = np.unique(values, return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, inverse, numbers.value_counts)
    return replace(column, numbers=replace(numbers, values=values, value_counts=counts))


def _is_finer(column: ColumnProfile, other: ColumnProfile) -> bool:
    """Whether float32 holds one of two columns, and not the other."""
    return (column.dtype == SINGLE) != (other.dtype == SINGLE)


def changed_resolution(
    reference: ColumnProfile, data: ColumnProfile, alpha: float
) -> Finding | None:
    """What the decimals of a column say, or how often its values repeat."""
    if (
        reference.numbers is None
        or data.numbers is None
        or "boolean" in (reference.kind, data.kind)
    ):
        return None
    theirs, ours = _kept(reference), _kept(data)
    # That one is held in float32 is no news, and shows in all decimals.
    told = None if _is_finer(data, reference) else _decimals(data, (ours, theirs), alpha)
    return told or _repeats(data, reference, (ours, theirs), alpha)


def _kept(column: ColumnProfile) -> Kept:
    """The values that were kept, other than 0, and how often each stands; shape (n,) each."""
    if column.numbers is None:
        return np.zeros(0), np.zeros(0)
    values, counts = column.numbers.values, column.numbers.value_counts.astype(float)
    chosen = (values != 0) & np.isfinite(values)
    return values[chosen], counts[chosen]


def _decimals(data: ColumnProfile, sides: tuple[Kept, Kept], alpha: float) -> Finding | None:
    """The grid of decimals on which more values lie, or fewer, than of the reference's."""
    totals = [round(float(counts.sum())) for _, counts in sides]
    if not all(totals):
        return None
    best = _Grid(0, 0.0, 0.0, alpha)
    whole = min(_shares(sides, 0)) > 1 - EFFECT
    for places in range(-1 if whole else FINEST, COARSEST - 1, -1):
        now, before = _shares(sides, places)
        if max(now, before) < EFFECT:
            break
        if abs(now - before) >= EFFECT:
            on = round(now * totals[0]), round(before * totals[1])
            more = more_often(on[0], totals[0], on[1], totals[1])
            p = TRIED * min(more, more_often(on[1], totals[1], on[0], totals[0]))
            if p <= _NO_WORSE * best.p and p < alpha:
                best = _Grid(places, now, before, p)
    if best.p >= alpha:
        return None
    coarser = best.now > best.before
    cause = (
        "rounded, cut off, or typed by hand" if coarser else "noise, an average, or a conversion"
    )
    return Finding(
        code="drift.resolution",
        severity="warning",
        column=data.name,
        count=data.rows,
        message=f"{best.now:.0%} of the values are {_grid_name(best.places)}; of the reference's "
        f"{best.before:.0%} ({chance(best.p)}): {cause}.",
        remedy="Find out which step rounds them, or which one leaves more decimals than before.",
        evidence={
            "decimals": best.places,
            "share": best.now,
            "share_in_reference": best.before,
            "p": best.p,
        },
    )


def _shares(sides: tuple[Kept, Kept], places: int) -> tuple[float, float]:
    """The share of either side's cells that are on a grid."""
    now, before = (
        float(counts[on_grid(values, places)].sum()) / float(counts.sum())
        for values, counts in sides
    )
    return now, before


def _grid_name(places: int) -> str:
    if places < 0:
        return f"multiples of {10**-places:,}"
    if places == 0:
        return "whole numbers"
    return f"numbers of at most {plural(places, 'decimal')}"


def _repeats(
    data: ColumnProfile, reference: ColumnProfile, sides: tuple[Kept, Kept], alpha: float
) -> Finding | None:
    """Values that stand once became few: stale readings, or rows that were joined twice."""
    sizes = data.points.total, reference.points.total
    smaller = min(sizes)
    now, before = (
        _single(counts, smaller / size) for (_, counts), size in zip(sides, sizes, strict=True)
    )
    if before - now < SINGLES or now > LEFT * before:
        return None
    cells = [round(min(float(counts.sum()), smaller)) for _, counts in sides]
    p = 2 * more_often(round(before * cells[1]), cells[1], round(now * cells[0]), cells[0])
    if p >= alpha:
        return None
    return Finding(
        code="drift.resolution",
        severity="warning",
        column=data.name,
        count=data.rows,
        message=f"{now:.0%} of the cells hold a value of their own; of as many of the reference's "
        f"{before:.0%} ({chance(p)}): readings that are stuck, or rows that were joined twice.",
        remedy="Look at rows that follow each other, and for rows that repeat.",
        evidence={"single": now, "single_in_reference": before, "p": p},
    )


def _single(counts: Floats, part: float) -> float:
    """The share of cells whose value would stand once, were only a part of the rows here."""
    total = float(counts.sum())
    return float((counts * (1 - part) ** (counts - 1)).sum()) / total if total else 0.0
