"""Callables: which rows fail, which columns make them fail, whether one row spoils others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import datacheck as dc
from datacheck.diagnosis.functions import FunctionModel
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


def bad_row(row=7):
    x = rows()
    x[row, 1] = -50.0
    return x


ANSWERS = {
    "a tuple": lambda m: (m[:, 0], np.log(m[:, 1])),
    "a list by output": lambda m: [m[:, :2], np.log(m[:, 1:3])],
    "a dict": lambda m: {"kept": m[:, 0], "rate": np.log(m[:, 1])},
    "a frame": lambda m: pd.DataFrame({"rate": np.log(m[:, 1])}),
    "a sparse matrix": lambda m: scipy.sparse.csr_array(np.log(m[:, 1:2])),
    "objects": lambda m: [None if cell < 0 else "yes" for cell in m[:, 1]],
    "nullable": lambda m: pd.array(m[:, 1], "Float64").to_numpy(object, na_value=pd.NA),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_an_answer_is_held_in_is_looked_at(kind):
    with np.errstate(all="ignore"):
        x = bad_row() if kind != "nullable" else np.where(bad_row() < 0, np.nan, bad_row())
        (found,) = dc.diagnose(ANSWERS[kind], x, inputs=list("abcd")).findings
        assert dc.diagnose(ANSWERS[kind], rows()).findings == ()
    assert (found.column, found.rows) == ("b", (7,))


def test_several_answers_and_refused_rows():
    def model(m):
        if (m[:, 1] < 0).any():
            raise ValueError("no such row")
        return m[:, 0], m[:, :3]

    one, several = FunctionModel(model, name="m").run([bad_row()])
    assert (one.shape, several.shape) == ((60,), (60, 3))
    assert np.flatnonzero(np.isnan(one)).tolist() == [7]
    assert np.flatnonzero(np.isnan(several).all(axis=1)).tolist() == [7]


def test_what_holds_no_array_is_no_clean_answer():
    with pytest.raises(DataError, match="holds no array"):
        dc.diagnose(lambda _: (), rows())


def test_a_typical_row_that_fails_blames_no_column_and_not_the_row():
    x = rows()
    x[:, 3] = 1.0

    def model(m):
        return ((m - m.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))).sum(axis=1)

    with np.errstate(all="ignore"):
        (found,) = dc.diagnose(model, x, inputs=list("abcd")).findings
    assert (found.column, found.count, found.evidence["cause"]) == (None, 60, "always")
    assert "`d`" in found.remedy
    assert "Impute" not in found.remedy


def test_a_transformer_alone_is_looked_at_and_a_class_or_an_unfitted_one_refused():
    x = rows()
    x[3, 2] = np.nan
    scaler = StandardScaler().fit(rows())
    (found,) = dc.diagnose(scaler, x, inputs=list("abcd")).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "c", (3,))
    with pytest.raises(ArtefactError, match="is a class"):
        dc.diagnose(LinearRegression, x)
    with pytest.raises(DataError, match="fit the model"):
        dc.diagnose(LinearRegression(), x)
    with pytest.raises(DataError, match=r"pandas\.DataFrame"):
        dc.diagnose(lambda frame: frame["a"], {"a": [1.0, 2.0]})
