"""The way back in ONNX: a model of its own, or behind the model whose prediction it brings back.

``y * scale + center`` in double, and the inverse of a power. ONNX has no ``expm1``: Kahan's
correction of an exponential by its logarithm stands in for it, near zero where it is needed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.errors import ArtefactError, did_you_mean
from datacheck.export.onnx.model import DTYPES
from datacheck.export.onnx.nodes import BOOL, DOUBLE, Graph
from datacheck.ops import Affine, Power, first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.ops import Program

#: Where a model's metadata hold the golden rows of the way back.
BACK = "datacheck.inverse"


def add_back(graph: Graph, y: str, programs: Sequence[Program], out: str) -> None:
    """Add the nodes from prepared cells ``[N, k]``, in double, to those of the columns' own units.

    A column that is not scaled is multiplied by 1, and -0.0 is added, which changes no number.
    """
    affines = [first(program.ops, Affine) for program in programs]
    powers = [first(program.ops, Power) for program in programs]
    if any(affines):
        y = _unscaled(graph, y, affines)
    for function in dict.fromkeys(op.function for op in powers if op is not None):
        which = [op is not None and op.function == function for op in powers]
        y = graph.on_columns(which, y, partial(_unpowered, graph, function))
    graph.add("Identity", y, out=out)


def _unscaled(graph: Graph, y: str, affines: Sequence[Affine | None]) -> str:
    if len(affines) == 1:
        # Two equal columns, for a lone constant that is nearly 0 or 1 is optimised away.
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
    from onnx import helper

    width = len(programs)
    given, gives = (helper.make_tensor_value_info(n, DOUBLE, ["N", width]) for n in names)
    add_back(graph, names[0], programs, names[1])
    body = helper.make_graph(graph.nodes, "inverse", [given], [gives], graph.constants)
    opsets = [helper.make_opsetid("", graph.opset)]
    return helper.make_model(
        body,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="datacheck",
    )


def behind(
    model: Any, graph: Graph, programs: Sequence[Program], output_name: str | None
) -> tuple[str, str]:
    """Put the way back behind an output of a model; it stays, and another one is added.

    Returns
    -------
    tuple of str
        The tensor ``[N, k]`` that the way begins with, and the one that it gives.

    Raises
    ------
    ArtefactError
        Where no output, or more than one, could be the columns' predictions.
    """
    from onnx import helper

    width = len(programs)
    entry = _predicting(model, width, output_name)
    wide = graph.add("Reshape", entry.name, graph.constant([-1, width], np.int64))
    given = graph.add("Cast", wide, to=DOUBLE)
    name = programs[0].column if width == 1 else "inverse"
    taken = {each.name for each in (*model.graph.input, *model.graph.output)}
    taken |= {each for node in model.graph.node for each in node.output}
    taken |= {each.name for each in model.graph.initializer}
    while name in taken:
        name += "_"
    add_back(graph, given, programs, name)
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(graph.constants)
    model.graph.output.append(helper.make_tensor_value_info(name, DOUBLE, ["N_", width]))
    return given, name


def _predicting(model: Any, width: int, output_name: str | None) -> Any:
    """The output of a model that predicts `width` columns."""
    entries = list(model.graph.output)
    names = [entry.name for entry in entries]
    if output_name is not None and output_name not in names:
        raise ArtefactError(
            f"The model has no output {output_name!r}", todo=did_you_mean(output_name, names)
        )
    fitting = [
        entry for entry in entries if output_name in {None, entry.name} and _predicts(entry, width)
    ]
    if len(fitting) != 1:
        raise ArtefactError(
            f"The model has {'several outputs' if fitting else 'no output'} to bring back",
            got=", ".join(map(repr, names)),
            expected=f"one of float or double, of {width} column{'s' * (width > 1)}",
            todo="name it with output_name" if fitting else "export the inverse alone",
        )
    return fitting[0]


def _predicts(entry: Any, width: int) -> bool:
    tensor = entry.type.tensor_type
    if tensor.elem_type not in DTYPES or tensor.elem_type == BOOL:
        return False
    dims = tensor.shape.dim
    if len(dims) == 1:
        return width == 1
    matrix = len(dims) == 2  # noqa: PLR2004 - rows, columns
    return matrix and (not dims[1].HasField("dim_value") or dims[1].dim_value == width)


class WayBack:
    """The part of a model that brings predictions back, as an onnxruntime session."""

    def __init__(self, model: Any, golden: dict[str, Any]) -> None:
        from onnx import helper

        from datacheck.export.onnx.run import part, session_of

        if len(golden.get("onnx", {}).get("inputs", ())) != 1:
            raise ArtefactError(
                "The model does not say how its inverse is fed", todo="verify what `export` wrote"
            )
        self.columns: list[str] = golden["columns"]
        [self.given] = golden["onnx"]["inputs"]
        self.gives: str = golden["onnx"]["outputs"][0]
        given, gives = (
            helper.make_tensor_value_info(name, DOUBLE, ["N", len(self.columns)])
            for name in (self.given, self.gives)
        )
        self.session = session_of(part(model, [given], [gives]))

    def run(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send rows of prepared cells through, None for missing."""
        cells = [[row[name] for name in self.columns] for row in rows]
        try:
            matrix = np.array(
                [[np.nan if cell is None else float(cell) for cell in row] for row in cells]
            )
            [out] = self.session.run([self.gives], {self.given: matrix})
        except Exception as error:  # onnxruntime shares no class of errors
            raise ArtefactError(
                "The model does not bring its golden rows back",
                got=str(error)[:500],
                todo="export it again",
            ) from error
        return [dict(zip(self.columns, map(float, row), strict=True)) for row in out]
