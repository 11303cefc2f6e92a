"""Planted models as ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from tests.support.plants import Layer


class Builder:
    """Collects nodes and weights; `x` is the one input, of `k` columns."""

    def __init__(self, k: int, dtype: Any = np.float32) -> None:
        self.k, self.dtype = k, np.dtype(dtype)
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, name: str, value: Any, dtype: Any = None) -> str:
        array = np.asarray(value, dtype or self.dtype)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, op: str, inputs: list[str], out: str, name: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [out], name or out, **attributes))
        return out

    def model(self, out: str, *, opset: int = 17) -> ModelProto:
        kind = helper.np_dtype_to_tensor_dtype(self.dtype)
        given = helper.make_tensor_value_info("x", kind, [None, self.k])
        gives = helper.make_tensor_value_info(out, TensorProto.FLOAT, None)
        gives.type.tensor_type.elem_type = kind
        graph = helper.make_graph(self.nodes, "planted", [given], [gives], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 8
        return model


def as_onnx(layers: list[Layer], k: int) -> ModelProto:
    """The layers as an ONNX model; a node's path is its layer's name, as exporters write it."""
    builder, value, kept = Builder(k), "x", "x"
    for layer in layers:
        if layer.kind == "skip":
            kept = value
        elif layer.kind == "add":
            value = builder.node("Add", [kept, value], layer.name, f"/{layer.name}/Add")
        else:
            value = _LAYERS[layer.kind](builder, layer, value)
    return builder.model(value)


def _dense(b: Builder, layer: Layer, x: str) -> str:
    n = layer.name
    kernel, bias = (
        b.weight(f"{n}.kernel", layer.values["kernel"]),
        b.weight(f"{n}.bias", layer.values["bias"]),
    )
    product = b.node("MatMul", [x, kernel], f"{n}_product", f"/{n}/MatMul")
    return b.node("Add", [product, bias], n, f"/{n}/Add")


def _scale(b: Builder, layer: Layer, x: str) -> str:
    n = layer.name
    mean = b.weight(f"{n}.mean", layer.values["mean"])
    deviation = b.weight(f"{n}.deviation", layer.values["deviation"])
    centered = b.node("Sub", [x, mean], f"{n}_centered", f"/{n}/Sub")
    return b.node("Div", [centered, deviation], n, f"/{n}/Div")


def _batchnorm(b: Builder, layer: Layer, x: str) -> str:
    names = [
        b.weight(f"{layer.name}.{key}", layer.values[key])
        for key in ("gamma", "beta", "mean", "variance")
    ]
    return b.node(
        "BatchNormalization", [x, *names], layer.name, f"/{layer.name}/BatchNormalization"
    )


def _layernorm(b: Builder, layer: Layer, x: str) -> str:
    scale = b.weight(f"{layer.name}.gamma", np.ones(layer.values["width"]))
    return b.node(
        "LayerNormalization", [x, scale], layer.name, f"/{layer.name}/LayerNormalization", axis=-1
    )


def _column(op: str) -> Any:
    """A step on one column, the others as they are."""

    def build(b: Builder, layer: Layer, x: str) -> str:
        n, at = layer.name, layer.values["column"]
        others = [c for c in range(b.k) if c != at]
        index = b.weight(f"{n}_at", [at], np.int64)
        one = b.node("Gather", [x, index], f"{n}_one", f"/{n}/Gather", axis=1)
        if op == "divide":
            first = b.weight(f"{n}_first", [others[0]], np.int64)
            top = b.node("Gather", [x, first], f"{n}_top", f"/{n}/Gather_1", axis=1)
            one = b.node("Div", [top, one], f"{n}_made", f"/{n}/Div")
        elif op == "square":
            one = b.node("Mul", [one, one], f"{n}_made", f"/{n}/Mul")
        else:
            if op == "exp":
                factor = b.weight(f"{n}_factor", [layer.values["factor"]])
                one = b.node("Mul", [one, factor], f"{n}_scaled", f"/{n}/Mul")
            one = b.node(op.capitalize(), [one], f"{n}_made", f"/{n}/{op.capitalize()}")
        if not others:
            return b.node("Identity", [one], n, f"/{n}/Identity")
        rest = b.weight(f"{n}_rest", others, np.int64)
        kept = b.node("Gather", [x, rest], f"{n}_kept", f"/{n}/Gather_2", axis=1)
        return b.node("Concat", [kept, one], n, f"/{n}/Concat", axis=1)

    return build


def _bend(op: str) -> Any:
    return lambda b, layer, x: b.node(op, [x], layer.name, f"/{layer.name}/{op}")


_LAYERS: dict[str, Any] = {
    "dense": _dense,
    "scale": _scale,
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "relu": _bend("Relu"),
    "elu": _bend("Elu"),
    **{op: _column(op) for op in ("log", "sqrt", "divide", "exp", "square")},
}
