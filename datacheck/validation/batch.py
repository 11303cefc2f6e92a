"""One batch of rows against a plan: screened first, then looked at closely where it is suspect."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import polars as pl

from datacheck.columns import bare, col, cols
from datacheck.errors import first_line
from datacheck.report import LISTED
from datacheck.schema.bounds import set_cell
from datacheck.schema.compile import Plan
from datacheck.schema.rules import Key, Rule
from datacheck.source.collecting import FEW
from datacheck.validation.tally import PREFIXES, SAMPLED, Scanned, first_places

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
