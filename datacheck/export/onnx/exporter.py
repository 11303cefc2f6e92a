"""ONNX: the transform as a model of its own, or in front of the model that it feeds.

The model takes doubles, NaN for a missing cell, and gives the prepared cells and `refused`, true
where a cell may not pass: ONNX cannot raise, so that cell is also NaN, and its row has no result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx

from datacheck.errors import ArtefactError
from datacheck.export.matrix import missing_text, vector_part, with_output
from datacheck.export.onnx.categories import enters
from datacheck.export.onnx.inverse import BACK, WayBack, alone, behind
from datacheck.export.onnx.model import (
    DEFAULT_OPSET,
    KEY,
    OLDEST,
    SEAL,
    DownstreamModel,
    Frame,
    assemble,
    fault,
    frame,
    graph_digest,
    load,
    read_target,
)
from datacheck.export.onnx.nodes import DOUBLE, Graph
from datacheck.export.onnx.run import Preparation, golden_of
from datacheck.export.onnx.steps import add_nodes, made_of, optional
from datacheck.files import must_not_be_read, whole_file
from datacheck.golden.back import document_back, programs_back
from datacheck.golden.compare import Mismatch, document, prove, verified
from datacheck.golden.documents import decode, slim
from datacheck.golden.unreached import Unreached
from datacheck.ops import Encode, Fitted, Program, first

Run = Callable[[list[dict[str, Any]]], list[Any]]


def write(  # noqa: PLR0913 - each an option of the export, by name
    fitted: Fitted,
    path: str | Path,
    *,
    force: bool = False,
    inputs: str | None = None,
    columns: Sequence[str] | None = None,
    target_opset: int | None = None,
    merge_into: str | Path | None = None,
    input_name: str | None = None,
    inverse: Sequence[str] | str | None = None,
    output_name: str | None = None,
) -> None:
    """Write a transform as ONNX, proven in onnxruntime on its golden rows.

    Parameters
    ----------
    fitted
        The transform. Its numeric columns, in their order, are the columns of the matrices.
    path
        The file to write, by custom ``.onnx``.
    force
        Overwrite what stands at `path`.
    inputs
        ``"matrix"``: one input of shape ``[N, k]``, where all columns are numbers; ``"columns"``:
        one input of shape ``[N, 1]`` a column, called by the column's name: text, booleans or
        doubles. The first where it can be, if none is named. The input of a column that is not
        required may be left out, and is missing then.
    columns
        The columns to export, where not all: a transform that prepares text needs it.
    target_opset
        The version of the standard operators; 17 if not given, or the version of `merge_into`.
    merge_into
        A model to put the preparation in front of. Its own inputs and outputs stay, but for the
        one that the prepared matrix goes into; ``refused`` is one output more.
    input_name
        That input, where more than one has the shape.
    inverse
        Columns to bring back into their own units. Alone, the file is the way back and nothing
        else: ``prepared``, of shape ``[N, k]`` in double, to an output called by the column. With
        `merge_into`, it stands behind the model: what it predicts comes back as one output more.
    output_name
        The model's output that `inverse` begins with, where more than one has the shape.

    Raises
    ------
    ArtefactError
        If the transform or the model cannot be exported so, or the golden rows are not reproduced.
    """
    back = None if inverse is None else programs_back(fitted, inverse)
    if back is not None and merge_into is None:
        _save(_model_back(fitted, back, _opset(target_opset, None)), path, force=force)
        return
    kept = vector_part(fitted, columns)
    types = [enters(program) for program in kept.programs]
    numbers = set(types) == {DOUBLE}
    layout = inputs or ("matrix" if numbers else "columns")
    if layout not in {"matrix", "columns"} or (layout == "matrix" and not numbers):
        raise ArtefactError(
            f"There is no layout of inputs {inputs!r}"
            + ("" if numbers else " for a transform that takes text or booleans"),
            expected="'matrix' or 'columns'" if numbers else "'columns'",
        )
    width = len(made_of(kept.programs))
    target = None
    if merge_into is not None:
        must_not_be_read([path], [merge_into])
        target = read_target(merge_into, width, input_name)
        kept = with_output(kept, target.output)
    opset = _opset(target_opset, target)
    names = [program.column for program in kept.programs]
    around = frame(names, layout, target, types)
    if layout == "columns":
        around = _freed(around, kept.programs)
    graph = Graph(opset, around.prefix)
    add_nodes(graph, around, kept)
    model = assemble(graph, around, target, kept.output, (width, len(names)))
    if back is not None:
        behind_it = Graph(opset, around.prefix + "back/")
        given, gives = behind(model, behind_it, back, output_name)
        _carry(model, fitted, back, given, gives)
    golden = document(kept)
    golden["onnx"] = {
        "inputs": [name for name, _, _ in around.inputs],
        "outputs": list(around[1:3]),
        **_holes(kept.programs),
    }
    model.metadata_props.add(key=KEY, value=json.dumps(slim(golden), ensure_ascii=False))
    # A user's model that never was quite valid may still be one that runs.
    valid = target is None or not fault(target.model)
    _save(model, path, force=force, valid=valid)


def _freed(around: Frame, programs: Sequence[Program]) -> Frame:
    """Inputs that may be left out have one row then, whatever the others have."""
    free = optional(programs)
    inputs = [
        (name, [f"N or 1: {at}", 1] if name in free else dims, kind)
        for at, (name, dims, kind) in enumerate(around.inputs)
    ]
    return around._replace(inputs=inputs)


def _holes(programs: Sequence[Program]) -> dict[str, dict[str, str]]:
    """What is said of missing texts, where they are not empty."""
    texts = [p for p in programs if first(p.ops, Encode) is not None and p.kind == "text"]
    holes = {p.column: hole for p in texts if (hole := missing_text(p))}
    return {"missing": holes} if holes else {}


def _carry(model: Any, fitted: Fitted, back: Sequence[Program], given: str, gives: str) -> None:
    """Put the golden rows of the way back into a model's metadata."""
    golden = document_back(fitted, back)
    golden["onnx"] = {"inputs": [given], "outputs": [gives], **_holes(back)}
    model.metadata_props.add(key=BACK, value=json.dumps(golden, ensure_ascii=False))


def _model_back(fitted: Fitted, back: Sequence[Program], opset: int) -> Any:
    """A model of the way back alone."""
    name = back[0].column if len(back) == 1 else "inverse"
    gives = name + "_" * (name == "prepared")
    model = alone(Graph(opset, "datacheck/" + "_" * len(gives)), back, ("prepared", gives))
    _carry(model, fitted, back, "prepared", gives)
    return model


def _opset(wanted: int | None, target: DownstreamModel | None) -> int:
    """The operator set to write for, which is that of the model behind the preparation."""
    opset = wanted or (target.opset if target else DEFAULT_OPSET)
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST <= opset <= newest:
        raise ArtefactError(
            f"There is no operator set {opset} to write the preparation for",
            expected=f"{OLDEST} to {newest}",
        )
    if target is not None and opset != target.opset:
        raise ArtefactError(
            "A preparation and the model behind it must be of one operator set",
            got=f"target_opset={opset}, the model's {target.opset}",
            todo="leave target_opset out, or convert the model with onnx.version_converter",
        )
    return opset


def _save(model: Any, path: str | Path, *, force: bool, valid: bool = True) -> None:
    """Seal a model, write it, and prove what it carries; `valid` says that it must be by ONNX."""
    if valid and (found := fault(model)):
        raise ArtefactError("The model is not valid ONNX", got=found)
    # No golden row asks for every category, donor and weight: the digest stands for the graph.
    model.metadata_props.add(key=SEAL, value=graph_digest(model))
    with whole_file(path, force=force) as beside:
        onnx.save(model, str(beside))
        for golden, run in _replays(model, path):
            prove(golden, run, "ONNX model")


def _replays(model: Any, path: str | Path) -> Iterator[tuple[dict[str, Any], Run]]:
    """The golden rows that a model carries, each lot with what sends them through; then it runs."""
    if back := _carries(model, BACK):
        golden = golden_of(model, path, BACK)
        yield golden, WayBack(model, golden).run
    if not back or _carries(model, KEY):
        golden, preparation = golden_of(model, path), Preparation(model)
        yield golden, preparation.run
        preparation.run_whole(model, _given(golden))


def _broken_seal(model: Any) -> list[Mismatch]:
    """What tells that the graph is not the one that was written; earlier versions did not say."""
    said = [entry.value for entry in model.metadata_props if entry.key == SEAL]
    if said in ([], [graph_digest(model)]):
        return []
    return [Mismatch(0, None, "the graph that `export` wrote", "another graph")]


def _carries(model: Any, key: str) -> bool:
    return any(entry.key == key for entry in model.metadata_props)


def _given(golden: dict[str, Any]) -> list[dict[str, Any]]:
    """The golden rows as they go in, without those that a model behind need not take."""
    kept = [row["row"] for row in golden["rows"] if "refused" not in row]
    return [{name: decode(cell) for name, cell in row.items()} for row in kept]


def verify(path: str | Path) -> list[Mismatch | Unreached]:
    """Replay the golden rows of an ONNX file in onnxruntime; `ArtefactError` if it has none."""
    model = load(path, alone=True)
    found = [each for lot in _replays(model, path) for each in verified(*lot)]
    differs = any(isinstance(each, Mismatch) for each in found)
    return found if differs else [*found, *_broken_seal(model)]
