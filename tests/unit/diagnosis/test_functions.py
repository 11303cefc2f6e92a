"""Callables: which rows fail, which columns make them fail, whether one row spoils others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import datacheck as dc
from datacheck.errors import ArtefactError, DataError


def rows(count=60, k=4):
    return np.random.default_rng(0).uniform(1, 3, (count, k))


def test_a_missing_input_and_its_column():
    x = rows()
    x[[7, 8], 2] = np.nan
    (found,) = dc.diagnose(lambda m: m @ np.ones(4), x, inputs=list("abcd")).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "c", (7, 8))


def test_a_value_that_the_function_cannot_take():
    x = rows()
    x[9, 1] = -50.0
    (found,) = dc.diagnose(lambda m: np.log(m.sum(axis=1)), x, inputs=list("abcd")).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (9,))


def test_a_function_that_imputes_one_column_itself_is_not_blamed_for_it():
    x = rows()
    x[4, 0] = np.nan
    x[5, [0, 3]] = np.nan

    def model(m):
        return np.nan_to_num(m[:, 0]) + m[:, 3]

    (found,) = dc.diagnose(model, x, inputs=list("abcd")).findings
    assert (found.column, found.rows) == ("d", (5,))


def test_one_row_that_spoils_the_others():
    x = rows()
    x[12, 1] = np.nan
    found = dc.diagnose(lambda m: (m - m.mean(axis=0)).sum(axis=1), x, inputs=list("abcd")).findings
    spread, own = found
    assert (spread.code, spread.count) == ("nan.spread", 59)
    assert spread.evidence["source_rows"] == [12]
    assert (own.code, own.column, own.rows) == ("nan.input", "b", (12,))


def test_scikit_learn_refuses_and_is_told_which_row_and_column():
    x = rows()
    model = LinearRegression().fit(x, x[:, 0])
    x[3, 2] = np.nan
    x[5, 0] = np.inf
    found = dc.diagnose(model, x, inputs=list("abcd")).findings
    assert {(f.column, f.rows, f.evidence["cause"]) for f in found} == {
        ("c", (3,), "missing"),
        ("a", (5,), "infinite"),
    }


def test_a_pipeline_that_takes_logarithms():
    x = rows()
    with np.errstate(all="ignore"):
        model = make_pipeline(FunctionTransformer(np.log), FunctionTransformer(np.exp))
        x[30, 3] = -1.0
        (found,) = dc.diagnose(model.transform, x, inputs=list("abcd")).findings
    assert (found.column, found.rows) == ("d", (30,))


def test_a_healthy_function_is_left_alone():
    assert dc.diagnose(lambda m: m.sum(axis=1), rows()).findings == ()


def test_an_empty_table_is_no_clean_verdict():
    (found,) = dc.diagnose(lambda m: m.sum(axis=1), np.empty((0, 3))).findings
    assert found.code == "rows.none"


def test_an_answer_of_other_rows_is_refused():
    with pytest.raises(DataError, match="other rows"):
        dc.diagnose(lambda m: m.sum(axis=0)[:2], rows())


def test_what_is_no_model_is_refused():
    with pytest.raises(ArtefactError, match="no model"):
        dc.diagnose(object(), rows())
