"""A schema as users hold it: what is declared, and how that is read, written and shown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from datacheck.errors import SchemaError
from datacheck.files import as_path, write_text
from datacheck.schema.declare import Declaration
from datacheck.schema.yaml import read_yaml
from datacheck.text import some

SUFFIXES = (".yaml", ".yml", ".py")


@dataclass(frozen=True, kw_only=True, eq=False)
class Schema(Declaration):
    """A table's declaration: pandera's part, and how to prepare each column.

    The data are `Declaration`'s; here are the ways in and out that users call.

    Parameters
    ----------
    name
        What the schema is called.
    columns
        In the order declared. A table's own ``coerce`` and ``dtype`` are in its columns already.
    table
        What holds for the table as a whole.
    knn, output
        The table's own preparation: neighbours, and the float type that leaves.
    origin
        The pandera schema this was read from, where there was one.
    read
        The YAML this was read from, where there was one: `save` keeps its comments.
    plans
        What `datacheck.schema.compile` has made of it so far, by the table's own schema.
    """

    @property
    def pandera(self) -> Any:
        """The same declaration as a `pandera.polars.DataFrameSchema`."""
        from datacheck.schema.to_pandera import pandera_schema

        return self.origin if self.origin is not None else pandera_schema(self)

    def __eq__(self, other: object) -> bool:
        """Whether both declare the same, and not whether both say why."""
        if not isinstance(other, Schema):
            return NotImplemented
        compared = [each.name for each in fields(Schema) if each.compare]
        return all(getattr(self, name) == getattr(other, name) for name in compared)

    __hash__ = Declaration.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as YAML: pickle carries a document, never code."""
        return Schema.from_yaml, (self.to_yaml(), self.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Schema:
        """A schema does not change, so it is its own copy; one with functions in it too."""
        return self

    def __copy__(self) -> Schema:
        return self

    def __repr__(self) -> str:
        return f"<Schema {self.name}: {some([c.name for c in self.columns], 5, shown=repr)}>"

    def _repr_html_(self) -> str:
        from datacheck.schema.shown import summary
        from datacheck.views.declared import schema_fragment

        return schema_fragment(summary(self))

    @staticmethod
    def from_yaml(text: str, name: str = "schema", where: str = "") -> Schema:
        """Read what `to_yaml` wrote, or a person did.

        Parameters
        ----------
        text
            YAML in pandera's polars format.
        name
            What to call the schema where the YAML does not say.
        where
            What to call the text in errors: the path of its file, or `name`.

        Raises
        ------
        SchemaError
            For text that is not YAML, a key that is unknown or stands twice, a tag, or a bad value.
        """
        return Schema(**read_yaml(text, name, where), read=text)

    def to_yaml(self) -> str:
        """The schema as YAML in pandera's polars format, with ``prepare:`` mappings.

        Raises
        ------
        SchemaError
            Where YAML can't hold what is declared, such as a check that is a function.
        """
        from datacheck.schema.write import write_yaml

        return write_yaml(self)

    def _to_script(self) -> str:
        """The schema as Python, for `save`."""
        from datacheck.schema.write import write_script

        return write_script(self)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the schema to a ``.yaml`` or ``.yml`` file, or as Python to a ``.py`` file.

        YAML keeps the comments of the YAML that the schema was read from.

        Raises
        ------
        SchemaError
            For another suffix, or what the file's kind can't hold.
        SourceError
            Where the file exists and `force` is not given, or can't be written.
        """
        write_text(path, self._text_for(path), force=force)

    def _text_for(self, path: str | Path) -> str:
        """What `save` writes to a file of this name."""
        file = as_path(path)
        suffix = file.suffix.lower()
        if suffix not in SUFFIXES:
            raise SchemaError(
                f"A schema is not saved as {file.name!r}",
                expected="a name in " + ", ".join(SUFFIXES),
            )
        if suffix == ".py":
            return self._to_script()
        if self.read is None:
            return self.to_yaml()
        from datacheck.schema.comments import with_comments

        return with_comments(self.to_yaml(), self.read)
