"""In which order a report tells its findings: the graver first, and of those what costs more.

A model that is trained and tested in spite of a finding costs nothing, a wrong score or a wrong
model. What makes a score a lie stands before what makes it uncertain, and that before what wastes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.severity import SEVERITIES

if TYPE_CHECKING:
    from datacheck.report.finding import Finding

#: What costs most first; all other codes come after these, in the order in which they were found.
COSTLY = (
    # Nothing can be learned.
    "rows.none",
    "target.constant",
    "target.missing",
    # The score is a lie: what serves later has not what the model was fed.
    "target.leak",
    "row.overlap",
    # The model is wrong where it is asked.
    "target.drift",
    "drift.relation",
    "drift.joint",
    # The model learns what is not so.
    "row.conflict",
    "label.suspect",
    # The score is too good by some rows.
    "row.duplicate",
    "row.near_duplicate",
    "target.imbalance",
)
#: What wastes and no more comes last.
_CHEAP = ("column.copy", "column.near_constant", "column.identifier")


def place_of(finding: Finding) -> tuple[bool, int, int]:
    """What findings are sorted by: what is accepted last."""
    code = finding.code
    cost = COSTLY.index(code) if code in COSTLY else len(COSTLY) + (code in _CHEAP)
    return finding.accepted is not None, SEVERITIES.index(finding.severity), cost
