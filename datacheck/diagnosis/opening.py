"""From what a user calls a model to an adapter. Files that run code need the user's word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.errors import ArtefactError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.diagnosis.model import Model
    from datacheck.diagnosis.tensorflowjs import NodeModel


def open_model(model: Any, *, trust: bool = False) -> Model | NodeModel:
    """A model as `diagnose` sees it.

    Parameters
    ----------
    model
        A path, or a model of a framework, or a callable.
    trust
        Whether a file may run code while it loads.

    Raises
    ------
    ArtefactError
        For a file that cannot be loaded, or that would run code without the user's word.
    """
    if isinstance(model, str | Path):
        return _open_file(Path(model), trust=trust)
    from datacheck.diagnosis.functions import function_of

    for module, name, opener in _FRAMEWORKS:
        if _is_a(model, module, name):
            return opener(model)
    made = function_of(model)
    if made is None:
        raise ArtefactError(
            "this is no model that can be diagnosed",
            got=type(model).__name__,
            expected="a path, an ONNX session or model, a torch or Keras model, or a callable",
            todo="give a function from a matrix [n, k] to an array with n rows",
        )
    return made


def _is_a(model: Any, module: str, name: str) -> bool:
    """Whether a model is of a framework's class, without importing the framework."""
    return any(
        base.__name__ == name and base.__module__.split(".")[0] == module
        for base in type(model).__mro__
    )


def _onnx(model: Any, name: str = "ONNX model") -> Model:
    from datacheck.diagnosis.onnx_model import OnnxModel

    return OnnxModel(model, name=name)


def _torch(model: Any) -> Model:
    from datacheck.diagnosis.torch_model import TorchModel

    return TorchModel(model)


def _keras(model: Any) -> Model:
    from datacheck.diagnosis.keras_model import keras_model

    return keras_model(model)


_FRAMEWORKS: tuple[tuple[str, str, Callable[[Any], Model]], ...] = (
    ("onnx", "ModelProto", _onnx),
    ("onnxruntime", "InferenceSession", _onnx),
    # A Keras model on the torch backend is a module of torch as well.
    ("keras", "Model", _keras),
    ("torch", "Module", _torch),
)


def _open_file(path: Path, *, trust: bool) -> Model | NodeModel:
    if not path.exists():
        raise SourceError(f"there is no model {path}", todo="check the path")
    opener = _BY_SUFFIX.get(path.suffix.lower())
    if opener is None:
        raise ArtefactError(
            f"{path.name} is no model that can be opened",
            got=f"a file that ends in {path.suffix!r}",
            expected=", ".join(sorted(_BY_SUFFIX)),
            todo="export the model to ONNX, or load it in Python and give it to dc.diagnose",
        )
    return opener(path, trust)


def _onnx_file(path: Path, trust: bool) -> Model:  # noqa: ARG001, FBT001
    return _onnx(str(path), path.name)


def _json_file(path: Path, trust: bool) -> Model | NodeModel:  # noqa: ARG001, FBT001
    """A model of TensorFlow.js or of xgboost: both are JSON."""
    import json

    from datacheck.diagnosis.estimators import open_xgboost
    from datacheck.diagnosis.tensorflowjs import NodeModel, is_tensorflowjs

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{path.name} is no JSON document", got=str(error)) from error
    if is_tensorflowjs(document):
        return NodeModel(path)
    if isinstance(document, dict) and "learner" in document:
        return open_xgboost(path)
    raise ArtefactError(
        f"{path.name} is no model",
        got="a JSON document without modelTopology or learner",
        expected="model.json of TensorFlow.js, or a model that xgboost saved",
    )


def _xgboost_file(path: Path, trust: bool) -> Model:  # noqa: ARG001, FBT001
    from datacheck.diagnosis.estimators import open_xgboost

    return open_xgboost(path)


def _skops_file(path: Path, trust: bool) -> Model:  # noqa: FBT001
    from datacheck.diagnosis.estimators import open_skops

    return open_skops(path, trust)


def _torch_file(path: Path, trust: bool) -> Model:  # noqa: FBT001
    from datacheck.diagnosis.trusted import open_torch

    return open_torch(path, trust)


def _keras_file(path: Path, trust: bool) -> Model:  # noqa: FBT001
    from datacheck.diagnosis.trusted import open_keras

    return open_keras(path, trust)


_BY_SUFFIX: dict[str, Callable[[Path, bool], Model | NodeModel]] = {
    ".onnx": _onnx_file,
    ".json": _json_file,
    ".ubj": _xgboost_file,
    ".skops": _skops_file,
    ".keras": _keras_file,
    ".pt": _torch_file,
    ".pth": _torch_file,
    ".pt2": _torch_file,
}
