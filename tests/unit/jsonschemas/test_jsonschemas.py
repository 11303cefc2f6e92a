"""The JSON Schemas that ship: what datacheck reads they admit, and what they refuse it refuses."""

from __future__ import annotations

import json
import random
import runpy
import zipfile
from contextlib import suppress
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

import datacheck as dc
from datacheck.errors import DatacheckError, SchemaError
from datacheck.jsonschemas import NAMES, json_schema
from datacheck.jsonschemas.declared import ACCEPTED
from datacheck.report.document import VERSIONS
from datacheck.schema.declare import Prepare
from datacheck.schema.model import Schema
from datacheck.schema.options import READERS
from datacheck.schema.write import write_yaml
from datacheck.specs import Misfit
from tests.fuzz.documents import changed_node
from tests.property.test_validate_schema_roundtrip import schemas

if TYPE_CHECKING:
    from pathlib import Path


@cache
def validator(name: str) -> Any:
    made = json_schema(name)
    kind = jsonschema.Draft202012Validator
    kind.check_schema(made)
    return kind(made)


def refusals(name: str, document: Any) -> list[str]:
    return [error.message for error in validator(name).iter_errors(document)]


def as_json(text: str) -> Any:
    """YAML as an editor sees it: a date is the text that stands there."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_what_the_readers_read_by(name: str, root: Path) -> None:
    made = runpy.run_path(str(root / "tools/write_json_schemas.py"))["every_schema"]()
    assert json_schema(name) == made[name], "run `make json-schemas`"


def test_every_option_of_a_column_is_described() -> None:
    assert set(READERS.values()) == set(ACCEPTED)
    column = json_schema("schema")["properties"]["columns"]["anyOf"][0]["additionalProperties"]
    prepare = column["anyOf"][0]["properties"]["prepare"]["anyOf"][0]
    assert list(prepare["properties"]) == [each.name for each in fields(Prepare)]
    assert prepare["properties"]["impute"]["default"] == "none"


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(DatacheckError, match="did you mean 'report'"):
        json_schema("reports")


def test_real_documents_are_admitted(root: Path) -> None:
    table = root / "sample_data/penguins_untidy.csv"
    declared = dc.load_schema(root / "schemas/penguins_untidy.yaml")
    report = dc.check(table, declared, reference=root / "sample_data/penguins.csv")
    assert refusals("report", json.loads(report.to_json())) == []
    assert refusals("profile", json.loads(dc.profile(table).to_json())) == []
    fitted = dc.fit(root / "sample_data/penguins.csv", root / "schemas/penguins.yaml")
    assert refusals("transform", json.loads(fitted.to_bytes())) == []


def test_what_was_released_is_admitted(root: Path) -> None:
    folder = root / "tests/frozen/0.1.0"
    assert refusals("transform", json.loads((folder / "penguins.json").read_bytes())) == []
    assert refusals("profile", json.loads((folder / "profile.json").read_bytes())) == []
    with zipfile.ZipFile(folder / "neighbours.zip") as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".json")]
        assert refusals("transform", json.loads(archive.read(name))) == []


def test_schemas_that_ship_and_that_are_suggested_are_admitted(root: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted((root / "schemas").glob("*.yaml"))]
    tables = ("penguins.csv", "penguins_untidy.csv", "flights.parquet")
    texts += [dc.suggest(root / "sample_data" / name).to_yaml() for name in tables]
    for text in texts:
        assert refusals("schema", as_json(text)) == []


@settings(max_examples=60)
@given(schemas())
def test_what_is_written_is_admitted(schema: Schema) -> None:
    with suppress(SchemaError):
        assert refusals("schema", as_json(write_yaml(schema))) == []


REFUSED = [
    "colums: {}",
    "columns: {x: {nulable: true}}",
    "columns: {x: {nullable: 1}}",
    "columns: {x: {in_rang: {min_value: 0, max_value: 1}}}",
    "columns: {x: {in_range: {min_valu: 0, max_value: 1}}}",
    "columns: {x: {in_range: {min_value: 2}}}",
    "columns: {x: {in_range: 3}}",
    "columns: {x: {ge: null}}",
    "columns: {x: {isin: 3}}",
    "columns: {x: {str_matches: 3}}",
    "columns: {x: {str_length: -1}}",
    "columns: {x: {ge: {min_value: 1, ignore_na: maybe}}}",
    "columns: {x: {ge: {min_value: 1, options: {raise_warnin: true}}}}",
    "columns: {x: {ge: {min_value: 1, allow: 120}, lt: {max_value: 3, allow: -1}}}",
    "columns: {x: {report_duplicates: some}}",
    "columns: {x: {checks: 3}}",
    "columns: {x: {checks: [{min_value: 1}]}}",
    "columns: {x: {accept: {outlier.value: ''}}}",
    "columns: {x: {accept: {outlier: reason}}}",
    "columns: {x: {severity: {outlier.value: grave}}}",
    "columns: {x: {prepare: {imput: median}}}",
    "columns: {x: {prepare: {impute: medain}}}",
    "columns: {x: {prepare: {outlier_threshold: 0}}}",
    "columns: {x: {prepare: {missing_values: -999}}}",
    "columns: {x: {prepare: {missing_values: [true]}}}",
    "columns: {x: {prepare: {role: key}}}",
    "columns: {x: {prepare: {scale: minmax, feature_range: [1]}}}",
    "columns: {x: {prepare: {number: {decimal: ';'}}}}",
    "columns: {x: {prepare: {encode: ordinal, min_frequency: 0}}}",
    "columns: {x: {prepare: [median]}}",
    "columns: {x: 3}",
    "columns: [x]",
    "schema_type: dataframe",
    "index: [{}]",
    "strict: maybe",
    "unique: 3",
    "prepare: {output: float16}",
    "prepare: {impute: median}",
    "prepare: {knn: {neighbors: 3}}",
    "prepare: {knn: {n_neighbors: 2.5}}",
    "prepare: {knn: {seed: -1}}",
]


@pytest.mark.parametrize("text", REFUSED)
def test_both_refuse(text: str) -> None:
    with pytest.raises(SchemaError):
        Schema.from_yaml(text, "S")
    assert refusals("schema", as_json(text))


def test_the_reader_of_reports_and_their_json_schema_agree_on_whatever_is_changed() -> None:
    document = dc.check({"x": [1.0, None, 3.0], "y": ["a", "n/a", None]}).to_dict()
    chance = random.Random(0)
    seen = {True: 0, False: 0}
    for _ in range(400):
        made = changed_node(document, chance)
        refused = refused_at(made)
        admitted = not refusals("report", made)
        # JSON Schema knows no half of a surrogate, no infinity, and 1.0 as a whole number.
        beyond = any(mark in repr(made) for mark in ("ud800", "inf", "nan", "-0.0"))
        assert admitted == (refused is None) or (admitted and beyond), refused or made
        seen[admitted] += 1
    assert min(seen.values()) > 20


def refused_at(document: Any) -> str | None:
    """Where the reader of reports refuses a document, if it does."""
    try:
        VERSIONS[1].check(document)
    except Misfit as misfit:
        return f"{misfit.where}: {misfit}"
    return None
