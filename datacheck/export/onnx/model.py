"""ONNX models as a whole: one made of the preparation alone, one put together with another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import onnx
from onnx import ModelProto, TensorProto, helper, version_converter

from datacheck.errors import ArtefactError, first_line, must_be_known
from datacheck.export.onnx.categories import ML, ML_VERSION
from datacheck.export.onnx.nodes import DOUBLE, Graph
from datacheck.text import briefly, unused

#: The standard operators' versions between which the nodes mean what they should.
OLDEST, DEFAULT_OPSET = 11, 17

#: Where a model's metadata hold the golden rows, and the digest of its graph.
KEY, SEAL = "datacheck.golden", "datacheck.graph"


class Frame(NamedTuple):
    """What stands around the preparation: its inputs, its two outputs, and the names it avoids.

    `inputs` have a name, a shape (a dimension is a number or a symbol) and ONNX's number of a type.
    """

    inputs: list[tuple[str, list[Any], int]]
    prepared: str
    refused: str
    prefix: str


class DownstreamModel(NamedTuple):
    """The model that the preparation is put in front of, and its input of that shape."""

    model: Any
    input: Any
    opset: int
    output: str


def frame(
    columns: list[str], inputs: str, target: DownstreamModel | None, types: Sequence[int] = ()
) -> Frame:
    """Choose names that clash neither with the columns' nor with those of the target's model."""
    taken = set(columns) if inputs == "columns" else set()
    inside = b"" if target is None else target.model.SerializeToString()
    if target is not None:
        taken |= names_in(target.model.graph)
    prefix = "datacheck/"
    while prefix.encode() in inside or any(name.startswith(prefix) for name in taken):
        prefix = "_" + prefix
    rows = "N" if target is None else _dimension(target.input, 0)
    if inputs == "columns":
        if target is not None and (clash := sorted(set(columns) & names_in(target.model.graph))):
            raise ArtefactError(
                "Columns have names that the model uses inside",
                got=", ".join(map(repr, clash)),
                todo="export with inputs='matrix', or rename the values in the model",
            )
        kinds = types or [DOUBLE] * len(columns)
        entries = [(name, [rows, 1], kind) for name, kind in zip(columns, kinds, strict=True)]
    else:
        entries = [(unused("input", taken), [rows, len(columns)], DOUBLE)]
    prepared = unused("output", taken) if target is None else target.input.name
    return Frame(entries, prepared, unused("refused", taken), prefix)


def names_in(graph: Any) -> set[str]:
    """The names of all values of a graph."""
    values = [*graph.input, *graph.output, *graph.initializer, *graph.value_info]
    return {value.name for value in values} | {
        name for node in graph.node for name in (*node.input, *node.output)
    }


def assemble(
    graph: Graph,
    around: Frame,
    target: DownstreamModel | None,
    output: str,
    widths: tuple[int, int],
) -> Any:
    """A model of the preparation, alone or before the target's; `widths` are of its matrices."""
    dtype = TensorProto.FLOAT if output == "float32" else TensorProto.DOUBLE
    rows = around.inputs[0][1][0]
    entries = [
        helper.make_tensor_value_info(name, kind, dims) for name, dims, kind in around.inputs
    ]
    refused = helper.make_tensor_value_info(around.refused, TensorProto.BOOL, [rows, widths[1]])
    if target is not None:
        return _in_front(graph, entries, refused, target)
    prepared = helper.make_tensor_value_info(around.prepared, dtype, [rows, widths[0]])
    return model_of(graph, "preparation", entries, [prepared, refused])


def model_of(graph: Graph, name: str, inputs: list[Any], outputs: list[Any]) -> Any:
    """A model of a graph alone."""
    body = helper.make_graph(graph.nodes, name, inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", graph.opset)]
    if _has_ml(graph):
        opsets.append(helper.make_opsetid(ML, ML_VERSION))
    return helper.make_model(
        body,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="datacheck",
    )


def _has_ml(graph: Graph) -> bool:
    return any(node.domain == ML for node in graph.nodes)


def _in_front(graph: Graph, entries: list[Any], refused: Any, target: DownstreamModel) -> Any:
    model = ModelProto()
    model.CopyFrom(target.model)
    body = model.graph
    others = [entry for entry in body.input if entry.name != target.input.name]
    after = list(body.node)
    del body.input[:], body.node[:]
    body.input.extend([*entries, *others])
    body.node.extend([*graph.nodes, *after])
    body.initializer.extend(graph.constants)
    body.output.append(refused)
    domains = {opset.domain for opset in model.opset_import}
    if _has_ml(graph) and ML not in domains:
        model.opset_import.add(domain=ML, version=ML_VERSION)
    return model


def read_target(path: str | Path, columns: int, input_name: str | None) -> DownstreamModel:
    """Load the user's model and find the input that the prepared matrix goes into."""
    model = load(path)
    opset = next((o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}), 0)
    # A model of other domains' operators alone may take any version of the standard ones.
    if opset == 0:
        opset = DEFAULT_OPSET
        model.opset_import.add(domain="", version=opset)
    if opset < OLDEST:
        model, opset = _converted(model, path, opset), DEFAULT_OPSET
    # The format of IR 3 lists every constant among the inputs; the preparation's are not.
    least = helper.find_min_ir_version_for(model.opset_import, ignore_unknown=True)
    model.ir_version = max(model.ir_version, least)
    if any(entry.key == KEY for entry in model.metadata_props):
        raise ArtefactError(
            f"{path} has a preparation in it already", todo="merge into the original model"
        )
    chosen = _fitting_input(model, path, columns, input_name)
    return DownstreamModel(model, chosen, opset, DTYPES[chosen.type.tensor_type.elem_type])


def _converted(model: Any, path: str | Path, opset: int) -> Any:
    """An old model in the operators of today: those of the preparation are younger than it."""
    others = [each for each in model.opset_import if each.domain not in {"", "ai.onnx"}]
    try:
        made = version_converter.convert_version(model, DEFAULT_OPSET)
    except Exception as error:  # the converter raises whatever its C++ does
        raise ArtefactError(
            f"{path} is of an operator set too old to put a preparation in front of, "
            "and onnx cannot convert it",
            got=f"operator set {opset}: {first_line(error)[:200]}",
            expected=f"{OLDEST} or later",
            todo=f"export the model again with opset {DEFAULT_OPSET}",
        ) from error
    known = {each.domain for each in made.opset_import}
    made.opset_import.extend(each for each in others if each.domain not in known)
    return made


#: ONNX's numbers for the two element types that leave a transform.
DTYPES = {1: "float32", 11: "float64"}


def _fitting_input(model: Any, path: str | Path, columns: int, input_name: str | None) -> Any:
    constants = {constant.name for constant in model.graph.initializer}
    entries = [entry for entry in model.graph.input if entry.name not in constants]
    if input_name is not None:
        names = [entry.name for entry in entries]
        must_be_known(input_name, names, f"{path} has no input {input_name!r}", ArtefactError)
    fitting = [
        entry for entry in entries if input_name in {None, entry.name} and _takes(entry, columns)
    ]
    if len(fitting) != 1:
        raise ArtefactError(
            f"{path} has {'several inputs' if fitting else 'no input'} for the prepared matrix",
            got="; ".join(map(_describe, entries)) or "no inputs",
            expected=f"one input of float or double, shape [N, {columns}]",
            todo="name it with input_name, or fit the transform on the model's own columns",
        )
    return fitting[0]


def _takes(entry: Any, columns: int) -> bool:
    tensor = entry.type.tensor_type
    dims = tensor.shape.dim
    if tensor.elem_type not in DTYPES or len(dims) != 2:  # noqa: PLR2004 - rows, columns
        return False
    return not dims[1].HasField("dim_value") or bool(dims[1].dim_value == columns)


def _dimension(entry: Any, axis: int) -> Any:
    dim = entry.type.tensor_type.shape.dim[axis]
    return dim.dim_value if dim.HasField("dim_value") else (dim.dim_param or "N")


def _describe(entry: Any) -> str:
    tensor = entry.type.tensor_type
    dims = [_dimension(entry, axis) for axis in range(len(tensor.shape.dim))]
    return f"{entry.name!r}: {TensorProto.DataType.Name(tensor.elem_type).lower()} {dims}"


def fault(model: Any) -> str:
    """What the ONNX checker finds wrong with a model; empty if nothing."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        return str(error)
    return ""


def load(path: str | Path, *, alone: bool = False) -> Any:
    """Read an ONNX file; `alone`, one that has no other files read. Raises `ArtefactError`."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(str(path), load_external_data=not alone)
    except (OSError, ValueError, DecodeError, onnx.checker.ValidationError) as error:
        raise ArtefactError(
            f"{path} is not an ONNX model",
            got=briefly(str(error), 500),
            todo="give the path of an .onnx file, beside which lie the files that it names",
        ) from error
    graphs = [model.graph, *model.functions]
    if alone and any(tensor.data_location for graph in graphs for tensor in _tensors(graph)):
        raise ArtefactError(
            f"{path} would have other files read for its numbers",
            expected="a file that holds them all, as `export` writes it",
            todo="export it again",
        )
    return model


def graph_digest(model: Any) -> str:
    """SHA-256 of all that a model computes, and of the golden rows that prove it."""
    carried = [e for e in model.metadata_props if e.key.startswith("datacheck.") and e.key != SEAL]
    digest = sha256()
    for part in (*model.opset_import, *carried, *model.functions, model.graph):
        digest.update(part.SerializeToString(deterministic=True))
    return digest.hexdigest()


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor of a graph or a function, with those of the graphs inside."""
    yield from getattr(graph, "initializer", ())
    for sparse in getattr(graph, "sparse_initializer", ()):
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _tensors(inner)
