"""One row through a fitted transform, in plain Python.

It imports nothing heavy, so a service can load a transform and answer in microseconds. A row
whose cells are all plain numbers runs through two tight loops; anything else, and any refusal, is
decided by `cell`, which reads the ops one by one as `ops.py` defines them.
"""

from __future__ import annotations

from array import array

from datacheck.errors import DataError
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Fill,
    Missing,
    first,
    numbers_of,
    refuses_missing,
)
from datacheck.transform.cell import UNFILLED, cell
from datacheck.transform.given import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from datacheck.ops import Fitted, Program


#: How much of a cell, and of a list of columns, an error shows.
_SHOWN, _LISTED = 200, 2000

#: In the place of a fill: a missing cell is refused.
_NOTHING = object()


def row_function(  # noqa: C901, PLR0915 - the loops stand inline, for a call a cell would cost more than all they do
    fitted: Fitted,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile a transform into a function from one row to the transformed row.

    The function takes a mapping with every fitted column and gives a dict in the same order;
    columns that were not fitted pass through. It raises `DataError` for a missing column or a
    refused cell.
    """
    simple: list[tuple[Any, ...]] = []
    bounded: list[tuple[Any, ...]] = []
    others: list[Program] = []
    for program in fitted.programs:
        numbers = _loop_numbers(program)
        if numbers is None:
            others.append(program)
        elif len(numbers) == len(("column", "filled", "center", "inverse")):
            simple.append(numbers)
        else:
            bounded.append(numbers)
    names = tuple(numbers[0] for numbers in simple + bounded)
    narrow = fitted.output == "float32" and bool(names)

    def apply_row(row: Mapping[str, Any]) -> dict[str, Any]:  # noqa: C901, PLR0912
        try:
            out = dict(row)
            for name, filled, center, inverse in simple:
                x = out[name]
                if type(x) is not float:
                    if x is None:
                        if filled is _NOTHING:
                            raise Refused
                        out[name] = filled
                        continue
                    x = _plain_number(x)
                y = (x - center) * inverse
                if y - y == 0.0:
                    out[name] = y
                elif x != x and filled is not _NOTHING:  # noqa: PLR0124 - NaN alone differs from itself
                    out[name] = filled
                else:
                    raise Refused
            for name, sentinels, lower, upper, below, above, filled, center, inverse in bounded:
                x = out[name]
                if type(x) is not float and x is not None:
                    x = _plain_number(x)
                if x is None or x != x or x in sentinels:  # noqa: PLR0124
                    if filled is _NOTHING:
                        raise Refused
                    out[name] = filled
                    continue
                if x - x != 0.0:
                    raise Refused
                if x < lower:
                    x = below
                elif x > upper:
                    x = above
                if x is None:
                    if filled is _NOTHING:
                        raise Refused
                    out[name] = filled
                    continue
                y = (x - center) * inverse
                if y - y != 0.0:
                    raise Refused
                out[name] = y
            for program in others:
                out[program.column] = cell(program, out[program.column], row, fitted)
            if narrow:
                rounded = array("f", [out[name] for name in names]).tolist()
                total = sum(rounded)
                if total - total != 0.0:
                    raise Refused
                out.update(zip(names, rounded))  # noqa: B905 - strict costs, and they are alike
        except Exception:  # noqa: BLE001 - a cell may be an object that raises anything
            # A missing column, an odd cell or a refusal: decide each cell by the ops themselves.
            return _careful_row(fitted, row)
        return out

    return apply_row


def _loop_numbers(program: Program) -> tuple[Any, ...] | None:
    """The numbers that the tight loops need, or None for a program of another shape."""
    if program.kind != "number":
        return None
    missing, clip, fill, affine = (
        first(program.ops, Missing),
        first(program.ops, Clip),
        first(program.ops, Fill),
        first(program.ops, Affine) or Affine(0.0, 1.0, 1.0),
    )
    # A cell that a leading `Cast` would read is text or a boolean, and the loops hand those back.
    known = [op for op in (missing, clip, fill, first(program.ops, Affine)) if op is not None]
    if (
        missing is None
        or missing.infinite != "refuse"
        or [*known, program.ops[-1]]
        != [op for at, op in enumerate(program.ops) if at or not isinstance(op, Cast)]
    ):
        return None
    filled: Any = None
    if fill is not None:
        filled = (float(fill.value) - affine.center) * affine.inverse_scale
    if filled is not None and filled - filled != 0.0:
        return None
    if filled is None and refuses_missing(program):
        filled = _NOTHING
    sentinels = frozenset(numbers_of(missing))
    if clip is None and not sentinels:
        return program.column, filled, affine.center, affine.inverse_scale
    if clip is None:
        clip = Clip(float("-inf"), float("inf"), None, None)
    return program.column, sentinels, *clip, filled, affine.center, affine.inverse_scale


def _plain_number(value: Any) -> float:
    if type(value) is int:
        return float(value)
    raise Refused


def _careful_row(fitted: Fitted, row: Mapping[str, Any]) -> dict[str, Any]:
    keys = _keys(fitted, row)
    out = dict(row)
    cells = {column: row[key] for column, key in keys.items()}  # type: ignore[index]
    for program in fitted.programs:
        value = cells[program.column]
        try:
            made = cell(program, value, cells, fitted)
        except Refused as refusal:
            raise _refusal(program, value, str(refusal)) from None
        except Exception as error:
            # A cell may be any object, and asking it what it is may raise anything.
            why = f"it cannot be read: {type(error).__name__}"
            raise _refusal(program, value, why) from error
        out[keys[program.column]] = made  # type: ignore[index]
    return out


def _refusal(program: Program, value: Any, why: str) -> DataError:
    try:
        shown = repr(value)[:_SHOWN]
    except Exception:  # noqa: BLE001 - of a stranger's object
        shown = f"a {type(value).__name__}"
    return DataError(
        f"Column {program.column!r} refuses its value: {why}",
        got=shown,
        todo="declare an imputation, or nullable: true for a model that takes missing values"
        if why == UNFILLED
        else "repair the row, or declare in the schema what such a value means",
    )


def _keys(fitted: Fitted, row: Mapping[str, Any]) -> dict[str, object]:
    """By fitted column, its key in the row: its name, or what is written so (a column called 0)."""
    if not hasattr(row, "keys") or not hasattr(row, "__getitem__"):
        raise DataError(
            "A row must be a mapping of columns to cells",
            got=f"a {type(row).__name__}",
            expected="a dictionary, or a Series of one row",
            todo="give {column: cell, ...}; a whole table is for `apply`",
        )
    written = {str(key): key for key in row.keys() if not isinstance(key, str)}  # noqa: SIM118 - a Series iterates over its cells
    names = {key for key in row.keys() if isinstance(key, str)}  # noqa: SIM118
    columns = [program.column for program in fitted.programs]
    absent = [name for name in columns if name not in names and name not in written]
    if absent:
        raise DataError(
            "The row lacks columns that the transform was fitted on",
            got=", ".join(map(repr, row.keys()))[:_LISTED] or "an empty row",
            expected=", ".join(map(repr, columns))[:_LISTED],
            todo=f"add {', '.join(map(repr, absent))[:_LISTED]}; None stands for a missing value",
        )
    return {name: name if name in names else written[name] for name in columns}
