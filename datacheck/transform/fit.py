"""Fitting: a schema's preparation and a table become plain numbers.

The columns are read once, then each is fitted on its own, in threads: the statistics are numpy's,
which leaves the interpreter free while it counts.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

import datacheck
from datacheck.errors import DataError, SchemaError
from datacheck.report import Finding
from datacheck.source import collect
from datacheck.transform.answers import ArrayAnswers, ask
from datacheck.transform.arrays import run
from datacheck.transform.cell import TEMPORAL, plain_value, typed_value
from datacheck.transform.entry import entry, kind_of
from datacheck.transform.learn import Learned, learn_number
from datacheck.transform.ops import Cast, Fill, Fitted, KnnFill, Missing, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from datacheck.schema import Column, Prepare, Schema
    from datacheck.source import Source
    from datacheck.transform.ops import Op, Scalar

#: What a schema's `infinite` policy is to `Missing`; `clip` is a `Clip` of its own.
_INFINITE = {"error": "refuse", "missing": "missing", "clip": "keep"}


class Target(NamedTuple):
    """A column to be fitted: what is declared, and its program as far as that alone decides."""

    column: Column
    prepare: Prepare
    program: Program


def fit_source(source: Source, schema: Schema) -> tuple[Fitted, int]:
    """Fit every column that the schema prepares.

    Returns
    -------
    Fitted, int
        The transform, without golden rows and what validation finds: the facade adds them; and
        the number of rows.

    Raises
    ------
    DataError
        For an empty table, columns that the data lacks (all of them in one error), a column of
        the wrong type, without values, or with values that its policy refuses.
    SchemaError
        Where the schema prepares no column, or asks of one what its type cannot do.
    """
    dtypes = source.frame.collect_schema()
    targets = find_targets(dtypes, schema, text=source.text)
    views = collect(
        source.frame.select(
            _view(target, dtypes[target.program.column], text=source.text) for target in targets
        )
    )
    if not views.height:
        raise DataError(
            f"{source.name} has no rows to fit on",
            expected="at least one row",
            todo="check what produced the table",
        )
    numbers = [t.program.column for t in targets if t.program.kind == "number"]
    arrays = {name: views[name].to_numpy() for name in numbers}
    learned = _learn_all(targets, arrays)
    programs = []
    for target in targets:
        name = target.program.column
        if target.program.kind == "number":
            programs.append(_number_program(target, learned[name], schema))
            _check_range(name, learned[name], schema.output)
        else:
            programs.append(_other_program(target, views[name]))
    donors = None
    if any(target.prepare.impute == "knn" for target in targets):
        from datacheck.transform.neighbours import choose_donors

        donors = choose_donors(programs, arrays, schema.knn)
    notes = [finding for name, each in learned.items() for finding in _notes(name, each)]
    fitted = Fitted(
        programs=tuple(programs),
        output=schema.output,
        donors=donors,
        golden=(),
        findings=tuple(finding.to_dict() for finding in notes),
        producer=f"datacheck {datacheck.__version__}",
    )
    return fitted, views.height


def find_targets(dtypes: pl.Schema, schema: Schema, *, text: bool) -> list[Target]:
    """The columns that the schema prepares, in the order of the table.

    Raises
    ------
    DataError, SchemaError
        As `fit_source` says.
    """
    absent = [
        column.name
        for column in schema.columns
        if column.prepare is not None
        and column.required
        and not any(column.matches(name) for name in dtypes)
    ]
    if absent:
        raise DataError(
            "The data lacks columns that the schema prepares: " + ", ".join(map(repr, absent)),
            got="columns " + ", ".join(map(repr, dtypes)),
            todo="add them, rename them in the schema, or declare them required: false",
        )
    targets = [
        Target(column, column.prepare, _skeleton(name, column, column.prepare, dtypes, text))
        for name, column in schema.columns_for(dtypes).items()
        if column.prepare is not None
    ]
    if not targets:
        raise SchemaError(
            f"The schema {schema.name!r} prepares no column",
            expected="a `prepare:` mapping under at least one column",
            todo="declare imputation or scaling; `datacheck suggest` writes a first draft",
        )
    return targets


def _skeleton(
    name: str,
    column: Column,
    prepare: Prepare,
    dtypes: pl.Schema,
    text: bool,  # noqa: FBT001
) -> Program:
    """The program's beginning: how its cells are read, and what means missing."""
    dtype = dtypes[name]
    kind = kind_of(dtype)
    ops: list[Op] = []
    reads = kind in ("text", "boolean") and column.numeric and (text or column.coerce)
    if reads:
        kind = "number"
        ops.append(Cast("float64"))
    elif text and kind in ("number", "boolean") and column.dtype == pl.String:
        kind = "text"
    elif dtype == pl.Null and column.dtype is not None:
        kind = kind_of(column.dtype)
    if kind is None or (kind != "number" and prepare.needs_numbers):
        raise DataError(
            f"Column {name!r} is {dtype}, and its preparation computes with numbers",
            got=f"impute: {prepare.impute}, scale: {prepare.scale}, outliers: {prepare.outliers}, "
            f"infinite: {prepare.infinite}",
            expected="a numeric column; most_frequent and constant imputation work on all",
            todo="declare a numeric dtype with coerce: true if its cells can be read as numbers, "
            "or take the column out of the preparation",
        )
    values = tuple(_missing_value(name, kind, value) for value in prepare.missing_values)
    infinite = _INFINITE[prepare.infinite] if kind == "number" else "keep"
    ops.append(Missing(values, infinite))
    return Program(name, kind, str(dtype), tuple(ops))


def _missing_value(name: str, kind: str, value: Any) -> Scalar:
    """A declared missing value as the program compares it."""
    value = plain_value(value)
    if kind == "number":
        return value if isinstance(value, str) else float(value)
    if kind == "text":
        return str(value)
    _check_scalar(name, kind, value, "missing_values")
    scalar: Scalar = value
    return scalar


def _check_scalar(name: str, kind: str, value: Any, key: str) -> None:
    try:
        good = isinstance(value, bool) if kind == "boolean" else True
        if kind == "text":
            good = isinstance(value, str)
        elif kind in TEMPORAL:
            typed_value(kind, value)
    except (TypeError, ValueError):
        good = False
    if not good:
        raise SchemaError(
            f"Column {name!r} cannot hold what {key} declares",
            got=repr(value),
            expected=f"a {kind}" + (" in ISO format" if kind in TEMPORAL else ""),
        )


def _view(target: Target, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """The column as fitting sees it; a number's missing cells are NaN, which numpy can hold."""
    cells = entry(target.program, dtype, text=text).alias(target.program.column)
    return cells.fill_null(float("nan")) if target.program.kind == "number" else cells


def _learn_all(
    targets: Sequence[Target], arrays: dict[str, NDArray[np.float64]]
) -> dict[str, Learned]:
    numbers = [target for target in targets if target.program.column in arrays]

    def learn(target: Target) -> Learned:
        name = target.program.column
        learned: Learned = ask(learn_number(target.prepare, name), ArrayAnswers(arrays[name]))
        return learned

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        fitted = list(pool.map(learn, numbers))
    return {t.program.column: each for t, each in zip(numbers, fitted, strict=True)}


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


def _other_program(target: Target, view: pl.Series) -> Program:
    """Missing values and a fill, for a column that is not computed with."""
    program, prepare = target.program, target.prepare
    if prepare.impute == "none":
        return program
    if prepare.impute == "constant":
        value = plain_value(prepare.fill_value)
        _check_scalar(program.column, program.kind, value, "fill_value")
    else:
        counted = view.drop_nulls().value_counts()
        if not counted.height:
            raise DataError(
                f"Column {program.column!r} has no value to fit on: every cell is missing",
                todo="drop the column from the schema, or declare impute: constant",
            )
        counted = counted.with_columns(pl.col(program.column).cast(_sortable(view.dtype)))
        best = counted.filter(pl.col("count") == pl.col("count").max())
        value = plain_value(best[program.column].min())
    return program._replace(ops=(*program.ops, Fill(value)))


def _sortable(dtype: pl.DataType) -> pl.DataType:
    """Categories sort by their text, not by the order in which they were met."""
    return pl.String() if kind_of(dtype) == "text" else dtype


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
