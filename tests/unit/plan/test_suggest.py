"""Suggested schemas: they accept their own data and fresh samples, reject faults, and say why."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DataError
from datacheck.plan.bounds import bounds_with_room
from datacheck.plan.score import scorecard
from datacheck.profiling.measure import measure
from tests.judgement.faults import KINDS, planted
from tests.judgement.tables import TABLES, table

NAMES = ("sklearn iris", "sklearn wine", "statsmodels star98", "vega cars", "vega airports")


def grown(rows: int, seed: int) -> pl.DataFrame:
    """A table with a column of each shape; `y` follows `x`, and hides where `x` is high."""
    rng = np.random.default_rng(seed)
    x = rng.normal(10, 2, rows)
    y = 3 * x + rng.normal(0, 0.5, rows)
    return pl.DataFrame(
        {
            "x": x,
            "y": np.where((x > 11) & (rng.random(rows) < 0.6), np.nan, y),
            "skewed": np.where(rng.random(rows) < 0.1, np.nan, rng.lognormal(2, 1, rows)),
            "rate": rng.uniform(0, 1, rows),
            "code": rng.integers(1, 5, rows),
            "word": rng.choice(["red", "green", "blue"], rows),
            "id": [f"row {i}" for i in range(rows)],
            "flag": rng.random(rows) < 0.5,
        }
    ).fill_nan(None)


def test_each_choice_has_its_reason():
    schema = dc.suggest(grown(500, 0))
    told = {column.name: column.prepare for column in schema.columns}
    assert (told["x"].impute, told["x"].scale) == ("mean", "zscore")
    assert told["y"].impute == "mean"
    assert (told["skewed"].impute, told["skewed"].scale) == ("median", "robust")
    assert told["rate"].scale == "minmax"
    assert all(schema.reasons[column.name] for column in schema.columns)
    assert "skewed" in " ".join(schema.reasons["skewed"])


@pytest.mark.parametrize("name", NAMES)
def test_own_data_and_resamples_are_accepted(name):
    frame = table(name)
    schema = dc.suggest(frame)
    assert dc.validate(frame, schema).findings == ()
    refused = 0
    for seed in range(30):
        again = frame.sample(fraction=1.0, with_replacement=True, seed=seed)
        refused += not dc.validate(again, schema).ok
    assert refused == 0


def test_fresh_samples_are_accepted():
    schema = dc.suggest(grown(500, 0))
    assert sum(not dc.validate(grown(500, seed), schema).ok for seed in range(1, 41)) <= 1


@pytest.mark.parametrize("name", ["sklearn iris", "sklearn wine", "vega cars"])
def test_faults_that_a_schema_can_express_are_rejected(name):
    frame = table(name)
    schema = dc.suggest(frame)
    numbers = [n for n, dtype in frame.schema.items() if dtype.is_numeric()]
    for column in numbers[:4]:
        cell = pl.col(column).cast(pl.Float64)
        first = pl.int_range(pl.len()) < 3
        for fault in (
            cell * 1000,
            pl.when(first).then(-999.0).otherwise(cell),
            pl.when(first).then(1e6).otherwise(cell),
            pl.when(first).then(float("inf")).otherwise(cell),
            cell.cast(pl.String),
        ):
            faulty = frame.with_columns(fault.alias(column))
            assert not dc.validate(faulty, schema).ok, (column, str(fault))
        assert not dc.validate(frame.drop(column), schema).ok


@pytest.mark.parametrize("word", ["N/A", "?", " ", ""])
def test_words_for_nothing_are_rejected_among_any_texts(word):
    frame = grown(300, 0)
    schema = dc.suggest(frame)
    faulty = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(pl.lit(word)).otherwise("id").alias("id")
    )
    assert [finding.column for finding in dc.validate(faulty, schema).findings] == ["id"]
    # Where the word is there from the start, it is declared missing instead.
    schema = dc.suggest(faulty)
    assert word in next(c for c in schema.columns if c.name == "id").prepare.missing_values
    assert dc.validate(faulty, schema).ok


@pytest.mark.parametrize("tables", ["seen", "held out"])
def test_every_real_table_is_accepted_and_its_faults_are_not(tables):
    """What a schema can express: types, ranges, infinity, categories, words for nothing."""
    expressible = ("sentinel -", "outliers", "infinite", "float32 overflow", "numbers as", "x1000")
    faults = [f for kind in ("listed", "further") for f in KINDS[kind]]
    faults = [f for f in faults if f.name.startswith(expressible) or f.name.endswith("in text")]
    for name in TABLES[tables]:
        frame = table(name).head(1000)
        schema = dc.suggest(frame)
        assert dc.validate(frame, schema).ok, name
        for seed in range(3):
            again = frame.sample(fraction=1.0, with_replacement=True, seed=seed)
            assert dc.validate(again, schema).ok, (name, seed)
        for fault in faults:
            for column in planted(name, 0, fault, frame, 1):
                found = dc.validate(frame.with_columns(column), schema).findings
                blamed = [finding.column for finding in found if finding.severity == "error"]
                assert column.name in blamed, (name, fault.name, column.name)


def test_sentinels_and_words_become_missing_values(tmp_path):
    path = tmp_path / "t.csv"
    rng = np.random.default_rng(0)
    cells = [f"{value:.1f}" for value in rng.normal(50, 5, 200)]
    cells[3:9] = ["NA"] * 6
    cells[20:26] = ["-999"] * 6
    path.write_text("a\n" + "\n".join(cells) + "\n")
    schema = dc.suggest(path)
    prepare = schema.columns[0].prepare
    assert prepare.missing_values == ("NA", -999.0)
    assert dc.validate(path, schema).ok
    fitted = dc.fit(path, schema)
    assert fitted.apply(path).collect()["a"].abs().max() < 10
    valid, rejected = dc.split(path, schema)  # cells stay as they stand, so these are text
    assert rejected.collect().is_empty()
    assert dc.fit(valid, schema).fitted.programs == fitted.fitted.programs


def test_reasons_are_comments_in_both_files(tmp_path: Path):
    schema = dc.suggest(grown(300, 0).rename({"x": "a: 'b' #"}))
    yaml, script = tmp_path / "s.yaml", tmp_path / "s.py"
    schema.save(yaml)
    schema.save(script)
    for path in (yaml, script):
        text = path.read_text()
        comments = " ".join(
            line.strip().removeprefix("# ") for line in text.splitlines() if "# " in line
        )
        for reasons in schema.reasons.values():
            assert all(" ".join(reason.split()) in comments for reason in reasons)
    assert dc.load_schema(yaml).columns == schema.columns
    assert dc.load_schema(f"{script}:{schema.name}").columns == schema.columns


def test_columns_of_any_name_are_declared_with_their_reasons(tmp_path: Path):
    names = ["two\nlines", "a.b", "pi|pe", "q\"uo'te", "", "😀", "#", "- x", "? y", "null"]
    data = pl.DataFrame(dict.fromkeys(names, np.random.default_rng(0).uniform(size=60)))
    schema = dc.suggest(data)
    yaml, script = tmp_path / "s.yaml", tmp_path / "s.py"
    schema.save(yaml)
    schema.save(script)
    for text in (yaml.read_text(), script.read_text()):
        assert text.count("# nothing is missing: a missing cell is rejected") == len(names)
    for path in (yaml, f"{script}:{schema.name}"):
        assert dc.validate(data, path).ok
        prepared = dc.fit(data, path).apply(data)
        assert prepared.columns == names
        assert all(column.min() == 0.0 and column.max() == 1.0 for column in prepared)


def test_the_choice_follows_the_score():
    frame = grown(800, 0)
    schema = dc.suggest(frame, score=True)
    score = schema.scores["y"]
    assert score.best == "knn" == next(c for c in schema.columns if c.name == "y").prepare.impute
    assert score.errors["knn"] < 0.5 * score.errors["mean"]
    assert "'x' is higher" in score.warning
    assert schema.scores["skewed"].best == "median"
    assert schema.scores["skewed"].warning == ""
    assert score.shown in " ".join(schema.reasons["y"])
    assert "x" not in schema.scores


def test_scores_are_in_spreads_and_repeatable():
    frame = grown(800, 0)
    scaled = frame.with_columns(pl.col("y") * 1e6)
    one, again, other = (scorecard(f.lazy(), {"y": ()})["y"].errors for f in (frame, frame, scaled))
    assert one == again
    assert other == pytest.approx(one)


def test_a_profile_is_enough_save_for_scores():
    frame = grown(300, 0)
    profile = measure(frame.lazy(), name="t")
    assert dc.suggest(profile).columns == dc.suggest(frame).columns
    with pytest.raises(DataError, match="no cells"):
        dc.suggest(profile, score=True)


def test_bounds_have_room_and_keep_their_sign():
    points = measure(pl.DataFrame({"a": [0.5, 1.0, 2.0, 2.5, 3.0]}).lazy()).columns["a"].points
    low, high = bounds_with_room(points, whole=False)
    assert low == 0.0
    assert high >= 3.6
    whole = measure(pl.DataFrame({"a": [-10, 90]}).lazy()).columns["a"].points
    assert bounds_with_room(whole, whole=True) == (-40.0, 120.0)


def test_suggesting_for_an_empty_column():
    schema = dc.suggest(pl.DataFrame({"a": [None, None], "b": [1.0, 2.0]}))
    assert [column.name for column in schema.columns] == ["a", "b"]
    assert dc.validate(pl.DataFrame({"a": [None], "b": [1.5]}), schema).ok


def test_a_schema_drafted_from_a_csv_holds_for_the_same_table_elsewhere(tmp_path):
    path = "sample_data/penguins.csv"
    schema = dc.suggest(path)
    assert all(column.coerce for column in schema.columns)
    frame = dc.read(path).collect()
    narrow = frame.with_columns(
        pl.col(pl.Float64).cast(pl.Float32), pl.col("sex").cast(pl.Categorical)
    )
    frame.write_parquet(tmp_path / "x.parquet")
    frame.write_excel(tmp_path / "x.xlsx")
    for data in (frame, narrow, tmp_path / "x.parquet", tmp_path / "x.xlsx", frame.to_pandas()):
        assert dc.validate(data, schema).ok


@pytest.mark.parametrize("share", [0.2, 0.45, 0.5, 0.55, 0.8])
@pytest.mark.parametrize("whole", [False, True])
def test_a_draft_has_no_scale_that_its_own_fill_takes_away(share, whole):
    rng = np.random.default_rng(round(100 * share))
    cells = rng.lognormal(1, 0.9, 800)
    cells = cells.round() if whole else cells
    table = pl.DataFrame({"x": np.where(rng.random(800) < share, np.nan, cells)}).fill_nan(None)
    transform = dc.fit(table, dc.suggest(table))
    assert not [f.code for f in transform.findings if f.code == "scale.degenerate"]
    assert transform.matrix(table).std() > 0.1


def test_a_schema_drafted_with_an_index_holds_without_one(tmp_path):
    frame = dc.read("sample_data/penguins.csv").collect().to_pandas()
    frame.to_csv(tmp_path / "x.csv")
    frame.to_parquet(tmp_path / "x.parquet")
    schema = dc.suggest(tmp_path / "x.csv")
    assert [column.name for column in schema.columns if not column.required] == ["index"]
    transform = dc.fit(tmp_path / "x.csv", schema)
    assert list(transform.apply(frame)) == list(frame)
    for data in (frame, tmp_path / "x.parquet", tmp_path / "x.csv"):
        assert dc.validate(data, schema).ok
        assert dc.compare(tmp_path / "x.csv", data).ok
        assert dc.compare(data, tmp_path / "x.csv").ok


OF_ALL = pl.DataFrame(
    {
        "day": [dt.date(2024, 1, 1) + dt.timedelta(days=k) for k in range(60)],
        "at": [dt.datetime(2024, 1, 1) + dt.timedelta(minutes=7 * k) for k in range(60)],  # noqa: DTZ001
        "whole": [float(k * 3 % 17) for k in range(60)],
        "holed": [None if k % 7 == 0 else k % 5 for k in range(60)],
        "text": [f"S{k % 5}" for k in range(60)],
        "flag": [k % 3 == 0 for k in range(60)],
    }
)


@pytest.mark.parametrize("drafted", ["csv", "xlsx", "ndjson", "json"])
def test_a_schema_drafted_from_a_file_without_types_holds_for_any_other(tmp_path, drafted):
    OF_ALL.write_csv(tmp_path / "x.csv")
    OF_ALL.write_excel(tmp_path / "x.xlsx")
    OF_ALL.write_ndjson(tmp_path / "x.ndjson")
    OF_ALL.write_json(tmp_path / "x.json")
    OF_ALL.write_parquet(tmp_path / "x.parquet")
    schema = dc.suggest(tmp_path / f"x.{drafted}")
    for data in (*sorted(tmp_path.iterdir()), OF_ALL, OF_ALL.to_pandas()):
        assert not [f for f in dc.validate(data, schema).findings if f.severity == "error"], data


@pytest.mark.parametrize(
    "cells",
    [
        pl.Series([None] * 40, dtype=pl.Float64),
        pl.Series([float("nan")] * 40),
        pl.Series([None] * 40, dtype=pl.Int64),
        pl.Series([None] * 40, dtype=pl.String),
        pl.Series(["NA", " "] * 20),
        pl.Series([None] * 40, dtype=pl.Boolean),
        pl.Series([None] * 40, dtype=pl.Date),
        pl.Series([None] * 40, dtype=pl.Categorical),
        pl.Series([None] * 40, dtype=pl.Enum(["a"])),
        pl.Series([None] * 40, dtype=pl.List(pl.Int64)),
        pl.Series([None] * 40),
    ],
    ids=lambda cells: str(cells.dtype),
)
@pytest.mark.parametrize("target", [None, "x", "y"])
def test_of_a_column_without_a_value_nothing_is_supposed(
    cells: pl.Series, target: str | None
) -> None:
    table = pl.DataFrame({"x": cells, "y": [1.5, 2.5, 3.5, 4.5] * 10})
    schema = dc.suggest(table, target=target)
    assert schema.reasons["x"] == ("no cell holds a value: nothing to prepare",)
    declared = schema.named["x"]
    assert declared.nullable
    assert not declared.checks
    assert dc.validate(table, schema).ok
    if target != "x":  # nothing can be learned of such a target, and fitting says so
        assert dc.fit(table, schema).apply(table).height == 40
