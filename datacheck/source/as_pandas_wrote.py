"""Files of what pandas wrote, parquet or Arrow: its index, categories and units come again.

They stand beside the columns, in an Arrow schema and a JSON document in the file's footer; polars
reads past them. What is written for columns that have changed is true of them as they are now: of a
column that was changed pyarrow would cast back, or fail.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import bare, col
from datacheck.source.collecting import reading
from datacheck.source.from_arrow import is_text
from datacheck.source.model import Source
from datacheck.source.read_as import PANDAS

#: Under which it stands among the metadata of an Arrow schema.
KEY = PANDAS.encode()


class Footer(NamedTuple):
    """What pandas wrote beside a table."""

    schema: Any
    dtypes: Mapping[str, pl.DataType]
    categories: Mapping[str, list[str]]
    #: Of columns of an Arrow file whose categories are no texts, and which are as they were.
    values: Mapping[str, Any]

    @property
    def extended(self) -> bool:
        """Whether a column has a type that polars does not write, as UUIDs have."""
        import pyarrow as pa

        return any(isinstance(field.type, pa.BaseExtensionType) for field in self.schema)

    def categorized(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame with its categories in the order that they had."""
        dtypes = frame.collect_schema()
        ordered = [
            col(name).cast(pl.Enum(categories))
            for name, categories in self.categories.items()
            if dtypes.get(name) == pl.Categorical
        ]
        return frame.with_columns(ordered) if ordered else frame

    def metadata(self, frame: pl.LazyFrame) -> dict[str, str]:
        """The footer of a table that was made of this one, for polars to write."""
        schema = self.of(frame, cast=False)
        encoded = base64.b64encode(schema.serialize().to_pybytes()).decode()
        found = schema.metadata or {}
        return {"ARROW:schema": encoded} | {k.decode(): v.decode() for k, v in found.items()}

    def of(self, frame: pl.LazyFrame, *, cast: bool) -> Any:
        """The Arrow schema of a table that was made of this one, and is `cast` to it or read so."""
        import pyarrow as pa

        dtypes = frame.collect_schema()
        fields = []
        for field in pl.DataFrame(schema=dtypes).to_arrow().schema:
            same = dtypes[field.name] == self.dtypes.get(field.name)
            before = self.schema.field(field.name) if same else field
            # Arrow takes a number of milliseconds for seconds, and has no cast to other categories.
            unheld = pa.types.is_dictionary if cast else pa.types.is_duration
            if field.name in self.categories:
                before = self._wide_enough(field.name)
            elif same and field.name in self.values:
                pass
            elif unheld(before.type):
                before = field
            fields.append(before)
        found = adjusted(self.schema.metadata, {field.name: field.type for field in fields}) or {}
        return pa.schema(fields, metadata=found)

    def _wide_enough(self, name: str) -> Any:
        """A field of categories, with codes for all that there are now."""
        import pyarrow as pa

        field = self.schema.field(name)
        if len(self.categories[name]) < 2 ** (field.type.index_type.bit_width - 1):
            return field
        wider = pa.dictionary(pa.int32(), field.type.value_type, ordered=field.type.ordered)
        return field.with_type(wider)

    def table(self, rows: pl.DataFrame, schema: Any) -> Any:
        """Rows of a table that was `categorized`, in its Arrow schema."""
        import pyarrow as pa

        columns = []
        for cells, field in zip(rows.get_columns(), schema, strict=True):
            if cells.name in self.categories and isinstance(cells.dtype, pl.Enum):
                codes = bare(cells).to_physical()
                values = pa.array(self.categories[cells.name], field.type.value_type)
            elif cells.name in self.values and pa.types.is_dictionary(field.type):
                values = self.values[cells.name]
                known = pl.Series(values).cast(cells.dtype)
                places = pl.Series(range(len(known)), dtype=pl.Int64)
                codes = bare(cells).replace_strict(known, places, return_dtype=pl.Int64)
            else:
                columns.append(bare(cells).to_arrow().cast(field.type))
                continue
            codes = codes.to_arrow().cast(field.type.index_type)
            ordered = field.type.ordered
            columns.append(pa.DictionaryArray.from_arrays(codes, values, ordered=ordered))
        return pa.table(columns, schema=schema)


def footer_of(source: Source, fills: Mapping[str, Sequence[str]]) -> Footer | None:
    """What pandas wrote beside a source's one file, with `fills` and what has changed; or None."""
    if source.kind not in ("parquet", "ipc") or len(source.files) != 1:
        return None
    import pyarrow as pa

    with reading(source.name):
        read = _parquet if source.kind == "parquet" else _arrow
        schema, first = read(source.files[0])
        if schema is None or KEY not in (schema.metadata or {}):
            return None
        categories, values = {}, {}
        for field in schema:
            column = first(field.name) if pa.types.is_dictionary(field.type) else None
            if pa.types.is_dictionary(field.type) and is_text(field.type.value_type):
                known = [] if column is None else column.dictionary.to_pylist()
                categories[field.name] = list(dict.fromkeys([*known, *fills.get(field.name, ())]))
            elif column is not None and source.kind == "ipc" and field.name not in fills:
                values[field.name] = column.dictionary
        return Footer(schema, source.frame.collect_schema(), categories, values)


def _parquet(path: str) -> tuple[Any, Callable[[str], Any]]:
    """The Arrow schema of a file, and the first cells of a column; None of one without rows."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)

    def first(name: str) -> Any:
        groups = file.num_row_groups
        column = file.read_row_group(0, columns=[name]).column(name) if groups else None
        return column.chunk(0) if column is not None and column.num_chunks else None

    return file.schema_arrow, first


def _arrow(path: str) -> tuple[Any, Callable[[str], Any]]:
    """As `_parquet`; a stream of Arrow has no place to look at first."""
    import pyarrow as pa

    try:
        file = pa.ipc.open_file(path)
    except pa.ArrowInvalid:
        return None, lambda _: None
    batches = file.num_record_batches
    return file.schema, lambda name: file.get_batch(0).column(name) if batches else None


def adjusted(
    metadata: Mapping[bytes, bytes] | None, types: Mapping[str, Any]
) -> dict[bytes, bytes] | None:
    """The metadata of an Arrow schema whose columns now have these types."""
    if metadata is None:
        return None
    kept = dict(metadata)
    if KEY in kept:
        try:
            document = json.loads(kept[KEY])
            columns = [
                _true(column, types[column["field_name"]])
                for column in document["columns"]
                if column.get("field_name") in types
            ]
            kept[KEY] = json.dumps({**document, "columns": columns}).encode()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            del kept[KEY]
    return kept


def _true(column: dict[str, Any], dtype: Any) -> dict[str, Any]:
    """The entry of one column; a number that is of another type now is said to be so."""
    import pyarrow as pa

    numbers = pa.types.is_floating(dtype) or pa.types.is_integer(dtype)
    if not numbers:
        return column
    name = str(dtype.to_pandas_dtype()().dtype)
    known = str(column.get("numpy_type", "")).lower()
    if known in (name, f"{dtype}[pyarrow]"):
        return column
    return {**column, "pandas_type": name, "numpy_type": name, "metadata": None}
