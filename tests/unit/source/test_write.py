"""Tables written and read back, whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc
from datacheck.source import collect, write_tables
from datacheck.source.paths import kind_by_name
from datacheck.source.write import WRITABLE

if TYPE_CHECKING:
    from pathlib import Path

NAN, INF = float("nan"), float("inf")
TABLE = pl.DataFrame(
    {
        "x": [0.1, 1e300, 5e-324, NAN, -INF, None, -0.0, 123456789.123456789],
        "n": [2**63 - 1, None, 0, -1, 1, 2, 3, 4],
        "s": ["", None, 'x"y', "a,b", "l\nq\tz", " p", "007", "é"],
        "b": [True, None, False, True, True, True, True, True],
        "d": [dt.date(2024, 2, 29), None, *[dt.date(2024, 1, day) for day in range(1, 7)]],
        "t": [dt.datetime(2024, 2, 29, 1, 2, 3, i) for i in range(8)],  # noqa: DTZ001
    }
)


BYTES = [pl.Binary, pl.Object, pl.List(pl.Binary), pl.Struct({"a": pl.Binary})]


@pytest.mark.parametrize("dtype", BYTES)
@pytest.mark.parametrize("end", [".ndjson", ".jsonl.gz", ".csv"])
def test_bytes_are_refused_by_name_where_nothing_holds_them(
    tmp_path: Path, dtype: pl.DataType, end: str
) -> None:
    table = pl.DataFrame({"x": [1.0], "raw": pl.Series([None], dtype=dtype)})
    with pytest.raises(dc.SourceError, match="cannot hold every column") as caught:
        write_tables([(table.lazy(), tmp_path / f"out{end}")])
    assert "'raw' of type" in caught.value.got
    assert "NDJSON" not in caught.value.todo
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [INF, -INF])
@pytest.mark.parametrize("end", [".ndjson", ".jsonl.gz"])
def test_infinity_is_not_written_as_null(tmp_path: Path, number: float, end: str) -> None:
    table = pl.DataFrame({"n": [1] * 9, "x": [1.0] * 8 + [number]}).lazy()
    with pytest.raises(dc.SourceError, match="cannot hold every cell") as caught:
        write_tables([(table, tmp_path / "a.parquet"), (table, tmp_path / f"out{end}")])
    assert "'x'" in caught.value.got
    assert not list(tmp_path.iterdir())
    write_tables([(table.head(8), tmp_path / f"out{end}"), (table, tmp_path / "a.csv")])
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("end", WRITABLE)
def test_what_is_written_is_read_back(tmp_path: Path, end: str) -> None:
    table = TABLE
    if kind_by_name(end) == "ndjson":  # JSON has no NaN and no dates
        table = table.select("n", "s", "b")
    path = tmp_path / f"out{end}"
    write_tables([(table.lazy(), path)])
    back = collect(dc.read(path))
    assert back.equals(table, null_equal=True)
    assert back.schema == table.schema
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    write_tables([(table.head(1).lazy(), path)], force=True)
    assert collect(dc.read(path)).height == 1


@pytest.mark.parametrize("end", WRITABLE)
def test_an_empty_table(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"out{end}"
    write_tables([(pl.LazyFrame(schema={"x": pl.Float64, "s": pl.String}), path)])
    if kind_by_name(end) != "ndjson":
        back = collect(dc.read(path))
        assert (back.columns, back.height) == (["x", "s"], 0)


def test_order_is_kept_in_a_large_table(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(700_000)})
    for end in (".parquet", ".csv"):
        write_tables([(frame.with_columns(y=pl.col("x") * 2), tmp_path / f"x{end}")])
        assert collect(dc.read(tmp_path / f"x{end}"))["x"].is_sorted()


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.ndjson", "x.arrow"])
def test_a_frame_that_fails_leaves_nothing(tmp_path: Path, name: str) -> None:
    bad = pl.LazyFrame({"x": ["1", "n/a"]}).with_columns(pl.col("x").cast(pl.Int64))
    with pytest.raises(dc.SourceError, match="conversion"):
        write_tables([(bad, tmp_path / name)])
    with pytest.raises(dc.SourceError):
        write_tables([(pl.scan_parquet(tmp_path / "no.parquet"), tmp_path / name)])
    assert list(tmp_path.iterdir()) == []


def test_names_that_say_no_format(tmp_path: Path) -> None:
    for name in ("x", "x.txt", "x.xlsx", "x.parquet.gz"):
        with pytest.raises(dc.SourceError, match="how to write"):
            write_tables([(TABLE.lazy(), tmp_path / name)])


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("before")
    with pytest.raises(dc.SourceError, match="--force"):
        write_tables([(TABLE.lazy(), path)])
    assert path.read_text() == "before"


@pytest.mark.parametrize("name", ["x.csv", "x.tsv.gz"])
def test_text_cannot_hold_lists(tmp_path: Path, name: str) -> None:
    with pytest.raises(dc.SourceError, match="'a' of type List"):
        write_tables([(pl.LazyFrame({"a": [[1]]}), tmp_path / name)])


def test_a_table_may_replace_its_own_source(tmp_path: Path) -> None:
    for name in ("x.csv", "x.parquet"):
        path = tmp_path / name
        write_tables([(pl.LazyFrame({"x": range(300_000)}), path)])
        write_tables([(dc.read(path).with_columns(pl.col("x") + 1), path)], force=True)
        assert collect(dc.read(path))["x"].sum() == sum(range(1, 300_001))


def test_two_tables_appear_together_or_not_at_all(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(1000)})
    even, odd = (frame.filter(pl.col("x") % 2 == rest) for rest in (0, 1))
    broken = odd.with_columns(pl.lit("n/a").cast(pl.Int64))
    paths = (tmp_path / "a.parquet", tmp_path / "b.csv")
    with pytest.raises(dc.SourceError):
        write_tables([(even, paths[0]), (broken, paths[1])])
    assert list(tmp_path.iterdir()) == []
    write_tables([(even, paths[0]), (odd, paths[1])])
    assert [collect(dc.read(path)).height for path in paths] == [500, 500]


def test_texts_appear_with_the_tables_or_not_at_all(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("out.csv", "log.csv", "s.yaml")]
    for path in paths:
        path.write_text("old")
    broken = TABLE.lazy().map_batches(lambda _: 1 / 0)  # type: ignore[arg-type,return-value]
    for frame, new in ((broken, False), (TABLE.lazy(), True)):
        tables = [(TABLE.lazy(), paths[0]), (frame, paths[1])]
        try:
            write_tables(tables, force=True, texts=[("new", paths[2])])
        except dc.SourceError:
            assert not new
        assert [path.read_text() != "old" for path in paths] == [new] * 3
    assert paths[2].read_text() == "new"


PARTED = pl.DataFrame(
    {
        "site": ["a/b=c", "ü %", None, "x y", "a/b=c", "x y"],
        "day": [dt.date(2024, 1, day) for day in (1, 1, 2, 2, 1, 2)],
        "n": [1, 1, 2, None, 1, 2],
        "x": [1.0, NAN, None, -0.0, 5e-324, INF],
    }
)


@pytest.mark.parametrize("keys", [["site"], ["day", "n"], ["n", "site"]])
def test_a_table_in_parts_is_read_back_with_the_columns_of_its_names(
    tmp_path: Path, keys: list[str]
) -> None:
    path = tmp_path / "out.parquet"
    assert write_tables([(PARTED.lazy(), path)], partition_by=keys) == [6]
    assert all("=" in each.name for each in path.iterdir())
    back = collect(dc.read(path))
    assert sorted(back.columns) == sorted(PARTED.columns)
    assert back.schema == {name: PARTED.schema[name] for name in back.columns}
    order = [*PARTED.columns]
    assert back.select(order).sort(order).equals(PARTED.sort(order), null_equal=True)
    assert [each.name for each in tmp_path.iterdir()] == ["out.parquet"]


def test_rows_of_a_part_keep_their_order(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(700_000)}).with_columns(part=pl.col("x") % 3)
    write_tables([(frame, tmp_path / "out")], partition_by=["part"])
    parts = [collect(dc.read(each))["x"] for each in (tmp_path / "out").iterdir()]
    assert sorted(map(len, parts)) == [233_333, 233_333, 233_334]
    assert all(part.is_sorted() for part in parts)


def test_parts_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    broken = PARTED.lazy().with_columns(pl.lit("n/a").cast(pl.Int64).alias("n"))
    outputs = [(PARTED.lazy(), tmp_path / "a"), (broken, tmp_path / "b")]
    with pytest.raises(dc.SourceError, match="conversion"):
        write_tables(outputs, partition_by=["day"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").mkdir()
    (tmp_path / "a/mine").write_text("x")
    with pytest.raises(dc.SourceError, match="--force"):
        write_tables(outputs[:1], partition_by=["day"])
    assert (tmp_path / "a/mine").read_text() == "x"
    with pytest.raises(dc.SourceError, match="mine, which datacheck did not write"):
        write_tables(outputs[:1], partition_by=["day"], force=True)
    assert (tmp_path / "a/mine").read_text() == "x"
    (tmp_path / "a/mine").unlink()
    for _ in range(2):  # an empty folder, then one of its own
        write_tables(outputs[:1], partition_by=["day"], force=True)
    assert collect(dc.read(tmp_path / "a")).height == 6
    assert pl.read_parquet(tmp_path / "a").height == 6, "other readers find nothing but data"
    PARTED.write_parquet(next((tmp_path / "a").rglob("*.parquet")))
    with pytest.raises(dc.SourceError, match="datacheck did not write"):
        write_tables(outputs[:1], partition_by=["day"], force=True)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_an_empty_table_in_parts_keeps_its_columns(tmp_path: Path) -> None:
    assert write_tables([(PARTED.clear().lazy(), tmp_path / "a")], partition_by=["n"]) == [0]
    assert collect(dc.read(tmp_path / "a")).schema == PARTED.schema


@pytest.mark.parametrize(
    ("name", "keys", "told"),
    [
        ("a.csv", ["n"], "only parquet"),
        ("a", ["nn"], "did you mean 'n'"),
        ("a", ["list"], "cannot part"),
        ("a", ["time"], "cannot part"),
        ("a", ["_n"], "pass over"),
        ("a", ["n=1"], "pass over"),
        ("a", ["all"], "asterisk"),
        ("a", ["missing"], "asterisk"),
        ("a", [*PARTED.columns, "b"], "no column of"),
    ],
)
def test_what_cannot_part_a_table(tmp_path: Path, name: str, keys: list[str], told: str) -> None:
    frame = PARTED.lazy().with_columns(pl.lit(1).alias("b"))
    odd = {
        "list": pl.concat_list("x"),
        "time": pl.lit(dt.time(1, 2)),
        "all": pl.lit("a*").cast(pl.Categorical),
        "missing": pl.lit("__HIVE_DEFAULT_PARTITION__"),
    }
    odd |= {"_n": pl.col("n"), "n=1": pl.col("n")}
    frame = frame.with_columns(odd[key].alias(key) for key in keys if key in odd)
    with pytest.raises(dc.SourceError, match=told):
        write_tables([(frame, tmp_path / name)], partition_by=keys)
    assert list(tmp_path.iterdir()) == []


def test_two_values_of_one_name_lose_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a file system takes capitals for other letters: the later file stays."""
    sink = pl.LazyFrame.sink_parquet

    def smaller(frame: pl.LazyFrame, place: object, **words: object) -> object:
        kept = frame.map_batches(lambda batch: batch.filter(batch["site"] != "x y"))
        return sink(kept, place, **words)

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", smaller)
    with pytest.raises(dc.SourceError, match=r"(?s)every row.*3 of 5 rows.*capitals"):
        write_tables([(PARTED.drop_nulls("site").lazy(), tmp_path / "a")], partition_by=["site"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_polars_takes_for_a_pattern_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site=*").mkdir()
    PARTED.write_parquet(tmp_path / "site=*" / "0.parquet")
    with pytest.raises(dc.SourceError, match="an asterisk in the path"):
        dc.read(tmp_path)


def test_rows_are_counted_as_they_are_written(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(700_000)})
    told: list[int] = []
    parts = [(frame.filter(pl.col("x") % 7 == 0), "a.parquet"), (frame.head(10), "b.csv")]
    rows = write_tables([(part, tmp_path / name) for part, name in parts], progress=told.append)
    assert rows == [100_000, 10]
    assert told == sorted(told)
    assert told[-1] == sum(rows)
