"""The way back in ONNX: a model of its own, or behind the model whose prediction it brings back.

ONNX has no ``expm1``: Kahan's correction of an exponential by its logarithm stands in for it, near
zero where it is needed. Text leaves as text, empty for what is no code; numbers and booleans leave
as doubles, NaN for what is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from onnx import helper

from datacheck.errors import ArtefactError, must_be_known
from datacheck.export.matrix import missing_text
from datacheck.export.onnx.categories import INT64, STRING
from datacheck.export.onnx.model import DTYPES, model_of, names_in
from datacheck.export.onnx.nodes import BOOL, DOUBLE, Graph
from datacheck.export.onnx.run import doubles, part, session_of
from datacheck.ops import Affine, Power, Program, first
from datacheck.text import unused
from datacheck.transform.inverse import categories_by_code

#: Where a model's metadata hold the golden rows of the way back.
BACK = "datacheck.inverse"


def add_back(graph: Graph, y: str, programs: Sequence[Program], out: str) -> None:
    """Add the nodes from prepared cells ``[N, k]``, in double, to the columns' own units."""
    if any(map(gives_text, programs)):
        graph.add("Identity", _category(graph, _text_alone(programs), y), out=out)
        return
    affines = [first(program.ops, Affine) for program in programs]
    powers = [first(program.ops, Power) for program in programs]
    if any(affines):
        y = _unscaled(graph, y, affines)
    for function in dict.fromkeys(op.function for op in powers if op is not None):
        which = [op is not None and op.function == function for op in powers]
        y = graph.on_columns(which, y, partial(_unpowered, graph, function))
    for at, program in enumerate(programs):
        if categories_by_code(program):
            alone = [each == at for each in range(len(programs))]
            y = graph.on_columns(alone, y, partial(_category, graph, program))
    graph.add("Identity", y, out=out)


def gives_text(program: Program) -> bool:
    """Whether the column comes back as text."""
    return program.kind == "text" and bool(categories_by_code(program))


def type_back(programs: Sequence[Program]) -> int:
    """ONNX's number of the type that comes back."""
    return STRING if any(map(gives_text, programs)) else DOUBLE


def _text_alone(programs: Sequence[Program]) -> Program:
    if len(programs) > 1:
        texts = [repr(program.column) for program in programs if gives_text(program)]
        raise ArtefactError(
            "A column that comes back as text is no part of a matrix of numbers",
            got=", ".join(repr(program.column) for program in programs),
            todo=f"name it alone: {', '.join(texts)}",
        )
    return programs[0]


def _category(graph: Graph, program: Program, y: str) -> str:
    """The category of each code of one column ``[N, 1]``."""
    named = categories_by_code(program)
    nothing: Any = missing_text(program) if gives_text(program) else np.nan
    cells = [nothing, *(named.get(code, nothing) for code in range(max(named) + 1))]
    table = np.array(cells, object if gives_text(program) else np.float64)
    inside = graph.add("Less", y, graph.constant(float(max(named) + 1)))
    inside = graph.add("And", inside, graph.add("Greater", y, graph.constant(-1.0)))
    inside = graph.add("And", inside, graph.add("Equal", graph.add("Floor", y), y))
    place = graph.add("Where", inside, y, graph.constant(-1.0))
    place = graph.add("Add", graph.add("Cast", place, to=INT64), graph.constant(1, np.int64))
    return graph.add("Gather", graph.constant(table, table.dtype), place, axis=0)


def _unscaled(graph: Graph, y: str, affines: Sequence[Affine | None]) -> str:
    if len(affines) == 1:
        # Two equal columns, because a lone constant that is nearly 0 or 1 is optimised away.
        both = _unscaled(graph, graph.add("Concat", y, y, axis=1), [*affines, *affines])
        return graph.add("Gather", both, graph.constant([0], np.int64), axis=1)
    scales = [1.0 if op is None else op.scale for op in affines]
    centers = [-0.0 if op is None else op.center for op in affines]
    return graph.add("Add", graph.add("Mul", y, graph.row(scales)), graph.row(centers))


def _unpowered(graph: Graph, function: str, y: str) -> str:
    """The number whose power this is."""
    if function == "sqrt":
        return graph.add("Mul", y, y)
    if function == "log1p":
        return _expm1(graph, y)
    return graph.add("Mul", _expm1(graph, graph.add("Abs", y)), graph.add("Sign", y))


def _expm1(graph: Graph, y: str) -> str:
    """``exp(y) - 1``; near zero ``(u - 1) * y / log(u)`` with ``u = exp(y)``."""
    one = graph.constant(1.0)
    near = graph.add("Less", graph.add("Abs", y), one)
    small = graph.add("Where", near, y, graph.constant(0.5))
    u = graph.add("Exp", small)
    less = graph.add("Sub", u, one)
    same = graph.add("Equal", u, one)
    logarithm = graph.add("Where", same, one, graph.add("Log", u))
    corrected = graph.add("Mul", less, graph.add("Div", small, logarithm))
    inner = graph.add("Where", same, small, corrected)
    return graph.add("Where", near, inner, graph.add("Sub", graph.add("Exp", y), one))


def alone(graph: Graph, programs: Sequence[Program], names: tuple[str, str]) -> Any:
    """A model of the way back alone, whose input and output have these names."""
    width = len(programs)
    given = helper.make_tensor_value_info(names[0], DOUBLE, ["N", width])
    gives = helper.make_tensor_value_info(names[1], type_back(programs), ["N", width])
    add_back(graph, names[0], programs, names[1])
    return model_of(graph, "inverse", [given], [gives])


def behind(
    model: Any, graph: Graph, programs: Sequence[Program], output_name: str | None
) -> tuple[str, str]:
    """Put the way back behind an output of a model; give the names of both its ends."""
    width = len(programs)
    coded = any(map(categories_by_code, programs))
    entry = _predicting(model, width, output_name, coded=coded)
    wide = graph.add("Reshape", entry.name, graph.constant([-1, width], np.int64))
    given = graph.add("Cast", wide, to=DOUBLE)
    name = unused(programs[0].column if width == 1 else "inverse", names_in(model.graph))
    add_back(graph, given, programs, name)
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(graph.constants)
    gives = helper.make_tensor_value_info(name, type_back(programs), ["N_", width])
    model.graph.output.append(gives)
    return given, name


def _predicting(model: Any, width: int, output_name: str | None, *, coded: bool) -> Any:
    """The output of a model that predicts `width` columns; codes may be whole numbers."""
    entries = list(model.graph.output)
    names = [entry.name for entry in entries]
    if output_name is not None:
        what = f"The model has no output {output_name!r}"
        must_be_known(output_name, names, what, ArtefactError)
    fitting = [
        entry
        for entry in entries
        if output_name in {None, entry.name} and _predicts(entry, width, coded=coded)
    ]
    if len(fitting) != 1:
        raise ArtefactError(
            f"The model has {'several outputs' if fitting else 'no output'} to bring back",
            got=", ".join(map(repr, names)),
            expected="one of float or double"
            + ", or whole numbers" * coded
            + f", of {width} column{'s' * (width > 1)}",
            todo="name it with output_name" if fitting else "export the inverse alone",
        )
    return fitting[0]


def _predicts(entry: Any, width: int, *, coded: bool) -> bool:
    tensor = entry.type.tensor_type
    whole = coded and tensor.elem_type == INT64
    if not whole and (tensor.elem_type not in DTYPES or tensor.elem_type == BOOL):
        return False
    dims = tensor.shape.dim
    if len(dims) == 1:
        return width == 1
    matrix = len(dims) == 2  # noqa: PLR2004 - rows, columns
    return matrix and (not dims[1].HasField("dim_value") or dims[1].dim_value == width)


class WayBack:
    """The part of a model that brings predictions back, as an onnxruntime session."""

    def __init__(self, model: Any, golden: dict[str, Any]) -> None:
        if len(golden.get("onnx", {}).get("inputs", ())) != 1:
            raise ArtefactError(
                "The model does not say how its inverse is fed", todo="verify what `export` wrote"
            )
        self.columns: list[str] = golden["columns"]
        [self.given] = golden["onnx"]["inputs"]
        self.holes: dict[str, str] = golden["onnx"].get("missing", {})
        self.gives: str = golden["onnx"]["outputs"][0]
        outs = [row["out"] for row in golden["rows"] if "out" in row]
        found = {name: {type(out[name]) for out in outs} for name in self.columns}
        self.booleans = {name for name, types in found.items() if bool in types}
        kind = STRING if any(str in types for types in found.values()) else DOUBLE
        given, gives = (
            helper.make_tensor_value_info(name, dtype, ["N", len(self.columns)])
            for name, dtype in ((self.given, DOUBLE), (self.gives, kind))
        )
        self.session = session_of(part(model, [given], [gives]))

    def run(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send rows of prepared cells through, None for missing."""
        try:
            [out] = self.session.run([self.gives], {self.given: doubles(rows, self.columns)})
        except Exception as error:  # onnxruntime shares no class of errors
            raise ArtefactError(
                "The model does not bring its golden rows back",
                got=str(error)[:500],
                todo="export it again",
            ) from error
        return [{n: self._cell(n, cell) for n, cell in zip(self.columns, row)} for row in out]  # noqa: B905

    def _cell(self, name: str, cell: Any) -> Any:
        """A cell as the golden rows have it."""
        if isinstance(cell, str):
            return None if cell == self.holes.get(name, "") else cell
        number = float(cell)
        return bool(number) if name in self.booleans and number in (0.0, 1.0) else number
