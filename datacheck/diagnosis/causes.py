"""From what the judge saw to causes: rows grouped by what made them bad and by their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datacheck.arrays import Floats
from datacheck.diagnosis.columns import (
    FEW,
    ColumnSearch,
    ResponsibleColumns,
    Trials,
    by_place,
    evenly,
    responsible_inputs,
)
from datacheck.diagnosis.judge import CONSTANT, Judge
from datacheck.diagnosis.origin import CLEAN, Origin
from datacheck.diagnosis.tables import cause_of, class_of


@dataclass
class Cause:
    """Rows that one thing makes bad."""

    #: ``nan.input``, ``nan.weight``, ``nan.op``, ``nan.hidden`` or ``nan.spread``.
    code: str
    #: Of the table of causes.
    cause: str
    #: Positions in the table.
    rows: list[int]
    #: Positions among the columns of the matrix; how they were found is `how`.
    columns: tuple[int, ...] = ()
    how: str = ""
    #: Who made the first of the rows bad, and what the step was given there.
    origin: Origin | None = None
    given: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)


class Traced:
    """A traced run: which rows of the table it held, who made them bad, and by which judge."""

    def __init__(self, rows: Any, matrix: Floats, judge: Judge, ends: Any, codes: Any) -> None:
        self.rows, self.matrix, self.judge = rows, matrix, judge
        self.ends, self.codes = ends, codes


def by_columns(sets: Iterable[tuple[int, tuple[int, ...]]]) -> dict[tuple[int, ...], list[int]]:
    """Rows by column; columns that have the very same rows go together.

    >>> by_columns([(3, (0, 1)), (4, (2,)), (5, (2, 0))])
    {(0,): [3, 5], (1,): [3], (2,): [4, 5]}
    >>> by_columns([(3, (0, 1)), (7, (1, 0))])
    {(0, 1): [3, 7]}
    """
    rows: dict[int, list[int]] = {}
    for row, columns in sets:
        for column in columns:
            rows.setdefault(column, []).append(row)
    out: dict[tuple[int, ...], list[int]] = {}
    for column, own in sorted(rows.items()):
        same = next((key for key, others in out.items() if others == own), ())
        if same:
            del out[same]
        out[(*same, column)] = own
    return out


def causes_of(traced: Traced, trials: Trials, kinds_of: Any) -> Iterator[Cause]:
    """Every cause that a traced run shows; `kinds_of(row, column)` gives that of an input cell."""
    judge = traced.judge
    for code in np.unique(traced.codes):
        origin = judge.origins[int(code)]
        if origin.kind == "spread" and judge.by_row and origin.of not in traced.codes:
            # A value without rows does not say whose fault it is: those in whom it was are.
            traced.codes[_sources(traced, origin)] = origin.of
    for code in np.unique(traced.codes):
        if code == CLEAN:
            continue
        at = np.flatnonzero(traced.codes == code)
        origin = judge.origins[int(code)]
        if origin.kind == "input":
            yield from _inputs(traced, at, trials, kinds_of)
        elif origin.kind == "weight":
            yield Cause("nan.weight", weight_word(origin), traced.rows[at].tolist(), origin=origin)
        elif origin.kind == "spread":
            yield _spread(traced, at, origin)
        elif origin.kind == "op":
            yield from _ops(traced, at, origin, trials)


def weight_word(origin: Origin) -> str:
    """The cause of rows that a stored number spoils, which may have no name."""
    return "constant" if origin.name == CONSTANT else "weight_nan"


def _inputs(traced: Traced, at: Any, trials: Trials, kinds_of: Any) -> Iterator[Cause]:
    found = responsible_inputs(trials, traced.matrix[at])
    codes = traced.codes[at]
    reached = traced.judge.origins[int(codes[0])].reached
    evidence = {"reached": reached.label, "reached_by": reached.op} if reached else {}
    for cause, columns, how, rows in input_groups(traced.rows[at].tolist(), found, kinds_of):
        yield Cause("nan.input", cause, rows, columns, how, evidence=dict(evidence))


def input_groups(
    rows: list[int], found: list[ResponsibleColumns], kinds_of: Any
) -> Iterator[tuple[str, tuple[int, ...], str, list[int]]]:
    """Rows by cause and columns; columns that fail only together stay together."""
    alone: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
    together: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for row, each in zip(rows, found, strict=True):
        if each.how == "together" and each.columns:
            cause = kinds_of(row, each.columns[0])
            together.setdefault((cause, each.columns), []).append(row)
            continue
        for column in each.columns:
            alone.setdefault(kinds_of(row, column), []).append((row, (column,)))
    for cause, sets in alone.items():
        for columns, own in by_columns(sets).items():
            yield cause, columns, "input", own
    for (cause, columns), own in together.items():
        yield cause, columns, "together", own


#: Classes of steps that mix rows where a table is read as one sequence.
SEQUENCE = ("product", "softmax", "move")


def _spread(traced: Traced, at: Any, origin: Origin) -> Cause:
    """Rows that another row has spoilt; that one has a cause of its own."""
    rows = traced.rows[at].tolist()
    word = "sequence" if class_of(origin.op) in SEQUENCE else "spread"
    evidence = {"source_rows": [int(traced.rows[row]) for row in _sources(traced, origin)[:20]]}
    return Cause("nan.spread", word, rows, origin=origin, evidence=evidence)


def _sources(traced: Traced, origin: Origin) -> Any:
    """The rows that have spoilt others."""
    source = np.flatnonzero(traced.codes == origin.of)
    if len(source):
        return source
    first = list(traced.judge.origins[origin.of].operands)
    return first or np.flatnonzero(~np.isfinite(traced.matrix).all(axis=1))


def _ops(traced: Traced, at: Any, origin: Origin, trials: Trials) -> Iterator[Cause]:
    """By cause; the columns by place where few columns reach it, else by replacement."""
    kind = class_of(origin.op)
    groups: dict[str, list[int]] = {}
    for row in at.tolist():
        given = given_of(origin, row)
        cause = cause_of(kind, given)
        if cause == "sqrt_negative" and origin.stored and "var" in origin.name:
            cause, given["variance"] = "variance_negative", given["a"]
        groups.setdefault(cause, []).append(row)
    for cause, rows in groups.items():
        of_weight = _code(cause, origin) == "nan.weight"
        sets = [None] * len(rows) if of_weight else columns_of(traced, rows, origin, trials)
        pairs = list(zip(rows, sets, strict=True))
        how = {found.columns: found.how for found in sets if found is not None}
        groups_of: dict[tuple[int, ...], list[int]] = {
            (): [row for row, found in pairs if found is None]
        }
        placed = [(row, f.columns) for row, f in pairs if f is not None and f.how == "place"]
        groups_of |= by_columns(placed)
        for row, found in pairs:
            if found is not None and found.how != "place":
                groups_of.setdefault(found.columns, []).append(row)
        for columns, members in groups_of.items():
            if not members:
                continue
            turning = _turning(origin, members)
            where = traced.rows[members].tolist()
            given = given_of(origin, members[0])
            found_by = how.get(columns, "place" if columns else "")
            yield Cause(
                _code(cause, origin), cause, where, columns, found_by, origin, given, turning
            )


def _code(cause: str, origin: Origin) -> str:
    """A stored number that is out of its domain is a bad weight, whoever shows it."""
    return "nan.weight" if origin.stored or cause == "variance_negative" else "nan.op"


def given_of(origin: Origin, row: int) -> dict[str, Any]:
    """What the step was given in a row; of a value without rows, what it was given at all."""
    if row in origin.operands:
        return origin.operands[row]
    return next(iter(origin.operands.values()), {})


def _turning(origin: Origin, rows: list[int]) -> dict[str, Any]:
    turned = next((origin.turned[row] for row in rows if row in origin.turned), None)
    return {"turned_to_nan": turned.label, "turned_by": turned.op} if turned else {}


def columns_of(
    traced: Traced, rows: list[int], origin: Origin, trials: Trials
) -> list[ResponsibleColumns | None]:
    """By row of a traced run, the columns behind what a step of it made."""
    if origin.step is None:
        return [None] * len(rows)
    reach = by_place(trials, origin, traced.matrix[rows[0]])
    out: list[ResponsibleColumns | None] = [_placed(origin, row, reach) for row in rows]
    left = [at for at, found in enumerate(out) if found is None]
    if not left:
        return out
    search = ColumnSearch(trials, origin.step.at)
    matrix = traced.matrix[[rows[at] for at in left]]
    for at, found in zip(left, search.of(matrix), strict=True):
        out[at] = found or _placed(origin, rows[at], reach, few=FEW)
    return out


def _placed(
    origin: Origin, row: int, reach: dict[int, tuple[int, ...]], few: int = 1
) -> ResponsibleColumns | None:
    """The columns of a row's bad places, if so few reach each of them."""
    places = origin.places.get(row) or next(iter(origin.places.values()), ())
    columns = [reach.get(place, ()) for place in places]
    if not columns or any(not 0 < len(each) <= few for each in columns):
        return None
    return ResponsibleColumns(tuple(sorted({at for each in columns for at in each})), "place")


def causes_without_steps(trials: Trials, matrix: Floats, rows: Any, kinds_of: Any) -> list[Cause]:
    """By row: inputs that are not finite if the rest is well without them, else columns."""
    odd = ~np.isfinite(matrix[rows]).all(axis=1)
    causes: list[Cause] = []
    if odd.any():
        found = responsible_inputs(trials, matrix[rows[odd]])
        groups = input_groups(rows[odd].tolist(), found, kinds_of)
        causes = [Cause("nan.input", cause, own, names, how) for cause, names, how, own in groups]
        company = np.concatenate([rows[odd], evenly(np.arange(len(matrix)))])
        mended = np.where(np.isfinite(matrix[company]), matrix[company], trials.center)
        mended, still = mended[: odd.sum()], trials.bad(mended)[: odd.sum()]
        causes += _of_columns(trials, mended[still], rows[odd][still])
    return causes + _of_columns(trials, matrix[rows[~odd]], rows[~odd])


def _of_columns(trials: Trials, matrix: Floats, rows: Any) -> list[Cause]:
    if not len(rows):
        return []
    search = ColumnSearch(trials, None)
    found, word = search.of(matrix), "always" if search.center_fails else "function"
    return [
        Cause("nan.op", word, [int(row)], each.columns if each else (), each.how if each else "")
        for row, each in zip(rows, found, strict=True)
    ]


def merged(causes: list[Cause]) -> list[Cause]:
    """Causes that say the same of the same columns become one, at the step that came first."""
    out: dict[tuple[Any, ...], Cause] = {}
    for cause in causes:
        weight = cause.origin.name if cause.origin is not None else ""
        key: tuple[Any, ...] = (cause.code, cause.cause, cause.columns, weight)
        if not cause.columns and cause.origin is not None and cause.origin.step is not None:
            key = (*key, cause.origin.step.at)
        if key in out:
            out[key].rows = sorted({*out[key].rows, *cause.rows})
            out[key].evidence = {**cause.evidence, **out[key].evidence}
        else:
            cause.rows = sorted(set(cause.rows))
            out[key] = cause
    return sorted(out.values(), key=lambda cause: (-len(cause.rows), cause.code))
