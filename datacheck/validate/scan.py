"""One pass over a table: every rule of a plan, batch by batch, in the input's order.

A frame in memory is one batch. Anything else streams: each batch is screened, suspicious rules
are evaluated on it, and it is let go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.report import LISTED
from datacheck.schema.custom import through_pandera
from datacheck.source.late import reading
from datacheck.validate.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datacheck.schema.compile import Distinct, Plan
    from datacheck.schema.rules import Key, Rule
    from datacheck.source import Source

#: Kinds of source whose frame is in memory already.
IN_MEMORY = ("polars", "pandas", "pyarrow", "arrow", "python")

#: How many distinct values a check of a column's set of values remembers beyond the expected.
EXTRAS = 10_000


@dataclass
class Scanned:
    """What one pass saw."""

    rows: int = 0
    tallies: dict[Key, Tally] = field(default_factory=dict)
    counted: dict[tuple[Key, str], int] = field(default_factory=dict)
    sets: dict[Key, set[Any]] = field(default_factory=dict)

    def tally(self, key: Key) -> Tally:
        """The tally of a rule, made when it first fails."""
        return self.tallies.setdefault(key, Tally())


def scan(source: Source, plan: Plan) -> Scanned:
    """Evaluate a plan on a source."""
    seen = Scanned()
    kept: list[pl.DataFrame] = []
    columns = list(dict.fromkeys(name for each in plan.distinct for name in each.columns))
    for batch in _batches(source, plan):
        view = plan.view(batch.lazy()).collect(engine="in-memory") if plan.steps else batch
        _judge(view, plan, seen)
        if columns:
            kept.append(view.select(columns))
        seen.rows += batch.height
    if kept:
        table = pl.concat(kept)
        for each in plan.distinct:
            _repeated(table, each, seen)
    if plan.apart or plan.by_pandera:
        _apart(source, plan, seen)
    return seen


def _batches(source: Source, plan: Plan) -> Iterable[pl.DataFrame]:
    """The table in pieces, without the columns that no rule looks at."""
    if source.kind in IN_MEMORY:
        with reading(source.name):
            return [source.frame.collect(engine="in-memory")]
    present = source.frame.collect_schema().names()
    names = [name for name in present if name in plan.needed]
    return source.batches(names) if names else _heights(source)


def _heights(source: Source) -> Iterator[pl.DataFrame]:
    """Batches of no columns: a table of which only the number of rows matters."""
    with reading(source.name):
        rows = source.frame.select(pl.len()).collect(engine="streaming").item()
    yield pl.DataFrame(height=rows)


def _judge(view: pl.DataFrame, plan: Plan, seen: Scanned) -> None:
    """One batch: screen it, then look closely at what is suspicious."""
    asked = plan.screening.expressions
    found = view.select(asked).row(0) if asked else ()
    suspects = plan.screening.suspects(found)
    plain = [rule for rule in suspects if not rule.python]
    if plain:
        masks = view.select([rule.fails.alias(str(place)) for place, rule in enumerate(plain)])
        for rule, mask in zip(plain, masks.iter_columns(), strict=True):
            _note(rule, mask, view, seen)
    for rule in suspects:
        if rule.python:
            _by_python(rule, view, seen)
    for fault in plan.faults:
        if fault.counted:
            counts = view.select([each.sum().alias(name) for name, each in fault.counted.items()])
            for name, count in counts.row(0, named=True).items():
                key = (fault.key, name)
                seen.counted[key] = seen.counted.get(key, 0) + count
    for expected in plan.expected:
        values = seen.sets.setdefault(expected.key, set())
        if len(values) < EXTRAS:
            present = view.lazy().filter(~expected.missing).select(expected.column).unique()
            values.update(present.collect(engine="in-memory").to_series().to_list())


def _note(rule: Rule, mask: pl.Series, view: pl.DataFrame, seen: Scanned) -> None:
    if len(mask) == 1 != view.height:
        mask = mask.new_from_index(0, view.height)
    if not mask.any():
        return
    tally = seen.tally(rule.key)
    tally.add(mask, None if rule.shown is None else view[rule.shown], seen.rows)
    if rule.kinds:
        kinds = view.select([each.sum().alias(name) for name, each in rule.kinds.items()])
        tally.kinds.update(kinds.row(0, named=True))


def _by_python(rule: Rule, view: pl.DataFrame, seen: Scanned) -> None:
    """A rule that is the user's own code: what it raises is a finding, not a crash."""
    if rule.key in seen.tallies and seen.tallies[rule.key].error:
        return
    try:
        mask = view.select(rule.fails).to_series()
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        seen.tally(rule.key).error = _said(error)
        return
    _note(rule, mask, view, seen)


def _repeated(table: pl.DataFrame, rule: Distinct, seen: Scanned) -> None:
    """Rows whose values in the rule's columns come again."""
    values = table.select(rule.columns)
    mask = values.is_duplicated()
    if not mask.any():
        return
    if rule.report != "all":
        row = pl.struct(rule.columns)
        spared = (
            row.is_first_distinct() if rule.report == "exclude_first" else row.is_last_distinct()
        )
        mask = mask & ~values.select(spared).to_series()
    seen.tally(rule.key).add(mask, values if len(rule.columns) > 1 else values.to_series(), 0)


def _apart(source: Source, plan: Plan, seen: Scanned) -> None:
    """Rules that look at many rows at once: each is a query of its own."""
    view = plan.view(source.frame.drop(plan.dropped))
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    for rule in plan.apart:
        wanted = [rule.fails.sum().alias("count"), rule.fails.len().alias("height")]
        if not rule.fails.meta.is_scalar():
            wanted.append(place.filter(rule.fails).head(LISTED).implode().alias("rows"))
            if rule.shown is not None:
                shown = pl.col(rule.shown).filter(rule.fails).head(LISTED).implode()
                wanted.append(shown.alias("values"))
        try:
            found = view.select(wanted).collect(engine="streaming").row(0, named=True)
        except pl.exceptions.PolarsError as error:
            seen.tally(rule.key).error = _said(error)
            continue
        if found["count"]:
            tally = seen.tally(rule.key)
            whole = "rows" not in found
            tally.count = seen.rows if whole else found["count"]
            tally.rows = found.get("rows", [])
            tally.sample = found.get("values", [])
    if plan.by_pandera:
        _by_pandera(source, plan, view, seen)


def _by_pandera(source: Source, plan: Plan, view: pl.LazyFrame, seen: Scanned) -> None:
    with reading(source.name):
        frame = view.collect(engine="streaming").select(list(plan.dtypes))
    for each in plan.by_pandera:
        try:
            verdicts, whole = through_pandera(each.check.code, each.column, frame)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            seen.tally(each.key).error = _said(error)
            continue
        if verdicts.all():
            continue
        tally = seen.tally(each.key)
        if whole:
            tally.count = frame.height
        else:
            tally.add(~verdicts, None if each.column is None else frame[each.column], 0)


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
