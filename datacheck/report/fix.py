"""A fix: a finding's remedy as data, which one mechanism applies and the sentence is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What would mend a finding.

    Parameters
    ----------
    kind
        What is to be done, a word of the vocabulary of `datacheck.repair`.
    safe
        Whether no cell that carries a value can lose it by this fix.
    column
        The column that it concerns; None where it concerns the table.
    arguments
        What the kind needs besides: plain data.
    """

    kind: str
    safe: bool
    column: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The fix as JSON can hold it."""
        from datacheck.report.finding import plain

        return {
            "kind": self.kind,
            "safe": self.safe,
            "column": self.column,
            "arguments": plain(self.arguments),
        }
