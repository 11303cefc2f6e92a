"""A table that is read once is what a look at each of its cells makes it; odd numbers are told."""

from __future__ import annotations

import itertools
import shutil
from itertools import product
from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc
from datacheck.rows.keys import RowKeys
from datacheck.source import at_once, copies, open_source
from datacheck.source.celltypes import KINDS
from datacheck.source.odd_starts import SURE, OddStarts, sure_in
from datacheck.table import LocalTable

if TYPE_CHECKING:
    from pathlib import Path

#: Every short text over the characters that numbers are spelt with, and a few longer ones.
WORDS = sorted(
    {"".join(letters) for n in (1, 2, 3, 4) for letters in product("07+-.e \t", repeat=n)}
    | {"nan", " nan", "+inf", "-inf", "Infinity", "1e400", "9007199254740993", "true", "2024-01-01"}
    | {"9223372036854775807", "9223372036854775808", "1_000", "0x10", "\N{NO-BREAK SPACE}7"}
)


@pytest.mark.parametrize("separator", [b",", b";", b"\t", b"|"])
def test_what_polars_takes_and_a_look_at_the_text_does_not_begins_oddly(separator: bytes) -> None:
    words = [word for word in WORDS if separator.decode() not in word]
    texts = pl.DataFrame({"word": words})
    for name, stored in (("integer", pl.Int64), ("number", pl.Float64)):
        refuted = texts.select(KINDS[name].refutes(pl.col("word"))).to_series()
        large = pl.lit(value=False) if name == "integer" else pl.col("x").abs() >= 2**53
        for form in ("{}", '"{}"'):
            cells = [form.format(word).encode() for word in words]
            data = b"".join(cell + separator + b"1\n" for cell in cells)
            read = pl.read_csv(
                data,
                has_header=False,
                separator=separator.decode(),
                schema={"x": stored, "y": pl.Int64},
                ignore_errors=True,
            )
            taken = read.select(pl.col("x").is_not_null() & ~large).to_series()
            for row in (taken & refuted).arg_true():
                assert OddStarts(separator[0]).count(b"1\n" + cells[row] + separator + b"1\n"), (
                    cells[row]
                )
                first = b"1" + separator + cells[row] + b"\n\n"
                assert OddStarts(separator[0]).count(first), cells[row]


def test_usual_cells_begin_as_they_should() -> None:
    usual = b"a,b\n0.5,-0.25\n10,2024-01-01\n0,1e-05\nnan,New York\n,\r\n-7,a  b\n0,00:00\n"
    assert not OddStarts(ord(",")).count(usual.replace(b"00:00", b"7:00"))


@pytest.mark.parametrize(
    "cell", ["007", "+7", "-0", " 7", "\t7", "-007", '"007"', "9007199254740993"]
)
@pytest.mark.parametrize("row", [0, 1, 199, 200, 399])
def test_an_odd_cell_anywhere_keeps_its_spelling(
    cell: str, row: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "BLOCK", 997)  # so that cells stand at the ends of blocks
    monkeypatch.setattr(at_once, "SAMPLE", 100)
    lines = [f"{n},{n / 2}" for n in range(400)]
    lines[row] = f"{cell},{cell}"
    for end in ("\n", "\r\n", ""):
        path = tmp_path / "x.csv"
        path.write_bytes(("a,b\n" + "\n".join(lines)).encode() + end.encode())
        once = dc.read(path).collect()
        with monkeypatch.context() as never:
            never.setattr(at_once, "MOST", 0)
            assert once.equals(dc.read(path).collect())
        assert str(once["a"][row]) in (cell.strip('"'), "-0.0")


@pytest.mark.parametrize(
    ("texts", "parsed"),
    [
        (["08:30", "01234", "-0x", "+49 30", " 7 sins", "-007"], 3),
        (['"08:30"', '"a,007"', "x", "y", "z", "-0"], 4),  # one seen where no cell begins
    ],
)
def test_texts_that_begin_as_numbers_do_are_read_once(
    texts: list[str], parsed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "BLOCK", 997)
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(texts * 50)))
    scans: list[int] = []
    scan = pl.scan_csv
    with monkeypatch.context() as counting:
        counting.setattr(pl, "scan_csv", lambda *a, **b: scans.append(1) or scan(*a, **b))
        once = dc.read(path).collect()
    assert len(scans) == parsed
    assert once["b"].to_list() == [text.strip('"') for text in texts * 50]
    assert once.schema == {"a": pl.Int64, "b": pl.String}


def test_a_table_is_held_only_while_it_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    pl.DataFrame({"a": range(5000), "b": ["x"] * 5000}).write_csv(path)
    assert "DF [" in dc.read(path).explain()
    monkeypatch.setattr(at_once, "MOST", 100_000)
    assert "Parquet SCAN" in dc.read(path).explain()


def test_a_larger_one_is_parsed_once_and_never_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    rows = {
        "a": range(5000),
        "b": ["x", None] * 2500,
        "c": [0.5] * 5000,
        "d": ["2024-01-01"] * 5000,
    }
    pl.DataFrame(rows).write_csv(path)
    schema = dc.suggest(path)
    small = (dc.read(path).collect(), dc.check(path).to_dict()["findings"], dc.fit(path, schema))
    monkeypatch.setattr(at_once, "MOST", 1000)
    parsed: list[int] = []
    scan = pl.scan_csv
    monkeypatch.setattr(pl, "scan_csv", lambda *a, **b: parsed.append(1) or scan(*a, **b))
    assert small[0].equals(dc.read(path).collect())
    assert len(parsed) == 3  # the first rows, all of them, and a plan for the last that none runs
    assert small[1] == dc.check(path).to_dict()["findings"]
    assert small[2] == dc.fit(path, schema)
    assert len(parsed) == 9
    table = LocalTable(open_source(path))
    table.fold([RowKeys({"all": ["a", "b", "c", "d"]})])
    assert not table.held


def test_lines_of_json_are_parsed_for_their_types_and_once_for_their_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.ndjson"
    rows = {"a": range(5000), "b": ["x", None] * 2500, "c": [[0.5], None] * 2500}
    pl.DataFrame(rows).write_ndjson(path)
    schema = dc.suggest(path)
    small = (dc.read(path), dc.check(path).to_dict()["findings"], dc.fit(path, schema))
    assert "DF [" in small[0].explain()
    monkeypatch.setattr(at_once, "MOST", 1000)
    large = dc.read(path)
    assert "Parquet SCAN" in large.explain()
    assert large.collect().equals(small[0].collect())
    assert small[1] == dc.check(path).to_dict()["findings"]
    assert small[2] == dc.fit(path, schema)
    full = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert dc.read(path).collect().equals(small[0].collect())


def test_a_larger_one_is_read_again_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    pl.DataFrame({"a": range(5000), "b": ["x"] * 5000}).write_csv(path)
    held = dc.read(path).collect()
    monkeypatch.setattr(at_once, "MOST", 1000)
    full = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    again = dc.read(path)
    assert "Csv SCAN" in again.explain()
    assert again.collect().equals(held)


def test_codes_of_a_larger_one_are_text_where_a_schema_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    pl.DataFrame({"a": [1234] * 5000, "b": [0.5] * 5000}).write_csv(path)
    monkeypatch.setattr(at_once, "MOST", 1000)
    source = open_source(path).as_declared({"a": pl.String()})
    assert "Parquet SCAN" in source.frame.explain()
    assert source.frame.collect()["a"].to_list() == ["1234"] * 5000


@pytest.mark.parametrize(
    ("late", "kind"),
    [
        ("x", pl.String),
        ("2.5", pl.Float64),
        ("1e400", pl.String),
        ("12345678901234567890", pl.String),
    ],
)
def test_a_cell_that_comes_late_decides_as_well(late: str, kind: type, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2024-01-01\n" * 3000 + f"{late},2024-02-30\n", encoding="utf-8")
    assert dc.read(path).collect_schema() == pl.Schema({"a": kind, "b": pl.String})


def test_first_bytes_tell_what_the_pattern_does() -> None:
    begun = ["".join(marks) for n in range(4) for marks in itertools.product("0-7 +.nx", repeat=n)]
    cells = pl.Series([*begun, *(text + "é, and much behind it" for text in begun), None])
    for asked in (cells, cells.slice(5, 900), pl.concat([cells, cells]), cells.head(0)):
        assert sure_in(asked) == asked.str.contains(SURE).sum()
    each = [sure_in(cells.slice(n, 1)) for n in range(len(cells))]
    assert each == cells.str.contains(SURE).fill_null(value=False).cast(int).to_list()
