"""ONNX nodes and constants as they are added, one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from onnx import helper, numpy_helper

#: ONNX's numbers for the types float32, boolean and double.
FLOAT, BOOL, DOUBLE = 1, 9, 11


class Graph:
    """Nodes and constants as they are added; the names of inner values begin with `prefix`."""

    def __init__(self, opset: int, prefix: str) -> None:
        self.opset, self.prefix = opset, prefix
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def inside(self, prefix: str) -> Graph:
        """An empty graph for the body of a node of this one."""
        return Graph(self.opset, self.prefix + prefix)

    def name(self) -> str:
        """A name that this graph has not used yet."""
        return f"{self.prefix}{len(self.nodes) + len(self.constants)}"

    def constant(self, array: Any, dtype: Any = np.float64) -> str:
        """Add a constant and give its name."""
        name = self.name()
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype), name))
        return name

    def default(self, name: str, array: list[list[Any]]) -> None:
        """Give an input what it is where it is left out: text, or doubles."""
        text = isinstance(array[0][0], str)
        made = np.array(array, object if text else np.float64)
        self.constants.append(numpy_helper.from_array(made, name))

    def row(self, values: Iterable[Any], dtype: Any = np.float64) -> str:
        """Add a constant of one value a column."""
        return self.constant([list(values)], dtype)

    def add(self, op: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        """Add a node of one output and give the output's name, `out` if it is given."""
        name = out or self.name()
        self.add_many(op, inputs, (name,), **attributes)
        return name

    def add_many(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        """Add a node of several outputs."""
        self.nodes.append(helper.make_node(op, list(inputs), list(outputs), **attributes))

    def on_columns(self, which: Sequence[bool], x: str, function: Callable[[str], str]) -> str:
        """Send some columns through a function, apart: ``Where`` would lose the sign of a zero."""
        chosen = [at for at, each in enumerate(which) if each]
        others = [at for at, each in enumerate(which) if not each]
        if not others:
            return function(x)
        made = function(self.add("Gather", x, self.constant(chosen, np.int64), axis=1))
        rest = self.add("Gather", x, self.constant(others, np.int64), axis=1)
        order = np.argsort([*chosen, *others])
        together = self.add("Concat", made, rest, axis=1)
        return self.add("Gather", together, self.constant(order, np.int64), axis=1)

    def where(self, mask: str, values: Sequence[float], x: str) -> str:
        """Put a column's value where the mask is true.

        onnxruntime's ``Where`` gives 0.0 for a -0.0 of its first branch, so such a value is put in
        as 0.0 and turned by a factor of -1.
        """
        chosen = self.add("Where", mask, self.row(abs(v) if v == 0.0 else v for v in values), x)
        negative = [v == 0.0 and math.copysign(1.0, v) < 0.0 for v in values]
        if not any(negative):
            return chosen
        factors = self.row(-1.0 if turned else 1.0 for turned in negative)
        return self.add("Mul", chosen, self.add("Where", mask, factors, self.constant(1.0)))
