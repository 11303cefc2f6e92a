"""Columns that hold nearly always the same value: ``column.near_constant``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.findings.roles import PASSING
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import figure, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.model import Profile

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
                fix=fixes.drop_column(column.name),
                evidence={
                    "where": {"texts" if text else "values": [value]},
                    "value": value,
                    "share": count / held,
                },
            )
