"""Data that end where the reference goes on, and codes that count from another number."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 200


def drawn(seed):
    return np.random.default_rng(seed).normal(1.1, 1, ROWS).round(2)


def told(before, after):
    return dc.compare(pl.DataFrame({"x": before}), pl.DataFrame({"x": after})).findings


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: np.minimum(v, np.quantile(v, 0.85).round(2)), "cut off"),
        (lambda v: np.maximum(v, np.quantile(v, 0.15).round(2)), "cut off"),
        (lambda v: np.clip(v, *np.quantile(v, [0.25, 0.75]).round(2)), "cut off"),
        (np.abs, "the sign were lost"),
    ],
)
def test_data_that_end_inside_the_reference_are_told(change, words):
    [finding] = told(drawn(1), change(drawn(2)))
    assert finding.code == "drift.shift"
    assert words in finding.message


def test_whole_numbers_that_end_inside_the_reference_are_told():
    before, after = (np.random.default_rng(s).poisson(20, ROWS) for s in (1, 2))
    [finding] = told(before, np.minimum(after, 24))
    assert (finding.code, finding.evidence["value"]) == ("drift.shift", 24.0)


@pytest.mark.parametrize(("last", "step"), [(5, -1), (12, -1), (12, 1)])
def test_codes_that_count_from_another_number_are_one_finding(last, step):
    codes = np.random.default_rng(0).integers(1, last + 1, (2, ROWS)) - (step > 0)
    [finding] = told(codes[0], codes[1] + step)
    assert (finding.code, finding.evidence["offset"]) == ("drift.shift", step)


def test_years_that_go_on_are_no_codes_that_count_from_another_number():
    years = np.random.default_rng(0).integers(2011, 2021, (2, ROWS))
    assert all("count from" not in finding.message for finding in told(years[0], years[1] + 1))
