"""One cell through its program, op by op: the reference that every runtime must equal."""

from __future__ import annotations

import math
from functools import lru_cache
from struct import Struct

from datacheck.numerals import is_blank, read_text
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Encode,
    Fill,
    Indicator,
    KnnFill,
    Missing,
    OneHot,
    Power,
    Replace,
    first,
    numbers_of,
    outputs,
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


def cells(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> dict[str, Any]:
    """One cell through its program: what comes out, by name, in order.

    Raises
    ------
    Refused
        Where the ops refuse the value; the message says why.
    """
    run = _number if program.kind == "number" else _other
    made = run(program, value, row, fitted)
    return dict(zip(outputs(program), made, strict=True))


def cell(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> Any:
    """The first of the cells."""
    return next(iter(cells(program, value, row, fitted).values()))


def _number(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> list[Any]:
    x = enter(program, value)
    beside: list[Any] = []
    for op in program.ops:
        if isinstance(op, Clip):
            x = _clip(op, x)
        elif isinstance(op, Indicator):
            beside.append(float(x is None))
        elif isinstance(op, Fill):
            x = float(op.value) if x is None else x
        elif isinstance(op, KnnFill):
            x = _knn(op, program, row, fitted) if x is None else x
        elif isinstance(op, Power):
            x = None if x is None else power(op.function, x)
        elif isinstance(op, Affine):
            x = None if x is None else (x - op.center) * op.inverse_scale
    return [leave(_complete(program, x), program.ops[-1]), *beside]


def _complete(program: Program, x: Any) -> Any:
    """What a program leaves, or a refusal where it leaves nothing and may not."""
    if x is None and refuses_missing(program):
        raise Refused(UNFILLED)
    return x


def power(function: str, x: float) -> float:
    """``log1p``, ``sqrt`` or ``signed_log1p`` of a finite number.

    Raises
    ------
    Refused
        For a number that has none.
    """
    if function == "signed_log1p":
        return math.copysign(math.log1p(abs(x)), x)
    if function == "sqrt":
        if x < 0.0:
            raise Refused("it is negative, and has no square root")
        return math.sqrt(x)
    if x <= -1.0:
        raise Refused("it is not above -1, and has no log1p")
    return math.log1p(x)


def unpower(function: str, y: float) -> float:
    """The number whose power this is; infinite where a double cannot hold it."""
    if function == "sqrt":
        return y * y
    try:
        if function == "log1p":
            return math.expm1(y)
        return math.copysign(math.expm1(abs(y)), y)
    except OverflowError:
        return math.copysign(math.inf, y)


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


def _other(program: Program, value: Any, _row: Mapping[str, Any], _fitted: Fitted) -> list[Any]:
    """A cell that is not computed with: compared, filled, and encoded where that is declared."""
    zoned = bool(zone_of(program.dtype))
    value = None if is_missing(value) else as_other(program.kind, value, zoned=zoned)
    out: list[Any] = []
    beside: list[Any] = []
    for op in program.ops:
        if isinstance(op, Replace) and value in op.old:
            value = op.new[op.old.index(value)]
        elif isinstance(op, Missing) and value is not None and op.values:
            known = _declared(program.kind, program.dtype, op.values)
            value = None if _instant(value) in known else value
        elif isinstance(op, Indicator):
            beside.append(float(value is None))
        elif isinstance(op, Fill) and value is None:
            value = typed_value(program.kind, op.value, program.dtype)
        elif isinstance(op, Encode):
            value = encoded(op, value)
        elif isinstance(op, OneHot):
            out = [float(at == value) for at in range(len(op.names))]
    value = _complete(program, value)
    return [*(out if first(program.ops, OneHot) else [value]), *beside]


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


def encoded(op: Encode, value: Any) -> float:
    """The code of a category, of a value that is none, or of a missing one.

    Raises
    ------
    Refused
        Where the encoding has none for it.
    """
    if value is None:
        code = op.missing
    elif value in op.categories:
        code = op.codes[op.categories.index(value)]
    else:
        code = op.unknown
    if code is None:
        raise Refused("it is missing" if value is None else "it is not one of the categories")
    return float(code)


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
