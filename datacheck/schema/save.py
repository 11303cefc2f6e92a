"""Saving a schema to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SchemaError
from datacheck.files import as_path, whole_file
from datacheck.schema.script import write_script
from datacheck.schema.write import write_yaml

if TYPE_CHECKING:
    from datacheck.schema.declare import Schema

_WRITERS = {".yaml": write_yaml, ".yml": write_yaml, ".py": write_script}


def save_schema(schema: Schema, path: str | Path, *, force: bool = False) -> None:
    """Write `schema` as its suffix says: ``.yaml``, ``.yml`` or ``.py``.

    Raises
    ------
    SchemaError
        For another suffix, or what that format can't hold.
    SourceError
        Where the file exists and `force` is not given, or can't be written.
    """
    writer = _WRITERS.get(as_path(path).suffix.lower())
    if writer is None:
        raise SchemaError(
            f"A schema is not saved as {Path(path).name!r}",
            expected="a name in " + ", ".join(_WRITERS),
        )
    text = writer(schema)
    with whole_file(path, force=force) as beside:
        beside.write_text(text, encoding="utf-8")
