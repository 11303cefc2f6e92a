"""A network that shows no step, as a SavedModel does: what is lost in it, and what was not seen."""

from __future__ import annotations

import numpy as np

from datacheck.diagnosis.engine import findings_of
from datacheck.diagnosis.feed import feed
from datacheck.diagnosis.model import Input, Unseen


class Network(Unseen):
    """A fused dense layer with relu, which answers a row of NaN with 0 as TensorFlow's does."""

    name, runtime = "served", "TensorFlow"
    unseen = {"served": "SavedModel"}  # noqa: RUF012 - as the adapter has it

    def __init__(self, weights):
        self._weights = np.array(weights, np.float32)
        self.inputs = (Input("x", (len(weights),), np.dtype(np.float32)),)

    def run(self, arrays):
        (x,) = arrays
        dense = np.where(self._weights == 0, 0, x * self._weights).sum(1, keepdims=True)
        return [np.where(np.isnan(dense), 0, np.maximum(dense, 0)).astype(np.float32)]


def found(model, x):
    return findings_of(model, feed(x, model, list("abc"), None), None)


def rows(**cells):
    x = np.random.default_rng(0).uniform(0.5, 2, (20, 3)).astype(np.float32)
    for name, value in cells.items():
        x[7, "abc".index(name)] = value
    return x


def test_a_nan_that_it_may_lose_is_told_as_a_guess():
    (told,) = found(Network([1, 2, 0]), rows(b=np.nan, c=np.nan))
    assert (told.code, told.severity) == ("nan.hidden", "warning")
    assert told.rows == (7,)
    assert "imputes it or loses it" in told.message


def test_a_column_that_it_does_not_read_is_not_lost():
    (unseen,) = found(Network([1, 2, 0]), rows(c=np.nan))
    assert (unseen.code, unseen.severity) == ("scope.unchecked", "info")


def test_nothing_found_says_what_was_not_seen():
    (unseen,) = found(Network([1, 2, 3]), rows())
    assert unseen.code == "scope.unchecked"
    assert "`served` (SavedModel)" in unseen.message


def test_an_infinity_that_it_shows_is_an_error():
    told = found(Network([1, 2, 3]), rows(a=np.inf))
    assert [(each.code, each.column, each.rows) for each in told] == [("nan.input", "a", (7,))]
