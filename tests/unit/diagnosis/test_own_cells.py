"""An estimator that was fitted on a frame is fed the user's own cells, with their dtypes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import datacheck as dc

GRADES = pd.CategoricalDtype(["z", "y", "x", "w"], ordered=True)


def table(rows: int = 40) -> pd.DataFrame:
    made = np.arange(rows)
    frame = pd.DataFrame(
        {
            "grade": pd.Series(np.resize(["x", "y", "z"], rows), dtype=GRADES),
            "size": pd.Categorical(np.resize([30, 10, 20], rows)),
            "whole": made.astype(np.int32),
            "long": made + 2**60,
            "single": made.astype(np.float32) / 3,
            "flag": made % 2 == 0,
            "maybe": pd.array(np.resize([1, 2], rows), dtype="Int64"),
            "text": np.resize(["a", "b"], rows).astype(object),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(made, unit="D"),
            "price": [Decimal(int(n)) / 4 for n in made],
            "mass": made / 7,
        }
    )
    frame.loc[3, ["grade", "maybe", "text", "day", "mass"]] = [None, pd.NA, None, pd.NaT, np.nan]
    return frame


class Recorder:
    """A model that knows its columns by name, and keeps what it was fed."""

    def __init__(self, names: list[str], fails: Any = None) -> None:
        self.feature_names_in_ = np.array(names, object)
        self.fed: list[Any] = []
        self._fails = fails

    def predict(self, frame: Any) -> Any:
        self.fed.append(frame)
        bad = np.zeros(len(frame), bool) if self._fails is None else self._fails(frame)
        return np.where(bad, np.nan, 1.0)


def test_the_frame_arrives_as_it_was_given() -> None:
    frame = table().set_axis(np.arange(40) * 2, axis=0)
    model = Recorder(list(frame.columns))
    assert dc.diagnose(model, frame[frame.columns[::-1]].assign(more=1)).findings == ()
    pd.testing.assert_frame_equal(model.fed[0], frame.reset_index(drop=True))
    dc.guard(model, allow_missing=True).predict(frame)
    pd.testing.assert_frame_equal(model.fed[-1], frame.reset_index(drop=True))


@pytest.mark.parametrize("column", table().columns)
def test_every_trial_is_made_of_own_cells(column: str) -> None:
    """A row that fails by one cell is named with its column, and no trial changes a dtype."""
    frame = table()
    wrong = frame[column].iloc[7]
    frame[column] = frame[column].where(frame[column] != wrong, frame[column].iloc[8])
    frame.iloc[7, frame.columns.get_loc(column)] = wrong
    model = Recorder(
        list(frame.columns), lambda fed: (fed[column] == wrong).fillna(False).to_numpy(bool)
    )
    (found,) = dc.diagnose(model, frame).findings
    assert (found.code, found.column, found.rows) == ("nan.op", column, (7,))
    for fed in model.fed:
        assert list(fed.dtypes) == list(frame.dtypes)


def test_other_tables_arrive_in_pandas_own_types(tmp_path: Any) -> None:
    frame = pl.DataFrame(
        {
            "kind": pl.Series(["a", "b", None], dtype=pl.Enum(["b", "a"])),
            "n": [1, 2, 3],
            "day": [dt.date(2024, 1, day) for day in (1, 2, 3)],
            "mass": [1.0, None, 2.0],
        }
    )
    model = Recorder(frame.columns)
    frame.write_parquet(tmp_path / "x.parquet")
    for data in (frame, tmp_path / "x.parquet"):
        assert dc.diagnose(model, data).findings == ()
        fed = model.fed[-1]
        assert list(fed["kind"].cat.categories) == ["b", "a"]
        assert fed["kind"].cat.codes.tolist() == [1, 0, -1]
        assert fed["n"].dtype == np.int64
        assert [day.day for day in fed["day"]] == [1, 2, 3]


def of_categories(known: tuple[str, ...]) -> Any:
    """A model that refuses a frame by the categories of its dtype, as XGBoost does."""

    def fails(frame: Any) -> Any:
        if frame["grade"].dtype != "category":
            raise ValueError("grade is no category")
        for text in frame["grade"].cat.categories:
            if text not in known:
                raise ValueError(f"found a category not in the training set: {text}")
        return np.zeros(len(frame), bool)

    return Recorder(["grade", "mass"], fails)


def test_a_category_that_the_model_does_not_know_is_named_with_its_rows() -> None:
    frame = table()
    for known, rows in ((("x", "y", "z"), ()), (("y", "z"), tuple(range(0, 40, 3)))):
        found = dc.diagnose(of_categories(known), frame).findings
        expected = tuple(row for row in rows if row != 3)
        assert [each.rows for each in found] == ([expected] if expected else [])
        assert all("not in the training set: x" in each.message for each in found)


def test_text_that_the_model_takes_for_categories_is_refused_with_the_remedy() -> None:
    frame = table().astype({"grade": object})
    with pytest.raises(dc.DataError, match=r"astype\('category'\)") as raised:
        dc.diagnose(of_categories(("x", "y", "z")), frame)
    assert "'grade' is String" in str(raised.value)
    assert "grade is no category" in str(raised.value)


def test_a_table_of_other_names_is_not_fed_by_position() -> None:
    model = Recorder(["mass", "whole"])
    other = table()[["mass", "whole"]].set_axis(["a", "b"], axis=1)
    with pytest.raises(dc.DataError, match="lacks 2 columns"):
        dc.diagnose(model, other)
    assert dc.diagnose(model, other, inputs=["a", "b"]).findings == ()
    assert list(model.fed[-1].columns) == ["mass", "whole"]
    numbered = Recorder(["Column_0", "Column_1"])  # of what was fitted on an array
    assert dc.diagnose(numbered, other).findings == ()


def test_a_model_of_scikit_learn_with_categories() -> None:
    frame = table().drop(columns=["day", "price"])
    frame["text"] = frame["text"].astype("category")
    model = HistGradientBoostingClassifier(max_iter=3).fit(frame, np.arange(40) % 2)
    assert dc.diagnose(model, frame).findings == ()
    answers = dc.guard(model, allow_missing=True).predict(frame)
    np.testing.assert_array_equal(answers, model.predict_proba(frame))


def test_lists_in_a_column_are_no_numbers() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [[1], [2]]})
    with pytest.raises(dc.DataError, match="'b' holds no numbers"):
        dc.diagnose(Recorder(["a", "b"]), frame)


def test_a_guard_names_the_row_of_the_table() -> None:
    frame = table().assign(mass=1.0)
    frame.loc[21, "mass"] = -5.0
    model = Recorder(list(frame.columns), lambda fed: (fed["mass"] < 0).to_numpy())
    with pytest.raises(dc.PredictionError) as raised:
        dc.guard(model, allow_missing=True).predict(frame)
    assert (raised.value.row, raised.value.column) == (21, "mass")
    assert "row 21" in raised.value.got
    assert "row 0" not in str(raised.value)


class LGBMModel:
    """A booster that knows its columns by name, and takes frames of the types it was fitted on."""

    feature_names_in_ = np.array(["a", "city"], object)

    def predict(self, given: Any) -> Any:
        if isinstance(given, pd.DataFrame) and given["city"].dtype != "category":
            raise ValueError("train and valid dataset categorical_feature do not match")
        return np.ones(len(given))


def test_codes_in_the_place_of_categories_are_refused_as_they_are_where_it_serves() -> None:
    """An array of the same numbers passes, and says nothing of the frame that is served."""
    LGBMModel.__module__ = "lightgbm.sklearn"
    codes = pd.DataFrame({"a": [0.5, 1.5], "city": [0, 7]})
    with pytest.raises(dc.DataError, match="types that the model was fitted on") as raised:
        dc.diagnose(LGBMModel(), codes)
    assert "'city' is Int64" in str(raised.value)
    right = codes.assign(city=codes["city"].astype("category"))
    assert dc.diagnose(LGBMModel(), right).findings == ()
