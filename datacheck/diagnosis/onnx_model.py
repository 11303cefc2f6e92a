"""An ONNX model: every node an output, no optimisation, batches of rows.

The CPU provider computes float16 in float32, so a sum that overflows on a GPU or a phone is finite
here. Where a model holds halves, suspect rows are run again by ONNX's reference evaluator, which
computes as the file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.diagnosis.arrays import padded, wide
from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import (
    Arrays,
    Codes,
    Input,
    Places,
    Substitute,
    in_parts,
    joined,
    part_of,
)
from datacheck.diagnosis.origin import Step
from datacheck.errors import ArtefactError, MissingExtraError, first_line

#: Rows of a batch.
BATCH = 1024
_REPLACED = "datacheck: replaced "


class OnnxModel:
    """A ModelProto, a session of onnxruntime or a path, as a `Model`; `ArtefactError` if broken."""

    traces = True
    runtime = "onnxruntime (CPU)"

    def __init__(self, model: Any, *, name: str = "ONNX model") -> None:
        try:
            import onnx
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("onnx", "Diagnosing an ONNX model") from error
        self.name = name
        self._onnx, self._ort = onnx, onnxruntime
        self._proto = _loaded(onnx, model, name)
        self._served = self._session(self._proto, optimised=True)
        graph = self._proto.graph
        self._weights = {w.name: wide(onnx.numpy_helper.to_array(w)) for w in graph.initializer}
        entries = [entry for entry in graph.input if entry.name not in self._weights]
        if not entries:
            raise ArtefactError(f"{name} takes no input", expected="a model of rows")
        self.inputs = tuple(_input(onnx, entry) for entry in entries)
        self._outputs = [entry.name for entry in graph.output]
        self._fixed = _fixed_batch(entries)
        self._steps = [_step(node, self._weights, at) for at, node in enumerate(graph.node)]
        self._reads = [list(_read_by(node)) for node in graph.node]
        for reads, node in zip(self._reads, graph.node, strict=True):
            odd = dict(_odd_attributes(node))
            self._weights |= odd
            reads.extend(odd)
        self._tolerant = [at for at, n in enumerate(graph.node) if _takes_missing(n)]
        self._values = [name for node in graph.node for name in node.output if name]
        self._dims = {axis for weight in self._weights.values() for axis in weight.shape}
        self._tracer: Any = None

    @property
    def has_halves(self) -> bool:
        """Whether any number in it is a float16 or a bfloat16."""
        halves = {self._onnx.TensorProto.FLOAT16, self._onnx.TensorProto.BFLOAT16}
        graph = self._proto.graph
        if any(weight.data_type in halves for weight in graph.initializer):
            return True
        casts = [a.i for n in graph.node if n.op_type == "Cast" for a in n.attribute]
        return bool(halves & set(casts)) or any(g.dtype == np.float16 for g in self.inputs)

    def spoilt_weight(self) -> str | None:
        """The first weight that holds NaN; infinities may be masks."""
        weights = self._weights.items()
        return next((n for n, w in weights if w.dtype.kind == "f" and np.isnan(w).any()), None)

    def run(self, arrays: Arrays) -> Arrays:
        """What the session gives as it serves."""
        rows = len(arrays[0])
        outs: list[list[NDArray[Any]]] = []
        size = self._fixed or BATCH * 16
        for start in range(0, rows, size):
            few = min(size, rows - start)
            feed = self._feed([array[start : start + few] for array in arrays], self._fixed or few)
            ends = self._served.run(self._outputs, feed)
            outs.append(_rows_of(ends, few))
        return joined(outs)

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run with every node an output, and tell the judge."""
        if self._fixed:
            return in_parts(arrays, judge, self._fixed, self._trace)
        return self._trace(arrays, judge)

    def _trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        rows = self._width(len(arrays[0]))
        return self._shown_to_judge(self._traced(arrays, rows), arrays, judge, rows)

    def trace_halves(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run as the file says, halves in halves: for suspect rows, since it is slow."""
        from onnx.reference import ReferenceEvaluator

        rows = self._width(len(arrays[0]))
        evaluator = ReferenceEvaluator(self._proto)
        values = evaluator.run(None, self._feed(arrays, rows), intermediate=True)
        return self._shown_to_judge(values, arrays, judge, rows)

    def replaced(self, arrays: Arrays, places: Places, substitute: Substitute) -> Arrays | None:
        """Run again with operands of steps replaced."""
        names = []
        for at, operand in places:
            taken = [n for n in self._proto.graph.node[at].input if n]
            if operand >= len(taken) and operand < len(self._reads[at]):
                return None  # read by a graph inside of it, or held by it
            names.append(taken[operand])
        rows = len(arrays[0])
        size, session, ends = self._width(rows), None, list[Arrays]()
        for start in range(0, rows, size):
            part = part_of(arrays, start, size)
            feed = self._feed(part, size)
            known = {**self._weights, **feed, **self._traced(part, size)}
            others = [
                (place, substitute(known[name]), known[name])
                for place, name in zip(places, names, strict=True)
                if name in known
            ]
            others = [each for each in others if each[1] is not each[2]]
            if not others:
                return None
            session = session or self._session(
                _with_operands(self._onnx, self._proto, [each[:2] for each in others])
            )
            kept = {entry.name for entry in session.get_inputs()}
            for at, (_, given, value) in enumerate(others):
                feed[f"{_REPLACED}{at}"] = np.ascontiguousarray(given.astype(value.dtype))
            fed = {key: array for key, array in feed.items() if key in kept}
            ends.append(_rows_of(session.run(self._outputs, fed), min(size, rows - start)))
        return joined(ends)

    def _width(self, rows: int) -> int:
        """A number of rows that no axis of a weight has, so that rows are known by it."""
        if self._fixed:
            return self._fixed
        known = self._dims | {axis or 0 for given in self.inputs for axis in given.shape or ()}
        while rows in known or rows == 1:
            rows += 1
        return rows

    def _feed(self, arrays: Arrays, rows: int) -> dict[str, NDArray[Any]]:
        """The inputs by name, the last row repeated up to the wanted number."""
        named = zip(self.inputs, arrays, strict=True)
        return {given.name: padded(array, max(rows, len(array))) for given, array in named}

    def _traced(self, arrays: Arrays, rows: int) -> dict[str, NDArray[Any]]:
        """Every value of a run by name."""
        if self._tracer is None:
            whole = self._onnx.ModelProto()
            whole.CopyFrom(self._proto)
            have = set(self._outputs)
            more = [name for name in self._values if name not in have]
            whole.graph.output.extend(self._onnx.ValueInfoProto(name=name) for name in more)
            self._tracer = self._session(whole)
        names = list(dict.fromkeys([*self._outputs, *self._values]))
        found = self._tracer.run(names, self._feed(arrays, rows))
        named = zip(names, map(_joined, found), strict=True)
        return {name: value for name, value in named if isinstance(value, np.ndarray)}

    def _shown_to_judge(
        self, values: dict[str, NDArray[Any]], arrays: Arrays, judge: Judge, wide: int
    ) -> tuple[Arrays, Codes]:
        """Tell the judge of a run's values, node by node."""
        rows, judge.rows = judge.rows, wide
        if any(len(v) != wide for v in judge.watched.values()):
            judge.watched = dict.fromkeys(judge.watched, np.zeros(wide, bool))
        known = dict(self._feed(arrays, wide))
        for name, array in known.items():
            judge.start(name, array)
        for name, array in self._weights.items():
            judge.constant(name, array)
        known |= self._weights
        nodes = zip(self._steps, self._proto.graph.node, self._reads, strict=True)
        for step, node, reads in nodes:
            given = [(name, known[name]) for name in reads if name in known]
            gave = [(name, values[name]) for name in node.output if name in values]
            known |= dict(gave)
            judge.see(step, given, gave)
        for at in self._tolerant:
            judge.vanished.pop((at, 0), None)
        codes = judge.ends(self._outputs, [values[name] for name in self._outputs])[:rows]
        judge.trim(rows)
        return _rows_of([values.get(name) for name in self._outputs], rows), codes

    def _session(self, proto: Any, *, optimised: bool = False) -> Any:
        options = self._ort.SessionOptions()
        options.log_severity_level = 4
        # Threads that have nothing to do wait, and do not spin: between two steps Python judges.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not optimised:
            options.graph_optimization_level = self._ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            return self._ort.InferenceSession(
                proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            got, todo = (
                first_line(error),
                "export it again without custom operations, or update onnxruntime",
            )
            if "construct locale" in got:
                if _with_locale(self._onnx, proto):
                    return self._session(proto, optimised=optimised)
                todo = "install the locale on this machine, or name another in the StringNormalizer"
            raise ArtefactError(
                f"onnxruntime does not load {self.name}",
                got=got,
                expected="a model of standard operations",
                todo=todo,
            ) from error


def _loaded(onnx: Any, model: Any, name: str) -> Any:
    """The model as a proto, its functions laid open."""
    if not isinstance(model, onnx.ModelProto):
        given = getattr(model, "_model_bytes", None) or getattr(model, "_model_path", None) or model
        try:
            model = onnx.load_from_string(given) if isinstance(given, bytes) else onnx.load(given)
        except Exception as error:
            raise ArtefactError(f"{name} is no ONNX model", got=first_line(error)) from error
    if any(node.op_type == "StringNormalizer" for node in model.graph.node):
        model = type(model).FromString(model.SerializeToString())  # one's own, to name a locale in
    if model.functions:
        from onnx.inliner import inline_local_functions

        model = inline_local_functions(model)
    return _unzipped(onnx, model)


def _unzipped(onnx: Any, model: Any) -> Any:
    """The model with tensors for outputs: what a ZipMap makes dictionaries of, before it does."""
    given = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "ZipMap"}
    if not given:
        return model
    out = onnx.ModelProto()
    out.CopyFrom(model)
    kept = [node for node in out.graph.node if node.op_type != "ZipMap"]
    ends = [
        onnx.ValueInfoProto(name=given[end.name]) if end.name in given else end
        for end in model.graph.output
    ]
    for field, values in ((out.graph.node, kept), (out.graph.output, ends)):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del field[:]
        field.extend(copies)
    return out


def _with_locale(onnx: Any, proto: Any) -> bool:
    """Name a locale that is everywhere where nodes name none; whether there are such nodes."""
    nodes = [node for node in proto.graph.node if node.op_type == "StringNormalizer"]
    nodes = [node for node in nodes if not any(each.name == "locale" for each in node.attribute)]
    for node in nodes:
        node.attribute.append(onnx.helper.make_attribute("locale", "C.UTF-8"))
    return bool(nodes)


def _input(onnx: Any, entry: Any) -> Input:
    kind = entry.type.tensor_type
    shape = None
    if kind.HasField("shape"):
        axes = [axis.dim_value or None for axis in kind.shape.dim]
        shape = tuple(axes[1:])
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    return Input(entry.name, shape, np.dtype(dtype))


def _fixed_batch(entries: list[Any]) -> int | None:
    """The number of rows where the model fixes it."""
    for entry in entries:
        axes = entry.type.tensor_type.shape.dim
        if axes and axes[0].HasField("dim_value") and axes[0].dim_value > 0:
            return int(axes[0].dim_value)
    return None


def _step(node: Any, weights: dict[str, Any], at: int) -> Step:
    """A node's names: its layer is its own path, or that of its weight (`fc1.weight`)."""
    layer = ""
    if "/" in node.name.strip("/"):
        layer = node.name.strip("/").rpartition("/")[0].replace("/", ".")
    else:
        named = [name for name in node.input if name in weights and "." in name]
        layer = named[0].rpartition(".")[0] if named else ""
    return Step(node.op_type, node.name or node.output[0], layer, "", at)


def _read_by(node: Any) -> Iterator[str]:
    """What a node is given, and what graphs inside of it (If, Loop, Scan) read from outside."""
    yield from filter(None, node.input)
    for graph in (graph for each in node.attribute for graph in (each.g, *each.graphs)):
        own = {each.name for each in (*graph.input, *graph.initializer)}
        for inner in graph.node:
            yield from (name for name in _read_by(inner) if name not in own)
            own |= set(inner.output)


def _odd_attributes(node: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Numbers that stand in a node itself and are not finite, by a name of their own."""
    for each in node.attribute:
        numbers = np.array(each.floats, np.float32)
        if not np.isfinite(numbers).all():
            yield f"{node.name or node.op_type}.{each.name}", numbers


def _joined(value: Any) -> Any:
    """The arrays of a sequence side by side, or one after the other where each is a row."""
    if not isinstance(value, list) or not all(isinstance(each, np.ndarray) for each in value):
        return value
    flat = [each.reshape(len(each), -1) if each.ndim else each.reshape(1, 1) for each in value]
    heights = {len(each) for each in flat}
    if len(heights) == 1:
        return np.concatenate(flat, axis=int(heights != {1}))
    return np.concatenate([each.reshape(-1) for each in flat]) if flat else value


def _takes_missing(node: Any) -> bool:
    """Whether trees were taught where a missing value goes."""
    return any(any(a.ints) for a in node.attribute if a.name == "nodes_missing_value_tracks_true")


def _with_operands(onnx: Any, proto: Any, others: Sequence[Any]) -> Any:
    """The model with operands of nodes as new inputs."""
    changed = onnx.ModelProto()
    changed.CopyFrom(proto)
    for place, ((at, operand), value) in enumerate(others):
        name = f"{_REPLACED}{place}"
        filled = [i for i, each in enumerate(changed.graph.node[at].input) if each]
        changed.graph.node[at].input[filled[operand]] = name
        kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
        shape = [None] * value.ndim
        changed.graph.input.append(onnx.helper.make_tensor_value_info(name, kind, shape))
    return changed


def _rows_of(ends: list[Any], rows: int) -> Arrays:
    """Outputs of numbers, by row; one number for the whole batch is that of every row."""
    ends = list(map(_joined, ends))
    kept = [end for end in ends if isinstance(end, np.ndarray) and end.dtype.kind in "fciub"]
    return [end[:rows] if end.ndim else np.full(rows, end) for end in kept]
