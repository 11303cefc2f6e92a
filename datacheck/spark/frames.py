"""A Spark DataFrame as datacheck takes it: by position, so that no name can stand in the way.

Spark looks names up without regard to case and reads dots and backticks in them. Inside, columns
are called ``c0``, ``c1`` and so on; workers give them their own names again.

Types of polars as Spark takes them: it knows fewer, and refuses Arrow's large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame

from datacheck.columns import repeated, retyped
from datacheck.errors import DataError
from datacheck.spark.errors import needed, saying
from datacheck.spark.workers import check_workers, frames, partition, sent

if TYPE_CHECKING:
    Kernel = Callable[[Iterator[pl.DataFrame]], Iterator[pa.RecordBatch]]


NAME = "the Spark DataFrame"
#: Spark promises no order of rows. A row's number is what ``monotonically_increasing_id()`` gives
#: it: the partition's number in the upper bits, its position there in so many lower ones.
POSITION_BITS = 33


@dataclass(frozen=True)
class OpenedFrame:
    """A Spark DataFrame, its columns called by position in `data`: ``c0``, ``c1``, ...

    `dtypes` is what polars in a worker sees, under the table's own names. With `text`, the cells
    came as text (CSV), so that declared types may be read from text; `reread` gives such a table
    again, with some columns as they stand in the file.
    """

    given: DataFrame
    data: DataFrame
    dtypes: pl.Schema
    name: str = NAME
    text: bool = False
    reread: Callable[[frozenset[str]], OpenedFrame] | None = field(default=None, repr=False)

    def with_text(self, columns: Iterable[str]) -> OpenedFrame:
        """The same table with these columns as the very text of the file; see `Source`."""
        wanted = frozenset(name for name in columns if self.dtypes.get(name) != pl.String)
        return self.reread(wanted) if self.reread is not None and wanted else self

    def place(self, name: str) -> str:
        """What a column is called inside."""
        return f"c{self.dtypes.names().index(name)}"

    def each(self, kernel: Kernel, columns: Iterable[str], schema: str) -> DataFrame:
        """The rows that a kernel, which can be pickled, makes of each partition, lazily.

        `columns` are those that it needs; at least one is read. `schema` is as Spark writes it.
        """
        wanted = set(columns)
        names = [name for name in self.dtypes.names() if name in wanted] or self.dtypes.names()[:1]
        chosen = self.data.select([self.place(name) for name in names])
        return chosen.mapInArrow(sent(partial(_on_frames, kernel, names)), schema)


def placed(frames: Iterator[pl.DataFrame]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The frames of a partition, in a worker, each with the number of its first row."""
    offset = partition() << POSITION_BITS
    for frame in frames:
        yield offset, frame
        offset += frame.height


def collected(rows: DataFrame) -> pl.DataFrame:
    """The rows of a Spark DataFrame, in this process."""
    with saying(NAME):
        return pl.DataFrame(pl.from_arrow(rows.toArrow()))


def _on_frames(kernel: Kernel, names: Sequence[str], batches: Any) -> Iterator[pa.RecordBatch]:
    yield from kernel(frames(batches, names))


def open_frame(data: Any, name: str = NAME) -> OpenedFrame:
    """Take a Spark DataFrame, classic or of Spark Connect; what is opened stays as it is."""
    if isinstance(data, OpenedFrame):
        return data
    needed()
    if not isinstance(data, DataFrame):
        raise DataError(
            "datacheck.spark takes Spark DataFrames",
            got=type(data).__name__,
            expected="a pyspark.sql.DataFrame, classic or of Spark Connect",
            todo="use the same verb of datacheck itself for other tables",
        )
    with saying(name):
        names = data.columns
    twice = repeated(names)
    if twice or not names:
        raise DataError(
            "Two columns have one name" if twice else "The Spark DataFrame has no columns",
            got=", ".join(map(repr, twice)),
            todo="rename one of them" if twice else "select some",
        )
    check_workers(data.sparkSession)
    placed = data.toDF(*(f"c{number}" for number in range(len(names))))
    with saying(name):
        schema = placed.limit(0).toArrow().schema
    return OpenedFrame(data, placed, pl.Schema(_dtypes(names, schema)), name)


def _dtypes(names: Sequence[str], schema: Any) -> Iterator[tuple[str, pl.DataType]]:
    for name, kind in zip(names, schema.types, strict=True):
        try:
            yield name, pl.Series(pl.from_arrow(pa.array([], kind))).dtype
        except (pa.ArrowException, pl.exceptions.PolarsError, ValueError, TypeError) as error:
            raise DataError(
                f"Column {name!r} has a type that polars does not know",
                got=str(kind),
                todo="cast the column, or leave it out",
            ) from error


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
    return pa.schema([field.with_type(small(field.type)) for field in schema])


def small(kind: Any) -> Any:
    """An Arrow type without the large or shared layouts that Spark refuses."""
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
