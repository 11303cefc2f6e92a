"""scikit-learn: the transform as a fitted pipeline of its own estimators, saved with skops.

No estimator divides by a scale, so it gives the transform's own bits: `StandardScaler` takes the
center away, `MinMaxScaler` multiplies, and a last `MaxAbsScaler` by 1 refuses infinities.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import polars as pl
import skops.io
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler
from skops.io.exceptions import UntrustedTypesFoundException

from datacheck.errors import ArtefactError
from datacheck.export.matrix import vector_part
from datacheck.export.sklearn.columns import by_columns, rich
from datacheck.export.sklearn.entry import Step, entry, fills_together, scaled
from datacheck.export.sklearn.parts import called, fitted, zeros
from datacheck.files import whole_file
from datacheck.golden.compare import Mismatch, Refusal, document, prove, verified
from datacheck.golden.documents import read_golden, slim
from datacheck.golden.unreached import Unreached
from datacheck.ops import UNSCALED, Affine, Fill, Fitted, Program, first, knn_fills, numeric_outputs
from datacheck.text import briefly, shortened

#: What skops asks whether to trust: numpy's type of types, and its functions for infinities, for
#: text, for powers and for many missing values.
TRUSTED = ("numpy.dtype", "numpy.nan_to_num", "numpy.asarray", "numpy.cumsum", "numpy.diff")

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
        The transform. The columns that give a model numbers are the pipeline's input.
    path
        The file to write, by custom ``.skops``.
    force
        Overwrite what stands at `path`.
    columns
        The columns to export, where not all: one that prepares text and encodes none needs it.

    Raises
    ------
    ArtefactError
        If a column is filled from neighbours, is neither numeric nor encoded, or is encoded as
        scikit-learn cannot, or the golden rows are not reproduced.
    """
    kept = vector_part(fitted, columns)
    if filled := knn_fills(kept.programs):
        raise ArtefactError(
            "scikit-learn's KNNImputer cannot repeat a fill from neighbours: its distances cancel, "
            "and it breaks ties and falls back in its own ways",
            got="columns " + ", ".join(map(repr, filled)),
            todo="export to ONNX or JavaScript, or use datacheck.sklearn.Preparer",
        )
    if any(program.column == "" for program in kept.programs):
        raise ArtefactError(
            "scikit-learn's pipelines lose a column whose name is empty",
            expected="a name that is not empty",
            todo="rename it before fitting, or leave it out with columns=[...] (--columns A B C)",
        )
    made = pipeline(kept)
    golden = document(kept)
    setattr(made, GOLDEN, json.dumps(slim(golden), ensure_ascii=False))
    with whole_file(path, force=force) as beside:
        skops.io.dump(made, beside, compression=ZIP_DEFLATED)
        prove(golden, lambda rows: run(_load(beside), rows), "scikit-learn pipeline")


def verify(path: str | Path) -> list[Mismatch | Unreached]:
    """Replay the golden rows of a skops file in scikit-learn; `ArtefactError` if it has none."""
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
    "FeatureUnion",
    "FrozenEstimator",
    "FunctionTransformer",
    "MaxAbsScaler",
    "MinMaxScaler",
    "OneHotEncoder",
    "OrdinalEncoder",
    "Pipeline",
    "SimpleImputer",
    "StandardScaler",
}
_FUNCTIONS = (
    *(None, np.positive, np.negative, np.log1p, np.sqrt),
    *(np.nan_to_num, np.asarray, np.cumsum, np.diff),
)
_DEEPEST = 12


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
    lists = ("steps", "transformers_", "transformer_list")
    parts = [part for name in lists for part in state.get(name, ())]
    inner = [part[1] for part in parts if isinstance(part, tuple) and len(part) > 1]
    inner += [state["estimator"]] if kind.__name__ == "FrozenEstimator" else []
    if depth > _DEEPEST:
        return "pipelines within pipelines"
    found = (_strange(each, depth + 1) for each in inner if each not in ("passthrough", "drop"))
    return next((each for each in found if each is not None), None)


def _not_ours(path: str | Path, got: str) -> ArtefactError:
    return ArtefactError(
        f"{path} is no pipeline that `export` writes", got=got, todo="export the transform again"
    )


def run(made: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any] | Refusal]:
    """Send rows, None for missing, through the pipeline."""
    names = [str(name) for name in made.feature_names_in_]
    columns = {name: [row[name] for row in rows] for name in names}
    frame = pl.DataFrame(columns, schema={name: _dtype(columns[name]) for name in names})
    return _sent(made, frame, [str(name) for name in made.get_feature_names_out()])


def _sent(made: Any, frame: Any, gives: list[str]) -> list[dict[str, Any] | Refusal]:
    """Send a frame through the pipeline, which refuses whole batches."""
    try:
        with np.errstate(all="ignore"):  # what overflows or is infinite is refused
            out = made.transform(frame)
    except ValueError:
        if len(frame) == 1:
            return [Refusal()]
        # By halving: few rows are refused, and a wide pipeline takes its time.
        half = len(frame) // 2
        return [*_sent(made, frame[:half], gives), *_sent(made, frame[half:], gives)]
    return [dict(zip(gives, map(float, cells), strict=True)) for cells in out]


def _dtype(cells: list[Any]) -> Any:
    """The type of a column that holds text, booleans or numbers."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if str in kinds:
        return pl.String
    return pl.Boolean if kinds == {bool} else pl.Float64


def pipeline(fitted: Fitted) -> Any:
    """The fitted pipeline: by column where one needs it, and at last all that leaves as a matrix.

    Every estimator is fitted on a row of zeros, as its own version fits it, and given its numbers
    then. The first one knows the columns' names, so it refuses a frame with others. Its steps are
    frozen: to fit the pipeline with a model behind it leaves them as they are.
    """
    if any(map(rich, fitted.programs)):
        steps = by_columns(fitted.programs, _together)
    else:
        steps = _matrix(fitted.programs, zeros(fitted.programs))
    width = sum(len(numeric_outputs(program)) for program in fitted.programs)
    sample = np.zeros((1, width)) if steps else zeros(fitted.programs)
    steps += _named(_leave(fitted.output), sample, np.zeros((1, width)))
    return Pipeline([(name, FrozenEstimator(step)) for name, step in steps])


def _together(programs: Sequence[Program]) -> Any:
    """A pipeline of columns that stay together."""
    read = called(np.asarray, zeros(programs), dtype="float64")
    return Pipeline([("read", read), *_matrix(programs, np.zeros((1, len(programs))))])


def _matrix(programs: Sequence[Program], sample: Any) -> list[tuple[str, Any]]:
    """Entry by column where one needs it, then all columns as a matrix."""
    steps = entry(programs, sample)
    affines = [first(program.ops, Affine) for program in programs]
    rest = _fill(programs)
    rest += scaled([op or UNSCALED for op in affines]) if any(affines) else []
    plain = np.zeros((1, len(programs)))
    return [*steps, *_named(rest, plain if steps else sample, plain)]


def _named(steps: Sequence[Step], *samples: Any) -> list[tuple[str, Any]]:
    """Fit estimators, the first on the first sample, the others on the last; name them."""
    made = []
    for at, (estimator, learned) in enumerate(steps):
        sample = samples[min(at, len(samples) - 1)]
        made.append((_STEPS[type(estimator).__name__], fitted(estimator, learned, sample)))
    return made


#: What the pipeline calls its steps.
_STEPS = {
    "SimpleImputer": "fill",
    "StandardScaler": "center",
    "MinMaxScaler": "scale",
    "FunctionTransformer": "float32",
    "MaxAbsScaler": "refuse_infinite",
}


def _fill(programs: Sequence[Program]) -> list[Step]:
    if not fills_together(programs):
        return []
    fills = [float(op.value) for p in programs for op in p.ops if isinstance(op, Fill)]
    # Of a mean, for that takes whole numbers as well, and makes them doubles.
    imputer = SimpleImputer(strategy="mean", keep_empty_features=True)
    return [(imputer, {"statistics_": np.array(fills)})]


def _leave(output: str) -> list[Step]:
    """Round to float32 where that is wanted, and refuse what is infinite then."""
    last: list[Step] = []
    if output == "float32":
        rounds = {"dtype": "float32", "casting": "same_kind"}
        cast = FunctionTransformer(np.positive, kw_args=rounds, feature_names_out="one-to-one")
        last.append((cast, {}))
    # Fitted on zeros, its scale is 1.
    return [*last, (MaxAbsScaler(), {})]


def _load(path: str | Path) -> Any:
    _check_zip(path)
    try:
        return skops.io.load(path, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise ArtefactError(
            f"{path} holds types that no export of datacheck writes",
            got=shortened(str(error), 500),
            todo="verify the file that `export` wrote",
        ) from error
    except Exception as error:  # a broken file fails wherever skops trusts it
        raise _no_skops(path, shortened(str(error), 500)) from error


#: Bytes that the members of a file may unfold to, all of them.
LARGEST = 2**28


def _check_zip(path: str | Path) -> None:
    """Refuse a zip that is torn, or unfolds to more than an export holds, before it is read."""
    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            torn = archive.testzip() if size <= LARGEST else None
    except (OSError, ValueError, RuntimeError, zlib.error, BadZipFile) as error:
        raise _no_skops(path, str(error)) from error
    if size > LARGEST:
        raise _no_skops(path, f"a zip that unfolds to {size:,} bytes")
    if torn is not None:  # of an array, numpy reads no further than its numbers
        raise _no_skops(path, f"{torn}, which is torn")


def _no_skops(path: str | Path, got: str) -> ArtefactError:
    return ArtefactError(
        f"{path} is not a skops file", got=briefly(got), todo="give the path of a .skops file"
    )
