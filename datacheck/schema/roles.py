"""What the columns are to a model, as the schema and the command declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from datacheck.errors import SourceError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datacheck.schema import Schema


class Named(NamedTuple):
    """Columns that a call or a command names by their role.

    Parameters
    ----------
    target, id, time
        A column, several, or none.
    """

    target: str | Iterable[str] | None = None
    id: str | Iterable[str] | None = None
    time: str | Iterable[str] | None = None


def declared_roles(
    columns: Iterable[str], schema: Schema | None = None, named: Named | None = None
) -> dict[str, str]:
    """The roles that are declared, by column. What the command says goes before the schema.

    Raises
    ------
    SourceError
        Where the command names a column that the table does not have.
    """
    names = list(columns)
    roles: dict[str, str] = {}
    if schema is not None:
        for name, column in schema.columns_for(dict.fromkeys(names)).items():
            if column.prepare is not None and column.prepare.role:
                roles[name] = column.prepare.role
    for role, given in (named or Named())._asdict().items():
        for name in _each(given):
            if name not in names:
                raise SourceError(
                    f"there is no column {name!r} to be the {role}",
                    expected="a column of the table",
                    todo=did_you_mean(name, names),
                )
            roles[name] = role
    return roles


def _each(given: str | Iterable[str] | None) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)
