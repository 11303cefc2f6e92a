"""What pandas writes beside an Arrow schema, kept true when columns change their type.

It tells pandas which columns are its index and which types they had. Of a column that was changed
it would be wrong: pyarrow would cast back, or fail.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Under which it stands among the metadata of an Arrow schema.
KEY = b"pandas"


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
