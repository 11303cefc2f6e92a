"""A numeric program as a table of intervals, so that a query decides by comparing and nothing else.

Between two bounds a program does one thing: it scales the value, gives a constant, counts it
missing or refuses it. Where scaling would overflow is such a bound too, found here to the last
bit: no engine ever multiplies a number that it cannot hold, so how it would fail does not matter.

A worked example: -999 means missing, values are clipped to 0 and 10, a hole is filled with 5, and
what remains becomes ``(x - 5) * 0.5``. (A cell that is null or -999 is sorted out before: it has
the outcome `Steps.missing`, 0.0 here.) Five intervals are left, and only the middle one computes:

>>> from datacheck.ops import Affine, Cast, Clip, Fill, Missing, Program
>>> ops = (Missing((-999.0,)), Clip(0.0, 10.0, 0.0, 10.0), Fill(5.0), Affine(5.0, 0.5, 2.0))
>>> made = steps(Program("x", "number", "Float64", (*ops, Cast("float64"))))
>>> for piece in made.pieces:
...     print(f"{piece.low:.9g} to {piece.high:.9g}: {piece.outcome}")
-inf to -inf: Refuse(why='it is infinite')
-1.79769313e+308 to -4.94065646e-324: Constant(value=-2.5, unscaled=0.0)
0 to 10: Keep()
10 to 1.79769313e+308: Constant(value=2.5, unscaled=10.0)
inf to inf: Refuse(why='it is infinite')
>>> made.missing.value
0.0

In SQL that is ``CASE WHEN x IS NULL OR x = -999 THEN 0.0 WHEN x < 0 THEN -2.5 WHEN x <= 10 THEN
(x - 5) * 0.5 ...``, with a second CASE for the reasons.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from datacheck.ops import (
    LARGEST,
    Affine,
    Clip,
    Fill,
    KnnFill,
    Missing,
    Power,
    Program,
    first,
    leaves_float32,
    refuses_missing,
)
from datacheck.transform.cell import LEAST, UNFILLED, power, unpower
from datacheck.transform.cell import single as as_single
from datacheck.transform.given import Refused as CellRefused


@dataclass(frozen=True)
class Constant:
    """The cell that comes out, whatever the value; `unscaled` is what it was before scaling."""

    value: float
    unscaled: float | None = None


@dataclass(frozen=True)
class Refuse:
    """No cell comes out; `why` says so to whoever reads the table."""

    why: str


@dataclass(frozen=True)
class Keep:
    """The value goes on, to be scaled."""


@dataclass(frozen=True)
class Empty:
    """Missing, and it stays missing."""


@dataclass(frozen=True)
class Nearest:
    """Missing, to be filled from the nearest donors, before its power and scaling or after them."""

    then_scaled: bool


Outcome = Constant | Refuse | Keep | Empty | Nearest


class Piece(NamedTuple):
    """What happens to the doubles from `low` to `high`, both included."""

    low: float
    high: float
    outcome: Outcome


class Steps(NamedTuple):
    """A numeric program: its pieces in ascending order, and what becomes of a missing cell."""

    pieces: tuple[Piece, ...]
    missing: Outcome
    affine: Affine | None
    single: bool
    power: str | None = None


def steps(program: Program) -> Steps:
    """Work a numeric program out into its pieces."""
    affine, raised = first(program.ops, Affine), first(program.ops, Power)
    single = leaves_float32(program)
    pieces = [Piece(-math.inf, math.inf, Keep())]
    missing: Outcome = Empty()
    for at, op in enumerate(program.ops):
        if isinstance(op, Missing):
            pieces = _infinities(op)
        elif isinstance(op, Clip):
            pieces = [part for piece in pieces for part in _clipped(piece, op)]
        elif isinstance(op, Fill | KnnFill):
            then_scaled = any(isinstance(later, Power | Affine) for later in program.ops[at:])
            missing = Constant(float(op.value)) if isinstance(op, Fill) else Nearest(then_scaled)
            pieces = [p._replace(outcome=missing) if p.outcome == Empty() else p for p in pieces]
        elif isinstance(op, Power):
            pieces = [part for piece in pieces for part in _raised(piece, op.function)]
            missing = _raised_constant(missing, op.function)
        elif isinstance(op, Affine):
            pieces = [p._replace(outcome=_moved(p.outcome, op)) for p in pieces]
            missing = _moved(missing, op)
    function = None if raised is None else raised.function
    scale = scaling(affine, single=single, function=function)
    middle = 0.0 if affine is None else affine.center
    middle = middle if function is None else unpower(function, middle)
    done = [part for piece in _merged(pieces) for part in _scaled(piece, middle, scale)]
    leave = scaling(None, single=single)
    done = [piece._replace(outcome=_constant(piece.outcome, leave)) for piece in done]
    if refuses_missing(program):
        unfilled = Refuse(UNFILLED)
        missing = unfilled if missing == Empty() else missing
        done = [p._replace(outcome=unfilled) if p.outcome == Empty() else p for p in done]
    return Steps(_merged(done), _constant(missing, leave), affine, single, function)


def _raised(piece: Piece, function: str) -> list[Piece]:
    """Cut a kept piece at the least number that a power takes; raise a constant."""
    if piece.outcome != Keep():
        return [piece._replace(outcome=_raised_constant(piece.outcome, function))]
    least = LEAST.get(function, -math.inf)
    if piece.low >= least:
        return [piece]
    refused = _raised_constant(Constant(piece.low), function)
    if piece.high < least:
        return [piece._replace(outcome=refused)]
    under = Piece(piece.low, math.nextafter(least, -math.inf), refused)
    return [under, piece._replace(low=least)]


def _raised_constant(outcome: Outcome, function: str) -> Outcome:
    if not isinstance(outcome, Constant):
        return outcome
    try:
        return Constant(power(function, outcome.value))
    except CellRefused as refusal:
        return Refuse(str(refusal))


def _moved(outcome: Outcome, op: Affine) -> Outcome:
    if not isinstance(outcome, Constant):
        return outcome
    return Constant((outcome.value - op.center) * op.inverse_scale, outcome.value)


def _infinities(op: Missing) -> list[Piece]:
    outcomes: dict[str, Outcome] = {
        "refuse": Refuse("it is infinite"),
        "missing": Empty(),
        "keep": Keep(),
    }
    outcome = outcomes[op.infinite]
    return [
        Piece(-math.inf, -math.inf, outcome),
        Piece(-LARGEST, LARGEST, Keep()),
        Piece(math.inf, math.inf, outcome),
    ]


def _clipped(piece: Piece, op: Clip) -> list[Piece]:
    below = Empty() if op.below is None else Constant(op.below)
    above = Empty() if op.above is None else Constant(op.above)
    if isinstance(piece.outcome, Constant):
        value = piece.outcome.value
        outcome = below if value < op.lower else above if value > op.upper else piece.outcome
        return [piece._replace(outcome=outcome)]
    if piece.outcome != Keep():
        return [piece]
    parts = (
        Piece(piece.low, min(piece.high, math.nextafter(op.lower, -math.inf)), below),
        Piece(max(piece.low, op.lower), min(piece.high, op.upper), Keep()),
        Piece(max(piece.low, math.nextafter(op.upper, math.inf)), piece.high, above),
    )
    # Nothing lies beyond an infinite bound, though `nextafter` stays there.
    infinite = (op.lower == -math.inf, False, op.upper == math.inf)
    return [p for p, none in zip(parts, infinite, strict=True) if not none and p.low <= p.high]


def scaling(
    affine: Affine | None, *, single: bool, function: str | None = None
) -> Callable[[float], float | None]:
    """The last steps of a program as a function: None where the result cannot be held."""

    def scale(x: float) -> float | None:
        y = x if function is None or not math.isfinite(x) else power(function, x)
        y = y if affine is None else (y - affine.center) * affine.inverse_scale
        if not math.isfinite(y):
            return None
        return as_single(y) if single else y

    return scale


def _constant(outcome: Outcome, scale: Callable[[float], float | None]) -> Outcome:
    if not isinstance(outcome, Constant):
        return outcome
    value = scale(outcome.value)
    return Refuse("it overflows") if value is None else replace(outcome, value=value)


def _scaled(piece: Piece, middle: float, scale: Callable[[float], float | None]) -> list[Piece]:
    """Cut a kept piece where scaling overflows; scaling rises or falls all the way along it."""
    if piece.outcome != Keep():
        return [piece]
    too_far = Refuse("it overflows")
    center = min(max(middle, piece.low), piece.high)
    if scale(center) is None:
        return [piece._replace(outcome=too_far)]
    low = -last_holding(lambda x: scale(-x) is not None, -center, -piece.low)
    high = last_holding(lambda x: scale(x) is not None, center, piece.high)
    parts = [Piece(low, high, Keep())]
    if piece.low < low:
        parts.insert(0, Piece(piece.low, math.nextafter(low, -math.inf), too_far))
    if high < piece.high:
        parts.append(Piece(math.nextafter(high, math.inf), piece.high, too_far))
    return parts


def last_holding(holds: Callable[[float], bool], start: float, end: float) -> float:
    """The last double from `start` on, up to `end`, that holds; `start` does."""
    if holds(end):
        return end
    low, high = _order(start), _order(end)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(_double(middle)) else (low, middle)
    return _double(low)


def _order(x: float) -> int:
    """The place of a double among all doubles; both zeros have place 0."""
    bits: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _double(order: int) -> float:
    x: float = struct.unpack("<d", struct.pack("<q", abs(order)))[0]
    return x if order >= 0 else -x


def _merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    merged: list[Piece] = []
    for piece in pieces:
        # By their text, for 0.0 and -0.0 are two outcomes.
        if merged and repr(merged[-1].outcome) == repr(piece.outcome):
            merged[-1] = merged[-1]._replace(high=piece.high)
        else:
            merged.append(piece)
    return tuple(merged)


def vanishing(steps: Steps) -> float | None:
    """The largest distance from the center scaled to zero, where PostgreSQL raises; or None."""
    center = 0.0 if steps.affine is None else steps.affine.center
    factor = 1.0 if steps.affine is None else steps.affine.inverse_scale

    def is_zero(distance: float) -> bool:
        y = distance * factor
        return (as_single(y) if steps.single else y) == 0.0

    nearest = 5e-324 if center == 0.0 else abs(center) - math.nextafter(abs(center), 0.0)
    if not is_zero(nearest):
        return None
    return last_holding(is_zero, nearest, LARGEST)
