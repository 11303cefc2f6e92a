"""All programs of a transform as one graph: numbers as a matrix, encoded columns one by one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from datacheck.export.matrix import missing_text
from datacheck.export.onnx.categories import STRING, encoded, enters
from datacheck.export.onnx.nodes import BOOL
from datacheck.export.onnx.steps import prepare
from datacheck.ops import Encode, Indicator, first, numeric_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.export.onnx.model import Frame
    from datacheck.export.onnx.nodes import Graph
    from datacheck.ops import Fitted, Program


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
    """The columns whose input may be left out, and is missing then in every row.

    The others say how many rows there are; a tensor of booleans holds nothing that is missing.
    """
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
