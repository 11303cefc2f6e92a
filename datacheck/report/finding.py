"""A finding: one observed problem, as plain data. Every check and detector speaks in these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from datacheck.report.fix import Fix
from datacheck.report.plain import plain
from datacheck.severity import Severity

#: How many rows and values a finding lists. Its `count` is always exact.
LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observed problem.

    Parameters
    ----------
    code
        What kind of problem, such as ``missing.null`` or ``schema.in_range``.
    severity
        ``error``, ``warning`` or ``info``.
    message, remedy
        One sentence that says what was seen, one that says what to do.
    column
        The column's name; None for a finding about the whole table.
    count
        How many cells (or rows, for a table) are concerned. Exact.
    rows, values
        The first `LISTED` of them: row positions counted from 0, and what stands there.
    evidence
        Numbers and names behind the verdict.
    fix
        The remedy as data, which `repair` applies; None where there is none.
    accepted
        Why the schema or the command says that it is right so: shown, and never decisive.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    column: str | None = None
    count: int = 0
    rows: tuple[int, ...] = ()
    values: tuple[Any, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    accepted: str | None = None

    def as_question(self, condition: str = "that is so") -> Finding:
        """The finding with a remedy that asks: no fix answers a question."""
        asks = self.remedy.startswith("If ")
        todo = self.remedy if asks else f"If {condition}, {self.remedy[0].lower()}{self.remedy[1:]}"
        return replace(self, fix=None, remedy=todo)

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON can hold it: NaN and infinities become their names."""
        return {
            "code": self.code,
            "severity": self.severity,
            "column": self.column,
            "count": self.count,
            "rows": list(self.rows),
            "values": plain(self.values),
            "evidence": plain(self.evidence),
            "message": self.message,
            "remedy": self.remedy,
            "fix": None if self.fix is None else self.fix.to_dict(),
            "accepted": self.accepted,
        }
