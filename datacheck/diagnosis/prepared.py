"""A model behind a fitted transform: what is wrong, in the raw table's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import bare, col, cols
from datacheck.diagnosis.causes import Cause
from datacheck.diagnosis.feed import Feed, from_frame, known_columns, names_of, table_of
from datacheck.diagnosis.model import Model, end_is_bad
from datacheck.diagnosis.tensorflowjs import NodeModel
from datacheck.diagnosis.wording import finding_of
from datacheck.errors import DataError
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
    """The rows of a table as the transform prepares them.

    What may not pass is refused; or, `masked`, cells that pass stand in its place, and its rows are
    told.
    """
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


def _numbers(transform: Transform) -> list[str]:
    return [p.column for p in transform.fitted.programs if p.kind == "number"]


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


def _passable(raw: pl.DataFrame, transform: Transform) -> tuple[pl.DataFrame, list[Refused]]:
    """The table with cells that pass where the transform refuses one, and what it refuses.

    An infinity is made missing. Another refused cell becomes missing too, or what stands in the
    first row that passes, where a missing cell is refused as well.
    """
    import polars as pl

    refused = []
    for column in _numbers(transform):
        if column not in raw.columns or not raw[column].dtype.is_float():
            continue
        infinite = bare(raw[column]).is_infinite().fill_null(value=False)
        rows = infinite.arg_true().to_list()
        if not rows or transform.refusal(raw.filter(infinite)) is None:
            continue
        refused.append(Refused(column, rows, None))
        raw = raw.with_columns(pl.when(~infinite).then(col(column)).alias(column))
    if _refusing(raw, transform, None) is None:
        return raw, refused
    for column in (p.column for p in transform.fitted.programs if p.column in raw.columns):
        refusing = _refusing(raw, transform, [column])
        if refusing is None or not (errors := _refused(raw, transform, column)):
            continue
        refused.append(Refused(column, list(errors), next(iter(errors.values()))))
        good = next((row for row in range(raw.height) if row not in errors), None)
        holes = pl.Series([row in errors for row in range(raw.height)])
        emptied = raw.with_columns(pl.when(~holes).then(col(column)).alias(column))
        if _refusing(emptied, transform, [column]) is not None:
            if good is None:
                raise refusing
            passing = pl.lit(raw[column][good], raw.schema[column])
            emptied = raw.with_columns(
                pl.when(~holes).then(col(column)).otherwise(passing).alias(column)
            )
        raw = emptied
    return raw, refused


def _refusing(
    raw: pl.DataFrame, transform: Transform, columns: list[str] | None
) -> DataError | None:
    """Why columns of a table, or all, may not pass; None where they do."""
    try:
        transform.apply(raw, columns=columns)
    except DataError as error:
        return error
    return None


def _refused(raw: pl.DataFrame, transform: Transform, column: str) -> dict[int, DataError]:
    """The rows whose cell of a column may not pass, and why.

    Of dates none is looked at: Python has none beyond the year 9999.
    """
    found: dict[int, DataError] = {}
    plain = [
        name
        for name in transform.columns
        if name in raw.columns
        and not (raw.schema[name].is_temporal() or raw.schema[name].is_nested())
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
    from datacheck.errors import DatacheckError

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
