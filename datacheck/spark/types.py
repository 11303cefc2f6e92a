"""Types of polars as Spark takes them: it knows fewer, and refuses Arrow's large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.columns import retyped

if TYPE_CHECKING:
    import pyarrow as pa

#: What stands for a type of polars that Spark has no equal of.
_STANDS_FOR: dict[Any, Any] = {
    pl.UInt8: pl.Int16,
    pl.UInt16: pl.Int32,
    pl.UInt32: pl.Int64,
    pl.UInt64: pl.Decimal(20, 0),
    pl.Int128: pl.Decimal(38, 0),
    pl.Duration: pl.Int64,
    pl.Time: pl.Int64,
    pl.Categorical: pl.String,
    pl.Enum: pl.String,
    pl.Null: pl.String,
}
_NAMES: dict[Any, str] = {
    pl.Boolean: "boolean",
    pl.Int8: "byte",
    pl.Int16: "short",
    pl.Int32: "int",
    pl.Int64: "long",
    pl.Float32: "float",
    pl.Float64: "double",
    pl.String: "string",
    pl.Binary: "binary",
    pl.Date: "date",
}


def spark_type(dtype: pl.DataType) -> str:
    """How Spark writes the type that a column of this type travels as."""
    dtype = stand_in(dtype)
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision or 38}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "timestamp_ntz" if dtype.time_zone is None else "timestamp"
    if isinstance(dtype, pl.List | pl.Array):
        return f"array<{spark_type(dtype.inner)}>"  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        fields = (
            f"`{f.name.replace('`', '``')}`: {spark_type(f.dtype)}"  # type: ignore[arg-type]
            for f in dtype.fields
        )
        return f"struct<{', '.join(fields)}>"
    return _NAMES[dtype.base_type()]


def stand_in(dtype: pl.DataType) -> pl.DataType:
    """The type that stands for this one in Spark, so that equal cells stay equal."""
    if isinstance(dtype, pl.Datetime):
        return pl.Datetime("us", dtype.time_zone)
    other: Any = _STANDS_FOR.get(dtype.base_type(), dtype)
    made: pl.DataType = other() if isinstance(other, type) else other
    return made


def for_spark(frame: pl.DataFrame) -> pa.Table:
    """A frame as an Arrow table that Spark takes."""
    casts = {
        name: stand_in(dtype) for name, dtype in frame.schema.items() if stand_in(dtype) != dtype
    }
    table = retyped(frame, casts).to_arrow() if casts else frame.to_arrow()
    return table.cast(_schema(table.schema))


def _schema(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([field.with_type(small(field.type)) for field in schema])


def small(kind: Any) -> Any:
    """An Arrow type without the large or shared layouts that Spark refuses."""
    import pyarrow as pa

    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return small(kind.value_type)
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(small(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(small(field.type)) for field in kind])
    return kind
