"""The ops as ONNX nodes: one `[N, k]` matrix of doubles through all columns' programs at once.

Each step is one node for the whole matrix, with a row of constants a column. A column that has no
such step gets constants that change nothing: a bound of infinity, a sentinel of NaN, a center of 0.

All programs of a transform as one graph: numbers as a matrix, encoded columns one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

import numpy as np

from datacheck.export.matrix import missing_text
from datacheck.export.onnx import knn
from datacheck.export.onnx.categories import STRING, encoded, enters
from datacheck.export.onnx.model import Frame
from datacheck.export.onnx.nodes import BOOL, DOUBLE, FLOAT, Graph
from datacheck.ops import (
    UNSCALED,
    Affine,
    Clip,
    Donors,
    Encode,
    Fill,
    Fitted,
    Indicator,
    Power,
    Program,
    first,
    leaves_float32,
    missing_op,
    numbers_of,
    numeric_outputs,
    refuses_missing,
)

NAN, INF = math.nan, math.inf


def prepare(
    graph: Graph, x: str, programs: Sequence[Program], donors: Donors | None, names: tuple[str, str]
) -> str | None:
    """Add the steps from `x` to prepared and refused cells; give the name of the indicators'."""
    entered = x
    x = _missing(graph, x, programs)
    for clips in zip_longest(*map(_clips, programs)):
        x = _clip(graph, x, clips)
    flags = _indicators(graph, x, programs)
    fills = knn.neighbours(graph, x, programs, donors) if donors is not None else None
    x = _fill(graph, x, [first(program.ops, Fill) for program in programs])
    x = x if fills is None else knn.fill(graph, x, fills, programs, scaled=False)
    x = _powers(graph, x, [first(program.ops, Power) for program in programs])
    x = _affine(graph, x, [first(program.ops, Affine) for program in programs])
    x = x if fills is None else knn.fill(graph, x, fills, programs, scaled=True)
    if leaves_float32(programs[0]):
        x = graph.add("Cast", x, to=FLOAT)
    _refuse(graph, entered, x, programs, names)
    return flags


def _indicators(graph: Graph, x: str, programs: Sequence[Program]) -> str | None:
    """Which cells are missing here, of the columns that tell it."""
    told = [at for at, program in enumerate(programs) if first(program.ops, Indicator)]
    if not told:
        return None
    number = FLOAT if leaves_float32(programs[0]) else DOUBLE
    own = graph.add("Gather", graph.add("IsNaN", x), graph.constant(told, np.int64), axis=1)
    return graph.add("Cast", own, to=number)


def _powers(graph: Graph, x: str, powers: Sequence[Power | None]) -> str:
    """Each power on the columns that have it; what it does not take is infinite, and refused."""
    for function in sorted({op.function for op in powers if op is not None}):
        which = [op is not None and op.function == function for op in powers]
        x = graph.on_columns(which, x, partial(_POWERS[function], graph))
    return x


def _log1p(graph: Graph, x: str) -> str:
    """log(1 + x) * (x / ((1 + x) - 1)), exact where 1 + x rounds to 1: Kahan's."""
    one = graph.constant(1.0)
    u = graph.add("Add", x, one)
    factor = graph.add("Div", x, graph.add("Sub", u, one))
    y = graph.add("Mul", graph.add("Log", u), factor)
    y = graph.add("Where", graph.add("Equal", u, one), x, y)
    refused = graph.add("Not", graph.add("Greater", x, graph.constant(-1.0)))
    missing = graph.add("IsNaN", x)
    y = graph.add("Where", refused, graph.constant(INF), y)
    return graph.add("Where", missing, x, graph.add("Where", graph.add("IsInf", x), x, y))


def _signed_log1p(graph: Graph, x: str) -> str:
    y = _log1p(graph, graph.add("Abs", x))
    # Of the sign of x, that of a zero too: the quotient of two numbers that are alike but for it.
    negative = graph.add("Less", graph.add("Div", graph.constant(1.0), x), graph.constant(0.0))
    return graph.add("Where", negative, graph.add("Neg", y), y)


def _sqrt(graph: Graph, x: str) -> str:
    negative = graph.add("Less", x, graph.constant(0.0))
    return graph.add("Where", negative, graph.constant(INF), graph.add("Sqrt", x))


_POWERS = {"log1p": _log1p, "signed_log1p": _signed_log1p, "sqrt": _sqrt}


def _clips(program: Program) -> list[Clip]:
    return [op for op in program.ops if isinstance(op, Clip)]


def _missing(graph: Graph, x: str, programs: Sequence[Program]) -> str:
    """Sentinels, and infinities where they count as missing, become NaN."""
    ops = [missing_op(program) for program in programs]
    values = [numbers_of(op) for op in ops]
    masks = [
        graph.add("Equal", x, graph.row(row[layer] if layer < len(row) else NAN for row in values))
        for layer in range(max(map(len, values)))
    ]
    taken = [op.infinite == "missing" for op in ops]
    if any(taken):
        infinite = graph.add("IsInf", x)
        masks.append(graph.add("And", infinite, graph.row(taken, np.bool_)))
    if not masks:
        return x
    mask = masks[0]
    for other in masks[1:]:
        mask = graph.add("Or", mask, other)
    return graph.add("Where", mask, graph.constant(NAN), x)


def _clip(graph: Graph, x: str, clips: Sequence[Clip | None]) -> str:
    ops = [clip or Clip(-INF, INF, NAN, NAN) for clip in clips]
    under = graph.add("Less", x, graph.row(op.lower for op in ops))
    over = graph.add("Greater", x, graph.row(op.upper for op in ops))
    x = graph.where(under, [NAN if op.below is None else op.below for op in ops], x)
    return graph.where(over, [NAN if op.above is None else op.above for op in ops], x)


def _fill(graph: Graph, x: str, fills: Sequence[Fill | None]) -> str:
    if not any(fills):
        return x
    values = [NAN if fill is None else float(fill.value) for fill in fills]
    return graph.where(graph.add("IsNaN", x), values, x)


def _affine(graph: Graph, x: str, affines: Sequence[Affine | None]) -> str:
    if not any(affines):
        return x
    ops = [affine or UNSCALED for affine in affines]
    if len(ops) == 1:
        # onnxruntime's optimiser compares a lone constant with 0 and 1 as float32, and drops the
        # step for a double that is merely near: two equal columns keep it away.
        both = _scaled(graph, graph.add("Concat", x, x, axis=1), ops * 2)
        return graph.add("Gather", both, graph.constant([0], np.int64), axis=1)
    return _scaled(graph, x, ops)


def _scaled(graph: Graph, x: str, ops: Sequence[Affine]) -> str:
    centred = graph.add("Sub", x, graph.row(op.center for op in ops))
    return graph.add("Mul", centred, graph.row(op.inverse_scale for op in ops))


def _refuse(
    graph: Graph, entered: str, x: str, programs: Sequence[Program], names: tuple[str, str]
) -> None:
    """NaN in a cell that is infinite now, or was at entry where a `Clip` has hidden it since."""
    prepared, refused = names
    whole = [refuses_missing(program) for program in programs]
    infinite = graph.add("IsInf", x)
    bad = infinite
    if any(whole):
        unfilled = graph.add("And", graph.add("IsNaN", x), graph.row(whole, np.bool_))
        bad = graph.add("Or", infinite, unfilled)
    hidden = [missing_op(p).infinite == "refuse" and bool(_clips(p)) for p in programs]
    if any(hidden):
        early = graph.add("And", graph.add("IsInf", entered), graph.row(hidden, np.bool_))
        graph.add("Or", early, bad, out=refused)
        dtype = np.float32 if leaves_float32(programs[0]) else np.float64
        graph.add("Where", refused, graph.constant(NAN, dtype), x, out=prepared)
    else:
        graph.add("Identity", bad, out=refused)
        # inf - inf is NaN and y - 0.0 is y, -0.0 too: two subtractions cost half of a `Where`.
        graph.add("Sub", x, graph.add("Sub", x, x), out=prepared)


def made_of(programs: Sequence[Program]) -> list[str]:
    """The names of the columns of the prepared matrix."""
    return [name for program in programs for name in numeric_outputs(program)]


def add_nodes(graph: Graph, around: Frame, fitted: Fitted) -> None:
    """Add the nodes from the inputs to the two outputs that `around` names."""
    programs = fitted.programs
    coded = [p for p in programs if first(p.ops, Encode) is not None]
    numbers = [p for p in programs if first(p.ops, Encode) is None]
    tensors = _tensors(graph, around, programs)
    own_names = (f"{graph.prefix}numbers", f"{graph.prefix}numbers refused")
    outs = own_names if coded else (around.prepared, around.refused)
    flags = None
    parts, verdicts, cells, columns = [], [], [], []
    if numbers:
        own = [tensors[p.column] for p in numbers]
        whole = len(around.inputs) == 1 and not coded
        x = around.inputs[0][0] if whole else graph.add("Concat", *own, axis=1)
        told = [p for p in numbers if first(p.ops, Indicator) is not None]
        if told and not coded:
            outs = (own_names[0], around.refused)
        flags = prepare(graph, x, numbers, fitted.donors, outs)
        parts.append(outs[0])
        verdicts.append(outs[1])
        columns += [p.column for p in numbers]
        cells += [p.column for p in numbers]
        if flags is not None:
            parts.append(flags)
            cells += [name for p in told for name in numeric_outputs(p)[1:]]
    narrow = fitted.output == "float32"
    for program in coded:
        made = encoded(graph, tensors[program.column], program, narrow=narrow)
        parts.append(made.cells)
        verdicts.append(made.refused)
        columns.append(program.column)
        cells += numeric_outputs(program)
    if len(parts) > 1 or coded:
        _ordered(graph, parts, cells, made_of(programs), around.prepared)
    if coded:
        _ordered(graph, verdicts, columns, [p.column for p in programs], around.refused)


def _tensors(graph: Graph, around: Frame, programs: Sequence[Program]) -> dict[str, str]:
    """The tensor ``[N, 1]`` of each column."""
    if len(around.inputs) == len(programs) and around.inputs[0][0] == programs[0].column:
        return _given(graph, programs)
    whole = around.inputs[0][0]
    if all(first(p.ops, Encode) is None for p in programs):
        return dict.fromkeys((p.column for p in programs), whole)
    return {
        p.column: graph.add("Gather", whole, graph.constant([at], np.int64), axis=1)
        for at, p in enumerate(programs)
    }


def optional(programs: Sequence[Program]) -> set[str]:
    """The columns whose input may be left out, and is missing then in every row."""
    free = {p.column for p in programs if not p.required and enters(p) != BOOL}
    return free if len(free) < len(programs) else set()


def _given(graph: Graph, programs: Sequence[Program]) -> dict[str, str]:
    """The tensor of each column that has an input of its own: as many rows as the others."""
    free = optional(programs)
    sure = next(program.column for program in programs if program.column not in free)
    given = {}
    for program in programs:
        name = given[program.column] = program.column
        if name in free:
            text = enters(program) == STRING
            graph.default(name, [[missing_text(program) if text else math.nan]])
            given[name] = graph.add("Expand", name, graph.add("Shape", sure))
    return given


def _ordered(
    graph: Graph, parts: Sequence[str], have: Sequence[str], want: Sequence[str], out: str
) -> None:
    """The columns of several matrices, in the order that is wanted."""
    places = {name: at for at, name in enumerate(have)}
    joined = graph.add("Concat", *parts, axis=1)
    order = graph.constant([places[name] for name in want], np.int64)
    graph.add("Gather", joined, order, axis=1, out=out)
