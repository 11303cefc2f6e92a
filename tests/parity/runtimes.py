"""The runtimes that must agree, each as one entry of `RUNTIMES`.

To plug one in, write a function that exports a transform into a folder, loads it in its own
runtime, sends all rows through in one batch and gives one outcome a row.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datacheck.export.matrix import can_enter
from datacheck.golden.compare import Refusal
from datacheck.numerals import is_blank, read_text
from datacheck.ops import (
    Encode,
    first,
    numeral_of,
    numeric_outputs,
)
from datacheck.transform.matrix import fits

from .cases import with_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from datacheck.ops import Fitted, Program

    from .cases import Case

    Row = dict[str, Any]
    Outcome = Row | Refusal


class Runtime(NamedTuple):
    """One runtime.

    `run` takes the transform, the rows and an empty folder to write into. `holds` says whether a
    cell can enter at all: a double matrix holds no text. `declines` says of a case that `run`
    must raise a `DatacheckError` instead of exporting it. `target` names the entry of `EXPORTERS`,
    None for datacheck itself.
    """

    run: Callable[[Fitted, list[Row], Path], list[Outcome]]
    holds: Callable[[Program, Any], bool] = lambda _program, _value: True
    declines: Callable[[Case], bool] = lambda _case: False
    target: str | None = None


def one_by_one(
    rows: list[Any], run: Callable[[list[Any]], list[Row]], refuses: type[Exception]
) -> list[Outcome]:
    """For a runtime that refuses a whole batch: send the batch, and on refusal each row alone."""
    try:
        return list(run(rows))
    except refuses:
        if len(rows) == 1:
            return [Refusal()]
        return [outcome for row in rows for outcome in one_by_one([row], run, refuses)]


def run_row(fitted: Fitted, rows: list[Row], _folder: Path) -> list[Outcome]:
    """The compiled one-row function of `transform/row.py`."""
    from datacheck.golden.replay import replay_rows

    return replay_rows(fitted, rows)


def run_polars(fitted: Fitted, rows: list[Row], _folder: Path) -> list[Outcome]:
    """Polars: the rows that pass as one frame, the others each alone."""
    from datacheck.golden.replay import replay_frame

    return replay_frame(fitted, rows)


def run_numpy(fitted: Fitted, rows: list[Row], _folder: Path) -> list[Outcome]:
    """The estimator's matrix of doubles, in numpy."""
    from datacheck.errors import DataError
    from datacheck.export.matrix import as_double
    from datacheck.transform.matrix import apply_matrix

    if not fits(fitted):
        raise DataError("the matrix path is not taken")
    names = [program.column for program in fitted.programs]
    doubles = [[as_double(p, row[p.column]) for p in fitted.programs] for row in rows]

    def run(batch: list[Any]) -> list[Row]:
        out = apply_matrix(np.array(batch, np.float64), fitted)
        return [dict(zip(names, cells, strict=True)) for cells in out.astype(np.float64).tolist()]

    return one_by_one(doubles, run, DataError)


def run_onnx(fitted: Fitted, rows: list[Row], folder: Path) -> list[Outcome]:
    """The ONNX model in onnxruntime, as one `[N, k]` double matrix."""
    from datacheck.export import onnx
    from datacheck.export.matrix import entering
    from datacheck.export.onnx.model import load
    from datacheck.export.onnx.run import Preparation

    onnx.write(with_golden(fitted, tuple(rows)), folder / "model.onnx")
    given = [{p.column: entering(p, row[p.column]) for p in fitted.programs} for row in rows]
    return Preparation(load(folder / "model.onnx")).run(given)


def run_sklearn(fitted: Fitted, rows: list[Row], folder: Path) -> list[Outcome]:
    """The pipeline that skops loads, in scikit-learn."""
    import skops.io

    from datacheck.export.matrix import entering
    from datacheck.export.sklearn import exporter as sklearn

    sklearn.write(with_golden(fitted, tuple(rows)), folder / "model.skops")
    given = [{p.column: entering(p, row[p.column]) for p in fitted.programs} for row in rows]
    made = skops.io.load(folder / "model.skops", trusted=list(sklearn.TRUSTED))
    return sklearn.run(made, given)


def run_javascript(fitted: Fitted, rows: list[Row], folder: Path) -> list[Outcome]:
    """The exported folder in Node: one batch, which must be what the rows give alone."""
    from datacheck.export.javascript import exporter as javascript

    javascript.write(with_golden(fitted, tuple(rows)), folder / "package", proven=False)
    together, *apart = javascript.outcomes(folder / "package").there
    assert not apart, "rows alone and as one batch are alike"
    return together


def holds_doubles(program: Program, value: Any) -> bool:
    """What a matrix of doubles can hold: numbers, booleans, and text that reads as a number."""
    if isinstance(value, str):
        missing = program.ops[1].values if program.kind == "number" else ()
        spelt = read_text(value, numeral_of(program)) is not None
        return spelt or value in missing or is_blank(value, numeral_of(program))
    return value is None or isinstance(value, int | float)


def holds_tensors(program: Program, value: Any) -> bool:
    """What the tensors of a model can hold: categories too."""
    if first(program.ops, Encode) is not None:
        return can_enter(program, value)
    return holds_doubles(program, value)


def no_numbers(case: Case) -> bool:
    """Whether a column of the case gives no number, which a model could take."""
    return any(not numeric_outputs(program) for program in case.fitted.programs)


def no_matrix(case: Case) -> bool:
    """Whether the estimator's matrix path is not taken."""
    return not fits(case.fitted)


def not_encoded(case: Case) -> bool:
    """Whether a column of the case gives no number, or is filled from neighbours."""
    return no_numbers(case) or case.op == "knn_fill"


def in_database(dialect: str) -> Runtime:
    """The SQL export on a real table of one engine."""
    from . import databases

    return Runtime(
        databases.run_spark if dialect == "spark" else partial(databases.run, dialect),
        partial(databases.holds, dialect),
        declines=partial(databases.declines, dialect),
        target="sql",
    )


RUNTIMES: dict[str, Runtime] = {
    "row": Runtime(run_row),
    "polars": Runtime(run_polars),
    "numpy": Runtime(run_numpy, holds_doubles, declines=no_matrix),
    "onnx": Runtime(run_onnx, holds_tensors, declines=no_numbers, target="onnx"),
    "sklearn": Runtime(run_sklearn, holds_tensors, declines=not_encoded, target="sklearn"),
    "javascript": Runtime(run_javascript, target="javascript"),
    **{dialect: in_database(dialect) for dialect in ("duckdb", "sqlite", "postgresql", "spark")},
}
