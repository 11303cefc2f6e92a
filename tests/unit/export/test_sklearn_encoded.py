"""scikit-learn's own encoders as the export gives them their numbers: the cells of the matrix."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import datacheck as dc
from datacheck.errors import ArtefactError, DataError
from datacheck.export.sklearn.exporter import TRUSTED
from datacheck.ops import Encode, Fitted, Missing, Program
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["a", "b", "B", "", " ", "it's", '"q"', "l\n", "\U0001f427", "__proto__", "nan", "1"]
UNSEEN = ["None", "missing", "infrequent_sklearn", "x_a", "A", "b "]


def fitted(table: pl.DataFrame, **columns: dict[str, Any]) -> dc.Transform:
    declared = tuple(
        Column(name=name, nullable=True, prepare=read_prepare(options, name))
        for name, options in columns.items()
    )
    return dc.fit(table, Schema(name="S", columns=declared))


def loaded(transform: dc.Transform, path: Path) -> Any:
    transform.export("sklearn", path, force=True)
    made = skops.io.load(path, trusted=list(TRUSTED))
    assert list(made.get_feature_names_out()) == list(transform.feature_names_out)
    return made


def agree(made: Any, transform: dc.Transform, table: pl.DataFrame) -> None:
    """Row by row the same cells, or both refuse it; as polars, pandas and pandas' objects."""
    passing = []
    for row in table.iter_slices(1):
        try:
            transform.matrix(row)
        except DataError:
            with pytest.raises(ValueError, match=r"unknown categories|NaN|infinity"):
                made.transform(row)
            continue
        passing.append(row)
    if passing:
        whole = pl.concat(passing)
        expected = transform.matrix(whole)
        for frame in (whole, whole.to_pandas(), whole.to_pandas().astype(object)):
            out = made.transform(frame)
            assert out.dtype == expected.dtype
            assert np.array_equal(out, expected, equal_nan=True)


ENCODINGS = [
    {"encode": encode, "unknown": unknown, **more}
    for encode, unknown, more in product(
        ["one_hot", "ordinal"],
        ["error", "zeros", "infrequent"],
        [
            {},
            {"indicator": True},
            {"impute": "most_frequent"},
            {"min_frequency": 2},
            {"max_categories": 3, "missing_values": ["nan", "1"]},
        ],
    )
]
ENCODINGS += [
    {"encode": "one_hot", "drop": "first", "unknown": "zeros"},
    {"encode": "one_hot", "drop": "first", "min_frequency": 2, "indicator": True},
    {"encode": "one_hot", "drop": "if_binary", "impute": "constant", "fill_value": "new"},
    {"encode": "one_hot", "spellings": {"b": ["B", "b "]}, "indicator": True},
    {"encode": "ordinal", "spellings": {"B": ["b", "nan"]}, "impute": "most_frequent"},
]


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
def test_text_is_encoded_as_the_transform_encodes_it(
    options: dict[str, Any], tmp_path: Path
) -> None:
    cells = [*WORDS, *WORDS[:6], *WORDS[:3], None, None]
    transform = fitted(pl.DataFrame({"x": cells}), x=options)
    made = loaded(transform, tmp_path / "t.skops")
    agree(made, transform, pl.DataFrame({"x": [*WORDS, *UNSEEN, None]}))


@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
@pytest.mark.parametrize("more", [{}, {"indicator": True}, {"impute": "most_frequent"}], ids=str)
def test_whole_numbers_and_booleans_are_encoded_too(
    encode: str, more: dict[str, Any], tmp_path: Path
) -> None:
    table = pl.DataFrame({"k": [3, 1, 1, 7, -9, None], "b": [True, False, None, True, True, False]})
    own = {"missing_values": [-9], "unknown": "zeros"}
    transform = fitted(table, k={"encode": encode, **own, **more}, b={"encode": encode, **more})
    made = loaded(transform, tmp_path / "t.skops")
    served = pl.DataFrame(
        {"k": [1, 7, 3, 2, -9, None, 1], "b": [True, False, True, False, True, False, None]}
    )
    agree(made, transform, served)


def test_powers_indicators_and_plain_columns_stand_where_they_stood(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = [*rng.lognormal(2, 1, 40).tolist(), None, None]
    names = ("plain", "root", "log", "signed", "word", "last")
    table = pl.DataFrame(dict.fromkeys(names, x) | {"word": ["a", "b"] * 21})
    scaled = {"impute": "median", "scale": "zscore"}
    transform = fitted(
        table,
        plain=scaled | {"missing_values": [-999]},
        root=scaled | {"power": "sqrt", "indicator": True},
        log={"power": "log1p", "scale": "minmax", "feature_range": [-1, 1]},
        signed=scaled | {"power": "signed_log1p", "indicator": True},
        word={"encode": "one_hot"},
        last=scaled,
    )
    made = loaded(transform, tmp_path / "t.skops")
    served = pl.DataFrame({name: [1.0, 4.0, None, 0.0, -0.0, 9.0] for name in names})
    served = served.with_columns(word=pl.lit("a"), signed=pl.Series([-5.0, 0.0, None, -0.0, 1, 2]))
    for frame in (served, served.to_pandas(), served.to_pandas().astype(object)):
        out = made.transform(frame)
        assert np.allclose(out, transform.matrix(served), rtol=0, atol=1e-12, equal_nan=True)
    for column, value in (("root", -1e-300), ("log", -1.0), ("log", -2.0), ("last", np.inf)):
        row = served[:1].with_columns(pl.lit(value).alias(column))
        with pytest.raises(DataError):
            transform.apply(row)
        with pytest.raises(ValueError, match="infinity"):
            made.transform(row)
    # A model that is fitted behind it leaves it as it is.
    model = make_pipeline(made, LogisticRegression()).fit(table.drop_nulls(), [0, 1] * 20)
    assert model[:-1].transform(served).tobytes() == made.transform(served).tobytes()


@pytest.mark.parametrize("seed", range(2))
def test_many_columns_share_their_encoders_wherever_they_stand(seed: int, tmp_path: Path) -> None:
    """Of each kind several, of other categories and fills, in any order among numbers."""
    draw = np.random.default_rng(seed)
    kinds = [({}, "number"), *(({**options}, "text") for options in ENCODINGS)]
    kinds += [({"encode": "one_hot"}, "number"), ({"encode": "ordinal"}, "flag")]
    names = [*"abcdef", "a b", 'q"', "__proto__", "x.y", "len", "\u00e9", "0", "g", "h", "i"]
    cells: dict[str, Any] = {}
    columns: dict[str, dict[str, Any]] = {}
    for name in draw.permutation(names).tolist():
        options, kind = kinds[int(draw.integers(len(kinds)))]
        known: list[Any] = list(range(5)) if kind == "number" else [True, False]
        if kind == "text":
            known = [each + name for each in draw.permutation(WORDS).tolist()[:5]]
        holes = options.get("impute") is not None or options.get("encode") is None
        known = [*known, None] if holes else known
        cells[name] = (known + draw.permutation(known * 40).tolist())[:46]
        columns[name] = options or {"impute": "median", "scale": "robust"}
    table = pl.DataFrame(cells, strict=False)
    transform = fitted(table, **columns)
    made = loaded(transform, tmp_path / "m.skops")
    agree(made, transform, table)
    assert dc.verify(tmp_path / "m.skops").ok


def test_it_loads_without_datacheck(tmp_path: Path) -> None:
    table = pl.DataFrame({"c": ["red", "blue", None, "red"], "n": [1.0, None, 3.0, 4.0]})
    transform = fitted(
        table,
        c={"encode": "one_hot", "unknown": "zeros"},
        n={"impute": "mean", "indicator": True, "scale": "zscore"},
    )
    transform.export("sklearn", tmp_path / "t.skops")
    code = """
import sys
sys.modules["datacheck"] = None
import pandas as pd, skops.io
untrusted = skops.io.get_untrusted_types(file=sys.argv[1])
made = skops.io.load(sys.argv[1], trusted=untrusted)
frame = pd.DataFrame({"n": [None, 4.0], "c": ["red", "green"]})
made = pd.DataFrame(made.transform(frame), columns=made.get_feature_names_out())
print(made.round(3).to_dict("list"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.skops")],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = transform.apply(pl.DataFrame({"c": ["red", "green"], "n": [None, 4.0]}))
    rounded = expected.with_columns(pl.all().cast(pl.Float64).round(3)).to_dict(as_series=False)
    assert done.stdout.strip() == repr(rounded)


def test_an_encoding_that_no_encoder_of_its_own_gives_is_declined(tmp_path: Path) -> None:
    encode = Encode(("a", "b"), (0, 1), -1, None)
    program = Program("x", "text", "String", (Missing(), encode))
    golden = ({"row": {"x": "a"}, "out": {"x": 0.0}},)
    whole = Fitted((program,), "float64", None, golden, (), "tests")
    with pytest.raises(ArtefactError, match=r"'x' is encoded(.|\n)*missing cells refused"):
        dc.Transform(whole).export("sklearn", tmp_path / "t.skops")


@pytest.mark.parametrize("more", [{}, {"k": {"encode": "one_hot", "unknown": "zeros"}}])
def test_a_target_is_not_asked_for_and_what_may_be_absent_is_given_as_nan(
    more: dict[str, Any], tmp_path: Path
) -> None:
    table = pl.DataFrame(
        {"a": [1.0, 2.0, 4.0] * 9, "b": [3.0, None, 5.0] * 9, "k": list("xyz") * 9}
    )
    table = table.with_columns(y=pl.col("a") * 2)
    options = {"a": {"scale": "zscore"}, "b": {"impute": "mean"}, "y": {"role": "target"}, **more}
    columns = tuple(
        Column(name=n, nullable=True, required=n in "ay", prepare=read_prepare(o, n))
        for n, o in options.items()
    )
    transform = dc.fit(table, Schema(name="S", columns=columns))
    made = loaded(transform, tmp_path / "t.skops")
    assert "y" not in made.feature_names_in_
    served = table.select("k", "y", "a").to_pandas().reindex(columns=made.feature_names_in_)
    wanted = table.select(["k"] * bool(more) + ["a"])
    assert np.array_equal(made.transform(served), transform.matrix(wanted))
    alone = pl.DataFrame({"a": [2.0, 4.0]})
    served = alone.to_pandas().reindex(columns=made.feature_names_in_)
    assert np.array_equal(made.transform(served), transform.matrix(alone))


@pytest.mark.parametrize("more", [{"indicator": True}, {}])
def test_an_encoding_that_gives_no_cell(tmp_path: Path, more: dict[str, Any]) -> None:
    table = pl.DataFrame({"x": ["a", "a", None], "y": ["b", "c", "b"]})
    hot = {"encode": "one_hot", "drop": "first", "unknown": "zeros", "impute": "most_frequent"}
    transform = fitted(table, x=hot | more, y={"encode": "one_hot", "unknown": "zeros"})
    try:
        made = loaded(transform, tmp_path / "m.skops")
    except ArtefactError as error:
        assert "holds numeric columns alone" in str(error)  # noqa: PT017 - or it works
        return
    agree(made, transform, table)
