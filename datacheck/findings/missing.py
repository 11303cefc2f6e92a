"""Missing cells in every disguise: null, NaN, words, and columns that go missing as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from datacheck.findings.nothing import Words, spelling_beside, taken_for_missing, words_of
from datacheck.findings.roles import NAMES_OF_THINGS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix
from datacheck.severity import Severity
from datacheck.text import agree, plural, some

#: What fills a column of its kind; a date or a list has no typical value to be filled with.
_FILLS = {"number": "median", "text": "most_frequent", "boolean": "most_frequent"}
#: What more than this share of the cells say is what the column says.
_MOST = 0.5
#: Words that are named.
_SHOWN = 3
#: Columns are missing as one from this many rows on.
_TOGETHER = 3


def missing_cells(column: ColumnProfile) -> Iterator[Finding]:
    """``missing.null``, ``missing.nan`` and ``missing.all``, by counting."""
    grave: Severity = "error" if column.kind == "number" else "warning"
    if column.rows and is_empty(column):
        yield Finding(
            code="missing.all",
            severity="error",
            column=column.name,
            count=column.rows,
            message="Every cell is missing.",
            remedy="Drop the column, or find out why it is empty.",
            fix=fixes.drop_column(column.name, safe=True),
            evidence={"rows": column.rows},
        )
        return
    for word, count in (("null", column.null), ("nan", column.nan)):
        if count:
            shown = "null" if word == "null" else "NaN"
            yield Finding(
                code=f"missing.{word}",
                severity=grave,
                column=column.name,
                count=count,
                message=f"{count:,} of {plural(column.rows, 'cell')} "
                f"{'is' if count == 1 else 'are'} {shown}.",
                remedy=_to_fill(column),
                evidence={"where": {"is": word}, "share": count / column.rows},
            )


def _to_fill(column: ColumnProfile) -> str:
    fill = _FILLS.get(column.kind)
    if fill is None or column.role in NAMES_OF_THINGS:
        return "Find out why they are missing; or reject such rows with nullable: false."
    return (
        f"Declare an imputation, such as impute: {fill}; or reject such rows with nullable: false."
    )


def empty_cells(column: ColumnProfile) -> int:
    """Cells that hold nothing: null, NaN, or a word that stands for no value."""
    return column.missing + sum(taken_for_missing(column).values())


def is_empty(column: ColumnProfile) -> bool:
    """Whether no cell of a column holds anything."""
    return empty_cells(column) == column.rows


def missing_words(column: ColumnProfile) -> Iterator[Finding]:
    """``missing.text``: words for "no value", and odd words that repeat among numbers."""
    words = words_of(column)
    if words is None or is_empty(column):
        return
    count = sum(words.counts.values())
    first = sorted(words.counts, key=lambda word: (word not in words.taken, -words.counts[word]))
    shown = some(first, _SHOWN, shown=lambda word: f"{word!r} ({words.counts[word]:,})")
    sure = words.known and words.taken
    what = "a word for a missing value" if sure else "a word that may mean no value"
    fix = _fix(column, words)
    remedy = fix.sentence if words.taken else f"{fix.sentence} Else it is a category."
    yield Finding(
        code="missing.text",
        severity=_gravity(words, count, column.rows),
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'holds', 'hold')} {what}: {shown}.",
        remedy=remedy,
        fix=fix if words.taken else None,
        evidence={"where": {"texts": sorted(words.counts)}, "share": count / column.rows},
    )


def _fix(column: ColumnProfile, words: Words) -> Fix:
    """Take the words for missing, and read the numbers beside them, where one reading does."""
    texts = sorted(words.taken or words.counts)
    if not words.among_numbers or column.texts is None:
        return fixes.declare_missing(column.name, texts)
    spelling = spelling_beside(column)
    if spelling:
        return fixes.declare_number(column.name, missing=texts, **spelling)
    dtype = None if spelling is None else "Float64"
    return fixes.declare_missing(column.name, texts, dtype=dtype)


def _gravity(words: Words, count: int, rows: int) -> Severity:
    if words.among_numbers:
        return "error" if words.known else "warning"
    if len(words.plain) == len(words.counts) or (not words.certain and count > _MOST * rows):
        return "info"
    return "warning"


def missing_together(profile: Profile) -> Iterator[Finding]:
    """``missing.together``: columns that are missing in the same rows and only there."""
    alike: dict[tuple[int, tuple[int, ...]], list[str]] = defaultdict(list)
    holed = {n: c.missing for n, c in profile.columns.items() if _TOGETHER <= c.missing < c.rows}
    marks: dict[str, list[int]] = {name: [] for name in holed}
    for mark, (names, _) in profile.gaps.patterns.items():
        for name in marks.keys() & names:
            marks[name].append(mark)
    for name, own in marks.items():
        alike[holed[name], tuple(own)].append(name)
    for (count, found), columns in alike.items():
        if len(columns) > 1 and found:
            yield Finding(
                code="missing.together",
                severity="info",
                count=count,
                message=f"{', '.join(columns[:5])}{'…' if len(columns) > 5 else ''} "  # noqa: PLR2004
                f"are missing in the same {count:,} rows.",
                remedy="Look for one cause: a join without a partner, a sensor, a page of a form. "
                "Imputing each alone invents rows that never were.",
                evidence={"columns": columns},
            )
