"""How many rows there are: none at all, or far fewer than the reference has."""

from __future__ import annotations

from collections.abc import Iterator

from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding

#: Below this share of the reference's rows it is told; below the other, it is a warning.
FEWER, FAR_FEWER = 1 / 2, 1 / 5


def no_rows(profile: Profile) -> Iterator[Finding]:
    """``rows.none`` of a profile."""
    if profile.columns:
        yield from none_of(profile.rows)
        return
    yield Finding(
        code="rows.none",
        severity="error",
        column=None,
        message="The table has no columns, so there was nothing to check.",
        remedy="Give the columns: what is an index alone is none of them (reset_index in pandas).",
    )


def none_of(rows: int) -> Iterator[Finding]:
    """``rows.none``: what no check can find fault with is not therefore right."""
    if not rows:
        yield Finding(
            code="rows.none",
            severity="error",
            column=None,
            message="The table has no rows, so there was nothing to check.",
            remedy="See what produced it: a filter, a join or a transfer may have lost them.",
        )


def changed_rows(reference: Profile, data: Profile) -> Iterator[Finding]:
    """``drift.row_count``: a part of a table has the values of the whole, and is still a loss."""
    if reference.rows and not data.rows:
        yield from none_of(data.rows)
    elif data.rows < FEWER * reference.rows:
        share = data.rows / reference.rows
        yield Finding(
            code="drift.row_count",
            severity="warning" if share < FAR_FEWER else "info",
            column=None,
            message=f"{data.rows:,} rows, where the reference has {reference.rows:,}.",
            remedy="See whether all of the table has arrived; else take a reference of its size.",
            evidence={"rows": data.rows, "reference_rows": reference.rows, "share": share},
        )
