"""Makes JSON Schemas of the descriptions by which documents are read."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from collections.abc import Mapping

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
