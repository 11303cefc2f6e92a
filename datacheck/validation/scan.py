"""A plan over a table, in one pass: each batch is screened, and looked at where it is suspect.

What each batch shows is merged, so that memory does not grow with the table, nor with the number
of failures. What a batch cannot show (a mean, a window, repeated values) is asked of the table as
a whole once the pass is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from threading import Lock
from typing import Any

import polars as pl

from datacheck.columns import bare, col, cols, named
from datacheck.errors import first_line
from datacheck.report import LISTED
from datacheck.schema.bounds import set_cell
from datacheck.schema.compile import Distinct, Plan
from datacheck.schema.custom import through_pandera
from datacheck.schema.rules import Extent, Key, Rule
from datacheck.source import reading
from datacheck.source.collecting import FEW
from datacheck.table import Run, Table
from datacheck.validation.tally import PREFIXES, SAMPLED, Scanned, Tally, first_places

#: Batches are looked at in several threads, and a user's Python check was not written for that.
_ONE_AT_A_TIME = Lock()


def scan_batch(batch: pl.DataFrame, plan: Plan, offset: int) -> Scanned:
    """What a batch of rows as they came shows, which begins at the table's row `offset`."""
    view = _collected(plan.view(batch.lazy()), batch.height) if plan.steps else batch
    seen = Scanned(rows=batch.height)
    asked = plan.screening.expressions
    flags = (view[name].any() for name in plan.screening.flags)
    aggregates = (*(_aggregated(view, asked) if asked else ()), *flags)
    _suspects(view, plan, aggregates, seen, offset)
    told = [(fault.key, *each) for fault in plan.faults for each in fault.counted.items()]
    for (key, name, _), count in zip(told, _sums(view, [cells for *_, cells in told]), strict=True):
        seen.counted[key, name] = count
    for expected in plan.expected:
        cell = set_cell(col(expected.column), plan.dtypes[expected.column])
        present = view.lazy().filter(~expected.missing).select(cell).unique()
        seen.sets[expected.key] = set(present.collect(engine="in-memory").to_series().to_list())
    if plan.distinct:
        columns = dict.fromkeys(name for each in plan.distinct for name in each.columns)
        seen.kept.append((offset, view.select(cols(columns))))
    return seen


def _collected(frame: pl.LazyFrame, rows: int) -> pl.DataFrame:
    """A frame of so many rows. Of a few, polars' optimizer costs more than what it saves."""
    flags = pl.QueryOptFlags.none() if rows <= FEW else pl.QueryOptFlags()
    return frame.collect(engine="in-memory", optimizations=flags)


def _aggregated(view: pl.DataFrame, asked: list[pl.Expr]) -> tuple[Any, ...]:
    """The row of aggregates."""
    return _collected(view.lazy().select(asked), view.height).row(0)


def _sums(view: pl.DataFrame, cells: Sequence[pl.Expr]) -> tuple[Any, ...]:
    """How many cells are true, of many expressions in one query."""
    if not cells:
        return ()
    return _aggregated(view, [each.sum().alias(str(at)) for at, each in enumerate(cells)])


def _suspects(
    view: pl.DataFrame, plan: Plan, aggregates: Sequence[Any], seen: Scanned, offset: int
) -> None:
    """Evaluate the rules that the aggregates do not clear."""
    plain, counted = [], {}
    for rule in plan.screening.suspects(aggregates):
        counts = plan.screening.counts(rule.key, aggregates)
        if counts is not None:
            counted[rule.key] = (rule, counts)
        elif rule.python:
            _in_python(rule, view, seen, offset)
        else:
            plain.append(rule)
    _counted(counted, view, seen, offset)
    _masked(plain, view, seen, offset)


def _masks(rules: Sequence[Rule], view: pl.DataFrame) -> list[pl.Series]:
    """Where rules fail, in one query: one for each takes as long as the view is wide."""
    if not rules:
        return []
    return view.select(rule.fails.alias(str(at)) for at, rule in enumerate(rules)).get_columns()


def _masked(rules: Sequence[Rule], view: pl.DataFrame, seen: Scanned, offset: int) -> None:
    """Note the rows in which rules fail."""
    failing = [
        (rule, mask, count)
        for rule, mask in zip(rules, _masks(rules, view), strict=True)
        if (count := int(mask.sum() or 0))
    ]
    _kinds([rule for rule, _, _ in failing], view, seen)
    for rule, mask, count in failing:
        tally = seen.tally(rule.key)
        tally.count = count
        wanted = LISTED if rule.shown is None else SAMPLED
        shown = None if rule.shown is None else view[rule.shown]
        tally.note(first_places(mask, min(count, wanted)), shown, offset)


def _kinds(rules: Sequence[Rule], view: pl.DataFrame, seen: Scanned) -> None:
    """Note how many failures there are of each kind that is told apart."""
    asked = [(rule.key, name, kind) for rule in rules for name, kind in rule.kinds.items()]
    counts = _sums(view, [kind for *_, kind in asked])
    for (key, name, _), count in zip(asked, counts, strict=True):
        seen.tally(key).kinds.update({name: count})


def _counted(
    counted: dict[Key, tuple[Rule, dict[str, int]]], view: pl.DataFrame, seen: Scanned, offset: int
) -> None:
    """Note failures whose number is known: only the first rows remain to be found."""
    for key, (rule, counts) in counted.items():
        tally = seen.tally(key)
        tally.count = sum(counts.values())
        if len(rule.kinds) > 1:
            tally.kinds.update(counts)
    pending = [rule for rule, _ in counted.values()]
    for size in (*PREFIXES, view.height):
        part, late = view.head(size), []
        for rule, mask in zip(pending, _masks(pending, part), strict=True):
            tally = seen.tally(rule.key)
            wanted = min(tally.count, LISTED)
            places = bare(mask).arg_true().head(wanted)
            if len(places) == wanted:
                tally.note(places, None if rule.shown is None else part[rule.shown], offset)
            else:
                late.append(rule)
        pending = late
        if not pending:
            return


def _in_python(rule: Rule, view: pl.DataFrame, seen: Scanned, offset: int) -> None:
    """A rule that is the user's own code: what it raises is a finding, not a crash."""
    try:
        with _ONE_AT_A_TIME:
            _masked([rule], view, seen, offset)
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        seen.tally(rule.key).error = said(error)


def said(error: Exception) -> str:
    """An error of someone else's code in one line."""
    kind, line = type(error).__name__, first_line(error)
    return kind if line == kind else f"{kind}: {line}"


class Rules:
    """A plan's rules as a kernel; what `known` extents show to hold is not evaluated."""

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
        with reading(table.name):
            _apart(table.frame, plan, seen)
        if table.source is not None:
            table.source.must_be_whole()
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


def _apart(frame: pl.LazyFrame, plan: Plan, seen: Scanned) -> None:
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
