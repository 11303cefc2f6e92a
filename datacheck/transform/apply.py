"""A fitted transform on a polars frame: each program becomes one expression, all run in one pass.

Cells that may not pass are noticed on what comes out, which costs a fraction of the pass itself: a
refused number is infinite there, and text that is not a number is refused as it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from datacheck.columns import bare, col
from datacheck.errors import DataError
from datacheck.ops import (
    Affine,
    Cast,
    Encode,
    Fill,
    Fitted,
    Indicator,
    KnnFill,
    OneHot,
    Power,
    Program,
    first,
    leaves_float32,
    numeric_outputs,
    of_features,
    refuses_missing,
)
from datacheck.source.collecting import collect, collect_few, few_rows
from datacheck.source.model import Source
from datacheck.text import plural
from datacheck.transform.decode import category, decoded, entry, filling, powered
from datacheck.transform.imputation import Progress, fill_name, with_fills
from datacheck.transform.lookup import encoded
from datacheck.transform.parts import arranged, chosen, collision, present

#: A column, which of its cells may not pass, and the error for them.
Test = tuple[str, Callable[[pl.Expr], pl.Expr], Callable[..., DataError]]

FLOATS: dict[str, pl.DataType] = {"float64": pl.Float64(), "float32": pl.Float32()}

_SHOWN = 5


def apply_lazy(
    frame: pl.LazyFrame,
    fitted: Fitted,
    *,
    text: bool = False,
    progress: Progress = None,
    columns: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """A lazy frame with every fitted column transformed, in the order of the input; others pass.

    With `text`, the cells came as text (CSV), so that a numeric column of text may be read.
    `progress` is that of `imputation.with_fills`. With `columns`, what comes out is theirs alone,
    in their order. Raises `DataError` at once for missing columns or wrong types; when the frame is
    collected, for a cell that the transform refuses.
    """
    out = _transformed(frame, fitted, text=text, progress=progress, columns=columns)
    tests = _tests(fitted)
    if not tests:
        return out
    return out.map_batches(
        lambda batch: _passed(batch, tests), validate_output_schema=False, streamable=True
    )


def apply_eager(
    frame: pl.DataFrame,
    fitted: Fitted,
    *,
    text: bool = False,
    progress: Progress = None,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """A frame in memory with every fitted column transformed; a `DataError` names its rows."""
    lazy = _transformed(frame.lazy(), fitted, text=text, progress=progress, columns=columns)
    few = frame.height <= few_rows(frame.width)
    return checked(lazy, fitted, frame.lazy(), collect_few if few else collect)


def apply_to(
    source: Source,
    fitted: Fitted,
    *,
    progress: Progress = None,
    columns: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """An opened table, as `apply_eager` where it is small or in memory, and `apply_lazy` else."""
    words: dict[str, Any] = {"text": source.text, "progress": progress, "columns": columns}
    if not (source.in_memory or source.is_small):
        return apply_lazy(source.frame, fitted, **words)
    return apply_eager(source.whole(), fitted, **words).lazy()


def checked(
    lazy: pl.LazyFrame,
    fitted: Fitted,
    given: pl.LazyFrame,
    collects: Callable[[pl.LazyFrame], pl.DataFrame],
) -> pl.DataFrame:
    """Collect what was prepared of `given`; raises `DataError` for refused cells, by their rows."""
    out = collects(lazy)
    for name, test, refusal in _failed(out, _tests(fitted)):
        rows = out.select(pl.arg_where(test(col(name)))).to_series()
        shown = rows.head(_SHOWN).to_list()
        raise refusal(name, len(rows), _cells_at(given, name, shown), shown)
    return out


def find_refused(frame: pl.LazyFrame, fitted: Fitted, *, text: bool = False) -> DataError | None:
    """The error for the first column that is refused once scaled, with its rows; or None."""
    there = frame.collect_schema()
    tests = [
        (name, test(col(name)), refusal) for name, test, refusal in _tests(fitted) if name in there
    ]
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
            return refusal(name, found[f"count {i}"], _cells_at(frame, name, rows), rows)
    return None


def _cells_at(frame: pl.LazyFrame, name: str, rows: list[int]) -> list[Any]:
    return collect(frame.select(col(name).gather(rows)))[name].to_list()


def _transformed(
    frame: pl.LazyFrame,
    fitted: Fitted,
    *,
    text: bool,
    progress: Progress = None,
    columns: Sequence[str] | None = None,
) -> pl.LazyFrame:
    schema = frame.collect_schema()
    programs = present(
        chosen(fitted, columns), schema, fitted, "The data", asked=columns is not None
    )
    made = {
        p.column: _cells(p, schema.get(p.column, pl.Null()), fitted.output, text=text)
        for p in programs
    }
    names = [p.column for p in programs] if columns is not None else arranged(schema, programs)
    out = [cell for name in names for cell in made.get(name, [col(name)])]
    _check_collisions(out, len(names))
    return _entered(frame, fitted, programs, text=text, progress=progress).select(out)


def compact(frame: pl.LazyFrame, fitted: Fitted, *, text: bool) -> pl.LazyFrame:
    """The features alone, a one-hot encoding as the one column of its codes (see `code_name`)."""
    schema = frame.collect_schema()
    programs = present(of_features(fitted.programs), schema, fitted, "The data", asked=False)
    out: list[pl.Expr] = []
    for program in programs:
        cells = _cells(program, schema.get(program.column, pl.Null()), fitted.output, text=text)
        wanted = set(numeric_outputs(program))
        hot = first(program.ops, OneHot)
        if hot is not None:
            out.append(col(code_name(program.column)))
            wanted -= set(hot.names)
        elif first(program.ops, Encode) is not None:
            dtype = schema.get(program.column, pl.Null())
            cells[0] = _code(program, dtype, text=text).alias(program.column)
        out += [cell for cell in cells if cell.meta.output_name() in wanted]
    return _entered(frame, fitted, programs, text=text).select(out)


def _entered(
    frame: pl.LazyFrame,
    fitted: Fitted,
    programs: Sequence[Program],
    *,
    text: bool,
    progress: Progress = None,
) -> pl.LazyFrame:
    """The frame with what the cells of several names are made of: fills, codes, absent columns."""
    schema = frame.collect_schema()
    absent = [p.column for p in programs if p.column not in schema]
    if absent:
        frame = frame.with_columns(pl.lit(None).alias(name) for name in absent)
    if any(first(program.ops, KnnFill) for program in programs):
        frame = with_fills(frame, fitted, text=text, progress=progress)
    hot = [p for p in programs if first(p.ops, OneHot) is not None]
    if hot:
        frame = frame.with_columns(
            _code(p, schema.get(p.column, pl.Null()), text=text).alias(code_name(p.column))
            for p in hot
        )
    return decoded(frame, schema, programs, text=text)


def code_name(column: str) -> str:
    """What the column of an encoding's codes is called on the way."""
    return f"datacheck: code of {column}"


def _check_collisions(out: Sequence[pl.Expr], names: int) -> None:
    """Refuse a table with a column of its own under a name that the transform gives."""
    if len(out) == names:
        return
    given = [cell.meta.output_name() for cell in out]
    twice = [name for name, count in Counter(given).items() if count > 1]
    if twice:
        raise collision(twice)


def _cells(program: Program, dtype: pl.DataType, output: str, *, text: bool) -> list[pl.Expr]:
    """The expressions of a program's cells, under their names."""
    hot, beside = first(program.ops, OneHot), first(program.ops, Indicator)
    out: list[pl.Expr] = []
    if hot is not None:
        code = col(code_name(program.column))
        out = [(code == at).cast(FLOATS[output]).alias(name) for at, name in enumerate(hot.names)]
    else:
        number = program.kind == "number"
        out = [(_number(program) if number else _other(program, dtype, text=text))]
        out = [out[0].alias(program.column)]
    if beside is not None:
        read = col(program.column)
        cell = read if program.kind == "number" else entry(program, dtype, text=text)
        out.append(cell.is_null().cast(FLOATS[output]).alias(beside.name))
    return out


def _number(program: Program) -> pl.Expr:
    """A numeric column from where `decoded` has left it."""
    x = col(program.column)
    for op in program.ops:
        if isinstance(op, Fill):
            x = x.fill_null(op.value)
        elif isinstance(op, KnnFill):
            x = x.fill_null(col(fill_name(program.column)))
        elif isinstance(op, Power):
            x = powered(x, op)
        elif isinstance(op, Affine):
            x = (x - op.center) * op.inverse_scale
    return x.cast(pl.Float32) if leaves_float32(program) else x  # it is a double so far


def _other(program: Program, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """A column that is not computed with; of an encoded one, its codes."""
    last = program.ops[-1] if program.ops else None
    if first(program.ops, Encode) is not None:
        x = _code(program, dtype, text=text)
        return x.cast(FLOATS[last.dtype]) if isinstance(last, Cast) else x
    x = entry(program, dtype, text=text)
    fill = first(program.ops, Fill)
    return x if fill is None else x.fill_null(filling(program, fill.value, dtype))


def _code(program: Program, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    return encoded(program, category(program, dtype, text=text)[0])


def _tests(fitted: Fitted) -> list[Test]:
    """Which prepared cells may not pass: no number infinite, none missing where that is said."""
    programs = fitted.programs
    whole = [p for p in programs if refuses_missing(p) and first(p.ops, Encode) is None]
    return [
        *((p.column, pl.Expr.is_infinite, refused_number) for p in programs if p.kind == "number"),
        *((p.column, pl.Expr.is_null, unfilled) for p in whole),
    ]


def _failed(frame: pl.DataFrame, tests: Sequence[Test]) -> Iterator[Test]:
    """The tests that a cell of a prepared frame fails; a query on it may have left columns out."""
    there = set(frame.columns)
    asked = [each for each in tests if each[0] in there]
    numbers = [name for name, _, refusal in asked if refusal is refused_number]
    infinite = set(_infinite_columns(frame, numbers))
    for test in asked:
        name, _, refusal = test
        failed = (
            name in infinite if refusal is refused_number else bare(frame[name]).null_count() > 0
        )
        if failed:
            yield test


def _infinite_columns(frame: pl.DataFrame, names: list[str]) -> list[str]:
    """Columns with an infinite value, told by their extremes: half the cost of asking each cell."""
    if not names or not frame.height:
        return []
    infinite = {float("inf"), float("-inf")}
    highs = frame.select(col(name).max() for name in names).row(0)
    lows = frame.select(col(name).min() for name in names).row(0)
    return [
        name
        for name, high, low in zip(names, highs, lows, strict=True)
        if high in infinite or low in infinite
    ]


def _passed(batch: pl.DataFrame, tests: Sequence[Test]) -> pl.DataFrame:
    for name, test, refusal in _failed(batch, tests):
        raise refusal(name, batch.select(test(col(name)).sum()).item(), [], [])
    return batch


def unfilled(column: str, count: int, values: list[Any], rows: list[int]) -> DataError:
    """The error for `count` missing cells, the first of them at these rows."""
    return _refusal(
        f"{plural(count, 'cell')} of column {column!r}: missing, and nothing fills it",
        zip(rows, values, strict=True),
        expected="a value in every row: the schema declares no imputation and is not nullable",
        todo="declare an imputation and fit again, or nullable: true for a model that takes "
        "missing values; or `split` the rows off",
    )


def refused_number(column: str, count: int, values: list[Any], rows: list[int]) -> DataError:
    """The error for `count` infinite cells, the first of them at these rows."""
    return _refusal(
        f"{plural(count, 'cell')} of column {column!r}: infinite, or beyond the output's range "
        "once scaled",
        zip(rows, values, strict=True),
        expected="finite values that the output dtype can hold",
        todo="`datacheck check` names every row; repair them, or declare infinite: missing or "
        "clip, or outliers: clip, and fit again",
    )


def _refusal(
    cells: str, first: Iterable[tuple[int, Any]], *, expected: str, todo: str
) -> DataError:
    """The error for cells that may not pass, with the first of them by row where it is known."""
    seen = ", ".join(f"row {row}: {value!r}" for row, value in first)
    return DataError(
        f"The transform refuses {cells}",
        got=seen or "in one batch of a lazy frame",
        expected=expected,
        todo=todo,
    )
