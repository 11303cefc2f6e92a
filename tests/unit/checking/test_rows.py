"""What a check says of rows as rows."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck import table as module
from datacheck.report import Finding


def table(rows: int = 200, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "x": rng.normal(size=rows),
            "kind": rng.choice(list("abc"), rows),
            "y": rng.integers(0, 2, rows),
        }
    )


def about_rows(report: dc.Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.code.startswith("row.")]


def test_rows_of_no_table_repeat_by_themselves():
    assert not about_rows(dc.check(table()))


def test_repeated_rows_are_counted_listed_and_dropped():
    twice = pl.concat([table(), table().slice(10, 15)])
    [found] = about_rows(dc.check(twice))
    assert (found.code, found.severity, found.count) == ("row.duplicate", "warning", 15)
    assert found.rows == tuple(range(200, 215))
    assert found.values == tuple(range(10, 25))
    repaired, log = dc.repair(twice, unsafe=True)
    assert repaired.equals(table())
    assert set(log["row"]) == set(range(200, 215))
    assert set(log["finding"]) == {"row.duplicate"}


def test_rows_that_repeat_but_for_their_id_are_told_apart_from_those_that_repeat_whole():
    named = pl.concat([table(), table().head(12)]).with_row_index("id", offset=1000)
    named = pl.concat([named, named.tail(5)])
    whole, but_ids = about_rows(dc.check(named, id="id"))
    assert (whole.count, but_ids.count) == (5, 17)
    assert but_ids.evidence["where"]["but"] == ["id"]
    assert not about_rows(dc.check(dc.repair(named, dc.check(named, id="id"), unsafe=True)[0]))


def test_a_null_and_nan_make_one_row():
    frame = pl.DataFrame({"x": [0.5, None, float("nan"), 0.7, 0.9], "y": [1.5, 2.5, 2.5, 3.5, 4.5]})
    [found] = about_rows(dc.check(frame))
    assert (found.count, found.rows) == (1, (2,))
    repaired, _ = dc.repair(frame, dc.Report([found], name="t", rows=5, columns=2), unsafe=True)
    assert repaired.height == 4


def test_few_categories_repeat_by_chance_and_are_no_fault():
    rng = np.random.default_rng(3)
    cells = {name: rng.choice(list("abc"), 2000) for name in ("p", "q", "r")}
    assert not about_rows(dc.check(pl.DataFrame(cells)))


def test_equal_features_with_other_targets_conflict():
    rows = pl.concat([table(), table().head(8).with_columns(y=1 - pl.col("y"))])
    [found] = about_rows(dc.check(rows, target="y"))
    assert (found.code, found.severity, found.count) == ("row.conflict", "warning", 16)
    assert found.rows == (*range(8), *range(200, 208))
    assert found.values[:2] == (200, 201)
    assert not about_rows(dc.check(rows))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_of_the_reference_are_told(tmp_path: Path, suffix: str):
    train, test = table(), pl.concat([table(seed=1), table().slice(50, 30)])
    paths = [tmp_path / f"{name}{suffix}" for name in ("train", "test")]
    for frame, path in zip((train, test), paths, strict=True):
        frame.write_csv(path) if suffix == ".csv" else frame.write_parquet(path)
    [found] = about_rows(dc.compare(*paths))
    assert (found.code, found.severity, found.count) == ("row.overlap", "warning", 30)
    assert found.values == tuple(range(50, 70))
    checked = about_rows(dc.check(paths[1], reference=paths[0], target="y"))
    assert [each.code for each in checked] == ["row.overlap"]
    assert not about_rows(dc.compare(*paths, rows=False))
    assert not about_rows(dc.check(paths[1], reference=paths[0], rows=False))


def test_an_overlap_is_found_without_the_target_and_by_any_type():
    train = table().with_columns(n=pl.int_range(200))
    test = train.tail(40).drop("y").with_columns(pl.col("n").cast(pl.Float64))
    [found] = about_rows(dc.compare(train, test))
    assert found.count == 40


@pytest.mark.parametrize("narrow", ["train", "test"])
def test_an_overlap_of_float32_and_doubles_is_found_and_set_apart(narrow):
    rng = np.random.default_rng(3)
    train = table().with_columns(z=pl.Series(rng.normal(size=200)), w=pl.Series(rng.random(200)))
    test = pl.concat([train.tail(40), train.head(30).with_columns(pl.col("z") + 1)])
    single = pl.col("z", "w").cast(pl.Float32)
    train = train.with_columns(single) if narrow == "train" else train
    test = test.with_columns(single) if narrow == "test" else test
    [found] = about_rows(dc.compare(train, test))
    assert (found.count, found.rows) == (40, tuple(range(20)))
    kept, apart = dc.split(test, aside=["row.overlap"], reference=train)
    assert (kept.collect().height, apart.collect().height) == (30, 40)
    report = dc.check(test, reference=train)
    assert dc.repair(test, report, unsafe=True, reference=train)[0].height == 30


def test_a_table_is_no_overlap_with_itself_but_its_copy_in_another_order_is():
    assert not about_rows(dc.compare(table(), table()))
    [found] = about_rows(dc.compare(table(), table().sample(fraction=1, shuffle=True, seed=1)))
    assert found.count == 200


def test_ids_and_groups_on_both_sides_are_told():
    train = table().with_columns(who=pl.int_range(200) // 4)
    test = table(seed=1).with_columns(who=pl.int_range(200) // 4 + 45)
    [found] = about_rows(dc.check(test, reference=train, id="who"))
    assert (found.column, found.severity, found.count) == ("who", "warning", 20)


def test_rows_before_the_training_ends_are_told():
    train = table().with_columns(day=pl.int_range(200))
    test = table(seed=1).with_columns(day=pl.int_range(200) + 190)
    report = dc.check(test, reference=train, time="day")
    [found] = about_rows(report)
    assert (found.column, found.count, found.rows) == ("day", 9, tuple(range(9)))


DAYS = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 9, 1), eager=True)
MOMENTS = {
    "days": DAYS,
    "milliseconds": DAYS.cast(pl.Datetime("ms")),
    "microseconds with a zone": DAYS.cast(pl.Datetime("us", "UTC")),
    "nanoseconds": DAYS.cast(pl.Datetime("ns")),
}


@pytest.mark.parametrize("here", list(MOMENTS))
@pytest.mark.parametrize("there", list(MOMENTS))
def test_moments_are_compared_in_whatever_unit_they_are_counted(here: str, there: str):
    train = table(100).with_columns(day=MOMENTS[there].head(100))
    test = table(100, seed=1).with_columns(day=MOMENTS[here].slice(93, 100))
    found = [f for f in dc.check(test, reference=train, time="day").findings if f.column == "day"]
    assert [f.count for f in found if f.code == "row.overlap"] == [6]


def test_the_findings_are_the_same_where_a_table_is_read_in_parts(tmp_path, monkeypatch):
    rows = pl.concat([table(9000), table(9000).slice(5, 40)]).with_columns(
        id=pl.int_range(9040) * 7 + 10**9
    )
    path = tmp_path / "t.parquet"
    rows.write_parquet(path)
    held = about_rows(dc.check(path, target="y"))
    monkeypatch.setattr(module, "MEMORY", 1)
    assert [f.to_dict() for f in about_rows(dc.check(path, target="y"))] == [
        f.to_dict() for f in held
    ]
    assert [f.count for f in held] == [40]


def test_near_duplicates_are_told_on_request_of_the_table_and_of_the_reference():
    rng = np.random.default_rng(7)
    train, fresh = (table(seed=at).with_columns(z=pl.Series(rng.normal(size=200))) for at in (0, 1))
    near = train.head(12).with_columns(x=pl.col("x") + 1)
    rounded = train.slice(50, 7).with_columns(pl.selectors.float().round(4))
    test = pl.concat([fresh, near, rounded])
    assert not about_rows(dc.check(pl.concat([train, near, rounded])))
    [found] = about_rows(dc.check(pl.concat([train, near, rounded]), near_duplicates=True))
    assert (found.code, found.severity, found.count) == ("row.near_duplicate", "warning", 19)
    assert (found.evidence["cells"], found.evidence["rounded"]) == ({"x": 12}, 7)
    assert found.values == (*range(12), *range(50, 57))
    [found] = about_rows(dc.compare(train, test, near_duplicates=True))
    assert (found.count, found.rows[0], found.values[0]) == (19, 200, 0)
    assert found.evidence["reference_rows"] == 200


def test_what_chance_brings_near_is_not_told():
    rng = np.random.default_rng(3)
    cells = {name: rng.choice(list("abc"), 500) for name in "pqrs"}
    cells["x"] = np.round(rng.normal(size=500), 1)
    assert not about_rows(dc.check(pl.DataFrame(cells), near_duplicates=True))


def test_another_target_alone_is_a_conflict_and_no_near_duplicate():
    rows = pl.concat([table(), table().head(8).with_columns(y=1 - pl.col("y"))])
    [found] = about_rows(dc.check(rows, target="y", near_duplicates=True))
    assert found.code == "row.conflict"


def joint(rows: int, seed: int, together: float) -> pl.DataFrame:
    """Two columns of the same distribution each, whatever holds them together."""
    x, z, noise = np.random.default_rng(seed).normal(size=(3, rows))
    other = together * x + (1 - together**2) ** 0.5 * z
    return pl.DataFrame({"x": x, "z": other, "noise": noise})


def test_tables_that_a_model_tells_apart_are_told_with_the_columns_that_give_them_away():
    train, other = joint(800, 0, 0.8), joint(600, 1, 0.0)
    assert not [f for f in dc.compare(train, other).findings if f.code == "drift.joint"]
    report = dc.compare(train, other, joint=True)
    [found] = [f for f in report.findings if f.code == "drift.joint"]
    assert found.evidence["auc"] > 0.65
    assert set(found.evidence["columns"]) == {"x", "z"}
    calm = dc.check(joint(600, 2, 0.8), reference=train, joint=True)
    assert "drift.joint" not in {f.code for f in calm.findings}


def test_a_column_without_a_value_tells_no_tables_apart():
    """Nor does one whose few values a fold has not seen."""
    parts = [
        joint(90, seed, 0.8).with_columns(
            empty=pl.lit(None, pl.Float64), nearly=pl.when(pl.int_range(90) == 7).then(pl.col("x"))
        )
        for seed in (0, 1)
    ]
    report = dc.compare(*parts, joint=True)
    assert "drift.joint" not in {f.code for f in report.findings}


def test_what_cannot_be_looked_for_is_refused():
    with pytest.raises(dc.DatacheckError, match="there is one table"):
        dc.check(table(), joint=True)
    with pytest.raises(dc.DatacheckError, match="one has no rows"):
        dc.check(table(), reference=dc.profile(table()), joint=True)
    for asked in ({"joint": True}, {"near_duplicates": True}):
        with pytest.raises(dc.DatacheckError, match="one has no rows"):
            dc.compare(dc.profile(table()), table(), **asked)
    with pytest.raises(dc.DatacheckError, match="left out"):
        dc.check(table(), rows=False, near_duplicates=True)


def test_what_costs_most_is_told_first():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    rows = table().with_columns(y=pl.Series(y), leak=pl.Series(y * 2 + rng.random(200)))
    rows = rows.with_columns(again=pl.col("x"))
    test = pl.concat([rows, rows.head(5)])
    told = dc.check(test, reference=rows.slice(100, 20), target="y").findings
    codes = [f.code for f in told if f.severity == "warning"]
    wanted = ["target.leak", "row.overlap", "row.duplicate", "column.copy"]
    assert [code for code in codes if code in wanted] == wanted
