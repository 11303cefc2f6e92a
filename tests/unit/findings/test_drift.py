"""What has changed against a reference: each cause by its name, and silence where nothing has."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.findings import compare_profiles, locate
from datacheck.profiling.measure import measure
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding

ROWS = 400


def sample(seed: int, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).gamma(6.0, 4.0, rows).round(1) + 60


def compared(reference: object, data: object) -> dict[str, Finding]:
    frames = [pl.DataFrame({"a": column}).lazy() for column in (reference, data)]
    findings = locate(compare_profiles(*map(measure, frames)), frames[1])
    return {finding.code: finding for finding in findings}


def test_two_samples_of_one_column_show_nothing():
    assert not compared(sample(1), sample(2))


@pytest.mark.parametrize(
    ("factor", "offset"),
    [(1000.0, 0.0), (0.001, 0.0), (2.54, 0.0), (0.3048, 0.0), (1.8, 32.0), (1.0, 273.15)],
)
def test_a_unit_change_names_factor_and_offset(factor, offset):
    finding = compared(sample(1), sample(2) * factor + offset)["drift.unit_change"]
    assert finding.evidence["factor"] == pytest.approx(factor)
    assert finding.evidence["offset"] == pytest.approx(offset)
    assert finding.count == ROWS


@pytest.mark.parametrize(("factor", "places"), [(1 / 2.54, 1), (1 / 0.45359237, 0), (0.001, 3)])
def test_a_unit_change_is_named_where_the_numbers_were_rounded_anew(factor, places):
    found = compared(sample(1), (sample(2) * factor).round(places))
    assert found["drift.unit_change"].evidence["factor"] == pytest.approx(factor)
    assert "drift.shift" not in found


@pytest.mark.parametrize("seed", range(10))
def test_a_few_amounts_among_zeros_are_in_no_other_unit(seed):
    rng = np.random.default_rng(seed)
    sides = [np.where(rng.random(300) < 0.03, rng.gamma(1.5, 0.1, 300), 0.0) for _ in range(2)]
    assert not {"drift.unit_change", "scale.unit_mix"} & set(compared(*sides))


def test_a_column_that_hardly_ever_holds_a_value_may_hold_none():
    one = pl.DataFrame({"a": [1.0, *[None] * 117], "b": range(118)})
    none = pl.DataFrame({"a": pl.Series([None] * 112, dtype=pl.Float64), "b": range(112)})
    found = [f.code for f in dc.compare(one, none).findings]
    assert "missing.all" not in found
    full = one.with_columns(a=pl.Series(np.arange(118.0)))
    assert "missing.all" in [f.code for f in dc.compare(full, none.head(1)).findings]


@pytest.mark.parametrize(
    ("column", "severities"),
    [
        (range(ROWS), ["info", "info"]),
        (range(1, ROWS + 1), ["info", "info"]),
        (range(7, ROWS + 7), ["error", "warning"]),
        ([*range(ROWS - 1), 0], ["error", "warning"]),
        ([*range(ROWS - 1), None], ["error", "warning"]),
        ([str(n) for n in range(ROWS)], ["error", "warning"]),
    ],
)
def test_a_column_that_does_no_more_than_number_the_rows_is_no_loss(column, severities):
    plain = pl.DataFrame({"a": sample(1)})
    sides = [measure(f.lazy()) for f in (plain.with_columns(n=pl.Series(list(column))), plain)]
    found = [*compare_profiles(*sides), *compare_profiles(*reversed(sides))]
    found = [finding for finding in found if finding.code.startswith("drift.column_")]
    assert [(f.column, f.severity) for f in found] == [("n", each) for each in severities]


def test_codes_that_count_from_another_number_are_moved_and_not_scaled():
    codes = np.random.default_rng(0).choice([1, 2, 3, 4], (2, ROWS), p=[0.5, 0.3, 0.15, 0.05])
    found = compared(codes[0], codes[1] - 1)
    assert "drift.shift" in found
    assert "drift.already_scaled" not in found


def test_a_factor_of_no_unit_is_a_shift():
    findings = compared(sample(1), sample(2) * 1.37)
    assert set(findings) == {"drift.shift"}


def test_a_shift_is_a_shift():
    finding = compared(sample(1), sample(2) + 8.3)["drift.shift"]
    assert finding.evidence["p"] < 1e-6
    assert finding.evidence["superiority"] > 0.6


def test_large_samples_do_not_cry_wolf():
    rng = np.random.default_rng(0)
    reference = rng.lognormal(3, 1, 300_000)
    data = rng.lognormal(3.03, 1, 300_000)
    assert not compared(reference, data)


@pytest.mark.parametrize(
    ("scaler", "scaled"),
    [
        ("minmax", lambda x: (x - x.min()) / (x.max() - x.min())),
        ("zscore", lambda x: (x - x.mean()) / x.std()),
        ("zscore", lambda x: (x - x.mean()) / x.std(ddof=1)),
        ("robust", lambda x: (x - np.median(x)) / np.subtract(*np.quantile(x, [0.75, 0.25]))),
    ],
)
def test_scaled_data_are_recognised(scaler, scaled):
    own = compared(sample(1), scaled(sample(2)))["drift.already_scaled"]
    assert own.evidence["scaler"] == scaler


def test_scaled_by_the_references_numbers():
    reference, data = sample(1), sample(2)
    scaled = (data - reference.mean()) / reference.std()
    finding = compared(reference, scaled)["drift.already_scaled"]
    assert finding.evidence["scaler"] == "zscore"


def test_a_refit_is_told_from_a_shift():
    def minmax(values: np.ndarray) -> np.ndarray:
        return (values - values.min()) / (values.max() - values.min())

    extremes = np.append(sample(2), 260.0)
    refit = compared(minmax(sample(1)), minmax(extremes))["drift.unit_change"]
    assert refit.evidence["refit"] == "minmax"
    shifted = compared(minmax(sample(1)), minmax(sample(1))[:-1] * 0.5 + 0.1)
    assert all(finding.evidence.get("refit") is None for finding in shifted.values())


def test_two_units_are_found_by_the_reference():
    data = sample(2)
    data[::4] *= 2.54
    finding = compared(sample(1), data)["scale.unit_mix"]
    assert finding.evidence["factor"] == pytest.approx(2.54)
    assert finding.count == 100
    assert finding.rows[:3] == (0, 4, 8)


def test_a_new_sentinel():
    data = sample(2)
    data[::40] = -999.0
    finding = compared(sample(1), data)["missing.sentinel"]
    assert (finding.evidence["value"], finding.count) == (-999.0, 10)


@pytest.mark.parametrize("value", [999.0, 9999.0])
def test_a_made_up_number_amid_the_others_is_told(value):
    before, after = (np.random.default_rng(s).uniform(100, 20_000, ROWS).round() for s in (1, 2))
    after[::25] = value
    finding = compared(before, after)["missing.sentinel"]
    assert (finding.count, finding.evidence["value"]) == (ROWS // 25, value)


def test_a_burst_of_outliers_with_its_rows():
    data = sample(2)
    data[[3, 30, 300]] = [400.5, -250.1, 380.7]
    finding = compared(sample(1), data)["drift.outlier_rate"]
    assert (finding.count, finding.rows) == (3, (3, 30, 300))


def test_a_burst_of_nulls():
    data = [None if row % 5 == 0 else value for row, value in enumerate(sample(2).tolist())]
    findings = compared(sample(1), data)
    assert set(findings) == {"drift.missing_rate", "missing.null"}
    assert findings["drift.missing_rate"].count == 80


def test_the_same_nulls_are_no_news():
    columns = [
        [None if row % 5 == 0 else value for row, value in enumerate(sample(seed).tolist())]
        for seed in (1, 2)
    ]
    assert not compared(*columns)


def test_a_column_that_became_constant():
    assert set(compared(sample(1), np.full(ROWS, 80.0))) == {"drift.constant"}
    rare = np.zeros(ROWS)
    rare[7] = 1.0
    assert not compared(rare, np.zeros(ROWS))


def test_one_infinite_cell_is_news():
    data = sample(2)
    data[9] = np.inf
    assert compared(sample(1), data)["numeric.infinite"].rows == (9,)


def test_columns_and_types():
    reference = measure(pl.DataFrame({"a": sample(1), "gone": sample(3)}).lazy())
    data = measure(pl.DataFrame({"a": sample(2).astype(str), "new": sample(4)}).lazy())
    codes = {(f.code, f.column) for f in compare_profiles(reference, data)}
    assert codes == {
        ("drift.dtype", "a"),
        ("drift.column_missing", "gone"),
        ("drift.column_extra", "new"),
        ("type.numeric_text", "a"),
    }


def test_numbers_in_text_are_compared_as_numbers():
    findings = compared(sample(1), (sample(2) * 1000).astype(str))
    assert findings["drift.unit_change"].evidence["factor"] == 1000.0


def test_categories():
    rng = np.random.default_rng(4)
    words = ["red", "green", "blue", *(f"rare {i}" for i in range(40))]
    shares = np.array([0.5, 0.3, 0.1, *([0.1 / 40] * 40)])
    first, second = (rng.choice(words, ROWS, p=shares / shares.sum()) for _ in range(2))
    # Rare ones that one sample has and the other has not are told, and are no alarm.
    assert {each.severity for each in compared(first, second).values()} <= {"info"}
    turned = np.where(second == "red", "RED", second)
    finding = compared(first, turned)["drift.shift"]
    assert set(list(finding.evidence["counts"])[:2]) == {"red", "RED"}
    assert not compared([f"id {i}" for i in range(ROWS)], [f"id {i}" for i in range(ROWS, 800)])


def test_a_saved_profile_is_as_good_as_the_data():
    reference = measure(pl.DataFrame({"a": sample(1)}).lazy())
    data = measure(pl.DataFrame({"a": sample(2) * 1000}).lazy())
    again = Profile.from_json(reference.to_json())
    assert compare_profiles(again, data) == compare_profiles(reference, data)


def test_booleans_shift_by_their_share():
    rng = np.random.default_rng(0)
    assert not compared(rng.random(ROWS) < 0.5, rng.random(ROWS) < 0.5)
    assert set(compared(rng.random(ROWS) < 0.3, rng.random(ROWS) < 0.7)) == {"drift.shift"}


@pytest.mark.parametrize("rows", [30, 300, 100_000])
def test_false_alarms_stay_rare_at_every_size(rows):
    rng = np.random.default_rng(rows)
    columns = {
        "normal": lambda: rng.normal(5, 2, rows),
        "heavy": lambda: rng.standard_t(2, rows),
        "counts": lambda: rng.poisson(2, rows),
        "lognormal": lambda: rng.lognormal(0, 2, rows),
        "zeros": lambda: np.where(rng.random(rows) < 0.7, 0, rng.exponential(1, rows)),
        "even": lambda: rng.random(rows),
    }
    alarms, pairs = [], 40 if rows < 10_000 else 2
    for _ in range(pairs):
        both = [
            measure(pl.DataFrame({name: draw() for name, draw in columns.items()}).lazy())
            for _ in range(2)
        ]
        alarms += compare_profiles(*both)
    # 240 columns at two in a thousand: one may ring.
    assert len(alarms) <= 1, alarms


@pytest.mark.parametrize("factor", [2.54, 0.3048, 0.45359237, 1.609344])
def test_units_among_the_others_are_seen_by_their_digits(factor):
    rng = np.random.default_rng(0)
    # Spanning a decade: the converted values lie among the others.
    reference, data = (rng.uniform(1, 10, 120).round(1) for _ in range(2))
    data[:20] *= factor
    finding = compared(reference, data)["scale.unit_mix"]
    assert finding.evidence["factor"] == pytest.approx(factor)
    assert 18 <= finding.count <= 20
    assert set(finding.rows) <= set(range(20))


def test_a_unit_of_few_rows_is_seen_by_its_digits():
    rng = np.random.default_rng(0)
    reference, data = (rng.lognormal(1, 1.5, 25).round(1) for _ in range(2))
    finding = compared(reference, data * 1.609344)["drift.unit_change"]
    assert finding.evidence["factor"] == pytest.approx(1.609344)


def test_averages_are_no_units():
    rng = np.random.default_rng(0)
    reference = rng.integers(10, 90, 300).astype(float)
    data = rng.integers(10, 90, 300).astype(float)
    data[:60] = rng.integers(30, 270, 60) / 3
    assert "scale.unit_mix" not in compared(reference, data)


@pytest.mark.parametrize(
    ("value", "code"),
    [(0.0, "missing.sentinel"), (99.0, "missing.sentinel"), (83.7, "drift.shift")],
)
def test_a_value_that_repeats_as_never_before(value, code):
    reference, data = sample(1), sample(2)
    data[100:180] = value
    clean = sample(2)
    finding = compared(reference, data)[code]
    assert finding.evidence["value"] == value
    assert finding.count == 80 + (np.delete(clean, range(100, 180)) == value).sum()
    assert 100 in finding.rows


def test_values_that_are_cut_off():
    finding = compared(sample(1), np.minimum(sample(2), 85.0))["drift.shift"]
    assert finding.evidence["value"] == 85.0
    assert "cut off" in finding.message


def test_zeros_that_were_converted_are_no_spike():
    rng = np.random.default_rng(0)
    reference, data = (
        np.where(rng.random(ROWS) < 0.5, 0, rng.gamma(3, 9, ROWS).round(1)) for _ in range(2)
    )
    findings = compared(reference, data * 1.8 + 32)
    assert set(findings) == {"drift.unit_change"}


@pytest.mark.parametrize("seed", range(4))
def test_tails_that_grow_around_zero_are_no_units(seed):
    rng = np.random.default_rng(seed)
    found = compared(rng.normal(size=ROWS), rng.standard_t(1.7, ROWS))
    assert found
    assert set(found) <= {"drift.shift", "drift.outlier_rate", "outlier.value"}


def test_far_values_that_the_reference_has_too_are_no_news():
    # One island far away in the reference, four in the data.
    rng = np.random.default_rng(0)
    reference, data = (rng.normal(-98, 20, 1500).clip(-170, -60).round(4) for _ in range(2))
    reference[7] = 134.5
    data[:3] = [101.4, 145.6, 138.1]
    assert not compared(reference, data)


TOWNS = ["Köln"] * 220 + ["Bonn"] * 130 + ["Ulm"] * 50


@pytest.mark.parametrize(
    ("new", "severity"), [(1, "info"), (4, "info"), (12, "warning"), (380, "warning")]
)
def test_a_category_that_the_reference_never_had_is_told_however_rare(new, severity):
    found = compared(TOWNS, [*TOWNS[: ROWS - new], *["Trier"] * new])
    finding = found["drift.category_new"]
    assert (finding.severity, finding.count) == (severity, new)
    assert finding.evidence["categories"] == {"Trier": new}
    assert finding.rows[0] == ROWS - new
    assert set(finding.values) == {"Trier"}


@pytest.mark.parametrize("seed", range(3))
def test_new_names_are_no_news_and_new_rare_categories_are_expected(seed):
    rng = np.random.default_rng(seed)
    names = [[f"n{number}" for number in rng.integers(0, 10**6, ROWS)] for _ in range(2)]
    assert not compared(*names)
    rare = [[f"c{int(number)}" for number in rng.zipf(1.7, ROWS).clip(0, 400)] for _ in range(2)]
    assert all(finding.severity == "info" for finding in compared(*rare).values())


@pytest.mark.parametrize("kept", [0, 150])
def test_codes_that_have_lost_their_zeros_are_told_by_the_reference(kept):
    rng = np.random.default_rng(0)
    codes = [f"{number:05}" for number in rng.integers(0, 30_000, 2 * ROWS)]
    lost = [code.lstrip("0") if at >= kept else code for at, code in enumerate(codes[ROWS:])]
    assert not compared(codes[:ROWS], codes[ROWS:])
    found = compared(codes[:ROWS], lost)
    finding = found["type.numeric_text"]
    assert finding.count == sum(len(code) < 5 for code in lost)
    assert "zeros in front may be lost" in finding.message
    assert finding.fix is None


def test_moments_that_have_lost_or_won_a_zone_are_told():
    hour = 3_600_000_000
    naive = pl.Series("a", range(0, ROWS * hour, hour)).cast(pl.Datetime("us"))
    zones = [naive.dt.replace_time_zone(zone) for zone in ("UTC", "Europe/Berlin")]
    for one, other, told in [(naive, zones[0], True), (zones[0], naive, True), (*zones, False)]:
        found = compared(one, other)
        assert ("drift.dtype" in found) == told
    assert not compared(naive, naive.cast(pl.Datetime("ms")))


_CELLS = {
    "number": [1.5, 2.0, 7.25],
    "text": ["a", "b", "c"],
    "boolean": [True, False, True],
    "time": [dt.date(2023, 1, day) for day in (1, 2, 3)],
}
_OTHERS = [
    ["1.5", "2", "3e2"],
    ["1.5", "2", "high"],
    ["$1.50", "$2", "$3"],
    ["yes", "no", "yes"],
    ["true", "False", "TRUE"],
    [0, 1, 0],
    [1, 2, 1],
    [True, False, True],
    [1.5, 2.5, 3.5],
    [dt.date(2023, 1, 1)] * 3,
]


@pytest.mark.parametrize("cells", _OTHERS, ids=str)
@pytest.mark.parametrize("kind", _CELLS)
def test_what_brings_a_dtype_back_does(kind, cells, tmp_path):
    """The remedy says to coerce where a schema that does so reads every cell, and only there."""
    reference = pl.DataFrame({"c": _CELLS[kind] * 20})
    data = pl.DataFrame({"c": cells * 20})
    moved = [f for f in dc.compare(reference, data).findings if f.code == "drift.dtype"]
    if "coerce: true" not in "".join(f.remedy for f in moved):
        return
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: s\ncolumns:\n"
        f"  c: {{dtype: {reference['c'].dtype}, coerce: true}}\n"
    )
    assert dc.validate(data, path).ok


@pytest.mark.parametrize("minutes", [-120, 330, 60])
def test_times_of_day_that_all_moved_alike_are_another_zone(minutes):
    days = [dt.datetime(2021, 1, 1) + dt.timedelta(days=i) for i in range(100)]  # noqa: DTZ001
    reference = pl.DataFrame({"when": days})
    data = pl.DataFrame({"when": [day + dt.timedelta(minutes=minutes) for day in days]})
    [found] = [f for f in dc.compare(reference, data).findings if f.code == "drift.shift"]
    assert found.evidence["hours"] == minutes / 60
    later = pl.DataFrame({"when": [day + dt.timedelta(days=100) for day in days]})
    assert "drift.shift" not in {f.code for f in dc.compare(reference, later).findings}
