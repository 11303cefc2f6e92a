"""Numbers in text with their unit behind them, and in the marks of printed pages.

"72.1 kg" beside "150 lbs" is a column of numbers in two units; a typographic minus and a blank that
does not break are marks of a number too. What follows the digits is a unit where it is one of few
words that repeat: what is always another is part of a name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from datacheck.findings.nothing import nothing_words
from datacheck.findings.roles import NAMES_OF_THINGS
from datacheck.findings.types import NUMBERS
from datacheck.findings.unit_words import factors_of
from datacheck.profiling.codes import codes_of_one_length
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.spelling import BLANKS, MEASURE, POWERS, measure_in
from datacheck.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.report.fix import Fix
    from datacheck.spelling import Measure

#: Different units that one column may have, and numbers that it must.
_UNITS, _DISTINCT = 4, 8


def measures_as_text(profile: Profile) -> Iterator[Finding]:
    """``type.numeric_text`` of numbers with units, one or several, and in printed marks."""
    for column in profile.columns.values():
        texts = column.texts
        if column.kind != "text" or texts is None or column.role in NAMES_OF_THINGS:
            continue
        nothing = nothing_words(texts)
        counts = {text: n for text, n in sorted(texts.values.items()) if text not in nothing}
        said = sum(counts.values())
        if not said or texts.numeric >= NUMBERS * said or codes_of_one_length(texts):
            continue
        found = {text: measure for text in counts if (measure := measure_in(text)) is not None}
        measured = sum(counts[text] for text in found)
        if measured < NUMBERS * said or len(found) < _DISTINCT:
            continue
        units: Counter[str] = Counter()
        for text, measure in found.items():
            units[measure.unit] += counts[text]
        written = any(measure.unit or measure.printed for measure in found.values())
        if written and len(units) <= _UNITS and _repeat(units):
            yield _finding(column, units, measured, whole=measured == said, found=found)


def _repeat(units: Mapping[str, int]) -> bool:
    return all(count > 1 for unit, count in units.items() if unit)


def _finding(
    column: ColumnProfile,
    units: Counter[str],
    count: int,
    *,
    whole: bool,
    found: Mapping[str, Measure],
) -> Finding:
    named = {unit: times for unit, times in units.most_common() if unit}
    several = len(named) > 1 and not set(named) <= set(POWERS)
    shown = ", ".join(f"{unit} ({times:,})" for unit, times in named.items())
    message = f"{plural(count, 'text')} are numbers"
    message += f" with a unit behind them: {shown}" if named else " in typographic marks"
    message += ": they are in several units." if several else "."
    factors = factors_of(named) if several else {u: POWERS.get(u, 1.0) for u in named}
    fix = _fix(column, factors, found) if whole and factors is not None else None
    remedy = fix.sentence if fix is not None else _remedy(named)
    return Finding(
        code="type.numeric_text",
        severity="warning",
        column=column.name,
        count=count,
        message=message,
        remedy=remedy,
        fix=fix,
        evidence={"where": {"texts": list(found)}, "units": named},
    )


def _fix(
    column: ColumnProfile, factors: Mapping[str, float], found: Mapping[str, Measure]
) -> Fix | None:
    if column.texts is None or not column.texts.exact:
        return None
    bodies = [match for text in found if (match := MEASURE.fullmatch(_plain(text)))]
    spelling: dict[str, Any] = {}
    if any(re.search(r"\d \d{3}", each["body"]) for each in bodies):
        spelling["thousands"] = " "
    elif any("," in each["body"] for each in bodies):
        return None  # a comma may be either mark here
    if factors:
        spelling["units"] = dict(factors)
    return fixes.declare_number(
        column.name, missing=sorted(nothing_words(column.texts)), **spelling
    )


def _plain(text: str) -> str:
    return text.translate(BLANKS).strip()


def _remedy(named: Mapping[str, int]) -> str:
    units = ", ".join(f"{unit}: {'1' if at == 0 else '...'}" for at, unit in enumerate(named))
    return (
        f"Declare dtype: Float64 and number: {{units: {{{units}}}}}, each unit with the factor "
        "that brings it to one."
        if named
        else "Declare dtype: Float64 and number, which says how they are spelled."
    )
