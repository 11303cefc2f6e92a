"""What was looked at: a verdict without findings says of which columns it is one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from datacheck.report.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from datacheck.profiling.model import Profile


def scope_of(profile: Profile, roles: Mapping[str, str]) -> dict[str, int]:
    """How many columns were looked at, by what their cells are to a model.

    Columns that are ignored, and those that no detector looks into, are counted apart.
    """
    ignored = [name for name in profile.columns if roles.get(name) == "ignore"]
    kinds = Counter(c.kind for name, c in profile.columns.items() if name not in ignored)
    unchecked = kinds.pop("other", 0)
    counted: dict[str, int] = {str(kind): count for kind, count in kinds.items()}
    return {**counted, "ignored": len(ignored), "unchecked": unchecked}


def unchecked(profile: Profile) -> Iterator[Finding]:
    """``scope.unchecked``: a column of which only the missing cells were counted."""
    for column in profile.columns.values():
        if column.kind == "other" and column.null < column.rows:
            yield Finding(
                code="scope.unchecked",
                severity="info",
                column=column.name,
                count=column.rows - column.null,
                message=f"nothing was looked for in the values of {column.dtype}: only its missing "
                "cells were counted.",
                remedy="Unnest it into columns of its own to have them judged, or declare role: "
                "ignore.",
                evidence={"dtype": column.dtype},
            )
