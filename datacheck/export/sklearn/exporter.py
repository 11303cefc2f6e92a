"""scikit-learn: the transform as a fitted pipeline of its own estimators, saved with skops.

Whoever loads it needs neither datacheck nor trust in a pickle. No estimator divides by a scale, so
the pipeline gives the transform's own bits: `StandardScaler` takes the center away, `MinMaxScaler`
multiplies, and the last step, a `MaxAbsScaler` by 1, is there to refuse infinities.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from datacheck.errors import ArtefactError, MissingExtraError
from datacheck.export.able import refuse
from datacheck.export.matrix import numeric_part
from datacheck.export.sklearn.entry import entry, factor, fills_together
from datacheck.files import whole_file
from datacheck.golden.compare import Refusal, document, prove, verified
from datacheck.golden.documents import read_golden
from datacheck.ops import Affine, Encode, Fill, Indicator, KnnFill, OneHot, Power, Replace
from datacheck.text import briefly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from datacheck.golden.compare import Mismatch
    from datacheck.ops import Fitted, Program

#: What skops asks whether to trust: numpy's type of types, and its function for infinities.
TRUSTED = ("numpy.dtype", "numpy.nan_to_num")

#: The attribute of the pipeline that holds the golden rows.
GOLDEN = "datacheck_golden_"


def write(
    fitted: Fitted,
    path: str | Path,
    *,
    force: bool = False,
    columns: Sequence[str] | None = None,
) -> None:
    """Write a transform as a scikit-learn pipeline, proven on its golden rows.

    Parameters
    ----------
    fitted
        The transform. Its numeric columns, in their order, are the pipeline's features.
    path
        The file to write, by custom ``.skops``.
    force
        Overwrite what stands at `path`.
    columns
        The columns to export, where not all: a transform that prepares text needs it.

    Raises
    ------
    ArtefactError
        If a column is filled from neighbours or is not numeric, or the golden rows are not
        reproduced.
    """
    _require_sklearn()
    import skops.io

    kept = numeric_part(fitted, columns)
    refuse(kept, (Replace, Indicator, Power, Encode, OneHot), "scikit-learn")
    filled = [p.column for p in kept.programs if any(isinstance(op, KnnFill) for op in p.ops)]
    if filled:
        raise ArtefactError(
            "scikit-learn's KNNImputer cannot repeat a fill from neighbours: its distances cancel, "
            "and it breaks ties and falls back in its own ways",
            got="columns " + ", ".join(map(repr, filled)),
            todo="export to ONNX or JavaScript, or use datacheck.sklearn.Preparer",
        )
    made = pipeline(kept)
    golden = document(kept)
    setattr(made, GOLDEN, json.dumps(golden, ensure_ascii=False))
    with whole_file(path, force=force) as beside:
        skops.io.dump(made, beside)
        prove(golden, lambda rows: run(_load(beside), rows), "scikit-learn pipeline")


def verify(path: str | Path) -> list[Mismatch]:
    """Replay the golden rows that a skops file carries, in scikit-learn.

    Raises
    ------
    ArtefactError
        If the file is none, holds types that no export writes, or carries no golden rows.
    """
    _require_sklearn()
    made = _load(path)
    text = getattr(made, GOLDEN, "null")
    golden = read_golden(text if isinstance(text, str) else "null", str(path))
    if (strange := _strange(made)) is not None:
        raise _not_ours(path, strange)
    try:
        return verified(golden, lambda rows: run(made, rows))
    except (TypeError, AttributeError, LookupError, OverflowError, MemoryError) as error:
        raise _not_ours(path, f"{type(error).__name__}: {briefly(str(error))}") from error


#: The estimators that a pipeline is made of, and the functions that it calls.
_ESTIMATORS = {
    "ColumnTransformer",
    "FunctionTransformer",
    "MaxAbsScaler",
    "MinMaxScaler",
    "Pipeline",
    "SimpleImputer",
    "StandardScaler",
}
_FUNCTIONS = (None, np.positive, np.nan_to_num)
_DEEPEST = 4


def _strange(made: Any, depth: int = 0) -> str | None:
    """What of a pipeline no export writes: another estimator, or another function in one."""
    kind = type(made)
    if kind.__name__ not in _ESTIMATORS or not kind.__module__.startswith("sklearn."):
        return f"a {kind.__module__}.{kind.__name__}"
    if kind.__name__ == "FunctionTransformer" and not any(
        made.__dict__.get("func") is each for each in _FUNCTIONS
    ):
        return f"the function {briefly(made.__dict__.get('func'))}"
    state = made.__dict__
    parts = [*state.get("steps", ()), *state.get("transformers_", ())]
    inner = [part[1] for part in parts if isinstance(part, tuple) and len(part) > 1]
    if depth > _DEEPEST:
        return "pipelines within pipelines"
    found = (_strange(each, depth + 1) for each in inner if each != "passthrough")
    return next((each for each in found if each is not None), None)


def _not_ours(path: str | Path, got: str) -> ArtefactError:
    return ArtefactError(
        f"{path} is no pipeline that `export` writes", got=got, todo="export the transform again"
    )


def run(made: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any] | Refusal]:
    """Send rows of doubles, None for missing, through the pipeline; it refuses whole batches."""
    import polars as pl

    names = [str(name) for name in made.feature_names_in_]
    frame = pl.DataFrame(
        {name: [row[name] for row in rows] for name in names},
        schema=dict.fromkeys(names, pl.Float64),
    )
    try:
        with np.errstate(all="ignore"):  # what overflows or is infinite is refused
            out = made.transform(frame)
    except ValueError:
        if len(rows) == 1:
            return [Refusal()]
        return [outcome for row in rows for outcome in run(made, [row])]
    return [dict(zip(names, map(float, cells), strict=True)) for cells in out]


def pipeline(fitted: Fitted) -> Any:
    """The fitted pipeline: entry by column where one needs it, then all columns as a matrix.

    Every estimator is fitted on a row of zeros, as its own version fits it, and given its numbers
    then. The first one knows the columns' names, so it refuses a frame with others.
    """
    import polars as pl
    from sklearn.pipeline import Pipeline

    names = [program.column for program in fitted.programs]
    frame = pl.DataFrame(np.zeros((1, len(names))), schema=names, orient="row")
    steps = entry(fitted.programs, frame)
    rest = [*_fill(fitted.programs), *_affine(fitted.programs), *_leave(fitted.output)]
    for estimator, learned in rest:
        estimator.fit(frame.to_numpy() if steps else frame)
        for name, value in learned.items():
            setattr(estimator, name, value)
        steps.append((_STEPS[type(estimator).__name__], estimator))
    return Pipeline(steps)


#: What the pipeline calls its steps.
_STEPS = {
    "SimpleImputer": "fill",
    "StandardScaler": "center",
    "MinMaxScaler": "scale",
    "FunctionTransformer": "float32",
    "MaxAbsScaler": "refuse_infinite",
}


def _fill(programs: Sequence[Program]) -> list[tuple[Any, dict[str, Any]]]:
    from sklearn.impute import SimpleImputer

    if not fills_together(programs):
        return []
    fills = [float(op.value) for p in programs for op in p.ops if isinstance(op, Fill)]
    imputer = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    return [(imputer, {"statistics_": np.array(fills)})]


def _affine(programs: Sequence[Program]) -> list[tuple[Any, dict[str, Any]]]:
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    found = [next((op for op in p.ops if isinstance(op, Affine)), None) for p in programs]
    if not any(found):
        return []
    ops = [op or Affine(0.0, 1.0, 1.0) for op in found]
    center = np.array([op.center for op in ops])
    inverse = np.array([op.inverse_scale for op in ops])
    return [
        (StandardScaler(with_std=False), {"mean_": center}),
        (MinMaxScaler(), factor(inverse)),
    ]


def _leave(output: str) -> list[tuple[Any, dict[str, Any]]]:
    """Round to float32 where that is wanted, and refuse what is infinite then."""
    from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler

    last: list[tuple[Any, dict[str, Any]]] = []
    if output == "float32":
        rounds = {"dtype": "float32", "casting": "same_kind"}
        cast = FunctionTransformer(np.positive, kw_args=rounds, feature_names_out="one-to-one")
        last.append((cast, {}))
    # Fitted on zeros, its scale is 1.
    return [*last, (MaxAbsScaler(), {})]


def _load(path: str | Path) -> Any:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    _check_size(path)
    try:
        return skops.io.load(path, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise ArtefactError(
            f"{path} holds types that no export of datacheck writes",
            got=str(error),
            todo="verify the file that `export` wrote",
        ) from error
    except Exception as error:  # a broken file fails wherever skops trusts it
        raise _no_skops(path, str(error)) from error


#: Bytes that the members of a file may unfold to, all of them.
LARGEST = 2**28


def _check_size(path: str | Path) -> None:
    """Refuse a zip that unfolds to more than an export holds, before it is unfolded."""
    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (OSError, ValueError, NotImplementedError, BadZipFile) as error:
        raise _no_skops(path, str(error)) from error
    if size > LARGEST:
        raise _no_skops(path, f"a zip that unfolds to {size:,} bytes")


def _no_skops(path: str | Path, got: str) -> ArtefactError:
    return ArtefactError(
        f"{path} is not a skops file", got=briefly(got), todo="give the path of a .skops file"
    )


def _require_sklearn() -> None:
    if find_spec("sklearn") is None or find_spec("skops") is None:
        raise MissingExtraError("sklearn", "Exporting to scikit-learn and verifying it")
