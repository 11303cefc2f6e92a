"""What the rows of a table show: kernels that ride along, and the findings that come of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from datacheck.errors import DatacheckError
from datacheck.findings.copies import MISS, Copy, copies, copy_findings
from datacheck.findings.in_time import in_time
from datacheck.findings.leaks import leaks
from datacheck.findings.relations import changed_relations, joint_drift
from datacheck.findings.repeats import (
    before_its_end,
    conflicts,
    duplicates,
    is_itself,
    on_both_sides,
    overlaps,
    repeated_ids,
)
from datacheck.findings.roles import with_roles
from datacheck.findings.rows import near_duplicates, spreads_of
from datacheck.findings.scale import near_constants
from datacheck.findings.targets import target_drift, target_findings, target_scales
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report import Finding
from datacheck.rows.keys import RowKeys
from datacheck.rows.near import near_rows
from datacheck.rows.queries import (
    KeyedRows,
    LocalRows,
    RowAnswers,
    RowQueries,
    kernel_for,
    key_columns,
)
from datacheck.rows.sample import RelationCheck, RowSample
from datacheck.table import Table

#: Ids that are looked for on both sides, each by itself.
_MOST_IDS = 8


def row_scan(
    roles: Mapping[str, str], reference: Any, *, rows: bool, near: bool, joint: bool
) -> RowScan | None:
    """What a check looks at of rows as rows; None where it was told to leave them out."""
    if joint and reference is None:
        raise DatacheckError(
            "whether a model tells two tables apart is asked for, and there is one table",
            todo="give a reference, or leave out joint (--joint)",
        )
    if not rows and (near or joint):
        raise DatacheckError(
            "rows are to be left out, and near duplicates or a joint drift to be looked for",
            todo="leave out one of the two",
        )
    return RowScan(roles, near=near, joint=joint) if rows else None


class RowScan:
    """The rows of a table, and of a reference that is one, seen in passes made anyway."""

    def __init__(
        self, roles: Mapping[str, str], *, near: bool = False, joint: bool = False
    ) -> None:
        self.roles = roles
        self._near, self._joint = near, joint
        self._other: tuple[KeyedRows, Profile] | None = None
        self._other_sample: RowSample | None = None
        self._other_table: Table | None = None

    def kernels(self, table: Table) -> list[Any]:
        """What rides along in a pass over a table."""
        names = key_columns(table.dtypes, self.roles)
        keys = [kernel_for(table.dtypes, self.roles)] if table.elsewhere is None else []
        return [RowSample(names), *keys]

    def know(self, table: Table, profile: Profile, seen: Sequence[Any]) -> None:
        """Keep what was seen of the reference."""
        self._other = _keyed(table, seen), profile
        self._other_sample, self._other_table = seen[0], table

    def against(self, table: Table, profile: Profile, seen: Sequence[Any]) -> list[Finding]:
        """As `findings`: those against the reference alone."""
        if self._other is None:
            self._must_not_be_asked(near=self._near)
            return []
        if not profile.rows:
            return []
        rows, known = _keyed(table, seen), with_roles(profile, self.roles)
        common = _common(rows, known, self.roles, self._other)
        answers = rows.answers(RowQueries(shared=common), self._other[0])
        places, sample = seen[0].taken()

        def twice() -> set[str]:
            given_away = list(leaks(known, places, sample, whole=seen[0].whole))
            again = _copies(table, known, sample, given_away, whole=seen[0].whole)
            return _said_twice(known, given_away, again)

        return [
            *self._moved(sample, known),
            *(self._nearly(table, known, sample, own=False) if self._near else ()),
            *_of_both(known, self.roles, answers, self._other[1], twice),
        ]

    def of_target(
        self, reference: Any, profile: Profile, drift: Sequence[Finding]
    ) -> list[Finding]:
        """What a target shows against a reference of which a profile is known."""
        if not isinstance(reference, Profile):
            return []
        return list(target_drift(reference, with_roles(profile, self.roles), drift))

    def findings(self, table: Table, profile: Profile, seen: Sequence[Any]) -> list[Finding]:
        """The findings about rows, once the kernels have seen the table of this profile."""
        if not profile.rows:
            return []
        rows, known = _keyed(table, seen), with_roles(profile, self.roles)
        names = frozenset(key_columns(rows.dtypes, self.roles))
        ids = frozenset(_of_role(known, "id")) & names
        targets = frozenset(_of_role(known, "target")) & names
        features = names - ids - targets - frozenset(_of_role(known, "weight"))
        asked = RowQueries(
            (*_rows_by((names, names - ids)), *_ids_in_doubt(known, ids, names)),
            (features, targets) if targets and features else None,
            () if self._other is None else _common(rows, known, self.roles, self._other),
        )
        if self._other is None:
            self._must_not_be_asked()
        answers = rows.answers(asked, None if self._other is None else self._other[0])
        places, sample = seen[0].taken()
        given_away = list(leaks(known, places, sample, whole=seen[0].whole))
        again = _copies(table, known, sample, given_away, whole=seen[0].whole)
        twice = _said_twice(known, given_away, again)
        return [
            *given_away,
            *self._moved(sample, known),
            *(self._nearly(table, known, sample) if self._near else ()),
            *_row_findings(known, self.roles, asked, answers, self._other, twice),
            *target_findings(known),
            *target_scales(known),
            *copy_findings(again, known.rows, _of_role(known, "id"), _numbers(known)),
            *near_constants(known),
            *(in_time(known, places, sample) if seen[0].whole else ()),
        ]

    def _moved(self, sample: pl.DataFrame, profile: Profile) -> Iterator[Finding]:
        """What has changed between columns since a reference that is a table."""
        if self._other_sample is not None:
            before = self._other_sample.taken()[1]
            yield from changed_relations(before, sample, profile)
            if self._joint:
                yield from joint_drift(before, sample, profile)

    def _must_not_be_asked(self, *, near: bool = False) -> None:
        """Refuse to pass over what was asked for, and needs a reference's rows."""
        if self._joint or near:
            what = "whether a model tells two tables apart is"
            raise DatacheckError(
                f"{what if self._joint else 'near duplicates are'} asked for, and one has no rows",
                expected="a reference that is a table, not a saved profile or transform",
            )

    def _nearly(
        self, table: Table, profile: Profile, sample: pl.DataFrame, *, own: bool = True
    ) -> Iterator[Finding]:
        """``row.near_duplicate`` of the table, if its own are wanted, and of the reference."""
        apart = {*_of_role(profile, "id"), *_of_role(profile, "weight")}
        mine = [name for name in key_columns(table.dtypes, self.roles) if name not in apart]
        sides: list[tuple[Table | None, list[str], int | None]] = [(None, mine, None)] * own
        if self._other_table is not None and self._other is not None:
            known = key_columns(self._other_table.dtypes, self.roles)
            both = [name for name in mine if name in known]
            sides.append((self._other_table, both, self._other[1].rows))
        targets = set(_of_role(profile, "target"))
        for other, names, rows in sides:
            found = near_rows(table, names, spreads_of(sample, names), other)
            # Another target alone is a conflict.
            kept = (near for near in found if near.column not in targets)
            yield from near_duplicates(profile, kept, names, sample, rows)


def _keyed(table: Table, seen: Sequence[Any]) -> KeyedRows:
    """The rows once the kernels have seen them."""
    if table.elsewhere is None:
        keys: RowKeys = seen[1]
        return LocalRows(table, keys)
    rows: KeyedRows = table.elsewhere.keyed()
    return rows


def _copies(
    table: Table, profile: Profile, sample: pl.DataFrame, told: Sequence[Finding], *, whole: bool
) -> list[Copy]:
    """The columns that are copies, proved in every row; what leaks a target has been told of."""
    said = [str(leak.column) for leak in told if leak.column is not None]
    found = copies(sample, said, _of_role(profile, "id"))
    if found and not whole:
        [proving] = table.fold([RelationCheck([_claim(copy, profile) for copy in found])])
        found = [copy for copy, holds in zip(found, proving.holds, strict=True) if holds]
    return found


def _said_twice(profile: Profile, found: Sequence[Finding], again: Sequence[Copy]) -> set[str]:
    """The columns that say what others say: that they agree too is no further proof."""
    return {copy.column for copy in again} | set(_told_by_target(profile, found))


def _told_by_target(profile: Profile, found: Sequence[Finding]) -> Iterator[str]:
    """The leaks that say no more than the target."""
    for leak in found:
        if leak.column is not None and leak.evidence["by"] == "value":
            own = profile.columns[leak.column]
            if own.distinct <= profile.columns[leak.evidence["target"]].distinct:
                yield leak.column


def _claim(copy: Copy, profile: Profile) -> Copy:
    """What is to be proved: of all rows, the range may be wider than of some."""
    numbers = profile.columns[copy.column].numbers
    width = numbers.highest[0][0] - numbers.lowest[0][0] if numbers is not None else 0.0
    return copy._replace(miss=max(copy.miss, MISS * width))


def _common(
    rows: KeyedRows, profile: Profile, roles: Mapping[str, str], other: tuple[KeyedRows, Profile]
) -> tuple[frozenset[str], ...]:
    """The sets of columns by which rows may stand in the other table."""
    both = frozenset(key_columns(rows.dtypes, roles)) & frozenset(
        key_columns(other[0].dtypes, roles)
    )
    ids = frozenset(_of_role(profile, "id"))
    alone = tuple(frozenset((name,)) for name in _named(profile) if name in both)
    return (*_rows_by((both, both - ids)), *alone)


def _row_findings(
    profile: Profile,
    roles: Mapping[str, str],
    asked: RowQueries,
    answers: RowAnswers,
    other: tuple[KeyedRows, Profile] | None,
    twice: Collection[str],
) -> Iterator[Finding]:
    ids = _of_role(profile, "id")
    alone = {name: found for name in ids if (found := answers.repeats.get(frozenset((name,))))}
    rows = {names: found for names, found in answers.repeats.items() if len(names) > 1}
    whole = max(((len(names), found.count) for names, found in rows.items()), default=(0, 0))[1]
    for name, found in alone.items():
        yield from repeated_ids(profile, name, found, whole, declared=name in roles)
    if other is not None:
        yield from _of_both(profile, roles, answers, other[1], lambda: twice)
    if asked.conflicts is not None:
        features, targets = asked.conflicts
        yield from conflicts(profile, answers.conflicts, features, sorted(targets), twice)
    yield from duplicates(profile, rows, ids, twice)


def _of_both(
    profile: Profile,
    roles: Mapping[str, str],
    answers: RowAnswers,
    reference: Profile,
    twice: Callable[[], Collection[str]],
) -> Iterator[Finding]:
    """What stands on both sides; which columns say what others say is asked where some do."""
    alone = {frozenset((name,)): name for name in _named(profile)}
    wide = {names: same for names, same in answers.shared.items() if names not in alone}
    if any(is_itself(same, (profile.rows, reference.rows)) for same in wide.values()):
        return
    if any(same.count for same in wide.values()):
        yield from overlaps(profile, reference.rows, wide, _of_role(profile, "id"), twice())
    for names, same in answers.shared.items():
        if (name := alone.get(names)) is not None:
            role = str(profile.columns[name].role)
            yield from on_both_sides(profile, name, role, same, declared=name in roles)
    apart = (
        name
        for names, name in alone.items()
        if roles.get(name) == "group"
        and names in answers.shared
        and not answers.shared[names].count
    )
    others = next(apart, None)
    for name in _of_role(profile, "time"):
        if roles.get(name) == "time" and name in reference.columns:
            column = profile.columns[name]
            yield from before_its_end(reference.columns[name], column, of_others=others)


def _named(profile: Profile) -> list[str]:
    """The ids and groups to look for on both sides: no counters, and no few, guessed groups."""
    found = [
        name
        for role in ("id", "group")
        for name in _of_role(profile, role)
        if not profile.columns[name].reason.startswith("counts on")
        and not (profile.columns[name].reason and _is_large(profile.columns[name]))
    ]
    return found[:_MOST_IDS]


def _numbers(profile: Profile) -> list[str]:
    return [name for name, column in profile.columns.items() if column.kind == "number"]


def _is_large(column: ColumnProfile) -> bool:
    """Whether the groups that a column names have more than two rows each, on average."""
    return column.role == "group" and 2 * column.distinct < column.rows


def _ids_in_doubt(
    profile: Profile, ids: Collection[str], names: Collection[str]
) -> Iterator[frozenset[str]]:
    """The ids that may repeat, each as a set of its own: not those whose values are all counted."""
    if len(names) == 1:
        return
    for name in sorted(ids)[:_MOST_IDS]:
        column = profile.columns[name]
        told = column.is_exact and column.distinct >= column.count
        if column.missing <= 1 and not told:
            yield frozenset((name,))


def _of_role(profile: Profile, role: str) -> list[str]:
    return [name for name, column in profile.columns.items() if column.role == role]


def _rows_by(sets: Sequence[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """The sets of columns that make a row: a value that repeats is no row that does."""
    return tuple(dict.fromkeys(one for one in sets if len(one) > 1))
