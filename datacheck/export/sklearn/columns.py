"""A transform with encodings, indicators or powers: a `ColumnTransformer` of its columns.

Columns that need none of these stay together, as a matrix; each of the others is a part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from datacheck.export.sklearn.encoded import Piece, alike, encoded, telling
from datacheck.export.sklearn.entry import NAN, cleaned, clipped, filled, for_all, scaled, whole
from datacheck.export.sklearn.parts import (
    ZERO,
    beside,
    by_column,
    called,
    chain,
    chosen,
    fitted,
    in_order,
    zeros,
)
from datacheck.ops import (
    LARGEST,
    Affine,
    Clip,
    Encode,
    Indicator,
    Power,
    Program,
    first,
    numeric_outputs,
)
from datacheck.transform.cell import LEAST


def rich(program: Program) -> bool:
    """Whether a column needs a part of its own."""
    return any(isinstance(op, Indicator | Power | Encode) for op in program.ops)


def by_columns(
    programs: Sequence[Program], matrix: Callable[[Sequence[Program]], Any]
) -> list[tuple[str, Any]]:
    """The `ColumnTransformer`, `matrix` making the part that stays together; then the order."""
    groups: dict[object, list[int]] = {}
    pieces: dict[int, list[Piece]] = {}
    for at, program in enumerate(programs):
        key: object = at if rich(program) else "matrix"
        if first(program.ops, Encode) is not None:
            pieces[at], key = alike(program)
        groups.setdefault(key, []).append(at)
    parts: list[tuple[str, Any, list[Any], int]] = []
    widths = [len(numeric_outputs(program)) for program in programs]
    for places in groups.values():
        run = [programs[at] for at in places]
        if places[0] in pieces:
            part = encoded([pieces[at] for at in places])
        else:
            part = _part(run[0]) if rich(run[0]) else matrix(run)
        width = sum(widths[at] for at in places)
        parts.append((str(len(parts)), part, [p.column for p in run], width))
    starts = list(accumulate(widths, initial=0))
    leaves = [
        cell
        for places in groups.values()
        for at in places
        for cell in range(starts[at], starts[at + 1])
    ]
    return [("columns", by_column(parts, zeros(programs))), *in_order(leaves)]


def _part(program: Program) -> Any:
    power, affine = first(program.ops, Power), first(program.ops, Affine)
    steps = [called(np.asarray, dtype="float64")]
    steps += [for_all([step], ZERO) for step in cleaned(program)]
    tail = [fitted(*step) for step in filled(program) + whole(program)]
    tail += [] if power is None else _power(power.function)
    tail += [] if affine is None else [fitted(*step) for step in scaled([affine])]
    indicator = first(program.ops, Indicator)
    if indicator is None:
        return chain([*steps, *tail])
    told = chain(telling(program, indicator, NAN))
    value = chain(tail or [called(np.positive)])
    return chain([*steps, beside({"value": value, "missing": told})])


def _power(function: str) -> list[Any]:
    if function == "signed_log1p":
        return _signed()
    # What cannot be taken becomes infinite, and is refused for it.
    within = Clip(LEAST[function], LARGEST, math.inf, LARGEST)
    steps = [fitted(*step) for step in clipped(within)]
    return [*steps, called(getattr(np, function))]


def _signed() -> list[Any]:
    """The logarithm of what is above zero, less that of what is below: one of them is zero."""
    negative = called(np.negative)
    above = [*_within(0.0, LARGEST), called(np.log1p)]
    below = [*_within(-LARGEST, 0.0), negative, called(np.log1p), negative]
    # Called by its part too, so that the two columns have two names; the sum has the column's own.
    other = by_column([("above", chain(above), [0], 1)], ZERO, prefixed=True)
    two = np.zeros((1, 2))
    return [
        beside({"above": other, "below": chain(below)}),
        called(np.cumsum, two, axis=1),
        chosen([1], 2),
    ]


def _within(low: float, high: float) -> list[Any]:
    return [fitted(*step) for step in clipped(Clip(low, high, low, high))]
