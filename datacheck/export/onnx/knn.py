"""Filling from neighbours, as ONNX nodes: a `Scan` over the rows that have a hole to fill.

Distances are sums of squared differences taken feature by feature, as `KnnFill` says, and `TopK`
gives the nearer donor first and the earlier of two that are equally near, so the donors are those
of the reference. Memory is a few vectors of the donors' length, whatever the number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import helper

from datacheck.export.onnx.nodes import BOOL, DOUBLE, FLOAT, Graph
from datacheck.ops import Affine, Donors, KnnFill, Program, first


def neighbours(graph: Graph, x: str, programs: Sequence[Program], donors: Donors) -> str:
    """Add the nodes that fill all columns with a `KnnFill`; give the matrix ``[N, c]`` of fills."""
    at = {program.column: position for position, program in enumerate(programs)}
    filled = [program for program in programs if first(program.ops, KnnFill)]
    own = _gather(graph, x, [at[program.column] for program in filled])
    features = _gather(graph, x, [at[name] for name in donors.features])
    centred = graph.add("Sub", features, graph.row(donors.center))
    query = graph.add("Mul", centred, graph.row(donors.inverse_scale))
    holes = graph.add("Cast", graph.add("IsNaN", own), to=FLOAT)
    count = graph.add("MatMul", holes, graph.constant(np.ones((len(filled), 1)), np.float32))
    found = graph.add("NonZero", graph.add("Reshape", count, graph.constant([-1], np.int64)))
    rows = graph.add("Gather", query, graph.add("Reshape", found, graph.constant([-1], np.int64)))
    # onnxruntime cannot scan nothing, so a row of holes goes last and its fills are cut off.
    empty = graph.constant(np.full((1, len(donors.features)), math.nan))
    rows = graph.add("Concat", rows, empty, axis=0)
    fills = graph.add("Scan", rows, body=_body(graph, filled, donors), num_scan_inputs=1)
    start, end = graph.constant([0], np.int64), graph.constant([-1], np.int64)
    fills = graph.add("Slice", fills, start, end, start)
    return graph.add("ScatterND", own, graph.add("Transpose", found), fills)


def fills_scaled(program: Program) -> bool:
    """Whether the program is filled after it is scaled."""
    kinds = [type(op) for op in program.ops]
    return Affine in kinds and kinds.index(Affine) < kinds.index(KnnFill)


def fill(graph: Graph, x: str, fills: str, programs: Sequence[Program], *, scaled: bool) -> str:
    """Put the neighbours' fills into the holes of the columns that are filled at this point."""
    filled = [program for program in programs if first(program.ops, KnnFill)]
    order = {program.column: position for position, program in enumerate(filled)}
    due = {program.column for program in filled if fills_scaled(program) is scaled}
    if not due:
        return x
    nothing = len(filled)
    columns = [order[p.column] if p.column in due else nothing for p in programs]
    beside = graph.add("Concat", fills, _nan_like(graph, fills), axis=1)
    spread = _gather(graph, beside, columns)
    return graph.add("Where", graph.add("IsNaN", x), spread, x)


def _nan_like(graph: Graph, matrix: str) -> str:
    """A column of NaN as long as the matrix."""
    first = _gather(graph, matrix, [0])
    return graph.add("Add", first, graph.constant(math.nan))


def _gather(graph: Graph, matrix: str, columns: Sequence[int]) -> str:
    return graph.add("Gather", matrix, graph.constant(list(columns), np.int64), axis=1)


def _body(graph: Graph, filled: Sequence[Program], donors: Donors) -> Any:
    """The graph of one row: its features ``[f]`` in, its fills ``[c]`` out."""
    inner = graph.inside("neighbours/")
    query = inner.prefix + "query"
    table = np.asarray(donors.rows, np.float64)
    squared = _squared_distances(inner, query, table)
    results = []
    for program in filled:
        values = table[:, donors.features.index(program.column)]
        mean = _mean(inner, squared, values, donors)
        fallback = inner.constant([first(program.ops, KnnFill).fallback])  # type: ignore[union-attr]
        results.append(inner.add("Where", inner.add("IsNaN", mean), fallback, mean))
    out = inner.add("Concat", *results, axis=0)
    return helper.make_graph(
        inner.nodes,
        "nearest",
        [helper.make_tensor_value_info(query, DOUBLE, [len(donors.features)])],
        [helper.make_tensor_value_info(out, DOUBLE, [len(filled)])],
        inner.constants,
    )


def _squared_distances(inner: Graph, query: str, table: Any) -> str:
    """Squared nan-euclidean distances ``[donors]``, infinite where no feature is in both."""
    zero, one = inner.constant(0.0), inner.constant(1.0)
    total = count = zero
    for feature in range(table.shape[1]):
        own = inner.add("Gather", query, inner.constant(feature, np.int64), axis=0)
        difference = inner.add("Sub", own, inner.constant(table[:, feature]))
        square = inner.add("Mul", difference, difference)
        absent = inner.add("IsNaN", square)
        if table.shape[1] == 1:
            # Scaled up by one feature of one, which onnxruntime folds wrongly.
            return inner.add("Where", absent, inner.constant(math.inf), square)
        total = inner.add("Add", total, inner.add("Where", absent, zero, square))
        count = inner.add("Add", count, inner.add("Where", absent, zero, one))
    factor = inner.add("Div", inner.constant(float(table.shape[1])), count)
    apart = inner.add("Equal", count, zero)
    return inner.add("Where", apart, inner.constant(math.inf), inner.add("Mul", total, factor))


def _mean(inner: Graph, squared: str, values: Any, donors: Donors) -> str:
    """The mean ``[1]`` of the nearest donors' values; NaN where none is in reach."""
    zero, infinity = inner.constant(0.0), inner.constant(math.inf)
    usable = inner.add("Where", inner.constant(np.isnan(values), np.bool_), infinity, squared)
    wanted = inner.constant([min(donors.n_neighbors, len(values))], np.int64)
    nearest, index = inner.name(), inner.name() + "/index"
    inner.add_many("TopK", (usable, wanted), (nearest, index), axis=0, largest=0, sorted=1)
    taken = inner.add("Gather", inner.constant(np.nan_to_num(values)), index, axis=0)
    if donors.weights == "distance":
        same = inner.add("Equal", nearest, zero)
        weights = inner.add("Div", inner.constant(1.0), inner.add("Sqrt", nearest))
        some = inner.add("ReduceMax", inner.add("Cast", same, to=DOUBLE), keepdims=1)
        exact = inner.add("Cast", same, to=DOUBLE)
        weights = inner.add("Where", inner.add("Cast", some, to=BOOL), exact, weights)
    else:
        away = inner.add("IsInf", nearest)
        weights = inner.add("Where", away, zero, inner.constant(1.0))
    weighted = inner.add("ReduceSum", inner.add("Mul", taken, weights), keepdims=1)
    return inner.add("Div", weighted, inner.add("ReduceSum", weights, keepdims=1))
