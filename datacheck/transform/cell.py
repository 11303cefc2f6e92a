"""One cell through its program, op by op: the reference that every runtime must equal."""

from __future__ import annotations

import re
from struct import Struct

from datacheck.ops import Affine, Cast, Clip, Fill, KnnFill, Missing, first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from datacheck.ops import Donors, Fitted, Program

#: What reads as a number where text is cast: a decimal numeral, with an exponent or without, or
#: one of the words for NaN and infinity. White space around it is passed over.
NUMERAL = re.compile(
    r"\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|infinity)|nan)\s*",
    re.ASCII | re.IGNORECASE,
)

#: What counts as white space around a numeral: ASCII's, so that every runtime knows it.
WHITE = " \t\n\r\f\v"

#: Kinds whose cells are not computed with: they are compared with missing values, and filled.
TEMPORAL = ("date", "datetime", "duration", "time")

#: "<" makes packing raise where the float32 overflows; the native form gives inf.
_FLOAT32 = Struct("<f")


class Refused(ValueError):  # noqa: N818 - a verdict on a cell, not a fault of the program
    """A cell that may not pass. Its row has no result."""


def cell(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> Any:
    """One cell through its program.

    Raises
    ------
    Refused
        Where the ops refuse the value; the message says why.
    """
    if program.kind != "number":
        return _other_cell(program, value)
    x = enter(program, value)
    for op in program.ops:
        if isinstance(op, Clip):
            x = _clip(op, x)
        elif isinstance(op, Fill):
            x = float(op.value) if x is None else x
        elif isinstance(op, KnnFill):
            x = _knn(op, program, row, fitted) if x is None else x
        elif isinstance(op, Affine):
            x = None if x is None else (x - op.center) * op.inverse_scale
    return leave(x, program.ops[-1])


def enter(program: Program, value: Any) -> float | None:
    """Read a cell of a numeric column: a double, or None where the program counts it missing."""
    missing = first(program.ops, Missing) or Missing()
    if value is None or (isinstance(value, str) and value in missing.values):
        return None
    x = _read_text(value) if isinstance(program.ops[0], Cast) else _read_number(value)
    if x != x or any(x == value for value in _numbers(missing)):  # noqa: PLR0124 - NaN
        return None
    if x - x != 0.0 and missing.infinite != "keep":
        if missing.infinite == "missing":
            return None
        raise Refused("it is infinite")
    return x


def _numbers(missing: Missing) -> list[float]:
    """Declared missing values as the doubles that a cell is compared with."""
    return [float(value) for value in missing.values if not isinstance(value, str)]


def _read_number(value: Any) -> float:
    if isinstance(value, str | bool) or type(value).__name__ in ("bool_", "bool"):
        raise Refused(f"it is {type(value).__name__}, the column was fitted on numbers")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused(f"it is {type(value).__name__}, not a number") from None
    except OverflowError:
        raise Refused("it is beyond the largest double") from None


def _read_text(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return _read_number(value)
    if not value.strip(WHITE):
        return float("nan")
    if not NUMERAL.fullmatch(value):
        raise Refused("its text is not a number")
    return float(value)


def _clip(op: Clip, x: float | None) -> float | None:
    if x is None:
        return None
    if x < op.lower:
        return op.below
    return op.above if x > op.upper else x


def leave(x: float | None, cast: Any) -> float | None:
    """Hand a double out as the program's dtype, or refuse one that the dtype cannot hold."""
    if x is None:
        return None
    if x - x != 0.0:
        raise Refused("it overflows a double when it is scaled")
    if cast.dtype == "float32":
        try:
            x = _FLOAT32.unpack(_FLOAT32.pack(x))[0]
        except OverflowError:
            raise Refused("it overflows float32") from None
    return x


def _other_cell(program: Program, value: Any) -> Any:
    """A text, boolean or temporal cell: declared values become missing, missing is filled."""
    expected = {"text": str, "boolean": bool}.get(program.kind)
    if value is not None and value != value:  # noqa: PLR0124 - NaN from a pandas row
        value = None
    if value is not None and expected is not None and not isinstance(value, expected):
        raise Refused(f"it is {type(value).__name__}, the column was fitted on {program.kind}")
    for op in program.ops:
        if isinstance(op, Missing) and value is not None and plain_value(value) in op.values:
            value = None
        elif isinstance(op, Fill) and value is None:
            value = typed_value(program.kind, op.value)
    return value


def plain_value(value: Any) -> Any:
    """A date, time or duration as the text or the microseconds that an artefact holds."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "total_seconds"):
        return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return value


def typed_value(kind: str, value: Any) -> Any:
    """The inverse of `plain_value` for a column of this kind."""
    if kind not in TEMPORAL:
        return value
    import datetime as dt

    if kind == "duration":
        return dt.timedelta(microseconds=value)
    return getattr(dt, kind).fromisoformat(value)


def _knn(op: KnnFill, program: Program, row: Mapping[str, Any], fitted: Fitted) -> float:
    from datacheck.knn.neighbours import fill_row

    donors: Donors = fitted.donors  # type: ignore[assignment]  # fit gives donors to every KnnFill
    programs = {each.column: each for each in fitted.programs}
    query = [
        _feature(programs[name], row.get(name), donors.center[j], donors.inverse_scale[j])
        for j, name in enumerate(donors.features)
    ]
    return fill_row(query, donors.features.index(program.column), donors, op.fallback)


def _feature(program: Program, value: Any, center: float, inverse_scale: float) -> float | None:
    """A feature as the donors' space has it: after `Missing` and `Clip`, never filled."""
    try:
        x = enter(program, value)
    except Refused:  # its own column refuses the row, under its own name
        return None
    for op in program.ops:
        if isinstance(op, Clip):
            x = _clip(op, x)
    return None if x is None else (x - center) * inverse_scale
