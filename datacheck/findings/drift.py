"""What has changed against a reference: columns, types, missing cells, values, categories.

Texts that a column did not have before: a model that knows its categories knows not these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datacheck.findings.change_findings import EFFECT
from datacheck.findings.changes import changed_numbers
from datacheck.findings.durations import changed_dates, other_clocks
from datacheck.findings.missing import empty_cells
from datacheck.findings.moments import days_of
from datacheck.findings.nothing import MOSTLY_NUMBERS
from datacheck.findings.resolution import SINGLE, as_fine
from datacheck.findings.roles import NAMES_OF_THINGS, PASSING, counts_rows
from datacheck.findings.statistics import chi_square_z, column_alpha, more_often
from datacheck.findings.unmoved import unmoved
from datacheck.findings.untold import Same, untold
from datacheck.findings.variants import skeleton
from datacheck.ops import CATEGORIES, REPEATED
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import codes_of_one_length, numbers_of, ways_of
from datacheck.report import fixes
from datacheck.report.finding import LISTED, Finding
from datacheck.schema.reading import TRUTHS
from datacheck.text import agree, briefly, chance, plural, some

#: New categories that the message names.
_NAMED = 3


def known_categories(column: ColumnProfile) -> dict[str, int] | None:
    """The categories of a column of text; None where its texts are names, or too many to keep."""
    texts = column.texts
    if texts is None or not texts.exact or column.role in NAMES_OF_THINGS:
        return None
    known = {text: count for text, count in texts.values.items() if text not in texts.words}
    often = sum(known.values()) >= REPEATED * len(known)
    return known if 0 < len(known) <= CATEGORIES and often else None


def new_categories(
    known: Mapping[str, int], column: ColumnProfile, missing: Sequence[str] = ()
) -> Finding | None:
    """``drift.category_new``: texts that are none of the known categories, nor for no value."""
    texts = column.texts
    if texts is None:
        return None
    fresh = {
        text: count
        for text, count in texts.values.items()
        if text not in known and text not in texts.words and text not in missing
    }
    if not fresh:
        return None
    listed = sorted(fresh, key=lambda text: (-fresh[text], text))[:LISTED]
    count = sum(fresh.values())
    shown = ", ".join(briefly(text, 60) for text in listed[:_NAMED])
    more = ", ..." if len(fresh) > _NAMED else ""
    spelled = _spelled_otherwise(known, fresh)
    again = sum(map(len, spelled.values()))
    fix = fixes.map_spellings(column.name, spelled) if again == len(fresh) else None
    otherwise = f" ({again:,} of them known but for the spelling)" if spelled else ""
    return Finding(
        code="drift.category_new",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'holds', 'hold')} a text that is none of the "
        f"{plural(len(known), 'text')} of the reference{otherwise}: {shown}{more}.",
        remedy=fix.sentence
        if fix
        else "See whether they are misspelt; if they are right, fit again with them.",
        fix=fix,
        evidence={
            "categories": {text: fresh[text] for text in listed},
            "where": {"other_texts": sorted({*known, *missing})},
            **({} if texts.exact else {"estimated": True}),
        },
    )


def _spelled_otherwise(known: Mapping[str, int], fresh: Mapping[str, int]) -> dict[str, list[str]]:
    """By a known category, the new texts that are it but for what people do not see."""
    meant = {skeleton(text): text for text in known}
    found: dict[str, list[str]] = {}
    for text in fresh:
        if (usual := meant.get(skeleton(text))) is not None:
            found.setdefault(usual, []).append(text)
    return found


#: Missing cells must be this much more (or less) of the column.
MISSING_EFFECT = 0.02
#: Categories that are expected less often than this are counted as one.
_EXPECTED = 5.0
#: Of a column that another side lacks.
_COUNTER = ", where it numbers the rows and says nothing else"
#: The chance that the reference lacks a category as frequent as a new one, to warn of it.
NEW = 0.005


def _pairs(reference: Profile, data: Profile) -> Iterator[tuple[ColumnProfile, ColumnProfile]]:
    for name, column in data.columns.items():
        old = reference.columns.get(name)
        if old is not None and old.rows and column.rows:
            yield old, column


def changed_columns(reference: Profile, data: Profile) -> Iterator[Finding]:
    """``drift.column_missing`` and ``drift.column_extra``; a mere number of the row is no loss."""
    renamed = {
        skeleton(n): n for n in sorted(data.columns, reverse=True) if n not in reference.columns
    }
    for name, column in reference.columns.items():
        if name not in data.columns:
            told, now = _COUNTER if counts_rows(column) else "", renamed.get(skeleton(name))
            yield Finding(
                code="drift.column_missing",
                severity="info" if told else "error",
                column=name,
                message=f"The column is missing here; the reference has it ({column.dtype}){told}.",
                remedy=f"Rename {now!r} to {name!r}." if now else "Restore or rename the column.",
                evidence={"dtype": column.dtype},
            )
    for name, column in data.columns.items():
        if name not in reference.columns:
            told = _COUNTER if counts_rows(column) else ""
            yield Finding(
                code="drift.column_extra",
                severity="info" if told else "warning",
                column=name,
                message=f"The reference does not have this column ({column.dtype}){told}.",
                remedy="Drop it, or renew the reference.",
                evidence={"dtype": column.dtype},
            )


def changed_types(reference: Profile, data: Profile) -> Iterator[Finding]:
    """``drift.dtype``: another kind of cell; integers and floats are one kind."""
    for old, new in _pairs(reference, data):
        if new.null == new.rows or old.null == old.rows:
            continue
        kinds = old.kind != new.kind
        if not kinds and _has_zone(old) == _has_zone(new):
            continue
        zones = ": the one says of which zone its moments are, and the other does not."
        yield Finding(
            code="drift.dtype",
            severity="error" if kinds else "warning",
            column=new.name,
            count=new.rows - new.null,
            message=f"The column is {new.dtype}; the reference's is {old.dtype}"
            + ("." if kinds else zones),
            remedy=_brought_back(old, new)
            if kinds
            else "Declare the zone where it is missing, or take it away on both sides.",
            evidence={"reference": old.dtype, "data": new.dtype},
        )


def _brought_back(old: ColumnProfile, new: ColumnProfile) -> str:
    """What brings cells back to the reference's dtype: coercion, where it reads all."""
    coerce = "Declare dtype with coerce: true, which reads every cell as the reference's."
    anew = "Write them as the reference does"
    if (old.kind, new.kind) in (("number", "boolean"), ("text", "number")):
        return coerce
    if (old.kind, new.kind) == ("boolean", "number"):
        return coerce if set(new.points.values) <= {0.0, 1.0} else f"{anew}."
    texts = new.texts
    if texts is None or new.kind != "text" or old.kind not in ("number", "boolean"):
        return f"{anew}."
    if old.kind == "number":
        ways = zip(numbers_of(texts), ways_of(texts), strict=True)
        read = {text for text, way in ways if way == "plain"}
    else:
        read = {text for text in texts.values if text.strip().lower() in TRUTHS}
    others = {text: n for text, n in texts.values.items() if text not in read}
    if not others:
        return coerce
    shown = some(sorted(others, key=lambda text: -others[text]), _NAMED, shown=repr)
    if 2 * sum(others.values()) < sum(texts.values.values()):
        return f"Correct the cells that have changed the type, or declare them missing: {shown}."
    return f"{anew}, or read them anew: {shown} cannot be read so."


def _has_zone(column: ColumnProfile) -> bool:
    return "time_zone=" in column.dtype and "time_zone=None" not in column.dtype


def lost_zeros(reference: Profile, data: Profile) -> Iterator[Finding]:
    """``type.numeric_text`` of codes that are shorter than the reference's, all of one length."""
    for old, new in _pairs(reference, data):
        before, texts = old.texts, new.texts
        if before is None or texts is None or not codes_of_one_length(before):
            continue
        if not all(map(str.isdigit, [*before.values, *texts.values])):
            continue
        short = {text: n for text, n in texts.values.items() if len(text) < before.longest}
        count = sum(short.values())
        if short and any(text[0] == "0" for text in before.values):
            yield Finding(
                code="type.numeric_text",
                severity="warning",
                column=new.name,
                count=count,
                message=f"{agree(count, 'code', 'has', 'have')} fewer than the "
                f"{before.longest} digits of the reference's: zeros in front may be lost.",
                remedy=f"Read the column as text where it comes from, or fill it up with zeros to "
                f"{before.longest} digits.",
                evidence={"where": {"texts": sorted(short)}, "digits": before.longest},
            )


def changed_missing(reference: Profile, data: Profile) -> Iterator[Finding]:
    """``drift.missing_rate``, by Fisher's exact test and a least difference."""
    alpha = column_alpha(len(data.columns)) / 2
    for old, new in _pairs(reference, data):
        before, now = empty_cells(old), empty_cells(new)
        shares = before / old.rows, now / new.rows
        p = 2 * min(
            more_often(now, new.rows, before, old.rows),
            more_often(before, old.rows, now, new.rows),
        )
        if p < alpha and abs(shares[1] - shares[0]) >= MISSING_EFFECT:
            yield Finding(
                code="drift.missing_rate",
                severity="warning",
                column=new.name,
                count=now,
                message=f"{shares[1]:.1%} of the cells are missing; "
                f"of the reference's {shares[0]:.1%} ({chance(p)}).",
                remedy="Find out why; an imputation fitted on the reference may no longer do.",
                evidence={"reference": shares[0], "data": shares[1], "p": p},
            )


def changed_values(reference: Profile, data: Profile) -> Iterator[Finding]:
    """What the values of a column of numbers say, or the shares of its categories."""
    alpha = column_alpha(len(data.columns)) / 2
    pairs = [pair for pair in _pairs(reference, data) if pair[1].role not in PASSING]
    alike = [(as_fine(old, new), new) for old, new in pairs]
    same, digits, resolution = _same(alike, alpha)
    for (old, new), (as_held, _) in zip(alike, pairs, strict=True):
        kinds = {old.kind, new.kind}
        if _of_numbers(old, new):
            still = Same(*(new.name in each for each in (same, digits, resolution)))
            found = list(changed_numbers(old, new, alpha, still))
            # What float32 leaves of the data may be what it has left of the reference.
            single = as_fine(new, as_held) if found and as_held.dtype == SINGLE else new
            if single is new or any(changed_numbers(as_held, single, alpha)):
                yield from found
        elif kinds == {"text"}:
            known = known_categories(old)
            if known is not None and new.role != "target":
                news = new_categories(known, new)
                if news is not None:
                    yield _as_likely(news, known, new)
            yield from _moved_shares(old, new, alpha)
        elif kinds == {"time"}:
            if (moved := other_clocks(old, new)) is not None:
                yield moved
            elif new.name not in same:
                yield from changed_dates(old, new, alpha)


def _same(
    pairs: list[tuple[ColumnProfile, ColumnProfile]], alpha: float
) -> tuple[set[str], set[str], set[str]]:
    """The names of the columns of numbers or dates that the tests tell nothing of.

    And of those of numbers whose digits, and whose resolution, tell nothing.
    """
    numbers = {new.name: (old.points, new.points) for old, new in pairs if _of_numbers(old, new)}
    dates = {
        new.name: (theirs.points, ours.points)
        for old, new in pairs
        if (theirs := days_of(old)) is not None and (ours := days_of(new)) is not None
    }
    return unmoved(numbers | dates, alpha), *untold(numbers)


def _of_numbers(old: ColumnProfile, new: ColumnProfile) -> bool:
    """Whether both are numbers, or both durations in one unit."""
    if "time" in {old.kind, new.kind}:
        return old.dtype == new.dtype and old.dtype.startswith("Duration")
    return _as_numbers(old) and _as_numbers(new)


def _as_numbers(column: ColumnProfile) -> bool:
    if column.kind in ("number", "boolean"):
        return column.numbers is not None
    texts = column.texts
    if texts is None or column.numbers is None:
        return False
    return texts.numeric >= MOSTLY_NUMBERS * (texts.count - sum(texts.words.values()))


def _as_likely(news: Finding, known: Mapping[str, int], new: ColumnProfile) -> Finding:
    """New categories, for information where chance may well have kept them from the reference.

    Of the cells of another sample, as large a share holds texts that were not seen as there are
    texts in this one that were seen once (Good, "The Population Frequencies of Species", 1953).
    """
    once = sum(count == 1 for count in known.values())
    most = max(news.evidence["categories"].values())
    p = more_often(most, new.count, once, sum(known.values()))
    return news if p < NEW else replace(news, severity="info")


def _moved_shares(old: ColumnProfile, new: ColumnProfile, alpha: float) -> Iterator[Finding]:
    """``drift.shift`` of categories: the likelihood ratio test of two tables of counts."""
    if old.texts is None or new.texts is None or not (old.texts.exact and new.texts.exact):
        return
    counts = [
        {text: n for text, n in side.values.items() if text not in side.words}
        for side in (old.texts, new.texts)
    ]
    totals = [sum(side.values()) for side in counts]
    both = set(counts[0]) | set(counts[1])
    if not all(totals) or sum(totals) < REPEATED * 2 * len(both):
        return
    cells = _pooled(counts, both, totals)
    moved = sum(abs(a / totals[0] - b / totals[1]) for a, b in cells.values()) / 2
    p = _likelihood_ratio_p(list(cells.values()), totals)
    if p < alpha and moved >= EFFECT:
        most = sorted(cells, key=lambda k: -abs(cells[k][0] / totals[0] - cells[k][1] / totals[1]))[
            :3
        ]
        yield Finding(
            code="drift.shift",
            severity="warning",
            column=new.name,
            count=new.rows,
            message=f"{moved:.0%} of the cells have moved between categories, "
            f"most of all {', '.join(map(repr, most))} ({chance(p)}).",
            remedy="Find out whether the world has changed, or the spelling of the categories.",
            evidence={
                "moved": moved,
                "p": p,
                "counts": {text: list(cells[text]) for text in most},
            },
        )


def _pooled(
    counts: list[dict[str, int]], both: set[str], totals: list[int]
) -> dict[str, tuple[int, int]]:
    cells: dict[str, tuple[int, int]] = {}
    rare = [0, 0]
    smaller = min(totals) / sum(totals)
    for text in sorted(both):
        pair = counts[0].get(text, 0), counts[1].get(text, 0)
        if sum(pair) * smaller >= _EXPECTED:
            cells[text] = pair
        else:
            rare = [rare[0] + pair[0], rare[1] + pair[1]]
    if sum(rare):
        cells["(rare ones)"] = rare[0], rare[1]
    return cells


def _likelihood_ratio_p(cells: list[tuple[int, int]], totals: list[int]) -> float:
    """G-test of homogeneity."""
    freedom = len(cells) - 1
    if freedom < 1:
        return 1.0
    everything = sum(totals)
    statistic = 2 * sum(
        seen * math.log(seen * everything / (sum(pair) * total))
        for pair in cells
        for seen, total in zip(pair, totals, strict=True)
        if seen
    )
    return math.erfc(chi_square_z(statistic, freedom) / math.sqrt(2)) / 2
