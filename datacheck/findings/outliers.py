"""Values far from all others: ``outlier.value``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.findings.fences import Fences, fences_of
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.slips import slips_in
from datacheck.findings.types import holds_numbers
from datacheck.findings.units import mix_in
from datacheck.report.finding import Finding
from datacheck.text import agree, figure, magnitude

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.findings.slips import Slip
    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.profiling.points import Points

#: More than this share beyond the fences is a shape of its own, not outliers.
RARE = 0.1
_MAD = 1.4826
#: A column of so few different values is coarse; its steps at an end are those of so many values,
#: and one that is no larger than this many of them goes on.
COARSE, STEPS, STEP = 100, 6, 1.5


def outlying_values(profile: Profile) -> Iterator[Finding]:
    """``outlier.value``: beyond fences that follow the column's own skew and tails."""
    for column in profile.columns.values():
        if not holds_numbers(column):
            continue
        points = column.points
        for sentinel in sentinels_in(points):
            points = points.where(points.values != sentinel.value)
        fences = fences_of(points)
        found = [] if fences is None else list(_beyond(column, points, fences))
        yield from found
        for slip in slips_in(points):
            if not any(_holds(finding, slip.value) for finding in found):
                yield _slip(column, slip)


def _holds(finding: Finding, value: float) -> bool:
    low, high = finding.evidence["where"]["outside"]
    return not low <= value <= high


def _slip(column: ColumnProfile, slip: Slip) -> Finding:
    return Finding(
        code="outlier.value",
        severity="warning" if slip.sure else "info",
        column=column.name,
        count=1,
        values=(slip.value,),
        message=f"{figure(slip.value)} lies far from the next value, {figure(slip.next)}: perhaps "
        f"its decimal point slipped, and it is {figure(slip.meant)}.",
        remedy="Look at the row, and correct it if it is so.",
        evidence={"where": {"values": [slip.value]}, "meant": slip.meant, "next": slip.next},
    )


def _beyond(column: ColumnProfile, points: Points, fences: Fences) -> Iterator[Finding]:
    out = apart(points, fences)
    low, high = _ends(points, out, fences)
    if len(out) and (mix := mix_in(points)) is not None:
        # Values in another unit have a finding of their own.
        out = mix.others(out)
    count = round(out.total)
    if not count or count > RARE * points.total:
        return
    ends = [magnitude(float(value), 5) for value in (out.values[0], out.values[-1])]
    shown = "from " + " to ".join(ends) if len(out) > 1 else ends[0]
    where: dict[str, object] = {"outside": [low, high]}
    yield Finding(
        code="outlier.value",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'value', 'lies', 'lie')} outside "
        f"[{magnitude(low, 5)}, {magnitude(high, 5)}]: {shown}.",
        remedy="Look at the rows. Then correct them, or declare outliers: clip, "
        "or scale: robust, which they do not move.",
        evidence={
            "where": where,
            **({} if points.exact else {"estimated": True}),
            "g": fences.g,
            "h": fences.h,
            "beyond": classic_fences(points),
        },
    )


def apart(points: Points, fences: Fences) -> Points:
    """The values beyond the fences, but for those that go on in the steps of the values within.

    In a coarse column (years of school, prices in tenths) a fence may fall between two steps.
    """
    values = points.values
    first = int(np.searchsorted(values, fences.low, side="left"))
    last = int(np.searchsorted(values, fences.high, side="right"))
    inside = values[first:last]
    if 1 < len(inside) <= COARSE:
        while first > 0 and values[first] - values[first - 1] <= _step(inside[: STEPS + 1]):
            first -= 1
        while last < len(values) and values[last] - values[last - 1] <= _step(inside[-STEPS - 1 :]):
            last += 1
    within = np.arange(len(values))
    return points.where((within < first) | (within >= last))


def _ends(points: Points, out: Points, fences: Fences) -> tuple[float, float]:
    """The fences, or the last values that go on beyond them."""
    kept = points.values[~np.isin(points.values, out.values)]
    return min(fences.low, float(kept[0])), max(fences.high, float(kept[-1]))


def _step(values: np.ndarray) -> float:
    """The largest step that is usual among neighbours."""
    return STEP * float(np.median(np.diff(values)))


def classic_fences(points: Points) -> dict[str, int]:
    """How many values the usual rules call outliers: IQR 1.5, MAD 3.5 and z 3."""
    low, middle, high = points.quantiles([0.25, 0.5, 0.75])
    reach = 1.5 * (high - low)
    deviations = points.moved(abs(points.values - middle))
    mad = _MAD * deviations.quantile(0.5)
    mean = float((points.values / points.total * points.weights).sum())
    std = float(((points.values - mean) ** 2 * points.weights / points.total).sum()) ** 0.5
    ends = {
        "iqr": (low - reach, high + reach),
        "mad": (middle - 3.5 * mad, middle + 3.5 * mad),
        "zscore": (mean - 3 * std, mean + 3 * std),
    }
    return {
        rule: round(
            float(points.weights[(points.values < end[0]) | (points.values > end[1])].sum())
        )
        for rule, end in ends.items()
    }
