"""The preparation in an ONNX file, run in onnxruntime: rows in, outcomes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.errors import ArtefactError
from datacheck.export.onnx.model import DTYPES, KEY
from datacheck.golden.compare import Refusal, read_document

if TYPE_CHECKING:
    from pathlib import Path


def golden_of(model: Any, path: str | Path) -> dict[str, Any]:
    """The golden rows that a model carries.

    Raises
    ------
    ArtefactError
        If it carries none.
    """
    text = next((entry.value for entry in model.metadata_props if entry.key == KEY), "null")
    return read_document(text, str(path))


class Preparation:
    """What datacheck put into a model, without the model behind it, as an onnxruntime session.

    Raises
    ------
    ArtefactError
        If onnxruntime does not load it.
    """

    def __init__(self, model: Any) -> None:
        import onnxruntime

        golden = golden_of(model, "the model")
        self.columns: list[str] = golden["columns"]
        self.inputs: list[str] = golden["onnx"]["inputs"]
        self.outputs: list[str] = golden["onnx"]["outputs"]
        alone = _alone(model, self.inputs, self.outputs, golden["output"])
        try:
            self.session = onnxruntime.InferenceSession(
                alone.SerializeToString(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ArtefactError(
                "onnxruntime does not load the model",
                got=str(error),
                todo="choose an older target_opset, or update onnxruntime",
            ) from error

    def run(self, rows: list[dict[str, Any]]) -> list[dict[str, Any] | Refusal]:
        """Send rows of doubles, None or NaN for missing, through in one batch."""
        cells = [[row[name] for name in self.columns] for row in rows]
        doubles = [[np.nan if cell is None else float(cell) for cell in row] for row in cells]
        matrix = np.array(doubles, np.float64).reshape(len(rows), len(self.columns))
        if len(self.inputs) == 1:
            feed = {self.inputs[0]: matrix}
        else:
            feed = {name: matrix[:, [at]] for at, name in enumerate(self.inputs)}
        prepared, refused = self.session.run(self.outputs, feed)
        return [self._outcome(*cells) for cells in zip(prepared, refused, strict=True)]

    def _outcome(self, prepared: Any, refused: Any) -> dict[str, Any] | Refusal:
        if refused.any():
            return Refusal(self.columns[int(refused.argmax())])
        return dict(zip(self.columns, map(float, prepared), strict=True))


def _alone(model: Any, inputs: list[str], outputs: list[str], output: str) -> Any:
    """The part of a model that computes `outputs` from `inputs`."""
    from onnx import ModelProto, TensorProto, helper

    wanted, nodes = set(outputs), []
    for node in reversed(model.graph.node):
        if wanted & set(node.output):
            nodes.append(node)
            wanted |= set(node.input)
    alone = ModelProto()
    alone.CopyFrom(model)
    body = alone.graph
    for field in ("node", "initializer", "output", "value_info"):
        alone.graph.ClearField(field)
    body.node.extend(reversed(nodes))
    body.initializer.extend(c for c in model.graph.initializer if c.name in wanted)
    dtypes = {name: number for number, name in DTYPES.items()}
    types = (dtypes[output], TensorProto.BOOL)
    body.output.extend(
        helper.make_tensor_value_info(name, dtype, None)
        for name, dtype in zip(outputs, types, strict=True)
    )
    others = [entry for entry in model.graph.input if entry.name in inputs]
    body.ClearField("input")
    body.input.extend(others)
    return alone
