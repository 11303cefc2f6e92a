"""What a row must look like to be prepared: JSON Schema, and a pydantic model for a service."""

from __future__ import annotations

from functools import partial
from keyword import iskeyword
from typing import Annotated, Any, Literal

from datacheck.errors import MissingExtraError
from datacheck.gaps import is_missing
from datacheck.ops import (
    Cast,
    Encode,
    Fill,
    KnnFill,
    first,
    missing_op,
    refuses_missing,
    spellings_of,
    words_of,
)
from datacheck.transform.cell import runner, typed_value
from datacheck.transform.given import TEMPORAL, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datacheck.ops import Fitted, Program

#: JSON's types of a column's kind, and the format of its text.
_TYPES: dict[str, dict[str, Any]] = {
    "number": {"type": ["number"]},
    "integer": {"type": ["integer"]},
    "text": {"type": ["string"]},
    "boolean": {"type": ["boolean"]},
    "date": {"type": ["string"], "format": "date"},
    "datetime": {"type": ["string"], "format": "date-time"},
    "time": {"type": ["string"], "format": "time"},
    "duration": {"type": ["integer"], "description": "microseconds"},
}


def json_schema(fitted: Fitted, title: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one input row: the columns that are served, without targets."""
    served = [program for program in fitted.programs if program.role != "target"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "properties": {program.column: _property(program) for program in served},
        "required": [program.column for program in served if program.required],
        "additionalProperties": True,
    }


def _property(program: Program) -> dict[str, Any]:
    made = {**_TYPES[program.kind], "type": list(_TYPES[program.kind]["type"])}
    casts = program.kind == "number" and isinstance(program.ops[0], Cast)
    if casts or (program.kind == "number" and words_of(missing_op(program))):
        made["type"].append("string")
    if casts:
        made["type"].append("boolean")
    known = _known(program)
    if known is not None:
        made["enum"] = known
    if takes_missing(program):
        made["type"].append("null")
        if known is not None:
            made["enum"] = [*known, None]
    if len(made["type"]) == 1:
        made["type"] = made["type"][0]
    return made


def _known(program: Program) -> list[Any] | None:
    """The cells that an encoding takes, where it takes no others."""
    encode = first(program.ops, Encode)
    if encode is None or encode.unknown is not None:
        return None
    missing = missing_op(program)
    return list(dict.fromkeys([*encode.categories, *spellings_of(program), *missing.values]))


def takes_missing(program: Program) -> bool:
    """Whether a missing cell passes, filled or not."""
    if any(isinstance(op, Fill | KnnFill) for op in program.ops):
        return True
    encode = first(program.ops, Encode)
    if encode is not None:
        return encode.missing is not None
    return not refuses_missing(program)


def pydantic_model(fitted: Fitted, name: str) -> Any:
    """A pydantic model of one input row, for a service that validates and documents requests."""
    try:
        from pydantic import BaseModel, ConfigDict, Field, create_model
    except ImportError:
        raise MissingExtraError("all", "A pydantic model of a transform's rows") from None
    fields: dict[str, Any] = {}
    for at, program in enumerate(p for p in fitted.programs if p.role != "target"):
        hint = _checked(program, fitted)
        default = ... if program.required else None
        # A column may have any name; a field of Python may not.
        field = f"field_{at}" if _reserved(program.column, BaseModel) else program.column
        fields[field] = (hint, Field(default, alias=program.column))
    config = ConfigDict(extra="allow", populate_by_name=False, strict=False)
    return create_model(name, __config__=config, **fields)


def _reserved(column: str, model: type) -> bool:
    """Whether no field of a pydantic model may be called as a column is."""
    starts = column.startswith(("_", "model_", "field_"))
    return starts or iskeyword(column) or hasattr(model, column) or not column.isidentifier()


def _checked(program: Program, fitted: Fitted) -> Any:
    """The type of a field that takes what the column's program takes, not what pydantic does."""
    from pydantic import AfterValidator, BeforeValidator

    run = runner(program, fitted)

    def plain(value: Any) -> Any:
        return None if is_missing(value) else value

    def taken(value: Any) -> Any:
        try:
            run(value, {})
        except Refused as refusal:
            raise ValueError(str(refusal)) from None
        return plain(value)

    hint: Any = _hint(program)
    if takes_missing(program):
        hint = hint | None
    if program.kind in TEMPORAL:
        return Annotated[hint, BeforeValidator(partial(_moment, program)), AfterValidator(taken)]
    return Annotated[hint, BeforeValidator(taken)]


def _moment(program: Program, value: Any) -> Any:
    """A moment as a request has it: text, never a count of seconds; a span, of microseconds."""
    if is_missing(value):
        return None
    if isinstance(value, int | float):
        if program.kind == "duration" and type(value) is int:
            return typed_value("duration", value, program.dtype)
        raise ValueError("it is a number")
    return value


def _hint(program: Program) -> Any:
    import datetime as dt

    known = _known(program)
    if known:
        return Literal[tuple(known)]
    words = words_of(missing_op(program))
    if program.kind == "number":
        return float | str if isinstance(program.ops[0], Cast) or words else float
    hints: dict[str, Any] = {
        "integer": int,
        "text": str,
        "boolean": bool,
        "date": dt.date,
        "datetime": dt.datetime,
        "time": dt.time,
        "duration": dt.timedelta,
    }
    return hints[program.kind]
