"""From what a user has to what a model takes, and back to the rows and columns of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.arrays import Flags, Floats, doubles
from datacheck.diagnosis.arrays import as_array
from datacheck.diagnosis.as_numbers import (
    OwnCells,
    is_huge,
    numbers_of,
    own_numbers,
    positions_of,
    reads_as_numbers,
    words_of,
)
from datacheck.diagnosis.functions import numbered
from datacheck.diagnosis.model import Arrays, Fed, Input
from datacheck.errors import DataError, SchemaError, must_be_known
from datacheck.source import open_source
from datacheck.text import plural


@dataclass(frozen=True)
class Feed:
    """The rows that a model is fed with."""

    #: Of the source.
    name: str
    #: Shape (n, k), float64: the model's inputs side by side, each laid flat.
    matrix: Floats
    #: The k names.
    columns: tuple[str, ...]
    #: The model's inputs in order, and the shape of a row of each.
    inputs: tuple[Input, ...]
    shapes: tuple[tuple[int, ...], ...]
    #: The table as it stands, for its cells; None for arrays.
    frame: pl.DataFrame | None = None
    #: By column of text: its words, of which the matrix holds the positions.
    words: dict[int, tuple[str, ...]] = field(default_factory=dict)
    #: What a model that takes a table is fed with; None for arrays.
    own: OwnCells | None = None
    #: Where its rows stand in the table, if it holds a few of them.
    places: Sequence[int] | None = None

    def arrays(self, matrix: Floats) -> Arrays:
        """The model's inputs, of rows like those of the matrix."""
        out = list[Any]()
        with np.errstate(over="ignore", invalid="ignore"):
            for given, shape, own in self._fed():
                part = matrix[:, own]
                if self.own is not None:
                    out.append(self.own.frame(part, self._labels(given)))
                    continue
                if given.dtype.kind == "O":
                    out.append(self._text(part, own.start).reshape(-1, *shape))
                    continue
                if given.dtype.kind not in "fc":
                    part = np.nan_to_num(np.round(part), nan=0, posinf=0, neginf=0)
                out.append(np.ascontiguousarray(part.reshape(-1, *shape).astype(given.dtype)))
        return out

    def _fed(self) -> Iterator[tuple[Input, tuple[int, ...], slice]]:
        """Each of the model's inputs, the shape of a row of it, and its columns in the matrix."""
        start = 0
        for given, shape in zip(self.inputs, self.shapes, strict=True):
            end = start + int(np.prod(shape, dtype=np.int64))
            yield given, shape, slice(start, end)
            start = end

    def _text(self, codes: Floats, first: int) -> NDArray[Any]:
        """Cells of text; a missing one is empty."""
        out = np.full(codes.shape, "", object)
        for at in range(codes.shape[1]):
            words = np.array([*self.words[first + at], ""], object)
            own = np.nan_to_num(np.round(codes[:, at]), nan=len(words) - 1).astype(np.int64)
            out[:, at] = words[np.clip(own, 0, len(words) - 1)]
        return out

    def _labels(self, given: Input) -> list[str]:
        """The names that a model of a table knows its columns by."""
        return list(given.columns if len(given.columns) == len(self.columns) else self.columns)

    def unheld(self) -> Flags:
        """By cell, whether an integer or a boolean input of the model holds another number."""
        out = np.zeros(self.matrix.shape, bool)
        for (given, _, own), fed in zip(self._fed(), self.arrays(self.matrix), strict=True):
            if given.dtype.kind in "iub":
                part = self.matrix[:, own]
                out[:, own] = part != fed.reshape(part.shape)
                for row, at in zip(*np.nonzero(is_huge(part)), strict=True):
                    cell = self.cell(int(row), self.columns[own.start + at])
                    out[row, own.start + at] |= int(cell) != int(part[row, at])
        return out

    def held(self, row: int, column: int) -> dict[str, Any]:
        """The cell, the type of its input, and what that was given instead, in words."""
        cell = self.cell(row, self.columns[column])
        shown = "missing" if cell is None or cell != cell else str(cell)  # noqa: PLR0124
        for (given, _, own), fed in zip(self._fed(), self.arrays(self.matrix[[row]]), strict=True):
            if column < own.stop:
                fed_as = str(fed.reshape(-1)[column - own.start])
                return {"cell": shown, "type": str(given.dtype), "fed": fed_as}
        raise IndexError(column)

    def cast(self) -> Floats:
        """The matrix as the model sees it: beyond its type lies infinity."""
        out = self.matrix.copy()
        with np.errstate(over="ignore"):
            for given, _, own in self._fed():
                if given.dtype.kind == "f":
                    out[:, own] = out[:, own].astype(given.dtype)
        return out

    def place(self, row: int) -> int:
        """Where a row stands in the table."""
        return row if self.places is None else self.places[row]

    def cell(self, row: int, column: str) -> Any:
        """What stands in the table there."""
        if self.frame is not None and column in self.frame.columns:
            return self.frame[column][row]
        return float(self.matrix[row, self.columns.index(column)])


def feed(data: Any, model: Fed, names: Sequence[str] | None, target: Any) -> Feed:
    """Lay the data out as the model takes it.

    `data` is anything that `read` takes, an array, or several (a list, or a dict by the input's
    name). `names` are the columns in the model's order, all that hold numbers if None; `target`
    names columns that are not fed. Raises `DataError` if the widths do not fit, naming both.
    """
    inputs = model.inputs
    arrays = _as_arrays(data, inputs)
    if arrays is not None:
        return from_arrays(arrays, _whole(arrays, model), names)
    source = open_source(data)
    given = source.given if source.kind == "pandas" else None
    return from_frame(source.whole(), source.name, inputs, names, target, given)


def table_of(data: Any) -> tuple[pl.DataFrame, str]:
    """All rows of a table, and its name."""
    source = open_source(data)
    return source.whole(), source.name


def names_of(target: Any) -> list[str]:
    """The columns that a target names; none for an array."""
    if isinstance(target, str):
        return [target]
    named = isinstance(target, list | tuple) and all(isinstance(t, str) for t in target)
    return list(target) if named else []


def from_frame(
    frame: pl.DataFrame,
    name: str,
    inputs: tuple[Input, ...],
    names: Sequence[str] | None,
    target: Any,
    given: Any = None,
) -> Feed:
    """Lay a table out as the model takes it; `given` is the frame of pandas that it was read of."""
    known = frame.schema
    for each in names or ():
        must_be_known(each, known, f"there is no column {each!r} in {name}", SchemaError)
    columns = list(names or ()) or _chosen(frame, name, inputs, target)
    widths = [one.width for one in inputs]
    if len(columns) == len(inputs) and set(widths) == {None}:
        widths = [1] * len(inputs)
    elif len(inputs) == 1:
        widths = [len(columns)] if widths[0] is None else widths
    total = sum(width or 0 for width in widths)
    if total != len(columns):
        raise _width_error(name, columns, inputs, total)
    owners = [one for one, width in zip(inputs, widths, strict=True) for _ in range(width or 0)]
    words: dict[int, tuple[str, ...]] = {}
    own = OwnCells() if inputs[0].table else None
    cells = []
    for at, column in enumerate(columns):
        series = frame[column]
        if owners[at].dtype.kind == "O":
            words[at] = words_of(series)
            cells.append(positions_of(series, words[at]))
        elif own is None:
            cells.append(numbers_of(series))
        else:
            found, is_words = own_numbers(series, given, own)
            cells.append(found)
            words |= {at: ()} if is_words else {}
    matrix = np.column_stack(cells) if cells else np.empty((frame.height, 0))
    shapes = tuple(_shape(one, width or 0) for one, width in zip(inputs, widths, strict=True))
    return Feed(name, matrix, tuple(columns), inputs, shapes, frame, words, own)


def known_columns(inputs: tuple[Input, ...]) -> list[str]:
    """The names that a model knows its columns by: those of its inputs, where it has several."""
    return (
        [given.name for given in inputs]
        if len(inputs) > 1
        else [c for g in inputs for c in g.columns]
    )


def _chosen(frame: pl.DataFrame, name: str, inputs: tuple[Input, ...], target: Any) -> list[str]:
    """The columns by the model's names, if it has any; else those of numbers, in their order."""
    named = known_columns(inputs)
    if len(inputs) == 1 and inputs[0].width == 1 and inputs[0].name in frame.columns:
        named = [inputs[0].name]
    known = frame.schema
    absent = [each for each in named if each not in known]
    if named and not absent:
        return named
    by_name = len(absent) < len(named) or (inputs[0].table and not numbered(named))
    if by_name and all(given.width == 1 for given in inputs[1:]):
        lacks = plural(len(absent), "column")
        raise DataError(
            f"the model knows its columns by name, and {name} lacks {lacks}",
            got=", ".join(map(repr, frame.columns)),
            expected=", ".join(map(repr, named)),
            todo=f"add {absent[0]!r}, or name the columns in the model's order with inputs=[...] "
            "(--inputs A B C)",
        )
    if len(inputs) > 1:
        raise DataError(
            f"the model has several inputs, and {name} has no column of their names",
            got=", ".join(map(repr, frame.columns)),
            expected=", ".join(map(repr, named)),
            todo="name the columns in the order of the inputs with inputs=[...] (--inputs A B C)",
        )
    targets = names_of(target)
    fed = {c: dtype for c, dtype in known.items() if c not in targets}
    numeric = [c for c, dtype in fed.items() if dtype.is_numeric() or str(dtype) == "Boolean"]
    wanted = sum(given.width or 0 for given in inputs)
    if len(numeric) == wanted:
        return numeric
    told = set(numeric)
    return [column for column in fed if column in told or reads_as_numbers(frame[column])]


def _width_error(
    name: str, columns: Sequence[str], inputs: tuple[Input, ...], total: int
) -> DataError:
    takes = ", ".join(f"{given.name} {list(given.shape or ['any'])}" for given in inputs)
    return DataError(
        f"the model takes {total} numbers a row, and {name} has {len(columns)} columns of numbers",
        got=", ".join(map(repr, columns)),
        expected=takes,
        todo="name the columns in the model's order with inputs=[...] (--inputs A B C)",
    )


def _shape(given: Input, width: int) -> tuple[int, ...]:
    shape = given.shape
    if shape is None:
        return (width,)
    if any(axis is None for axis in shape):
        known = int(np.prod([axis for axis in shape if axis is not None], dtype=np.int64))
        free = [width // max(known, 1) if axis is None else axis for axis in shape]
        return tuple(int(axis) for axis in free)
    return tuple(int(axis or 0) for axis in shape)


def _whole(arrays: list[NDArray[Any]], model: Fed) -> tuple[Input, ...]:
    """The model's inputs; of the whole numbers that they are given, where it takes no others."""
    whole = [array.dtype.kind in "iub" for array in arrays]
    known = model.inputs
    if not any(whole) or len(known) != len(arrays) or not all(each.guessed for each in known):
        return known
    found = tuple(
        replace(each, dtype=array.dtype) if own else each
        for each, array, own in zip(known, arrays, whole, strict=True)
    )
    return known if _runs(model, arrays, known) or not _runs(model, arrays, found) else found


def _runs(model: Any, arrays: list[NDArray[Any]], inputs: tuple[Input, ...]) -> bool:
    few = zip(arrays, inputs, strict=True)
    try:
        model.run([array[:2].astype(given.dtype) for array, given in few])
    except Exception:  # noqa: BLE001 - whatever a model raises
        return False
    return True


def _as_arrays(data: Any, inputs: tuple[Input, ...]) -> list[NDArray[Any]] | None:
    """Arrays as they were given; None for a table."""
    if isinstance(data, dict) and data and all(_is_array(value) for value in data.values()):
        names = [given.name for given in inputs]
        if set(names) <= set(data):
            return [as_array(data[name]) for name in names]
        return None
    if isinstance(data, list | tuple) and data and all(_is_array(value) for value in data):
        return [as_array(value) for value in data]
    return [as_array(data)] if _is_array(data) else None


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "detach")


def from_arrays(
    arrays: list[NDArray[Any]], inputs: tuple[Input, ...], names: Sequence[str] | None
) -> Feed:
    """Lay arrays out as the model takes them: each number of a row is a column."""
    if len(arrays) != len(inputs):
        raise DataError(
            f"the model takes {len(inputs)} inputs",
            got=f"{len(arrays)} arrays",
            expected=", ".join(given.name for given in inputs),
        )
    rows = {len(array) for array in arrays}
    if len(rows) > 1:
        raise DataError("the inputs have different numbers of rows", got=str(sorted(rows)))
    parts, columns, shapes = [], [], []
    for given, array in zip(inputs, arrays, strict=True):
        shape = array.shape[1:] if array.ndim > 1 else _shape(given, 1)
        shapes.append(tuple(map(int, shape)))
        flat = array.reshape(len(array), int(np.prod(array.shape[1:], dtype=np.int64)))
        parts.append(doubles(flat, f"An array that a model is fed, for {given.name},"))
        columns += _places(given.name, shape, flat.shape[1])
    total = sum(part.shape[1] for part in parts)
    wanted = [given.width for given in inputs]
    if None not in wanted and sum(width or 0 for width in wanted) != total:
        raise _width_error("the array", columns[:20], inputs, sum(width or 0 for width in wanted))
    names = known_columns(inputs) if names is None and len(inputs) == 1 else names
    if names is not None and len(names) == total:
        columns = list(names)
    return Feed("array", np.hstack(parts), tuple(columns), inputs, tuple(shapes))


def _places(name: str, shape: tuple[int, ...], width: int) -> list[str]:
    """Names of the numbers of an array's row: `x[3]`, `x[2, 0]`."""
    if len(shape) <= 1:
        return [f"{name}[{at}]" for at in range(width)]
    return [f"{name}[{', '.join(map(str, place))}]" for place in np.ndindex(*shape)]
