"""A schema file may come from anyone: it is read within bounds, or refused in a line."""

from __future__ import annotations

import copy
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DatacheckError, SchemaError
from datacheck.schema.model import Schema
from datacheck.schema.patterns import matching
from tests.fuzz.documents import places

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "schema_type: polars_dataframe\nname: S\n"
ALIASES = ", ".join(
    ["&b0 [x,x,x,x,x,x,x,x,x,x]"]
    + [f"&b{i} [{','.join([f'*b{i - 1}'] * 10)}]" for i in range(1, 12)]
)
BOMBS = {"list": f"[{ALIASES}]", "mapping": f"{{a: [{ALIASES}]}}", "itself": "&a [*a]"} | {
    "itself in a mapping": "&a {b: *a}",
    "deep": "[" * 200 + "]" * 200,
    "deeper": "[" * 20_000,
    "digits": "9" * 5000,
    "too many digits": "9" * 400,
}
EVERYWHERE = ("list", "itself")
PLACES = """
    name: {}
    title: {}
    strict: {}
    unique: {}
    ordered: {}
    checks: {}
    version: {}
    prepare: {}
    prepare: {{knn: {}}}
    prepare: {{output: {}}}
    columns: {}
    columns: {{x: {}}}
    columns: {{x: {{dtype: {}}}}}
    columns: {{x: {{nullable: {}}}}}
    columns: {{x: {{default: {}}}}}
    columns: {{x: {{accept: {}}}}}
    columns: {{x: {{checks: {}}}}}
    columns: {{x: {{isin: {}}}}}
    columns: {{x: {{eq: {}}}}}
    columns: {{x: {{in_range: {}}}}}
    columns: {{x: {{str_length: {}}}}}
    columns: {{x: {{str_matches: {}}}}}
    columns: {{x: {{unique_values_eq: {}}}}}
    columns: {{x: {{prepare: {}}}}}
    columns: {{x: {{prepare: {{impute: {}}}}}}}
    columns: {{x: {{prepare: {{missing_values: {}}}}}}}
    columns: {{x: {{prepare: {{role: {}}}}}}}
    columns: {{? {} : {{}}}}
    {}: 1
""".strip().splitlines()


CASES = [(place.strip(), bomb) for place in PLACES for bomb in EVERYWHERE] + [
    ("columns: {{x: {{isin: {}}}}}", bomb) for bomb in BOMBS if bomb not in EVERYWHERE
]


@pytest.mark.parametrize(("place", "bomb"), CASES)
def test_a_bomb_is_refused_wherever_it_stands(place: str, bomb: str) -> None:
    with pytest.raises(SchemaError) as raised:
        Schema.from_yaml(HEAD + place.format(BOMBS[bomb]) + "\n", "bomb")
    assert len(str(raised.value)) < 5000


@pytest.mark.parametrize("tag", ["bool", "int", "float", "timestamp", "binary", "set", "omap"])
@pytest.mark.parametrize("value", ["'x'", "''", "9999999-01-01", "[x]", "{x: 1}", "2024-99-99"])
def test_a_value_that_is_not_what_its_tag_says(tag: str, value: str) -> None:
    for place in ("dtype: {}", "eq: {}", "title: {}", "prepare: {{missing_values: [{}]}}"):
        line = place.format(f"!!{tag} {value}")
        with suppress(SchemaError):
            Schema.from_yaml(f"{HEAD}columns:\n  x: {{{line}}}\n", "tagged")


@pytest.mark.parametrize("dtype", ["5", "[Int64]", "None", "Int64()()", "(1, 2)", "'a'"])
def test_a_dtype_that_is_a_value_is_refused(dtype: str) -> None:
    for text in (f'columns: {{x: {{dtype: "{dtype}"}}}}', f'dtype: "{dtype}"\ncolumns: {{}}'):
        with pytest.raises(SchemaError):
            Schema.from_yaml(f"{HEAD}{text}\n", "d")


def test_aliases_within_bounds_are_plain_yaml() -> None:
    schema = Schema.from_yaml(
        HEAD + "columns:\n  x: &mass {dtype: Float64, isin: &values [1.0, 2.0]}\n"
        "  y: *mass\n  z: {dtype: Float64, notin: *values}\n",
        "s",
    )
    assert schema.columns[1].checks == schema.columns[0].checks
    assert schema.columns[2].checks[0].arguments == {"forbidden_values": (1.0, 2.0)}


CHAIN = "columns:\n  x: &a {dtype: Float64}\n  w: &b {<<: *a, nullable: true"


@pytest.mark.parametrize(
    "text",
    [
        "columns:\n  x: &base {dtype: Float64, nullable: true}\n  y: {<<: *base, unique: true}\n",
        f"{CHAIN.replace('true', 'false')}}}\n  y: {{<<: *b, unique: true, nullable: true}}",
        f"{CHAIN}, dtype: Int64}}\n  y: {{<<: [*a, *b], unique: true}}\n",
        f"{CHAIN}}}\n  y: {{unique: true, <<: *b}}\n",
    ],
)
def test_merge_keys_are_read(text: str) -> None:
    column = Schema.from_yaml(HEAD + text, "s").columns[-1]
    assert (column.name, column.dtype, column.nullable, column.unique) == (
        "y",
        pl.Float64,
        True,
        True,
    )


@pytest.mark.parametrize(
    "text", ["{a: 1, a: 2}", "{<<: {a: 1}, <<: {b: 1}}", "{a: 1, 'a': 2}", "{? [a] : 1}"]
)
def test_a_key_stands_once(text: str) -> None:
    with pytest.raises(SchemaError, match="stands twice, or can't be a key"):
        Schema.from_yaml(f"columns: {{x: {text}}}\n", "s")


@pytest.mark.parametrize("pattern", ["^(a$", "^[$", "^(?=a)b$", r"^(a)\1$", "^a{5,2}$", "^*a$"])
def test_a_pattern_that_the_engine_does_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(SchemaError, match="not a regular expression"):
        Schema.from_yaml(HEAD + f"columns:\n  '{pattern}': {{regex: true}}\n", "s")


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a*)*$", "^(a|a?)+$"])
def test_no_pattern_takes_long(pattern: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + f"columns:\n  '{pattern}': {{regex: true, required: false}}\n")
    begun = time.process_time()
    assert dc.validate(pl.DataFrame({"a" * 40 + "b": [1.0]}), path).ok
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^mass_.*$", ["mass_g", "mass_", "mass_g "]),
        ("mass.", ["mass_"]),
        ("^(?i)MASS_G$", ["mass_g"]),
        ("^mass_g|id$", ["mass_g", "id"]),
        ("^[a-z]+$", ["id", "xid"]),
        ("^$", [""]),
        ("^é+$", ["éé"]),
    ],
)
def test_a_pattern_matches_from_end_to_end(pattern: str, names: list[str]) -> None:
    every = ["mass_g", "mass_", "mass_g ", "id", "xid", "", "éé", "id\n"]
    found = matching(pattern, every)
    assert [name for name, is_match in zip(every, found, strict=True) if is_match] == names


BIG = "1" + "0" * 400
ODD = [
    f"{{dtype: Float64, nullable: true, {key.format(BIG)}}}"
    for key in (
        "prepare: {{impute: constant, fill_value: {}}}",
        "prepare: {{outliers: clip, outlier_threshold: {}}}",
        "prepare: {{missing_values: [{}], impute: median}}",
        "gt: {}",
        "in_range: {{min_value: 0, max_value: {}}}",
        "isin: [{}]",
        "default: {}",
    )
]


@pytest.mark.parametrize("column", ODD, ids=range(len(ODD)))
def test_a_number_beyond_every_type_is_refused_or_harmless(column: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}columns:\n  x: {column}\n")
    frame = pl.DataFrame({"x": [1.0, 2.0, None]})
    for verb in (dc.validate, dc.fit, dc.check):
        with suppress(DatacheckError):
            verb(frame, path)


@pytest.mark.parametrize(
    "column",
    [
        "dtype: Float64, nullable: true, coerce: true, default: abc",
        "dtype: Float64, default: true",
        "dtype: Date, isin: [1, 0.5]",
        "dtype: Boolean, isin: [1]",
        "dtype: String, eq: 3",
        "dtype: Int64, isin: [a]",
        "dtype: Float64, in_range: {min_value: a, max_value: b}",
    ],
)
def test_a_value_of_another_kind_than_the_dtype_is_refused_when_it_is_read(column: str) -> None:
    with pytest.raises(SchemaError, match=r"no value of its dtype"):
        Schema.from_yaml(f"{HEAD}columns:\n  x: {{{column}}}\n", "s")


def test_values_of_the_dtype_are_taken() -> None:
    for column in (
        "dtype: Float64, default: 1, isin: [1, 0.5]",
        "dtype: Date, isin: [2020-01-01]",
        "dtype: Datetime, gt: 2020-01-01T00:00:00",
        "dtype: Boolean, isin: [true]",
        "dtype: String, isin: [a, b]",
        "dtype: Categorical, isin: [a]",
    ):
        Schema.from_yaml(f"{HEAD}columns:\n  x: {{{column}}}\n", "s")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("x: {dtype: Float64, isin: &a [*a]}", "a list or mapping that holds itself in line 4"),
        ("x: {gt: %s}" % ("9" * 400), "about 401 digits, beyond any double in line 4"),
        ("'^(': {regex: true}", "got: '^(': unclosed group"),
    ],
)
def test_what_is_refused_is_named_in_our_words(column: str, said: str) -> None:
    with pytest.raises(SchemaError) as refused:
        Schema.from_yaml(f"{HEAD}columns:\n  {column}\n")
    assert said in str(refused.value)
    assert "<unicode" not in str(refused.value)


#: A bit of all that a schema may declare.
WHOLE: dict[str, Any] = {
    "schema_type": "polars_dataframe",
    "name": "S",
    "unique": ["x"],
    "columns": {
        "x": {
            "dtype": "Float64",
            "accept": {"outlier.value": "so it is"},
            "severity": {"outlier.value": "info"},
            "isin": {"allowed_values": [1], "ignore_na": True, "allow": 1},
            "in_range": {"min_value": 0, "max_value": 5},
            "prepare": {
                "missing_values": [-999],
                "outliers": "clip",
                "impute": "constant",
                "fill_value": 2,
                "scale": "minmax",
                "feature_range": [0, 1],
                "number": {"thousands": ",", "units": {"kg": 2}},
            },
        },
        "c": {"dtype": "String", "prepare": {"encode": "one_hot", "spellings": {"a": ["b"]}}},
        "d": {"dtype": "Date", "ge": "2020-01-01", "default": "2020-01-01"},
    },
    "prepare": {"output": "float64", "knn": {"features": ["x"], "space": "raw"}},
}


def test_no_error_is_longer_than_anybody_reads() -> None:
    """Whatever text stands in any place of a schema, as a key, a value, or within a value."""
    Schema.from_yaml(json.dumps(WHOLE), "S")
    long = "x" * 70_000
    for path in places(WHOLE):
        for wrong in (long, [long] * 3, {long: long}, None):
            document = copy.deepcopy(WHOLE)
            parent = document
            for step in path[:-1]:
                parent = parent[step]
            if wrong is not None:
                parent[path[-1]] = wrong
            elif isinstance(parent, dict):
                parent[long] = parent.pop(path[-1])
            try:
                Schema.from_yaml(json.dumps(document), "S")
            except DatacheckError as error:
                assert len(str(error)) < 2000, path  # noqa: PT017 - many are right
