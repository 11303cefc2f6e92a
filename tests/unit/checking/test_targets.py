"""What a check says of the target, of what gives it away, and of columns that are copies."""

import numpy as np
import polars as pl
import pytest
from sklearn import datasets

import datacheck as dc
from datacheck import table as module
from datacheck.findings import copies
from datacheck.rows import sample

ROWS = 600


def honest(seed: int = 0, rows: int = ROWS) -> pl.DataFrame:
    """Features that tell a class well, but not by themselves: the best has an AUC of 0.95."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    return pl.DataFrame(
        {
            "good": y * 2.33 + rng.normal(size=rows),
            "poor": rng.normal(size=rows),
            "kind": rng.choice(list("abcd"), rows),
            "holes": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
            "y": y,
        }
    )


def leaked(report: dc.Report) -> list[str | None]:
    return [f.column for f in report.findings if f.code == "target.leak"]


def said(report: dc.Report, code: str) -> dict[str | None, object]:
    return {f.column: f for f in report.findings if f.code == code}


def test_honest_features_are_silent():
    report = dc.check(honest(), target="y")
    assert {f.code for f in report.findings} == {"missing.nan"}


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_no_feature_of_a_real_target_is_called_a_leak(name):
    frame = pl.from_pandas(getattr(datasets, f"load_{name}")(as_frame=True).frame)
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert not said(dc.check(mixed, target="target"), "target.leak")
    # Two of these tables are sorted by their target.
    in_order = leaked(dc.check(frame, target="target"))
    assert in_order == ([None] if name in ("iris", "wine") else [])


Y = honest()["y"]
NOISE = np.random.default_rng(5).normal(size=ROWS)
LEAKS = {
    "itself": Y,
    "renamed": Y.replace_strict({0: "no", 1: "yes"}),
    "scaled": Y * 3.5 + 2.0,
    "monotone": pl.Series(Y.to_numpy() * 5 + NOISE),
    "finer": pl.Series(Y.to_numpy() * 7 + np.arange(ROWS) % 7),
    "text": pl.Series([f"{'p' if y else 'n'}{i % 9}" for i, y in enumerate(Y)]),
    "flag": Y.cast(pl.Boolean),
}


@pytest.mark.parametrize("name", list(LEAKS))
def test_what_gives_a_class_away_is_told(name):
    report = dc.check(honest().with_columns(LEAKS[name].alias("leak")), target="y")
    found = said(report, "target.leak")
    assert list(found) == ["leak"]
    assert found["leak"].count == ROWS
    assert found["leak"].evidence["score"] >= 0.99
    assert not said(report, "column.copy")


def test_a_cell_that_is_missing_may_give_it_away():
    frame = honest().with_columns(paid=pl.when(pl.col("y") == 1).then(pl.col("poor")))
    [found] = said(dc.check(frame, target="y"), "target.leak").values()
    assert (found.column, found.evidence["by"]) == ("paid", "missing")


def test_three_classes_and_quantities_are_given_away_too():
    rng = np.random.default_rng(2)
    size = rng.gamma(3.0, 2.0, ROWS)
    frame = (
        honest()
        .drop("y")
        .with_columns(
            size=pl.Series(size),
            pounds=pl.Series(size * 2.2046 + 3 + rng.normal(size=ROWS) * 0.01),
            log=pl.Series(np.log(size)),
            near=pl.Series(size + rng.normal(size=ROWS)),
        )
    )
    assert set(said(dc.check(frame, target="size"), "target.leak")) == {"pounds", "log"}
    third = frame.with_columns(
        y=pl.Series(rng.choice(list("uvw"), ROWS)),
    ).with_columns(code=pl.col("y").replace_strict({"u": 7, "v": 3, "w": 9}))
    assert set(said(dc.check(third, target="y"), "target.leak")) == {"code"}


def test_what_grows_with_the_years_is_no_leak_of_what_grows_too():
    rng = np.random.default_rng(3)
    years = np.arange(300)
    frame = pl.DataFrame(
        {
            "year": years + 1700,
            "people": 1000 + years * 10.0 + rng.normal(size=300),
            "income": 50 + years * 3.0 + rng.normal(size=300),
        }
    ).with_columns(tax=pl.col("income") * 0.3)
    assert set(said(dc.check(frame, target="income"), "target.leak")) == {"tax"}


def test_rows_that_are_sorted_by_the_target_are_told():
    report = dc.check(honest().sort("y"), target="y")
    [found] = said(report, "target.leak").values()
    assert (found.column, found.severity) == (None, "info")


def test_a_target_with_holes_or_one_value_is_an_error():
    frame = honest().with_columns(y=pl.when(pl.int_range(ROWS) % 50 > 0).then(pl.col("y")))
    report = dc.check(frame, target="y")
    [found] = said(report, "target.missing").values()
    assert (found.severity, found.count, found.rows[:2]) == ("error", 12, (0, 50))
    assert "y" not in said(report, "missing.null")
    [found] = said(
        dc.check(honest().with_columns(y=pl.lit(1)), target="y"), "target.constant"
    ).values()
    assert found.severity == "error"


def test_rare_classes_are_counted():
    kinds = ["a"] * 500 + ["b"] * 97 + ["c"] * 3
    frame = honest().with_columns(y=pl.Series(kinds).shuffle(1))
    [found] = said(dc.check(frame, target="y"), "target.imbalance").values()
    assert (found.severity, found.count) == ("warning", 3)
    assert found.evidence["counts"] == {"a": 500, "b": 97, "c": 3}
    frame = honest().with_columns(y=(pl.int_range(ROWS) % 12 == 0).cast(pl.Int64))
    [found] = said(dc.check(frame, target="y"), "target.imbalance").values()
    assert (found.severity, found.count) == ("info", 50)


def test_classes_that_the_reference_lacks_and_shares_that_move_are_told():
    train = honest().with_columns(y=pl.col("y").cast(pl.String))
    test = honest(1).with_columns(
        y=pl.when(pl.int_range(ROWS) % 100 == 0).then(pl.lit("2")).otherwise(pl.lit("1"))
    )
    found = [
        f for f in dc.check(test, reference=train, target="y").findings if f.code == "target.drift"
    ]
    assert [f.count for f in found] == [6, ROWS]
    assert found[0].rows[:2] == (0, 100)
    calm = dc.check(honest(2), reference=honest(3), target="y")
    assert not said(calm, "target.drift")


def test_a_relation_that_has_turned_is_told_and_one_that_has_not_is_not():
    turned = honest(1).with_columns(good=-pl.col("good"))
    found = said(dc.check(turned, reference=honest(), target="y"), "drift.relation")
    assert list(found) == ["good"]
    assert not said(dc.check(honest(1), reference=honest(), target="y"), "drift.relation")
    three = [
        honest(seed).with_columns(
            y=pl.when(pl.col("good") > 2.5).then(pl.lit("c")).otherwise(pl.col("y").cast(pl.String))
        )
        for seed in (1, 2)
    ]
    assert not said(dc.check(three[0], reference=three[1], target="y"), "drift.relation")
    other = three[0].with_columns(poor=pl.when(pl.col("y") == "c").then(3.0).otherwise("poor"))
    report = dc.check(other, reference=three[1], target="y")
    assert list(said(report, "drift.relation")) == ["poor"]


@pytest.mark.parametrize("held", [True, False])
def test_copies_are_found_in_every_row_and_nothing_else(held, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    frame = (
        honest()
        .drop("y")
        .with_columns(
            same=pl.col("good"),
            fahrenheit=pl.col("poor") * 1.8 + 32,
            minus=-pl.col("holes"),
            short=pl.col("kind").replace_strict({"a": 3, "b": 1, "c": 2, "d": 0}),
            almost=pl.when(pl.int_range(ROWS) == 400).then(0.0).otherwise(pl.col("poor")),
            other=pl.Series(rng.permutation(["x", "y", "z"] * (ROWS // 3))),
        )
    )
    if not held:
        monkeypatch.setattr(sample, "MOST_ROWS", 100)
        monkeypatch.setattr(sample, "LEAST_ROWS", 100)
        monkeypatch.setattr(module, "MEMORY", 1)
        frame.write_parquet(tmp_path / "t.parquet")
    report = dc.check(frame if held else tmp_path / "t.parquet")
    found = {
        f.column: (f.evidence["of"], f.evidence["kind"])
        for f in said(report, "column.copy").values()
    }
    assert found == {
        "same": ("good", "equal"),
        "fahrenheit": ("poor", "linear"),
        "minus": ("holes", "linear"),
        "short": ("kind", "renamed"),
    }


def test_five_thousand_columns_are_compared_by_no_pair(monkeypatch):
    tried = []
    fit = copies._fit
    monkeypatch.setattr(copies, "_fit", lambda *pair: tried.append(1) or fit(*pair))
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(60, 2_000))
    cells[:, 1_500:] = cells[:, :500] * 2 + 1
    report = dc.check(pl.DataFrame(cells, schema=[f"c{i}" for i in range(2_000)]))
    assert len(said(report, "column.copy")) == 500
    assert len(tried) < 600


def test_a_column_that_hardly_varies_is_told():
    frame = honest().with_columns(flag=(pl.int_range(ROWS) == 17).cast(pl.Int64))
    [found] = said(dc.check(frame), "column.near_constant").values()
    assert (found.column, found.severity, found.count) == ("flag", "info", ROWS - 1)


def test_a_text_whose_relation_has_turned_is_told_with_its_kind():
    def rows(seed: int, often: str) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        kind = rng.choice(list("abcd"), 1_000)
        y = (rng.random(1_000) < np.where(kind == often, 0.8, 0.3)).astype(int)
        return pl.DataFrame({"count": kind, "x": rng.normal(size=1_000), "y": y})

    assert not said(dc.check(rows(1, "b"), reference=rows(2, "b"), target="y"), "drift.relation")
    found = said(dc.check(rows(1, "c"), reference=rows(2, "b"), target="y"), "drift.relation")
    assert list(found) == ["count"]
    assert found["count"].evidence["kind"] in ("b", "c")


def test_small_tables_rare_classes_and_numbers_in_text_are_judged_too():
    rng = np.random.default_rng(0)
    few = pl.DataFrame({"x": rng.normal(size=40), "y": rng.normal(size=40)})
    few = few.with_columns(leak=pl.col("y") * -2.5 + 1 + pl.col("x") * 0.02)
    assert leaked(dc.check(few, target="y")) == ["leak"]
    kinds = pl.Series(["a"] * 150 + ["b"] * 14 + ["c"] * 2).shuffle(1)
    code = kinds.replace_strict({"a": 3, "b": 1, "c": 2})
    rare = pl.DataFrame({"kind": kinds, "code": code, "x": rng.normal(size=166)})
    assert leaked(dc.check(rare, target="kind")) == ["code"]
    text = few.with_columns(y=pl.when(pl.int_range(40) == 7).then(pl.lit("NA")).otherwise("y"))
    assert leaked(dc.check(text, target="y")) == ["leak"]
    counts = pl.Series(rng.poisson(1.5, 300) ** 2)
    many = pl.DataFrame({"visits": counts, "cost": counts * 30 + rng.normal(size=300)})
    many = many.with_columns(x=pl.Series(rng.normal(size=300)))
    assert leaked(dc.check(many, target="visits")) == ["cost"]


def test_copies_that_were_rounded_or_are_of_an_id_are_told():
    rng = np.random.default_rng(0)
    cm = np.round(rng.normal(170, 10, ROWS), 1)
    frame = (
        honest()
        .with_columns(
            key=pl.int_range(ROWS) + 10_000,
            cm=pl.Series(cm),
            inches=pl.Series(np.round(cm / 2.54, 2)),
            single=pl.Series((cm * 0.7).astype(np.float32)),
            age=pl.Series(rng.integers(20, 60, ROWS)),
        )
        .with_columns(key_again=pl.col("key"), decades=(pl.col("age") / 10).round())
    )
    found = said(dc.check(frame, id=["key", "key_again"]), "column.copy")
    assert {name: f.severity for name, f in found.items()} == {
        "inches": "info",
        "single": "info",
        "key_again": "info",
    }


def test_what_is_written_twice_makes_no_repeat_rarer():
    rng = np.random.default_rng(1)
    base = pl.DataFrame({name: rng.integers(0, 9, 500) for name in "abcd"})
    before = dc.check(base).findings
    after = dc.check(base.with_columns(e=pl.col("a"), f=pl.col("b") * 3 + 1)).findings
    told = [[f.code for f in found if f.code.startswith("row.")] for found in (before, after)]
    assert told[0] == told[1]


SCALES = {
    "far": lambda rng: rng.lognormal(10.0, 2.0, ROWS),
    "common": lambda rng: np.where(rng.random(ROWS) < 0.6, 0.0, rng.gamma(2.0, 100.0, ROWS)),
    "away": lambda rng: 1e6 + rng.normal(size=ROWS),
    "": lambda rng: rng.normal(50.0, 10.0, ROWS),
    " ": lambda rng: rng.exponential(3.0, ROWS),
}


@pytest.mark.parametrize("how", list(SCALES))
def test_how_a_quantity_lies_is_told_for_its_scaling(how):
    rng = np.random.default_rng(4)
    frame = honest().with_columns(y=pl.Series(SCALES[how](rng)))
    found = said(dc.check(frame, target="y"), "target.scale")
    assert [f.evidence["how"] for f in found.values()] == ([how] if how.strip() else [])
    assert all(f.severity == "info" for f in found.values())
    assert not said(dc.check(frame), "target.scale")


TYPES = {
    "text": pl.String,
    "whole number": pl.Int64,
    "number": pl.Float64,
    "category": pl.Categorical,
    "truth": pl.Boolean,
    "list": pl.List(pl.Int64),
    "nothing": pl.Null,
}


@pytest.mark.parametrize("now", list(TYPES))
@pytest.mark.parametrize("before", list(TYPES))
def test_targets_of_two_types_are_compared_by_what_their_classes_are_called(before, now):
    rng = np.random.default_rng(4)
    x = pl.Series(rng.normal(size=300))
    y = (x + pl.Series(rng.normal(size=300)) > 0).cast(pl.Int64)

    def table(kind: str, sign: int) -> pl.DataFrame:
        if kind in ("list", "nothing"):
            cells = pl.Series([[1] if kind == "list" else None] * 300, dtype=TYPES[kind])
        else:
            cells = (y if kind != "category" else y.cast(pl.String)).cast(TYPES[kind])
        return pl.DataFrame({"x": x * sign, "y": cells})

    report = dc.check(table(now, 1), reference=table(before, -1), target="y")
    found = [f for f in report.findings if f.code == "drift.relation"]
    alike = [{"text", "whole number", "category"}, {"whole number", "number"}]
    same = before == now and now not in ("list", "nothing")
    assert len(found) == int(same or any({before, now} <= kinds for kinds in alike))
