"""One row through a fitted transform, in plain Python.

It imports nothing heavy, and answers in microseconds: the plain numbers of a row run through one
straight function. Anything else, any refusal, and the first row are decided by `cell.cells`, op by
op.
"""

from __future__ import annotations

from datacheck.errors import DataError, is_failure
from datacheck.ops import (
    Encode,
    Indicator,
    OneHot,
    first,
    outputs,
)
from datacheck.transform.cell import UNFILLED, runner
from datacheck.transform.coding import TYPES, known_codes
from datacheck.transform.given import Refused
from datacheck.transform.parts import arranged, beside, chosen, must_not_collide, present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from datacheck.ops import Fitted, Program
    from datacheck.transform.unrolled import Straight


#: How much of a cell an error shows.
_SHOWN = 200


def row_function(
    fitted: Fitted, columns: Sequence[str] | None = None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile a transform, or some columns of it, into a function from one row to another."""
    programs = chosen(fitted, columns)
    optional = tuple(p.column for p in programs if p.role == "target" or not p.required)
    sought = [program.column for program in beside(fitted, programs)]
    whole = _compiled(fitted, programs) if columns is None else None
    if whole is not None and not optional:
        return whole
    compiled = {frozenset[str](): whole} if whole is not None else {}

    def apply_row(row: Mapping[str, Any]) -> dict[str, Any]:
        if not _is_row(row) or (sought and not all(name in row for name in sought)):
            return _careful_row(fitted, programs, row, picked=columns is not None)
        absent = frozenset(name for name in optional if name not in row)
        run = compiled.get(absent)
        if run is None:
            kept = present(programs, _keys(row), fitted, "The row", asked=columns is not None)
            run = _compiled(fitted, kept, picked=columns is not None, absent=absent)
            compiled[absent] = run
        return run(row)

    return apply_row


def _compiled(  # noqa: C901 - the steps stand inline: a call a cell would cost more than they do
    fitted: Fitted,
    programs: Sequence[Program],
    *,
    picked: bool = False,
    absent: frozenset[str] = frozenset(),
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The function for rows that have all columns of these programs but those that are absent."""
    spreads = picked or bool(absent) or any(outputs(p) != (p.column,) for p in programs)
    steps: tuple[Any, ...] | None = None
    seen = False

    def apply_row(row: Mapping[str, Any]) -> dict[str, Any]:  # noqa: C901
        nonlocal seen, steps
        if steps is None:
            if not seen:  # to compile takes longer than to go op by op, once
                seen = True
                return _careful_row(fitted, programs, row, picked=picked)
            steps = _steps(fitted, programs, absent)
        numbers, coded, others = steps
        try:
            out = {**row}  # which asks for keys: a column is no row
            numbers(out)
            if not (coded or others or spreads):
                return out
            spread: dict[str, dict[str, Any]] = {}
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
        except BaseException as error:  # noqa: BLE001 - a cell may raise anything, or panic
            _pass_on(error)
            # A missing column, an odd cell or a refusal: decide each cell by the ops themselves.
            return _careful_row(fitted, programs, row, picked=picked)
        if not spreads:
            for name, made in spread.items():
                out[name] = made[name]
            return out
        return _arranged(out, spread, programs, picked=picked)

    return apply_row


def _steps(
    fitted: Fitted, programs: Sequence[Program], absent: frozenset[str]
) -> tuple[Callable[[dict[str, Any]], None], list[tuple[Any, ...]], list[tuple[str, Any]]]:
    """What runs plain numbers, what looks codes up, and what runs the other programs op by op."""
    from datacheck.transform.unrolled import straight, unrolled

    numbers: list[Straight] = []
    coded: list[tuple[Any, ...]] = []
    others: list[tuple[str, Any]] = []
    for program in programs:
        plain = None if program.column in absent else straight(program)
        codes = None if program.column in absent else _codes(program)
        if codes is not None:
            coded.append(codes)
        elif plain is not None:
            numbers.append(plain)
        else:
            others.append((program.column, runner(program, fitted)))
    return unrolled(numbers, narrow=fitted.output == "float32"), coded, others


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
    wanted = len(names)
    for name in names:
        made = spread.get(name)
        if made is None:
            out[name] = cells_of[name]
        else:
            out.update(made)
            wanted += len(made) - 1
    if len(out) < wanted:
        must_not_collide(names, programs)
    return out


def _codes(program: Program) -> tuple[Any, ...] | None:
    """What looks an encoded cell up in one step, all unknown but in a table; or None."""
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
        None if program.kind == "integer" else encode.unknown,  # it may be no integer of 64 bits
        names,
        dict.fromkeys(names or (), 0.0),
    )


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
        except BaseException as error:
            # A cell may be any object, and asking it what it is may raise anything.
            _pass_on(error)
            why = f"it cannot be read: {type(error).__name__}"
            raise _refusal(program, value, why) from error
        spread[program.column] = made
    out = _arranged(given, spread, kept, picked=picked)
    return {keys.get(name, name): cell for name, cell in out.items()}  # type: ignore[misc]


def _refusal(program: Program, value: Any, why: str) -> DataError:
    try:
        shown = repr(value)[:_SHOWN]
    except BaseException as error:  # noqa: BLE001 - of a stranger's object
        _pass_on(error)
        shown = f"a {type(value).__name__}"
    return DataError(
        f"Column {program.column!r} refuses its value: {why}",
        got=shown,
        todo="declare an imputation, or nullable: true for a model that takes missing values"
        if why == UNFILLED
        else "repair the row, or declare in the schema what such a value means",
    )


def _pass_on(error: BaseException) -> None:
    """Raise what is no failure of a cell: an interruption."""
    if not is_failure(error):
        raise error


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
