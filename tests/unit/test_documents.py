"""The one reader of documents: a wrong node, wherever it is, is one error that names the place."""

import math
from pathlib import Path
from typing import Any

import pytest

import datacheck as dc
from datacheck.documents import LARGEST, parse, read
from datacheck.errors import ArtefactError, DatacheckError
from datacheck.ops import OPS
from datacheck.project import read_project
from datacheck.source.as_pandas_wrote import KEY, adjusted
from datacheck.specs import (
    AnyJson,
    AnyOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Matching,
    Misfit,
    Number,
    OneOf,
    Record,
    Spec,
    Tagged,
    Text,
)
from datacheck.text import briefly
from datacheck.transform.document import OPS_OF

LEAF = Record({"name": Text(5)}, {"size": AnyOf(Integer(0, 9), OneOf(None))})
OF_1 = Record(
    {
        "format": OneOf("datacheck.test"),
        "version": OneOf(1),
        "leaves": ListOf(LEAF, 3, 1),
        "any": AnyJson(),
        "kinds": ListOf(Tagged("kind", "kind", {"n": Record({"at": Number(zero=False)})}), 2),
        "named": MapOf(Number(), 2),
    }
)
GOOD = {
    "format": "datacheck.test",
    "version": 1,
    "leaves": [{"name": "a"}, {"name": "b", "size": None}],
    "any": {"x": [1, None, "a", {"b": 2.5}]},
    "kinds": [{"kind": "n", "at": 1}],
    "named": {"x": 1, "y": -0.0},
}


def held(document: Any) -> dict[str, Any]:
    return read(document, {1: OF_1}, "d.json", "a test", "write it again")


def test_a_good_document_is_given_back() -> None:
    assert held(GOOD) == GOOD


def deep(levels: int) -> Any:
    node: Any = 0
    for _ in range(levels):
        node = [node]
    return node


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"leaves": []}, "leaves: a list of 0"),
        ({"leaves": [{"name": "a"}] * 4}, "leaves: a list of 4"),
        ({"leaves": {"name": "a"}}, "leaves: {'name': 'a'}"),
        ({"leaves": [{"name": "a"}, {}]}, r"leaves[1]: no 'name'"),
        ({"leaves": [{"name": "abcdef"}]}, "leaves[0].name: 'abcdef'"),
        ({"leaves": [{"name": "\ud800"}]}, "leaves[0].name: '\\ud800'"),
        ({"leaves": [{"name": "a", "sise": 1}]}, "leaves[0]: the key 'sise'"),
        ({"leaves": [{"name": "a", "size": True}]}, "leaves[0].size: True"),
        ({"leaves": [{"name": "a", "size": 1.0}]}, "leaves[0].size: 1.0"),
        ({"leaves": [{"name": "a", "size": 10}]}, "leaves[0].size: 10"),
        ({"any": float("inf")}, "any: inf"),
        ({"any": deep(40)}, "any: deeper nesting"),
        ({"kinds": [{"kind": "m", "at": 1}]}, "kinds[0]: unknown kind 'm'"),
        ({"kinds": [{"at": 1}]}, "kinds[0]: unknown kind None"),
        ({"kinds": [{"kind": ["n"], "at": 1}]}, "kinds[0]: unknown kind ['n']"),
        ({"kinds": [{"kind": "n", "at": 0}]}, "kinds[0].at: 0"),
        ({"named": {"x": 10**400}}, "named['x']: a whole number of about 401 digits"),
        ({"named": {"x": 1, "y": 1, "z": 1}}, "named: 3 keys"),
        ({"named": [1]}, "named: [1]"),
        ({"version": True}, "version True"),
        ({"version": 2}, "version 2"),
        ({"format": ["datacheck.test"]}, "format: ['datacheck.test']"),
        ({"format": "datacheck.tost"}, "format: 'datacheck.tost'"),
        ({"more": 1}, "the document: the key 'more'"),
    ],
)
def test_the_place_of_a_wrong_node_is_named(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ArtefactError) as raised:
        held(GOOD | change)
    assert place in str(raised.value)


@pytest.mark.parametrize("other", [None, 1, "a", [], [GOOD], True])
def test_what_is_no_object_is_no_document(other: Any) -> None:
    with pytest.raises(ArtefactError, match="is not a test"):
        held(other)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\xff"}',
        b"1" * 5000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ArtefactError):
        parse(text, "d.json", "a test", "write it again")


def test_a_text_beyond_the_limit_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datacheck.documents.LARGEST", 10)
    assert LARGEST > 10
    with pytest.raises(ArtefactError, match="too large"):
        parse(b'{"a": 12345}', "d.json", "a test", "write it again")


@pytest.mark.parametrize("name", OPS)
def test_every_op_has_its_description(name: str) -> None:
    described = OPS_OF[max(OPS_OF)][name]
    assert {*described.keys, *described.optional} == set(OPS[name]._fields)
    assert set(described.optional) <= set(OPS[name]._field_defaults)


def holds_itself() -> Any:
    held: list[Any] = []
    held.append(held)
    return held


def expanding() -> Any:
    node: Any = ["x"] * 10
    for _ in range(30):
        node = [node] * 10
    return node


class Loud:
    def __repr__(self) -> str:
        raise AssertionError


@pytest.mark.parametrize(
    "value",
    [
        holds_itself(),
        expanding(),
        10**100_000,
        "x" * 10**6,
        Loud(),
        [Loud()],
        {1: Loud()},
        {(1,): 2},
    ],
    ids=range(8),
)
def test_a_value_is_shown_briefly_whatever_it_is(value: Any) -> None:
    assert len(briefly(value)) <= 200


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 10_000 + "]" * 10_000])
@pytest.mark.parametrize("reader", ["artefact", "schema", "records", "model", "project"])
def test_brackets_within_brackets_are_told_in_our_own_words(
    text: str, reader: str, tmp_path: Path
) -> None:
    name, read = {
        "artefact": ("t.json", dc.load),
        "schema": ("s.yaml", dc.load_schema),
        "records": ("r.json", dc.read),
        "model": ("m.json", lambda path: dc.diagnose(path, {"x": [1.0]})),
        "project": ("pyproject.toml", read_project),
    }[reader]
    path = tmp_path / name
    text = f"[tool.datacheck]\na = {text.replace(':', '=')}" if reader == "project" else text
    path.write_text(text)
    with pytest.raises(DatacheckError, match="nested too deeply") as told:
        read(path)
    assert "recursion" not in str(told.value)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"columns": ["x", 1, {"field_name": ["x"]}]}', "7"]
)
def test_what_is_no_description_of_pandas_is_left_out(text: str) -> None:
    assert adjusted({KEY: text.encode(), b"other": b"1"}, {"x": None}) == {b"other": b"1"}


SHAPES = (
    Number(),
    Number(zero=False),
    Integer(-1, 9),
    Boolean(),
    Text(3),
    Text(9, 1),
    OneOf(None, 1, "a"),
    Matching(int, "a whole number as text"),
    AnyOf(Number(), Text(3), OneOf(None)),
    AnyOf(OneOf(None), Number(), Record({"float": OneOf("inf", "nan")})),
    AnyOf(Number(), MapOf(Number(), 2)),
    LEAF,
    ListOf(Number(), 3),
    MapOf(Text(3), 2),
)
VALUES: tuple[Any, ...] = (
    *(0.0, -0.0, 1.5, 1e308, math.inf, -math.inf, math.nan, 0, 1, 10**400, True, None, "", "a"),
    *("abcd", "\ud800", "\u00e9", "1", {"float": "inf"}, {"float": 1}, {}, [], [1.0], ["a"]),
    *({"name": "a"}, {"a": 1.0}, {"a": "x"}),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_many_values_fit_at_once_only_where_each_fits(shape: Spec) -> None:
    def fits(value: Any) -> bool:
        try:
            shape.check(value)
        except Misfit:
            return False
        return True

    good = [value for value in VALUES if fits(value)]
    groups = [good, [], *([*good, value, *good] for value in VALUES), [1e308] * 20]
    for group in groups:
        whole = all(map(fits, group))
        assert whole or not shape.all_fit(group)
        if shape.is_leaf:
            assert shape.all_fit(group) == whole
