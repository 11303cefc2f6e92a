"""The features of a table as one C-contiguous array: what a model is trained on and asked with.

One-hot cells are never made as columns: a column of codes comes out of polars, and each code sets
one cell of a block of zeros that is small enough to stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.errors import DataError
from datacheck.ops import Fitted, OneHot, features_of, first, numeric_outputs
from datacheck.source.collecting import collect, collect_held
from datacheck.source.model import Source
from datacheck.text import plural
from datacheck.transform.apply import checked, code_name, compact
from datacheck.transform.matrix import BLOCK, in_parts

#: Rows whose columns are brought into one piece each: polars hands a table over in several.
_PIECE = 2**15


def matrix_of(source: Source, fitted: Fitted, dtype: Any) -> NDArray[Any]:
    """The features, shape (rows, features), ordered by `ops.features_of`; `DataError` without."""
    names = features_of(fitted.programs)
    if not names:
        raise DataError(
            "The transform has no feature",
            got=", ".join(repr(p.column) for p in fitted.programs),
            expected="a column that is prepared and leaves as numbers, and is no target",
            todo="declare encode: one_hot or ordinal for text, and fit again",
        )
    lazy = compact(source.frame, fitted, text=source.text)
    # What is in memory need not be cut into pieces, and neither what comes of it.
    collects = collect_held if source.in_memory else collect
    table = checked(lazy, fitted, source.frame, collects)
    source.must_be_whole(table.height)
    own = np.dtype(fitted.output)
    wanted = own if dtype is None else np.dtype(dtype)
    out = np.empty((table.height, len(names)), wanted if wanted.kind == "f" else own)
    place = {name: at for at, name in enumerate(names)}
    height = max(1, min(BLOCK // len(names), 8192))

    def part(first_row: int, last: int) -> None:
        for top in range(first_row, last, _PIECE):
            piece = out[top : min(top + _PIECE, last)]
            plain, hot = _parts(table.slice(top, len(piece)), fitted, place)
            with np.errstate(over="ignore"):
                for start in range(0, len(piece), height):
                    _write(piece[start : start + height], start, plain, hot)

    in_parts(part, table.height, out.size)
    return out if wanted == own else _held(out, wanted, names)


def _held(out: NDArray[Any], wanted: np.dtype[Any], names: Sequence[str]) -> NDArray[Any]:
    """The features in a type that was asked for; `DataError` where it cannot hold a cell."""
    with np.errstate(invalid="ignore"):
        made = out.astype(wanted, copy=False)
    bad = np.isinf(made) if wanted.kind == "f" else made != out
    if bad.any():
        at = int(bad.any(axis=0).argmax())
        rows = np.flatnonzero(bad[:, at])
        cells = "" if wanted.kind == "f" else f": {out[rows[0], at]}"
        raise DataError(
            f"{plural(len(rows), 'cell')} of column {names[at]!r} cannot be {wanted}",
            got=f"row {rows[0]}{cells}",
            todo="ask for float64, or clip outliers where the table is prepared",
        )
    return made


def _write(
    block: NDArray[Any], start: int, plain: list[tuple[int, Any]], hot: list[tuple[int, int, Any]]
) -> None:
    for at, values in plain:
        block[:, at] = values[start : start + len(block)]
    for low, width, codes in hot:
        block[:, low : low + width] = 0
        here = codes[start : start + len(block)]
        rows = np.flatnonzero(here >= 0)
        block[rows, low + here[rows]] = 1


def _parts(
    table: pl.DataFrame, fitted: Fitted, place: dict[str, int]
) -> tuple[list[tuple[int, Any]], list[tuple[int, int, Any]]]:
    """Columns with the place that each goes to, and codes with the places that they choose from."""
    plain: list[tuple[int, Any]] = []
    hot: list[tuple[int, int, Any]] = []
    for program in fitted.programs:
        encoding = first(program.ops, OneHot)
        if program.role != "feature":
            continue
        names = numeric_outputs(program)
        if encoding is not None:
            if encoding.names:
                codes = table[code_name(program.column)].to_numpy()
                hot.append((place[encoding.names[0]], len(encoding.names), codes))
            names = names[len(encoding.names) :]
        plain += [(place[name], table[name].to_numpy()) for name in names]
    return plain, hot
