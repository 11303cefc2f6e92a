"""What a scan saw, said as findings: one line a rule, exact counts, first rows and values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from datacheck.errors import did_you_mean
from datacheck.report import LISTED, Finding
from datacheck.schema.bounds import set_of, shown
from datacheck.schema.compile import Expected, Plan
from datacheck.schema.declare import Check
from datacheck.schema.rules import Key, Rule, comparisons
from datacheck.schema.structure import StructureFault
from datacheck.severity import Severity
from datacheck.text import agree, some
from datacheck.validation.tally import Scanned, Tally

_REPAIR = "Repair these rows, or set them aside with `datacheck split`"


def findings(plan: Plan, seen: Scanned) -> list[Finding]:
    """The findings of a scan: the table's columns first, then rule by rule."""
    made = [_fault(fault, seen) for fault in plan.faults]
    tallies = seen.tallies
    rules = (rule for rule in (*plan.rules, *plan.apart) if rule.key in tallies)
    made += [_rule(rule, tallies[rule.key], seen.rows) for rule in rules]
    distinct = (each for each in plan.distinct if each.key in tallies)
    made += [_repeated(each.key, each.columns, tallies[each.key]) for each in distinct]
    for expected in plan.expected:
        made += _set(expected, seen, plan.dtypes[expected.column])
    for by_pandera in plan.by_pandera:
        if by_pandera.key in tallies:
            how = "by pandera, on the whole table in memory"
            tally = tallies[by_pandera.key]
            made.append(_checked(by_pandera.key, by_pandera.check, tally, seen.rows, how))
    return made


def _rule(rule: Rule, tally: Tally, total: int) -> Finding:
    if rule.check is not None:
        how = "in Python, value by value" if rule.python else ""
        return _checked(rule.key, rule.check, tally, total, how)
    message, remedy = _SAID[rule.key.code]
    evidence: dict[str, Any] = {}
    if tally.kinds:
        evidence = {kind: count for kind, count in tally.kinds.items() if count}
    if rule.key.code != "schema.nullable":
        evidence |= _top(tally)
    said = f"{agree(tally.count, 'cell', 'is', 'are')} {message}{_kinds(tally)}."
    return _tallied(rule.key, tally, rule.severity, evidence, said, remedy)


def _tallied(
    key: Key, tally: Tally, severity: Severity, evidence: dict[str, Any], message: str, remedy: str
) -> Finding:
    """The finding of a rule that rows break."""
    return Finding(
        code=key.code,
        severity=severity,
        column=key.column,
        count=tally.count,
        rows=tally.rows,
        values=tally.values,
        evidence=evidence,
        message=message,
        remedy=remedy,
    )


def _top(tally: Tally) -> dict[str, Any]:
    """The values that fail most often, as evidence."""
    top = tally.top()
    return {"top": top} if top else {}


_SAID = {
    "schema.nullable": (
        "missing, and the column is not nullable",
        f"{_REPAIR}; or declare nullable: true, with an imputation if a model reads the column.",
    ),
    "schema.dtype": (
        "text that does not read as the declared dtype",
        f"{_REPAIR}; a text that means missing belongs in missing_values.",
    ),
    "schema.coerce": (
        "changed by reading as the declared dtype, and left as it was",
        "Declare a dtype that holds such values, or round them yourself.",
    ),
    "numeric.infinite": (
        "infinite",
        "Find where it divides by zero or overflows; or declare infinite: missing or clip.",
    ),
}


def _checked(key: Key, check: Check, tally: Tally, total: int, how: str) -> Finding:
    evidence: dict[str, Any] = {"check": check.shown}
    if passes := _passes(check):
        evidence["passes"] = passes
    if how:
        evidence["evaluated"] = how
    if tally.error:
        return Finding(
            code=key.code,
            severity="error",
            column=key.column,
            count=total,
            evidence=evidence | {"error": tally.error},
            message=f"The check {check.shown} could not be evaluated: {tally.error}.",
            remedy="Mend the check; until then nothing is known of it.",
        )
    unit = "row" if key.column is None else "cell"
    verdict = f"{agree(tally.count, unit, 'is', 'are')} in breach of {check.shown}"
    if not tally.rows:
        where = "The table" if key.column is None else "The column"
        verdict = f"{where} as a whole is in breach of {check.shown}"
    remedy = f"{_REPAIR}; or mend the check if such values are right."
    made = _tallied(key, tally, check.severity, evidence | _top(tally), f"{verdict}.", remedy)
    return made if key.column is not None else replace(made, values=())


def _passes(check: Check) -> dict[str, float]:
    """What a number must be to pass, by sign, where the check compares it with numbers."""
    limits = dict(comparisons(check))
    return limits if all(map(_is_double, limits.values())) else {}


def _is_double(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


def _repeated(key: Key, columns: tuple[str, ...], tally: Tally) -> Finding:
    together = " together" if len(columns) > 1 else ""
    evidence: dict[str, Any] = {"columns": list(columns)} if len(columns) > 1 else {}
    message = f"{agree(tally.count, 'row', 'is', 'are')} not unique in {_names(columns)}{together}."
    remedy = "Remove the repeated rows, or mend the key if they are different things."
    return _tallied(key, tally, "error", evidence | _top(tally), message, remedy)


def _set(expected: Expected, seen: Scanned, dtype: pl.DataType) -> Iterator[Finding]:
    wanted = set_of(expected.check.arguments["values"], dtype)
    present = seen.sets.get(expected.key, set())
    if present == wanted.keys():
        return
    lacking = sorted((wanted[each] for each in wanted.keys() - present), key=repr)
    # None: a cell that cannot be read as what is declared.
    strange = sorted(present - wanted.keys(), key=lambda each: (each is not None, each))
    beyond = shown(strange, dtype)
    said = [f"lacks {_names(lacking)}"] if lacking else []
    said += [f"holds {_names(beyond)} beside them"] if beyond else []
    yield Finding(
        code=expected.key.code,
        severity=expected.check.severity,
        column=expected.key.column,
        count=len(lacking) + len(beyond),
        values=tuple(beyond[:LISTED]),
        evidence={"lacking": lacking[:LISTED], "unexpected": beyond[:LISTED]},
        message=f"The column's distinct values are not those declared: it {' and '.join(said)}.",
        remedy="Complete the data, or mend the declared set of values.",
    )


def _fault(fault: StructureFault, seen: Scanned) -> Finding:
    name = fault.key.column
    evidence = dict(fault.evidence)
    evidence |= {kind: seen.counted.get((fault.key, kind), 0) for kind in fault.counted}
    message, remedy = _FAULTS[fault.kind](name, evidence)
    return Finding(
        code=fault.key.code,
        severity=fault.severity,
        column=name,
        count=seen.rows,
        evidence=evidence,
        message=message,
        remedy=remedy,
    )


def _absent(name: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    near = did_you_mean(str(name), evidence["found"])
    return f"The column {name!r} is not in the table; {near}", "Add it, or declare required: false."


def _no_match(name: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    near = did_you_mean(str(name), evidence["found"])
    return f"No column matches {name!r}; {near}", "Mend the expression, or declare required: false."


def _extra(name: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    near = did_you_mean(str(name), evidence["known"])
    return f"The column {name!r} is not declared; {near}", "Declare it, drop it, or allow others."


def _order(name: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    expected = _names(evidence["expected"])
    return f"The column {name!r} is out of order; expected {expected}.", "Reorder the columns."


def _dtype(name: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    message = f"The column {name!r} is {evidence['found']}, declared {evidence['declared']}"
    if "cells" not in evidence:
        return f"{message}.", "Cast it, mend the declaration, or declare coerce: true."
    readable = f"{evidence['cells_that_read_as_declared']:,} of {evidence['cells']:,}"
    return f"{message}; {readable} texts read as such.", "Declare coerce: true to have them read."


def _unusable(_: str | None, evidence: dict[str, Any]) -> tuple[str, str]:
    on = f" on a column of {evidence['found']}" if "found" in evidence else ""
    message = f"The check {evidence['check']} can't be evaluated{on}: {evidence['error']}."
    return message, "Mend the check or the column's dtype; until then nothing is known of it."


_FAULTS = {
    "absent": _absent,
    "no_match": _no_match,
    "extra": _extra,
    "order": _order,
    "dtype": _dtype,
    "unusable": _unusable,
}


def _kinds(tally: Tally) -> str:
    told = [f"{count:,} {kind}" for kind, count in tally.kinds.items() if count]
    return f" ({', '.join(told)})" if len(told) > 1 else ""


def _names(values: Any, most: int = 5) -> str:
    return some(values, most, shown=repr)
