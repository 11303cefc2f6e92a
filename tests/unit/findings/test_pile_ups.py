"""One value that stands far more often than any other, seen in the column alone."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(5)
READINGS = RNG.normal(20.0, 4.0, 600).round(2)


def told(values, **options):
    report = dc.check(pl.DataFrame({"reading": values}), **options)
    return [f for f in report.findings if "next_most_frequent" in f.evidence]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
def test_a_fill_or_a_stuck_sensor_is_told_with_all_its_cells(share):
    values = np.where(RNG.random(600) < share, 21.37, READINGS)
    [finding] = told(values)
    assert (finding.code, finding.severity) == ("missing.sentinel", "info")
    assert finding.evidence["value"] == 21.37
    assert finding.count == int((values == 21.37).sum())
    assert list(finding.rows) == np.flatnonzero(values == 21.37)[:20].tolist()


@pytest.mark.parametrize(("low", "high"), [(None, 23.0), (17.0, None)])
def test_values_that_were_cut_off_are_told_at_their_end(low, high):
    values = np.clip(READINGS, low, high)
    [finding] = told(values)
    assert (finding.code, finding.severity) == ("type.censored", "info")
    assert finding.evidence["value"] in (low, high)
    assert ("highest" if high else "lowest") in finding.message


def test_in_a_long_column_too():
    values = RNG.normal(0.0, 1.0, 20_000)
    values[:2000] = 0.25
    [finding] = told(values)
    assert (finding.code, finding.count) == ("missing.sentinel", 2000)


@pytest.mark.parametrize(
    "values",
    [
        READINGS,
        np.where(RNG.random(600) < 0.4, 0.0, RNG.exponential(3.0, 600)),  # no rain
        RNG.poisson(30.0, 600),
        RNG.integers(1, 6, 600),
        RNG.exponential(3.0, 600).round(1),
        np.where(RNG.random(600) < 0.1, -999.0, READINGS),  # which has a finding of its own
    ],
    ids=["measured", "zeros", "counts", "grades", "rounded", "a sentinel"],
)
def test_what_repeats_by_its_nature_is_not_told(values):
    assert told(values) == []


def test_against_a_reference_a_spike_is_told_once():
    values = np.clip(READINGS, None, 23.0)
    report = dc.compare(pl.DataFrame({"reading": READINGS}), pl.DataFrame({"reading": values}))
    assert [f.code for f in report.findings] == ["drift.shift"]
