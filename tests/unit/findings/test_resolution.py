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


COLUMNS = {
    "tenths": drawn(5, 400).round(1),
    "cents": np.random.default_rng(6).lognormal(9, 1, 400).round(2),
    "all digits": np.random.default_rng(7).normal(0, 3, 400),
    "few": np.random.default_rng(8).choice([0, 0.2, 0.4, 0.6, 0.8, 1.0], 400),
    "as printed": np.random.default_rng(8).choice([0, 0.19999999, 0.60000002, 1.0], 400),
    "large": np.random.default_rng(9).normal(2e8, 3e6, 400),
    "zeros": np.where(np.arange(400) % 3, 0.0, drawn(10, 400)),
    "many": np.random.default_rng(11).normal(40, 6, 20_000).round(3),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("halves", [False, True])
def test_a_table_held_in_float32_is_the_same_table(name, halves):
    cells = COLUMNS[name]
    ours = cells[::2] if halves else cells
    theirs = cells[1::2] if halves else cells
    for before, after in [
        (ours, theirs.astype(np.float32)),
        (ours.astype(np.float32), theirs),
        (ours.astype(np.float32), theirs.astype(np.float32)),
    ]:
        assert not [f.code for f in told(before, after) if f.severity != "info"]


@pytest.mark.parametrize("rows", [400, 4000])
def test_steps_that_float32_rounds_are_the_steps_that_doubles_add_up(rows):
    counts = np.random.default_rng(0).binomial(9, 0.4, (2, rows)).clip(0, 7)
    counts[1, :2] = 9
    assert not told((counts[0] * 1e-9).astype(np.float32), counts[1] * 1e-9)


@pytest.mark.parametrize("name", ["tenths", "cents", "all digits"])
@pytest.mark.parametrize("dtypes", [(float, np.float32), (np.float32, float)])
def test_a_change_of_unit_is_told_across_float32(name, dtypes):
    before, after = (COLUMNS[name].astype(dtype) for dtype in dtypes)
    [finding] = told(before, (after * 2.54).astype(dtypes[1]))
    assert finding.code == "drift.unit_change"
    assert finding.evidence["factor"] == pytest.approx(2.54)
