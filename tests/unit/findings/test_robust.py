"""One far value, a sign or a constant must not keep a change from being named."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 600
UNITS = (1000.0, 0.01, 1.609344, 2.54, 60.0)
SCALERS = {
    "minmax": lambda v: (v - v.min()) / (v.max() - v.min()),
    "zscore": lambda v: (v - v.mean()) / v.std(),
    "robust": lambda v: (v - np.median(v)) / np.subtract(*np.quantile(v, [0.75, 0.25])),
}


def gusts(seed):
    """Speeds in miles per hour, skewed, to one decimal."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(2.8, 0.45, ROWS).round(1)


def delays(seed):
    """Whole minutes, early and late."""
    rng = np.random.default_rng(seed)
    late = rng.exponential(45, ROWS)
    return np.where(rng.random(ROWS) < 0.7, rng.normal(-4, 7, ROWS), late).round()


def with_far(values, far=1048.0):
    values = values.copy()
    values[5] = far
    return values


def told(before, after):
    found = dc.compare(pl.DataFrame({"x": before}), pl.DataFrame({"x": after})).findings
    return {finding.code: finding for finding in found}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("factor", UNITS)
@pytest.mark.parametrize("where", ["reference", "before", "after"])
def test_a_unit_change_is_named_beside_a_far_value(where, factor, seed):
    reference, data = gusts(seed), gusts(seed + 100)
    if where == "reference":
        reference = with_far(reference)
    data = with_far(data) * factor if where == "before" else data * factor
    if where == "after":
        data = with_far(data, 1048 * max(factor, 1.0) * 50)
    finding = told(reference, data)["drift.unit_change"]
    assert finding.evidence["factor"] == pytest.approx(factor)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("where", ["reference", "before", "after", "both"])
def test_a_scaling_is_named_beside_a_far_value(where, scaler, seed):
    reference, data = gusts(seed), gusts(seed + 100)
    if where in ("reference", "both"):
        reference = with_far(reference)
    data = SCALERS[scaler](with_far(data) if where in ("before", "both") else data)
    data = with_far(data) if where == "after" else data
    assert told(reference, data)["drift.already_scaled"].evidence["scaler"] == scaler


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("factor", [1000.0, 2.54, 1.609344])
@pytest.mark.parametrize("far", ["reference", "data", "both"])
def test_a_mix_is_named_beside_a_far_value(far, factor, seed):
    reference, data = gusts(seed), gusts(seed + 100)
    data[::3] *= factor
    if far != "data":
        reference = with_far(reference)
    if far != "reference":
        data = with_far(data, 1048 * factor)
    assert told(reference, data)["scale.unit_mix"].evidence["factor"] == pytest.approx(factor)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("factor", [1000.0, 100.0, 60.0, 1 / 60, 0.01])
def test_a_unit_of_signed_whole_numbers_leaves_no_sentinel(factor, seed):
    found = told(delays(seed), delays(seed + 100) * factor)
    assert found["drift.unit_change"].evidence["factor"] == pytest.approx(factor)
    assert "missing.sentinel" not in found


def test_a_sentinel_beside_a_unit_change_of_others_is_still_one():
    data = delays(7)
    data[::15] = -9999
    assert told(delays(1), data)["missing.sentinel"].evidence["value"] == -9999


@pytest.mark.parametrize("value", [0.0, 5.0, -3.5])
def test_a_constant_that_is_none_any_more_is_told_with_its_cells(value):
    before, after = np.full(ROWS, value), np.full(ROWS, value)
    after[::20] = value + 2
    finding = told(before, after)["drift.constant"]
    assert (finding.count, finding.rows[:2]) == (ROWS // 20, (0, 20))
    assert not told(before, before)


def wine_by_class(cut):
    from sklearn.datasets import load_wine

    rows = pl.from_pandas(load_wine(as_frame=True).frame).sort("target")
    return rows.head(cut), rows.tail(rows.height - cut)


@pytest.mark.parametrize("cut", [44, 89, 133])
def test_groups_that_differ_are_in_no_other_unit_and_not_scaled(cut):
    for sides in (wine_by_class(cut), wine_by_class(cut)[::-1]):
        codes = {f.code for f in dc.compare(*sides).findings}
        assert "drift.shift" in codes
        unlikely = {"scale.unit_mix", "drift.unit_change", "drift.already_scaled"}
        assert not codes & {*unlikely, "missing.sentinel"}


def test_one_more_code_is_no_sentinel_and_two_codes_are_not_scaled():
    before = pl.DataFrame({"kind": [0, 1] * 40})
    for after in ([1, 2] * 40, [0, 1, 2, 2] * 20):
        [code] = [f.code for f in dc.compare(before, pl.DataFrame({"kind": after})).findings]
        assert code in ("drift.shift", "drift.outlier_rate")


def test_a_zero_that_the_reference_has_as_often_is_no_news():
    rng = np.random.default_rng(0)
    cells = np.where(rng.random(400) < 0.3, 0, rng.gamma(9, 4, 400).round(2) + 9)
    before, after = cells.copy(), np.sort(cells)
    before[cells > 0] += np.where(np.arange((cells > 0).sum()) == 0, -cells[cells > 0][0] + 0.5, 0)
    assert not dc.compare(pl.DataFrame({"x": before}), pl.DataFrame({"x": after})).findings
