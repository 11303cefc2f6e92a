"""A column that has become constant, or that was constant and is not any more."""

from __future__ import annotations

import math

from datacheck.findings.statistics import more_often
from datacheck.profiling.column import ColumnProfile
from datacheck.report.finding import Finding
from datacheck.text import agree, figure, magnitude


def became_constant(reference: ColumnProfile, data: ColumnProfile, alpha: float) -> Finding | None:
    """``drift.constant`` of data that hold one value where the reference had many."""
    theirs, ours = reference.points, data.points
    if len(ours) > 1 or len(theirs) == 1:
        return None
    value = float(ours.values[0])
    # As often as the commonest value of the reference, at best.
    share = (float(theirs.weights.max()) + 1) / (theirs.total + 1)
    if ours.total * math.log(share) > math.log(alpha):
        return None
    return Finding(
        code="drift.constant",
        severity="error",
        column=data.name,
        count=round(ours.total),
        message=f"Every value is {figure(value)}; the reference has {reference.distinct:,} values.",
        remedy="Look upstream: a default, a stuck sensor, or a filter.",
        evidence={"value": value, "distinct_in_reference": reference.distinct},
    )


def no_longer_constant(
    reference: ColumnProfile, data: ColumnProfile, alpha: float
) -> Finding | None:
    """``drift.constant`` of data that hold other values than the one that the reference held."""
    theirs, ours = reference.points, data.points
    if len(theirs) > 1 or len(ours) == 1:
        return None
    value = float(theirs.values[0])
    others = ours.where(ours.values != value)
    count = round(others.total)
    if more_often(count, round(ours.total), 0, round(theirs.total)) >= alpha:
        return None
    fallen = " to ".join(dict.fromkeys(magnitude(end, 5) for end in others.ends))
    return Finding(
        code="drift.constant",
        severity="warning",
        column=data.name,
        count=count,
        message=f"Every value of the reference is {figure(value)}, and "
        f"{agree(count, 'value', 'here is', 'here are')} not ({fallen}).",
        remedy="Find out why it was constant: a scaling fitted on it has no spread to divide by, "
        "and a model has learnt nothing from it.",
        evidence={"where": {"other_than": value}, "constant_in_reference": value},
    )
