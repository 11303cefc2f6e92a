"""Which planted faults a schema notices: those in different columns are judged in one table.

A fault in a column that is judged alone is noticed, or not, whatever stands in other columns. So
the faults of a wide table need as few judgements as one column has faults, not one each; where
each row is judged by itself, those tables stand one below the other in one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from datacheck.schema import Schema
from datacheck.schema.compile import Plan, returned
from datacheck.schema.opened import as_declared
from datacheck.schema.reading import readings
from datacheck.schema.rules import Rule, obeys
from datacheck.schema.structure import wrong_dtypes
from datacheck.source import open_source
from datacheck.table import LocalTable
from datacheck.validation.judge import planned, rules_of, verdict

#: How many cells are judged in one query, where rows are.
_CELLS = 10_000_000


class Mutant(NamedTuple):
    """A fault to plant: its kind and column, the check that would see it, and what it spoils."""

    kind: str
    column: str | None
    add: str
    spoilt: pl.DataFrame
    alone: bool = False


def unnoticed(mutants: Sequence[Mutant], sample: pl.DataFrame, schema: Schema) -> list[Mutant]:
    """The faults that a schema passes, planted into rows that obey it."""
    if not mutants:
        return []
    _, plan = _planned(sample, schema)
    wide: tuple[Any, ...] = (*plan.apart, *plan.distinct, *plan.expected, *plan.by_pandera)
    wider = {each.key.column for each in wide}
    found = sample.schema
    by_rows, alone, missed = [], [], set()
    for at, each in enumerate(mutants):
        kept = all(found.get(name) == dtype for name, dtype in each.spoilt.schema.items())
        if not each.alone:
            frame = each.spoilt if each.column is None else sample.with_columns(each.spoilt)
            missed |= set() if _told(frame, schema, each.spoilt.columns) else {at}
        elif kept and wider.isdisjoint(each.spoilt.columns):
            by_rows.append(at)
        else:
            alone.append(at)

    def planted(batch: Iterable[int]) -> pl.DataFrame:
        return sample.with_columns(cells for at in batch for cells in mutants[at].spoilt)

    told: list[tuple[list[int], set[str | None]]] = []
    for batch in _batches(mutants, alone):
        names = [name for at in batch for name in mutants[at].spoilt.columns]
        told.append((batch, _told(planted(batch), schema, names)))
    batches = _batches(mutants, by_rows)
    deep = max(1, _CELLS // (sample.height * sample.width))
    for start in range(0, len(batches), deep):
        some = batches[start : start + deep]
        told += zip(some, _told_by_rows(list(map(planted, some)), schema), strict=True)
    for batch, columns in told:
        missed |= {at for at in batch if columns.isdisjoint(mutants[at].spoilt.columns)}
    return [each for at, each in enumerate(mutants) if at in missed]


def _batches(mutants: Sequence[Mutant], places: Iterable[int]) -> list[list[int]]:
    """Places of faults that can stand in one table: no column twice."""
    batches: list[tuple[list[int], set[str]]] = []
    for at in places:
        own = set(mutants[at].spoilt.columns)
        batch = next((each for each in batches if own.isdisjoint(each[1])), None)
        if batch is None:
            batch = ([], set())
            batches.append(batch)
        batch[0].append(at)
        batch[1].update(own)
    return [batch for batch, _ in batches]


def _told_by_rows(frames: Sequence[pl.DataFrame], schema: Schema) -> Iterator[set[str | None]]:
    """The columns of which rows tell an error, in each frame of as many rows: in one query."""
    table, plan = _planned(pl.concat(frames), schema)
    rules: dict[str, list[Rule]] = {}
    for rule in plan.rules:
        if rule.severity == "error" and rule.key.column is not None:
            rules.setdefault(rule.key.column, []).append(rule)
    asked = [(~obeys(each, plan.dtypes)).alias(name) for name, each in rules.items()]
    broken = plan.view(table.frame).collect(engine="in-memory").select(asked)
    for at, frame in enumerate(frames):
        part = broken.slice(at * frame.height, frame.height)
        yield {fails.name for fails in part if fails.any()}


def _told(frame: pl.DataFrame, schema: Schema, spoilt: Sequence[str]) -> set[str | None]:
    """The columns of which an error is told; rows are judged where dtypes do not tell of all."""
    table = as_declared(LocalTable(open_source(frame)), schema)
    columns = schema.columns_for(table.dtypes)
    read = readings(table.dtypes, columns, text=returned(table.dtypes))
    wrong: set[str | None] = set(wrong_dtypes(table.dtypes, columns, read))
    if wrong and wrong.issuperset(spoilt):
        return wrong
    table, plan = planned(table, schema)
    # Whether something is told matters here, and not of how many cells.
    plan = replace(plan, faults=tuple(replace(fault, counted={}) for fault in plan.faults))
    [rules] = table.fold([rules_of(table, plan)])
    found = verdict(table, plan, rules).findings
    return {each.column for each in found if each.severity == "error"}


def _planned(frame: pl.DataFrame, schema: Schema) -> tuple[LocalTable, Plan]:
    return planned(LocalTable(open_source(frame)), schema)
