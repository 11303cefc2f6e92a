"""From what a user calls a model to an adapter. Files that run code need the user's word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.diagnosis.model_files import (
    open_json,
    open_keras,
    open_skops,
    open_torch,
    open_xgboost,
)
from datacheck.errors import ArtefactError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.diagnosis.model import Model
    from datacheck.diagnosis.tensorflowjs import NodeModel


def open_model(model: Any, *, trust: bool = False) -> Model | NodeModel:
    """A path, a framework's model or a callable as `diagnose` sees it.

    Raises `ArtefactError` for a file that cannot be loaded, or would run code without `trust`.
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
    return opener(path, trust=trust)


def _onnx_file(path: Path, *, trust: bool) -> Model:  # noqa: ARG001
    return _onnx(str(path), path.name)


_BY_SUFFIX: dict[str, Callable[..., Model | NodeModel]] = {
    ".onnx": _onnx_file,
    ".json": open_json,
    ".ubj": open_xgboost,
    ".skops": open_skops,
    ".keras": open_keras,
    ".pt": open_torch,
    ".pth": open_torch,
    ".pt2": open_torch,
}
