"""One value that stands far more often than any other: a limit, a fill, a sensor that was stuck.

What is cut off stands at an end of its column (ages up to 100, counts up to 255); a hole that was
filled, or a measurement that did not move, in the midst. Against a reference `spikes` tells it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datacheck.findings.as_written import as_written
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.types import holds_numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import figure, plural

#: Fewer rows, or different values, are no measurement that seldom repeats.
ROWS, DISTINCT = 100, 30
#: From this share on, and so many times as often as the next most frequent value.
SHARE, OFTENER = 0.03, 5.0
_LIMIT = (
    "Find out whether it is a limit of the instrument or of a clip: what lies beyond is not known. "
    "A column that says whether a value is at the limit keeps that for the model."
)


def pile_ups(profile: Profile) -> Iterator[Finding]:
    """``type.censored`` at an end of a column, ``missing.sentinel`` within it: for information."""
    for column in profile.columns.values():
        if column.distinct < DISTINCT or not holds_numbers(column):
            continue
        found = _piled(column)
        if found is None or any(s.value == found[0] for s in sentinels_in(column.points)):
            continue
        yield _told(column, *found)


def _piled(column: ColumnProfile) -> tuple[float, int, int] | None:
    """The value, its cells, and those of the next most frequent; None where none stands out.

    A zero is a state of its own: no rain, no purchase.
    """
    points = column.points
    if points.total < ROWS:
        return None
    if points.exact:
        weights = points.weights
        place = int(weights.argmax())
        value, count = float(points.values[place]), int(weights[place])
        if count < SHARE * points.total:
            return None
        others = int(np.partition(weights, -2)[-2])
    else:
        (value, count), *rest = *column.frequent, (0.0, 0)
        others = max((times for _, times in rest), default=0)
    out = value != 0 and count >= max(SHARE * points.total, OFTENER * others)
    return (value, count, others) if out else None


def _told(column: ColumnProfile, value: float, count: int, others: int) -> Finding:
    low, high = column.points.ends
    end = {low: "lowest", high: "highest"}.get(value, "")
    share = count / column.points.total
    repeats = f"no other in more than {others:,}" if others > 1 else "and no other repeats"
    shown = figure(value)
    said = f"stands in {plural(count, 'cell')} ({share:.1%}), {repeats}: perhaps"
    if end:
        fix = None
        code = "type.censored"
        message = f"The {end} value, {shown}, {said} a limit at which values were cut off."
    else:
        fix = fixes.declare_missing(column.name, as_written(column, value))
        code = "missing.sentinel"
        message = f"{shown} {said} holes were filled with it, or a sensor was stuck."
    told = Finding(
        code=code,
        severity="info",
        column=column.name,
        count=count,
        values=(value,),
        message=message,
        remedy=_LIMIT if fix is None else fix.sentence,
        fix=fix,
        evidence={"where": {"values": [value]}, "value": value, "next_most_frequent": others},
    )
    return told if fix is None else told.as_question()
