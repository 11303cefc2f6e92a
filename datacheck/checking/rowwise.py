"""What the rows of a table show: kernels that ride along, and the findings that come of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.findings.copies import MISS, copies, copy_findings
from datacheck.findings.leaks import leaks
from datacheck.findings.near_constant import near_constants
from datacheck.findings.relations import changed_relations
from datacheck.findings.repeats import (
    before_its_end,
    conflicts,
    duplicates,
    is_itself,
    on_both_sides,
    overlaps,
)
from datacheck.findings.roles import with_roles
from datacheck.findings.targets import target_drift, target_findings
from datacheck.profiling.model import Profile
from datacheck.rows.asked import Asked, LocalRows, kernel_for, key_columns
from datacheck.rows.proving import Proving
from datacheck.rows.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from datacheck.report import Finding
    from datacheck.rows.asked import Answers, KeyedRows
    from datacheck.rows.keys import RowKeys
    from datacheck.table import Table

#: What is said of two tables.
_AGAINST = ("row.overlap", "drift.relation")
#: Ids that are looked for on both sides, each by itself.
_MOST_IDS = 8


class RowLook:
    """The rows of a table, and of a reference that is one, seen in the passes that are made anyway.

    Parameters
    ----------
    roles
        What the columns are declared to be.
    """

    def __init__(self, roles: Mapping[str, str]) -> None:
        self.roles = roles
        self._other: tuple[KeyedRows, Profile] | None = None
        self._other_sample: Sample | None = None

    def kernels(self, table: Table) -> list[Any]:
        """What rides along in a pass over a table."""
        names = key_columns(table.dtypes, self.roles)
        keys = [kernel_for(table.dtypes, self.roles)] if table.elsewhere is None else []
        return [Sample(names), *keys]

    def know(self, table: Table, profile: Profile, seen: Sequence[Any]) -> None:
        """Keep what was seen of the reference."""
        self._other = _keyed(table, seen), profile
        self._other_sample = seen[0]

    def against(self, table: Table, profile: Profile, seen: Sequence[Any]) -> list[Finding]:
        """As `findings`: those against the reference alone."""
        if self._other is None:
            return []
        return [each for each in self.findings(table, profile, seen) if each.code in _AGAINST]

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
        asked = _asked(rows, known, self.roles, self._other)
        answers = rows.answers(asked, None if self._other is None else self._other[0])
        places, sample = seen[0].taken()
        given_away = list(leaks(known, places, sample))
        moved: Iterable[Finding] = ()
        if self._other_sample is not None:
            moved = changed_relations(self._other_sample.taken()[1], sample, known)
        return [
            *given_away,
            *moved,
            *_row_findings(known, self.roles, asked, answers, self._other),
            *target_findings(known),
            *_copies(table, known, sample, given_away, whole=seen[0].whole),
            *near_constants(known),
        ]


def _keyed(table: Table, seen: Sequence[Any]) -> KeyedRows:
    """The rows once the kernels have seen them."""
    if table.elsewhere is None:
        keys: RowKeys = seen[1]
        return LocalRows(table, keys)
    rows: KeyedRows = table.elsewhere.keyed()
    return rows


def _copies(
    table: Table, profile: Profile, sample: pl.DataFrame, told: Sequence[Finding], *, whole: bool
) -> Iterator[Finding]:
    """``column.copy``, proved in every row; what leaks a target has been told of."""
    # What names things is no feature, and counters of the rows are alike.
    said = [str(leak.column) for leak in told if leak.column is not None]
    said += _of_role(profile, "id")
    found = copies(sample, said)
    if found and not whole:
        claims = []
        for copy in found:
            numbers = profile.columns[copy.column].numbers
            width = numbers.highest[0][0] - numbers.lowest[0][0] if numbers is not None else 0.0
            claims.append((*copy, MISS * width))
        [proving] = table.fold([Proving(claims)])
        found = [copy for copy, holds in zip(found, proving.holds, strict=True) if holds]
    yield from copy_findings(found, profile.rows)


def _asked(
    rows: KeyedRows,
    profile: Profile,
    roles: Mapping[str, str],
    other: tuple[KeyedRows, Profile] | None,
) -> Asked:
    names = frozenset(key_columns(rows.dtypes, roles))
    ids = frozenset(_of_role(profile, "id")) & names
    targets = frozenset(_of_role(profile, "target")) & names
    features = names - ids - targets - frozenset(_of_role(profile, "weight"))
    common: tuple[frozenset[str], ...] = ()
    if other is not None:
        both = names & frozenset(key_columns(other[0].dtypes, roles))
        alone = tuple(frozenset((name,)) for name in _named(profile) if name in both)
        common = (*_rows_by((both, both - ids)), *alone)
    return Asked(
        _rows_by((names, names - ids)),
        (features, targets) if targets and features else None,
        common,
    )


def _row_findings(
    profile: Profile,
    roles: Mapping[str, str],
    asked: Asked,
    answers: Answers,
    other: tuple[KeyedRows, Profile] | None,
) -> Iterator[Finding]:
    ids = _of_role(profile, "id")
    if other is not None:
        yield from _of_both(profile, roles, answers, other[1])
    if asked.conflicts is not None:
        features, targets = asked.conflicts
        yield from conflicts(profile, answers.conflicts, features, sorted(targets))
    yield from duplicates(profile, answers.repeats, ids)


def _of_both(
    profile: Profile, roles: Mapping[str, str], answers: Answers, reference: Profile
) -> Iterator[Finding]:
    alone = {frozenset((name,)): name for name in _named(profile)}
    wide = {names: same for names, same in answers.shared.items() if names not in alone}
    if any(is_itself(same, (profile.rows, reference.rows)) for same in wide.values()):
        return
    yield from overlaps(profile, reference.rows, wide, _of_role(profile, "id"))
    for names, same in answers.shared.items():
        if (name := alone.get(names)) is not None:
            role = str(profile.columns[name].role)
            yield from on_both_sides(profile, name, role, same, declared=name in roles)
    for name in _of_role(profile, "time"):
        if roles.get(name) == "time" and name in reference.columns:
            yield from before_its_end(reference.columns[name], profile.columns[name])


def _named(profile: Profile) -> list[str]:
    """The ids and groups that may stand on both sides; numbers that count rows say nothing."""
    found = [
        name
        for role in ("id", "group")
        for name in _of_role(profile, role)
        if not profile.columns[name].reason.startswith("counts on")
    ]
    return found[:_MOST_IDS]


def _of_role(profile: Profile, role: str) -> list[str]:
    return [name for name, column in profile.columns.items() if column.role == role]


def _rows_by(sets: Sequence[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """The sets of columns that make a row: a value that repeats is no row that does."""
    return tuple(dict.fromkeys(one for one in sets if len(one) > 1))
