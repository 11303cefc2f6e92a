"""The preparation in an ONNX file, run in onnxruntime: rows in, outcomes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper

from datacheck.errors import ArtefactError
from datacheck.export.onnx.model import DTYPES, KEY
from datacheck.golden.compare import Refusal
from datacheck.golden.documents import read_golden
from datacheck.text import briefly


def golden_of(model: Any, path: str | Path, key: str = KEY) -> dict[str, Any]:
    """The golden rows that a model carries, of its preparation if no other key is given."""
    text = next((entry.value for entry in model.metadata_props if entry.key == key), "null")
    return read_golden(text, str(path))


class Preparation:
    """What datacheck put into a model, without the model behind it, as an onnxruntime session."""

    def __init__(self, model: Any) -> None:
        golden = golden_of(model, "the model")
        fed = golden.get("onnx", {"inputs": (), "outputs": ()})
        if len(fed["inputs"]) not in {1, len(golden["columns"])} or len(fed["outputs"]) != 2:  # noqa: PLR2004
            raise ArtefactError(
                "The model does not say how it is fed", todo="verify what `export` wrote"
            )
        self.columns: list[str] = golden["columns"]
        self.inputs: list[str] = golden["onnx"]["inputs"]
        self.holes: dict[str, str] = golden["onnx"].get("missing", {})
        self.outputs: list[str] = golden["onnx"]["outputs"]
        self.cells: list[str] = golden.get("outputs", self.columns)
        self.session = session_of(_alone(model, self.inputs, self.outputs, golden["output"]))

    def feed(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Rows of doubles, None or NaN for missing, as the model takes them."""
        entries = (*self.session.get_inputs(), *self.session.get_overridable_initializers())
        kinds = {each.name: each.type for each in entries if each.name in self.inputs}
        if set(kinds.values()) != {"tensor(double)"}:
            return {
                name: _tensor(kinds[name], [row[column] for row in rows], self.holes.get(column))
                for name, column in zip(self.inputs, self.columns, strict=True)
            }
        try:
            matrix = doubles(rows, self.columns)
        except (TypeError, ValueError) as error:
            raise ArtefactError(
                "A golden row holds what no matrix of doubles does",
                got=str(error),
                todo="verify what `export` wrote",
            ) from error
        if len(self.inputs) == 1:
            return {self.inputs[0]: matrix}
        return {name: matrix[:, [at]] for at, name in enumerate(self.inputs)}

    def run(self, rows: list[dict[str, Any]]) -> list[dict[str, Any] | Refusal]:
        """Send rows through, in one batch where the model lets them."""
        outcomes: list[dict[str, Any] | Refusal] = []
        for many, (prepared, refused) in self._batches(self.session, self.outputs, rows):
            width = len(self.cells)
            if np.shape(prepared)[1:] != (width,) or np.shape(refused)[1:] != (len(self.columns),):
                raise ArtefactError(
                    "The model gives other matrices than the one that was exported",
                    got=f"shapes {np.shape(prepared)} and {np.shape(refused)}",
                    expected=f"{width} columns twice",
                    todo="export it again",
                )
            pairs = zip(prepared[:many], refused[:many], strict=True)
            outcomes += [self._outcome(*cells) for cells in pairs]
        return outcomes

    def run_whole(self, model: Any, rows: list[dict[str, Any]]) -> None:
        """Load the whole model, and run it where it takes no more than the prepared columns."""
        session = session_of(model)
        if {each.name for each in session.get_inputs()} <= set(self.inputs):
            self._batches(session, [each.name for each in session.get_outputs()], rows)

    def _batches(
        self, session: Any, outputs: list[str], rows: list[dict[str, Any]]
    ) -> list[tuple[int, list[Any]]]:
        """What comes out of the rows in batches of a fixed size, and how many of each count."""
        sizes = [each.shape[0] for each in session.get_inputs() if each.shape]
        fixed = next((size for size in sizes if isinstance(size, int) and size > 0), len(rows))
        made = []
        for start in range(0, len(rows), fixed or 1):
            batch = rows[start : start + fixed]
            full = [*batch, *(rows * fixed)[: fixed - len(batch)]]
            made.append((len(batch), _run(session, outputs, self.feed(full))))
        return made

    def _outcome(self, prepared: Any, refused: Any) -> dict[str, Any] | Refusal:
        if refused.any():
            return Refusal(self.columns[int(refused.argmax())])
        return dict(zip(self.cells, map(float, prepared), strict=True))


def doubles(rows: list[dict[str, Any]], columns: list[str]) -> Any:
    """Some columns of rows as a matrix, None as NaN."""
    cells = [[np.nan if row[n] is None else float(row[n]) for n in columns] for row in rows]
    return np.array(cells, np.float64).reshape(len(rows), len(columns))


def _tensor(kind: str, cells: list[Any], hole: str | None) -> Any:
    """Cells as a tensor ``[N, 1]``; a missing text is `hole`, or empty."""
    if kind == "tensor(string)":
        texts = [hole or "" if cell is None else str(cell) for cell in cells]
        return np.array(texts, dtype=object).reshape(-1, 1)
    dtype = np.bool_ if kind == "tensor(bool)" else np.float64
    made = [np.nan if cell is None else cell for cell in cells]
    return np.array(made, dtype).reshape(-1, 1)


def session_of(model: Any) -> Any:
    """An onnxruntime session of a model. Raises `ArtefactError` if it does not load."""
    # Unless asked to be quiet, it writes to standard error what the error says.
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # it shares no class of errors
        raise ArtefactError(
            "onnxruntime does not load the model",
            got=briefly(str(error), 2000),
            todo="choose an older target_opset, or update onnxruntime; of a merged model, see "
            "whether the model behind the preparation loads by itself",
        ) from error


def _run(session: Any, outputs: list[str], feed: dict[str, Any]) -> Any:
    try:
        return session.run(outputs, feed)
    except Exception as error:  # it shares no class of errors
        raise ArtefactError(
            "onnxruntime does not run the model on the golden rows",
            got=briefly(str(error), 2000),
            todo="of a merged model, see whether the model behind the preparation runs by itself",
        ) from error


def _alone(model: Any, inputs: list[str], outputs: list[str], output: str) -> Any:
    """The part of a model that computes the prepared cells and the refused ones."""
    dtypes = {name: number for number, name in DTYPES.items()}
    types = (dtypes[output], TensorProto.BOOL)
    gives = [
        helper.make_tensor_value_info(name, dtype, None)
        for name, dtype in zip(outputs, types, strict=True)
    ]
    return part(model, [entry for entry in model.graph.input if entry.name in inputs], gives)


def part(model: Any, inputs: list[Any], outputs: list[Any]) -> Any:
    """The part of a model that computes these outputs from these inputs, which may lie inside."""
    wanted, nodes = {entry.name for entry in outputs}, []
    given = {entry.name for entry in inputs}
    for node in reversed(model.graph.node):
        if wanted & set(node.output) - given:
            nodes.append(node)
            wanted |= set(node.input)
    alone = ModelProto()
    alone.CopyFrom(model)
    body = alone.graph
    for field in ("node", "initializer", "input", "output", "value_info"):
        body.ClearField(field)
    body.node.extend(reversed(nodes))
    body.initializer.extend(c for c in model.graph.initializer if c.name in wanted)
    body.input.extend(inputs)
    body.output.extend(outputs)
    return alone
