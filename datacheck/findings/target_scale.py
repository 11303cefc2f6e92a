"""How a quantity that is to be predicted lies: ``target.scale``, what loss and scaling must heed.

A squared error is the far values' where a target spans decades; where most rows share a value, two
questions are asked in one; where it hardly varies for its size, an untrained model begins far away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.findings.targets import classes_of, targets
from datacheck.report.finding import Finding
from datacheck.text import figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.column import ColumnProfile
    from datacheck.profiling.model import Profile

#: A target of fewer different values is no quantity to be scaled.
LEAST = 20
#: The far hundredth lies so many interquartile ranges from the middle (normal 1.7, exponential 3.6,
#: lognormal of deviation 1: 6.3).
FAR = 10.0
#: One value has this share of the rows.
COMMON = 0.25
#: The middle is so many times the interquartile range.
AWAY = 1000.0


def target_scales(profile: Profile) -> Iterator[Finding]:
    """``target.scale`` of each target that is a quantity."""
    for column in targets(profile):
        points = column.points
        if column.kind != "number" or classes_of(column) is not None or len(points) < LEAST:
            continue
        place = int(points.weights.argmax())
        common, value = float(points.weights[place]) / points.total, float(points.values[place])
        low, first, middle, third, high = points.quantiles([0.01, 0.25, 0.5, 0.75, 0.99])
        wide = third - first
        if points.exact and common >= COMMON:
            yield _finding(
                column,
                f"{common:.0%} of the rows have the target {figure(value)}, the others are spread: "
                "whether and how much are two questions.",
                "Predict first whether it is that value and then how much it is, or use a loss for "
                "such counts and amounts (Poisson, Tweedie).",
                {"how": "common", "value": value, "share": common},
                {"values": [value]},
            )
        elif wide > 0 and max(high - middle, middle - low) >= FAR * wide:
            times = max(high - middle, middle - low) / wide
            yield _finding(
                column,
                f"The far hundredth of the target lies {times:.0f} interquartile ranges from its "
                "middle: a squared error is theirs alone.",
                "Predict its logarithm (`power: log1p`; signed_log1p of both signs), or use "
                "an absolute error; scale it by its quartiles.",
                {"how": "far", "times": times},
                {"is": "cell"},
            )
        if wide > 0 and abs(middle) >= AWAY * wide:
            yield _finding(
                column,
                f"The target is about {figure(middle)} and varies by {figure(wide)}: an untrained "
                "model begins far from all of it.",
                "Scale it (`scale: robust`), and bring predictions back by `inverse`.",
                {"how": "away", "middle": middle, "range": wide},
                {"is": "cell"},
            )


def _finding(
    column: ColumnProfile,
    message: str,
    remedy: str,
    evidence: dict[str, Any],
    where: dict[str, Any],
) -> Finding:
    values = where.get("values")
    count = column.count
    if values is not None:
        count = round(evidence["share"] * column.points.total)
    return Finding(
        code="target.scale",
        severity="info",
        column=column.name,
        count=count,
        message=message,
        remedy=remedy,
        evidence={"where": where, **evidence},
    )
