"""From what a user calls a model to an adapter. Files that run code need the user's word.

Models in files, a reader for each kind: a file that runs code needs the user's word.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from datacheck.diagnosis.functions import FunctionModel, function_of, is_a, said
from datacheck.diagnosis.model import Model
from datacheck.diagnosis.tensorflowjs import NodeModel, is_tensorflowjs
from datacheck.errors import ArtefactError, MissingExtraError, SourceError, first_line
from datacheck.text import TOO_DEEP, briefly

#: A zip that unfolds to more bytes than these is no model if it unfolds to so many times its own.
LARGEST, FOLDED = 2**28, 100


def must_not_burst(path: Path) -> None:
    """Refuse a zip that unfolds to what no model's numbers do, before it is read."""
    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (OSError, ValueError, BadZipFile) as error:
        raise ArtefactError(f"{path.name} is no whole zip archive", got=said(error)) from error
    own = path.stat().st_size
    if size > max(LARGEST, FOLDED * own):
        raise ArtefactError(
            f"{path.name} unfolds to far more than it holds",
            got=f"{size:,} bytes of {own:,}",
            expected=f"at most {LARGEST:,}, or {FOLDED} times as many",
            todo="find out who made it; if it is yours, save the model without compression",
        )


def open_skops(path: Path, *, trust: bool) -> Model:
    """A scikit-learn estimator; types that skops does not know need the user's word."""
    try:
        import skops.io
    except ImportError as error:
        raise MissingExtraError("sklearn", "Diagnosing a .skops file") from error
    from datacheck.export.sklearn.exporter import TRUSTED

    must_not_burst(path)
    try:
        types = skops.io.get_untrusted_types(file=path)
        unknown = [each for each in types if each not in TRUSTED]
        if unknown and not trust:
            raise ArtefactError(
                f"{path.name} holds types that skops does not know, whose code loading would run",
                got=", ".join(unknown[:5]),
                expected="types of scikit-learn and numpy alone",
                todo="give --trust (trust=True) if you know where the file comes from",
            )
        loaded = skops.io.load(path, trusted=types)
    except ArtefactError:
        raise
    except Exception as error:
        raise ArtefactError(f"{path.name} is no skops file", got=str(error)[:300]) from error
    return _named(loaded, path)


def open_xgboost(path: Path, *, trust: bool) -> Model:  # noqa: ARG001
    """A booster in xgboost's own format, which is data."""
    xgboost = _imported("xgboost", path)
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
    except Exception as error:
        raise ArtefactError(f"{path.name} is no model of xgboost", got=str(error)[:300]) from error
    return _booster(booster, path.name)


def open_lightgbm(path: Path, *, trust: bool) -> Model:  # noqa: ARG001
    """A booster in LightGBM's own text, which is data."""
    lightgbm = _imported("lightgbm", path)
    with path.open("rb") as file:
        first = file.readline().strip()
    try:
        loaded = lightgbm.Booster(model_file=path) if first == b"tree" else None
    except Exception as error:
        raise ArtefactError(
            f"{path.name} is no whole model of LightGBM", got=said(error)
        ) from error
    if loaded is None:
        raise ArtefactError(
            f"{path.name} is no model",
            got="a text that does not begin with the line tree",
            expected="a model that save_model of LightGBM wrote",
        )
    return _named(loaded, path)


def open_catboost(path: Path, *, trust: bool) -> Model:  # noqa: ARG001
    """A model in CatBoost's own format, which is data."""
    catboost = _imported("catboost", path)
    model = catboost.CatBoost()
    try:
        model.load_model(path, format="json" if path.suffix == ".json" else "cbm")
    except Exception as error:
        raise ArtefactError(f"{path.name} is no model of CatBoost", got=said(error)) from error
    return _named(model, path)


def _booster(booster: Any, name: str = "Booster") -> Model:
    import xgboost

    names = booster.feature_names

    def predict(matrix: Any) -> Any:
        # A table brings its names along, and its categories.
        own = {} if hasattr(matrix, "columns") else {"feature_names": names}
        return booster.predict(xgboost.DMatrix(matrix, enable_categorical=True, **own))

    table = bool(names) and find_spec("pandas") is not None
    return FunctionModel(
        predict,
        name=name,
        width=booster.num_features(),
        columns=names,
        table=table,
        of=booster,
    )


def open_json(path: Path, *, trust: bool) -> Model | NodeModel:
    """A model of TensorFlow.js, of xgboost or of CatBoost: all are JSON."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        got = TOO_DEEP if isinstance(error, RecursionError) else briefly(str(error))
        raise ArtefactError(f"{path.name} is no JSON document", got=got) from error
    if is_tensorflowjs(document):
        return NodeModel(path)
    if isinstance(document, dict) and "learner" in document:
        return open_xgboost(path, trust=trust)
    if isinstance(document, dict) and "oblivious_trees" in document:
        return open_catboost(path, trust=trust)
    raise ArtefactError(
        f"{path.name} is no model",
        got="a JSON document without modelTopology, learner or oblivious_trees",
        expected="model.json of TensorFlow.js, or a model that xgboost or CatBoost saved",
    )


def open_torch(path: Path, *, trust: bool) -> Model:
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
            with _unlogged("torch.export"):
                module = torch.export.load(path).module()
        else:
            module = torch.load(path, weights_only=False)
    except Exception as error:
        raise ArtefactError(f"{path.name} does not load", got=first_line(error)[:300]) from error
    if not isinstance(module, torch.nn.Module):
        raise ArtefactError(
            f"{path.name} holds no module",
            got=type(module).__name__,
            expected="a module saved whole, or a program of torch.export",
            todo="make the model in Python, load_state_dict, and give it to dc.diagnose; or save "
            "the model itself, or export it to ONNX",
        )
    return TorchModel(module if path.suffix == ".pt2" else module.eval(), name=path.name)


def open_keras(path: Path, *, trust: bool) -> Model:
    """A ``.keras`` file in Keras' safe mode, which refuses code (a Lambda layer)."""
    keras = _imported("keras", path)
    if not is_zipfile(path):
        raise ArtefactError(
            f"{path.name} is no whole .keras file",
            expected="a zip archive, as model.save writes it",
            todo="save the model again: the file may be cut",
        )
    from datacheck.diagnosis.keras_model import keras_model

    must_not_burst(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=not trust)
    except Exception as error:
        raise ArtefactError(
            f"{path.name} does not load in Keras' safe mode"
            if not trust
            else f"{path.name} does not load",
            got=first_line(error)[:300],
            expected="layers of Keras alone: a Lambda layer, or one of your own, is code",
            todo="load it in Python, with custom_objects for layers of your own, and give it to "
            "dc.diagnose; or call it once and export it to ONNX there (model.export(path, "
            "format='onnx'), on PyTorch or with tf2onnx); or give --trust if you know where the "
            "file comes from",
        ) from error
    return keras_model(model, name=path.name)


def open_saved_model(path: Path, *, trust: bool) -> Model:
    """A folder of ``tf.saved_model.save`` or ``model.export``, whose graph may touch files."""
    if not trust:
        raise ArtefactError(
            f"{path.name} is a SavedModel, whose graph may read and write files when it runs",
            expected="a file that runs no code",
            todo="save the model as .keras, or give --trust (trust=True) if you know where the "
            "folder comes from",
        )
    from datacheck.diagnosis.signature import SignatureModel

    tensorflow = _imported("tensorflow", path)
    try:
        loaded = tensorflow.saved_model.load(path)
    except Exception as error:
        raise ArtefactError(f"{path.name} does not load", got=first_line(error)[:300]) from error
    return SignatureModel(loaded, name=path.name)


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    """Keep a logger still that would write the traceback of what is told as one error."""
    log = logging.getLogger(name)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _imported(name: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ArtefactError(
            f"{path.name} is a model of {name}, which is not installed",
            got=str(error),
            todo=f"pip install {name}",
        ) from error


def _named(model: Any, path: Path) -> Model:
    made = function_of(model)
    if made is None:
        raise ArtefactError(
            f"{path.name} holds nothing that predicts",
            got=type(model).__name__,
            expected="a fitted estimator",
        )
    made.name = made.runtime = path.name
    return made


#: What a model is called by: given one of these, its model is meant.
_CALLED = ("predict", "inplace_predict", "forward", "call", "__call__", "run")


def open_model(model: Any, *, trust: bool = False) -> Model | NodeModel:
    """A path, a framework's model or a callable as `diagnose` sees it."""
    if isinstance(model, str | Path):
        return _open_file(Path(model), trust=trust)

    if isinstance(model, type):
        raise ArtefactError(
            f"{model.__name__} is a class, and no model",
            expected="a fitted model",
            todo=f"make one, fit it and give that: {model.__name__}(...).fit(...)",
        )
    # A model shows more of itself than a method of it does.
    method = getattr(model, "__name__", "") in _CALLED
    owner = getattr(model, "__self__", model) if method else model
    made = _of_framework(owner) or function_of(model)
    if made is None:
        raise ArtefactError(
            "this is no model that can be diagnosed",
            got=type(model).__name__,
            expected="a path, an ONNX session or model, a torch or Keras model, or a callable",
            todo="give a function from a matrix [n, k] to an array with n rows",
        )
    return made


def _of_framework(model: Any) -> Model | None:
    if is_a(model, "onnx", "ModelProto") or is_a(model, "onnxruntime", "InferenceSession"):
        return _onnx(model, "ONNX model")
    # A Keras model on the torch backend is a module of torch as well.
    if is_a(model, "keras", "Model"):
        from datacheck.diagnosis.keras_model import keras_model

        return keras_model(model)
    exported = is_a(model, "torch", "ExportedProgram")
    if exported or is_a(model, "torch", "Module"):
        from datacheck.diagnosis.torch_model import TorchModel

        return TorchModel(model.module() if exported else model)
    loaded = is_a(model, "tensorflow", "AutoTrackable") and not callable(model)
    restored = is_a(model, "tensorflow", "RestoredFunction") and bool(model.concrete_functions)
    if loaded or restored or is_a(model, "tensorflow", "ConcreteFunction"):
        from datacheck.diagnosis.signature import SignatureModel

        return SignatureModel(model)
    return _booster(model) if is_a(model, "xgboost", "Booster") else None


def _onnx(model: Any, name: str) -> Model:
    from datacheck.diagnosis.onnx_model import OnnxModel

    return OnnxModel(model, name=name)


def _open_file(path: Path, *, trust: bool) -> Model | NodeModel:
    if not path.exists():
        raise SourceError(f"there is no model {path}", todo="check the path")
    opener = _BY_SUFFIX.get(path.suffix.lower())
    if (path / "saved_model.pb").exists():
        opener = open_saved_model
    if opener is None:
        raise ArtefactError(
            f"{path.name} is no model that can be opened",
            got="a folder" if path.is_dir() else f"a file that ends in {path.suffix!r}",
            expected=", ".join(sorted(_BY_SUFFIX)),
            todo="load it in Python and give it to dc.diagnose"
            + _LOADED_BY.get(path.suffix.lower(), ", or export it to ONNX"),
        )
    return opener(path, trust=trust)


def _onnx_file(path: Path, *, trust: bool) -> Model:  # noqa: ARG001
    return _onnx(str(path), path.name)


#: What is said of files that are code, or hold no more than weights.
_LOADED_BY = {
    ".h5": ": keras.models.load_model(path), or load_weights into the model; or save it as .keras",
    ".tflite": " as a function of its interpreter, which shows rows and columns; or give the "
    "SavedModel or .keras file that it was converted of",
    ".safetensors": ", once its weights are in the model: load_state_dict(load_file(path))",
    ".pkl": ": pickle.load runs what is in the file, so trust it first; .skops holds no code",
    ".joblib": ": joblib.load runs what is in the file, so trust it first; .skops holds no code",
}
_BY_SUFFIX: dict[str, Callable[..., Model | NodeModel]] = {
    ".onnx": _onnx_file,
    ".json": open_json,
    ".ubj": open_xgboost,
    ".txt": open_lightgbm,
    ".cbm": open_catboost,
    ".skops": open_skops,
    ".keras": open_keras,
    ".pt": open_torch,
    ".pth": open_torch,
    ".pt2": open_torch,
}
