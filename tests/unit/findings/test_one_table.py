"""What one table shows by itself: each code on a fault, and silence beside it."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck import findings
from datacheck.checking.verbs import check
from datacheck.findings import DETECTORS, WITHIN, detect, locate
from datacheck.findings.outliers import outlying_values
from datacheck.profiling.measure import measure
from datacheck.report.finding import LISTED, Finding
from datacheck.schema import Column, Prepare, Schema

RNG = np.random.default_rng(11)
ROWS = 600
NORMAL = RNG.normal(50, 5, ROWS).round(1)


def found(**columns: object) -> dict[tuple[str, str | None], Finding]:
    frame = pl.DataFrame(columns).lazy()
    findings = locate(detect(measure(frame)), frame)
    return {(finding.code, finding.column): finding for finding in findings}


def with_some(values: np.ndarray, what: object, every: int = 50) -> list[object]:
    return [what if row % every == 3 else value for row, value in enumerate(values.tolist())]


def test_clean_columns_show_nothing():
    clean = {
        "normal": NORMAL,
        "skewed": RNG.lognormal(3, 0.8, ROWS).round(2),
        "even": RNG.uniform(0, 1, ROWS),
        "counts": RNG.poisson(3, ROWS),
        "word": RNG.choice(["red", "green", "none at all"], ROWS),
        "flag": RNG.random(ROWS) < 0.2,
    }
    assert not found(**clean)


def test_nulls_and_nan_are_told_apart_and_located():
    findings = found(a=with_some(NORMAL, None), b=with_some(NORMAL, float("nan"), 100))
    null, nan = findings["missing.null", "a"], findings["missing.nan", "b"]
    assert (null.count, null.severity, null.rows[:2]) == (12, "error", (3, 53))
    assert (nan.count, nan.rows[:2]) == (6, (3, 103))
    assert null.values == (None,) * 12


def test_an_empty_column_is_said_once():
    findings = found(a=[None] * 30, b=["n/a"] * 30, c=[i / 4 for i in range(30)])
    assert set(findings) == {("missing.all", "a"), ("missing.all", "b")}


def test_rows_are_the_first_twenty_and_the_count_is_exact():
    null = found(a=with_some(NORMAL, None, 5))["missing.null", "a"]
    assert (null.count, len(null.rows)) == (120, LISTED)


@pytest.mark.parametrize("word", ["NA", "n/a", "?", "", " - "])
def test_words_for_nothing(word):
    finding = found(a=with_some(RNG.choice(["x", "y"], ROWS), word))["missing.text", "a"]
    assert (finding.count, finding.values[0]) == (12, word)


def test_an_odd_word_among_numbers_needs_no_list():
    texts = with_some(NORMAL.astype(str), "zut")
    finding = found(a=texts)["missing.text", "a"]
    # A guess: a known word would be an error here.
    assert (finding.count, finding.severity) == (12, "warning")
    assert not finding.fix.safe


@pytest.mark.parametrize("value", [-999.0, 9999.0, -1.0, 1e30, -9.9, 12345.6])
def test_sentinels_are_found_by_standing_apart(value):
    finding = found(a=with_some(np.abs(NORMAL), value))["missing.sentinel", "a"]
    assert (finding.evidence["value"], finding.count) == (value, 12)
    assert finding.rows[:2] == (3, 53)


def test_two_sentinels_in_one_column():
    values = with_some(NORMAL, -999.0)
    values[7] = values[77] = values[177] = -9999.0
    frame = pl.DataFrame({"a": values}).lazy()
    told = [f.evidence["value"] for f in detect(measure(frame)) if f.code == "missing.sentinel"]
    assert sorted(told) == [-9999.0, -999.0]


def test_ordinary_repeated_ends_are_no_sentinels():
    clipped = np.clip(NORMAL, 42, 58)
    zeros = np.where(RNG.random(ROWS) < 0.4, 0.0, RNG.lognormal(1, 1, ROWS))
    codes = RNG.choice([-1, 0, 1], ROWS)
    assert not found(clipped=clipped, zeros=zeros, codes=codes)


def test_columns_missing_as_one():
    hole = [row % 40 == 1 for row in range(ROWS)]
    columns = {
        name: [None if gone else row for row, gone in enumerate(hole)] for name in ("a", "b", "c")
    }
    other = [None if row % 40 == 2 else row for row in range(ROWS)]
    finding = found(**columns, other=other)["missing.together", None]
    assert (finding.evidence["columns"], finding.count) == (["a", "b", "c"], 15)


def test_numbers_that_float32_cannot_hold():
    findings = found(
        inf=with_some(NORMAL, float("inf")),
        over=with_some(NORMAL, 1e39),
        under=with_some(NORMAL, 1e-42),
        epoch=1.7e9 + np.arange(ROWS) / 7,
        wide=2**25 + 3 * np.arange(ROWS),
        long=2**53 + np.arange(ROWS),
    )
    assert findings["numeric.infinite", "inf"].count == 12
    assert findings["numeric.float32_overflow", "over"].count == 12
    assert findings["numeric.float32_underflow", "under"].count == 12
    assert findings["numeric.float32_precision", "epoch"].evidence["float32"] == (
        "safe after centering"
    )
    epoch = 1.7e9 + np.arange(ROWS) / 7
    step = findings["numeric.float32_precision", "epoch"].evidence["where"]["float32_step"]
    moved = np.abs(epoch.astype(np.float32).astype(np.float64) - epoch) > step
    assert findings["numeric.float32_precision", "epoch"].count == moved.sum()
    assert findings["numeric.float32_precision", "wide"].evidence["collisions"] > 0
    assert findings["numeric.integer_precision", "long"].count == ROWS - 1


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(list("12345"))])
def test_digits_that_are_typed_as_categories_stay_so(dtype):
    table = pl.DataFrame({"grade": list("12345") * 40}, schema={"grade": dtype})
    [told] = [f for f in dc.check(table).findings if f.code == "type.numeric_text"]
    assert (told.severity, told.fix) == ("info", None)
    repaired, log = dc.repair(table, unsafe=True)
    assert repaired.schema == table.schema
    assert not len(log)
    assert dc.suggest(table).columns[0].dtype == table.schema["grade"]


def test_numbers_written_as_text():
    dressed = [f"{value:,.2f}" for value in RNG.lognormal(8, 1, ROWS)]
    findings = found(
        plain=NORMAL.astype(str),
        dressed=dressed,
        mixed=with_some(NORMAL.astype(str), "A12", 4),
        zip=[f"{value:05d}" for value in RNG.integers(0, 9_999, ROWS)],
    )
    assert findings["type.numeric_text", "plain"].count == ROWS
    assert "thousands" in findings["type.numeric_text", "dressed"].evidence["written"]
    assert findings["type.mixed", "mixed"].count == 150
    assert not any(column == "zip" for _, column in findings)


@pytest.mark.parametrize(("factor", "back"), [(1000.0, 1000.0), (2.54, 2.54), (1 / 2.54, 1 / 2.54)])
def test_two_units_in_one_column(factor, back):
    values = NORMAL.copy()
    values[::9] *= factor
    finding = found(a=values)["scale.unit_mix", "a"]
    assert finding.evidence["factor"] == pytest.approx(back, rel=1e-6)
    assert finding.count == len(values[::9])
    assert finding.rows[:3] == (0, 9, 18)


def test_two_species_are_not_two_units():
    two = np.concatenate([RNG.normal(1.46, 0.17, 200), RNG.normal(4.9, 0.6, 400)]).round(1)
    assert not any(code == "scale.unit_mix" for code, _ in found(a=two))


def test_outliers_beyond_fences_that_follow_the_skew():
    values = NORMAL.copy()
    values[[5, 500]] = [120.0, -30.0]
    finding = found(a=values)["outlier.value", "a"]
    assert (finding.count, finding.rows, finding.values) == (2, (5, 500), (120.0, -30.0))
    assert set(finding.evidence["beyond"]) == {"iqr", "mad", "zscore"}


def test_scales():
    findings = found(
        constant=[4.0] * ROWS,
        degenerate=np.where(np.arange(ROWS) % 10 == 0, NORMAL, 7.0),
        wide=NORMAL * 1e5,
        normal=NORMAL,
    )
    assert findings["scale.constant", "constant"].evidence["value"] == 4.0
    assert findings["scale.degenerate", "degenerate"].count == ROWS - 60 + int(
        (NORMAL[::10] == 7.0).sum()
    )
    spread = findings["scale.spread", None]
    assert (spread.evidence["widest"], spread.evidence["factor"] > 1e4) == ("wide", True)


def test_a_column_may_span_more_than_a_square_of_doubles_can_hold():
    far = 2e-200 * 1.4 ** np.arange(1, 1200)
    cells = np.concatenate([np.full(12_000, 1e-200), np.full(6_000, 2e-200), far])
    report = dc.check(pl.DataFrame({"x": cells}))
    assert [finding.code for finding in report.findings] == ["numeric.float32_underflow"]


def test_a_detector_is_pure():
    profile = measure(pl.DataFrame({"a": with_some(NORMAL, -999.0)}).lazy())
    before = profile.to_json()
    column = profile.columns["a"]

    def found():
        return [list(each(column if each in WITHIN else profile)) for each in DETECTORS]

    assert found() == found()
    assert profile.to_json() == before


def test_a_column_is_asked_once_in_each_role(monkeypatch):
    asked = []

    def spy(column):
        asked.append(column.name)
        return outlying_values(column)

    monkeypatch.setattr(findings, "DETECTORS", (spy,))
    monkeypatch.setattr(findings, "WITHIN", {spy: ("outlier.value",)})
    profile = measure(pl.DataFrame({"a": [153.3, 171.7, *NORMAL[2:]], "b": NORMAL}).lazy())
    first = detect(profile)
    assert [finding.column for finding in first] == ["a"]
    assert detect(profile) == first
    assert asked == ["a", "b"]
    assert detect(profile, {"a": "id"}) == []
    assert asked == ["a", "b", "a"]


def test_what_is_declared_as_it_came_is_asked_once_beside_a_reference(monkeypatch):
    asked = []

    def spy(column):
        asked.append((column.name, column.rows))
        return outlying_values(column)

    monkeypatch.setattr(findings, "DETECTORS", (spy,))
    monkeypatch.setattr(findings, "WITHIN", {spy: ("outlier.value",)})
    data = pl.DataFrame({"a": [153.3, 171.7, *NORMAL[2:]], "b": with_some(NORMAL, -999.0)})
    prepare = Prepare(missing_values=(-999.0,), impute="median")
    columns = Column(name="a"), Column(name="b", prepare=prepare)
    check(
        data, Schema(name="s", columns=columns), pl.DataFrame({"a": NORMAL, "b": NORMAL}).head(300)
    )
    own = [name for name, rows in asked if rows == ROWS]
    assert sorted(own) == ["a", "b", "b"]


def test_a_long_column_is_judged_as_a_short_one():
    rng = np.random.default_rng(5)
    values = rng.lognormal(2, 0.5, 200_000)
    values[::1000] = -999.0
    values[5::2000] = np.inf
    frame = pl.DataFrame({"a": values}).lazy()
    findings = {f.code: f for f in locate(detect(measure(frame)), frame)}
    assert findings["missing.sentinel"].count == 200
    assert findings["numeric.infinite"].count == 100
    assert "estimated" not in findings["missing.sentinel"].evidence


def test_columns_of_text_are_looked_at_as_numbers_where_a_word_made_them_text():
    values = NORMAL.copy()
    values[::9] *= 1000
    outlying = NORMAL.copy()
    outlying[7] = 500.0
    texts = {"mix": values, "out": outlying}
    findings = found(
        **{name: with_some(column.astype(str), "NA") for name, column in texts.items()}
    )
    assert findings["scale.unit_mix", "mix"].evidence["factor"] == 1000.0
    assert findings["outlier.value", "out"].rows == (7,)
    assert ("outlier.value", "mix") not in findings


def test_units_that_lie_among_the_others_are_seen_by_their_digits():
    wide = RNG.uniform(1, 100, ROWS).round(1)
    wide[::9] *= 2.54
    finding = found(a=wide)["scale.unit_mix", "a"]
    assert finding.evidence["factor"] == pytest.approx(2.54)
    assert finding.rows[:3] == (0, 9, 18)


def test_thirds_and_quarters_are_no_units():
    parts = {f"of {n}": (RNG.integers(1, 300, ROWS) / n) for n in (2, 3, 4, 6, 8)}
    assert not any(code == "scale.unit_mix" for code, _ in found(**parts))


def test_a_code_among_codes_is_no_sentinel():
    codes = RNG.choice([1, 33, 44, 49, 61, 7, 39, 31, 34], ROWS).astype(float)
    codes[::12] = 386.0
    binary = np.where(RNG.random(ROWS) < 0.9, 0.0, RNG.choice([0.144, 1.0], ROWS))
    assert not any(code == "missing.sentinel" for code, _ in found(codes=codes, binary=binary))


@pytest.mark.parametrize("value", [-9.0, -99.0])
def test_classic_sentinels_below_zero(value):
    finding = found(a=with_some(RNG.gamma(2, 100, ROWS).round(1), value))["missing.sentinel", "a"]
    assert finding.evidence["value"] == value


def test_clean_columns_of_many_shapes_have_hardly_any_outliers():
    rng = np.random.default_rng(3)
    shapes = {
        "normal": rng.normal,
        "skewed": lambda size: rng.lognormal(0, 0.7, size),
        "counts": lambda size: rng.poisson(20, size).astype(float),
        "heavy": lambda size: rng.standard_t(5, size),
    }
    for name, draw in shapes.items():
        told = [
            f for k in range(3) for f in found(**{f"{k} {c}": draw(size=200) for c in range(100)})
        ]
        alarms = sum(code == "outlier.value" for code, _ in told)
        assert alarms <= (30 if name == "heavy" else 6), name


def test_a_column_over_many_decades_is_safe_in_float32():
    decades = 10.0 ** RNG.uniform(-12, 25, ROWS)
    assert ("numeric.float32_precision", "a") not in found(a=decades)
    assert ("numeric.float32_precision", "a") in found(a=1.7e9 + NORMAL)


def test_lists_of_numbers_and_codes_are_texts():
    lists = [",".join(str(int(v)) for v in RNG.integers(100, 999, 20)) for _ in range(ROWS)]
    lines = RNG.choice(["1", "2", "3bis", "3bis, 11", "7"], ROWS)
    findings = found(lists=lists, lines=lines)
    assert ("type.numeric_text", "lists") not in findings
    assert findings["type.mixed", "lines"].severity == "info"


FEW_VALUES = {
    "answers": RNG.integers(1, 8, ROWS).astype(float),
    "clumps": RNG.choice([1500.0, 1510, 4400, 4700, 4720, 36_000, 36_400, 37_900], ROWS),
    "one default": np.where(RNG.random(ROWS) < 0.5, 13.7, RNG.integers(1, 12, ROWS) * 4.3),
}


@pytest.mark.parametrize("name", FEW_VALUES)
def test_a_column_without_tails_has_far_values_too(name):
    cells = FEW_VALUES[name].copy()
    assert "outlier.value" not in {code for code, _ in found(a=cells)}
    cells[[3, 50]] = cells.max() * 60
    cells[7] = -cells.max() * 45
    finding = found(a=cells)["outlier.value", "a"]
    assert finding.rows == (3, 7, 50)


def test_a_long_tail_is_no_far_value():
    rng = np.random.default_rng(5)
    columns = {f"{k}": np.sort(rng.lognormal(0, 2.5, 25)) for k in range(60)}
    assert sum(code == "outlier.value" for code, _ in found(**columns)) <= 3


def test_a_classic_sentinel_far_below_numbers_of_both_signs_is_named():
    cells = np.where(np.arange(ROWS) % 12 == 0, -999.0, RNG.choice([-0.1, 0.02, 0.07, 0.3], ROWS))
    assert found(a=cells)["missing.sentinel", "a"].evidence["value"] == -999
    near = np.where(np.arange(ROWS) % 12 == 0, -9.0, RNG.normal(0, 5, ROWS).round(1))
    assert ("missing.sentinel", "a") not in found(a=near)


def test_zeros_are_out_of_place_in_long_columns_and_under_a_lone_low_value():
    rng = np.random.default_rng(2)
    many = rng.normal(120, 9, 30_000)
    few = rng.normal(900, 90, 100).round()
    few[5] = 450
    for cells in (many, few):
        cells[::20] = 0
        finding = found(a=cells)["missing.sentinel", "a"]
        assert (finding.severity, finding.count) == ("warning", len(cells) // 20)
    intervals = [0] * 6 + [4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 10, 11, 12, 13, 14, 17, 18, 19, 25, 26, 27]
    steps = np.array([*intervals, 36, 37, 38, 40, 41, 42], dtype=float)
    assert not [f for f in found(a=steps).values() if f.severity == "warning"]


@pytest.mark.parametrize("far", [12.0, 33.0, -9.0, 140.0])
def test_a_cell_farther_from_all_others_than_these_span(far):
    rooms = [*RNG.integers(1, 6, ROWS - 1).astype(float).tolist(), far]
    ages = [*np.clip(RNG.normal(55, 15, ROWS - 1), 18, 97).round().tolist(), 18 * far]
    for values in (rooms, ages):
        finding = found(x=values)["outlier.value", "x"]
        assert (finding.count, finding.rows) == (1, (ROWS - 1,))


def test_a_step_of_a_long_tail_is_no_cell_apart():
    tail = np.sort(RNG.lognormal(3, 1.2, ROWS)).round(2).tolist()
    spread = [*tail[:-1], tail[-2] * 1.9]
    assert ("outlier.value", "x") not in found(x=spread)
    few = [1.0, 2.0, 3.0, 4.0, 5.0] * 10
    assert ("outlier.value", "x") not in found(x=[*few, 10.0])


def test_zeros_that_were_not_measured_are_said_once():
    heights = with_some(RNG.normal(170, 8, ROWS).round(), 0.0)
    findings = found(height=heights)
    assert list(findings) == [("missing.sentinel", "height")]
    assert findings["missing.sentinel", "height"].severity == "warning"


def test_a_word_among_numbers_is_said_once():
    cells = [f"{value:.1f}" for value in NORMAL]
    findings = found(x=with_some(np.array(cells), "not done"))
    codes = {code for code, _ in findings}
    assert codes == {"missing.text", "type.numeric_text"}
    fix = findings["type.numeric_text", "x"].fix
    assert fix is not None
    assert fix.arguments["values"] == ["not done"]


def test_a_slip_among_short_numbers_is_no_code():
    ages = [f"{age}" for age in RNG.integers(18, 70, ROWS)]
    mixed = found(age=["3O" if row in (5, 60) else age for row, age in enumerate(ages)])
    assert mixed["type.mixed", "age"].rows == (5, 60)
    rooms = [f"{RNG.integers(1, 9)}{'AB'[row % 2]}" for row in range(ROWS)]
    assert not found(room=rooms)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([1.5, None, 2.5] * 20, "impute: median"),
        (["a", None, "b"] * 20, "impute: most_frequent"),
        ([True, None, False] * 20, "impute: most_frequent"),
        (pl.Series([0, None, 9] * 20).cast(pl.Date), "nullable: false"),
    ],
)
def test_what_fills_a_hole_suits_its_column(cells, said):
    remedy = found(x=cells)["missing.null", "x"].remedy
    assert said in remedy
    assert ("median" in remedy) == ("median" in said)
