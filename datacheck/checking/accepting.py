"""What is right so: findings that the schema or the command accepts stay, and decide nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from datacheck.errors import DatacheckError, must_be_known
from datacheck.report import Finding
from datacheck.schema import Schema
from datacheck.schema.declare import Check, Column


def with_acceptance(
    findings: Iterable[Finding],
    *,
    schema: Schema | None = None,
    ignore: Iterable[str] = (),
    rows: int | None = None,
) -> list[Finding]:
    """The findings, those that schema or `ignore` accept with the reason."""
    ignored = [_ignored(word) for word in ignore]
    found = []
    for given in findings:
        column = _column(schema, given)
        finding = given
        if column is not None and given.code in column.severity:
            finding = replace(given, severity=column.severity[given.code])
        reason = (
            _by_schema(schema, column, finding)
            or _allowed(schema, column, finding, rows)
            or _by_command(ignored, finding)
        )
        found.append(finding if reason is None else replace(finding, accepted=reason))
    return found


def _column(schema: Schema | None, finding: Finding) -> Column | None:
    if schema is None or finding.column is None:
        return None
    name = finding.column
    if name in schema.named:
        return schema.named[name]
    for column in schema.columns:
        if column.regex and column.matches(name):
            return column
    # What lies inside a nested column is the column's: position.y is position.
    ends = [place for place, letter in enumerate(name) if letter in ".["]
    outer = (schema.named.get(name[:end]) for end in reversed(ends))
    return next((column for column in outer if column is not None), None)


def _is_within(name: str | None, column: str) -> bool:
    """Whether a name is a column's, or a path inside it.

    >>> [_is_within(name, "position") for name in ("position.y", "position.[]", "position_2")]
    [True, True, False]
    """
    return name is not None and (name == column or name.startswith((f"{column}.", f"{column}[")))


def _by_schema(schema: Schema | None, column: Column | None, finding: Finding) -> str | None:
    if column is not None:
        return column.accept.get(finding.code)
    if schema is None or finding.column is not None:
        return None
    # What concerns the table is accepted by any of the columns that it names.
    named = {value for value in finding.evidence.values() if isinstance(value, str)}
    columns = finding.evidence.get("columns")  # some say how many, and not which
    named |= set(columns) if isinstance(columns, list | tuple) else set()
    reasons = (c.accept.get(finding.code) for c in schema.columns if c.name in named)
    return next((reason for reason in reasons if reason), None)


def _allowed(
    schema: Schema | None, column: Column | None, finding: Finding, rows: int | None
) -> str | None:
    if schema is None or not finding.code.startswith("schema.") or not finding.rows:
        return None
    checks = schema.table.checks if finding.column is None else getattr(column, "checks", ())
    for check in checks:
        allow = check.allow
        if allow is None or not _is_meant(check, finding):
            continue
        most = allow if isinstance(allow, int) else allow * (rows or 0)
        if finding.count <= most:
            shown = f"{allow:g} rows" if isinstance(allow, int) else f"{allow:.4g} of the rows"
            return f"allow: {shown}"
    return None


def _is_meant(check: Check, finding: Finding) -> bool:
    named = finding.code == f"schema.{check.name}"
    return named or finding.evidence.get("check") == check.shown


def _ignored(word: str) -> tuple[str, str | None]:
    code, colon, column = word.partition(":")
    if "." not in code:
        raise DatacheckError(
            "what is to be ignored is no finding's code",
            got=repr(word),
            expected="CODE or CODE:COLUMN, such as outlier.value:price",
        )
    if not code.startswith("schema."):  # those are named by their checks, which people write
        from datacheck.report.explained import explanations

        must_be_known(code, explanations(), f"there is no finding {code!r} to be ignored")
    return code, column if colon else None


def _by_command(ignored: Iterable[tuple[str, str | None]], finding: Finding) -> str | None:
    for code, column in ignored:
        if finding.code == code and (column is None or _is_within(finding.column, column)):
            return "ignored by the command"
    return None
