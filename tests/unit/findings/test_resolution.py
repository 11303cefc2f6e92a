"""How finely a column is told: its decimals, and how many of its values stand once."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 200


def drawn(seed, rows=ROWS):
    return np.random.default_rng(seed).gamma(6, 4, rows).round(2) + 60


def told(before, after):
    report = dc.compare(pl.DataFrame({"x": before}), pl.DataFrame({"x": after}))
    return [f for f in report.findings if f.column is not None]


def in_part(values, change, share=0.3):
    chosen = np.random.default_rng(9).random(len(values)) < share
    return np.where(chosen, change(values), values)


@pytest.mark.parametrize(
    ("change", "decimals"),
    [
        (lambda v: v.round(), 0),
        (lambda v: v.round(1), 1),
        (lambda v: in_part(v, np.trunc), 0),
        (lambda v: v.astype(np.float32).astype(float), 2),
        (lambda v: in_part(v, lambda part: part + np.random.default_rng(3).normal(0, 0.01)), 2),
    ],
)
def test_decimals_that_are_lost_or_gained_are_told(change, decimals):
    [finding] = told(drawn(1), change(drawn(2)))
    assert finding.code == "drift.resolution"
    assert finding.evidence["decimals"] == decimals


def test_whole_numbers_with_noise_are_told():
    before, after = drawn(1).round(), drawn(2).round()
    noise = np.random.default_rng(4).normal(0, 0.3, ROWS)
    [finding] = told(before, in_part(after, lambda v: v + noise, 0.2))
    assert finding.code == "drift.resolution"
    assert finding.evidence["share_in_reference"] == 1.0


def test_readings_that_are_stuck_for_some_rows_are_told():
    before, after = (np.random.default_rng(s).normal(0, 1, ROWS) for s in (1, 2))
    [finding] = told(before, np.sort(after)[np.arange(ROWS) // 5 * 5 + 2])
    assert finding.code == "drift.resolution"
    assert finding.evidence["single"] == 0.0


@pytest.mark.parametrize("rows", [60, 200, 5000, 20_000])
def test_other_samples_of_any_size_are_not(rows):
    assert not told(drawn(1), drawn(2, rows))
    assert not told(drawn(2, rows), drawn(1))
    assert not told(drawn(1, rows), np.random.default_rng(3).choice(drawn(1, rows), rows))
