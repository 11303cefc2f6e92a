"""Shapes for pictures: no cell is lost, what is guilty is marked, nothing flattens the others."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.profiling.measure import measure
from datacheck.profiling.shapes import BARS, shape_of
from datacheck.profiling.where import Marks


def column(values, name="x"):
    return measure(pl.LazyFrame({name: values})).columns[name]


def cells(shape):
    if shape["kind"] == "categories":
        return sum(bar["count"] for bar in shape["bars"]) + shape["others"]
    return sum(shape["counts"]) + sum(each["count"] for each in shape["apart"])


RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.normal(50, 5, 500).round(2)


def test_a_sentinel_and_a_far_value_do_not_flatten_the_others():
    shape = shape_of(column([*NORMAL, -999.0, -999.0, 1e6]), Marks({"values": [-999.0]}))
    assert 25 < shape["low"] < shape["high"] < 75
    assert [(each["side"], each["count"], each["guilty"]) for each in shape["apart"]] == [
        ("below", 2, True),
        ("above", 1, False),
    ]
    assert sum(count > 0 for count in shape["counts"]) > BARS / 2


def test_a_value_that_stands_for_nothing_is_apart_though_it_lies_among_the_others():
    shape = shape_of(column([*NORMAL, *[50.0] * 40]), apart=[50.0])
    assert [(each["value"], each["side"]) for each in shape["apart"]] == [(50.0, "named")]
    assert cells(shape) == 540


@pytest.mark.parametrize(
    ("where", "guilty"),
    [
        ({"inside": [40, 45]}, lambda v: (v >= 40) & (v <= 45)),
        ({"outside": [40, 60]}, lambda v: (v < 40) | (v > 60)),
        ({"beyond": 60}, lambda v: np.abs(v) > 60),
        ({"values": [float(NORMAL[0])]}, lambda v: v == NORMAL[0]),
        ({"is": "null"}, lambda v: np.zeros(len(v), bool)),
    ],
)
def test_guilty_cells_are_counted_exactly(where, guilty):
    shape = shape_of(column(NORMAL), Marks(where))
    marked = sum(shape["guilty"]) + sum(e["count"] for e in shape["apart"] if e["guilty"])
    assert marked == guilty(NORMAL).sum()


def test_skewed_magnitudes_have_a_logarithmic_axis():
    assert shape_of(column(RANDOM.lognormal(0, 2, 400)))["log"]
    assert not shape_of(column(NORMAL))["log"]
    assert not shape_of(column(RANDOM.normal(0, 2, 400)))["log"]


def test_whole_numbers_fall_into_bars_of_as_many_each():
    shape = shape_of(column(range(60)))
    assert set(shape["counts"]) == {2}
    assert (shape["low"], shape["high"]) == (0, 59)


def test_a_reference_lies_on_the_same_axis_as_shares():
    other = column(NORMAL * 2)
    shape = shape_of(column(NORMAL), reference=other)
    assert shape["low"] <= min(NORMAL)
    assert shape["high"] >= max(NORMAL) * 1.5
    assert sum(shape["reference"]) == pytest.approx(1, abs=0.02)


def test_few_values_are_bars_with_their_counts_and_those_of_the_reference():
    shape = shape_of(column([1, 1, 2, 3, 3, 3]), reference=column([1, 2, 4]))
    assert [(b["label"], b["count"], b["reference"]) for b in shape["bars"]] == [
        (1, 2, 1),
        (2, 1, 1),
        (3, 3, 0),
        (4, 0, 1),
    ]
    assert (shape["filled"], shape["reference_filled"]) == (6, 3)


def test_texts_are_bars_the_guilty_ones_among_them():
    texts = [f"t{i % 30}" for i in range(300)] + ["odd"]
    shape = shape_of(column(texts), Marks({"texts": ["odd"]}))
    assert [bar["label"] for bar in shape["bars"] if bar["guilty"]] == ["odd"]
    assert cells(shape) == 301


def test_names_are_no_categories():
    assert shape_of(column([f"id{i}" for i in range(500)]))["kind"] == "names"


def test_words_among_numbers_are_set_apart():
    texts = [str(each) for each in NORMAL] + ["n/a", "n/a"]
    shape = shape_of(column(texts), Marks({"texts": ["n/a"]}))
    assert shape["apart"][0] == {"value": "n/a", "count": 2.0, "guilty": True, "side": "named"}


@given(
    st.lists(
        st.one_of(st.floats(), st.sampled_from([1e308, -1e308, 0.0, 5e-324, 1e-300])), max_size=60
    )
)
def test_whatever_the_values_no_cell_is_lost_and_all_is_finite(values):
    shape = shape_of(column(pl.Series(values, dtype=pl.Float64)), Marks({"beyond": 1.0}))
    finite = [value for value in values if math.isfinite(value)]
    assert (shape is None) == (not finite)
    if shape is not None:
        assert cells(shape) == pytest.approx(len(finite))
        if shape["kind"] == "bars":
            assert math.isfinite(shape["low"])
            assert shape["low"] < shape["high"] < math.inf
