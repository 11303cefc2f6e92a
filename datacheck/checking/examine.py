"""What a table shows: one pass over its rows, and one more for the rows of what was found.

Validation, the profile and the missing cells ride in the first pass together. Only where something
was found does a second one look up its cells, and a table that is held is not read again for it.

Near the ends of double precision the findings' arithmetic overflows to infinity, which is no cause
for a warning: it compares as a value that lies beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from datacheck.checking.declared import Declared, GapKey, unreported, with_spellings
from datacheck.checking.reference import changes
from datacheck.checking.rowwise import RowScan
from datacheck.findings import detect
from datacheck.findings.cells import Lookup, column_of, located, masks
from datacheck.findings.exchanged import swapped
from datacheck.findings.targets import without_echoes_of_targets
from datacheck.profiling.measure import ProfileKernel, measured, profiled
from datacheck.profiling.model import Profile
from datacheck.report import Finding
from datacheck.schema import Schema
from datacheck.schema.rules import Extent
from datacheck.table import Table, View
from datacheck.validation.judge import planned, rules_of, verdict

Roles = Mapping[str, str]


@np.errstate(all="ignore")
def examined(
    table: Table, reference: Any, roles: Roles, look: RowScan | None = None
) -> tuple[list[Finding], Profile]:
    """What a table shows by itself and against a reference, and its profile."""
    profile, seen = _first_pass(table, look)
    own = without_duplicates(detect(profile, roles), text=table.text)
    news = _new_findings(reference, profile, own, roles)
    if look is not None:
        of_rows = look.findings(table, profile, seen)
        own = without_echoes_of_targets(own, of_rows)
        news = [*of_rows, *look.of_target(reference, profile, news), *news]
    return swapped(looked_up(table, [*news, *own]), profile), profile


@np.errstate(all="ignore")
def compared(
    table: Table, reference: Any, roles: Roles, look: RowScan | None = None
) -> tuple[list[Finding], Profile]:
    """What a table shows against a reference, and its profile."""
    profile, seen = _first_pass(table, look)
    news = changes(reference, profile, roles)
    if look is not None:
        of_rows = look.against(table, profile, seen)
        news = [*of_rows, *look.of_target(reference, profile, news), *news]
    return swapped(looked_up(table, news), profile), profile


def _first_pass(table: Table, look: RowScan | None) -> tuple[Profile, list[Any]]:
    kernels: list[Any] = [
        ProfileKernel(table.dtypes),
        *(look.kernels(table) if look is not None else ()),
    ]
    measuring, *seen = table.fold(kernels)
    return measured(table, measuring), seen


@np.errstate(all="ignore")
def judged(
    table: Table, schema: Schema, reference: Any, roles: Roles, look: RowScan | None = None
) -> tuple[list[Finding], Profile]:
    """The violations, what the table shows as it is declared, what has changed; the profile."""
    typed, plan = planned(table, schema)
    declared = Declared(typed, plan, schema)
    own = ProfileKernel(typed.dtypes, declared.view)
    # What the profile knows of a column, neither the rules nor the missing cells ask of it again.
    known = {
        name: column.extent for name, column in own.measured.items() if name not in declared.changed
    }
    gaps = Lookup(declared.gap_masks(), known=partial(_missing, known))
    kernels: list[Any] = [own, rules_of(typed, plan, known), gaps]
    alike: list[str] = []
    if reference is not None and typed is table:
        # The reference is compared with the cells as they came.
        alike += [name for name in own.measured if name not in declared.changed]
        kernels.append(ProfileKernel(typed.dtypes, beside=own, alike=alike))
    first = len(kernels)
    kernels += look.kernels(typed) if look is not None else ()
    own, rules, gaps, *more = typed.fold(kernels)
    raw, keys = more[: first - 3], more[first - 3 :]
    seen = measured(typed, own)
    shown = without_duplicates(detect(seen, roles), text=table.text)
    found = declared.weighed(shown, gaps.found)
    news: list[Finding] = []
    if reference is not None:
        profile = measured(table, raw[0]) if raw else profiled(table, moments=False)
        # What is asked of a column that both show alike is asked once.
        same = {name: seen.columns[name] for name in alike}
        profile = replace(profile, columns={**profile.columns, **same})
        changed = map(declared.adjusted, _new_findings(reference, profile, found, roles))
        news = [finding for finding in changed if finding is not None]
    if look is not None:
        of_rows = look.findings(typed, seen, keys)
        found = without_echoes_of_targets(found, of_rows)
        news = [*of_rows, *look.of_target(reference, seen, news), *news]
    if typed is table:
        found = _both_looked_up(table, found, declared.view, news)
    else:
        found = [*looked_up(typed, found, declared.view), *looked_up(table, news)]
    broken = with_spellings(verdict(typed, plan, rules).findings, schema, seen)
    return [*broken, *unreported(swapped(found, seen), broken)], seen


def looked_up(table: Table, found: Sequence[Finding], view: View | None = None) -> list[Finding]:
    """The findings with exact counts and their first rows and values, in one pass."""
    lookup = _lookup(table, found, view)
    if lookup.asked:
        [lookup] = table.fold([lookup])
    return located(found, lookup.found)


def _both_looked_up(
    table: Table, found: Sequence[Finding], view: View, news: Sequence[Finding]
) -> list[Finding]:
    """As `looked_up`, of findings in the view and of others in the table as it came."""
    lookups = [_lookup(table, found, view), _lookup(table, news, None)]
    if any(lookup.asked for lookup in lookups):
        lookups = table.fold(lookups)
    return [*located(found, lookups[0].found), *located(news, lookups[1].found)]


def _missing(known: Mapping[str, Callable[[], Extent]], key: GapKey) -> int | None:
    """How many cells of a column are missing in this way so far, if that is known."""
    name, code = key
    kind = code.removeprefix("missing.")
    return getattr(known[name](), kind) if name in known and kind in ("null", "nan") else None


def _lookup(table: Table, found: Sequence[Finding], view: View | None) -> Lookup[int]:
    asked = masks(found, table.dtypes if view is None else view.dtypes(table.dtypes))
    return Lookup(
        asked, None if view is None else view.only({column_of(at) for at, _ in asked.values()})
    )


def _new_findings(
    reference: Any, profile: Profile, own: list[Finding], roles: Roles
) -> list[Finding]:
    """What a comparison shows that the table has not shown by itself."""
    if reference is None:
        return []
    known = {(finding.code, finding.column) for finding in own}
    found = changes(reference, profile, roles)
    return [finding for finding in found if (finding.code, finding.column) not in known]


def without_duplicates(found: list[Finding], *, text: bool) -> list[Finding]:
    """The findings but that numbers are text, where a word or text is the cause and is told."""
    if not text:
        return found
    blamed = {f.column for f in found if f.code in {"missing.text", "type.mixed"}}
    return [f for f in found if f.code != "type.numeric_text" or f.column not in blamed]
