"""One row through a fitted transform, in plain Python.

It imports nothing heavy, and answers in microseconds: a row of plain numbers runs through two tight
loops. Anything else, and any refusal, is decided by `cell.cells`, op by op.
"""

from __future__ import annotations

from array import array

from datacheck.errors import DataError
from datacheck.ops import (
    UNSCALED,
    Affine,
    Cast,
    Clip,
    Encode,
    Fill,
    Indicator,
    Missing,
    OneHot,
    first,
    numbers_of,
    outputs,
    refuses_missing,
)
from datacheck.transform.cell import UNFILLED, runner
from datacheck.transform.coding import TYPES, known_codes
from datacheck.transform.given import Refused
from datacheck.transform.parts import arranged, chosen, present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from datacheck.ops import Fitted, Program


#: How much of a cell an error shows.
_SHOWN = 200

#: In the place of a fill: a missing cell is refused.
_NOTHING = object()


def row_function(
    fitted: Fitted, columns: Sequence[str] | None = None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile a transform into a function from one row to the transformed row.

    The function takes a mapping with every fitted column and gives a dict in the same order;
    columns that were not fitted pass through. It raises `DataError` for a missing column or a
    refused cell. With `columns`, what comes out is theirs alone, in their order.
    """
    programs = chosen(fitted, columns)
    optional = tuple(p.column for p in programs if p.role == "target" or not p.required)
    whole = _compiled(fitted, programs) if columns is None else None
    if whole is not None and not optional:
        return whole
    compiled = {frozenset[str](): whole} if whole is not None else {}

    def apply_row(row: Mapping[str, Any]) -> dict[str, Any]:
        if not _is_row(row):
            return _careful_row(fitted, programs, row, picked=columns is not None)
        absent = frozenset(name for name in optional if name not in row)
        run = compiled.get(absent)
        if run is None:
            kept = present(programs, _keys(row), fitted, "The row", asked=columns is not None)
            run = _compiled(fitted, kept, picked=columns is not None, absent=absent)
            compiled[absent] = run
        return run(row)

    return apply_row


def _compiled(  # noqa: C901, PLR0915 - the loops stand inline: a call a cell would cost more than all they do
    fitted: Fitted,
    programs: Sequence[Program],
    *,
    picked: bool = False,
    absent: frozenset[str] = frozenset(),
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The function for rows that have all columns of these programs but those that are absent."""
    simple: list[tuple[Any, ...]] = []
    bounded: list[tuple[Any, ...]] = []
    coded: list[tuple[Any, ...]] = []
    others: list[tuple[str, Any]] = []
    for program in programs:
        numbers = None if program.column in absent else _loop_numbers(program)
        codes = None if program.column in absent else _codes(program)
        if codes is not None:
            coded.append(codes)
        elif numbers is None:
            others.append((program.column, runner(program, fitted)))
        elif len(numbers) == len(("column", "filled", "center", "inverse")):
            simple.append(numbers)
        else:
            bounded.append(numbers)
    names = tuple(numbers[0] for numbers in simple + bounded)
    narrow = fitted.output == "float32" and bool(names)
    spreads = picked or bool(absent) or any(outputs(p) != (p.column,) for p in programs)

    def apply_row(row: Mapping[str, Any]) -> dict[str, Any]:  # noqa: C901, PLR0912, PLR0915
        spread: dict[str, dict[str, Any]] = {}
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
            for name, kind, codes, unknown, hot, zeros in coded:
                x = out[name]
                if type(x) is not kind and x is not None:
                    raise Refused
                code = codes.get(x, unknown)
                if code is None:
                    raise Refused
                if hot is None:
                    out[name] = float(code)
                else:
                    spread[name] = zeros if code < 0 else {**zeros, hot[code]: 1.0}
            for name, run in others:
                spread[name] = run(None if name in absent else row[name], row)
            if narrow:
                rounded = array("f", [out[name] for name in names]).tolist()
                total = sum(rounded)
                if total - total != 0.0:
                    raise Refused
                out.update(zip(names, rounded))  # noqa: B905 - strict costs, and they are alike
        except Exception:  # noqa: BLE001 - a cell may be an object that raises anything
            # A missing column, an odd cell or a refusal: decide each cell by the ops themselves.
            return _careful_row(fitted, programs, row, picked=picked)
        if not spreads:
            for name, made in spread.items():
                out[name] = made[name]
            return out
        return _arranged(out, spread, programs, picked=picked)

    return apply_row


def _arranged(
    cells_of: Mapping[str, Any],
    spread: Mapping[str, dict[str, Any]],
    programs: Sequence[Program],
    *,
    picked: bool,
) -> dict[str, Any]:
    """The cells in the order of the row, those of a column at its place; see `parts.arranged`."""
    names = [p.column for p in programs] if picked else arranged(cells_of, programs)
    out: dict[str, Any] = {}
    for name in names:
        made = spread.get(name)
        if made is None:
            out[name] = cells_of[name]
        else:
            out.update(made)
    return out


def _codes(program: Program) -> tuple[Any, ...] | None:
    """What looks an encoded cell up in one step; None for any other program.

    The table holds each value that the ops before the encoding know, with the code that it ends
    with; whatever is not in it is unknown.
    """
    encode = first(program.ops, Encode)
    if encode is None or first(program.ops, Indicator) is not None:
        return None
    codes = known_codes(program)
    hot = first(program.ops, OneHot)
    names = None if hot is None else hot.names
    return (
        program.column,
        TYPES[program.kind],
        codes,
        encode.unknown,
        names,
        dict.fromkeys(names or (), 0.0),
    )


def _loop_numbers(program: Program) -> tuple[Any, ...] | None:
    """The numbers that the tight loops need, or None for a program of another shape."""
    if program.kind != "number":
        return None
    missing, clip = first(program.ops, Missing), first(program.ops, Clip)
    fill, scaling = first(program.ops, Fill), first(program.ops, Affine)
    affine = scaling or UNSCALED
    # A cell that a leading `Cast` would read is text or a boolean, and the loops hand those back.
    known = [op for op in (missing, clip, fill, scaling) if op is not None]
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


def _careful_row(
    fitted: Fitted, programs: Sequence[Program], row: Mapping[str, Any], *, picked: bool
) -> dict[str, Any]:
    keys = _keys(row)
    kept = present(programs, keys, fitted, "The row", asked=picked)
    given = {name: row[key] for name, key in keys.items()}  # type: ignore[index]
    spread = {}
    for program in kept:
        value = given.get(program.column)
        try:
            made = runner(program, fitted)(value, given)
        except Refused as refusal:
            raise _refusal(program, value, str(refusal)) from None
        except Exception as error:
            # A cell may be any object, and asking it what it is may raise anything.
            why = f"it cannot be read: {type(error).__name__}"
            raise _refusal(program, value, why) from error
        spread[program.column] = made
    out = _arranged(given, spread, kept, picked=picked)
    return {keys.get(name, name): cell for name, cell in out.items()}  # type: ignore[misc]


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


def _keys(row: Mapping[str, Any]) -> dict[str, object]:
    """By name, the key in the row: the name itself, or what is written so (a column called 0)."""
    if not _is_row(row):
        raise DataError(
            "A row must be a mapping of columns to cells",
            got=f"a {type(row).__name__}",
            expected="a dictionary, or a Series of one row",
            todo="give {column: cell, ...}; a whole table is for `apply`",
        )
    keys = list(row.keys())
    names = {key for key in keys if isinstance(key, str)}
    # A key that is written like another one passes under its own, which is no column's.
    return {key if str(key) in names else str(key): key for key in keys}


def _is_row(row: object) -> bool:
    return hasattr(row, "keys") and hasattr(row, "__getitem__")
