"""Files that carry their types, and tables made of several files."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

import datacheck as dc
from datacheck.errors import MissingExtraError
from datacheck.schema import Column, Prepare, Schema
from datacheck.source import batches_of, collect, collecting, open_source, write_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TABLE = pl.DataFrame({"x": [1.5, None, float("nan")], "n": [1, 2, None], "s": ["a", None, "é"]})

WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    ".parquet": pl.DataFrame.write_parquet,
    ".pq": pl.DataFrame.write_parquet,
    ".arrow": pl.DataFrame.write_ipc,
    ".feather": pl.DataFrame.write_ipc,
    ".ipc": pl.DataFrame.write_ipc_stream,
    ".CSV": pl.DataFrame.write_csv,
}


def same(frame: pl.DataFrame, other: pl.DataFrame) -> bool:
    return frame.equals(other, null_equal=True) and frame.schema == other.schema


@pytest.mark.parametrize("end", WRITERS)
@pytest.mark.parametrize("name", ["x", "a [1]* b?"])
def test_each_format_gives_the_table(tmp_path: Path, end: str, name: str) -> None:
    path = tmp_path / (name + end)
    WRITERS[end](TABLE, path)
    source = open_source(str(path))
    assert same(collect(source.frame), TABLE)
    assert (source.name, source.files) == (str(path), (str(path),))
    assert source.text == (end == ".CSV")


@pytest.mark.parametrize("name", ["x.ndjson", "[1]*?.jsonl"])
def test_ndjson(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"a":1,"b":"x"}\n{"a":2.5}\n\n{"b":"é","c":true}\n')
    assert collect(dc.read(path)).rows() == [
        (1.0, "x", None),
        (2.5, None, None),
        (None, "é", True),
    ]


@pytest.mark.parametrize(
    ("text", "got"),
    [
        (b'{"a":1}\n{"a":\n', "line 2"),
        (b'{"a":1}\n{"a":NaN}\n', "NaN"),
        (b'[{"a":1}]\n', "array on line 1"),
        (b'{"a":1}\n5\n', "number on line 2"),
        (b'{"a":"caf\xe9"}\n', "UTF-8 on line 1"),
        (b'{"a":true}\n{"a":1}\n', "boolean on line 1 and a number on line 2"),
        (b'{"a":[1]}\n{"a":{"b":1}}\n', "array on line 1 and a object on line 2"),
        (b"a,b\n1,2\n", "line 1"),
        (b"", "0 bytes"),
        (b"\n\n", "no object"),
    ],
)
def test_ndjson_that_is_none(tmp_path: Path, text: bytes, got: str) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(text)
    with pytest.raises(dc.SourceError) as caught:
        open_source(path)
    assert got in caught.value.got


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if hasattr(cell, "year"):
                    sheet.write_datetime(i, j, cell, day)
                elif isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(i, j, "=1/0", None, cell[1:])
                elif cell is not None:
                    sheet.write(i, j, cell)
    return path


def test_excel_types_come_from_every_cell(tmp_path: Path) -> None:
    import datetime as dt

    path = workbook(
        tmp_path / "x.xlsx",
        [
            ["x", "n", "mixed", "code", "flag", "day"],
            [1.5, 1, 1.25, "007", True, dt.date(2024, 2, 29)],
            [None, 2, "n/a", "12", False, None],
            [1 / 3, None, None, None, None, dt.date(2024, 3, 1)],
        ],
    )
    frame = collect(dc.read(path))
    assert frame["x"].to_list() == [1.5, None, 1 / 3]
    assert frame["n"].to_list() == [1, 2, None]
    assert frame.schema["n"] == pl.Int64
    assert frame["mixed"].to_list() == ["1.25", "n/a", None]
    assert frame["code"].to_list() == ["007", "12", None]
    assert frame["flag"].to_list() == [True, False, None]
    assert frame["day"].dt.date().to_list() == [dt.date(2024, 2, 29), None, dt.date(2024, 3, 1)]


def test_error_values_of_excel_are_not_lost(tmp_path: Path) -> None:
    words = ["#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]
    cells = [1.5, "=#N/A", *(f"={word}" for word in words)]
    path = workbook(tmp_path / "x.xlsx", [["a", "b"], *([cell, 1] for cell in cells)])
    frame = collect(dc.read(path))
    assert frame["a"].to_list() == ["1.5", None, *words]
    path = workbook(tmp_path / "y.xlsx", [["a", "b"], [1.5, 1], ["=#N/A", 1]])
    assert collect(dc.read(path))["a"].to_list() == [1.5, None]


def test_several_workbooks(tmp_path: Path) -> None:
    workbook(tmp_path / "1.xlsx", [["a", "b", "c"], [1, 1, "u"]])
    workbook(tmp_path / "2.xlsx", [["b", "a", "c"], [2, 2.5, "v"]])
    frame = collect(dc.read(tmp_path))
    assert frame.rows() == [(1.0, 1, "u"), (2.5, 2, "v")]
    workbook(tmp_path / "3.xlsx", [["a", "b", "c"], ["n/a", 3, "w"]])
    assert collect(dc.read(tmp_path))["a"].to_list() == ["1", "2.5", "n/a"]
    workbook(tmp_path / "4.xlsx", [["a", "b"], [1, 3]])
    with pytest.raises(dc.SourceError, match=r"lacks \['c'\]"):
        open_source(tmp_path)


def test_a_missing_excel_reader_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(MissingExtraError, match=r"datacheck-ml\[excel\]"):
        open_source(workbook(tmp_path / "x.xlsx", [["a"], [1]]))


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ([["a", "a"], [1, 2]], "'a' more than once"),
        ([["a", None], [1, 2]], "no name in row 1 for column B"),
        ([], "no cell"),
    ],
)
def test_excel_headers(tmp_path: Path, rows: list[list[Any]], got: str) -> None:
    path = workbook(tmp_path / "x.xlsx", rows)
    with pytest.raises(dc.SourceError) as caught:
        open_source(path)
    assert got in caught.value.got


def test_an_excel_file_with_a_header_alone(tmp_path: Path) -> None:
    frame = collect(dc.read(workbook(tmp_path / "x.xlsx", [["a", "b"]])))
    assert (frame.columns, frame.height) == (["a", "b"], 0)


def test_a_workbook_that_is_broken(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [["a"], [1]])
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(dc.SourceError, match="cannot read"):
        open_source(path)


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x.xlsx"])
@pytest.mark.parametrize("raw", [b"a,b\n1,2\n", b"", b"PK\x05\x06", bytes(4000)])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, raw: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError, match=r"not what its name says|is empty"):
        open_source(path)


@pytest.mark.parametrize("end", [".parquet", ".arrow", ".ipc"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_file_that_is_cut_off(tmp_path: Path, end: str, share: float) -> None:
    path = tmp_path / f"x{end}"
    WRITERS[end](pl.concat([TABLE] * 100), path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(dc.SourceError, match=r"cut off|cannot read"):
        open_source(path)


def test_parquet_with_broken_pages_fails_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"x": range(10_000)}).write_parquet(path)
    raw = bytearray(path.read_bytes())
    whole = bytes(raw)
    raw[4:2000] = b"\xff" * 1996
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError, match="cannot read"):
        open_source(path)
    raw[4:100] = whole[4:100]  # now the header of the page is right, and what it holds is not
    path.write_bytes(raw)
    source = open_source(path)
    with pytest.raises(dc.SourceError, match="cannot read"):
        collect(source.frame)
    with pytest.raises(dc.SourceError, match="cannot read"):
        list(batches_of(source.frame, source.name))


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        pl.DataFrame({"x": [name], "y": [1]}).write_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".b.parquet.crc").touch()
    for pattern in (str(tmp_path), str(tmp_path / "*.parquet"), str(tmp_path / "[abc].*")):
        assert collect(dc.read(pattern))["x"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize("end", [".parquet", ".arrow", ".CSV"])
def test_another_order_of_the_columns_is_put_right(tmp_path: Path, end: str) -> None:
    WRITERS[end](pl.DataFrame({"x": [1], "y": ["a"]}), tmp_path / f"1{end}")
    WRITERS[end](pl.DataFrame({"y": ["b"], "x": [2]}), tmp_path / f"2{end}")
    assert collect(dc.read(tmp_path)).rows() == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("end", [".parquet", ".arrow", ".CSV"])
def test_other_columns_are_refused(tmp_path: Path, end: str) -> None:
    WRITERS[end](pl.DataFrame({"mass": [1], "y": [1]}), tmp_path / f"1{end}")
    WRITERS[end](pl.DataFrame({"masss": [1], "y": [1]}), tmp_path / f"2{end}")
    with pytest.raises(dc.SourceError, match="did you mean 'mass'") as caught:
        open_source(tmp_path)
    assert f"2{end}" in caught.value.got
    assert f"1{end}" in caught.value.expected


DAY = dt.datetime.fromisoformat("2020-01-01")
FAR = pl.Series([dt.datetime.fromisoformat("9999-01-01")], dtype=pl.Datetime("us"))
NANO = pl.Series([DAY], dtype=pl.Datetime("ns"))
#: What no type holds together without loss.
UNLIKE: list[tuple[Any, Any]] = [
    (FAR, NANO),
    (NANO.dt.replace_time_zone("UTC"), NANO),
    ([[2**53 + 1]], [[0.5]]),
    ([{"a": 1}], [{"a": 1, "b": 2}]),
    ([{"a": 2**62 + 1}], [{"a": 0.5}]),
    (pl.Series([1], dtype=pl.Decimal(38, 0)), pl.Series([1], dtype=pl.Decimal(38, 2))),
]


@pytest.mark.parametrize("end", [".parquet", ".arrow"])
def test_other_types_are_refused(tmp_path: Path, end: str) -> None:
    for one, other in (([1], ["a"]), ([2**53 + 1], [1.5]), ([b"x"], [1]), ([[1]], [1]), *UNLIKE):
        WRITERS[end](pl.DataFrame({"x": one}), tmp_path / f"1{end}")
        WRITERS[end](pl.DataFrame({"x": other}), tmp_path / f"2{end}")
        with pytest.raises(dc.SourceError, match="'x' different types"):
            open_source(tmp_path)


@pytest.mark.parametrize("hive", [False, True])
@pytest.mark.parametrize(
    ("parts", "dtype"),
    [
        ([[1, 2, 3], [1.5, None, 2.0]], pl.Float64),
        ([[1.5, 2.5], [None]], pl.Float64),
        ([[None], ["a"], [None]], pl.String),
        ([[None], [None]], pl.Null),
        ([pl.Series([1], dtype=pl.Int8), pl.Series([2], dtype=pl.UInt8)], pl.Int16),
        ([pl.Series([1], dtype=pl.Float32), [2]], pl.Float64),
        ([pl.Series(["a"], dtype=pl.Categorical), ["b"]], pl.String),
        ([[2**53], [0.5]], pl.Float64),
        ([pl.Series([DAY], dtype=pl.Datetime("ms")), NANO], pl.Datetime("ns")),
        ([pl.Series([1], dtype=pl.Duration("us")), [dt.timedelta(1)]], pl.Duration("us")),
        (
            [pl.Series([1], dtype=pl.Decimal(5, 1)), pl.Series([2], dtype=pl.Decimal(10, 4))],
            pl.Decimal(10, 4),
        ),
        ([[[1, None], None], [[0.5]], [[]]], pl.List(pl.Float64)),
        (
            [[{"a": 1, "b": None}, None], [{"b": "x", "a": 0.5}]],
            pl.Struct({"a": pl.Float64, "b": pl.String}),
        ),
    ],
)
def test_parts_of_other_types_are_widened_and_told(
    tmp_path: Path, parts: list[list[object]], dtype: pl.DataType, hive: bool
) -> None:
    tables = [pl.DataFrame({"id": range(len(cells)), "x": cells}) for cells in parts]
    for number, table in enumerate(tables):
        folder = tmp_path / f"day={number}" if hive else tmp_path
        folder.mkdir(exist_ok=True)
        columns = table.columns if hive else table.columns[:: -1 if number else 1]
        table.select(columns).write_parquet(folder / f"{number}.parquet")
    source = open_source(tmp_path)
    frame = collect(source.frame)
    assert frame.schema["x"] == dtype
    assert frame["x"].to_list() == [cell for table in tables for cell in table["x"].to_list()]
    if hive:
        assert frame["day"].to_list() == [n for n, table in enumerate(tables) for _ in table["x"]]
    told = [finding for finding in dc.check(tmp_path).findings if finding.code == "source.widened"]
    alike = all(table.schema == tables[0].schema for table in tables)
    assert [finding.column for finding in told] == ([] if alike else ["x"])
    assert source.rows(["x"], [frame.height - 1])["x"].to_list() == frame["x"].to_list()[-1:]


def test_hive_partitions(tmp_path: Path) -> None:
    for year in (2023, 2024):
        for part in "ab":
            folder = tmp_path / f"year={year}" / f"part={part}"
            folder.mkdir(parents=True)
            pl.DataFrame({"x": [year]}).write_parquet(folder / "0.parquet")
    expected = [(year, year, part) for year in (2023, 2024) for part in "ab"]
    for pattern in (tmp_path, tmp_path / "**/*.parquet"):
        frame = collect(dc.read(pattern))
        assert frame.columns == ["x", "year", "part"]
        assert frame.rows() == expected


@pytest.mark.parametrize(
    ("make", "ask", "what"),
    [
        ([], "", "holds no file"),
        (["_SUCCESS"], "", "holds no file"),
        (["a.csv", "b.parquet"], "", "several kinds"),
        (["a.csv", "README.md"], "", "unknown kind"),
        (["a.csv", "sub/b.csv"], "", "holds a folder"),
        (["k=1/a.csv", "k=2/a.csv"], "", "key=value folders around csv"),
        ([], "*.csv", "matches no file"),
        ([], "**/*.parquet", "matches no file"),
        (["a.txt"], "*.txt", "does not know"),
        (["a.rtf"], "a.rtf", "does not know"),
        (["a"], "a", "does not know"),
        (["penguins.csv"], "penguin.csv", "does not exist"),
        ([], "no/such/x.csv", "does not exist"),
        (["x.csv/y"], "x.csv/y/z.csv", "cannot read|does not exist"),
    ],
)
def test_paths_that_lead_nowhere(tmp_path: Path, make: list[str], ask: str, what: str) -> None:
    for name in make:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(dc.SourceError, match=what):
        open_source(tmp_path / ask)


def test_a_near_miss_is_named(tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").touch()
    with pytest.raises(dc.SourceError, match=r"near it: penguins\.csv"):
        open_source(tmp_path / "pengiuns.csv")


@pytest.mark.parametrize("path", ["", "a\0b.csv", "x" * 5000 + ".csv"])
def test_texts_that_are_no_paths(path: str) -> None:
    with pytest.raises(dc.SourceError):
        open_source(path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything; so be someone else where the tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("end", [".parquet", ".arrow", ".CSV"])
def test_a_file_without_permission(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"x{end}"
    WRITERS[end](TABLE, path)
    path.chmod(0)
    with as_nobody(), pytest.raises(dc.SourceError, match=r"got: permission denied"):
        open_source(path)


@pytest.mark.parametrize("end", ["csv", "parquet", "arrow", "ndjson"])
def test_rows_come_by_position_in_the_order_asked(tmp_path: Path, end: str) -> None:
    frame = pl.DataFrame({"a": range(1000), "b": [f"t{i}" for i in range(1000)]})
    write_tables([(frame.lazy(), tmp_path / f"x.{end}")])
    for opened in (open_source(tmp_path / f"x.{end}"), open_source(frame)):
        got = opened.rows(["b"], [0, 5, 5, 999, 3])
        assert got.to_dict(as_series=False) == {"b": ["t0", "t5", "t5", "t999", "t3"]}
        assert opened.rows(["b"], []).shape == (0, 1)


@pytest.mark.parametrize("end", [".parquet", ".arrow", ".ipc", ".CSV"])
@pytest.mark.parametrize("rows", [4096, 5000, 20_000])
def test_batches_are_the_table_in_order(
    tmp_path: Path, end: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "BATCH_CELLS", rows * 3)
    path = tmp_path / f"x{end}"
    count = 10_000
    table = pl.DataFrame(
        {"i": range(count), "x": [i / 7 for i in range(count)], "s": ["é"] * count}
    )
    WRITERS[end](table, path)
    batches = list(batches_of(open_source(path).frame))
    assert [batch.height for batch in batches][:-1] == [rows] * math.ceil(count / rows - 1)
    assert pl.concat(batches).equals(table)


@pytest.mark.parametrize("ending", ["parquet", "arrow", "arrows"])
def test_instants_of_a_fixed_offset_are_those_of_utc(tmp_path: Path, ending: str) -> None:
    said = ["2020-01-01T00:00:00+05:30", None, "2020-01-02T01:00:00+05:30"]
    given = pd.DataFrame({"x": [1.0, 2.0, None], "at": pd.to_datetime(said)})
    table = pa.Table.from_pandas(given)
    path = tmp_path / f"x.{ending.removesuffix('s')}"
    if ending == "parquet":
        pq.write_table(table, path)
    else:
        writer = pa.ipc.new_file if ending == "arrow" else pa.ipc.new_stream
        with writer(path, table.schema) as file:
            file.write_table(table)
    moments = ["2019-12-31T18:30:00Z", None, "2020-01-01T19:30:00Z"]
    expected = pl.DataFrame({"x": [1.0, 2.0, None], "at": moments}).with_columns(
        pl.col("at").str.to_datetime(time_unit="ns", time_zone="UTC")
    )
    for source in (path, table, given):
        read = dc.read(source).collect()
        assert read["at"].dt.cast_time_unit("ns").equals(expected["at"])
        told = {(found.code, found.column) for found in dc.check(source).findings}
        assert not any(code == "type.unreadable" for code, _ in told)
    assert dc.read(path).select("x").collect().equals(expected.select("x"))


#: Views in another order than their cells, one of them over another's.
VIEWS = pa.ListViewArray.from_arrays(
    [3, 0, 0], [2, 3, 2], pa.array([1, 2, 3, 4, 5]), mask=pa.array([False, True, False])
)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (pa.RunEndEncodedArray.from_arrays([2, 3], ["a", None]), ["a", "a", None]),
        (pa.array([[1], None, [2, 3]], pa.list_view(pa.int64())), [[1], None, [2, 3]]),
        (
            pa.array([[], ["a", None], None], pa.large_list_view(pa.string())),
            [[], ["a", None], None],
        ),
        (VIEWS, [[4, 5], None, [1, 2]]),
        (VIEWS.slice(1), [None, [1, 2]]),
        (pa.chunked_array([VIEWS.slice(2), VIEWS.slice(0, 2)]), [[1, 2], [4, 5], None]),
    ],
)
def test_layouts_that_polars_does_not_have(
    tmp_path: Path, cells: pa.Array, values: list[object]
) -> None:
    table = pa.table({"c": cells, "x": [1.0, None, 3.0][: len(values)]})
    assert dc.read(table).collect()["c"].to_list() == values
    if not pa.types.is_run_end_encoded(cells.type):  # of which parquet has nothing
        pq.write_table(table, tmp_path / "x.parquet")
        assert dc.read(tmp_path / "x.parquet").collect()["c"].to_list() == values
    schema = Schema(name="s", columns=(Column(name="x", prepare=Prepare(impute="median")),))
    out = dc.fit(table, schema).apply(table)
    assert out["c"].equals(table["c"])


@pytest.mark.parametrize("polars", [False, True])
def test_a_part_without_rows_is_whole(tmp_path: Path, polars: bool) -> None:
    table = pa.table({"x": [1.5], "s": ["a"]})
    for number, part in enumerate((table.slice(0, 0), table, table.slice(1))):
        path = tmp_path / f"{number}.parquet"
        if polars:
            pl.DataFrame(part).write_parquet(path)
        else:
            pq.write_table(part, path)
    assert dc.read(tmp_path).collect().rows() == [(1.5, "a")]
    assert dc.read(tmp_path / "0.parquet").collect().shape == (0, 2)
    pd.DataFrame({"x": pd.Series([], dtype=float)}).to_parquet(tmp_path / "0.parquet")
    assert [found.code for found in dc.check(tmp_path / "0.parquet").findings] == ["rows.none"]


@pytest.mark.parametrize("name", ["~.csv", "~nobody-of-this-name.csv", "~a b.csv"])
def test_a_name_that_begins_as_a_home_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(dc.SourceError, match="does not exist"):
        dc.read(name)
    (tmp_path / name).write_text("x\n1\n2\n")
    assert dc.read(name).collect()["x"].to_list() == [1, 2]


def test_a_name_that_is_not_utf8_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.csv")
    path.write_text("x\n1\n2\n")
    with pytest.raises(dc.SourceError, match="not UTF-8"):
        dc.read(path)


@pytest.mark.parametrize("end", ["csv", "ndjson"])
def test_an_empty_part_is_passed_over_where_spark_has_written_all(end, tmp_path):
    (tmp_path / f"part-0.{end}").write_text("x\n1\n2\n" if end == "csv" else '{"x": 1}\n{"x": 2}\n')
    (tmp_path / f"part-1.{end}").touch()
    with pytest.raises(dc.SourceError, match="is empty"):
        dc.read(tmp_path)
    (tmp_path / "_SUCCESS").touch()
    assert dc.read(tmp_path).collect()["x"].to_list() == [1, 2]
    (tmp_path / f"part-0.{end}").write_text("")
    with pytest.raises(dc.SourceError, match="is empty"):
        dc.read(tmp_path)


@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_keys_stand_in_the_order_that_their_lines_have(ending: str, tmp_path: Path) -> None:
    names = [f"k{number * 7919 % 104729}" for number in range(60)]
    holed = [
        {
            name: None if row < 20 and place % 3 else row + place / 2
            for place, name in enumerate(names)
        }
        for row in range(40)
    ]
    lines = [json.dumps({"late": 1, **row} if at > 30 else row) for at, row in enumerate(holed)]
    path = tmp_path / f"t.{ending}"
    path.write_text("\n".join(lines) if ending == "ndjson" else f"[{','.join(lines)}]")
    assert dc.read(path).collect_schema().names() == [*names, "late"]
