"""A fitted transform on a polars frame: each program becomes one expression, all run in one pass.

Cells that may not pass are noticed on what comes out, which costs a fraction of the pass itself: a
refused number is infinite there, and text that is not a number is refused as it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import DataError
from datacheck.ops import Affine, Cast, Fill, KnnFill, first, refuses_missing
from datacheck.source import collect
from datacheck.transform.decode import entry, filling, prefix
from datacheck.transform.imputation import fill_name, with_fills

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.ops import Fitted, Program
    from datacheck.transform.imputation import Progress

FLOATS: dict[str, pl.DataType] = {"float64": pl.Float64(), "float32": pl.Float32()}

_SHOWN = 5


def apply_lazy(
    frame: pl.LazyFrame, fitted: Fitted, *, text: bool = False, progress: Progress = None
) -> pl.LazyFrame:
    """A lazy frame with every fitted column transformed, in the order of the input.

    Parameters
    ----------
    frame
        Has every fitted column; other columns pass through.
    text
        Whether the cells came as text (CSV), so that a numeric column of text may be read.
    progress
        See `fills.with_fills`.

    Raises
    ------
    DataError
        At once for missing columns or wrong types; when the frame is collected, for a cell that
        the transform refuses.
    """
    out = _transformed(frame, fitted, text=text, progress=progress)
    numbers, whole = _numbers(fitted), _whole(fitted)
    if not numbers and not whole:
        return out
    return out.map_batches(
        lambda batch: _passed(batch, numbers, whole), validate_output_schema=False, streamable=True
    )


def apply_eager(
    frame: pl.DataFrame, fitted: Fitted, *, text: bool = False, progress: Progress = None
) -> pl.DataFrame:
    """A frame in memory with every fitted column transformed; errors name their rows.

    Raises
    ------
    DataError
        For missing columns, wrong types and cells that the transform refuses.
    """
    lazy = _transformed(frame.lazy(), fitted, text=text, progress=progress)
    try:
        out = lazy.collect(engine="streaming")
    except DataError as error:  # without the query that polars appends to it
        raise DataError(
            error.what, got=error.got, expected=error.expected, todo=error.todo
        ) from None
    for name in _infinite_columns(out, _numbers(fitted)):
        rows = out.select(pl.arg_where(pl.col(name).is_infinite())).to_series()
        shown = rows.head(_SHOWN).to_list()
        raise _refused(name, len(rows), frame[name].gather(shown).to_list(), rows=shown)
    for name in _whole(fitted):
        if out[name].null_count():
            rows = out[name].is_null().arg_true()
            shown = rows.head(_SHOWN).to_list()
            raise _unfilled(name, len(rows), frame[name].gather(shown).to_list(), rows=shown)
    return out


def find_refused(frame: pl.LazyFrame, fitted: Fitted, *, text: bool = False) -> DataError | None:
    """The error for the first column that is refused once scaled, with its rows; or None.

    One pass over a lazy frame, for the error that `apply_lazy` raises knows its batch alone.
    """
    tests = [(name, pl.col(name).is_infinite(), _refused) for name in _numbers(fitted)]
    tests += [(name, pl.col(name).is_null(), _unfilled) for name in _whole(fitted)]
    if not tests:
        return None
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    found = collect(
        _transformed(frame, fitted, text=text).select(
            *(bad.sum().alias(f"count {i}") for i, (_, bad, _) in enumerate(tests)),
            *(
                place.filter(bad).head(_SHOWN).implode().alias(f"rows {i}")
                for i, (_, bad, _) in enumerate(tests)
            ),
        )
    ).row(0, named=True)
    for i, (name, _, refusal) in enumerate(tests):
        if found[f"count {i}"]:
            rows = found[f"rows {i}"]
            values = collect(frame.select(pl.col(name).gather(rows)))[name].to_list()
            return refusal(name, found[f"count {i}"], values, rows)
    return None


def inverse_frame(frame: pl.LazyFrame, fitted: Fitted) -> pl.LazyFrame:
    """Undo the scaling: ``y * scale + center`` in double. Clipping and filling stay.

    Raises
    ------
    DataError
        For missing columns.
    """
    check_columns(frame.collect_schema(), fitted)
    expressions = []
    for program in fitted.programs:
        affine = first(program.ops, Affine)
        if affine is not None:
            x = pl.col(program.column).cast(pl.Float64)
            expressions.append(x * affine.scale + affine.center)
    return frame.with_columns(expressions)


def check_columns(present: Mapping[str, Any], fitted: Fitted) -> None:
    """Raise one `DataError` that lists every fitted column that a frame lacks."""
    absent = [program.column for program in fitted.programs if program.column not in present]
    if absent:
        raise DataError(
            "The data lacks columns that the transform was fitted on: "
            + ", ".join(map(repr, absent)),
            got="columns " + ", ".join(map(repr, present)),
            expected="every fitted column, in any order",
            todo="add them, or fit again with a schema that leaves them out",
        )


def _transformed(
    frame: pl.LazyFrame, fitted: Fitted, *, text: bool, progress: Progress = None
) -> pl.LazyFrame:
    schema = frame.collect_schema()
    check_columns(schema, fitted)
    expressions = [_expression(p, schema[p.column], text=text) for p in fitted.programs]
    filled = [fill_name(p.column) for p in fitted.programs if first(p.ops, KnnFill)]
    if not filled:
        return frame.with_columns(expressions)
    return (
        with_fills(frame, fitted, text=text, progress=progress)
        .with_columns(expressions)
        .drop(filled)
    )


def _expression(program: Program, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    if program.kind != "number":
        x = entry(program, dtype, text=text)
        for op in program.ops:
            if isinstance(op, Fill):
                x = x.fill_null(filling(program, op.value, dtype))
        return x.alias(program.column)
    x = prefix(program, dtype, text=text)
    for op in program.ops:
        if isinstance(op, Fill):
            x = x.fill_null(op.value)
        elif isinstance(op, KnnFill):
            x = x.fill_null(pl.col(fill_name(program.column)))
        elif isinstance(op, Affine):
            x = (x - op.center) * op.inverse_scale
    last = program.ops[-1]
    return x.cast(FLOATS[last.dtype] if isinstance(last, Cast) else pl.Float64()).alias(
        program.column
    )


def _numbers(fitted: Fitted) -> list[str]:
    return [program.column for program in fitted.programs if program.kind == "number"]


def _infinite_columns(frame: pl.DataFrame, names: list[str]) -> list[str]:
    """Columns with an infinite value, told by their extremes: half the cost of asking each cell."""
    if not names or not frame.height:
        return []
    extremes = frame.select(
        *(pl.col(name).max().alias(f"max {i}") for i, name in enumerate(names)),
        *(pl.col(name).min().alias(f"min {i}") for i, name in enumerate(names)),
    ).row(0)
    infinite = {float("inf"), float("-inf")}
    highs, lows = extremes[: len(names)], extremes[len(names) :]
    return [
        name
        for name, high, low in zip(names, highs, lows, strict=True)
        if high in infinite or low in infinite
    ]


def _whole(fitted: Fitted) -> list[str]:
    """Columns in which no cell may be missing once they are prepared."""
    return [program.column for program in fitted.programs if refuses_missing(program)]


def _passed(batch: pl.DataFrame, numbers: list[str], whole: list[str]) -> pl.DataFrame:
    present = set(batch.columns)  # a query on it may have asked for some
    for name in _infinite_columns(batch, [name for name in numbers if name in present]):
        raise _refused(name, int(batch[name].is_infinite().sum()), [], rows=[])
    for name in whole:
        if name in present and batch[name].null_count():
            raise _unfilled(name, batch[name].null_count(), [], rows=[])
    return batch


def _unfilled(column: str, count: int, values: list[Any], rows: list[int]) -> DataError:
    from datacheck.text import plural

    seen = [f"row {row}: {value!r}" for row, value in zip(rows, values, strict=True)]
    return DataError(
        f"The transform refuses {plural(count, 'cell')} of column {column!r}: "
        "missing, and nothing fills it",
        got=", ".join(seen) or "in one batch of a lazy frame",
        expected="a value in every row: the schema declares no imputation and is not nullable",
        todo="declare an imputation and fit again, or nullable: true for a model that takes "
        "missing values; or `split` the rows off",
    )


def _refused(column: str, count: int, values: list[Any], rows: list[int]) -> DataError:
    from datacheck.text import plural

    seen = [f"row {row}: {value!r}" for row, value in zip(rows, values, strict=True)]
    return DataError(
        f"The transform refuses {plural(count, 'cell')} of column {column!r}: "
        "infinite, or beyond the output's range once scaled",
        got=", ".join(seen) or "in one batch of a lazy frame",
        expected="finite values that the output dtype can hold",
        todo="`datacheck check` names every row; repair them, or declare infinite: missing or "
        "clip, or outliers: clip, and fit again",
    )
