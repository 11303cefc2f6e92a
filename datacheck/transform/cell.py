"""One cell through its program, op by op: the reference that every runtime must equal."""

from __future__ import annotations

import math
from struct import Struct

from datacheck.gaps import is_missing
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
    missing_op,
    numbers_of,
    outputs,
    refuses_missing,
    words_of,
)
from datacheck.transform.given import TEMPORAL, Refused, as_number, as_other, is_single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from datacheck.ops import Donors, Fitted, Numeral, Op, Program

#: Why a missing cell is refused.
UNFILLED = "it is missing, and nothing fills it"

#: "<" makes packing raise where the float32 overflows; the native form gives inf.
_FLOAT32 = Struct("<f")


def cells(program: Program, value: Any, row: Mapping[str, Any], fitted: Fitted) -> dict[str, Any]:
    """One cell through its program: what comes out, by name; raises `Refused`, which says why."""
    return runner(program, fitted)(value, row)


def runner(program: Program, fitted: Fitted) -> Callable[[Any, Mapping[str, Any]], dict[str, Any]]:
    """What takes a cell of one program, and its row, to what `cells` gives, made once."""
    run = _number(program, fitted) if program.kind == "number" else _other(program)
    names = outputs(program)
    if len(names) == 1:
        name = names[0]
        return lambda value, row: {name: run(value, row)[0]}
    return lambda value, row: dict(zip(names, run(value, row), strict=True))


def _number(program: Program, fitted: Fitted) -> Callable[[Any, Mapping[str, Any]], list[Any]]:
    read = entering(program)
    last, whole = program.ops[-1], refuses_missing(program)
    steps = [(op, _step(op)) for op in program.ops if not isinstance(op, Cast | Missing)]
    neighbours = _neighbours(program, fitted) if first(program.ops, KnnFill) else None

    def run(value: Any, row: Mapping[str, Any]) -> list[Any]:
        x = read(value)
        beside: list[Any] = []
        for op, step in steps:
            if step is not None:
                x = None if x is None else step(x)
            elif isinstance(op, Indicator):
                beside.append(float(x is None))
            elif isinstance(op, Fill) and x is None:
                x = float(op.value)
            elif neighbours is not None and x is None:
                x = neighbours(row)
        if x is None and whole:
            raise Refused(UNFILLED)
        return [leave(x, last), *beside]

    return run


def _step(op: Op) -> Callable[[float], float | None] | None:
    """What an op makes of a number; None for one that has to do with holes."""
    if isinstance(op, Clip):
        return lambda x: _clip(op, x)
    if isinstance(op, Power):
        return lambda x: power(op.function, x)
    if isinstance(op, Affine):
        return lambda x: (x - op.center) * op.inverse_scale
    return None


#: The least number that a power takes; ``signed_log1p`` takes any.
LEAST = {"sqrt": -0.0, "log1p": math.nextafter(-1.0, 0.0)}


def power(function: str, x: float) -> float:
    """``log1p``, ``sqrt`` or ``signed_log1p`` of a finite number; raises `Refused` without."""
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


def entering(program: Program) -> Callable[[Any], float | None]:
    """What reads a cell of a numeric column: a double, or None where it counts as missing."""
    missing = missing_op(program)
    words, numbers = frozenset(words_of(missing)), frozenset(numbers_of(missing))
    singles = frozenset(map(single, numbers))
    cast = first(program.ops[:1], Cast)

    def read(value: Any) -> float | None:
        if isinstance(value, str) and value in words:
            return None
        if is_missing(value):
            return None
        x = as_number(value) if cast is None else _read_text(value, cast.number)
        if x != x:  # noqa: PLR0124 - NaN
            return None
        if x in numbers or (is_single(value) and x in singles):
            return None
        if x - x != 0.0 and missing.infinite != "keep":
            if missing.infinite == "missing":
                return None
            raise Refused("it is infinite")
        return x

    return read


def single(x: float) -> float | None:
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
        x = single(x)
        if x is None:
            raise Refused("it overflows float32")
    return x


def _other(program: Program) -> Callable[[Any, Mapping[str, Any]], list[Any]]:
    """A cell that is not computed with: compared, filled, and encoded where that is declared."""
    kind, zoned = program.kind, bool(zone_of(program.dtype))
    steps = [(op, _looked_up(program, op)) for op in program.ops]
    hot, whole = first(program.ops, OneHot), refuses_missing(program)

    def run(value: Any, _row: Mapping[str, Any]) -> list[Any]:
        value = None if is_missing(value) else as_other(kind, value, zoned=zoned)
        out: list[Any] = []
        beside: list[Any] = []
        for op, known in steps:
            if isinstance(op, Replace):
                value = known.get(value, value)
            elif isinstance(op, Missing):
                value = None if value is not None and _instant(value) in known else value
            elif isinstance(op, Indicator):
                beside.append(float(value is None))
            elif isinstance(op, Fill):
                value = known if value is None else value
            elif isinstance(op, Encode):
                value = known(value)
            elif isinstance(op, OneHot):
                out = [float(at == value) for at in range(len(op.names))]
        if value is None and whole:
            raise Refused(UNFILLED)
        return [*(out if hot is not None else [value]), *beside]

    return run


def _looked_up(program: Program, op: Op) -> Any:
    """What an op looks a cell up in, or fills it with."""
    if isinstance(op, Replace):
        return dict(zip(reversed(op.old), reversed(op.new), strict=True))
    if isinstance(op, Missing):
        return frozenset(map(_instant, typed_values(program.kind, op.values, program.dtype)))
    if isinstance(op, Fill):
        return typed_value(program.kind, op.value, program.dtype)
    return encoding(op) if isinstance(op, Encode) else None


def _instant(value: Any) -> Any:
    """A moment with a zone in UTC: where clocks are set back, it equals none in another zone."""
    if getattr(value, "tzinfo", None) is None:
        return value
    from datetime import UTC

    try:
        return value.astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999, which no clock sets back
        return value


def typed_values(kind: str, values: Iterable[Any], dtype: str) -> list[Any]:
    """Each value as `typed_value` gives it; a text that is no such moment is met by no cell."""
    made = []
    for value in values:
        try:
            made.append(typed_value(kind, value, dtype))
        except (TypeError, ValueError):
            continue
    return made


def encoding(op: Encode) -> Callable[[Any], float]:
    """What gives the code of a category, of another value or None; it raises `Refused` without."""
    codes = dict(zip(reversed(op.categories), reversed(op.codes), strict=True))
    unknown, missing = op.unknown, op.missing

    def encode(value: Any) -> float:
        code = missing if value is None else codes.get(value, unknown)
        if code is None:
            raise Refused("it is missing" if value is None else "it is not one of the categories")
        return float(code)

    return encode


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


def _neighbours(program: Program, fitted: Fitted) -> Callable[[Mapping[str, Any]], float]:
    """What fills a hole from the neighbours of its row."""
    from datacheck.knn.neighbours import fill_row

    donors: Donors = fitted.donors  # type: ignore[assignment]  # fit gives donors to every KnnFill
    programs = {each.column: each for each in fitted.programs}
    place = donors.features.index(program.column)
    features = [
        (name, _feature(programs[name], donors.center[j], donors.inverse_scale[j]))
        for j, name in enumerate(donors.features)
    ]

    fill: Any = first(program.ops, KnnFill)

    def nearest(row: Mapping[str, Any]) -> float:
        query = [feature(row.get(name)) for name, feature in features]
        return fill_row(query, place, donors, fill.fallback)

    return nearest


def _feature(
    program: Program, center: float, inverse_scale: float
) -> Callable[[Any], float | None]:
    """What gives a feature as the donors' space has it: after `Missing` and `Clip`, unfilled."""
    read = entering(program)
    clips = [op for op in program.ops if isinstance(op, Clip)]

    def feature(value: Any) -> float | None:
        try:
            x = read(value)
        except Refused:  # its own column refuses the row, under its own name
            return None
        for op in clips:
            x = _clip(op, x)
        return None if x is None else (x - center) * inverse_scale

    return feature
