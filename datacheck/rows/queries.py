"""Questions about the rows of a table by any of its columns, answered from keys that add up.

The kernel that rides along knows the key of all columns of a role together. Another set of columns
needs a sum or a difference of such keys: only what tells them apart is looked at once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl

from datacheck.arrays import Keys
from datacheck.rows.cells import can_be_told
from datacheck.rows.keys import RowKeys, halved, keys_of
from datacheck.rows.repeats import DuplicateRows, conflicting, repeated, shared
from datacheck.table import Table

Names = frozenset[str]


class RowQueries(NamedTuple):
    """Sets of columns by which rows may repeat, conflict, or stand in the other table."""

    repeats: tuple[frozenset[str], ...] = ()
    conflicts: tuple[frozenset[str], frozenset[str]] | None = None
    shared: tuple[frozenset[str], ...] = ()

    @property
    def sets(self) -> list[frozenset[str]]:
        """All of them."""
        return [*self.repeats, *(self.conflicts or ()), *self.shared]


class RowAnswers(NamedTuple):
    """What was asked, answered: by set of columns."""

    repeats: dict[frozenset[str], DuplicateRows]
    conflicts: DuplicateRows
    shared: dict[frozenset[str], DuplicateRows]


class KeyedRows(Protocol):
    """A table whose rows can be compared."""

    dtypes: pl.Schema

    def answers(self, asked: RowQueries, other: Any = None) -> RowAnswers:
        """Which rows repeat, conflict, and stand in the other table."""


def key_columns(dtypes: Mapping[str, pl.DataType], roles: Mapping[str, str]) -> list[str]:
    """The columns by which rows are compared: all whose cells can be, but those to be ignored."""
    return [
        name for name, dtype in dtypes.items() if roles.get(name) != "ignore" and can_be_told(dtype)
    ]


def kernel_for(dtypes: Mapping[str, pl.DataType], roles: Mapping[str, str]) -> RowKeys:
    """The kernel that rides along: a group of columns for each role that rows may do without."""
    groups: dict[str, list[str]] = {}
    for name in key_columns(dtypes, roles):
        role = roles.get(name, "feature")
        groups.setdefault(role if role in _APART else "feature", []).append(name)
    return RowKeys(groups)


_APART = ("id", "target", "weight")


class LocalRows:
    """The rows of a table that is read here, and the kernel that has seen it; see `KeyedRows`."""

    def __init__(self, table: Table, seen: RowKeys) -> None:
        self.table, self.dtypes = table, table.dtypes
        self.rows = seen.rows
        self._seen = seen
        self._more: RowKeys | None = None
        self._as_read: list[RowKeys] = []
        self._atoms: dict[frozenset[str], _Atom] = {}

    def answers(self, asked: RowQueries, other: LocalRows | None = None) -> RowAnswers:
        """See `KeyedRows`."""
        single = frozenset[str]()
        if other is not None and asked.shared:
            single = halved(self.dtypes, other.dtypes)
            other.ready(asked.shared, single)
        self.ready(asked.sets, single)
        both: dict[Names, DuplicateRows] = {}
        if other is not None:
            rows = self.rows, other.rows
            both = {
                names: shared(self.keys(names, single), other.keys(names, single), rows)
                for names in asked.shared
            }
        conflicts = DuplicateRows()
        if asked.conflicts is not None:
            features, targets = asked.conflicts
            conflicts = conflicting(
                self.keys(features), self.keys(targets), self.rows, missing_key(targets) % 2**64
            )
        repeats = {names: repeated(self.keys(names), self.rows) for names in asked.repeats}
        return RowAnswers(repeats, conflicts, both)

    def ready(self, sets: Sequence[Names], single: Names = frozenset()) -> None:
        """Look once more at the columns that tell these sets apart, where there are any."""
        atoms: dict[Names, _Atom] = {}
        again: dict[str, Names] = {}
        for group, names in self._seen.groups.items():
            by_place: dict[tuple[bool, ...], list[str]] = {}
            for name in names:
                by_place.setdefault(tuple(name in one for one in sets), []).append(name)
            *fewer, most = sorted(
                map(frozenset, by_place.values()), key=lambda n: (len(n), sorted(n))
            )
            mine = {f"{group} {place}": part for place, part in enumerate(fewer)}
            again |= mine
            atoms |= {part: _Atom(None, (name,)) for name, part in mine.items()}
            atoms[most] = _Atom(group, tuple(mine))
        self._more = RowKeys(again)
        self._atoms = atoms
        if again:
            [self._more] = self.table.fold([self._more])
        if single:
            alone = {name: (name,) for name in single}
            self._as_read = self.table.fold([RowKeys(alone), RowKeys(alone, single)])

    def keys(self, names: Names, single: Names = frozenset()) -> Iterator[Keys]:
        """The keys of the rows by these columns, those of `single` as float32."""
        parts = [self._of(atom) for own, atom in self._atoms.items() if own <= names]
        for name in names & single:
            as_is, rounded = self._as_read
            parts.append(b - a for a, b in zip(as_is.of(name), rounded.of(name), strict=True))
        for keys in zip(*parts, strict=True):
            yield reduce(np.add, keys)

    def _of(self, atom: _Atom) -> Iterator[Keys]:
        more = self._more
        assert more is not None  # noqa: S101 - `ready` comes first
        if atom.group is None:
            yield from more.of(atom.pieces[0])
            return
        rest = [more.of(piece) for piece in atom.pieces]
        for whole, *less in zip(self._seen.of(atom.group), *rest, strict=True):
            yield whole - reduce(np.add, less) if less else whole


class _Atom(NamedTuple):
    """Columns that all sets hold together: a group without pieces of it, or one such piece."""

    group: str | None
    pieces: tuple[str, ...]


def missing_key(targets: Collection[str]) -> int:
    """The first lane of the key of a row whose target is missing, as a signed number."""
    empty = pl.DataFrame({name: [None] for name in sorted(targets)})
    return int(keys_of(empty, empty.columns)[0].view(np.int64)[0])
