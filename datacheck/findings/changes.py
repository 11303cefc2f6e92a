"""What has happened to a column of numbers since the reference: one explanation, the simplest.

First whether anything has changed at all, by tests that hold their level; then why. A cause is
named only where what it leaves unexplained is no more than chance; else it is ``drift.shift``. A
column that has become constant, or that was constant and is not any more, needs no cause.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from datacheck.findings.affine import FREE, Fit, best_fit, marks_of, refit
from datacheck.findings.blend import Far, best_blend, far_out
from datacheck.findings.change_findings import (
    Change,
    blend_finding,
    conversion_finding,
    outlier_finding,
    shift_finding,
)
from datacheck.findings.conversions import decimals_of, on_grid, snapped
from datacheck.findings.digits import AGREE, telltale
from datacheck.findings.ends import counted_from, ends_inside
from datacheck.findings.fences import without_far
from datacheck.findings.resolution import changed_resolution
from datacheck.findings.sentinels import CODES, Sentinel, odd_look, sentinel_finding
from datacheck.findings.spikes import cuts_off, spike_finding, spikes_between
from datacheck.findings.statistics import (
    distance,
    distance_p,
    effective,
    more_often,
    rank_p,
    tails_p,
)
from datacheck.findings.units import mix_finding, mix_told
from datacheck.findings.untold import UNKNOWN, Same
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report.finding import Finding
from datacheck.text import agree, figure, magnitude

#: Fewer values say nothing of a distribution.
ENOUGH = 8
#: A value that is new, and stands apart by this much of the reference's range.
APART = 0.2
#: How often it must stand.
OFTEN = 3
_MOST_SENTINELS = 3
#: How far about it, in the reference's range, other values make it one of many.
ABOUT = 0.25
#: A cause must leave less than this share of the distance unexplained.
HALVED = 0.5
#: A fit of all values that is better than this leaves nothing to explain.
SURE = 1.0
#: Beyond this share, values from outside are no outliers.
MANY = 0.5
#: What is said of a distribution's place by one of these is not said again of its ends.
_SAID_ALREADY = {"drift.shift", "drift.unit_change", "drift.already_scaled", "scale.unit_mix"}
#: Far values that may be left out of a conversion, as a share of the cells; one in any case.
FEW_FAR = 0.02
#: Zeros are set aside where the others are less than this share.
FEW_ZEROS = 0.9


def change_between(reference: Points, data: Points) -> Change:
    """Test whether two columns are of one distribution: place, spread and all but zeros."""
    sides = reference, data
    tests = [_tested(*sides)]
    middle = reference.quantile(0.5)
    tests.append(_tested(*(side.moved(abs(side.values - middle)) for side in sides)))
    others = [side.where(side.values != 0) for side in sides]
    if all(
        ENOUGH <= rest.total < FEW_ZEROS * side.total
        for rest, side in zip(others, sides, strict=True)
    ):
        tests.append(_tested(*others))
    best = min(tests, key=lambda change: change.p)
    return best._replace(p=min(1.0, 2 * best.p))


def _tested(reference: Points, data: Points) -> Change:
    gap = distance(reference, data)
    superiority, by_rank = rank_p(reference, data)
    least = min(distance_p(reference, data, gap), by_rank, tails_p(reference, data))
    # The three agree much of the time: they count as two.
    return Change(gap, min(1.0, 2 * least), superiority)


def changed_numbers(
    reference: ColumnProfile, data: ColumnProfile, alpha: float, same: Same = UNKNOWN
) -> Iterator[Finding]:
    """Every finding about a column's values against the reference's."""
    theirs, ours = reference.points, data.points
    if theirs.total < ENOUGH or ours.total < ENOUGH:
        return
    whole = (
        became_constant(reference, data, alpha)
        or no_longer_constant(reference, data, alpha)
        or counted_from(reference, data, alpha)
    )
    if whole is not None:
        yield whole
        return
    found = list(_of_all(reference, data, alpha, same))
    yield from found
    if reference.kind == "boolean" or not _SAID_ALREADY.isdisjoint(each.code for each in found):
        return
    ends = ends_inside(reference, data, alpha)
    if ends is not None:
        yield ends
    elif not found and not same.resolution:
        resolution = changed_resolution(reference, data, alpha)
        if resolution is not None:
            yield resolution


def _of_all(
    reference: ColumnProfile, data: ColumnProfile, alpha: float, same: Same
) -> Iterator[Finding]:
    """What has happened to the values, by their distribution and their digits."""
    theirs, ours = reference.points, data.points
    change = None if same.values else change_between(theirs, ours)
    if change is not None and reference.kind != "boolean" and change.is_real(alpha):
        moved = _moved_whole(data, theirs, ours, change, alpha)
        moved = moved or _moved_but_for_few(data, theirs, ours, alpha)
        if moved is not None:
            yield moved
            return
    told = None if same.digits else _by_digits(data, theirs, ours)
    if told is not None:
        yield told
        return
    yield from _of_some(reference, data, change, alpha)


def _of_some(
    reference: ColumnProfile, data: ColumnProfile, change: Change | None, alpha: float
) -> Iterator[Finding]:
    """What has happened to some of the values; single ones first, which would hide the rest."""
    theirs, ours = reference.points, data.points
    sentinels = _unconverted(_new_sentinels(theirs, ours, alpha), theirs, ours, alpha)
    for sentinel in sentinels:
        yield sentinel_finding(data, sentinel, in_reference=0)
    known = {sentinel.value for sentinel in sentinels}
    spikes = [s for s in spikes_between(reference, data, alpha) if s.value not in known]
    for spike in spikes:
        cut = cuts_off(spike, theirs, ours)
        yield spike_finding(data, spike, cut=cut)
        if cut:
            return
    set_aside = [*known, *(spike.value for spike in spikes)]
    if set_aside:
        ours = ours.where(~np.isin(ours.values, set_aside))
        if ours.total < ENOUGH:
            return
        change = change_between(theirs, ours)
    yield from _explained(reference, data, ours, change, alpha)


def _by_digits(data: ColumnProfile, reference: Points, ours: Points) -> Finding | None:
    """The finding of a conversion, of all values or of some, that their digits give away."""
    places = decimals_of(reference) if reference.exact else None
    told = telltale(ours, places)
    if told is None or places is None:
        return None
    back = told.conversion.back(ours.values)
    returned = ours.share(on_grid(back, places))
    if returned >= AGREE:
        # Zero and round numbers have no odd digits, but return all the same.
        gap = distance(reference, ours.moved(snapped(back, reference, places)))
        fit = Fit("", told.conversion, gap * effective(reference, ours), gap)
        if fit.good:
            change = change_between(reference, ours)
            return conversion_finding(data, fit, change, refitted=False)
    return mix_finding(data, mix_told(ours, told), share=told.cells / ours.total)


def _new_sentinels(reference: Points, data: Points, alpha: float) -> list[Sentinel]:
    """Repeated values that the reference does not have, and that stand apart from it."""
    low, high = reference.ends
    wide = high - low
    again = (data.weights >= OFTEN - 1) & ((data.values < low) | (data.values > high))
    if wide <= 0 or not again.any():
        return []
    gaps = np.maximum(low - data.values, data.values - high) / wide
    outside = data.where(gaps >= APART)
    found = []
    for place in np.flatnonzero(again).tolist():
        value, weight = float(data.values[place]), float(data.weights[place])
        sentinel = Sentinel(value, round(weight), max(low - value, value - high) / wide, odd=False)
        if sentinel.gap > 0 and (judged := _judged(sentinel, reference, data, alpha)):
            found.append(judged)
    found.sort(key=lambda sentinel: -sentinel.times)
    plain = [sentinel for sentinel in found if not sentinel.odd]
    # Several repeated values, or one among others as far out, are a population, not a sentinel.
    if len(plain) > 1 or (plain and sum(s.times for s in found) < 0.8 * outside.total):
        found = [sentinel for sentinel in found if sentinel.odd]
    found = found[:_MOST_SENTINELS]
    held = sum(sentinel.times for sentinel in found)
    return found if held <= 0.9 * data.total else []


def _judged(sentinel: Sentinel, reference: Points, data: Points, alpha: float) -> Sentinel | None:
    value, times, gap, _ = sentinel
    low = float(reference.values[0])
    odd = odd_look(value) and not (value == -1.0 and low < 0)
    often = times >= OFTEN or (odd and times >= OFTEN - 1 and gap >= 1)
    p = more_often(times, round(data.total), 0, round(reference.total))
    apart = gap >= APART or (odd and low >= 0 > value)
    # Counts of which there are two or three have a next one that is no less apart.
    far = gap >= 1
    # One more code among a few is a category.
    likely = odd or (len(reference) > CODES and (far or p < alpha))
    if often and apart and likely and not _among_others(sentinel, reference, data):
        return sentinel._replace(odd=odd)
    return None


def _among_others(sentinel: Sentinel, reference: Points, data: Points) -> bool:
    """Whether more cells that nobody makes up lie about it, as far out: a column that has moved."""
    low, high = reference.ends
    values = data.values
    near = (np.abs(values - sentinel.value) <= ABOUT * (high - low)) & (values != sentinel.value)
    others = data.where(near & ((values < low) | (values > high)))
    made_up = [odd_look(value) for value in others.values.tolist()]
    return float(others.weights.sum() - others.weights[made_up].sum()) > sentinel.times


def _explained(
    reference: ColumnProfile,
    data: ColumnProfile,
    ours: Points,
    change: Change | None,
    alpha: float,
) -> Iterator[Finding]:
    theirs = reference.points
    far = far_out(theirs, ours) if reference.kind != "boolean" else Far(-math.inf, math.inf, 1.0)
    strange = (
        ours.outside(far.low, far.high) if far.p < alpha else ours.where(ours.values != ours.values)
    )
    if not len(strange) and (change is None or not change.is_real(alpha)):
        return
    change = change or change_between(theirs, ours)
    if reference.kind != "boolean":
        cause = _cause(reference, data, ours, change, strange, alpha)
        if cause is not None:
            yield cause
            return
    if len(strange) and strange.total <= MANY * ours.total:
        yield outlier_finding(data, ours, far)
        rest = ours.inside(far.low, far.high)
        if rest.total < ENOUGH:
            return
        change = change_between(theirs, rest)
    if change.is_real(alpha):
        yield shift_finding(reference, data, change)


def _cause(
    reference: ColumnProfile,
    data: ColumnProfile,
    ours: Points,
    change: Change,
    strange: Points,
    alpha: float,
) -> Finding | None:
    """The finding of the one cause, of all values or of a part, that explains the change."""
    theirs = reference.points
    # A few far values make no conversion of all, where the distribution may be as it was.
    whole = best_fit(theirs, ours, alpha) if change.is_real(alpha) else None
    if whole is not None and whole.gap > HALVED * change.gap:
        whole = None
    rest = ours.where(~np.isin(ours.values, strange.values)) if len(strange) else ours
    alone = len(strange) > 0 and (
        rest.total < ENOUGH or not change_between(theirs, rest).is_real(alpha)
    )
    blend = best_blend(theirs, ours, strange, far_alone=alone)
    if blend is not None and blend.gap > HALVED * change.gap:
        blend = None
    if blend is not None and (whole is None or blend.misfit < whole.misfit):
        part = blend_finding(data, theirs, ours, blend)
        if part is not None:
            return part
    if whole is None:
        return None
    if whole.scaler != FREE:
        return conversion_finding(data, whole, change, refitted=False)
    return shift_finding(reference, data, change)


def _moved_whole(
    data: ColumnProfile, reference: Points, ours: Points, change: Change, alpha: float
) -> Finding | None:
    """The finding of a conversion of all values that fits beyond doubt: nothing else is asked."""
    both = refit(reference, ours)
    if both is not None:
        return conversion_finding(data, both, change, refitted=True)
    whole = best_fit(reference, ours, alpha)
    if (
        whole is None
        or whole.scaler == FREE
        or whole.misfit > SURE
        or whole.gap > HALVED * change.gap
    ):
        return None
    return conversion_finding(data, whole, change, refitted=False)


def _moved_but_for_few(
    data: ColumnProfile, reference: Points, ours: Points, alpha: float
) -> Finding | None:
    """As `_moved_whole` of all but a few far values, which have a finding of their own.

    A far value squeezes all others where a column is scaled by its range or deviation, and makes a
    stranger of itself in any unit.
    """
    near = without_far(ours)
    few = ours.total - near.total
    if not 0 < few <= max(FEW_FAR * ours.total, 1) or near.total < ENOUGH or len(near) <= CODES:
        return None
    marks = marks_of(ours) | marks_of(near, few)
    whole = best_fit(reference, near, alpha, marks)
    change = change_between(reference, near)
    if whole is None or whole.scaler == FREE or whole.gap > HALVED * change.gap:
        return None
    return conversion_finding(data, whole, change, refitted=False)


def _unconverted(
    sentinels: list[Sentinel], reference: Points, ours: Points, alpha: float
) -> list[Sentinel]:
    """Those that no conversion of all makes plain: -1000 may be a minute in milliseconds."""
    whole = best_fit(reference, ours, alpha) if sentinels else None
    if whole is None or whole.scaler == FREE:
        return sentinels
    low, high = reference.ends
    back = whole.conversion.back(np.array([sentinel.value for sentinel in sentinels]))
    plain = (back >= low) & (back <= high)
    return [each for each, known in zip(sentinels, plain, strict=True) if not known]


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
