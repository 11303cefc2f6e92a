"""What a declaration of another tool becomes: a schema, and what it says that no schema holds.

dbt's properties and data contracts (ODCS) are read into the same plain document that a YAML schema
is, so every value passes the one reader of schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from datacheck.errors import SchemaError, did_you_mean
from datacheck.schema.model import Schema
from datacheck.schema.plain_yaml import parse_yaml
from datacheck.schema.yaml import TYPE
from datacheck.text import briefly


class Imported(NamedTuple):
    """A schema that was made of another tool's declaration.

    Parameters
    ----------
    schema
        What could be carried.
    left_out
        What could not, a sentence each; what is carried with another meaning is among it.
    """

    schema: Schema
    left_out: tuple[str, ...]


@dataclass
class Carried:
    """A table's declaration on its way: the document, and what was left out of it."""

    name: str
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    unique: list[list[str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def column(self, name: str) -> dict[str, Any]:
        """The column's declaration; one that nothing is said of may be missing."""
        return self.columns.setdefault(name, {"nullable": True})

    def no_repeats(self, name: str) -> None:
        """Declare a column unique."""
        self.column(name)["unique"] = True

    def may_miss(self, name: str, allow: float | str | None, said: str) -> None:
        """Let so many cells be missing: a check that every value passes and no missing cell."""
        if allow is None:
            self.column(name)["nullable"] = False
            return
        check = {"forbidden_values": [], "ignore_na": False, "allow": allow, "error": said}
        self.column(name)["notin"] = check

    def leave(self, where: str, what: str, why: str) -> None:
        """Note what could not be carried."""
        self.left_out.append(f"{where}: {what} ({why})")

    def imported(self, where: str) -> Imported:
        """The schema, by the one reader."""
        import yaml

        for name, column in self.columns.items():
            if column.get("unique") and column["nullable"]:
                self.leave(name, "unique beside missing cells", "here they count as one value")
        document: dict[str, Any] = {"schema_type": TYPE, "name": self.name, "columns": self.columns}
        if self.unique:
            document["unique"] = self.unique
        schema = Schema.from_yaml(yaml.safe_dump(document, sort_keys=False), self.name, where)
        return Imported(schema, tuple(self.left_out))


def read_document(path: str | Path) -> dict[str, Any]:
    """The YAML of a file, as plain data."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} can't be read", got=str(error)) from None
    return parse_yaml(text, str(path))


def chosen(tables: Mapping[str, Any], name: str | None, path: str | Path, what: str) -> str:
    """The table that is meant; one that is alone needs no name."""
    if name is None and len(tables) == 1:
        return next(iter(tables))
    if name is None or name not in tables:
        raise SchemaError(
            f"{path} declares no {what} of this name" if tables else f"{path} declares no {what}",
            got=briefly(name),
            expected=", ".join(sorted(tables)),
            todo=did_you_mean(name, tables) if name else f"name the {what}",
        )
    return name


def listed(value: Any) -> list[Any]:
    """A list of a document; what is none is empty."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list of a document."""
    return [each for each in listed(value) if isinstance(each, dict)]
