"""One row through a fitted transform, in plain Python.

It imports nothing heavy, so a service can load a transform and answer in microseconds. A row
whose cells are all plain numbers runs through two tight loops; anything else, and any refusal, is
decided by `cell`, which reads the ops one by one as `ops.py` defines them.
"""

from __future__ import annotations

from array import array

from datacheck.errors import DataError
from datacheck.ops import Affine, Cast, Clip, Fill, Missing, first
from datacheck.transform.cell import Refused, cell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from datacheck.ops import Fitted, Program


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
        out = dict(row)
        try:
            for name, filled, center, inverse in simple:
                x = out[name]
                if type(x) is not float:
                    if x is None:
                        out[name] = filled
                        continue
                    x = _plain_number(x)
                y = (x - center) * inverse
                if y - y == 0.0:
                    out[name] = y
                elif x != x:  # noqa: PLR0124 - NaN alone differs from itself
                    out[name] = filled
                else:
                    raise Refused
            for name, sentinels, lower, upper, below, above, filled, center, inverse in bounded:
                x = out[name]
                if type(x) is not float and x is not None:
                    x = _plain_number(x)
                if x is None or x != x or x in sentinels:  # noqa: PLR0124
                    out[name] = filled
                    continue
                if x - x != 0.0:
                    raise Refused
                if x < lower:
                    x = below
                elif x > upper:
                    x = above
                if x is None:
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
        except (KeyError, TypeError, Refused, OverflowError):
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
    filled = None if fill is None else (float(fill.value) - affine.center) * affine.inverse_scale
    if filled is not None and filled - filled != 0.0:
        return None
    sentinels = frozenset(float(value) for value in missing.values if not isinstance(value, str))
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
    absent = [program.column for program in fitted.programs if program.column not in row]
    if absent:
        raise DataError(
            "The row lacks columns that the transform was fitted on",
            got=", ".join(map(repr, row)) or "an empty row",
            expected=", ".join(repr(program.column) for program in fitted.programs),
            todo=f"add {', '.join(map(repr, absent))}; None stands for a missing value",
        )
    out = dict(row)
    for program in fitted.programs:
        value = row[program.column]
        try:
            out[program.column] = cell(program, value, row, fitted)
        except Refused as refusal:
            raise DataError(
                f"Column {program.column!r} refuses its value: {refusal}",
                got=repr(value),
                todo="repair the row, or declare in the schema what such a value means",
            ) from None
    return out
