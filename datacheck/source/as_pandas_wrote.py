"""Parquet from parquet that pandas wrote: its index, its categories and its units come again.

They stand beside the columns, in an Arrow schema and a JSON document in the file's footer; polars
reads past them. What is written for columns that have changed is true of them as they are now: of a
column that was changed pyarrow would cast back, or fail.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import col
from datacheck.source.collecting import reading
from datacheck.source.model import Source
from datacheck.source.read_as import PANDAS

#: Under which it stands among the metadata of an Arrow schema.
KEY = PANDAS.encode()


class Footer(NamedTuple):
    """What pandas wrote beside a table."""

    schema: Any
    dtypes: Mapping[str, pl.DataType]
    categories: Mapping[str, list[str]]

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
        import pyarrow as pa

        dtypes = frame.collect_schema()
        fields = []
        for field in pl.DataFrame(schema=dtypes).to_arrow().schema:
            same = dtypes[field.name] == self.dtypes.get(field.name)
            kept = same or field.name in self.categories
            fields.append(self.schema.field(field.name) if kept else field)
        found = adjusted(self.schema.metadata, {field.name: field.type for field in fields}) or {}
        schema = pa.schema(fields, metadata=found)
        encoded = base64.b64encode(schema.serialize().to_pybytes()).decode()
        return {"ARROW:schema": encoded} | {k.decode(): v.decode() for k, v in found.items()}


def footer_of(source: Source, fills: Mapping[str, Sequence[str]]) -> Footer | None:
    """What pandas wrote beside the one parquet file of a source; None where it did not.

    `fills` are, by column, texts that may stand in it now: they come after its categories.
    """
    if source.kind != "parquet" or len(source.files) != 1:
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    with reading(source.name):
        file = pq.ParquetFile(source.files[0])
        schema = file.schema_arrow
        if KEY not in (schema.metadata or {}):
            return None
        texts = [
            field.name
            for field in schema
            if pa.types.is_dictionary(field.type) and pa.types.is_string(field.type.value_type)
        ]
        categories = {}
        for name in texts if file.num_row_groups else ():
            column = file.read_row_group(0, columns=[name]).column(name)
            known = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
            categories[name] = list(dict.fromkeys([*known, *fills.get(name, ())]))
        return Footer(schema, source.frame.collect_schema(), categories)


def adjusted(
    metadata: Mapping[bytes, bytes] | None, types: Mapping[str, Any]
) -> dict[bytes, bytes] | None:
    """The metadata of an Arrow schema whose columns now have these types.

    Metadata that is not pandas' stays; pandas' own that cannot be read is left out.
    """
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
        except (ValueError, KeyError, TypeError):
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
    if known == name:
        return column
    return {**column, "pandas_type": name, "numpy_type": name, "metadata": None}
