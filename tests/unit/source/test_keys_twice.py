"""A key that stands twice in a JSON object is refused, wherever and however it is written."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

import datacheck as dc
from datacheck.errors import SourceError
from datacheck.source import ndjson_bytes

if TYPE_CHECKING:
    from pathlib import Path

TWICE = [
    '{"a": 1, "b": 2, "a": 3}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"b":2,"a":null}',
    '{"a":null,"b":2,"a":1}',
    '{"a" : 1, "b": 2, "a": 3}',
    '{"a": 1, "b": 2, "\\u0061": 3}',
    '{"a": 1, "b": "\\"a\\": 2", "a": 3}',
    '{"a": {"x": 1, "x": 2}, "b": 2}',
    '{"a": [{"x": 1}, {"y": 1, "y": 1}], "b": 2}',
    '{"x": "v", ":a": 1, "b": 2, ":a": 2}',
    '{"x": ["v"], ":a": 1, "b": 2, ":a": 2}',
    '{"": 1, "": 2}',
    '{"a\\\\": 1, "a\\\\": 2}',
]
ONCE = [
    '{"a": 1, "b": 2}',
    '{"a": {"x": 1}, "b": {"x": 2}}',
    '{"a": [{"x": 1}, {"x": 2}], "b": 2}',
    '{"a": "\\"b\\": 1", "b": 2}',
    '{"a": ": \\": ", "A": 2, ", ": 3, ":": 4}',
    '{"a": null, "b": null}',
    '{"a\\\\": 1, "a": 2}',
]


@pytest.mark.parametrize("line", TWICE)
def test_a_key_twice_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    plain = json.dumps(dict.fromkeys(json.loads(line), 1))
    (tmp_path / "t.ndjson").write_text(f"{plain}\n{line}\n{plain}\n")
    (tmp_path / "t.json").write_text(f"[{plain}, {line}]")
    for name in ("t.ndjson", "t.json"):
        with pytest.raises(SourceError, match="twice") as caught:
            dc.read(tmp_path / name)
        assert name.endswith(".json") or "on line 2" in str(caught.value)


@pytest.mark.parametrize("line", ONCE)
def test_each_key_once_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.ndjson").write_text(f"{line}\n{line}\n")
    assert dc.read(tmp_path / "t.ndjson").collect().columns == list(json.loads(line))


def test_one_line_among_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson_bytes, "_TOGETHER", 1_000)
    chance = random.Random(5)
    rows = [{"id": i, "name": f"n{i}", "x": chance.random()} for i in range(500)]
    for nulls in (False, True):
        lines = [
            json.dumps(row | ({"x": None} if nulls and i % 7 else {})) for i, row in enumerate(rows)
        ]
        path = tmp_path / f"{nulls}.ndjson"
        path.write_text("\n".join(lines) + "\n")
        assert dc.read(path).collect().height == 500
        lines[321] = lines[321].replace('"name"', '"id"')
        path.write_text("\n".join(lines) + "\n")
        with pytest.raises(SourceError, match="on line 322"):
            dc.read(path)


def test_keys_are_counted_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text('{"a":1,"bc":2.5}\n' * 20)
    for size in range(1, 40):
        monkeypatch.setattr(ndjson_bytes, "_TOGETHER", size)
        assert ndjson_bytes._keys_in(str(path)) == 40
