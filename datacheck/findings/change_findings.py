"""Words a column's change: one finding a cause."""

from __future__ import annotations

from typing import NamedTuple

from datacheck.findings.affine import Fit
from datacheck.findings.blend import LEAST, MOST_SHARE, Blend, Far, minority_cells
from datacheck.findings.units import Mix, mix_finding
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report.finding import Finding
from datacheck.text import chance, converted, magnitude, undoing

_THEIRS = "the reference's"
#: A shift must move the distribution function by this much: large samples do not cry wolf.
EFFECT = 0.1


class Change(NamedTuple):
    """How far two distributions are apart."""

    #: Kolmogorov and Smirnov's distance; the least p-value of the tests, for their number.
    gap: float
    p: float
    #: P(data > reference) + half of the ties.
    superiority: float

    def is_real(self, alpha: float) -> bool:
        """Whether it is more than chance, and more than a trifle."""
        return self.p < alpha and max(self.gap, abs(self.superiority - 0.5)) >= EFFECT


def conversion_finding(data: ColumnProfile, fit: Fit, change: Change, *, refitted: bool) -> Finding:
    """A conversion of all values: ``drift.unit_change`` or ``drift.already_scaled``."""
    factor, offset = fit.conversion.factor, fit.conversion.offset
    evidence = {"factor": factor, "offset": offset, "gap": change.gap, "gap_left": fit.gap}
    if fit.scaler and not refitted:
        return Finding(
            code="drift.already_scaled",
            severity="error",
            column=data.name,
            count=data.rows,
            message=f"The values look already scaled, by {fit.scaler}: "
            f"(x - {magnitude(-offset / factor, 5)}) / {magnitude(1 / factor, 5)}.",
            remedy="Feed the raw values, or leave the scaling out: scaled twice, they are wrong.",
            evidence={"scaler": fit.scaler, **evidence},
        )
    cause = (
        f"both are scaled by {fit.scaler}, each by its own numbers"
        if refitted
        else fit.conversion.name
    )
    told = f" ({cause})" if refitted else fit.conversion.aside
    return Finding(
        code="drift.unit_change",
        severity="error",
        column=data.name,
        count=data.rows,
        message=f"The values are {converted(_THEIRS, factor, offset)}{told}.",
        remedy="Scale both by the reference's numbers."
        if refitted
        else f"Undo it: subtract {magnitude(offset, 6)}, {undoing(factor)}."
        if offset
        else f"Undo it: {undoing(factor)}.",
        evidence={**evidence, "conversion": cause, "refit": fit.scaler if refitted else None},
    )


def blend_finding(
    data: ColumnProfile, reference: Points, ours: Points, blend: Blend
) -> Finding | None:
    """``scale.unit_mix``; None where hardly a cell, or nearly all, would be the second unit."""
    where = minority_cells(reference, ours, blend.conversion)
    ((side, (low, high)),) = where.items()
    part = ours.inside(low, high) if side == "inside" else ours.outside(low, high)
    if not LEAST <= part.total <= MOST_SHARE * ours.total:
        return None
    mix = Mix(low, high, round(part.total), blend.conversion)
    return mix_finding(data, mix, where=where, share=blend.share, gap_left=blend.gap)


def outlier_finding(data: ColumnProfile, ours: Points, far: Far) -> Finding:
    """Values from far outside: ``drift.outlier_rate``."""
    out = ours.outside(far.low, far.high)
    shown = " to ".join(magnitude(end, 5) for end in out.ends)
    ends = [max(far.low, -1.7e308), min(far.high, 1.7e308)]
    return Finding(
        code="drift.outlier_rate",
        severity="warning",
        column=data.name,
        count=round(out.total),
        message=f"{round(out.total):,} values ({shown}) lie farther out than the reference's tails "
        f"allow ({chance(far.p)}).",
        remedy="Look at the rows. Then correct them, or declare outliers: clip.",
        evidence={"where": {"outside": ends}, **ours.estimated, "p": far.p},
    )


def shift_finding(reference: ColumnProfile, data: ColumnProfile, change: Change) -> Finding:
    """What no conversion explains: ``drift.shift``."""
    old, new = reference.points.quantile(0.5), data.points.quantile(0.5)
    return Finding(
        code="drift.shift",
        severity="warning",
        column=data.name,
        count=data.rows,
        message=f"The distribution has moved: distance {change.gap:.2f}, median "
        f"{magnitude(old, 5)} to {magnitude(new, 5)} ({chance(change.p)}).",
        remedy="Find out whether the world has changed or the measurement; "
        "fit again if it is the world.",
        evidence={
            "gap": change.gap,
            "superiority": change.superiority,
            "p": change.p,
            "median": [old, new],
        },
    )
