"""Columns whose scale will hurt: constant, without spread, or orders of magnitude apart.

Columns that hold nearly always the same value: ``column.near_constant``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from datacheck.findings.missing import is_empty
from datacheck.findings.roles import PASSING
from datacheck.findings.statistics import spread_of
from datacheck.findings.types import holds_numbers
from datacheck.profiling.model import Profile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import briefly, figure, magnitude, shown_value

#: Spreads that differ by this factor: the wide columns drown the narrow ones in any distance.
ORDERS = 1000.0
#: ... and by this one, the narrow ones are lost in a distance taken in float32.
LOST = 1e6
#: Flags and codes, columns of so few values, are not scaled by their quartiles.
CODES = 10
#: Columns that a distance is taken of, or may be.
_SCALED = (None, "feature")


def degenerate_scales(profile: Profile) -> Iterator[Finding]:
    """``scale.constant`` and ``scale.degenerate``, from distinct values and quartiles."""
    for column in profile.columns.values():
        numbers = column.numbers
        if not holds_numbers(column) or column.kind != "number" or numbers is None:
            continue
        if numbers.count < 2:  # noqa: PLR2004
            continue
        points = column.points
        if column.distinct == 1:
            value = float(points.values[0])
            yield Finding(
                code="scale.constant",
                severity="warning",
                column=column.name,
                count=numbers.count,
                message=f"Every value is {figure(value)}.",
                remedy="Drop the column: it tells a model nothing, and has no scale.",
                fix=fixes.drop_column(column.name),
                evidence={"value": value},
            )
        elif len(points) > CODES and points.quartiles[0] == points.quartiles[1]:
            value = points.quantile(0.5)
            share = points.share(points.values == value)
            yield Finding(
                code="scale.degenerate",
                severity="info",
                column=column.name,
                count=round(share * numbers.count),
                message=f"Both quartiles are {figure(value)}: robust scaling has no spread.",
                remedy="Scale by the standard deviation or the range instead, "
                "or add a column that says whether the value is there.",
                fix=fixes.choose_scale(column.name, "zscore"),
                evidence={"where": {"values": [value]}, "value": value, "share": share},
            )


def constant_texts(profile: Profile) -> Iterator[Finding]:
    """``scale.constant`` of texts: the same in every row."""
    for column in profile.columns.values():
        texts = column.texts
        if column.kind != "text" or texts is None or column.null or column.role is not None:
            continue
        if texts.exact and len(texts.values) == 1 and texts.count > 1 and not is_empty(column):
            (value,) = texts.values
            yield Finding(
                code="scale.constant",
                severity="warning",
                column=column.name,
                count=texts.count,
                values=(value,),
                message=f"Every text is {briefly(value)}.",
                remedy="Drop the column: it tells a model nothing.",
                fix=fixes.drop_column(column.name),
                evidence={"value": value},
            )


def apart_spreads(profile: Profile) -> Iterator[Finding]:
    """``scale.spread``: columns whose spreads differ by orders of magnitude."""
    points = {
        name: column.points
        for name, column in profile.columns.items()
        if column.kind == "number" and column.role in _SCALED and len(column.points) > 2  # noqa: PLR2004
    }
    spreads = {n: each for n in points if 0 < (each := spread_of(points[n])) < math.inf}
    if not spreads:
        return
    widest, narrowest = max(spreads, key=spreads.__getitem__), min(spreads, key=spreads.__getitem__)
    factor = spreads[widest] / spreads[narrowest]
    if factor >= ORDERS:
        yield Finding(
            code="scale.spread",
            severity="warning" if factor >= LOST else "info",
            count=len(spreads),
            message=f"Spreads differ {magnitude(factor, 2)}-fold, from '{narrowest}' "
            f"({magnitude(spreads[narrowest], 2)}) to '{widest}' "
            f"({magnitude(spreads[widest], 2)}).",
            remedy="Scale the columns (scale: robust or zscore) before distances or gradients.",
            evidence={
                "factor": factor,
                "widest": widest,
                "narrowest": narrowest,
                "spreads": dict(sorted(spreads.items(), key=lambda pair: -pair[1])[:20]),
            },
        )


#: From this share of a column's cells on, and in at least so many of them.
SHARE, ENOUGH = 0.995, 200


def near_constants(profile: Profile) -> Iterator[Finding]:
    """``column.near_constant``: hardly a row says anything else."""
    for column in profile.columns.values():
        held = column.count
        if column.role in (*PASSING, "target") or held < ENOUGH or column.distinct < 2:  # noqa: PLR2004
            continue
        if column.kind not in ("number", "text", "boolean") or not column.is_exact:
            continue
        if held + 1 - column.distinct < SHARE * held:
            continue  # each of the others stands once at least
        [(value, count), *_] = column.most_frequent or [(0.0, 0)]
        if SHARE * held <= count < held:
            text = column.texts is not None
            shown = shown_value(value) if text else figure(value)
            yield Finding(
                code="column.near_constant",
                severity="info",
                column=column.name,
                count=count,
                message=f"All but {held - count:,} of {held:,} cells are {shown}.",
                remedy="Drop the column, unless the few other cells are what matters.",
                evidence={
                    "where": {"texts" if text else "values": [value]},
                    "value": value,
                    "share": count / held,
                },
            )
