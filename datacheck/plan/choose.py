"""Chooses each column's declaration from its profile, and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.findings.dates import written_dates
from datacheck.findings.measures import measures_as_text
from datacheck.findings.missing import empty_cells, is_empty
from datacheck.findings.nothing import taken_for_missing, words_of
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.types import numbers_as_text
from datacheck.findings.variants import alike_in, variants_of
from datacheck.plan.bounds import held
from datacheck.plan.numbers import RARE, Choice, choose_number, choose_spelled
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.schema.declare import ROLES, Check, Column, Number, Prepare, Role
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.reading import TRUTHS
from datacheck.text import plural

if TYPE_CHECKING:
    from datacheck.plan.score import Score


#: Categories are listed where there are at most so many, each seen often enough.
CATEGORIES = 30
#: Texts that stand for no value: where a column of texts has none of them, none may come.
NOTHING = ("", " ", "?", "-", "NA", "N/A", "null")


def chosen(
    column: ColumnProfile,
    dtype: pl.DataType | None,
    score: Score | None,
    *,
    holds: Callable[[Column], bool] = lambda _: True,
) -> Choice:
    """What to declare for a column; `holds` says whether the table accepts a declaration."""
    target = column.role == "target"
    if column.role in ("id", "group"):
        return _naming(column, dtype)
    if is_empty(column):
        return _empty(column, dtype, target=target)
    if column.kind == "text":
        choice, spelled = _dated(column) or _truths(column), _spelled(column)
        if choice is None and spelled is not None:
            number = Number(**spelled) if spelled else None
            choice = choose_spelled(column, score, number, target=target)
        known = column.texts is None or column.texts.exact
        read = choice if choice is not None and (known or holds(choice.column)) else None
        return _text(column, dtype, target=target) if read is None else read
    if column.role == "time" and column.kind == "number":
        return _passing(column, dtype)
    if column.kind == "number":
        return choose_number(column, dtype, score, target=target)
    return _other(column, dtype)


def holes_of(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The columns of numbers that miss cells, each with its sentinels."""
    found = {}
    for name, column in profile.columns.items():
        plain = column.kind == "text" and _spelled(column) == {}
        if column.role not in ("id", "target") and (column.kind == "number" or plain):
            sentinels = tuple(sentinel.value for sentinel in sentinels_in(column.points))
            if empty_cells(column) or sentinels:
                found[name] = sentinels
    return found


@fact
def _as_numbers(column: ColumnProfile) -> tuple[Finding, ...]:
    return *numbers_as_text(column), *measures_as_text(column)


@fact
def _as_dates(column: ColumnProfile) -> tuple[Finding, ...]:
    return tuple(written_dates(column))


def _spelled(column: ColumnProfile) -> dict[str, Any] | None:
    """How the numbers of a column of text are spelled; None where it is no such column."""
    found = _as_numbers(column)
    if [finding.code for finding in found] != ["type.numeric_text"] or found[0].fix is None:
        return None
    words = words_of(column)
    if words is not None and not words.known:  # no more than a guess says that these are none
        return None
    spelled: dict[str, Any] = found[0].fix.arguments["number"]
    return spelled


def _dated(column: ColumnProfile) -> Choice | None:
    """What to declare for text that is dates, where a schema reads them; else None."""
    fixes = [finding.fix for finding in _as_dates(column) if finding.code == "type.date_text"]
    if len(fixes) != 1 or fixes[0] is None or not fixes[0].repeats:
        return None
    words = tuple(fixes[0].arguments["values"])
    role = _role(column)
    declared = Column(
        name=column.name,
        dtype=read_dtype(fixes[0].arguments["dtype"], column.name),
        coerce=True,
        nullable=bool(column.missing or words),
        prepare=Prepare(role=role, missing_values=words) if role or words else None,
    )
    reasons = (_every("a date (year, month, day): read as one", words),)
    return Choice(declared, (*reasons, _timed(column)) if column.role == "time" else reasons)


def _truths(column: ColumnProfile) -> Choice | None:
    """What to declare for text that is true or false but for words; else None."""
    words, texts = _nothing(column), column.texts
    said = [] if texts is None else [text for text in texts.values if text not in words]
    written = sorted(map(str.lower, said))
    if not words or column.dtype != "String" or written not in (sorted(TRUTHS), ["true"]):
        return None
    target = column.role == "target"
    declared = Column(
        name=column.name,
        dtype=pl.Boolean(),
        coerce=True,
        nullable=True,
        prepare=Prepare(role="target", missing_values=words)
        if target
        else Prepare(missing_values=words, impute="most_frequent"),
    )
    fill = "the target: never imputed" if target else "what is missing is the most frequent"
    return Choice(declared, (_every("true or false: read as that", words), fill))


def _every(what: str, words: tuple[str, ...]) -> str:
    """The reason to read text as what all of it is, but for words that stand for nothing."""
    if not words:
        return f"every text is {what}"
    return f"every other text is {what}; {', '.join(map(repr, words))} stands for none"


def _role(column: ColumnProfile) -> Role | None:
    return next((role for role in ROLES if role == column.role), None)


def _timed(column: ColumnProfile) -> str:
    return f"it looks like time ({column.reason}): kept, neither filled nor scaled"


def _empty(column: ColumnProfile, dtype: pl.DataType | None, *, target: bool) -> Choice:
    """A column without a value: of what kind its values will be, nobody knows."""
    words = _nothing(column)
    options: dict[str, Any] = {"missing_values": words} if words else {}
    if target:
        options["role"] = "target"
    declared = Column(
        name=column.name,
        dtype=dtype if dtype is not None and (dtype.is_numeric() or dtype.is_temporal()) else None,
        nullable=True,
        prepare=Prepare(**options) if options else None,
    )
    return Choice(declared, ("no cell holds a value: nothing to prepare",))


def _passing(column: ColumnProfile, dtype: pl.DataType | None) -> Choice:
    """A column that counts time on: the next table has later ones, though not much later."""
    values = column.points.values
    span = float(values[-1] - values[0])
    low, high = float(values[0]) - span, float(values[-1]) + span
    declared = Column(
        name=column.name,
        dtype=dtype,
        nullable=bool(empty_cells(column)),
        checks=(Check(name="in_range", arguments=held(low, high, dtype)),),
        prepare=Prepare(role="time"),
    )
    reasons = (
        _timed(column),
        "range: as long again on either side, for time goes on",
    )
    return Choice(declared, reasons)


def _naming(column: ColumnProfile, dtype: pl.DataType | None) -> Choice:
    """A column that names rows, one each or many."""
    words = _nothing(column)
    checks = (_something(column),) if column.kind == "text" else ()
    declared = Column(
        name=column.name,
        dtype=dtype,
        nullable=bool(empty_cells(column)),
        checks=checks,
        prepare=Prepare(role=_role(column), missing_values=words),
    )
    what = "an identifier" if column.role == "id" else "what names many rows"
    why = f"it looks like {what} ({column.reason})" if column.reason else what
    kept = f"{why}: kept as it stands, without a range, a fill or a scale"
    guess = ("a guess: declare role: feature, if it is a category or a quantity",)
    return Choice(declared, (kept, *guess) if column.role == "group" else (kept,))


def _nothing(column: ColumnProfile) -> tuple[str, ...]:
    """The texts of a column that stand for nothing, in order."""
    return tuple(sorted(taken_for_missing(column)))


def _something(column: ColumnProfile) -> Check:
    """A check that no text says nothing, but for what the column holds: NA may be a country."""
    # All of them are known, also where only some of many texts are kept.
    held = {} if column.texts is None else column.texts.words
    forbidden = tuple(word for word in NOTHING if word not in held)
    return Check(name="notin", arguments={"forbidden_values": forbidden})


def _text(column: ColumnProfile, dtype: pl.DataType | None, *, target: bool) -> Choice:
    texts = column.texts
    nothing = taken_for_missing(column)
    words = tuple(sorted(nothing))
    values = {t: n for t, n in (texts.values if texts else {}).items() if t not in nothing}
    spellings = {}
    if texts is not None and texts.exact:
        spellings = variants_of(values, alike_in(texts, nothing))
    for usual, others in spellings.items():
        values[usual] = values.get(usual, 0) + sum(values.pop(text) for text in others)
    rarest = min(values.values(), default=0)
    listed = (
        texts is not None
        and texts.exact
        and 0 < len(values) <= CATEGORIES
        and rarest >= RARE
        and sum(values.values()) >= 5 * len(values)
    )
    if listed:
        check = Check(name="isin", arguments={"allowed_values": tuple(sorted(values))})
        reasons = [
            f"{len(values)} categories, the rarest seen {rarest:,} times: another is rejected"
        ]
    else:
        check = _something(column)
        reasons = [f"{column.distinct} different texts: any is allowed that says something"]
    for told in (*_as_numbers(column), *_as_dates(column))[:1]:
        reasons.append(f"kept as text, though {told.code} says: {told.message.rstrip('.')}")
    if (unsure := words_of(column)) is not None and unsure.kept:
        kept = ", ".join(map(repr, unsure.kept))
        reasons.append(f"{kept} may mean no value: kept, unless missing_values declares it")
    spelled = {usual: tuple(others) for usual, others in spellings.items()} if listed else {}
    prepare: Prepare | None = Prepare(spellings=spelled) if spelled else None
    if target:
        prepare = Prepare(role="target", missing_values=words, spellings=spelled)
    if spelled:
        reasons.append(f"{plural(sum(map(len, spelled.values())), 'other spelling')} read as one")
    empty = column.missing + sum(nothing.values())
    if target:
        reasons.append("the target: checked and compared, never imputed")
    elif empty:
        fill = "the most frequent" if listed else "the word 'missing'"
        reasons.append(f"{empty / column.rows:.1%} missing; {fill}")
        prepare = Prepare(
            missing_values=words,
            impute="most_frequent" if listed else "constant",
            fill_value=None if listed else "missing",
            spellings=spelled,
        )
    return Choice(
        Column(
            name=column.name, dtype=dtype, nullable=bool(empty), checks=(check,), prepare=prepare
        ),
        tuple(reasons),
    )


def _other(column: ColumnProfile, dtype: pl.DataType | None) -> Choice:
    prepare = None
    reasons = [f"{column.kind}: passes through"]
    if column.role == "target":
        prepare, reasons = Prepare(role="target"), ["the target: never imputed"]
    elif column.role == "time":
        prepare, reasons = Prepare(role="time"), [_timed(column)]
    elif column.missing and column.kind == "boolean":
        prepare = Prepare(impute="most_frequent")
        reasons = [f"{column.missing / column.rows:.1%} missing; the most frequent"]
    declared = Column(name=column.name, dtype=dtype, nullable=bool(column.missing), prepare=prepare)
    return Choice(declared, tuple(reasons))
