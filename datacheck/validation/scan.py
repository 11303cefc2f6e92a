"""A plan over a whole source, in one pass.

A frame in memory is one batch. Anything else streams through polars' own engine, batch by batch
and on all its threads; what each batch shows is merged, so that memory does not grow with the
table, nor with the number of failures.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import polars as pl

from datacheck.report import LISTED
from datacheck.schema.custom import through_pandera
from datacheck.source.collecting import reading
from datacheck.validation.look import look, said
from datacheck.validation.tally import SAMPLED, Scanned, Tally, first_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.schema.compile import Distinct, Plan
    from datacheck.schema.rules import Rule
    from datacheck.source import Source

    Progress = Callable[[int], None]

_PLACE = "\0place"


def scan(source: Source, plan: Plan, progress: Progress | None = None) -> Scanned:
    """Evaluate a plan on a source; progress is told of the rows that have been looked at.

    Raises
    ------
    SourceError
        Where the source can't be read to its end.
    """
    with reading(source.name):
        if source.in_memory or not source.frame.collect_schema():
            seen = look(source.frame.collect(engine="in-memory"), plan, 0)
        else:
            seen = _stream(source.frame, plan, progress)
    _repeated(plan, seen)
    if plan.apart or plan.by_pandera:
        _apart(source, plan, seen)
    return seen


def _stream(frame: pl.LazyFrame, plan: Plan, progress: Progress | None) -> Scanned:
    """Look at batches as polars reads them, in whatever order its threads bring them."""
    seen, lock = Scanned(), Lock()
    nothing = pl.DataFrame(schema={"nothing": pl.Null})

    def each(batch: pl.DataFrame) -> pl.DataFrame:
        if batch.height:
            part = look(batch.drop(_PLACE), plan, batch[_PLACE][0])
            with lock:
                seen.merge(part)
                if progress is not None:
                    progress(seen.rows)
        return nothing

    names = [name for name in frame.collect_schema() if name in plan.needed]
    rows = frame.select(names or pl.first()).with_row_index(_PLACE)
    rows.map_batches(each, streamable=True, schema=nothing.schema).collect(engine="streaming")
    return seen if seen.rows else look(frame.clear().collect(), plan, 0)


def _repeated(plan: Plan, seen: Scanned) -> None:
    """Rows whose values come again, over all batches."""
    if not plan.distinct or not seen.kept:
        return
    table = pl.concat([part for _, part in sorted(seen.kept, key=lambda each: each[0])])
    seen.kept.clear()
    for rule in plan.distinct:
        values = table.select(rule.columns)
        mask = _repeats(values, rule)
        count = int(mask.sum())
        if count:
            tally = seen.tally(rule.key)
            tally.count = count
            shown = values if len(rule.columns) > 1 else values.to_series()
            tally.note(first_places(mask, min(count, SAMPLED)), shown, 0)


def _repeats(values: pl.DataFrame, rule: Distinct) -> pl.Series:
    mask = values.is_duplicated()
    if rule.report == "all" or not mask.any():
        return mask
    row = pl.struct(rule.columns)
    spared = row.is_first_distinct() if rule.report == "exclude_first" else row.is_last_distinct()
    return mask & ~values.select(spared).to_series()


def _apart(source: Source, plan: Plan, seen: Scanned) -> None:
    """Rules that look at many rows at once: each is a query of its own."""
    view = plan.view(source.frame.drop(plan.dropped))
    for rule in plan.apart:
        try:
            tally = _query(view, rule, seen.rows)
        except pl.exceptions.PolarsError as error:
            tally = Tally(error=said(error))
        if tally.count or tally.error:
            seen.tallies[rule.key] = tally
    if plan.by_pandera:
        with reading(source.name):
            frame = view.collect(engine="streaming").select(list(plan.dtypes))
        _by_pandera(frame, plan, seen)


def _query(view: pl.LazyFrame, rule: Rule, rows: int) -> Tally:
    whole = rule.fails.meta.is_scalar()
    wanted = [rule.fails.sum().alias("count")]
    if not whole:
        failing = pl.int_range(pl.len(), dtype=pl.Int64).filter(rule.fails).head(LISTED)
        wanted.append(failing.implode().alias("rows"))
        shown = failing if rule.shown is None else pl.col(rule.shown).filter(rule.fails)
        wanted.append(shown.head(LISTED).implode().alias("values"))
    found = view.select(wanted).collect(engine="streaming").row(0, named=True)
    if whole:
        return Tally(count=rows if found["count"] else 0)
    values = found["values"] if rule.shown is not None else [None] * len(found["rows"])
    return Tally(count=found["count"], first=list(zip(found["rows"], values, strict=True)))


def _by_pandera(frame: pl.DataFrame, plan: Plan, seen: Scanned) -> None:
    for each in plan.by_pandera:
        try:
            verdicts, whole = through_pandera(each.check.code, each.column, frame)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            seen.tally(each.key).error = said(error)
            continue
        if verdicts.all():
            continue
        tally = seen.tally(each.key)
        tally.count = frame.height if whole else int((~verdicts).sum())
        if not whole:
            shown = None if each.column is None else frame[each.column]
            tally.note(first_places(~verdicts, min(tally.count, SAMPLED)), shown, 0)
