"""The report: findings about one source, for people, for machines and for a job that must stop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datacheck.errors import DatacheckError, FindingsError, did_you_mean
from datacheck.severity import SEVERITIES, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from datacheck.report.finding import Finding

FORMAT = "datacheck.report"
VERSION = 1


class Report:
    """What was found in a table.

    Parameters
    ----------
    findings
        In any order; they are kept gravest first, then in the order given; accepted ones last.
    name, rows, columns
        Of the source: what it is called, and its shape. ``rows`` is None where none were read.
    scope
        How many columns were looked at, by what their cells are; None where only a schema spoke.

    Attributes
    ----------
    findings : tuple of Finding
    source : dict with the keys ``name``, ``rows`` and ``columns``
    """

    def __init__(
        self,
        findings: Iterable[Finding],
        *,
        name: str,
        rows: int | None,
        columns: int,
        scope: dict[str, int] | None = None,
    ) -> None:
        self.findings: tuple[Finding, ...] = tuple(
            sorted(
                findings,
                key=lambda f: (f.accepted is not None, SEVERITIES.index(f.severity)),
            )
        )
        self.scope = scope
        self.source: dict[str, Any] = {"name": name, "rows": rows, "columns": columns}

    @property
    def ok(self) -> bool:
        """Whether no finding is an error, but for those that are accepted."""
        return not self.at_least("error")

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity or a graver one, but for those that are accepted."""
        if severity not in SEVERITIES:
            raise DatacheckError(
                f"There is no severity {severity!r}",
                expected=", ".join(SEVERITIES),
                todo=did_you_mean(str(severity), SEVERITIES),
            )
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(f for f in self.findings if f.severity in grave and f.accepted is None)

    def raise_for(self, severity: Severity = "error") -> Report:
        """Stop a job here if anything at or above `severity` was found; else return the report.

        Raises
        ------
        FindingsError
            Naming each such finding in a line.
        """
        from datacheck.text import plural

        grave = self.at_least(severity)
        if grave:
            lines = "\n".join(f"  {line}" for line in map(one_line, grave))
            many = plural(len(grave), "finding")
            raise FindingsError(
                f"{self.source['name']}: {many} at or above '{severity}'\n{lines}",
                todo="see the report's findings; `split` sets bad rows aside with their reasons",
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """The report as the document that `to_json` writes."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "ok": self.ok,
            "source": dict(self.source),
            "scope": None if self.scope is None else dict(self.scope),
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """Strict JSON: no NaN or Infinity token."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    def save_html(self, path: str | Path) -> None:
        """Write the report as one self-contained HTML page."""
        from datacheck.files import whole_file
        from datacheck.views.html import report_page

        with whole_file(path, force=True) as beside:
            beside.write_text(report_page(self.to_dict()), encoding="utf-8")

    def __str__(self) -> str:
        from datacheck.views.terminal import report_text

        return report_text(self.to_dict())

    def __repr__(self) -> str:
        decisive = [f for f in self.findings if f.accepted is None]
        counts = {s: sum(f.severity == s for f in decisive) for s in SEVERITIES}
        shown = ", ".join(f"{n} {s}" for s, n in counts.items() if n) or "nothing found"
        return f"<Report {self.source['name']}: {shown}>"

    def _repr_html_(self) -> str:
        from datacheck.views.html import report_fragment

        return report_fragment(self.to_dict())


def one_line(finding: Finding) -> str:
    """A finding in a line: code, column, count and message."""
    where = f" {finding.column}" if finding.column is not None else ""
    return f"{finding.code}{where} ({finding.count}): {finding.message}"
