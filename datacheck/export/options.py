"""The options of `Transform.export`, target by target, for type checkers.

What an option means is written where it is taken: in `write` of each exporter, and in `Options`
of SQL. A test holds the names here to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict


class OnnxOptions(TypedDict, total=False):
    """See `datacheck.export.onnx.exporter.write`."""

    inputs: Literal["matrix", "columns"] | None
    columns: Sequence[str] | None
    target_opset: int | None
    merge_into: str | Path | None
    input_name: str | None
    inverse: Sequence[str] | str | None
    output_name: str | None


class JavaScriptOptions(TypedDict, total=False):
    """See `datacheck.export.javascript.exporter.write`."""

    name: str
    version: str
    max_bytes: int
    proven: bool
    columns: Sequence[str] | None
    inverse: Sequence[str] | str | None


class SqlOptions(TypedDict, total=False):
    """See `datacheck.export.sql.options.Options`."""

    dialect: Literal["duckdb", "sqlite", "postgresql", "spark", "snowflake", "bigquery"]
    table: str | Sequence[str]
    form: Literal["select", "view", "cte", "dbt"]
    name: str | Sequence[str]
    columns: Sequence[str] | None
    absent: Sequence[str] | str
    reason: str
    inverse: Sequence[str] | str | None
    connection: Any


class SklearnOptions(TypedDict, total=False):
    """See `datacheck.export.sklearn.exporter.write`."""

    columns: Sequence[str] | None


#: The options of each target, by its name.
OPTIONS: dict[str, type] = {
    "onnx": OnnxOptions,
    "javascript": JavaScriptOptions,
    "sql": SqlOptions,
    "sklearn": SklearnOptions,
}
