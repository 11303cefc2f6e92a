"""A category that a booster does not know is answered as a missing cell, in silence.

The boosters here keep what LightGBM 4.7, XGBoost 3.2 and CatBoost 1.2 keep, and answer as they do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import datacheck as dc

PRICES = {"Oslo": 1.0, "Rome": 6.0, "Wien": 10.0}


def table(odd=None):
    rng = np.random.default_rng(0)
    towns = [str(town) for town in rng.choice(list(PRICES), 300)]
    if odd is not None:
        towns[3] = towns[8] = odd
    return pd.DataFrame({"city": pd.Categorical(towns), "size": rng.uniform(1, 9, 300)})


class Booster:
    feature_names_in_ = np.array(["city", "size"])

    def predict(self, frame):
        known = frame["city"].astype(object).map(PRICES).fillna(4.0)
        return np.asarray(known, float) + np.asarray(frame["size"], float)


def lightgbm_of(categories, infos="none"):
    class LGBMRegressor(Booster):
        pandas_categorical = categories

        def predict(self, frame):
            return super().predict(frame) if hasattr(frame, "columns") else np.asarray(frame)[:, 1]

        def model_to_string(self, num_iteration):
            assert num_iteration == 1
            return f"tree\nfeature_names=city size\nfeature_infos={infos} [1:9]\ntree_sizes=9\n"

    LGBMRegressor.__module__ = "lightgbm.sklearn"
    return LGBMRegressor()


def xgboost_of():
    class Kept:
        def to_arrow(self):
            return [("city", pa.array(list(PRICES))), ("size", None)]

    class XGBRegressor(Booster):
        def get_categories(self, export_to_arrow):
            assert export_to_arrow
            return Kept()

    XGBRegressor.__module__ = "xgboost.sklearn"
    return XGBRegressor()


@pytest.mark.parametrize("model", [lightgbm_of([list(PRICES)]), xgboost_of()])
def test_it_is_told(model):
    assert dc.diagnose(model, table()).findings == ()
    (found,) = dc.diagnose(model, table("Bonn")).findings
    assert (found.code, found.severity) == ("nan.hidden", "warning")
    assert (found.column, found.rows, found.values) == ("city", (3, 8), ("Bonn", "Bonn"))
    assert "'Bonn'" in found.message
    # A missing cell is no category.
    assert dc.diagnose(model, table(np.nan)).findings == ()


def test_whole_numbers_that_are_categories():
    model = lightgbm_of([], "-1:2:1:0")
    codes = np.column_stack([np.arange(30) % 3, np.ones(30)])
    assert dc.diagnose(model, codes, inputs=["city", "size"]).findings == ()
    codes[5, 0] = 17
    (found,) = dc.diagnose(model, codes, inputs=["city", "size"]).findings
    assert (found.column, found.rows) == ("city", (5,))
    assert dc.diagnose(lightgbm_of([]), codes, inputs=["city", "size"]).findings == ()


def catboost_of(model_answers):
    class CatBoostRegressor(Booster):
        def get_cat_feature_indices(self):
            return [0]

        def predict(self, frame):
            return model_answers(self, super().predict(frame), frame)

    CatBoostRegressor.__module__ = "catboost.core"
    return CatBoostRegressor()


def test_of_catboost_it_is_a_guess():
    model = catboost_of(lambda _self, answers, _frame: answers)
    assert dc.diagnose(model, table()).findings == ()
    (found,) = dc.diagnose(model, table("Bonn")).findings
    assert (found.code, found.severity, found.rows) == ("nan.hidden", "info", (3, 8))
    assert "may not know it" in found.message
    # A column that is not read says nothing of its words.
    unread = catboost_of(lambda _self, _answers, frame: np.asarray(frame["size"], float))
    assert dc.diagnose(unread, table("Bonn")).findings == ()
