"""Fitted estimators in files that run no code: skops for scikit-learn, xgboost's own formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.diagnosis.functions import FunctionModel, function_of
from datacheck.errors import ArtefactError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

    from datacheck.diagnosis.model import Model


def open_skops(path: Path, trust: bool) -> Model:  # noqa: FBT001
    """A scikit-learn estimator; types that skops does not know need the user's word."""
    try:
        import skops.io
    except ImportError as error:
        raise MissingExtraError("sklearn", "Diagnosing a .skops file") from error
    try:
        unknown = skops.io.get_untrusted_types(file=path)
        if unknown and not trust:
            raise ArtefactError(
                f"{path.name} holds types that skops does not know, whose code loading would run",
                got=", ".join(unknown[:5]),
                expected="types of scikit-learn and numpy alone",
                todo="give --trust (trust=True) if you know where the file comes from",
            )
        loaded = skops.io.load(path, trusted=unknown)
    except ArtefactError:
        raise
    except Exception as error:
        raise ArtefactError(f"{path.name} is no skops file", got=str(error)[:300]) from error
    return _named(loaded, path)


def open_xgboost(path: Path) -> Model:
    """A booster in xgboost's own format, which is data."""
    try:
        import xgboost
    except ImportError as error:
        raise ArtefactError(
            f"{path.name} is a model of xgboost, which is not installed",
            todo="pip install xgboost",
        ) from error
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
    except Exception as error:
        raise ArtefactError(f"{path.name} is no model of xgboost", got=str(error)[:300]) from error

    def predict(matrix: Any) -> Any:
        names = booster.feature_names
        return booster.predict(xgboost.DMatrix(matrix, feature_names=names))

    return FunctionModel(predict, name=path.name, width=booster.num_features())


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
