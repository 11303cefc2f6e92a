"""Encoded columns as ONNX nodes: a tensor of text, booleans or whole numbers to codes and cells.

ONNX has no missing text, so another stands for it (`missing_text`); a boolean that may be missing
enters as a double. All before the encoding is folded into one table from cell to code.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from datacheck.export.matrix import enters_as, missing_text
from datacheck.export.onnx.nodes import BOOL, DOUBLE, FLOAT, Graph
from datacheck.ops import Encode, Indicator, OneHot, Program, first, missing_op, spellings_of
from datacheck.transform.coding import known_codes

#: ONNX's numbers for text and 64-bit integers.
STRING, INT64 = 8, 7
#: The code of a cell that is refused.
_REFUSED = -2


class Coded(NamedTuple):
    """The values that an encoded column gives: its cells ``[N, m]``, and whether it refuses."""

    cells: str
    refused: str


def enters(program: Program) -> int:
    """The element type of the tensor that a column enters as."""
    return {"double": DOUBLE, "text": STRING, "boolean": BOOL}[enters_as(program)]


def encoded(graph: Graph, x: str, program: Program, *, narrow: bool) -> Coded:
    """Add the nodes of one encoded column, whose tensor is ``[N, 1]``."""
    table = _table(program)
    encode: Any = first(program.ops, Encode)
    unknown = _REFUSED if encode.unknown is None else encode.unknown
    missing = first(program.ops, Indicator)
    holes = _holes(program, table)
    empty = {value: int(value in holes) for value in table}
    code = _look_up(graph, x, program, table, unknown)
    if program.kind == "integer":
        refuses = graph.constant(_REFUSED, np.int64)
        code = graph.add("Where", _is_whole(graph, x), code, refuses)
    refused = graph.add("Equal", code, graph.constant(_REFUSED, np.int64))
    dtype, number = (np.float32, FLOAT) if narrow else (np.float64, DOUBLE)
    hot = first(program.ops, OneHot)
    if hot is None:
        cells = graph.add("Cast", code, to=number)
    else:
        places = graph.constant([list(range(len(hot.names)))], np.int64)
        cells = graph.add("Cast", graph.add("Equal", code, places), to=number)
    cells = graph.add("Where", refused, graph.constant(math.nan, dtype), cells)
    if missing is not None:
        told = graph.add("Cast", _look_up(graph, x, program, empty, 0), to=number)
        cells = graph.add("Concat", cells, told, axis=1)
    return Coded(cells, refused)


def _table(program: Program) -> dict[Any, int]:
    """The code of every value that the program knows, None among them."""
    known = known_codes(program)
    return {value: _REFUSED if code is None else code for value, code in known.items()}


def _holes(program: Program, table: dict[Any, int]) -> set[Any]:
    """The values that count as missing before anything fills them."""
    meaning, declared = spellings_of(program), set(missing_op(program).values)
    return {value for value in table if value is None or meaning.get(value, value) in declared}


def _look_up(graph: Graph, x: str, program: Program, table: dict[Any, int], default: int) -> str:
    """A table from cells to whole numbers ``[N, 1]``."""
    if program.kind == "text":
        hole = missing_text(program)
        texts = {hole if key is None else key: code for key, code in table.items()}
        return graph.add(
            "LabelEncoder",
            x,
            domain=ML,
            keys_strings=list(texts),
            values_int64s=list(texts.values()),
            default_int64=default,
        )
    if enters(program) == BOOL:
        x = graph.add("Cast", x, to=DOUBLE)
    known = {float(key): code for key, code in table.items() if key is not None}
    found = graph.add("Equal", x, graph.row(known))
    # Every cell equals one value at most, so the product is exact: what is none counts 0.
    shifted = np.array([[code - default] for code in known.values()], np.float64).reshape(-1, 1)
    moved = graph.add("MatMul", graph.add("Cast", found, to=DOUBLE), graph.constant(shifted))
    code = graph.add("Add", graph.add("Cast", moved, to=INT64), graph.constant(default, np.int64))
    hole = graph.constant(table[None], np.int64)
    return graph.add("Where", graph.add("IsNaN", x), hole, code)


def _is_whole(graph: Graph, x: str) -> str:
    """Whether each double is a whole number of 64 bits, or missing."""
    broken = graph.add("Sub", x, graph.add("Floor", x))
    whole = graph.add("Equal", broken, graph.constant(0.0))
    below = graph.add("Less", x, graph.constant(-(2.0**63)))
    fits = graph.add("And", graph.add("Less", x, graph.constant(2.0**63)), graph.add("Not", below))
    return graph.add("Or", graph.add("And", whole, fits), graph.add("IsNaN", x))


#: The domain of LabelEncoder, and the version that is written for.
ML, ML_VERSION = "ai.onnx.ml", 2
