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
