"""What the columns are to a model, as the schema and the command declare it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from datacheck.errors import SchemaError, SourceError, must_be_known
from datacheck.schema.declare import Prepare, Role
from datacheck.schema.model import Schema


class Named(NamedTuple):
    """Columns that a call or a command names by their role."""

    #: A column, several, or none.
    target: str | Iterable[str] | None = None
    id: str | Iterable[str] | None = None
    time: str | Iterable[str] | None = None

    @property
    def by_role(self) -> dict[Role, list[str]]:
        """The columns that each role names."""
        return {"target": _each(self.target), "id": _each(self.id), "time": _each(self.time)}


def declared_roles(
    columns: Iterable[str], schema: Schema | None = None, named: Named | None = None
) -> dict[str, str]:
    """The roles that are declared, by column; what the command says goes before the schema."""
    names = list(columns)
    roles: dict[str, str] = {}
    if schema is not None:
        for name, column in schema.columns_for(dict.fromkeys(names)).items():
            if column.prepare is not None and column.prepare.role:
                roles[name] = column.prepare.role
    for role, given in (named or Named()).by_role.items():
        for name in given:
            must_be_known(name, names, f"there is no column {name!r} to be the {role}", SourceError)
            roles[name] = role
    return roles


def with_roles(schema: Schema, named: Named) -> Schema:
    """The schema with columns in these roles, without the preparation that these rule out."""
    wanted = {name: role for role, names in named.by_role.items() for name in names}
    if not wanted:
        return schema
    known = dict.fromkeys(column.name for column in schema.columns)
    for name in wanted:
        what = f"The schema {schema.name!r} declares no column {name!r}"
        must_be_known(name, known, what, SchemaError)
    columns = tuple(
        replace(column, prepare=_in_role(column.prepare or Prepare(), wanted[column.name]))
        if column.name in wanted
        else column
        for column in schema.columns
    )
    return replace(schema, columns=columns)


def _in_role(prepare: Prepare, role: Role) -> Prepare:
    if role in ("id", "ignore"):
        return Prepare(role=role)
    if role == "target":
        return replace(prepare, role=role, impute="none", fill_value=None, indicator=False)
    return replace(prepare, role=role)


def _each(given: str | Iterable[str] | None) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)
