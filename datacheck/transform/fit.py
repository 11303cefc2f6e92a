"""Fitting: a schema's preparation and a table become plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datacheck.errors import DataError
from datacheck.ops import Cast, Fill, Fitted, KnnFill, Program, Seen
from datacheck.report import Finding
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.normal import fill_of
from datacheck.transform.arrays import run
from datacheck.transform.cell import plain_value
from datacheck.transform.learn import Learned, learn_number
from datacheck.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.ops import Op
    from datacheck.schema import Schema
    from datacheck.transform.tables import Table
    from datacheck.transform.targets import Target


def fit_table(table: Table, targets: Sequence[Target], schema: Schema, name: str) -> Fitted:
    """Fit every target.

    Returns
    -------
    Fitted
        Without golden rows and what validation finds: the facade adds them.

    Raises
    ------
    DataError
        For an empty table, columns that the data lacks (all of them in one error), a column of
        the wrong type, without values, or with values that its policy refuses.
    SchemaError
        Where the schema prepares no column, or asks of one what its type cannot do.
    """
    if not table.height:
        raise DataError(
            f"{name} has no rows to fit on",
            expected="at least one row",
            todo="check what produced the table",
        )
    questions = {
        target.program.column: learn_number(target.prepare, target.program.column)
        for target in targets
        if target.program.kind == "number"
    }
    learned = table.learn(questions)
    programs = [
        _number_program(target, learned[target.program.column], schema)
        if target.program.kind == "number"
        else _other_program(target, table)
        for target in targets
    ]
    for column, each in learned.items():
        _check_range(column, each, schema.output)
    notes = [finding for column, each in learned.items() for finding in _notes(column, each)]
    donors = None
    if any(target.prepare.impute == "knn" for target in targets):
        from datacheck.transform.donors import choose_donors

        donors, costs = choose_donors(programs, table, schema.knn)
        notes += costs
    return Fitted(
        programs=tuple(programs),
        output=schema.output,
        donors=donors,
        golden=(),
        findings=tuple(finding.to_dict() for finding in notes),
        producer=f"datacheck {__version__}",
        seen=_seen(table, targets, learned),
    )


def _seen(table: Table, targets: Sequence[Target], learned: dict[str, Learned]) -> Seen:
    """What is kept of the table, for `compare` to hold a later one against."""
    others = {
        target.program.column: table.counted(target.program.column)
        for target in targets
        if target.program.kind != "number"
    }
    missing = {name: each.missing for name, each in (learned | others).items()}
    categories = {
        name: each.categories for name, each in others.items() if each.categories is not None
    }
    return Seen(table.height, missing, categories)


def _number_program(target: Target, learned: Learned, schema: Schema) -> Program:
    affine, fill = learned.affine, learned.fill
    tail: list[Op | None] = [fill, affine]
    if target.prepare.impute == "knn":
        fallback = 0.0 if fill is None else float(fill.value)
        if schema.knn.space == "scaled" and affine is not None:
            tail = [affine, KnnFill((fallback - affine.center) * affine.inverse_scale)]
        else:
            tail = [KnnFill(fallback), affine]
    ops = (*target.program.ops, *learned.clips, *(op for op in tail if op is not None))
    return target.program._replace(ops=(*ops, Cast(schema.output)))


def _other_program(target: Target, table: Table) -> Program:
    """Missing values and a fill, for a column that is not computed with."""
    program, prepare = target.program, target.prepare
    if prepare.impute == "none":
        return program
    if prepare.impute == "constant":
        value = plain_value(_fill(target))
    else:
        value = plain_value(table.most_frequent(program.column))
        if value is None:
            raise DataError(
                f"Column {program.column!r} has no value to fit on: every cell is missing",
                todo="drop the column from the schema, or declare impute: constant",
            )
    return program._replace(ops=(*program.ops, Fill(value)))


def _fill(target: Target) -> Any:
    """The declared fill, in the form of the column's dtype."""
    program, value = target.program, target.prepare.fill_value
    if program.kind == "text":
        return fill_of(program.column, plain_value(value), pl.String())
    return fill_of(program.column, value, read_dtype(program.dtype, program.column))


def _check_range(name: str, learned: Learned, output: str) -> None:
    """Refuse to fit where the table's own extremes would not survive the scaling."""
    scaling = () if learned.affine is None else (learned.affine,)
    extremes = np.array(learned.extremes)
    with np.errstate(over="ignore"):
        out = run(extremes, scaling)
        out = out.astype(output)
    for value, result in zip(learned.extremes, out, strict=True):
        if np.isinf(result):
            raise DataError(
                f"Column {name!r} overflows {output} once it is scaled",
                got=repr(value),
                todo="declare outliers: clip or missing, another scale, or output: float64",
            )


def _notes(name: str, learned: Learned) -> list[Finding]:
    if learned.degenerate is None:
        return []
    constant = learned.degenerate == "constant"
    return [
        Finding(
            code="scale.constant" if constant else "scale.degenerate",
            severity="warning",
            column=name,
            message="the column has one value; it is scaled by 1"
            if constant
            else "the declared spread is zero; the range is used in its place",
            remedy="see whether the column carries information"
            if constant
            else "declare scale: minmax or zscore if that is what you want",
            evidence={"fallback": learned.degenerate},
        )
    ]
