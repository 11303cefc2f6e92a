"""Cells of the wrong type: numbers written as text, text among numbers, points for thousands.

Where one column of a table writes its decimals with a comma, its text is European, and a point
parts groups of digits. A reader takes 1.234 for a number just above one, and none of its cells
says otherwise but by their three decimals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datacheck.findings.censored import otherwise_written
from datacheck.findings.codes import (
    HEXADECIMAL,
    beside_codes,
    led_by_zeros,
    no_numbers,
    padded_in,
    perhaps_codes,
)
from datacheck.findings.conversions import on_grid
from datacheck.findings.date_forms import are_days
from datacheck.findings.nothing import spelling_beside, words_of
from datacheck.findings.parts_in_text import UNSEEN_AROUND, WITHOUT_UNSEEN
from datacheck.findings.roles import NAMES_OF_THINGS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import Texts, codes_of_one_length, numbers_of, ways_of
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix
from datacheck.spelling import measure_in, number_in
from datacheck.text import agree, percent, shown_name, some

#: From this share of numbers on, a column of text is one of numbers.
NUMBERS = 0.9
#: So few different whole numbers among other texts are codes.
CODES = 10
#: Other texts that are named; how often texts stand that are categories.
_NAMED, _REPEAT = 3, 4
_CURRENCIES = "$€£¥"
_ONE_CURRENCY = "Bring the amounts to one currency, and write each without its mark."
_WRITE_ONE_WAY = (
    "Write each number one way, with the same decimal mark and no sign but a minus; then declare a "
    "numeric dtype."
)
#: Two whole numbers, or one with decimals: not clear of no more than this share, if each goes up.
_PAIR, PAIRS = re.compile(r"(\d+),([1-9]\d?)"), 0.2
_KEEP = (
    "Keep it as text if these are codes or categories; else mend the cells that are no numbers, or "
    "split the column in two."
)
#: How others than plain numbers are written, and what to do.
_OTHERWISE = (
    (
        re.compile(r".*\d\s?[-\u2212]"),
        ", and the others are numbers with the minus behind them",
        "Write the minus in front of the number.",
    ),
    (
        re.compile(r".*\d\s?\[\w{1,3}\]"),
        ", and the others are numbers with the mark of a footnote",
        "Write the number alone, and the mark into a column of its own if it says something.",
    ),
    (
        HEXADECIMAL,
        ", and the others are numbers in hexadecimal digits",
        "Write those in the digits 0 to 9: int(text, 16) in Python reads them.",
    ),
    (
        UNSEEN_AROUND,
        ", and the others are numbers among characters that are not seen",
        WITHOUT_UNSEEN,
    ),
)
#: Below this share of numbers, texts that look like numbers are only texts.
FEW = 0.05


def numbers_as_text(column: ColumnProfile) -> Iterator[Finding]:
    """``type.numeric_text`` and ``type.mixed``, by the share of texts written as numbers."""
    texts = column.texts
    if texts is None or not texts.numeric or _codes(column):
        return
    said = texts.count - sum(_for_nothing(column).values())
    if led := led_by_zeros(texts):
        yield _zeros_in_front(column, texts, led)
        return
    if otherwise_written(texts):
        # Limits and words for numbers have findings of their own.
        return
    share = texts.numeric / said
    if share >= NUMBERS and (codes := perhaps_codes(texts)):
        yield _may_be_codes(column, *codes)
    elif share >= NUMBERS and not beside_codes(texts):
        told = _numeric_text(column, texts, said)
        if (pair := _pair_in(texts)) is not None:
            told = told.as_question(f"{pair!r} is one number, and not two")
        elif padded := padded_in(texts.values):
            told = told.as_question(f"{next(iter(padded))!r} is a number, and no code")
        if told.fix is not None and (words := words_of(column)) is not None and not words.known:
            stand = "stands" if len(words.counts) == 1 else "stand"
            asked = f"{' and '.join(map(repr, words.counts))} {stand} for no value"
            told = replace(told, remedy=told.as_question(asked).remedy)
        yield _of_categories(told) if _is_typed_so(column) else told
    if FEW <= share < 1.0 and not _measures(texts, said):
        yield _mixed(column, texts.numeric, said)


def _is_typed_so(column: ColumnProfile) -> bool:
    """Whether a few whole numbers are categories by their type, which somebody has chosen."""
    few = column.distinct <= CODES and column.dtype.startswith(("Categorical", "Enum"))
    return few and column.texts is not None and all(map(str.isdigit, column.texts.values))


def _of_categories(told: Finding) -> Finding:
    """Of numbers that are typed as categories: no fault, and no fix, which would undo that."""
    remedy = "Nothing, if they are categories; else declare dtype: Float64 with coerce: true."
    return replace(told, severity="info", remedy=remedy, fix=None)


def _for_nothing(column: ColumnProfile) -> Mapping[str, int]:
    """The texts that ``missing.text`` tells, known words or guessed: they are not told twice."""
    words = words_of(column)
    return {} if words is None else words.counts


def _measures(texts: Texts, said: int) -> bool:
    """Whether what does not read as a number is one too, with a unit or in printed marks."""
    measures = (text for text in no_numbers(texts) if measure_in(text) is not None)
    counted = sum(texts.values[text] for text in measures)
    return 0 < counted >= NUMBERS * (said - texts.numeric)


def holds_numbers(column: ColumnProfile) -> bool:
    """Whether cells are quantities: numbers, or texts of which all but a few are such."""
    if column.numbers is None or column.kind not in ("number", "text"):
        return False
    if column.role in NAMES_OF_THINGS:
        return False
    texts = column.texts
    if column.kind == "number" or texts is None:
        return column.kind == "number" and not are_days(column.points)
    said = texts.count - sum(texts.words.values())
    return (
        texts.numeric > 0
        and texts.numeric >= NUMBERS * said
        and not (_codes(column) or led_by_zeros(texts) or perhaps_codes(texts))
        and not beside_codes(texts)
    )


def _codes(column: ColumnProfile) -> bool:
    """Whether the cells are names of things, whatever they are made of."""
    if column.role in NAMES_OF_THINGS:
        return True
    return column.texts is not None and codes_of_one_length(column.texts)


def _zeros_in_front(column: ColumnProfile, texts: Texts, led: Mapping[str, int]) -> Finding:
    count = sum(led.values())
    return Finding(
        code="type.mixed",
        severity="info",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'begins', 'begin')} with a zero, "
        f"and the texts have {texts.shortest} to {texts.longest} characters: codes, of which some "
        "may have lost their zeros.",
        remedy="Keep it as text (dtype: String): as numbers, all would lose the zeros. Where codes "
        "have one length, fill the shorter ones up.",
        evidence={"where": {"texts": sorted(led)}, "share": 1.0},
    )


def _pair_in(texts: Texts) -> str | None:
    """The first of a few texts that may be two whole numbers, in a column of such."""
    numbers = numbers_of(texts)
    pairs = [text for text in numbers if not text.isdigit()]
    few = sum(texts.values[text] for text in pairs) <= PAIRS * texts.numeric
    return pairs[0] if pairs and few and all(map(_goes_up, pairs)) else None


def _goes_up(text: str) -> bool:
    found = _PAIR.fullmatch(text.strip())
    return found is not None and int(found[1]) < int(found[2])


def _may_be_codes(column: ColumnProfile, codes: Mapping[str, int], has: str, lost: str) -> Finding:
    count = sum(codes.values())
    return Finding(
        code="type.mixed",
        severity="info",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'is a number', 'are numbers')} with {has}: perhaps "
        f"{'a code' if count == 1 else 'codes'}, {next(iter(codes))!r}.",
        remedy=f"Keep it as text (dtype: String) if these are codes: as numbers, {lost}. Else "
        "declare dtype: Float64 with coerce: true.",
        evidence={"where": {"texts": sorted(codes)}},
    )


def _numeric_text(column: ColumnProfile, texts: Texts, said: int) -> Finding:
    kept = list(texts.values)
    written = Counter(ways_of(texts))
    ways = sorted(written, key=lambda way: (-written[way], way))
    fix = _fix(column, kept)
    marks = sorted(set(_CURRENCIES) & set("".join(kept)))
    nothing = _for_nothing(column)
    others = [text for text in no_numbers(texts) if text not in nothing]
    several = f", in several currencies ({', '.join(marks)})" if len(marks) > 1 else ""
    but = f" but for {some(nothing, _NAMED, shown=repr)}" if nothing else ""
    return Finding(
        code="type.numeric_text",
        severity="warning",
        column=column.name,
        count=texts.numeric,
        message=f"{percent(texts.numeric, said)} of the texts{but} are numbers "
        f"({', '.join(ways) or 'plain'}){several}.",
        remedy=_ONE_CURRENCY if several else fix.sentence if fix else _by_hand(others),
        fix=fix,
        evidence={
            "where": {"is": "number as text"},
            "share": texts.numeric / said,
            "written": ways,
        },
    )


def _by_hand(others: Sequence[str]) -> str:
    """What to do where no declaration reads all cells: with texts that are no numbers, or marks."""
    if not others:
        return _WRITE_ONE_WAY
    return (
        f"Look at the others ({some(sorted(others), _NAMED, shown=repr)}): correct them, "
        "or declare those in missing_values that stand for no value; then declare a numeric dtype."
    )


def _fix(column: ColumnProfile, kept: list[str]) -> Fix | None:
    """The one declaration that reads every cell; None where there is none."""
    nothing = _for_nothing(column)
    read = spelling_beside(column)
    if read is None:
        return None
    spelling = dict(read)
    bare = []
    if "%" in spelling.get("units", ()):
        bare = [text for text in kept if "%" not in text and text not in nothing]
    apart = bool(bare)
    if apart and all(abs(found[0]) <= 1 for found in map(number_in, bare) if found is not None):
        spelling["units"] = {"%": 0.01}  # 45% beside 0.45
    fix = fixes.declare_number(column.name, missing=sorted(nothing), **spelling)
    # 1.1 and 1.10 may be two versions, where few texts repeat.
    repeat = column.texts is not None and column.texts.count >= _REPEAT * len(kept)
    points = [text for text in kept if "." in text] if repeat else []
    return replace(
        fix, safe=fix.safe and not apart and len(points) == len({*map(number_in, points)})
    )


def _of_one_kind(texts: Texts, others: list[str]) -> bool:
    """Whether numbers and other texts are codes together: lines 1, 2 and U4, floors 1, 2 and G."""
    coded = sum(len(text.strip()) <= 1 or any(map(str.isdigit, text)) for text in others)
    written = numbers_of(texts).values()
    codes = len(written) <= CODES and all(map(float.is_integer, written))
    return codes or coded * 2 > len(others)


def _mixed(column: ColumnProfile, numeric: int, said: int) -> Finding:
    numbers = numeric * 2 >= said
    count = said - numeric if numbers else numeric
    texts = column.texts if column.texts is not None else Texts()
    others = no_numbers(texts)
    shape = next((s for s in _OTHERWISE if others and all(map(s[0].fullmatch, others))), None)
    what, remedy = (" and the others are not", _KEEP) if shape is None else shape[1:]
    codes = shape is None and _of_one_kind(texts, others)
    return Finding(
        code="type.mixed",
        severity="warning" if numbers and not codes else "info",
        column=column.name,
        count=count,
        message=f"{numeric:,} of {said:,} texts are numbers{what}.",
        remedy=remedy,
        evidence={
            "where": {"is": "text that is no number" if numbers else "number as text"},
            "share": numeric / said,
        },
    )


#: Digits behind the point; so many different numbers, of which this share need them all.
_GROUP, _LEAST, _WHOLE_GROUP = 3, 10, 0.5


def points_for_thousands(profile: Profile) -> Iterator[Finding]:
    """``type.numeric_text``: numbers of three decimals where others have decimal commas."""
    comma = next((c for c in profile.columns.values() if _has_decimal_commas(c)), None)
    if comma is None:
        return
    for column in profile.columns.values():
        if _may_be_thousands(column):
            yield Finding(
                code="type.numeric_text",
                severity="warning",
                column=column.name,
                count=round(column.points.total),
                message=f"Below 1,000 and of three decimals, where {shown_name(comma.name)} writes "
                "decimals with a comma: the points may part thousands, and each number be 1,000 "
                "times as large.",
                remedy="If so, read the text again with --decimal , --thousands . (in Python "
                "decimal=',', thousands='.').",
            )


def _has_decimal_commas(column: ColumnProfile) -> bool:
    texts = column.texts
    if texts is None or not texts.numeric or texts.numeric < NUMBERS * texts.count:
        return False
    ways = ways_of(texts)
    return ways.count("decimal comma") >= NUMBERS * len(ways)


def _may_be_thousands(column: ColumnProfile) -> bool:
    if column.kind != "number" or not column.dtype.startswith("Float"):
        return False
    points = column.points
    if not points.exact or len(points) < _LEAST or max(map(abs, points.ends)) >= 10**_GROUP:
        return False
    values = points.written
    whole = on_grid(values, _GROUP).all()
    return bool(whole and points.share(~on_grid(values, _GROUP - 1)) >= _WHOLE_GROUP)
