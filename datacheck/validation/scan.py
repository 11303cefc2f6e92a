"""A plan over a table, in one pass.

What each batch shows is merged, so that memory does not grow with the table, nor with the number
of failures. What a batch cannot show (a mean, a window, repeated values) is asked of the table as
a whole once the pass is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace

import polars as pl

from datacheck.columns import col, cols, named
from datacheck.report import LISTED
from datacheck.schema.compile import Distinct, Plan
from datacheck.schema.custom import through_pandera
from datacheck.schema.rules import Extent, Rule
from datacheck.source import reading
from datacheck.table import Run, Table
from datacheck.validation.batch import said, scan_batch
from datacheck.validation.tally import SAMPLED, Scanned, Tally, first_places


class Rules:
    """A plan's rules as a kernel: what is seen of them in the rows so far.

    It may `keep` the columns in which repeated values are looked for. Of some columns another
    kernel, folded before this one, has the extents `known`: a rule that they show to hold is not
    evaluated.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        keep: bool = True,
        known: Mapping[str, Callable[[], Extent]] | None = None,
    ) -> None:
        self.columns = plan.needed
        self.plan = plan if keep else replace(plan, distinct=())
        self.seen = Scanned()
        made = {cell.meta.output_name() for step in plan.steps for cell in step}
        self._known = {name: each for name, each in (known or {}).items() if name not in made}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - polars' own threads
        """See `Kernel`."""
        names = [name for name in batch.columns if name in self.columns]
        part = batch.select(cols(names)) if 0 < len(names) < batch.width else batch
        self.seen.merge(scan_batch(part, self._open(), offset))

    def _open(self) -> Plan:
        """The plan, without the rules that hold by what is known of their columns."""
        extents = {name: extent() for name, extent in self._known.items()}
        rules = [
            rule
            for rule in self.plan.rules
            if rule.key.column not in extents or not rule.holds(extents[rule.key.column])
        ]
        if len(rules) == len(self.plan.rules):
            return self.plan
        return replace(self.plan, rules=tuple(rules))

    def merge(self, other: Rules) -> None:
        """See `Kernel`."""
        self.seen.merge(other.seen)

    def seen_alone(self) -> Rules:
        """See `Kernel`: a plan may hold the user's own code."""
        alone = copy(self)
        del alone.plan, alone._known
        return alone


def completed(table: Table, plan: Plan, rules: Rules) -> Scanned:
    """What a plan's rules show, with those that look at many rows; errors as of `collect`."""
    seen = rules.seen
    if not seen.rows:
        nothing = pl.DataFrame(schema={n: d for n, d in table.dtypes.items() if n in plan.needed})
        seen = scan_batch(nothing, rules.plan, 0)
    if table.elsewhere is not None:
        table.elsewhere.complete(plan, seen)
        return seen
    _repeated(plan, seen)
    if table.frame is not None and (plan.apart or plan.by_pandera):
        _apart(table.name, table.frame, plan, seen)
    return seen


def _repeated(plan: Plan, seen: Scanned) -> None:
    """Rows whose values come again, over all batches."""
    if not plan.distinct or not seen.kept:
        return
    table = pl.concat([part for _, part in sorted(seen.kept, key=lambda each: each[0])])
    seen.kept.clear()
    for rule in plan.distinct:
        values = table.select(cols(rule.columns))
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
    row = pl.struct(cols(rule.columns))
    spared = row.is_first_distinct() if rule.report == "exclude_first" else row.is_last_distinct()
    return mask & ~values.select(spared).to_series()


def _apart(name: str, frame: pl.LazyFrame, plan: Plan, seen: Scanned) -> None:
    """Rules that look at many rows at once: each is a query of its own."""
    view = plan.view(frame.drop(named(plan.dropped)))
    for rule in plan.apart:
        try:
            tally = _query(view, rule, seen.rows)
        except pl.exceptions.PolarsError as error:
            tally = Tally(error=said(error))
        if tally.count or tally.error:
            seen.tallies[rule.key] = tally
    if plan.by_pandera:
        with reading(name):
            whole = view.collect(engine="streaming").select(cols(plan.dtypes))
        _by_pandera(whole, plan, seen)


def _query(view: pl.LazyFrame, rule: Rule, rows: int) -> Tally:
    wanted = [rule.fails.sum().alias("count")]
    if not rule.whole:
        failing = pl.int_range(pl.len(), dtype=pl.Int64).filter(rule.fails).head(LISTED)
        wanted.append(failing.implode().alias("rows"))
        shown = failing if rule.shown is None else col(rule.shown).filter(rule.fails)
        wanted.append(shown.head(LISTED).implode().alias("values"))
    found = view.select(wanted).collect(engine="streaming").row(0, named=True)
    if rule.whole:
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
