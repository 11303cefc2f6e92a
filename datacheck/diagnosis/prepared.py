"""A model behind a fitted transform: what is wrong, in the raw table's terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import bare, cols
from datacheck.diagnosis.causes import Cause
from datacheck.diagnosis.feed import Feed, from_frame, known_columns, names_of, table_of
from datacheck.diagnosis.model import Model, end_is_bad
from datacheck.diagnosis.tensorflowjs import NodeModel
from datacheck.diagnosis.wording import finding_of
from datacheck.errors import DatacheckError, DataError
from datacheck.ops import KnnFill, first
from datacheck.report import LISTED, Finding

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform


def loaded(transform: Transform | str | Path) -> Transform:
    """A fitted transform, or that of a path."""
    from datacheck.fitted.transform import Transform, load

    return transform if isinstance(transform, Transform) else load(transform)


def feeds(
    model: Model | NodeModel,
    data: Any,
    transform: Transform,
    reference: Any,
    target: Any,
    inputs: Sequence[str] | None,
) -> tuple[Feed, Floats | None, list[Finding]]:
    """What a transform makes of a table and of a reference, and what it refuses of the table."""
    raw, name = table_of(data)
    names = list(inputs or _features(model, transform, names_of(target)))
    passing, refused = _passable(raw, transform)
    fed = _prepared(passing, name, transform, model, names)
    findings = [_refusal(each, raw) for each in refused]
    if reference is None:
        return fed, None, findings
    frame, name = table_of(reference)
    known = _prepared(_passable(frame, transform)[0], name, transform, model, names)
    return fed, known.cast(), findings


def prepared_feed(
    model: Model,
    data: Any,
    transform: Transform,
    inputs: Sequence[str] | None,
    *,
    masked: bool = False,
) -> tuple[Feed, list[int]]:
    """The rows of a table as the transform prepares them; `masked`, with some for refused ones."""
    raw, name = table_of(data)
    names = list(inputs or _features(model, transform, ()))
    passing, refused = _passable(raw, transform) if masked else (raw, [])
    fed = _prepared(passing, name, transform, model, names)
    return fed, sorted({row for each in refused for row in each.rows})


def _features(
    model: Model | NodeModel, transform: Transform, without: Sequence[str]
) -> Sequence[str]:
    """What the transform makes for a model: by the model's own names, if those are the same."""
    made = [name for name in transform.feature_names_out if name not in without]
    known = known_columns(model.inputs)
    return known if set(known) == set(made) else made


def _prepared(
    raw: pl.DataFrame, name: str, transform: Transform, model: Model | NodeModel, names: list[str]
) -> Feed:
    fed = from_frame(transform.apply(raw), name, model.inputs, names, None)
    return replace(fed, frame=raw)


class Refused(NamedTuple):
    """The rows whose cells of a column the transform refuses, and why; None of infinities."""

    column: str
    rows: list[int]
    error: DataError | None


class _Parts:
    """A table as a transform takes it, a few columns at a time."""

    def __init__(self, raw: pl.DataFrame, transform: Transform) -> None:
        self.raw, self._whole = raw, transform
        there, programs = set(raw.columns), transform.fitted.programs
        self.programs = {p.column: p for p in programs if p.column in there}
        self.mended: dict[str, pl.Series] = {}

    def table(self) -> pl.DataFrame:
        """The table with what was mended of it."""
        return self.raw.with_columns(self.mended.values()) if self.mended else self.raw

    def of(self, columns: Sequence[str]) -> tuple[pl.DataFrame, Transform]:
        """What the columns are prepared of: themselves, or all, where neighbours fill them."""
        programs = tuple(self.programs[name] for name in columns)
        if any(first(p.ops, KnnFill) for p in programs):
            return self.table(), self._whole
        cells = [self.mended.get(name, self.raw[name]) for name in columns]
        fitted = self._whole.fitted._replace(programs=programs)
        return pl.DataFrame(cells), type(self._whole)(fitted)

    def refusing(self, columns: Sequence[str]) -> Iterator[tuple[str, DataError]]:
        """The columns that are refused, and why, found by halves."""
        error = _refusing(*self.of(columns), columns) if columns else None
        if error is None:
            return
        if len(columns) == 1:
            yield columns[0], error
            return
        half = len(columns) // 2
        yield from self.refusing(columns[:half])
        yield from self.refusing(columns[half:])


def _passable(raw: pl.DataFrame, transform: Transform) -> tuple[pl.DataFrame, list[Refused]]:
    """The table with cells that pass where the transform refuses one, and what it refuses."""
    refused, parts = [], _Parts(raw, transform)
    for column, program in parts.programs.items():
        if program.kind != "number" or not raw[column].dtype.is_float():
            continue
        infinite = bare(raw[column]).is_infinite().fill_null(value=False)
        rows = infinite.arg_true().to_list()
        if not rows:
            continue
        part, alone = parts.of([column])
        if _refusing(part.filter(infinite), alone, [column]) is not None:
            refused.append(Refused(column, rows, None))
            parts.mended[column] = _filled(raw[column], infinite, None)
    for column, refusing in parts.refusing(list(parts.programs)):
        part, alone = parts.of([column])
        if not (errors := _refused(part, alone, column)):
            continue
        refused.append(Refused(column, list(errors), next(iter(errors.values()))))
        good = next((row for row in range(raw.height) if row not in errors), None)
        holes = pl.Series([row in errors for row in range(raw.height)])
        cells = part[column]
        parts.mended[column] = _filled(cells, holes, None)
        if _refusing(*parts.of([column]), [column]) is not None:
            if good is None:
                raise refusing
            parts.mended[column] = _filled(cells, holes, cells[good])
    return parts.table(), refused


def _filled(cells: pl.Series, holes: pl.Series, value: Any) -> pl.Series:
    return pl.select(pl.when(~holes).then(cells).otherwise(pl.lit(value, cells.dtype))).to_series()


def _refusing(raw: pl.DataFrame, transform: Transform, columns: Sequence[str]) -> DataError | None:
    """Why columns of a table may not pass; None where they do."""
    try:
        transform.apply(raw, columns=columns)
    except DataError as error:
        return error
    return None


def _refused(raw: pl.DataFrame, transform: Transform, column: str) -> dict[int, DataError]:
    """The rows whose cell of a column may not pass, and why; of dates none can be."""
    found: dict[int, DataError] = {}
    given = raw.schema
    plain = [
        name
        for name in transform.columns
        if name in given and not (given[name].is_temporal() or given[name].is_nested())
    ]
    if column not in plain:
        return found
    for at, row in enumerate(raw.select(cols(plain)).iter_rows(named=True)):
        try:
            transform.apply_row(row, columns=[column])
        except DataError as error:
            found[at] = error
    return found


def _refusal(refused: Refused, raw: pl.DataFrame) -> Finding:
    column, rows, error = refused
    cause, what = (
        "infinite",
        f"`{column}` of row {rows[0]} is infinite, and the transform refuses it.",
    )
    remedy = "Declare infinite: missing or clip for it and fit again, or leave such rows out."
    if error is not None:
        why = error.what.partition(": ")[2] or error.what
        cause, what = "refused", f"The transform refuses `{column}` of row {rows[0]}: {why}."
        remedy = (
            "Declare what such a value means (unknown of an encoding, missing_values, another "
            "power, an imputation) and fit again, or leave such rows out."
        )
    return Finding(
        code="nan.input",
        severity="error",
        column=column,
        count=len(rows),
        rows=tuple(rows[:LISTED]),
        values=tuple(raw[column][row] for row in rows[:LISTED]),
        evidence={"cause": cause, "columns": [column], "columns_found_by": "input"},
        message=what,
        remedy=remedy,
    )


def fed_raw(model: Model | NodeModel, prepared: Feed) -> list[Finding]:
    """Whether the model would answer with NaN if the transform were forgotten."""
    raw: Any = prepared.frame  # a table, for it was prepared
    try:
        fed = from_frame(raw, prepared.name, model.inputs, prepared.columns, None)
    except DatacheckError:
        return []
    if isinstance(model, NodeModel):
        rows = sorted({row for found in model.report(fed).findings for row in found.rows})
    else:
        with np.errstate(all="ignore"):
            bad = end_is_bad(model.run(fed.arrays(fed.matrix)), len(fed.matrix))
        rows = np.flatnonzero(bad).tolist()
    if not rows:
        return []
    holes = ~np.isfinite(fed.cast()[rows])
    columns = tuple(np.flatnonzero(holes.any(axis=0)).tolist())
    cause = Cause("nan.input", "raw", rows, columns, "input")
    found = finding_of(cause, fed, len(rows), {})
    return [replace(found, severity="warning", evidence={**found.evidence, "prepared": "finite"})]
