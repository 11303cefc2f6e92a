"""A schema with roles that a command gives to its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datacheck.errors import SchemaError, did_you_mean
from datacheck.schema.declare import Prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datacheck.schema.declare import Role, Schema


def with_roles(schema: Schema, roles: Mapping[Role, Sequence[str]]) -> Schema:
    """The schema with these columns in these roles.

    What a role rules out is taken out of the preparation: a target is never filled, an identifier
    passes as it is.

    Raises
    ------
    SchemaError
        For a column that the schema does not declare by its name.
    """
    wanted = {name: role for role, names in roles.items() for name in names}
    known = {column.name for column in schema.columns}
    for name in wanted:
        if name not in known:
            raise SchemaError(
                f"The schema {schema.name!r} declares no column {name!r}",
                todo=did_you_mean(name, known),
            )
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
