"""Parquet in large groups of rows: what polars reads of it, in memory that they do not decide."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import datacheck as dc
from datacheck.source import row_groups
from datacheck.source.collecting import batches_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 6_000
FRAME = pl.DataFrame(
    {
        "float": [1.5, None, float("nan")] * 2_000,
        "integer": range(ROWS),
        "small": pl.Series(range(ROWS)).cast(pl.Int16) % 100,
        "text": ["é", None, ""] * 2_000,
        "flag": [True, None, False] * 2_000,
        "day": [dt.date(2020, 1, 1), None, dt.date(1, 1, 1)] * 2_000,
        "float.x": pl.Series([0.0, -0.0, 1.0] * 2_000, dtype=pl.Float32),
    },
    strict=False,
).with_columns(
    (pl.lit(0) + pl.col("integer")).cast(pl.Datetime("ms", "UTC")).alias("moment"),
    pl.col("integer").cast(pl.Datetime("ns")).alias("^x$"),
)


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(row_groups, "LARGE", 0)
    monkeypatch.setattr(row_groups, "_BATCH_CELLS", 2**15)
    path = tmp_path / "t.parquet"
    FRAME.write_parquet(path, row_group_size=ROWS)
    return path


def test_the_table_is_the_one_that_polars_reads(paged: Path) -> None:
    read = dc.read(paged)
    assert "PYTHON" in read.explain()
    assert read.collect_schema() == FRAME.schema
    assert read.collect().equals(FRAME)
    assert pl.concat(batches_of(read)).equals(FRAME)


@pytest.mark.parametrize(
    "asked",
    [
        lambda frame: frame.select("flag", "float"),
        lambda frame: frame.select(pl.len()),
        lambda frame: frame.filter(pl.col("integer") % 7 == 0).select("text"),
        lambda frame: frame.filter(pl.col("float").is_nan()).head(5),
        lambda frame: frame.slice(4_095, 3),
        lambda frame: frame.tail(2),
        lambda frame: frame.with_row_index().filter(pl.col("index") == ROWS - 1),
        lambda frame: frame.select(pl.all().null_count()),
        lambda frame: pl.concat([frame, frame]).select(pl.col("integer").sum()),
    ],
)
def test_whatever_is_asked_of_it(paged: Path, asked: object) -> None:
    assert callable(asked)
    expected = asked(FRAME.lazy()).collect()
    assert asked(dc.read(paged)).collect(engine="streaming").equals(expected)


@pytest.mark.parametrize("within", [False, True])
def test_folders_that_name_keys(within: bool, paged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = paged.parent / "keyed"
    rows = FRAME.with_columns(
        (pl.col("integer") % 3).alias("year"), pl.col("text").replace("", "e").alias("kind")
    )
    for part in rows.partition_by("year", "kind"):
        year, kind = part.select("year", "kind").row(0)
        file = (
            folder / f"year={year}" / f"kind={kind or '__HIVE_DEFAULT_PARTITION__'}" / "0.parquet"
        )
        file.parent.mkdir(parents=True)
        (part if within else part.drop("year", "kind")).write_parquet(file)
    read = dc.read(folder)
    monkeypatch.setattr(row_groups, "LARGE", 2**62)
    expected = dc.read(folder)
    assert "PYTHON" in read.explain()
    assert "PYTHON" not in expected.explain()
    assert read.collect_schema() == expected.collect_schema()
    assert read.collect().equals(expected.collect())
    opened: list[str] = []
    frames = row_groups._frames
    monkeypatch.setattr(
        row_groups, "_frames", lambda path, *rest: opened.append(path) or frames(path, *rest)
    )
    for asked in (
        pl.col("year") == 1,
        pl.col("kind").is_null(),
        (pl.col("year") == 2) & (pl.col("float") > 0),
        pl.col("float") > 0,
    ):
        opened.clear()
        for select in (pl.all(), pl.col("year"), pl.col("float"), pl.len()):
            found = read.filter(asked).select(select).collect()
            assert found.equals(expected.filter(asked).select(select).collect())
        if asked.meta.root_names() == ["year"]:
            assert opened
            assert all("year=1" in path for path in opened)


def test_parts_of_a_folder_with_large_groups_and_small(paged: Path) -> None:
    FRAME.with_columns(pl.col("integer").cast(pl.Float64)).write_parquet(paged.parent / "u.parquet")
    read = dc.read(paged.parent).collect()
    assert read.height == 2 * ROWS
    assert read["integer"].dtype == pl.Float64


KINDS: list[tuple[list[Any], Any]] = [
    ([[1, None], None, []], pl.List(pl.Int64)),
    ([["\u00e9", None], None, []], pl.List(pl.String)),
    ([{"a": 1, "b": "x"}, None, {"a": None, "b": None}], None),
    ([[{"a": [1.5]}], None, [{"a": None}]], None),
    ([Decimal("1.5"), None, Decimal("-7.25")], pl.Decimal(10, 2)),
    ([Decimal(10**30), None, Decimal(1)], pl.Decimal(38, 0)),
    ([dt.timedelta(1), None, dt.timedelta(microseconds=3)], pl.Duration("us")),
    ([1, None, 3], pl.Duration("ns")),
    ([dt.time(1, 2, 3, 4), None, dt.time(0)], pl.Time),
    ([b"a", None, b"\xff"], pl.Binary),
    (["a", None, "b"], pl.Categorical),
    (["a", None, "b"], pl.Enum(["b", "a"])),
    ([None, None, None], pl.Null),
    ([2**64 - 1, None, 1], pl.UInt64),
]


@pytest.mark.parametrize(("cells", "dtype"), KINDS)
def test_columns_of_every_kind_are_read_by_pages(paged: Path, cells: list[Any], dtype: Any) -> None:
    column = pl.Series("y", cells * (ROWS // 3), dtype=dtype, strict=False)
    frame = pl.DataFrame({"x": range(ROWS)}).with_columns(column)
    frame.write_parquet(paged, row_group_size=ROWS)
    read = dc.read(paged)
    assert "PYTHON" in read.explain()
    assert read.collect_schema() == frame.schema
    assert pl.concat(batches_of(read)).equals(frame)


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        ([2**100, None], pl.Int128),
        ([["a"], None, ["b"]], pl.List(pl.Categorical)),
        ([[1, 2], None, [3, 4]], pl.Array(pl.Int64, 2)),
    ],
)
def test_what_pyarrow_reads_otherwise_is_left_to_polars(
    paged: Path, cells: list[Any], dtype: Any
) -> None:
    frame = pl.DataFrame({"y": pl.Series(cells, dtype=dtype)})
    frame.write_parquet(paged)
    assert "PYTHON" not in dc.read(paged).explain()
    assert dc.read(paged).collect().equals(frame)


def test_small_groups_are_left_to_polars(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "t.parquet")
    assert "PYTHON" not in dc.read(tmp_path / "t.parquet").explain()


@pytest.mark.parametrize("nested", [False, True])
def test_text_that_is_not_utf_8_is_refused(paged: Path, nested: bool) -> None:
    broken = pa.array([b"a", b"\xff\xfe"]).view(pa.string())
    held = pa.ListArray.from_arrays([0, 1, 2], broken) if nested else broken
    pq.write_table(pa.table({"x": held}), paged)
    with pytest.raises(dc.SourceError, match=r"t\.parquet"):
        dc.profile(paged)


_CHILD = """
import resource, sys
from datacheck.source import open_source
from datacheck.source.collecting import batches_of
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
small, large = sys.argv[1:]
assert sum(batch.height for batch in batches_of(open_source(small).frame)) > 0
before = most()
assert sum(batch.height for batch in batches_of(open_source(large).frame)) == 6_000_000
print(most() - before)
"""


def test_memory_does_not_grow_with_the_group(tmp_path: Path) -> None:
    """240 MB in one group, after 80 MB in one: polars alone would need as much again."""
    for name, rows in (("small", 2_000_000), ("large", 6_000_000)):
        cells = pa.array(np.arange(rows) % 1000 / 7)
        table = pa.table({f"c{at}": cells for at in range(5)})
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=rows)
    paths = [str(tmp_path / f"{name}.parquet") for name in ("small", "large")]
    ran = subprocess.run(
        [sys.executable, "-c", _CHILD, *paths], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 64
