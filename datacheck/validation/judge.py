"""The verdict on a source: findings, and how many rows and columns were looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from datacheck.schema.compile import plan_for, returned
from datacheck.schema.opened import as_declared
from datacheck.source.collecting import reading
from datacheck.validation.found import findings
from datacheck.validation.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.report import Finding
    from datacheck.schema import Schema
    from datacheck.schema.compile import Plan
    from datacheck.source import Source


class Verdict(NamedTuple):
    """What validation says of a source.

    Parameters
    ----------
    findings
        The violations; none where the table obeys its schema.
    rows, columns
        How much was looked at: all of it.
    """

    findings: list[Finding]
    rows: int
    columns: int


def violations(source: Source, schema: Schema) -> list[Finding]:
    """Every way in which a table breaks its schema, with exact counts.

    Parameters
    ----------
    source
        An opened input. It is read once, in batches; rules that look at many rows at once
        (a mean, a window, a function that pandera must run) are queries of their own.
    schema
        A loaded schema.

    Raises
    ------
    SourceError
        Where the input can't be read to its end.
    """
    return judge(source, schema).findings


def judge(source: Source, schema: Schema, progress: Callable[[int], None] | None = None) -> Verdict:
    """As `violations`, with the number of rows and columns that were looked at."""
    opened, plan = planned(source, schema)
    seen = scan(opened, plan, progress)
    source.must_be_whole(seen.rows)
    return Verdict(findings(plan, seen), seen.rows, len(plan.dtypes) + len(plan.dropped))


def planned(source: Source, schema: Schema) -> tuple[Source, Plan]:
    """The plan for a source.

    Its columns are read as they are declared, where nothing is lost by it. Rejected rows that come
    back are read as text is: they may have come from such a source.
    """
    source = as_declared(source, schema)
    with reading(source.name):
        found = source.frame.collect_schema()
    return source, plan_for(schema, found, text=source.text or returned(found))
