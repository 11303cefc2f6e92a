"""Fitting by scans gives the bits of fitting in memory, however the table is cut and merged."""

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.errors import DataError
from datacheck.schema import Prepare
from datacheck.transform import search
from datacheck.transform.learn import Learned, learn_number
from datacheck.transform.scans import learn_by_scans
from datacheck.transform.statistics import ArrayAnswers, Mode, ask

CELLS = st.floats(-1e300, 1e300) | st.sampled_from(
    [0.0, -0.0, 1.0, 5e-324, math.nan, math.inf, -math.inf]
)
PREPARES = st.builds(
    Prepare,
    infinite=st.sampled_from(["missing", "clip"]),
    outliers=st.sampled_from(["keep", "clip", "missing"]),
    outlier_rule=st.sampled_from(["iqr", "mad", "zscore"]),
    impute=st.sampled_from(["none", "median", "mean", "most_frequent"]),
    scale=st.sampled_from(["none", "robust", "zscore", "minmax"]),
)


def in_memory(values: np.ndarray, prepare: Prepare) -> Learned:
    return ask(learn_number(prepare, "x"), ArrayAnswers(values))


def by_scans(values: np.ndarray, prepare: Prepare, cuts: list[int]) -> tuple[Learned, int]:
    parts = np.split(values, sorted(cut % (len(values) + 1) for cut in cuts))
    scans = 0

    def scan(wanted: Any) -> None:
        nonlocal scans
        scans += 1
        for look in wanted["x"]:
            others = [copy.deepcopy(look) for _ in parts]
            for other, part in zip(others, parts, strict=True):
                other.add(part)
            for other in reversed(others):
                look.merge(other)

    def mode_of(name: str, question: Mode) -> float:
        return float(ArrayAnswers(values).mode(question))

    return learn_by_scans({"x": learn_number(prepare, "x")}, scan, mode_of)["x"], scans


@pytest.mark.parametrize("gathered", [0, 1, search.GATHERED])
@settings(max_examples=60)
@given(
    values=st.lists(CELLS, min_size=1, max_size=60).map(np.array),
    prepare=PREPARES,
    cuts=st.lists(st.integers(0, 100), max_size=4),
)
def test_scans_and_memory_give_the_same_bits(
    gathered: int, values: np.ndarray, prepare: Prepare, cuts: list[int]
) -> None:
    if prepare.infinite == "missing":
        values = np.where(np.isinf(values), np.nan, values)
    if not np.isfinite(values).any():
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "GATHERED", gathered)
        with np.errstate(over="ignore"):
            assert repr(by_scans(values, prepare, cuts)[0]) == repr(in_memory(values, prepare))


def test_a_large_column_takes_few_scans() -> None:
    values = np.random.default_rng(0).lognormal(size=2_000_000)
    values[::20] = np.nan
    robust = Prepare(impute="median", scale="robust")
    learned, scans = by_scans(values, robust, [700_000, 1_100_000])
    assert repr(learned) == repr(in_memory(values, robust))
    assert scans <= 3
    zscore = Prepare(impute="mean", scale="zscore")
    learned, scans = by_scans(values, zscore, [3])
    assert repr(learned) == repr(in_memory(values, zscore))
    assert scans == 3


def test_an_input_that_changes_between_scans_is_an_error() -> None:
    values = np.random.default_rng(0).normal(size=1000)

    def scan(wanted: Any) -> None:
        for look in wanted["x"]:
            look.add(values)
        values[: len(values) // 2] += 1.0

    prepare = Prepare(impute="median")
    with pytest.raises(DataError, match="changed while it was read"):
        learn_by_scans({"x": learn_number(prepare, "x")}, scan, lambda name, question: 0.0)
