"""Fitted numbers against scikit-learn's pipelines and numpy, and whatever order the rows are in."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from datacheck.errors import DataError
from datacheck.ops import Affine, Clip, Fill
from datacheck.schema import Prepare
from datacheck.transform.arrays import run
from datacheck.transform.learn import Learned, learn_number
from datacheck.transform.statistics import ArrayAnswers, ask

SCALERS = {"robust": RobustScaler, "zscore": StandardScaler, "minmax": MinMaxScaler}
IMPUTERS = ["median", "mean", "most_frequent", "constant"]
CELLS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 2.0, math.nan])


def learn(values: np.ndarray, **prepare: object) -> Learned:
    return ask(learn_number(Prepare(**prepare), "x"), ArrayAnswers(values))  # type: ignore[arg-type]


def transformed(values: np.ndarray, learned: Learned) -> np.ndarray:
    ops = [*learned.clips, learned.fill, learned.affine]
    return run(values, [op for op in ops if op is not None])


@pytest.mark.parametrize(("impute", "scale"), list(product(IMPUTERS, SCALERS)))
def test_a_fit_is_scikit_learns_pipeline(impute: str, scale: str) -> None:
    rng = np.random.default_rng(5)
    values = np.round(rng.lognormal(3.0, 1.0, 2001), 1)
    values[rng.random(len(values)) < 0.2] = np.nan
    fill = {"fill_value": 30.0} if impute == "constant" else {}
    learned = learn(values, impute=impute, scale=scale, **fill)
    pipeline = make_pipeline(SimpleImputer(strategy=impute, **fill), SCALERS[scale]())
    expected = pipeline.fit_transform(values[:, None])[:, 0]
    np.testing.assert_allclose(transformed(values, learned), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=150)
@given(
    arrays(np.float64, st.integers(1, 40), elements=CELLS),
    st.sampled_from(["none", "median", "mean", "constant"]),
    st.sampled_from(["none", "robust", "zscore", "minmax"]),
    st.sampled_from(["keep", "clip", "missing"]),
    st.sampled_from(["iqr", "mad", "zscore"]),
    st.floats(1.0, 3.0),
)
def test_each_op_is_fitted_on_what_those_before_it_leave(
    values: np.ndarray, impute: str, scale: str, outliers: str, rule: str, threshold: float
) -> None:
    """The order statistics of the clipped, filled column, against that column made and sorted.

    A median is numpy's quantile at one half, which may differ from `np.nanmedian` in the last bit.
    """
    if np.isnan(values).all():
        return
    learned = learn(
        values,
        impute=impute,
        fill_value=7.0 if impute == "constant" else None,
        scale=scale,
        outliers=outliers,
        outlier_rule=rule,
        outlier_threshold=threshold,
    )
    clipped = run(values, learned.clips)
    if impute == "median":
        assert learned.fill == Fill(float(np.nanquantile(clipped, 0.5)) + 0.0)
    if impute == "mean":
        assert learned.fill is not None
        assert learned.fill.value == pytest.approx(np.nanmean(clipped), rel=1e-12, abs=1e-9)
    filled = run(clipped, [learned.fill] if learned.fill else [])
    known = filled[~np.isnan(filled)]
    if learned.affine is None or learned.degenerate:
        return
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    expected = {
        "robust": (middle, high - low),
        "zscore": (known.mean(), known.std()),
        "minmax": (known.min(), known.max() - known.min()),
    }[scale]
    assert (learned.affine.center, learned.affine.scale) == pytest.approx(
        expected, rel=1e-9, abs=1e-9
    )
    assert learned.affine.inverse_scale == 1.0 / learned.affine.scale


@pytest.mark.parametrize("rule", ["iqr", "mad", "zscore"])
def test_fences_stand_where_their_rules_say(rule: str) -> None:
    values = np.random.default_rng(1).normal(size=1000)
    (clip,) = learn(values, outliers="clip", outlier_rule=rule).clips
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    mad = np.median(np.abs(values - middle))
    expected = {
        "iqr": (low - 1.5 * (high - low), high + 1.5 * (high - low)),
        "mad": (middle - 3.5 * mad / 0.6744897501960817, middle + 3.5 * mad / 0.6744897501960817),
        "zscore": (values.mean() - 3 * values.std(), values.mean() + 3 * values.std()),
    }[rule]
    assert isinstance(clip, Clip)
    assert (clip.lower, clip.upper) == pytest.approx(expected, rel=1e-12)
    assert (clip.below, clip.above) == (clip.lower, clip.upper)


def test_outliers_may_become_missing() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 1000.0, np.nan])
    learned = learn(values, outliers="missing", impute="mean", scale="minmax")
    assert learned.fill == Fill(2.5)
    assert learned.affine == Affine(1.0, 1.0 / 3.0, 3.0)


def test_infinities_that_are_clipped_take_the_finite_extremes() -> None:
    values = np.array([1.0, 2.0, 3.0, np.inf, -np.inf])
    learned = learn(values, infinite="clip", impute="median", scale="minmax")
    assert transformed(values, learned).tolist() == [0.0, 0.5, 1.0, 1.0, 0.0]
    beyond = transformed(np.array([10.0]), learned)
    assert beyond.tolist() == [4.5]  # a finite value is no infinity, however far


@pytest.mark.parametrize("ends", [(-1.0, 1.0), (0.1, 0.7), (-3.3, 11.1)])
@given(value=st.floats(-1e6, 1e6))
def test_a_constant_that_fills_a_column_without_values_stays_in_its_range(
    value: float, ends: tuple[float, float]
) -> None:
    options = {"impute": "constant", "fill_value": value, "scale": "minmax", "clip": True}
    learned = learn(np.array([math.nan]), feature_range=ends, **options)
    leaves = transformed(np.array([math.nan, value, -1e9, 1e9]), learned)
    assert ends[0] <= leaves.min() <= leaves.max() <= ends[1]


def test_infinities_are_refused_unless_a_policy_says_otherwise() -> None:
    with pytest.raises(DataError, match=r"'x' holds 1 infinite"):
        learn(np.array([1.0, np.inf]), impute="median")


def test_a_zero_spread_falls_back_and_says_so() -> None:
    mostly_equal = np.array([5.0] * 20 + [9.0])
    learned = learn(mostly_equal, scale="robust")
    assert (learned.affine, learned.degenerate) == (Affine(5.0, 0.25, 4.0), "range")
    constant = learn(np.array([5.0, 5.0]), scale="zscore")
    assert (constant.affine, constant.degenerate) == (Affine(5.0, 1.0, 1.0), "constant")
    fence = learn(mostly_equal, outliers="clip")
    assert fence.clips == (Clip(5.0, 9.0, 5.0, 9.0),)


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize(
    "values", [[-1.7e308, 1.7e308], [5e-324, 1e-323], [0.0, 0.0], [1e200, -1e200, 3e199]]
)
def test_no_scale_is_ever_zero_or_not_finite(scale: str, values: list[float]) -> None:
    affine = learn(np.array(values), scale=scale).affine
    assert affine is not None
    assert all(map(math.isfinite, affine))
    assert affine.scale > 0.0
    assert affine.inverse_scale > 0.0


def test_a_column_without_a_value_needs_a_constant() -> None:
    empty = np.array([np.nan, np.nan])
    with pytest.raises(DataError, match="every cell is missing"):
        learn(empty, impute="median")
    learned = learn(empty, impute="constant", fill_value=3.0, scale="zscore")
    assert transformed(empty, learned).tolist() == [0.0, 0.0]


@given(
    arrays(np.float64, st.integers(1, 60), elements=CELLS),
    st.randoms(use_true_random=False),
    st.sampled_from(["median", "mean", "most_frequent"]),
    st.sampled_from(["robust", "zscore", "minmax"]),
    st.sampled_from(["keep", "clip", "missing"]),
)
def test_the_order_of_the_rows_changes_no_bit(
    values: np.ndarray, random: object, impute: str, scale: str, outliers: str
) -> None:
    if np.isnan(values).all():
        return
    shuffled = values.tolist()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    options = {"impute": impute, "scale": scale, "outliers": outliers, "outlier_rule": "mad"}
    # repr tells -0.0 from 0.0, which == does not.
    assert repr(learn(values, **options)) == repr(learn(np.array(shuffled), **options))


def test_every_value_an_outlier_is_an_error() -> None:
    values = np.array([-1.0, 1.0] * 10)
    with pytest.raises(DataError, match="outlier by its own rule"):
        learn(values, outliers="missing", outlier_rule="zscore", outlier_threshold=0.5)
