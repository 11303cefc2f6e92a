"""Rows that are mixed: what is asked of one row again is asked in the company that it was in."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

import datacheck as dc


def test_a_callable_that_scales_by_its_batch_has_one_cause():
    def model(matrix):
        return ((matrix - matrix.mean(axis=0)) / matrix.std(axis=0)).sum(axis=1)

    x = np.random.default_rng(0).uniform(0.5, 2, (40, 3))
    x[7, 1] = np.nan
    spread, own = dc.diagnose(model, x, inputs=["a", "b", "c"]).findings
    assert (spread.code, spread.count) == ("nan.spread", 39)
    assert (own.code, own.column, own.rows) == ("nan.input", "b", (7,))


class Results:
    """What `ols("y ~ np.log(a) + b", table).fit()` of statsmodels gives, in little."""

    def __init__(self, table):
        self.model = SimpleNamespace(formula="y ~ np.log(a) + b", data=SimpleNamespace(frame=table))

    def predict(self, table):
        return np.log(table["a"]) + table["b"]


def test_a_formula_is_fed_its_columns_by_name():
    table = pd.DataFrame({"b": [1.0, 2, 3, 4], "y": [0.0] * 4, "a": [1.0, 2, -3, 4]})
    (found,) = dc.diagnose(Results(table), table.drop(columns="y")).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "a", (2,))
