"""The rows whose labels are looked at: the same ones of a table, wherever it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.findings.labels import MOST_ROWS, suspect_labels, targets_of
from datacheck.rows.queries import key_columns
from datacheck.rows.sample import RowSample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.profiling.model import Profile
    from datacheck.report import Finding
    from datacheck.table import Table


def wrong_labels(table: Table, profile: Profile, roles: Mapping[str, str]) -> list[Finding]:
    """``label.suspect`` of a table: see `datacheck.findings.labels.suspect_labels`."""
    targets_of(profile, roles)
    [sample] = table.fold([RowSample(key_columns(table.dtypes, roles), MOST_ROWS)])
    places, rows = sample.taken()
    return suspect_labels(places, rows, profile, roles)
