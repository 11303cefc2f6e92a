"""Numbers that a model or a float32 cannot hold: each column gets a certificate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from datacheck.findings.roles import NAMES_OF_THINGS, in_moments
from datacheck.findings.statistics import spread_of
from datacheck.limits import EXACT_INTEGERS, FLOAT32_MAX, FLOAT32_TINY
from datacheck.numeric.numbers import Numbers
from datacheck.profiling.column import ColumnProfile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import agree, magnitude

#: Numbers that tell integers by their digits.
_ENOUGH = 20
#: float32 loses too much where its rounding is above this share of the column's spread.
LOST = 1e-3
#: Errors are weighed so many spreads around the median.
CENTRAL = 10.0
#: Whole numbers beyond this are not all float32 numbers, and rounding moves any by this part of it.
FLOAT32_INTEGERS, _ROUNDED = 2.0**24, 2.0**-24


def infinite_values(column: ColumnProfile) -> Iterator[Finding]:
    """``numeric.infinite``, by counting."""
    numbers = column.numbers
    if numbers is None or column.kind != "number":
        return
    count = numbers.infinite_above + numbers.infinite_below
    if count:
        yield Finding(
            code="numeric.infinite",
            severity="error",
            column=column.name,
            count=count,
            message=f"{agree(count, 'cell', 'is', 'are')} infinite "
            f"({numbers.infinite_above:,} above, {numbers.infinite_below:,} below).",
            remedy="Find where it divides by zero or overflows; "
            "or declare infinite: missing or clip.",
            evidence={"where": {"is": "infinite"}},
        )


def float32_hazards(column: ColumnProfile) -> Iterator[Finding]:
    """``numeric.float32_*``, from the certificate of each column."""
    numbers = column.numbers
    if numbers is None or column.kind != "number" or not numbers.count:
        return
    if column.role in NAMES_OF_THINGS:
        return
    if numbers.float32_overflow:
        yield _hazard(column, "overflow", numbers.float32_overflow, {"beyond": FLOAT32_MAX})
    if numbers.float32_underflow:
        yield _hazard(column, "underflow", numbers.float32_underflow, {"tiny": FLOAT32_TINY})
    if not column.dtype.startswith("Float32"):
        yield from _precision(column)


def _hazard(column: ColumnProfile, kind: str, count: int, where: dict[str, float]) -> Finding:
    over = kind == "overflow"
    becomes = (
        ("becomes", "become") if over else ("loses digits or becomes 0", "lose digits or become 0")
    )
    return Finding(
        code=f"numeric.float32_{kind}",
        severity="error" if over else "warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', *becomes)}{' infinite' * over} in float32.",
        remedy="Scale the column in float64 before it is cast to float32.",
        evidence={"where": where, **certificate(column)},
    )


def _precision(column: ColumnProfile) -> Iterator[Finding]:
    points = column.points
    size = max(map(abs, points.ends))
    if size <= FLOAT32_INTEGERS and _ROUNDED * size < LOST * spread_of(points):
        return
    verdict = certificate(column)
    if verdict["float32"] != "safe after centering" and not verdict["collisions"]:
        return
    step = LOST * verdict["spread"] if verdict["float32"] == "safe after centering" else 0.0
    moved = np.abs(_as_float32(points.values) - points.values) > step
    count = round(points.held(moved))
    worst = verdict["worst_error_in_spreads"]
    lost = verdict["collisions"]
    merged = (
        f", and {agree(lost, 'distinct value', 'becomes', 'become')} one with another"
        if lost
        else ""
    )
    yield Finding(
        code="numeric.float32_precision",
        severity="warning",
        column=column.name,
        count=count,
        message=f"float32 moves values by up to {magnitude(worst, 2)} of the column's spread"
        f"{merged}.",
        remedy="Center (and scale) the column in float64, then cast; "
        "an identifier belongs in no model.",
        evidence={"where": {"float32_step": step}, **points.estimated, **verdict},
    )


def certificate(column: ColumnProfile) -> dict[str, Any]:
    """What float32 does to a column of numbers.

    Returns
    -------
    dict
        ``float32``: "safe", "safe after centering" (in float64) or "safe after scaling";
        ``worst_error_in_spreads``: the largest rounding error over the robust standard deviation;
        ``collisions``: whole numbers that become another one's equal (of the values kept);
        ``spread``: that standard deviation.
    """
    points = column.points
    numbers = column.numbers
    if numbers is None or not numbers.count:
        return {"float32": "safe", "worst_error_in_spreads": 0.0, "collisions": 0, "spread": 0.0}
    spread = spread_of(points)
    fits = np.abs(points.values) <= FLOAT32_MAX
    narrow = _as_float32(points.values[fits])
    # A value far outside the spread is coarse in any format: what counts is where the mass lies.
    near = np.abs(points.values[fits] - points.quantile(0.5)) <= CENTRAL * spread
    error = np.abs(narrow - points.values[fits])[near]
    worst = float(error.max()) / spread if spread > 0 and len(error) else 0.0
    whole = numbers.whole == numbers.count and np.abs(points.values[-1]) > FLOAT32_INTEGERS
    collisions = len(narrow) - len(np.unique(narrow)) if whole and points.exact else 0
    verdict = "safe"
    if numbers.float32_overflow or numbers.float32_underflow:
        verdict = "safe after scaling"
    elif worst > LOST and math.isfinite(worst) and len(points) > 1:
        verdict = "safe after centering"
    return {
        "float32": verdict,
        "worst_error_in_spreads": worst,
        "collisions": collisions,
        "spread": spread,
    }


def _as_float32(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(np.float64)


def integer_precision(column: ColumnProfile) -> Iterator[Finding]:
    """``numeric.integer_precision``: integers that float64 cannot tell apart."""
    numbers = column.numbers
    declared = column.role in NAMES_OF_THINGS and not column.reason
    if numbers is None or declared:
        return
    if "Int" in column.dtype and numbers.beyond_integers:
        yield Finding(
            code="numeric.integer_precision",
            severity="info" if column.role in NAMES_OF_THINGS else "warning",
            column=column.name,
            count=numbers.beyond_integers,
            message="Integers beyond 2**53 are rounded by float64.",
            remedy="Treat an identifier as text; subtract an offset from a quantity.",
            fix=fixes.cast(column.name, "String"),
            evidence={"where": {"beyond": float(EXACT_INTEGERS)}},
        )
    elif "Float" in column.dtype and _were_integers(numbers):
        yield Finding(
            code="numeric.integer_precision",
            severity="warning",
            column=column.name,
            count=numbers.count,
            message="Whole numbers beyond 2**53, in all their digits, in a column of floats: "
            "if they are identifiers, their last digits are gone.",
            remedy="Read the table anew with the column as text; pandas makes floats of "
            "integers where cells are missing.",
            evidence={"where": {"beyond": float(EXACT_INTEGERS)}},
        )


def _were_integers(numbers: Numbers) -> bool:
    """Whether numbers are 64-bit integers by their digits: what was measured ends in zeros."""
    if numbers.whole != numbers.count or numbers.count < _ENOUGH:
        return False
    low, high = numbers.lowest[0][0], numbers.highest[0][0]
    if not EXACT_INTEGERS < low <= high < 2.0**64 or in_moments(low, high, numbers.values):
        return False
    return int(np.count_nonzero(numbers.values % 1000)) * 2 > len(numbers.values)
