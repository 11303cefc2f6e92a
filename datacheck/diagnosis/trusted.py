"""Model files of PyTorch and Keras: what loads through pickle needs the user's word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.errors import ArtefactError

if TYPE_CHECKING:
    from pathlib import Path

    from datacheck.diagnosis.model import Model


def open_torch(path: Path, trust: bool) -> Model:  # noqa: FBT001
    """A ``.pt2`` program or a ``.pt`` module; both load through pickle."""
    if not trust:
        raise ArtefactError(
            f"{path.name} loads through pickle, which runs the code that is in it",
            expected="a file that runs no code",
            todo="export the model to ONNX (torch.onnx.export) and diagnose that; or give --trust "
            "(trust=True) if you know where the file comes from",
        )
    torch = _imported("torch", path)
    from datacheck.diagnosis.torch_model import TorchModel

    try:
        if path.suffix == ".pt2":
            module = torch.export.load(path).module()
        else:
            module = torch.load(path, weights_only=False)
    except Exception as error:
        raise ArtefactError(
            f"{path.name} does not load", got=str(error).split("\n")[0][:300]
        ) from error
    if not isinstance(module, torch.nn.Module):
        raise ArtefactError(
            f"{path.name} holds no module",
            got=type(module).__name__,
            expected="a module saved whole, or a program of torch.export",
            todo="save the model itself and not its state_dict, or export it to ONNX",
        )
    return TorchModel(module if path.suffix == ".pt2" else module.eval(), name=path.name)


def open_keras(path: Path, trust: bool) -> Model:  # noqa: FBT001
    """A ``.keras`` file in Keras' safe mode, which refuses code (a Lambda layer)."""
    keras = _imported("keras", path)
    from datacheck.diagnosis.keras_model import keras_model

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=not trust)
    except Exception as error:
        raise ArtefactError(
            f"{path.name} does not load in Keras' safe mode"
            if not trust
            else f"{path.name} does not load",
            got=str(error).split("\n")[0][:300],
            expected="layers of Keras alone: a Lambda layer, or one of your own, is code",
            todo="export the model to ONNX (model.export(path, format='onnx')); load it in Python "
            "and give it to dc.diagnose; or give --trust if you know where the file comes from",
        ) from error
    return keras_model(model, name=path.name)


def _imported(name: str, path: Path) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ArtefactError(
            f"{path.name} is a model of {name}, which is not installed",
            got=str(error),
            todo=f"pip install {name}",
        ) from error
