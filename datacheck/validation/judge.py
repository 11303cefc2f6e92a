"""The verdict on a table: findings, and how many rows and columns were looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from datacheck.report import Finding
from datacheck.schema import Schema
from datacheck.schema.compile import Plan, plan_for, returned
from datacheck.schema.opened import as_declared
from datacheck.schema.rules import Extent
from datacheck.source import Source
from datacheck.table import LocalTable, Table
from datacheck.validation.reporting import findings
from datacheck.validation.scan import Rules, completed

T = TypeVar("T", bound=Table)


class Verdict(NamedTuple):
    """What validation says of a table."""

    #: The violations; none where the table obeys its schema.
    findings: list[Finding]
    #: How much was looked at: all of it.
    rows: int
    columns: int


def violations(source: Source, schema: Schema) -> list[Finding]:
    """Every way in which a table breaks its schema, with exact counts, by a pass in batches."""
    return judge(LocalTable(source), schema).findings


def judge(table: Table, schema: Schema) -> Verdict:
    """As `violations`, of any table, with the number of rows and columns looked at."""
    table, plan = planned(table, schema)
    [rules] = table.fold([rules_of(table, plan)])
    return verdict(table, plan, rules)


def rules_of(
    table: Table, plan: Plan, known: Mapping[str, Callable[[], Extent]] | None = None
) -> Rules:
    """The kernel that judges a table by a plan, and by what is `known` of some columns."""
    return Rules(plan, keep=table.elsewhere is None, known=known)


def verdict(table: Table, plan: Plan, rules: Rules) -> Verdict:
    """What is to be said once the rules have seen the table."""
    seen = completed(table, plan, rules)
    return Verdict(findings(plan, seen), seen.rows, len(plan.dtypes) + len(plan.dropped))


def planned(table: T, schema: Schema) -> tuple[T, Plan]:
    """The table as it is to be read by a schema, and the plan for it."""
    table = as_declared(table, schema)
    return table, plan_for(schema, table.dtypes, text=table.text or returned(table.dtypes))
