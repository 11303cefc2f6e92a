"""Findings: what a profile shows by itself, and against a reference.

Each detector is a pure function of a profile (or of two) to findings. `DETECTORS` and
`COMPARISONS` are all there are; a new code is a new line here.

Near the ends of double precision their arithmetic overflows to infinity, which compares as a value
that lies beyond: whoever asks them sees to it that this is no cause for a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from datacheck.findings.cells import locate
from datacheck.findings.censored import limits_and_words
from datacheck.findings.dates import written_dates
from datacheck.findings.dates_in_numbers import numbered_dates
from datacheck.findings.drift import (
    changed_columns,
    changed_missing,
    changed_types,
    changed_values,
    lost_zeros,
)
from datacheck.findings.durations import odd_durations
from datacheck.findings.exchanged import exchanged, exchanged_coordinates
from datacheck.findings.fences import find_fences
from datacheck.findings.in_time import time_gaps
from datacheck.findings.made_days import codes_cut_short, days_made_of_codes
from datacheck.findings.measures import measures_as_text
from datacheck.findings.missing import missing_cells, missing_together, missing_words
from datacheck.findings.moments import odd_dates
from datacheck.findings.names import odd_names
from datacheck.findings.numeric import float32_hazards, infinite_values, integer_precision
from datacheck.findings.outliers import outlying_values
from datacheck.findings.parts_in_text import parts_in_text
from datacheck.findings.roles import guessed, identifiers, with_roles
from datacheck.findings.row_counts import changed_rows, no_rows
from datacheck.findings.scale import apart_spreads, constant_texts, degenerate_scales
from datacheck.findings.scope import unchecked
from datacheck.findings.sentinels import numeric_sentinels
from datacheck.findings.since_reference import ALIKE, may_be_news, new_since, news_among
from datacheck.findings.spikes import pile_ups
from datacheck.findings.types import holds_numbers, numbers_as_text, points_for_thousands
from datacheck.findings.units import mixed_units
from datacheck.findings.unmixed import find_unmixed
from datacheck.findings.variants import text_variants
from datacheck.findings.zeros import zeros_for_missing
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding

#: Of a column's profile, or of a table's: see `DETECTORS`.
Detector = Callable[[Any], Iterable[Finding]]

__all__ = ["COMPARISONS", "DETECTORS", "compare_profiles", "detect", "drift_between", "locate"]

#: What one table shows. A detector that tells codes here is asked of a column, and of what lies
#: inside nested ones: it judges their cells by themselves. The others are asked of a table, for
#: they look at its columns together, or at what a column is.
DETECTORS: dict[Detector, tuple[str, ...]] = {
    no_rows: (),
    missing_cells: ("missing.all", "missing.null", "missing.nan"),
    missing_words: ("missing.text",),
    numeric_sentinels: ("missing.sentinel",),
    zeros_for_missing: (),
    pile_ups: (),
    odd_dates: ("missing.sentinel", "outlier.value"),
    odd_durations: ("outlier.value",),
    time_gaps: (),
    missing_together: (),
    infinite_values: ("numeric.infinite",),
    float32_hazards: (
        "numeric.float32_overflow",
        "numeric.float32_underflow",
        "numeric.float32_precision",
    ),
    integer_precision: ("numeric.integer_precision",),
    limits_and_words: ("type.censored", "type.mixed"),
    numbers_as_text: ("type.numeric_text", "type.mixed"),
    points_for_thousands: (),
    measures_as_text: ("type.numeric_text",),
    text_variants: ("text.variant",),
    written_dates: ("type.date_text", "missing.sentinel", "outlier.value"),
    numbered_dates: ("type.date_text", "missing.sentinel", "outlier.value"),
    parts_in_text: ("type.date_text", "type.numeric_text"),
    days_made_of_codes: ("type.date_text",),
    codes_cut_short: ("type.mixed",),
    mixed_units: ("scale.unit_mix",),
    outlying_values: ("outlier.value",),
    exchanged_coordinates: (),
    constant_texts: (),
    degenerate_scales: (),
    apart_spreads: (),
    identifiers: (),
    odd_names: (),
    unchecked: (),
}
WITHIN: dict[Detector, tuple[str, ...]] = {
    each: codes for each, codes in DETECTORS.items() if codes
}
#: Of a table, these judge a column by others; each tells one code.
_OF_SEVERAL: dict[Detector, str] = {
    points_for_thousands: "type.numeric_text",
    missing_together: "missing.together",
    exchanged_coordinates: "outlier.value",
    apart_spreads: "scale.spread",
}

#: What a table shows against a reference.
COMPARISONS: tuple[Callable[[Profile, Profile], Iterable[Finding]], ...] = (
    changed_rows,
    changed_columns,
    changed_types,
    lost_zeros,
    changed_missing,
    changed_values,
)


@np.errstate(all="ignore")
def detect(profile: Profile, roles: Mapping[str, str] | None = None) -> list[Finding]:
    """What a table shows by itself; roles that are not declared are guessed."""
    profile = with_roles(profile, roles or {})
    return _detected(profile)


#: By a column's name, the detectors that are asked of it.
_Asked = Callable[[str], Iterable[Detector]]


def _detected(profile: Profile, asked: _Asked = lambda _: WITHIN) -> list[Finding]:
    inside = profile.inside
    told, told_inside = (_by_themselves(side, asked) for side in (profile, inside))
    found = (f for each in DETECTORS for f in (told[each] if each in told else each(profile)))
    return [*found, *(_told_inside(f) for each in WITHIN for f in told_inside[each])]


def _by_themselves(profile: Profile, asked: _Asked) -> dict[Detector, list[Finding]]:
    """What columns show by themselves, by detector: each is asked of a column but once."""
    told: dict[Detector, list[Finding]] = {each: [] for each in WITHIN}
    numbers = {name: c.points for name, c in profile.columns.items() if holds_numbers(c)}
    find_unmixed(points for name, points in numbers.items() if mixed_units in asked(name))
    find_fences(points for name, points in numbers.items() if outlying_values in asked(name))
    for name, column in profile.columns.items():
        facts = column.facts
        for each in asked(name):
            if each not in facts:
                facts[each] = tuple(each(column))
            told[each] += facts[each]
    return told


def _told_inside(finding: Finding) -> Finding:
    """A finding of what lies inside a cell: no declaration reaches there, and no repair."""
    remedy = (
        "Mend it where the cells are made; or unnest it into a column of its own, where it can be "
        "declared and repaired."
    )
    return replace(finding, fix=None, remedy=remedy)


@np.errstate(all="ignore")
def compare_profiles(
    reference: Profile, data: Profile, roles: Mapping[str, str] | None = None
) -> list[Finding]:
    """What has changed since the reference: ``drift.*``, and what only `data` shows by itself.

    Rows and columns may have any order; the tests hold their level for a few dozen rows and for
    millions, and are corrected for the number of columns. A role is guessed where both sides look
    like it: what has ceased to look like an identifier is judged.
    """
    reference, data = _with_known_roles(reference, data, roles)
    drift = _drift(reference, data)
    moved = {finding.column for finding in drift}
    asked = [_of_news(data, reference, moved=has) for has in (False, True)]
    found = _detected(data, lambda name: asked[name in moved])
    news = news_among(found, drift, data, reference)
    return [*drift, *new_since(_also(news, reference), news, reference)]


@np.errstate(all="ignore")
def drift_between(reference: Profile, data: Profile) -> list[Finding]:
    """What `compare_profiles` finds by comparing: nothing of what the data show by themselves."""
    return _drift(*_with_known_roles(reference, data, None))


def _with_known_roles(
    reference: Profile, data: Profile, roles: Mapping[str, str] | None
) -> tuple[Profile, Profile]:
    known = {**_shared_guesses(reference, data), **(roles or {})}
    return _of_roles(reference, known), _of_roles(data, known)


def _drift(reference: Profile, data: Profile) -> list[Finding]:
    found = [finding for comparison in COMPARISONS for finding in comparison(reference, data)]
    return [*exchanged(found, reference, data), *_inside_changed(reference, data)]


def _inside_changed(reference: Profile, data: Profile) -> Iterator[Finding]:
    """What has changed inside the columns into which both have looked."""
    looked = {name for name in data.columns if data.columns[name].inner} & {
        name for name, column in reference.columns.items() if column.inner
    }
    if looked:
        sides = (
            replace(side, columns={name: side.columns[name] for name in sorted(looked)}).inside
            for side in (reference, data)
        )
        old, new = sides
        for comparison in COMPARISONS[1:]:
            yield from map(_told_inside, comparison(old, new))


def _shared_guesses(reference: Profile, data: Profile) -> dict[str, str]:
    roles = {}
    for name, column in data.columns.items():
        guess = guessed(column)
        before = guessed(reference.columns[name]) if guess and name in reference.columns else None
        if guess is not None and before is not None and guess.role == before.role:
            roles[name] = guess.role
    return roles


def _of_roles(profile: Profile, roles: Mapping[str, str]) -> Profile:
    # What was computed of a column stays with it.
    columns = {
        name: column if column.role == (role := roles.get(name)) else replace(column, role=role)
        for name, column in profile.columns.items()
        if roles.get(name) != "ignore"
    }
    return replace(profile, columns=columns)


def _of_news(data: Profile, reference: Profile, *, moved: bool) -> list[Detector]:
    """The detectors that may tell news of a column."""
    return [
        each
        for each, codes in WITHIN.items()
        if any(may_be_news(code, data, reference, moved=moved) for code in codes)
    ]


def _also(news: list[Finding], reference: Profile) -> list[Finding]:
    """What the reference shows of what `news` tells."""
    if not news:
        return []
    codes: dict[str, set[str]] = defaultdict(set)
    for finding in news:
        codes[finding.column or ""] |= {finding.code, ALIKE.get(finding.code, "")}
    columns = {
        name: column
        for name, column in reference.columns.items()
        if name in codes or not codes.keys().isdisjoint(each.name for each in column.inner)
    }

    def asked(name: str) -> list[Detector]:
        return [each for each in WITHIN if not codes[name].isdisjoint(WITHIN[each])]

    before = _detected(replace(reference, columns=columns), asked)
    told = {finding.code for finding in news}
    several = (each(reference) for each, code in _OF_SEVERAL.items() if code in told)
    return [*before, *(found for each in several for found in each)]
