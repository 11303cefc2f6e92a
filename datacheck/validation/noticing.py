"""Which planted faults a schema notices: those in different columns are judged in one table.

A fault in a column that is judged alone is noticed, or not, whatever stands in other columns. So
the faults of a wide table need as few judgements as one column has faults, not one each.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from datacheck.table import LocalTable
from datacheck.validation.judge import planned, rules_of, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.report import Finding
    from datacheck.schema import Column, Schema


class Mutant(NamedTuple):
    """A fault to plant: its kind and column, the spoilt frame, the check that would see it.

    `schema` is what is to notice it: of a column that is judged `alone`, its declaration alone;
    `sound` is the frame before it was spoilt.
    """

    kind: str
    column: str | None
    frame: pl.DataFrame
    add: str
    schema: Schema
    sound: pl.DataFrame
    alone: bool = False


def unnoticed(faults: Sequence[Mutant]) -> list[Mutant]:
    """The faults that their schemas pass."""
    table = _sound(faults)
    missed = {at for batch in _batches(faults) for at in _missed(faults, batch, table)}
    return [fault for at, fault in enumerate(faults) if at in missed]


class _Sound(NamedTuple):
    """All columns that are judged alone, as they were, and what is declared of them.

    Every batch is this table with some columns spoilt, so that its plan is made once.
    """

    cells: dict[str, pl.Series]
    schema: Schema | None


def _sound(faults: Sequence[Mutant]) -> _Sound:
    cells: dict[str, pl.Series] = {}
    columns: list[Column] = []
    schema = None
    for fault in faults:
        if fault.alone and fault.frame.width == 1 and fault.frame.columns[0] not in cells:
            cells |= {series.name: series for series in fault.sound}
            columns += fault.schema.columns
            schema = fault.schema
    return _Sound(cells, schema and replace(schema, columns=tuple(columns)))


def _batches(faults: Sequence[Mutant]) -> list[list[int]]:
    """Places of faults that can stand in one table: those judged alone, no column twice."""
    shared: list[tuple[list[int], set[str]]] = []
    single = []
    for at, fault in enumerate(faults):
        if not fault.alone:
            single.append([at])
            continue
        own = set(fault.frame.columns)
        batch = next((each for each in shared if own.isdisjoint(each[1])), None)
        if batch is None:
            batch = ([], set())
            shared.append(batch)
        batch[0].append(at)
        batch[1].update(own)
    return [*(places for places, _ in shared), *single]


def _missed(faults: Sequence[Mutant], batch: list[int], sound: _Sound) -> list[int]:
    if len(batch) == 1 or sound.schema is None:
        return [at for at in batch if not _errors(faults[at].frame, faults[at].schema)]
    spoilt = {series.name: series for at in batch for series in faults[at].frame}
    frame = pl.DataFrame(list((sound.cells | spoilt).values()))
    told = {found.column for found in _errors(frame, sound.schema)}
    if not told <= set(frame.columns):
        # What is told of something else may be of any.
        return [at for each in batch for at in _missed(faults, [each], sound)]
    return [at for at in batch if told.isdisjoint(faults[at].frame.columns)]


def _errors(frame: pl.DataFrame, schema: Schema) -> list[Finding]:
    from datacheck.source import open_source

    table, plan = planned(LocalTable(open_source(frame)), schema)
    # Whether something is told matters here, and not of how many cells.
    plan = replace(plan, faults=tuple(replace(fault, counted={}) for fault in plan.faults))
    [rules] = table.fold([rules_of(table, plan)])
    told = verdict(table, plan, rules).findings
    return [found for found in told if found.severity == "error"]
