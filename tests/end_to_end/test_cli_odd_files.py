"""Odd files through every verb of the command line: an exit code, one message, nothing foreign."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import io
import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
import xlsxwriter

from datacheck.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = """schema_type: polars_dataframe
name: S
columns:
  x: {dtype: Float64, nullable: true, coerce: true, prepare: {impute: median, scale: robust}}
"""

TEXTS: dict[str, str | bytes] = {
    "empty.csv": "",
    "blank.csv": "\n\n",
    "heading.csv": "x,y\n",
    "mark.csv": b"\xef\xbb\xbf",
    "utf16.csv": "x,y\n1,a\n".encode("utf-16"),
    "latin.csv": b"x,y\n1,caf\xe9\n",
    "ends.csv": "x,y\n1,a\r\n2,b\n3,c\r\n",
    "returns.csv": "x,y\r1,a\r2,b\r",
    "newline.csv": 'x,y\n1,"a\nb"\n2,c\n',
    "comment.csv": "# c\nx,y\n1,a\n",
    "ragged.csv": "x,y\n1,a\n2\n",
    "twice.csv": "x,x\n1,2\n",
    "nulls.csv": "x,y\n" + "NULL,NULL\n" * 500 + "1,a\n",
    "huge.csv": "x,y\n" + "9" * 30 + ",1\n2,3\n",
    "mixed.csv": "x,y\n1,a\nb,2\n2.5,c\n",
    "nul.csv": b"x,y\n1,\x00\n",
    "quote.csv": 'x,y\n1,"a\n2,b\n',
    "euro.csv": "x;y\n1,5;a\n",
    "repeated.csv": "x,y\n1,a\nX,Y\n2,b\n",
    "infinite.csv": "x,y\ninf,1\n-inf,2\nnan,3\n",
    "names.csv": '*,^x$,"a\nb",len\n1,2,3,4\n',
    "json.csv": '[{"x": 1}]',
    "page.csv": "<html><body>404</body></html>",
    "tabs.tsv": "x\ty\n1\ta\n",
    "commas.tsv": "x,y\n1,a\n",
    "cut.csv.gz": gzip.compress(b"x,y\n" + b"1,a\n" * 900)[:40],
    "plain.csv.gz": b"x,y\n1,a\n",
    "array.json": "[]",
    "columns.json": '{"x": {"0": 1, "1": 2}}',
    "service.json": '{"data": [{"x": 1}], "next": null}',
    "several.json": '[{"x": 1}, {"x": "a"}]',
    "cut.json": '[{"x": 1}, {"x":',
    "deep.json": "[" * 5000 + "]" * 5000,
    "half.json": '[{"x": "\\ud800"}]',
    "unnamed.json": '[{"": 1}]',
    "number.json": "3",
    "lines.ndjson": '{"x": 1}\n{"x": 2.5}\n',
    "several.ndjson": '{"x": 1}\n{"x": "a"}\n',
    "nested.ndjson": '{"x": {"a": 1}}\n{"x": {"b": 2}}\n',
    "token.ndjson": '{"x": NaN}\n',
    "half.ndjson": '{"x": "\\ud800"}\n',
    "text.xlsx": "x,y\n1,2\n",
    "text.parquet": "x,y\n1,a\n",
    "text.feather": "x,y\n1,a\n",
    "text.dat": "x,y\n1,2\n",
}

SHEETS: dict[str, list[list[Any]]] = {
    "nothing.xlsx": [],
    "heading.xlsx": [["x", "y"]],
    "units.xlsx": [["x", "y"], ["m", "kg"], [1, 2], [3, 4]],
    "levels.xlsx": [["A", "A"], ["x", "y"], [1, 2], [3, 4]],
    "note.xlsx": [["x", "y"], [1, 2], [3, 4], [], ["Source: us"]],
    "times.xlsx": [["x", "y"], [dt.time(8), 1], [dt.time(9), 2]],
    "mixed.xlsx": [["x"], [1], ["a"], [True]],
}

FRAMES: dict[str, Callable[[], pa.Table]] = {
    "struct": lambda: pa.table({"x": [{"a": 1, "b": None}, {"a": 2, "b": 3.0}]}),
    "list": lambda: pa.table({"x": [[1, 2], [3]]}),
    "decimal": lambda: pa.table({"x": [decimal.Decimal("1.5"), None]}),
    "binary": lambda: pa.table({"x": [b"a", None]}),
    "duration": lambda: pa.table({"x": [dt.timedelta(1), None]}),
    "nulls": lambda: pa.table({"x": pa.nulls(3)}),
    "wide": lambda: pa.table({"x": pa.array([1], pa.decimal256(50, 0))}),
    "map": lambda: pa.table({"x": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))}),
    "twice": lambda: pa.table([[1], [2]], names=["x", "x"]),
    "none": lambda: pa.table({}),
    "index": lambda: pa.Table.from_pandas(
        pd.DataFrame({"x": [1.5, None]}, index=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]))
    ),
}

FILES = [
    *TEXTS,
    *SHEETS,
    *(f"{name}.parquet" for name in FRAMES),
    "struct.feather",
    "twice.feather",
    "cut.parquet",
    "flipped.parquet",
    "cut.arrow",
    "cut.xlsx",
    "absent.csv",
    "a folder",
    "none*.csv",
]


def make(folder: Path, name: str) -> Path:
    path = folder / name
    stem, _, ending = name.partition(".")
    if name in TEXTS:
        raw = TEXTS[name]
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    elif name in SHEETS or name == "cut.xlsx":
        with xlsxwriter.Workbook(path) as made:
            sheet, clock = made.add_worksheet(), made.add_format({"num_format": "hh:mm"})
            for row, cells in enumerate(SHEETS.get(name, [["x"], [1]])):
                for column, cell in enumerate(cells):
                    sheet.write(row, column, cell, clock if isinstance(cell, dt.time) else None)
        if stem == "cut":
            path.write_bytes(path.read_bytes()[:900])
    elif stem in FRAMES:
        table = FRAMES[stem]()
        write = pa.parquet.write_table if ending == "parquet" else pa.feather.write_feather
        write(table, str(path))
    elif ending in ("parquet", "arrow"):
        frame = pl.DataFrame({"x": [1.5, 2.5, None], "y": ["a", "b", None]})
        (frame.write_ipc if ending == "arrow" else frame.write_parquet)(path)
        raw = path.read_bytes()
        turned = raw[:60] + bytes(255 - each for each in raw[60:90]) + raw[90:]
        path.write_bytes(turned if stem == "flipped" else raw[: len(raw) // 2])
    elif name == "a folder":
        path.mkdir()
    return path


#: Words of others' errors. A message speaks of the user's file and of datacheck's options.
FOREIGN = re.compile(
    r"Traceback|this is a bug|panicked|Resolved plan|This error occurred|calamine|fastexcel"
    r"|\b\w+(?:Exception|Warning)\b|\b(?!Source|Schema|Data|Artefact)[A-Z]\w*Error\b|\bpl\.\w"
)
#: Verbs that judge; the others end with 0 or 2.
JUDGES = {"check", "validate", "compare", "repair", "diff"}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    (folder / "s.yaml").write_text(PLAN)
    (folder / "base.csv").write_text("x,y\n1,a\n2,b\n,c\n4,d\n")
    words = [
        "fit", folder / "base.csv", "--schema", folder / "s.yaml", "-o", folder / "t.json", "-q",
    ]  # fmt: skip
    assert main(list(map(str, words))) == 0
    return folder


def verbs(path: Path, fitted: Path, out: Path) -> list[tuple[Any, ...]]:
    schema, base, transform = fitted / "s.yaml", fitted / "base.csv", fitted / "t.json"
    return [
        ("check", path, "--json"),
        ("check", path, "--schema", schema, "--html", out / "h.html"),
        ("profile", path, "-o", out / "p.json"),
        ("compare", base, path, "--json"),
        ("suggest", path, "-o", out / "s.yaml"),
        ("repair", path, "-o", out / "r.csv", "--log", out / "l.csv"),
        ("split", path, "--schema", schema, "--valid", out / "v.csv", "--rejected", out / "j.csv"),
        ("fit", path, "--schema", schema, "-o", out / "t.json"),
        ("apply", path, "--transform", transform, "-o", out / "a.csv"),
        ("diff", transform, transform, "--data", path, "--json"),
        ("show", path),
        ("verify", path),
        ("export", path, "--to", "sql", "-o", out / "e.sql"),
        ("diagnose", path, "--data", base),
        ("fit", base, "--schema", path, "-o", out / "u.json"),
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_verb_ends_as_promised(
    name: str, tmp_path: Path, fitted: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, out = make(tmp_path, name), tmp_path / "out"
    for words in verbs(path, fitted, out):
        out.mkdir()
        code = main(list(map(str, words)))
        printed, said = capfd.readouterr()
        label = f"{words[0]}: {code}\n{printed}\n{said}"
        assert code in ((0, 1, 2) if words[0] in JUDGES else (0, 2)), label
        assert not FOREIGN.search(said), label
        if code == 2:
            assert said.startswith("datacheck: "), label
            assert said.count("datacheck: ") == 1, label
            assert not printed, label
            assert not list(out.iterdir()), label
        elif "--json" in words:
            json.loads(printed)
        for each in out.iterdir():
            each.unlink()
        out.rmdir()


def test_what_comes_through_a_pipe_is_called_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for raw, word in ((b"x,x\n1,2\n", "two columns"), (b'{"data": [{"x": 1}]}', "'data'")):
        stream = SimpleNamespace(buffer=io.BytesIO(raw))
        monkeypatch.setattr("sys.stdin", stream)
        assert main(["check", "-"]) == 2
        said = capfd.readouterr().err
        assert said.startswith("datacheck: standard input ")
        assert word in said
        assert "/datacheck-" not in said
