"""JSON as programs write it: read for the table that it lays out, or refused with its reason."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

import datacheck as dc
from datacheck.source import collect, open_source

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {"x": [1.5, None, 4.0], "s": ["a", "b", None]}
TABLE = pd.DataFrame(ROWS)
ORIENTS = ["columns", "index", "split", "records", "table"]


def written(path: Path, raw: str | bytes) -> Path:
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return path


def codes(path: Path) -> set[str]:
    return {note.code for note in open_source(path).notes}


@pytest.mark.parametrize("orient", ORIENTS)
def test_each_layout_of_pandas(tmp_path: Path, orient: Any) -> None:
    path = tmp_path / "x.json"
    TABLE.to_json(path, orient=orient)
    assert collect(dc.read(path)).to_dict(as_series=False) == ROWS
    assert codes(path) == ({"source.layout"} if orient != "records" else set())


@pytest.mark.parametrize("orient", [each for each in ORIENTS if each != "records"])
def test_an_index_that_says_something_is_a_column(tmp_path: Path, orient: Any) -> None:
    path = tmp_path / "x.json"
    TABLE.set_index(pd.Index([-7, 3, 5])).to_json(path, orient=orient)
    frame = collect(dc.read(path))
    assert frame.to_dict(as_series=False) == {"index": [-7, 3, 5], **ROWS}
    assert codes(path) == {"source.layout", "source.index"}


def test_rows_that_are_called_by_text_are_told_by_their_kinds(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for orient in ("columns", "index"):
        TABLE.set_index(pd.Index(["u", "v", "w"])).to_json(path, orient=orient)  # type: ignore[call-overload]
        assert collect(dc.read(path)).to_dict(as_series=False) == {
            "index": ["u", "v", "w"],
            **ROWS,
        }


@pytest.mark.parametrize("orient", ["columns", "index"])
@pytest.mark.parametrize(
    ("rows", "guessed"),
    [
        ({"x": [1.5, None, 4.0], "n": [1, 2, 3]}, False),  # whole numbers stand by themselves
        ({"x": [1.5, None, 4.0], "y": [2.5, 0.5, 1.5]}, True),
        ({"x": [1.5, 2.5], "y": [0.5, 0.25]}, True),
    ],
)
def test_rows_of_numbers_that_are_called_by_text(
    tmp_path: Path, orient: Any, rows: dict[str, Any], guessed: bool
) -> None:
    path = tmp_path / "x.json"
    names = list("uvw")[: len(rows["x"])]
    document: dict[str, Any] = {
        name: dict(zip(names, cells, strict=True)) for name, cells in rows.items()
    }
    if orient == "index" and len(names) > len(rows):
        document = {n: {name: document[name][n] for name in rows} for n in names}
    path.write_text(json.dumps(document))
    assert collect(dc.read(path)).to_dict(as_series=False) == {"index": names, **rows}
    told = next(note for note in open_source(path).notes if note.code == "source.layout")
    assert ("guessed" in told.evidence) == guessed == ("by their numbers" in told.message)


TAKEN: dict[str, tuple[str | bytes, dict[str, list[Any]], set[str]]] = {
    "lines": ('{"x": 1}\n{"x": 2.5}\n', {"x": [1.0, 2.5]}, set()),
    "lines with blank ones": ('\n{"x": 1}\n{"x": null}\n\n', {"x": [1, None]}, set()),
    "lists": (
        '{"x": [1, 2], "s": ["a", null]}',
        {"x": [1, 2], "s": ["a", None]},
        {"source.layout"},
    ),
    "one row": ('{"x": 1, "s": "a"}', {"x": [1], "s": ["a"]}, {"source.layout"}),
    "a mark": (b'\xef\xbb\xbf[{"x": 1}]', {"x": [1]}, set()),
    "over many lines": (json.dumps([{"x": 1}, {"x": 2}], indent=1), {"x": [1, 2]}, set()),
    "several types": ('[{"x": 1}, {"x": "a"}]', {"x": ["1", "a"]}, {"type.mixed"}),
    "an empty name": ('[{"": 1, "x": 2}]', {"": [1], "x": [2]}, set()),
    "integers past 64 bits": (f'[{{"x": {2**70}}}]', {"x": [2**70]}, set()),
    "half of a character": (
        '[{"x": "\\ud800", "y": 1}]',
        {"x": [b"str"], "y": [1]},
        {"type.unreadable"},
    ),
}

REFUSED: dict[str, tuple[str | bytes, list[str]]] = {
    "an answer of a service": ('{"data": [{"x": 1}], "n": null}', ["under the key 'data'", "jq"]),
    "GeoJSON": ('{"type": "F", "features": [{"x": 1}]}', ["under the key 'features'"]),
    "rows without names": ("[[1, 2]]", ["[1, 2] as item 0", "orient='records'"]),
    "a key cut in a character": ('[{"\\ud800": 1}]', ["half of a character", "ud800"]),
    "a number": ("3", ["a number"]),
    "null": ("null", ["null"]),
    "a boolean": ("true", ["a boolean"]),
    "cut off": ('[{"x": 1}, {"x":', ["no JSON", "cut off"]),
    "two documents": ("[1]\n[2]", ["no JSON", "more than one document"]),
    "NaN": ('[{"x": NaN}]', ["the token NaN", "allow_nan=False"]),
    "Latin-1": (b'[\n{"x": "\xe9"}]', ["not UTF-8", "0xE9 on line 2", "iconv"]),
    "UTF-16": ('[{"x": 1}]'.encode("utf-16"), ["UTF-16", "to do: convert it"]),
    "nested too deeply": ("[" * 100_000 + "]" * 100_000, ["nested too deeply"]),
    "lists of two lengths": ('{"x": [1], "y": [1, 2]}', ["one object, with the keys 'x', 'y'"]),
    "levels of names": ('{"columns": [["a", "b"]], "data": [[1]]}', ["several levels"]),
    "a name twice": ('{"columns": ["a", "a"], "data": [[1, 2]]}', ["two columns of one name"]),
    "cells too few": ('{"columns": ["a", "b"], "data": [[1]]}', ["no rows of 2 cells"]),
    "an empty object": ("{}", ["one object"]),
    "a key twice": ('{"x": [1], "x": [2]}', ["'x'", "twice"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_taken_as_it_is_meant(tmp_path: Path, name: str) -> None:
    raw, expected, told = TAKEN[name]
    path = written(tmp_path / "x.json", raw)
    assert collect(dc.read(path)).to_dict(as_series=False) == expected
    assert codes(path) == told


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_own_reason(tmp_path: Path, name: str) -> None:
    raw, words = REFUSED[name]
    with pytest.raises(dc.SourceError) as caught:
        open_source(written(tmp_path / "x.json", raw))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_files_of_several_layouts_are_one_table(tmp_path: Path) -> None:
    written(tmp_path / "1.json", '{"x": 1}\n{"x": 2}\n')
    written(tmp_path / "2.json", '[{"x": 2.5}]')
    source = open_source(tmp_path)
    assert collect(source.frame)["x"].to_list() == [1.0, 2.0, 2.5]
    assert {note.code for note in source.notes} == {"source.widened"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ('[{"x": 1}]', ["array on line 1", "name it .json"]),
        ('{\n"x": 1\n}', ["many lines", "name it .json"]),
        ('{"x": "\\ud83d"}', ["half of a character", "line 1"]),
        ('{"x": 1}\n{"x": "\\\\\\udc00"}', ["half of a character", "line 2"]),
    ],
)
def test_lines_that_are_refused(tmp_path: Path, raw: str, words: list[str]) -> None:
    with pytest.raises(dc.SourceError) as caught:
        open_source(written(tmp_path / "x.ndjson", raw))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_lines_with_a_mark_and_whole_characters(tmp_path: Path) -> None:
    path = written(
        tmp_path / "x.ndjson", b'\xef\xbb\xbf{"x": "\\ud83d\\ude00"}\n{"x": "\\\\ud83d"}\n'
    )
    assert collect(dc.read(path))["x"].to_list() == ["\U0001f600", "\\ud83d"]


def by_zstd(raw: bytes) -> bytes:
    packed: bytes = pa.compress(raw, codec="zstd", asbytes=True)
    return packed


LINES = "".join(json.dumps({"x": n / 2, "s": "ab"[n % 2]}) + "\n" for n in range(3000))


@pytest.mark.parametrize("ending", [".ndjson", ".jsonl", ".json"])
@pytest.mark.parametrize(("packed", "pack"), [(".gz", gzip.compress), (".zst", by_zstd)])
def test_packed_json_is_what_is_in_it(tmp_path: Path, ending: str, packed: str, pack: Any) -> None:
    plain = written(tmp_path / f"x{ending}", LINES)
    path = written(tmp_path / f"x{ending}{packed}", pack(LINES.encode()))
    assert collect(dc.read(path)).equals(collect(dc.read(plain)))
    written(path, pack(LINES.replace('"x": 0.5', '"x" 0.5').encode()))
    with pytest.raises(dc.SourceError) as caught:
        dc.read(path)
    assert str(path) in str(caught.value)
    assert ".copy" not in str(caught.value)


def test_packed_json_beside_plain_in_one_table(tmp_path: Path) -> None:
    written(tmp_path / "1.ndjson.gz", gzip.compress(LINES.encode()))
    written(tmp_path / "2.ndjson", LINES)
    assert collect(dc.read(tmp_path)).height == 6000
    assert collect(dc.read(tmp_path / "*.gz")).height == 3000


@pytest.mark.parametrize("cut", [8, 2000])
def test_packed_json_that_is_cut_off_or_not_packed(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "x.ndjson.gz", gzip.compress(LINES.encode())[:-cut])
    with pytest.raises(dc.SourceError, match=r"x\.ndjson\.gz"):
        dc.read(path)
    written(path, LINES)
    with pytest.raises(dc.SourceError, match="not what its name says"):
        dc.read(path)
