"""The scikit-learn export: its own estimators alone, the same bits, and no datacheck to load it."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from datacheck.errors import ArtefactError, SourceError
from datacheck.export.sklearn import exporter
from datacheck.golden.documents import encode
from datacheck.ops import (
    LARGEST,
    Affine,
    Cast,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Op,
    Program,
)
from tests.support.cells import cell

if TYPE_CHECKING:
    from pathlib import Path

NAN = math.nan


def program(column: str, *ops: Op) -> Program:
    return Program(column, "number", "Float64", (*ops, Cast("float64")))


PROGRAMS = (
    program("plain", Missing(), Fill(0.25), Affine(0.1, 1 / 3, 3.0)),
    program(
        "dotted.name", Missing((-999.0, 0.0)), Clip(-2.0, 3.0, None, 3.0), Affine(1.0, 0.7, 1 / 0.7)
    ),
    program("infinite", Missing((), "keep"), Clip(-LARGEST, LARGEST, -9.0, 9.0), Fill(0.5)),
)
ROWS: list[dict[str, Any]] = [
    {"plain": None, "dotted.name": -999.0, "infinite": math.inf},
    {"plain": 0.3, "dotted.name": -0.0, "infinite": -math.inf},
    {"plain": 1e300, "dotted.name": -2.0000001, "infinite": NAN},
    {"plain": -0.0, "dotted.name": 3.5, "infinite": 1e308},
    {"plain": 5e-324, "dotted.name": None, "infinite": 7.0},
]


def transform(*programs: Program, rows: list[dict[str, Any]]) -> Fitted:
    whole = Fitted(programs, "float64", None, (), (), "tests")
    golden = [
        {
            "row": {name: encode(value) for name, value in row.items()},
            "out": {p.column: encode(cell(p, row[p.column], row, whole)) for p in programs},
        }
        for row in rows
    ]
    return whole._replace(golden=tuple(golden))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    exporter.write(transform(*PROGRAMS, rows=ROWS), tmp_path / "t.skops")
    return tmp_path / "t.skops"


def test_it_loads_without_datacheck(path: Path) -> None:
    code = """
import sys
sys.modules["datacheck"] = None
import warnings
import numpy as np, skops.io
warnings.simplefilter("ignore")  # an array has no names to check
path = sys.argv[1]
print(skops.io.get_untrusted_types(file=path))
made = skops.io.load(path, trusted=["numpy.asarray", "numpy.dtype", "numpy.nan_to_num"])
print(made.transform(np.array([[np.nan, 1.0, np.inf]])).tolist())
print({type(step).__module__.partition(".")[0] for _, step in made.steps})
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    untrusted, out, modules = done.stdout.splitlines()
    assert untrusted == "['numpy.asarray', 'numpy.dtype', 'numpy.nan_to_num']"
    assert out == "[[0.049999999999999996, 0.0, 9.0]]"
    assert modules == "{'sklearn'}"


def test_frames_and_arrays_give_the_same_bits(path: Path) -> None:
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    frame = pl.DataFrame(ROWS)
    from_polars = made.transform(frame)
    from_pandas = made.transform(frame.to_pandas())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        from_array = made.transform(frame.to_numpy())
    assert from_polars.tobytes() == from_pandas.tobytes() == from_array.tobytes()
    expected = [[cell(p, row[p.column], row, transform(rows=[])) for p in PROGRAMS] for row in ROWS]
    assert from_polars.tobytes() == np.array(expected, dtype=np.float64).tobytes()


def test_it_keeps_names_and_refuses_others(path: Path) -> None:
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    names = [p.column for p in PROGRAMS]
    assert list(made.feature_names_in_) == names
    assert list(made.get_feature_names_out()) == names
    with pytest.raises(ValueError, match="missing"):
        made.transform(pd.DataFrame(ROWS)[names[:2]])
    # Columns in another order are found by name, or refused where no step goes by column.
    frame = pd.DataFrame(ROWS)
    assert made.transform(frame[names[::-1]]).tobytes() == made.transform(frame).tobytes()
    both = transform(PROGRAMS[0], PROGRAMS[0]._replace(column="b"), rows=[{"plain": 1.0, "b": 2.0}])
    exporter.write(both, path, force=True)
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    with pytest.raises(ValueError, match="feature names"):
        made.transform(pd.DataFrame({"b": [1.0], "plain": [2.0]}))


def test_it_stands_in_front_of_a_model(path: Path) -> None:
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    rows = pd.DataFrame([ROWS[3] | {"infinite": 7.0}] * 3)
    model = make_pipeline(made, LinearRegression()).fit(rows, [1.0, 1.0, 1.0])
    assert model.predict(rows).tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_infinities_are_refused_before_and_after_scaling(path: Path) -> None:
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    for column, value in (("plain", math.inf), ("dotted.name", -math.inf)):
        with pytest.raises(ValueError, match="infinity"):
            made.transform(pd.DataFrame([ROWS[3] | {column: value}]))
    overflowing = program("a", Missing(), Affine(0.0, 1e10, 1e-10))
    exporter.write(transform(overflowing, rows=[{"a": 1.0}]), path, force=True)
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="infinity"):
        made.transform(pd.DataFrame({"a": [1e300]}))


def test_verify_names_the_cells_that_changed(path: Path) -> None:
    assert exporter.verify(path) == []
    made = skops.io.load(path, trusted=list(exporter.TRUSTED))
    made.named_steps["center"].mean_[0] = 0.2
    skops.io.dump(made, path)
    assert {(m.row % len(ROWS), m.column) for m in exporter.verify(path)} == {
        (row, "plain") for row in (0, 1, 3, 4)
    }


def test_verify_refuses_other_files(tmp_path: Path) -> None:
    skops.io.dump(LinearRegression(), tmp_path / "other.skops")
    with pytest.raises(ArtefactError, match="carries no golden rows"):
        exporter.verify(tmp_path / "other.skops")
    skops.io.dump({"code": subprocess.Popen}, tmp_path / "code.skops")
    with pytest.raises(ArtefactError, match=r"types that no export of datacheck writes\n.*Popen"):
        exporter.verify(tmp_path / "code.skops")
    (tmp_path / "broken.skops").write_bytes(b"not a zip")
    with pytest.raises(ArtefactError, match="not a skops file"):
        exporter.verify(tmp_path / "broken.skops")


def test_what_scikit_learn_cannot_repeat_is_refused(tmp_path: Path) -> None:
    donors = Donors(("a",), (0.0,), (1.0,), 1, "uniform", np.array([[1.0]]))
    neighbours = transform(program("a", Missing(), Fill(1.0)), rows=[])._replace(
        programs=(program("a", Missing(), KnnFill(1.0)),), donors=donors
    )
    with pytest.raises(ArtefactError, match=r"KNNImputer(.|\n)*'a'(.|\n)*Preparer"):
        exporter.write(neighbours, tmp_path / "t.skops")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_stands(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(SourceError, match="exists already"):
        exporter.write(transform(*PROGRAMS, rows=ROWS), path)
    wrong = transform(*PROGRAMS, rows=ROWS)
    wrong.golden[0]["out"]["plain"] = 3.0  # type: ignore[index]
    with pytest.raises(ArtefactError, match=r"row 0, column 'plain': expected 3\.0"):
        exporter.write(wrong, path, force=True)
    assert path.read_bytes() == before


def test_a_column_whose_name_is_empty_is_refused_by_its_name(tmp_path: Path) -> None:
    fitted = transform(program("", Missing(), Fill(0.0)), rows=[{"": 1.0}])
    with pytest.raises(ArtefactError, match="whose name is empty"):
        exporter.write(fitted, tmp_path / "t.skops")


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint16", "bool", "float64"])
@pytest.mark.parametrize(
    "entry",
    [
        (Missing(),),
        (Missing((7.0,)),),
        (Missing((7.0, 3.0)), Clip(1.0, 60.0, None, 60.0)),
        (Missing((), "missing"),),
        (Missing((), "keep"), Clip(-LARGEST, LARGEST, -9.0, 9.0)),
    ],
)
def test_a_frame_of_whole_numbers_is_taken_as_doubles_are(
    entry: tuple[Op, ...], dtype: str, tmp_path: Path
) -> None:
    programs = tuple(program(name, *entry, Fill(0.25), Affine(0.1, 1 / 3, 3.0)) for name in "ab")
    given = pd.DataFrame({"a": [1, 7, 3, 100, 0], "b": [0, 3, 7, 5, 9]}).astype(dtype)
    rows = given.astype("float64").to_dict("records")
    whole = transform(*programs, rows=rows)
    exporter.write(whole, tmp_path / "t.skops")
    made = skops.io.load(tmp_path / "t.skops", trusted=list(exporter.TRUSTED))
    expected = [[cell(p, row[p.column], row, whole) for p in programs] for row in rows]
    for frame in (given, pl.from_pandas(given)):
        assert np.asarray(made.transform(frame)).tolist() == expected
