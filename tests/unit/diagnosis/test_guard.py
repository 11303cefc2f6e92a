"""The guard of predict: answers, or an error with row, column and remedy."""

from __future__ import annotations

import numpy as np
import onnxruntime
import polars as pl
import pytest

import datacheck as dc
from tests.support.onnx_models import Builder

SCHEMA = """
schema_type: polars_dataframe
columns:
  age: {dtype: Float64, nullable: true, prepare: {impute: median}}
  income: {dtype: Float64, nullable: true, prepare: {scale: zscore}}
"""


def logarithm():
    b = Builder(2)
    log = b.node("Log", ["x"], "log", "/rate/Log")
    return b.model(b.node("MatMul", [log, b.weight("w", [[1.0], [1.0]])], "y"))


def table(age=(1.0, 2.0, 3.0), income=(1.0, 1.0, 1.0)):
    return pl.DataFrame({"age": age, "income": income})


def test_finite_answers_pass():
    answers = dc.guard(logarithm()).predict(table())
    np.testing.assert_allclose(answers[:, 0], np.log([1, 2, 3]), rtol=1e-6)
    session = onnxruntime.InferenceSession(logarithm().SerializeToString())
    np.testing.assert_array_equal(dc.guard(session)(table()), answers)


def test_a_row_without_a_number_is_an_error_with_row_column_and_remedy():
    with pytest.raises(dc.PredictionError, match="logarithm of -2") as raised:
        dc.guard(logarithm()).predict(table(age=(1.0, -2.0, -5.0)))
    assert (raised.value.row, raised.value.column) == (1, "age")
    assert "and 1 more" in str(raised.value)
    assert "to do:" in str(raised.value)


def test_an_input_that_is_missing_is_an_error_also_where_the_answer_is_a_number():
    def model(matrix):
        return (matrix[:, 0] > 1) * 1.0

    data = table(age=(1.0, None, 3.0))
    with pytest.raises(dc.PredictionError) as raised:
        dc.guard(model).predict(data)
    assert (raised.value.row, raised.value.column) == (1, "age")
    assert dc.guard(model, allow_missing=True).predict(data).tolist() == [0.0, 0.0, 1.0]


def test_rows_that_the_transform_refuses_are_masked_on_request_too():
    transform = dc.fit(table(), dc.Schema.from_yaml(SCHEMA))
    data = table(age=(1.0, float("inf"), None), income=(1.0, 2.0, None))
    guarded = dc.guard(lambda matrix: matrix.sum(axis=1), transform)
    with pytest.raises(dc.DataError, match="row 1"):
        guarded.predict(data)
    assert guarded.predict(data, bad="mask").mask.tolist() == [False, True, True]
    assert repr(guarded).startswith("<Guard of ")


def test_rows_are_masked_on_request():
    answers = dc.guard(logarithm()).predict(table(age=(1.0, -2.0, 3.0)), bad="mask")
    assert answers.mask[:, 0].tolist() == [False, True, False]
    with pytest.raises(dc.DataError, match="did you mean 'mask'"):
        dc.guard(logarithm()).predict(table(), bad="masks")


def test_behind_a_transform_what_it_imputes_passes_and_the_rest_is_named(tmp_path):
    (tmp_path / "s.yaml").write_text(SCHEMA)
    fitted = dc.fit(table(income=(1.0, 2.0, 3.0)), tmp_path / "s.yaml")
    fitted.save(tmp_path / "t.json")
    b = Builder(2)
    model = b.model(b.node("MatMul", ["x", b.weight("w", [[1.0], [1.0]])], "y"))
    guarded = dc.guard(model, tmp_path / "t.json")
    assert np.isfinite(guarded.predict(table(age=(1.0, None, 3.0)))).all()
    with pytest.raises(dc.PredictionError) as raised:
        guarded.predict(table(income=(1.0, None, 3.0)))
    assert (raised.value.row, raised.value.column) == (1, "income")


def test_a_spoilt_weight_is_told_before_the_first_row():
    b = Builder(2)
    model = b.model(b.node("MatMul", ["x", b.weight("fc.w", [[1.0], [np.nan]])], "y"))
    with pytest.raises(dc.ArtefactError, match=r"fc\.w.* holds nan"):
        dc.guard(model)


def test_an_empty_table_has_no_answers():
    assert len(dc.guard(logarithm()).predict(table(age=[], income=[]).cast(pl.Float64))) == 0
