"""Two units in one column, seen in the column alone; and what only looks like it."""

import math

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 400
TAKEN = np.arange(ROWS) % 4 == 1


def columns(seed):
    """Columns of several shapes, by name."""
    rng = np.random.default_rng(seed)
    return {
        "narrow": rng.normal(21, 1.5, ROWS).round(2),
        "skewed": rng.lognormal(4, 0.6, ROWS).round(1),
        "all digits": rng.normal(60, 6, ROWS),
        "both signs": rng.normal(0, 9, ROWS).round(1),
        "below zero": -rng.normal(95, 8, ROWS).round(4),
        "whole": rng.integers(60, 460, ROWS).astype(float),
        "long digits": rng.normal(39, 4, ROWS).round(7),
    }


def mixes(cells):
    found = dc.check(pl.DataFrame({"x": cells})).findings
    return [f for f in found if f.code == "scale.unit_mix"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", columns(0))
def test_thousands_of_the_others_are_named_in_columns_of_any_shape(name, seed):
    cells = columns(seed)[name]
    [finding] = mixes(np.where(TAKEN, cells * 1000, cells))
    assert finding.evidence["factor"] == 1000
    assert finding.count == (TAKEN & (cells != 0)).sum()


@pytest.mark.parametrize("factor", [2.54, 0.3048, 0.45359237, 1.609344])
@pytest.mark.parametrize("name", ["narrow", "skewed", "both signs", "whole", "long digits"])
def test_a_unit_that_lies_among_the_others_is_told_by_its_digits(name, factor):
    cells = columns(5)[name]
    [finding] = mixes(np.where(TAKEN, cells * factor, cells))
    assert finding.evidence["factor"] == pytest.approx(factor)


@pytest.mark.parametrize("factor", [1.0, 2.54, 0.45359237, 1000])
@pytest.mark.parametrize("size", [1.0, 20.0, 400.0, 30_000.0, 2e6])
@pytest.mark.parametrize("seed", range(3))
def test_what_float32_adds_to_the_digits_says_nothing(seed, size, factor):
    cells = np.random.default_rng(seed).normal(size, size / 5, ROWS).round(1)
    mixed = np.where(TAKEN, cells * factor, cells).astype(np.float32)
    found = [f.evidence["factor"] for f in mixes(mixed.astype(float))]
    assert found in ([], [] if factor == 1 else [pytest.approx(factor)])


@pytest.mark.parametrize("seed", range(3))
def test_hundredths_of_whole_numbers_are_told(seed):
    cells = columns(seed)["whole"]
    [finding] = mixes(np.where(TAKEN, cells / 100, cells))
    assert finding.evidence["factor"] == pytest.approx(0.01)


def test_what_was_converted_rightly_is_in_the_unit_of_the_others():
    heights = np.random.default_rng(2).normal(67, 4, ROWS).round()
    centimetres = np.where(TAKEN, heights * 2.54, (heights * 2.54).round())
    assert not mixes(centimetres)
    # Of others, who are taller by some centimetres: both lie among each other all the same.
    assert not mixes(np.where(TAKEN, (heights + 2) * 2.54, (heights * 2.54).round()))


def test_mending_makes_the_column_one_again():
    cells = columns(1)["both signs"]
    frame = pl.DataFrame({"x": np.where(TAKEN, cells * 1000, cells)})
    repaired, _ = dc.repair(frame, unsafe=True)
    assert np.allclose(repaired["x"].to_numpy(), cells, rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", columns(0))
def test_clean_columns_have_one_unit(name, seed):
    assert not mixes(columns(seed + 20)[name])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "cells",
    [
        lambda rng: rng.lognormal(3, 3, ROWS),
        lambda rng: np.array([float(f"{v:.3g}") for v in rng.lognormal(3, 2.5, ROWS)]),
        lambda rng: np.where(rng.random(ROWS) < 0.2, rng.integers(1, 4, ROWS) / 3, 5).round(3),
        lambda rng: rng.integers(1, 18, ROWS).astype(float),
        lambda rng: rng.standard_cauchy(ROWS).round(2),
        lambda rng: np.repeat(rng.lognormal(5, 1, ROWS // 8).round(), 8),
    ],
    ids=["decades", "three digits", "thirds", "years", "heavy tails", "groups"],
)
def test_what_spans_decades_is_rounded_or_grouped_has_one_unit(cells, seed):
    assert not mixes(cells(np.random.default_rng(seed)))


@pytest.mark.parametrize("rows", [16, 40, 300])
@pytest.mark.parametrize("digits", [1, 2])
def test_amounts_that_span_decades_to_a_few_digits_are_in_one_unit(digits, rows):
    rng = np.random.default_rng(rows)
    told = 0
    for _ in range(20):
        cells = [float(f"{10**power:.{digits - 1}e}") for power in rng.uniform(-3, 3, rows)]
        told += bool(mixes(cells))
    assert told == 0


def test_a_mix_among_spelled_numbers_is_named_and_loses_no_cell():
    mass = np.random.default_rng(6).normal(70, 9, 200).round(1)
    cells = [f"${v * 1000:,.0f}" if i % 9 == 4 else f"${v:,.1f}" for i, v in enumerate(mass)]
    frame = pl.DataFrame({"mass": cells})
    [mix] = [f for f in dc.check(frame).findings if f.code == "scale.unit_mix"]
    assert mix.fix is None
    assert "numeric_text" in mix.remedy
    read, _ = dc.repair(frame, unsafe=True)
    assert read["mass"].null_count() == 0
    mended, _ = dc.repair(read, unsafe=True)
    assert mended["mass"].max() < 200


@pytest.mark.parametrize("factor", [1e3, 1e6])
def test_moments_in_two_units_are_no_identifiers(factor):
    rng = np.random.default_rng(4)
    seconds = 1_600_000_000 + rng.choice(10**8, 300, replace=False)
    seconds[::10] *= int(factor)
    found = {f.code: f for f in dc.check(pl.DataFrame({"at": seconds})).findings}
    assert "column.identifier" not in found
    assert found["scale.unit_mix"].count == 30
    assert found["scale.unit_mix"].evidence["factor"] == factor


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize(("factor", "places"), [(0.09290304, 1), (0.1, 1), (0.01, 2), (0.001, 3)])
def test_a_unit_beside_a_power_of_ten_is_told_from_it(factor, places, seed):
    areas = np.random.default_rng(seed).lognormal(7.3, 0.2, 2000).round()
    taken = np.arange(2000) % 9 == 1
    [finding] = mixes(np.where(taken, (areas * factor).round(places), areas))
    assert finding.evidence["factor"] == pytest.approx(factor)
    assert finding.count == taken.sum()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("middle", "spread", "places", "factor", "rounded"),
    [(105.0, 0.2, 0, 1 / 18.016, 1), (0.95, 0.25, 2, 88.42, 0), (14.0, 0.15, 1, 28.349523125, 0)],
)
def test_a_known_unit_that_was_rounded_anew_is_a_guess(
    middle, spread, places, factor, rounded, seed
):
    rng = np.random.default_rng(seed)
    values = (middle * rng.lognormal(0, spread, 1500)).round(places)
    taken = rng.random(1500) < 0.12
    [finding] = mixes(np.where(taken, (values * factor).round(rounded), values))
    assert (finding.severity, finding.count) == ("warning", taken.sum())
    assert finding.evidence["factor"] == pytest.approx(factor)
    assert "may be in another unit" in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe


def test_two_kinds_of_one_precision_are_no_guess():
    rng = np.random.default_rng(8)
    kinds = np.where(rng.random(900) < 0.2, rng.normal(12, 1, 900), rng.normal(220, 18, 900))
    assert mixes(kinds.round(1)) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("factor", "offset", "said"),
    [(1.8, 32.0, "Celsius to Fahrenheit"), (1.0, 273.15, "Celsius to kelvin")],
)
def test_outliers_that_would_lie_among_the_others_say_in_which_unit(seed, factor, offset, said):
    rng = np.random.default_rng(seed)
    cells = rng.normal(6, 2, 1500).round(2)
    taken = rng.random(1500) < 0.05
    table = pl.DataFrame({"x": np.where(taken, (cells * factor + offset).round(2), cells)})
    [finding] = [f for f in dc.check(table).findings if f.code == "outlier.value"]
    assert (finding.severity, finding.count) == ("warning", taken.sum())
    assert f"perhaps in another unit, {'1.8 times ' * (factor > 1)}the others'" in finding.message
    assert said in finding.message
    repaired, _ = dc.repair(table, unsafe=True)
    assert np.abs(repaired["x"].to_numpy() - cells).max() < 0.01


def test_a_few_outliers_are_of_no_unit():
    cells = np.random.default_rng(1).normal(6, 2, 1500).round(2)
    cells[:4] = [44.1, 42.9, 45.3, 43.3]
    [finding] = [
        f for f in dc.check(pl.DataFrame({"x": cells})).findings if f.code == "outlier.value"
    ]
    assert "another unit" not in finding.message
    assert finding.fix is None


NAMED = {
    "temperature": (lambda rng: rng.normal(20, 5, 300), 1.8, 32.0),
    "bodyTemp": (lambda rng: rng.normal(37, 0.7, 300), 1.8, 32.0),
    "weight_kg": (lambda rng: rng.normal(75, 11, 300), 1 / 0.45359237, 0.0),
    "dauer": (lambda rng: rng.lognormal(4.3, 0.35, 300), 1 / 60, 0.0),
    "height": (lambda rng: rng.normal(170, 9, 300), 1 / 2.54, 0.0),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("share", [0.1, 0.25])
def test_two_units_of_what_a_name_says_are_asked_about(name, share):
    draw, factor, offset = NAMED[name]
    rng = np.random.default_rng(7)
    values = draw(rng)
    odd = rng.random(300) < share
    cells = np.round(np.where(odd, values * factor + offset, values), 2)
    found = [f for f in dc.check(pl.DataFrame({name: cells})).findings if f.column == name]
    [told] = [f for f in found if f.code == "scale.unit_mix"]
    assert abs(told.count - odd.sum()) <= 4
    assert math.isclose(told.evidence["factor"], factor, rel_tol=1e-6)
    if told.severity == "warning":
        assert "may be in another unit" in told.message
        assert told.fix is None


@pytest.mark.parametrize("name", ["temperature", "weight", "duration", "x"])
@pytest.mark.parametrize(
    ("low", "high"), [((20, 5), (60, 5)), ((75, 12), (130, 12)), ((60, 15), (3, 0.1))]
)
def test_two_populations_that_no_unit_explains_are_none(name, low, high):
    rng = np.random.default_rng(9)
    cells = np.round(np.concatenate([rng.normal(*low, 200), rng.normal(*high, 70)]), 1)
    assert "scale.unit_mix" not in {f.code for f in dc.check(pl.DataFrame({name: cells})).findings}


def test_a_name_that_says_nothing_is_asked_nothing():
    rng = np.random.default_rng(7)
    celsius = rng.normal(20, 5, 300)
    cells = np.round(np.where(rng.random(300) < 0.2, celsius * 1.8 + 32, celsius), 1)
    for name in ("attempt", "x", "contemplated"):
        found = dc.check(pl.DataFrame({name: cells})).findings
        assert "scale.unit_mix" not in {f.code for f in found}


@pytest.mark.parametrize(
    ("small", "severity"),
    [
        ([1.321, 1.46, 0.908, 1.25, 1.102, 1.377] * 2, "error"),
        ([0.8, 1.0, 1.2, 1.321, 1.441592654, 1.289913124] * 2, "warning"),
    ],
)
def test_small_cells_with_digits_that_no_other_has_are_only_asked_about(small, severity):
    cells = np.random.default_rng(0).normal(1250, 200, 3000).round()
    [finding] = mixes(np.concatenate([cells, small]))
    assert (finding.count, finding.evidence["factor"]) == (12, 0.001)
    assert finding.severity == severity
    assert (" may be " in finding.message) == (severity == "warning")
