"""A schema against a real table's columns, compiled once into one plan of polars expressions.

The plan looks at a *view* of the table: its columns as they are declared to be read, with the
cells as they came beside them under names that no table has. All rules look at that view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any

import polars as pl

from datacheck.columns import col, is_text
from datacheck.schema.custom import as_expression, has_one_verdict, looks_at_one_row
from datacheck.schema.declare import Check, Column
from datacheck.schema.missing import missing_kinds
from datacheck.schema.model import Schema
from datacheck.schema.normal import default_of, is_narrow
from datacheck.schema.reading import LOSSY, NUMBER, UNREAD, missing_words, readings
from datacheck.schema.rules import Key, Rule, Screen, Screening, failing, screen_of
from datacheck.schema.structure import StructureFault, faults
from datacheck.schema.trying import refusals, unfit

RAW = "\0raw "

#: Columns that `split` adds to rejected rows. A table that has both is such rows, come back.
ROW, REASONS = "__row__", "__reasons__"

Steps = tuple[tuple[pl.Expr, ...], ...]
#: How many tables' plans a schema keeps.
_KEPT = 16


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """Columns whose values, taken together, may occur once."""

    key: Key
    columns: tuple[str, ...]
    report: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A column whose distinct values must be exactly these."""

    key: Key
    column: str
    check: Check
    missing: pl.Expr


@dataclass(frozen=True, kw_only=True)
class ByPandera:
    """A check that only pandera can run, on the whole table at once."""

    key: Key
    column: str | None
    check: Check


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do with a table."""

    #: Columns to leave out of sight.
    dropped: tuple[str, ...]
    #: The columns read as another dtype than they have; null where that would lose a cell.
    read: frozenset[str]
    #: Expressions that read them, one `with_columns` after the other.
    reading: Steps
    #: Those that make the view: the same, then those that add and fill what is declared.
    steps: Steps
    #: The view's columns as the schema sees them.
    dtypes: dict[str, pl.DataType]
    #: What is wrong with the table's columns themselves.
    faults: tuple[StructureFault, ...]
    #: Demands on each row that see one row at a time.
    rules: tuple[Rule, ...]
    #: Demands whose expression looks at many rows, or gives one verdict for all.
    apart: tuple[Rule, ...]
    #: Demands of other kinds.
    distinct: tuple[Distinct, ...]
    expected: tuple[Expected, ...]
    by_pandera: tuple[ByPandera, ...]
    #: The table's columns that any of this looks at.
    needed: frozenset[str]

    @cached_property
    def screening(self) -> Screening:
        """What to ask of a table first: it clears the rules that surely hold."""
        return Screening(self.rules, self.dtypes)

    def view(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The table as the rules look at it."""
        for step in self.steps:
            frame = frame.with_columns(step)
        return frame


def plan_for(schema: Schema, found: Mapping[str, pl.DataType], *, text: bool) -> Plan:
    """The plan for a table with these columns, made once and kept with the schema."""
    key = (text, tuple(found.items()))
    plan: Plan | None = schema.plans.get(key)
    if plan is None:
        plan = _Compiler(schema, dict(found), text=text).plan()
        while len(schema.plans) >= _KEPT:
            schema.plans.pop(next(iter(schema.plans)), None)
        schema.plans[key] = plan
    return plan


def returned(found: Mapping[str, pl.DataType]) -> bool:
    """Whether a table is rejected rows that `split` wrote."""
    if ROW not in found:
        return False
    if REASONS in found:
        return found[REASONS].base_type() == pl.List
    return found[ROW].is_integer()  # mended by hand, without the reasons


class _Compiler:
    """Gathers a plan's parts, column by column."""

    def __init__(self, schema: Schema, found: dict[str, pl.DataType], *, text: bool) -> None:
        self.schema, table = schema, schema.table
        declared = {column.name for column in schema.columns}
        own = [name for name in (ROW, REASONS) if name in found and returned(found)]
        own = [name for name in own if name not in declared]
        self.found = {name: dtype for name, dtype in found.items() if name not in own}
        self.columns = schema.columns_for(self.found)
        extra = [name for name in self.found if name not in self.columns]
        self.dropped = (*own, *(extra if table.strict == "filter" else ()))
        self.read = readings(self.found, self.columns, text=text)
        self.faults = faults(schema, self.found, self.columns, self.read)
        self.faulty = {fault.key for fault in self.faults}
        self.dtypes = {
            name: self.read[name].declared if name in self.read else dtype
            for name, dtype in self.found.items()
            if name not in self.dropped
        }
        self.rules: list[Rule] = []
        self.apart: list[Rule] = []
        self.distinct: list[Distinct] = []
        self.expected: list[Expected] = []
        self.by_pandera: list[ByPandera] = []

    def plan(self) -> Plan:
        reading = self._reading()
        steps = reading + self._filled()
        for name, column in self.columns.items():
            self._column(name, column)
        self._table()
        return Plan(
            dropped=self.dropped,
            read=frozenset(self.read),
            reading=reading,
            steps=steps,
            dtypes=self.dtypes,
            rules=self._working(self.rules),
            needed=self._needed(),
            apart=self._working(self.apart),
            faults=tuple(self.faults),
            distinct=tuple(self.distinct),
            expected=tuple(self.expected),
            by_pandera=tuple(self.by_pandera),
        )

    def _reading(self) -> Steps:
        # What is asked for several times is a column first: so it is computed once.
        numbers: list[pl.Expr] = []
        flags: list[pl.Expr] = []
        cells: list[pl.Expr] = []
        for name, reading in self.read.items():
            if reading.number is not None:
                numbers.append(reading.number.alias(NUMBER + name))
            flags.append(col(name).alias(RAW + name))
            flags += [test.alias(flag + name) for flag, test in reading.flags.items()]
            cells.append(reading.unless(pl.col(LOSSY + name)).alias(name))
        return tuple(tuple(step) for step in (numbers, flags, cells) if step)

    def _filled(self) -> Steps:
        added = self._added() if self.schema.table.add_missing_columns else []
        filled = [
            pl.when(self._missing(name, column, filled=False))
            .then(default_of(name, column.default, self.dtypes[name]))
            .otherwise(col(name))
            .alias(name)
            for name, column in self.columns.items()
            if column.default is not None
        ]
        return tuple(tuple(step) for step in (added, filled) if step)

    def _seen(self) -> dict[str, pl.DataType]:
        """All columns of the view."""
        seen = self.found | self.dtypes
        for name, reading in self.read.items():
            seen[RAW + name] = reading.found
            seen |= {flag + name: pl.Boolean() for flag in reading.flags}
            if reading.number is not None:
                seen[NUMBER + name] = pl.Float64()
        return seen

    def _added(self) -> list[pl.Expr]:
        """Columns that the table lacks and that the schema says to add."""
        added = []
        for column in self.schema.columns:
            absent = column.required and not column.regex and column.name not in self.found
            if absent and (column.default is not None or column.nullable) and column.dtype:
                self.columns[column.name] = column
                self.dtypes[column.name] = column.dtype
                made = default_of(column.name, column.default, column.dtype).cast(column.dtype)
                added.append(made.alias(column.name))
        return added

    def _kinds(self, name: str, column: Column, *, filled: bool) -> dict[str, pl.Expr]:
        """The kinds of missing in a column of the view; a cell that can't be read is of none."""
        reading, dtype = self.read.get(name), self.dtypes[name]
        # What a narrower float has rounded stays so when it is read as wider.
        found = dtype if reading is None else reading.found
        held = found if is_narrow(found) and dtype.is_float() else dtype
        kinds = missing_kinds(name, held, None if filled else column.prepare, column.dtype or dtype)
        if reading is None:
            return kinds
        kinds["null"] &= ~_any([pl.col(flag + name) for flag in reading.flags])
        texts = [] if filled else missing_words(name, reading.declared, column.prepare)
        if texts and is_text(reading.found):
            named = pl.col(RAW + name).cast(pl.String).is_in(texts).fill_null(value=False)
            kinds["null"] &= ~named
            kinds["sentinel"] = kinds["sentinel"] | named if "sentinel" in kinds else named
        return kinds

    def _missing(self, name: str, column: Column, *, filled: bool) -> pl.Expr:
        return _any(list(self._kinds(name, column, filled=filled).values()))

    def _column(self, name: str, column: Column) -> None:
        for flag in self.read[name].flags if name in self.read else ():
            key = Key("schema.dtype" if flag == UNREAD else "schema.coerce", name)
            rule = Rule(key=key, severity="error", fails=col(flag + name), shown=RAW + name)
            self.rules.append(rule)
        filled = column.default is not None
        kinds = self._kinds(name, column, filled=filled)
        if not column.nullable:
            rule = Rule(
                key=Key("schema.nullable", name),
                severity="error",
                fails=_any(list(kinds.values())),
                shown=self._shown(name),
                kinds=kinds if len(kinds) > 1 else {},
                clean=name not in self.read and set(kinds) <= {"null", "nan"},
            )
            self.rules.append(rule)
        policy = column.prepare.infinite if column.prepare is not None else "error"
        if self.dtypes[name].is_float() and policy == "error":
            self._infinite(name)
        wrong = Key("schema.dtype", name) in self.faulty
        comparable = not wrong or (column.numeric and self.dtypes[name].is_numeric())
        for place, check in enumerate(column.checks):
            if comparable:
                self._check(check, name, kinds, place)
        if column.unique:
            self._distinct(Key("schema.unique", name), (name,), column.report_duplicates)

    def _infinite(self, name: str) -> None:
        rule = Rule(
            key=Key("numeric.infinite", name),
            severity="error",
            fails=col(name).is_infinite().fill_null(value=False),
            shown=self._shown(name),
            screen=Screen(float("-inf"), float("inf"), low_open=True, high_open=True),
        )
        self.rules.append(rule)

    def _shown(self, name: str) -> str:
        return RAW + name if name in self.read else name

    def _check(self, check: Check, name: str, kinds: dict[str, pl.Expr], place: int) -> None:
        key, missing = Key(_code(check), name, place), _any(list(kinds.values()))
        if check.code is not None:
            self._code_check(check, name, key, missing)
        elif check.name == "unique_values_eq" and self.dtypes[name].is_nested():
            why = "the values of a nested column are not counted"
            self._unusable(key, check, why, check.severity)
        elif check.name == "unique_values_eq":
            self.expected.append(Expected(key=key, column=name, check=check, missing=missing))
        else:
            dtype = self.dtypes[name]
            with unfit(self._unusable, key, check):
                rule = Rule(
                    key=key,
                    severity=check.severity,
                    fails=failing(check, col(name), dtype, missing),
                    shown=self._shown(name),
                    screen=None if name in self.read else screen_of(check, dtype),
                    plain=set(kinds) <= {"null", "nan"},
                    check=check,
                )
                self.rules.append(rule)

    def _code_check(
        self, check: Check, name: str | None, key: Key, missing: pl.Expr | None
    ) -> None:
        expression = as_expression(check.code, name, self.dtypes)
        if expression is None:
            self.by_pandera.append(ByPandera(key=key, column=name, check=check))
            return
        fails = ~expression.fill_null(value=check.ignore_na)
        alone = check.code.element_wise or looks_at_one_row(expression)
        whole = not alone and has_one_verdict(expression, self.dtypes)
        if missing is not None and not whole:
            fails = fails & ~missing if check.ignore_na else fails | missing
        rule = Rule(
            key=key,
            severity=check.severity,
            fails=fails,
            shown=None if name is None else self._shown(name),
            check=check,
            python=bool(check.code.element_wise),
            whole=whole,
        )
        (self.rules if alone else self.apart).append(rule)

    def _table(self) -> None:
        table = self.schema.table
        for place, names in enumerate(table.unique):
            present = tuple(name for name in names if name in self.dtypes)
            if len(present) == len(names):
                self._distinct(Key("schema.unique", None, place), present, table.report_duplicates)
        for place, check in enumerate(table.checks):
            key = Key(_code(check), None, place)
            if check.code is not None:
                self._code_check(check, None, key, None)
                continue
            with unfit(self._unusable, key, check):
                self.rules.append(self._wide(check, key))

    def _distinct(self, key: Key, names: tuple[str, ...], report: str) -> None:
        """Rows that are to be there once, by columns whose cells can be compared."""
        if any(self.dtypes[name] == pl.Object for name in names):
            why = "objects cannot be compared in a plan: collect the frame first"
            self._unusable(key, None, why, "error")
            return
        self.distinct.append(Distinct(key=key, columns=names, report=report))

    def _wide(self, check: Check, key: Key) -> Rule:
        """A built-in check declared on the table: every column must pass."""
        each = []
        for name, dtype in self.dtypes.items():
            column = self.columns.get(name)
            given = self._kinds(name, column, filled=False) if column else None
            missing = _any([*(given or missing_kinds(name, dtype, None)).values()])
            each.append(failing(check, col(name), dtype, missing))
        return Rule(key=key, severity=check.severity, fails=_any(each), check=check)

    def _needed(self) -> frozenset[str]:
        names = {name for each in self.distinct for name in each.columns} | set(self.columns)
        for rule in (*self.rules, *self.apart):
            if rule.fails.meta.has_multiple_outputs():
                return frozenset(self.found)
            names |= set(rule.fails.meta.root_names())
        return frozenset(names & set(self.found))

    def _working(self, rules: list[Rule]) -> tuple[Rule, ...]:
        """The rules that polars can evaluate on such columns; the others become faults."""
        refused = refusals(rules, self._seen())
        for place, why in refused.items():
            rule = rules[place]
            self._unusable(rule.key, rule.check, why, rule.severity)
        return tuple(rule for place, rule in enumerate(rules) if place not in refused)

    def _unusable(self, key: Key, check: Check | None, why: str, severity: Any) -> None:
        evidence = {
            "check": check.shown if check else key.code.removeprefix("schema."),
            "error": why,
        }
        if key.column is not None:
            evidence["found"] = str(self.dtypes[key.column])
        self.faults.append(StructureFault(key, "unusable", evidence, severity))


def _any(tests: list[pl.Expr]) -> pl.Expr:
    return reduce(or_, tests) if tests else pl.lit(value=False)


def _code(check: Check) -> str:
    return "schema.check" if check.code is not None else f"schema.{check.name}"
