"""One cell through its program, op by op: the reference that every runtime must equal."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

from datacheck.numerals import is_blank, read_text
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Fill,
    KnnFill,
    Missing,
    first,
    numbers_of,
    refuses_missing,
    words_of,
)
from datacheck.transform.given import TEMPORAL, Refused, as_number, as_other, is_missing, is_single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from datacheck.ops import Donors, Fitted, Numeral, Program

#: Why a missing cell is refused.
UNFILLED = "it is missing, and nothing fills it"

#: "<" makes packing raise where the float32 overflows; the native form gives inf.
_FLOAT32 = Struct("<f")


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
    return leave(_complete(program, x), program.ops[-1])


def _complete(program: Program, x: Any) -> Any:
    """What a program leaves, or a refusal where it leaves nothing and may not."""
    if x is None and refuses_missing(program):
        raise Refused(UNFILLED)
    return x


def enter(program: Program, value: Any) -> float | None:
    """Read a cell of a numeric column: a double, or None where the program counts it missing."""
    missing = first(program.ops, Missing) or Missing()
    if isinstance(value, str) and value in words_of(missing):
        return None
    if is_missing(value):
        return None
    cast = program.ops[0]
    x = _read_text(value, cast.number) if isinstance(cast, Cast) else as_number(value)
    if x != x:  # noqa: PLR0124 - NaN
        return None
    numbers = numbers_of(missing)
    if x in numbers or (is_single(value) and x in map(_single, numbers)):
        return None
    if x - x != 0.0 and missing.infinite != "keep":
        if missing.infinite == "missing":
            return None
        raise Refused("it is infinite")
    return x


def _single(x: float) -> float | None:
    """A double as float32 rounds it; None where it overflows."""
    try:
        rounded: float = _FLOAT32.unpack(_FLOAT32.pack(x))[0]
    except OverflowError:
        return None
    return rounded


def _read_text(value: Any, numeral: Numeral | None) -> float:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return float(value)
    if not isinstance(value, str):
        return as_number(value)
    if is_blank(value, numeral):
        return float("nan")
    x = read_text(value, numeral)
    if x is None:
        raise Refused("its text is not a number")
    return x


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
        x = _single(x)
        if x is None:
            raise Refused("it overflows float32")
    return x


def _other_cell(program: Program, value: Any) -> Any:
    """A text, boolean or temporal cell: declared values become missing, missing is filled."""
    zoned = bool(zone_of(program.dtype))
    value = None if is_missing(value) else as_other(program.kind, value, zoned=zoned)
    for op in program.ops:
        if isinstance(op, Missing) and value is not None and op.values:
            known = _declared(program.kind, program.dtype, op.values)
            value = None if _instant(value) in known else value
        elif isinstance(op, Fill) and value is None:
            value = typed_value(program.kind, op.value, program.dtype)
    return _complete(program, value)


@lru_cache(maxsize=256)
def _declared(kind: str, dtype: str, values: tuple[Any, ...]) -> frozenset[Any]:
    """The values that mean missing in such a column, as cells are compared."""
    return frozenset(map(_instant, typed_values(kind, values, dtype)))


def _instant(value: Any) -> Any:
    """A moment with a zone in UTC: where clocks are set back, it equals none in another zone."""
    if getattr(value, "tzinfo", None) is None:
        return value
    from datetime import UTC

    return value.astimezone(UTC)


def typed_values(kind: str, values: Iterable[Any], dtype: str) -> list[Any]:
    """Each value as `typed_value` gives it; a text that is no such moment is met by no cell."""
    made = []
    for value in values:
        try:
            made.append(typed_value(kind, value, dtype))
        except (TypeError, ValueError):
            continue
    return made


def plain_value(value: Any) -> Any:
    """A date, time or duration as the text or the microseconds that an artefact holds."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "total_seconds"):
        return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return value


def typed_value(kind: str, value: Any, dtype: str) -> Any:
    """The inverse of `plain_value` for a column of this kind and dtype."""
    if kind not in TEMPORAL:
        return value
    import datetime as dt

    if kind == "duration":
        return dt.timedelta(microseconds=value)
    made = getattr(dt, kind).fromisoformat(value)
    zone = zone_of(dtype)
    if kind != "datetime" or not zone:
        return made
    from zoneinfo import ZoneInfo

    # An artefact of version 1 may hold a moment without an offset, which polars took for UTC.
    made = made if made.tzinfo is not None else made.replace(tzinfo=dt.UTC)
    return made.astimezone(ZoneInfo(zone))


def zone_of(dtype: str) -> str:
    """The time zone in polars' name of a dtype; empty where there is none."""
    return dtype.partition("time_zone='")[2].partition("'")[0]


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
