"""Makes the JSON Schema of the YAML that declares a table, from the tables of its options.

`Prepare` and `Knn` say which options there are, their words and defaults; `READERS` which function
reads an option that is more than one word; `PARAMETERS` what a check takes. What is said here is
what each of those functions accepts, in JSON Schema's terms.

Makes JSON Schemas of the descriptions by which documents are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import singledispatch
from typing import Any, get_args, get_type_hints

from datacheck.ops import OUTPUTS
from datacheck.schema import values
from datacheck.schema.checks import ALIASES, ALL_OPTIONS, LISTS, PARAMETERS, TEXTS
from datacheck.schema.declare import ROLES, Knn, Prepare
from datacheck.schema.options import KNN_LIMITS, READERS
from datacheck.schema.yaml import COLUMN_KEYS, DUPLICATES, SWITCHES, TABLE_KEYS, TYPE
from datacheck.severity import SEVERITIES
from datacheck.specs import (
    AnyJson,
    AnyOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Matching,
    Number,
    OneOf,
    Record,
    Spec,
    Tagged,
    Text,
    TupleOf,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document_schema(title: str, versions: Mapping[int, Record]) -> dict[str, Any]:
    """The JSON Schema of a format: its newest version, and each older one that is still read."""
    newest_first = [described(versions[version]) for version in sorted(versions, reverse=True)]
    head = {"$schema": DIALECT, "title": title}
    return head | (newest_first[0] if len(newest_first) == 1 else {"anyOf": newest_first})


@singledispatch
def described(shape: Spec) -> dict[str, Any]:
    """What JSON Schema can say of a shape; what it cannot is checked by the reader alone."""
    raise NotImplementedError(type(shape).__name__)


@described.register
def _(shape: OneOf) -> dict[str, Any]:
    return {"enum": list(shape.values)} if shape.values[1:] else {"const": shape.values[0]}


@described.register
def _(shape: Text) -> dict[str, Any]:
    least = {"minLength": shape.least} if shape.least else {}
    return {"type": "string", "maxLength": shape.most, **least}


@described.register
def _(shape: Matching) -> dict[str, Any]:
    return {"type": "string", "maxLength": shape.most, "description": shape.expected}


@described.register
def _(shape: Integer) -> dict[str, Any]:
    return {"type": "integer", "minimum": shape.least, "maximum": shape.most}


@described.register
def _(shape: Number) -> dict[str, Any]:
    return {"type": "number"} | ({} if shape.zero else {"not": {"const": 0}})


@described.register
def _(_: Boolean) -> dict[str, Any]:
    return {"type": "boolean"}


@described.register
def _(shape: AnyOf) -> dict[str, Any]:
    return {"anyOf": [described(each) for each in shape.shapes]}


@described.register
def _(shape: ListOf) -> dict[str, Any]:
    least = {"minItems": shape.least} if shape.least else {}
    return {"type": "array", "items": described(shape.item), "maxItems": shape.most, **least}


@described.register
def _(shape: TupleOf) -> dict[str, Any]:
    count = len(shape.items)
    items = [described(each) for each in shape.items]
    return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}


@described.register
def _(shape: MapOf) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": described(shape.value),
        "propertyNames": described(shape.key),
        "maxProperties": shape.most,
    }


@described.register
def _(shape: Record) -> dict[str, Any]:
    every = shape.keys | shape.optional
    return {
        "type": "object",
        "properties": {key: described(each) for key, each in every.items()},
        "required": list(shape.keys),
        "additionalProperties": False,
    }


@described.register
def _(shape: Tagged) -> dict[str, Any]:
    return {"anyOf": [described(each) for each in shape.kinds.values()]}


@described.register
def _(_: AnyJson) -> dict[str, Any]:
    return {}


_ANY: dict[str, Any] = {}
_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_SWITCH = {"type": "boolean"}
_SCALAR = {"type": ["number", "string"]}
_CODES = {"pattern": r"\."}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shape, {"type": "null"}]}


_ALLOW = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        {"type": "string", "pattern": r"^\s*[-+.\deE]+\s*%\s*$"},
        {"type": "null"},
    ]
}
_NUMBER_FORMAT = {
    "type": "object",
    "properties": {
        "decimal": {"enum": [".", ",", "\u066b"]},
        "thousands": _or_null({"type": "string", "minLength": 1, "maxLength": 1}),
        "prefix": _or_null(_TEXT),
        "units": _or_null(
            {
                "type": "object",
                "additionalProperties": {"type": "number", "not": {"const": 0}},
            }
        ),
        "parentheses": _SWITCH,
    },
    "additionalProperties": False,
}

#: What each reader of an option accepts.
ACCEPTED: dict[Callable[[Any, str], Any], dict[str, Any]] = {
    values.missing_values: {"type": "array", "items": _SCALAR},
    values.threshold: _or_null({"type": "number", "exclusiveMinimum": 0}),
    values.switch: _SWITCH,
    values.feature_range: {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    values.role: {"enum": [*ROLES, None]},
    values.number: _or_null(_NUMBER_FORMAT),
    values.spellings: {"type": "object", "additionalProperties": _TEXTS},
    values.min_frequency: {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {"type": "null"},
        ]
    },
    values.max_categories: _or_null({"type": "integer", "minimum": 1}),
}


def yaml_schema() -> dict[str, Any]:
    """The JSON Schema of a table's declaration in YAML."""
    own: dict[str, dict[str, Any]] = {
        "schema_type": {"const": TYPE},
        "columns": _or_null({"type": "object", "additionalProperties": _or_null(_column())}),
        "checks": _checks(),
        "index": {"type": "null"},
        "dtype": _or_null(_TEXT),
        "strict": {"enum": [True, False, "filter", None]},
        "name": _ANY,
        "unique": _or_null({"anyOf": [_TEXTS, {"type": "array", "items": _TEXTS, "minItems": 1}]}),
        "prepare": _or_null(_table_options()),
    }
    made = _object(TABLE_KEYS, own)
    return {"$schema": DIALECT, "title": "datacheck.schema", **made, "$defs": _checks_by_name()}


def _object(keys: tuple[str, ...], own: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """An object of these keys: switches and words as everywhere, the others as given."""
    shared = dict.fromkeys(SWITCHES, _or_null(_SWITCH)) | {
        "report_duplicates": {"enum": [*DUPLICATES]}
    }
    shared |= dict.fromkeys(("title", "description"), _or_null(_TEXT))
    properties = {key: own.get(key, shared.get(key, _ANY)) for key in keys}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _column() -> dict[str, Any]:
    reasons = {"type": "string", "pattern": r"\S"}
    own: dict[str, dict[str, Any]] = {
        "dtype": _or_null(_TEXT),
        "checks": _checks(),
        "name": _or_null(_TEXT),
        "unique": _or_null(_SWITCH),
        "prepare": _or_null(_options(Prepare)),
        "accept": _or_null(_by_code(reasons)),
        "severity": _or_null(_by_code({"enum": [*SEVERITIES]})),
    }
    made = _object(COLUMN_KEYS, own)
    made["properties"] |= _named_checks()
    return made


def _by_code(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value, "propertyNames": _CODES}


def _options(table: type) -> dict[str, Any]:
    """The options that a dataclass lists, each with its default."""
    hints = get_type_hints(table)
    properties = {each.name: _option(each.name, hints[each.name]) for each in fields(table)}
    for each in fields(table):
        if each.default is not MISSING and isinstance(each.default, str | int | float):
            properties[each.name] = properties[each.name] | {"default": each.default}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _option(name: str, hint: Any) -> dict[str, Any]:
    if name in READERS:
        return ACCEPTED[READERS[name]]
    words = [word for word in get_args(hint) if isinstance(word, str)]
    return {"enum": words} if words else {"type": ["number", "string", "boolean", "null"]}


def _table_options() -> dict[str, Any]:
    knn = _options(Knn)
    for key, (least, most) in KNN_LIMITS.items():
        bounds = {"type": "integer", "minimum": least, "maximum": most}
        knn["properties"][key] |= bounds
    knn["properties"]["features"] = _or_null({"type": "array", "items": _TEXT, "minItems": 1})
    properties = {"knn": knn, "output": {"enum": [*OUTPUTS], "default": OUTPUTS[0]}}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _checks_by_name() -> dict[str, Any]:
    return {name: _check(name, parameters) for name, parameters in PARAMETERS.items()}


def _named_checks() -> dict[str, Any]:
    """Each check under its name, and under those that it has besides."""
    names = {name: name for name in PARAMETERS} | ALIASES
    return {key: {"$ref": f"#/$defs/{name}"} for key, name in names.items()}


def _checks() -> dict[str, Any]:
    """Checks by name, or as pandera lists them; there each says its name in its options."""
    named = {"type": "object", "properties": _named_checks(), "additionalProperties": False}
    options = {
        "type": "object",
        "properties": {"check_name": {"enum": [*PARAMETERS, *ALIASES]}} | _OPTIONS,
        "required": ["check_name"],
        "additionalProperties": False,
    }
    entry = {"type": "object", "properties": {"options": options}, "required": ["options"]}
    return {"anyOf": [named, {"type": "array", "items": entry}, {"type": "null"}]}


#: A value that cells are compared with; where no form is said, any that is not null.
_VALUE = {"not": {"type": "null"}}
_LIST = {"anyOf": [{"type": "array"}, _TEXT]}
_OPTIONS: dict[str, dict[str, Any]] = dict.fromkeys(ALL_OPTIONS, _ANY) | {
    "ignore_na": _SWITCH,
    "raise_warning": _SWITCH,
    "allow": _ALLOW,
}


def _check(name: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    """A check with its parameters by name; one that needs no other may stand there bare."""
    value = _LIST if name in LISTS else _TEXT if name in TEXTS else _VALUE
    if name == "str_length":
        value = _or_null({"type": "integer", "minimum": 0})
    own: dict[str, dict[str, Any]] = {}
    for each in parameters:
        switch = each.startswith("include_")
        own[each.removesuffix("?")] = _or_null(_SWITCH) if switch else value
    required = [each for each in parameters if not each.endswith("?")]
    nested: dict[str, Any] = {
        "type": "object",
        "properties": {"check_name": _ANY} | _OPTIONS,
        "additionalProperties": False,
    }
    whole: dict[str, Any] = {
        "type": "object",
        "properties": own | _OPTIONS | {"options": nested},
        "required": required,
        "additionalProperties": False,
    }
    if len(required) > 1:
        return whole
    bare = {"allOf": [value, {"not": {"type": "object"}}]}
    return {"anyOf": [bare, whole]}
