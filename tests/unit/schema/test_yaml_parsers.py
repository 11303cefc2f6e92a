"""The two parsers of YAML: libyaml's, where PyYAML was built with it, and PyYAML's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from datacheck.errors import SchemaError
from datacheck.schema import plain_yaml

SCHEMAS = sorted(Path("schemas").rglob("*.yaml"))
ODD = [
    "a: [1, 0x1f, 1_000, 010, 1e6, .5, .inf, .nan, 0.1e-3, 12:30, 1e400]",
    "a: {b: yes, c: 'no', d: ~, e: null, f: \"\\u00e9\\t\"}",
    "a: |\n  two\n  lines\nb: >-\n  folded\n  text\n",
    "base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\nagain: *b",
    "d: 2020-01-02\nt: 2020-01-02T03:04:05Z\nb: !!binary aGk=\ns: !!str 5",
    "? a\n: - b\n  - - c\n    - d",
    "é: 'ß'\n\"a b\": \U0001f600",
    "# nothing else\na: 1 # one\n",
]
BROKEN = [
    "a: 1\na: 2",
    "a: [1, 2",
    "a: !!python/object/apply:os.system [ls]",
    "a: {b: c: d}",
    "[" * 5_000,
    "a: " + "[" * 5_000,
    "a: &x [*x]",
    "? [1, 2]\n: 3",
    "\tb: 1",
    "a: *nothing",
    "a: 'open",
    "a: 1\n b: 2",
    "- 1",
    "",
    "%YAML 9.9\n---\na: 1",
    "a: 1\n---\nb: 2",
    "a: \x00",
    "x0: &x0 [a, a]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 40)),
]


@pytest.fixture(params=[True, False], ids=["libyaml", "python"])
def parse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param and yaml.__with_libyaml__)
    plain_yaml._loader.cache_clear()
    yield lambda text: plain_yaml.parse_yaml(text, "schema")
    plain_yaml._loader.cache_clear()


def test_both_give_what_pyyaml_gives(parse: Any) -> None:
    for text in [*ODD, *(path.read_text() for path in SCHEMAS)]:
        plain = parse(text)
        for key, value in yaml.safe_load(text).items():
            if not (isinstance(value, list) and "1e6" in text):
                assert plain[key] == value


def test_both_read_numbers_alike(parse: Any) -> None:
    read = parse(ODD[0])["a"]
    assert read[:4] == [1, 31, 1000, 8]
    assert repr(read[4:]) == "[1000000.0, 0.5, inf, nan, 0.0001, 750, inf]"


def test_both_refuse_what_no_schema_is(parse: Any) -> None:
    for text in BROKEN:
        with pytest.raises(SchemaError):
            parse(text)
