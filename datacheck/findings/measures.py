"""Numbers in text with their unit behind them, and in the marks of printed pages.

"72.1 kg" beside "150 lbs" is a column of numbers in two units; a typographic minus and a blank that
does not break are marks of a number too. What follows the digits is a unit where it is one of few
words that repeat: what is always another is part of a name.

What people write for units, and how many of its family's own unit each one is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from datacheck.findings.nothing import nothing_words
from datacheck.findings.roles import texts_in
from datacheck.findings.types import NUMBERS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.texts import Texts, codes_of_one_length, has_digits
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix
from datacheck.spelling import POWERS, Measure, marks_of, measure_in
from datacheck.text import plural

#: What refers to a note, says how sure a number is, or makes an ordinal of it: *, **, a raised
#: figure, 1st.
_NOTES = re.compile(
    r"(?:[*†‡§¶#^]|[\u00b9\u00b2\u00b3\u2070-\u2079]|\[[a-z]\])+|st|nd|rd|th", re.IGNORECASE
)
_DIGIT = re.compile("[0-9]")
#: A year before a word is a part of a name.
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
#: Powers of a thousand that are asked about where all texts have one length, as 50k and 62k do.
_THOUSANDS, _AMOUNTS = frozenset("kKM"), "these are amounts and no codes"
#: Different units that one column may have, and numbers that it must.
_UNITS, _DISTINCT = 4, 8
#: Other words that may stand among them, and up to what share: "Varies with device".
_WORDS, _FEW = 2, 0.3


def measures_as_text(column: ColumnProfile) -> Iterator[Finding]:
    """``type.numeric_text`` of numbers with units, one or several, and in printed marks."""
    if (texts := texts_in(column)) is None:
        return
    if len(texts.values) < _DISTINCT or texts.numeric >= NUMBERS * texts.count:
        return
    if not has_digits(texts):
        return
    nothing = nothing_words(texts)
    counts = {text: n for text, n in texts.values.items() if text not in nothing}
    words = {text: n for text, n in counts.items() if not _DIGIT.search(text)}
    words = {text: n for text, n in words.items() if not any(map(str.isdigit, text))}
    if not 0 < len(words) <= _WORDS or sum(words.values()) > _FEW * sum(counts.values()):
        words = {}
    for text in words:
        del counts[text]
    said = sum(counts.values())
    if not said or texts.numeric >= NUMBERS * said or _names_things(texts):
        return
    found = _measures(counts, NUMBERS * said)
    if len(found) < _DISTINCT:
        return
    measured = sum(counts[text] for text in found)
    units, prefixes = Counter[str](), Counter[str]()
    for text, measure in found.items():
        units[measure.unit] += counts[text]
        prefixes[measure.prefix] += counts[text]
    written = any(m.unit or m.prefix or m.printed for m in found.values())
    few = all(len(each) <= _UNITS and _repeat(each) for each in (units, prefixes))
    if written and few and "".join(units).isprintable() and not _are_codes(found):
        others = [text for text in [*counts, *words] if text not in found]
        told = _finding(column, units, measured, others=others, found=found)
        asked = _THOUSANDS.issuperset(units) and codes_of_one_length(texts)
        yield replace(told, severity="info").as_question(_AMOUNTS) if asked else told


def _names_things(texts: Texts) -> bool:
    """Whether texts are codes of one length, and not all in one known unit: 159lbs."""
    return codes_of_one_length(texts) and not all(
        (measure := measure_in(text)) is not None
        and (is_unit(measure.unit) or measure.unit in _THOUSANDS)
        for text in texts.values
    )


def _measures(counts: Mapping[str, int], enough: float) -> dict[str, Measure]:
    """The texts that are measures, in order; none where they are not enough of the cells."""
    found, left = {}, sum(counts.values())
    for text, count in counts.items():
        measure = measure_in(text)
        if measure is not None:
            found[text] = measure
        elif (left := left - count) < enough:
            return {}
    return dict(sorted(found.items()))


def _are_codes(found: Mapping[str, Measure]) -> bool:
    """Whether groups of digits are codes, all of one length: telephones, cards, 1896 Summer."""
    measures = found.values()
    if all(_YEAR.fullmatch(each.body) and each.unit and not _known(each.unit) for each in measures):
        return True
    if any(each.unit or each.prefix or "." in each.body or "," in each.body for each in measures):
        return False
    lengths = {len(each.body.replace(" ", "").replace("'", "")) for each in measures}
    return len(lengths) == 1 and any(" " in text.strip() for text in found)


def _repeat(units: Mapping[str, int]) -> bool:
    return all(count > 1 for unit, count in units.items() if unit)


def _finding(
    column: ColumnProfile,
    units: Counter[str],
    count: int,
    *,
    others: Sequence[str],
    found: Mapping[str, Measure],
) -> Finding:
    named = {unit: times for unit, times in units.most_common() if unit}
    notes = bool(named) and all(map(_NOTES.fullmatch, named))
    several = len(named) > 1 and not notes and not set(named) <= set(POWERS)
    before = sorted({measure.prefix for measure in found.values()} - {""})
    shown = ", ".join(f"{unit} ({times:,})" for unit, times in named.items())
    message = f"{plural(count, 'text')} are numbers"
    if before:
        message += f" with a sign before them: {', '.join(map(repr, before))}"
        message += " (several currencies)" if len(before) > 1 else ""
    if named or not before:
        message += " and" * bool(before)
        behind = "a mark, as of a footnote or an ordinal," if notes else "a unit"
        message += f" with {behind} behind them: {shown}" if named else " in typographic marks"
    message += ": they are in several units" if several else ""
    message += f"; others are no numbers, such as {min(others)!r}." if others else "."
    factors = factors_of(named) if several else {u: POWERS.get(u, 1.0) for u in named}
    fix = _fix(column, factors, found) if not others and factors is not None else None
    remedy = fix.sentence if fix is not None else _remedy(named, factors or {})
    if fix is not None and notes and (len(named) > 1 or sum(named.values()) < count):
        fix = replace(fix, safe=False)  # what the marks tell apart is lost
    if notes:
        remedy = f"Write the marks into a column of their own, if they say something. {remedy}"
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
    marks = marks_of([measure.body for measure in found.values()])
    prefixes = {measure.prefix for measure in found.values()} - {""}
    if column.texts is None or not column.texts.exact or marks is None or len(prefixes) > 1:
        return None
    spelling: dict[str, Any] = dict(marks)
    if any(measure.printed for measure in found.values()):
        # A declared numeral passes over printed blanks, and reads a printed minus.
        spelling.setdefault("thousands", " ")
    if prefixes:
        spelling["prefix"] = prefixes.pop()
    if factors:
        spelling["units"] = dict(factors)
    return fixes.declare_number(
        column.name, missing=sorted(nothing_words(column.texts)), **spelling
    )


def _remedy(named: Mapping[str, int], factors: Mapping[str, float]) -> str:
    if len(named) > 1 and from_other_zeros(named):
        return (
            "Bring them to one unit where the rows come from, and write the numbers alone: these "
            "units count from different zeros, so that no factor turns one into the other."
        )
    known = {next(iter(named), ""): 1.0, **factors}
    units = ", ".join(f"{unit}: {f'{known[unit]:g}' if unit in known else '...'}" for unit in named)
    each = ", each unit with the factor that brings it to one" if "..." in units else ""
    return (
        f"Declare dtype: Float64 and number: {{units: {{{units}}}}}{each}."
        if named
        else "Declare dtype: Float64 and number, which says how they are spelled."
    )


#: By what is measured: the words of each unit, and its size.
_FAMILIES: dict[str, dict[str, float]] = {
    "mass": {
        "mg": 1e-6,
        "g gr gram grams": 1e-3,
        "kg kgs kilo kilos kilogram kilograms": 1.0,
        "t tonne tonnes": 1e3,
        "oz ounce ounces": 0.028349523125,
        "lb lbs pound pounds": 0.45359237,
        "st stone": 6.35029318,
    },
    "length": {
        "mm millimetre millimetres millimeter millimeters": 1e-3,
        "cm centimetre centimetres centimeter centimeters": 1e-2,
        "m metre metres meter meters": 1.0,
        "km kilometre kilometres kilometer kilometers": 1e3,
        'in inch inches "': 0.0254,
        "ft foot feet '": 0.3048,
        "yd yard yards": 0.9144,
        "mi mile miles": 1609.344,
    },
    "time": {
        "ms": 1e-3,
        "s sec secs second seconds": 1.0,
        "min mins minute minutes": 60.0,
        "h hr hrs hour hours": 3600.0,
        "d day days": 86400.0,
        "wk week weeks": 604800.0,
    },
    "volume": {
        "ml millilitre millilitres milliliter milliliters": 1e-3,
        "cl": 1e-2,
        "dl": 1e-1,
        "l litre litres liter liters": 1.0,
        "gal gallon gallons": 3.785411784,
    },
    "speed": {
        "m/s": 1.0,
        "km/h kmh kph": 1 / 3.6,
        "mph": 0.44704,
        "kn kt knots": 1.852 / 3.6,
    },
    "power": {"w": 1.0, "kw": 1e3, "mw": 1e6, "hp": 745.69987158227022, "ps": 735.49875},
    "pressure": {"pa": 1.0, "hpa mbar": 100.0, "kpa": 1e3, "bar": 1e5, "psi": 6894.757293168},
    "data": {"b byte bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
}
_SIZES = {
    word: (family, size)
    for family, units in _FAMILIES.items()
    for words, size in units.items()
    for word in words.split()
}


#: Scales of temperature, which count from zeros of their own.
_OF_TEMPERATURE = frozenset(["c", "f", "k", "celsius", "fahrenheit", "kelvin"])


def is_unit(word: str) -> bool:
    """Whether a word of two letters and more is the unit of something.

    >>> is_unit("lbs"), is_unit("Kg"), is_unit("A"), is_unit("no")
    (True, True, False, False)
    """
    return len(word) > 1 and _known(word)


def _known(word: str) -> bool:
    return word.casefold() in _SIZES


def from_other_zeros(units: Iterable[str]) -> bool:
    """Whether units are scales of temperature, so that no factor turns one into another.

    >>> from_other_zeros(["°C", "°F"]), from_other_zeros(["kg", "lbs"])
    (True, False)
    """
    bare = (unit.lower().replace("degrees", "").strip(" °º.") for unit in units)
    return all(unit in _OF_TEMPERATURE for unit in bare)


def factors_of(units: Iterable[str]) -> dict[str, float] | None:
    """The factor that brings each unit to the first; None where one is unknown, or of another kind.

    >>> factors_of(["kg", "lbs"]), factors_of(["Kg", "g"])
    ({'kg': 1.0, 'lbs': 0.45359237}, {'Kg': 1.0, 'g': 0.001})
    >>> factors_of(["kg", "cm"]), factors_of(["kg", "boxes"])
    (None, None)
    """
    given = list(units)
    found = [_SIZES.get(unit.strip().strip(".").lower()) for unit in given]
    known = [each for each in found if each is not None]
    if not known or len(known) < len(given) or len({family for family, _ in known}) > 1:
        return None
    first = known[0][1]
    return {unit: size / first for unit, (_, size) in zip(given, known, strict=True)}
