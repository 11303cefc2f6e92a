"""The report: findings about one source, for people, for machines and for a job that must stop."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.errors import FindingsError, must_be_known
from datacheck.report.document import FORMAT, VERSION, findings_frame, read_report
from datacheck.report.finding import Finding
from datacheck.report.redacted import redacted, without_cells
from datacheck.severity import SEVERITIES, Severity
from datacheck.text import plural
from datacheck.version import __version__
from datacheck.views.kinds import kinds_of

if TYPE_CHECKING:
    import polars as pl


#: Findings that an error names at most.
TOLD = 100


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
    schema, reference
        What the table was held against, by name; None where there was none.
    created, producer
        When the report was made, in ISO 8601, and by which version; now and this one if not given.

    Attributes
    ----------
    findings : tuple of Finding
    source : dict with the keys ``name``, ``rows`` and ``columns``
    """

    def __init__(  # noqa: PLR0913 - what a report says of itself, by name
        self,
        findings: Iterable[Finding],
        *,
        name: str,
        rows: int | None,
        columns: int,
        scope: dict[str, int] | None = None,
        schema: str | None = None,
        reference: str | None = None,
        created: str | None = None,
        producer: str | None = None,
    ) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings, key=place_of))
        self.scope = scope
        self.source: dict[str, Any] = {"name": name, "rows": rows, "columns": columns}
        self.schema, self.reference = schema, reference
        #: What a page shows beside the words, made when it is asked for.
        self.pictures: Callable[[Report], dict[str, Any]] | None = None
        self.created = created or datetime.now(UTC).isoformat(timespec="seconds")
        self.producer = producer or f"datacheck {__version__}"

    @property
    def ok(self) -> bool:
        """Whether no finding is an error, but for those that are accepted."""
        return not self.at_least("error")

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity or a graver one, but for those that are accepted."""
        must_be_known(severity, SEVERITIES, f"There is no severity {severity!r}")
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(f for f in self.findings if f.severity in grave and f.accepted is None)

    def raise_for(self, severity: Severity = "error") -> Report:
        """Stop a job here if anything at or above `severity` was found; else return the report.

        Raises
        ------
        FindingsError
            Naming each such finding in a line, or the first `TOLD` of them.
        """
        grave = self.at_least(severity)
        if grave:
            lines = "\n".join(f"  {line}" for line in map(one_line, grave[:TOLD]))
            lines += f"\n  and {len(grave) - TOLD:,} more" if grave[TOLD:] else ""
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
            "created": self.created,
            "producer": self.producer,
            "schema": self.schema,
            "reference": self.reference,
            "source": dict(self.source),
            "scope": None if self.scope is None else dict(self.scope),
            "findings": (findings := [finding.to_dict() for finding in self.findings]),
            "kinds": kinds_of(each for each in findings if each["accepted"] is None),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """Strict JSON: no NaN or Infinity token."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    @staticmethod
    def from_json(text: str | bytes) -> Report:
        """Read what `to_json` wrote.

        Raises
        ------
        ArtefactError
            Where the text is no report, or of a version that is not known.
        """
        return Report(**read_report(text))

    def to_frame(self) -> pl.DataFrame:
        """The findings as a polars frame, one a row; ``values``, ``evidence``, ``fix`` as JSON."""
        return findings_frame(self.findings)

    def without_values(self) -> Report:
        """The same findings without any cell of the table: nothing of ``values`` in any word."""
        made = Report(
            [redacted(finding, self.source) for finding in self.findings],
            **self.source,
            scope=self.scope,
            schema=self.schema,
            reference=self.reference,
            created=self.created,
            producer=self.producer,
        )
        if (pictures := self.pictures) is not None:
            made.pictures = lambda _: without_cells(pictures(self))
        return made

    def __eq__(self, other: object) -> bool:
        """Whether two reports say the same, whenever they were made."""
        if not isinstance(other, Report):
            return NotImplemented
        own, others = self.to_dict(), other.to_dict()
        return {**own, "created": None} == {**others, "created": None}

    def __hash__(self) -> int:
        return hash((self.source["name"], tuple(each.code for each in self.findings)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as the document: pickle and copy carry no code."""
        return Report.from_json, (self.to_json(indent=None),)

    def save_html(self, path: str | Path, *, sample: bool = True) -> None:
        """Write the report as one self-contained HTML page: see `to_html`."""
        from datacheck.files import write_text

        write_text(path, self.to_html(sample=sample), force=True)

    def to_html(self, *, sample: bool = True) -> str:
        """The report as one self-contained HTML page, without scripts.

        With a `sample`, it shows some rows of the table, the guilty ones first.
        """
        from datacheck.views.html import report_page

        return report_page(self.to_dict(), self._pictured(sample=sample))

    def _pictured(self, *, sample: bool) -> dict[str, Any] | None:
        made = None if self.pictures is None else self.pictures(self)
        return made if made is None or sample else made | {"sample": None}

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

        return report_fragment(self.to_dict(), self._pictured(sample=False))


def one_line(finding: Finding) -> str:
    """A finding in a line: code, column, count and message."""
    where = f" {finding.column}" if finding.column is not None else ""
    return f"{finding.code}{where} ({finding.count}): {finding.message}"


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
