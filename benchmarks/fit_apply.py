"""Fitting and applying, on table A; one row; and what it costs to start."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import CACHE, NAMES, schema_path, table_a, to_numpy
from benchmarks.data import ROWS as TABLE_A
from benchmarks.harness import (
    Against,
    Contestant,
    Row,
    adds_at_most,
    repeated,
    times_as_fast,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from benchmarks.harness import Timed
    from datacheck import Transform
    from datacheck.schema import Schema

TITLE = "what `fit`, `apply` and `apply_row` cost, and starting"

#: Rows that a transform for one row, or for a new process, is fitted on.
FEW = 10_000


def robust() -> Schema:
    import datacheck as dc

    return dc.load_schema(schema_path("robust", NAMES, "prepare: {impute: median, scale: robust}"))


def robust_to_float32() -> Schema:
    from dataclasses import replace

    return replace(robust(), output="float32")


def zscore() -> Schema:
    import datacheck as dc

    return dc.load_schema(schema_path("zscore", NAMES, "prepare: {impute: mean, scale: zscore}"))


def statistics(transform: Transform) -> list[list[float]]:
    """Fill, center and scale of every column."""
    from datacheck.ops import Affine, Fill

    return [
        [
            *(float(op.value) for op in program.ops if isinstance(op, Fill)),
            *(op.center for op in program.ops if isinstance(op, Affine)),
            *(op.scale for op in program.ops if isinstance(op, Affine)),
        ]
        for program in transform.fitted.programs
    ]


def datacheck_fit(schema: Schema, rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table_a(rows)
    return lambda: statistics(dc.fit(frame, schema))


def datacheck_fit_robust(rows: int) -> Callable[[], Any]:
    return datacheck_fit(robust(), rows)


def datacheck_fit_zscore(rows: int) -> Callable[[], Any]:
    return datacheck_fit(zscore(), rows)


def sklearn_fit_robust(rows: int) -> Callable[[], Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler

    values = to_numpy(table_a(rows), "fortran")

    def run() -> list[list[float]]:
        pipeline = make_pipeline(SimpleImputer(strategy="median"), RobustScaler())
        imputer, scaler = pipeline.fit(values)
        pairs = zip(imputer.statistics_, scaler.center_, scaler.scale_, strict=True)
        return [[float(number) for number in numbers] for numbers in pairs]

    return run


def sklearn_fit_zscore(rows: int) -> Callable[[], Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = to_numpy(table_a(rows), "fortran")

    def run() -> list[list[float]]:
        imputer, scaler = make_pipeline(SimpleImputer(), StandardScaler()).fit(values)
        pairs = zip(imputer.statistics_, scaler.mean_, scaler.scale_, strict=True)
        return [[float(number) for number in numbers] for numbers in pairs]

    return run


def numpy_quantiles(rows: int) -> Callable[[], Any]:
    import numpy as np

    values = to_numpy(table_a(rows), "fortran")

    def run() -> list[list[float]]:
        medians = np.nanpercentile(values, [25, 50, 75], axis=0)[1]
        return [[float(number)] for number in medians]

    return run


def same_statistics(ours: Any, theirs: Any) -> str | None:
    """Whether ours are theirs to 1e-12, relatively; a peer may know only the first of them."""
    worst = max(
        abs(a - b) / abs(b)
        for mine, other in zip(ours, theirs, strict=True)
        for a, b in zip(mine, other, strict=False)
    )
    return None if worst <= 1e-12 else f"by {worst:.1e}"


def datacheck_apply(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table_a(rows)
    transform = dc.fit(frame, robust_to_float32())
    return lambda: transform.apply(frame)


def sklearn_transform(rows: int) -> Callable[[], Any]:
    pipeline, values = sklearn_pipeline(rows)
    return lambda: pipeline.transform(values)


def sklearn_pipeline(rows: int) -> tuple[Any, np.ndarray]:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler

    values = to_numpy(table_a(rows), "c")
    return make_pipeline(SimpleImputer(strategy="median"), RobustScaler()).fit(values[:FEW]), values


def polars_by_hand(rows: int) -> Callable[[], Any]:
    import polars as pl

    frame = table_a(rows)
    few = frame.head(FEW)
    steps = []
    for name in NAMES:
        middle, low, high = (
            float(few[name].quantile(rank, "linear") or 0) for rank in (0.5, 0.25, 0.75)
        )
        filled = pl.col(name).fill_null(middle)
        steps.append(((filled - middle) * (1 / (high - low))).cast(pl.Float32))
    return lambda: frame.select(steps)


def datacheck_one_row(rows: int) -> Timed:
    import datacheck as dc

    frame = table_a(rows)
    transform = dc.fit(frame, robust_to_float32())
    return repeated(partial(transform.apply_row, frame.row(0, named=True)), 20_000)


def sklearn_one_row(rows: int) -> Timed:
    pipeline, values = sklearn_pipeline(rows)
    return repeated(partial(pipeline.transform, values[:1]), 200)


def process(*argv: str) -> Timed:
    """Start a process and wait for it, several times: one start is short and uneven."""
    # An installed package has its bytecode.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = partial(subprocess.run, argv, check=True, stdout=subprocess.DEVNULL, env=environment)
    return repeated(start, 5)


def empty_process(_rows: int) -> Timed:
    return process(sys.executable, "-c", "pass")


def import_process(_rows: int) -> Timed:
    return process(sys.executable, "-c", "import datacheck")


def help_process(_rows: int) -> Timed:
    return process(str(Path(sys.executable).with_name("datacheck")), "--help")


@cache
def saved_transform() -> Path:
    import datacheck as dc

    path = CACHE / "one_row.json"
    dc.fit(table_a(FEW), robust_to_float32()).save(path, force=True)
    return path


def one_row_process(_rows: int) -> Timed:
    row = table_a(FEW).row(0, named=True)
    code = f"import datacheck as dc; dc.load({str(saved_transform())!r}).apply_row({row!r})"
    return process(sys.executable, "-c", code)


EMPTY = Contestant("empty process", empty_process)

ROWS = (
    Row(
        "fit: median, robust",
        Contestant("datacheck", datacheck_fit_robust),
        (
            Against(
                Contestant("SimpleImputer(median) + RobustScaler", sklearn_fit_robust),
                times_as_fast(25),
            ),
            Against(Contestant("np.nanpercentile, 3 quantiles", numpy_quantiles), within(1)),
        ),
        TABLE_A,
        agree=same_statistics,
    ),
    Row(
        "fit: mean, z-score",
        Contestant("datacheck", datacheck_fit_zscore),
        (
            Against(
                Contestant("SimpleImputer(mean) + StandardScaler", sklearn_fit_zscore),
                times_as_fast(2),
            ),
        ),
        TABLE_A,
        agree=same_statistics,
    ),
    Row(
        "apply, to float32",
        Contestant("datacheck", datacheck_apply),
        (
            Against(Contestant("scikit-learn transform", sklearn_transform), times_as_fast(6)),
            Against(Contestant("polars by hand", polars_by_hand), within(1.5)),
        ),
        TABLE_A,
        rounds=9,
    ),
    Row(
        "apply_row, 20 columns",
        Contestant("datacheck", datacheck_one_row),
        (Against(Contestant("scikit-learn, one numpy row", sklearn_one_row), times_as_fast(150)),),
        FEW,
        rounds=9,
    ),
    Row(
        "process: load, one row",
        Contestant("datacheck", one_row_process),
        (Against(EMPTY, within(2.5)),),
        FEW,
        rounds=15,
    ),
    Row(
        "process: import datacheck",
        Contestant("datacheck", import_process),
        (Against(EMPTY, adds_at_most(0.030)),),
        FEW,
        rounds=15,
    ),
    Row(
        "process: datacheck --help",
        Contestant("datacheck", help_process),
        (Against(EMPTY, within(8)),),
        FEW,
        rounds=15,
    ),
)
