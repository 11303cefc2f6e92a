"""The names of dtypes in YAML, read without evaluating anything.

The names are polars' own, as pandera writes them, and those of Python that pandera knows.
"""

from __future__ import annotations

import ast
from typing import Any

import polars as pl

from datacheck.errors import SchemaError, did_you_mean
from datacheck.text import briefly

_PLAIN = """
    Int8 Int16 Int32 Int64 Int128 UInt8 UInt16 UInt32 UInt64 UInt128 Float16 Float32 Float64
    Boolean String Date Time Datetime Duration Categorical Enum Decimal Binary List Array Struct
    Null Object
""".split()  # noqa: SIM905 - read as prose

_BY_NAME: dict[str, Any] = {
    name.lower(): getattr(pl, name) for name in _PLAIN if hasattr(pl, name)
} | {
    "int": pl.Int64,
    "float": pl.Float64,
    "str": pl.String,
    "utf8": pl.String,
    "bool": pl.Boolean,
    "bytes": pl.Binary,
    "timedelta": pl.Duration,
    "category": pl.Categorical,
}

#: What pandera makes of a dtype that is named without its parameters.
_PARAMETERS = {
    pl.Datetime: pl.Datetime("us"),
    pl.Duration: pl.Duration("us"),
    pl.Decimal: pl.Decimal(28, 0),
}


def read_dtype(text: Any, where: str) -> pl.DataType:
    """Read a dtype such as ``Float64``, ``int`` or ``Datetime(time_unit='us')``."""
    if not isinstance(text, str):
        raise SchemaError(f"dtype of {where} must be a name", got=briefly(text), expected="Float64")
    plain = _BY_NAME.get(text.strip().lower())
    try:
        dtype = plain if plain is not None else _build(ast.parse(text.strip(), mode="eval").body)
        made = as_instance(dtype)
    except (SyntaxError, ValueError, TypeError, pl.exceptions.PolarsError):
        made = None
    if isinstance(made, pl.DataType):  # and no number or list
        return made
    raise SchemaError(f"Unknown dtype {briefly(text)} of {where}", todo=did_you_mean(text, _PLAIN))


def as_instance(dtype: Any) -> pl.DataType:
    """A dtype given as a class, with pandera's default parameters."""
    if not isinstance(dtype, type):
        return dtype  # type: ignore[no-any-return]
    made: pl.DataType = _PARAMETERS.get(dtype) or dtype()  # type: ignore[call-overload]
    return made


def write_dtype(dtype: pl.DataType, where: str) -> str:
    """Name a dtype so that `read_dtype` gives it back."""
    text = str(dtype)
    if read_dtype(text, where) != dtype:
        raise SchemaError(
            f"YAML can't hold the dtype of {where}", got=text, todo="keep this schema in Python"
        )
    return text


def _build(node: ast.expr) -> Any:
    """The dtype or literal that a node spells out: names of dtypes, calls of them, constants."""
    if isinstance(node, ast.Name):
        return _BY_NAME[node.id.lower()] if node.id.lower() in _BY_NAME else _unknown(node.id)
    if isinstance(node, ast.Call):
        named = {str(each.arg): _build(each.value) for each in node.keywords}
        return _build(node.func)(*map(_build, node.args), **named)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        made = [_build(each) for each in node.elts]
        return made if isinstance(node, ast.List) else tuple(made)
    if isinstance(node, ast.Dict):
        keys = [_unknown("**") if key is None else _build(key) for key in node.keys]
        return dict(zip(keys, map(_build, node.values), strict=True))
    return _unknown(ast.dump(node))


def _unknown(name: str) -> Any:
    raise ValueError(name)
