"""Suggests a schema with preparation from what a table is like, each choice with its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from datacheck.errors import DataError, SchemaError, SourceError, must_be_known
from datacheck.findings.fences import find_fences
from datacheck.findings.roles import with_roles
from datacheck.findings.types import holds_numbers
from datacheck.findings.unmixed import find_unmixed
from datacheck.plan.choose import chosen, holes_of
from datacheck.plan.for_model import for_model
from datacheck.plan.numbers import Choice
from datacheck.plan.panel import with_panel
from datacheck.plan.score import Score, scorecard
from datacheck.plan.suggested import Suggested
from datacheck.profiling.measure import measure
from datacheck.profiling.model import Profile
from datacheck.schema import Column, Schema
from datacheck.schema.dtypes import read_dtype
from datacheck.source import Source, open_source
from datacheck.validation.judge import violations

if TYPE_CHECKING:
    from datacheck.source.types import TableLike


__all__ = ["Suggested", "suggest"]


#: Types beside numbers and moments that other types are read as without loss.
_FLAT = ("String", "Boolean")


def suggest(
    data: TableLike | Profile,
    target: str | None = None,
    *,
    query: str | None = None,
    score: bool = False,
) -> Suggested:
    """Write a schema for a table.

    It accepts the table itself, and has room for the next one of its kind.

    Parameters
    ----------
    data
        Whatever `read` takes, or a `Profile`.
    target
        The column that a model is to predict: it is checked, and never imputed. With it, what a
        model needs is proposed too: cells for categories, logarithms of skewed amounts, and
        indicators of what is missing, where that tells something about the target.
    query
        SQL, where `data` is a database's address.
    score
        Choose each imputation by its error on hidden cells: needs the table, not its profile.

    Returns
    -------
    Suggested
        A `Schema` with ``reasons`` by column; ``.save("x.yaml" | "x.py")`` writes them as comments.

    Raises
    ------
    SourceError
        Where the data cannot be read, or has no such target.
    DataError
        Where `score` is asked of a profile.
    """
    if isinstance(data, Profile):
        return _from_profile(data, target, score=score)
    source = open_source(data, query=query)
    profile = measure(source.frame, name=source.name, moments=False)
    source.must_be_whole(profile.rows)
    profile = with_panel(_with_target(profile, target), source.frame)
    return _suggested(profile, dict(source.frame.collect_schema()), source, score=score)


def _with_target(profile: Profile, target: str | None) -> Profile:
    """The profile with the columns' roles: the target's, and those that are guessed."""
    if target is None:
        return with_roles(profile, {})
    what = f"there is no column {target!r} to be the target"
    must_be_known(target, profile.columns, what, SourceError)
    return with_roles(profile, {target: "target"})


def _from_profile(profile: Profile, target: str | None, *, score: bool) -> Suggested:
    if score:
        raise DataError(
            "a profile has no cells to hide", got=repr(profile), expected="a table", todo="pass it"
        )
    dtypes: dict[str, pl.DataType | None] = {}
    for name, column in profile.columns.items():
        try:
            dtypes[name] = read_dtype(column.dtype, name)
        except SchemaError:
            dtypes[name] = None
    return _suggested(_with_target(profile, target), dtypes, None, score=False)


def _suggested(
    profile: Profile,
    dtypes: dict[str, pl.DataType | None],
    source: Source | None,
    *,
    score: bool,
) -> Suggested:
    def holds(column: Column) -> bool:
        return source is None or not violations(source, Schema(name="", columns=(column,)))

    with np.errstate(all="ignore"):  # as `checking.examine` says
        numbers = [c.points for c in profile.columns.values() if holds_numbers(c)]
        find_unmixed(numbers)
        find_fences(numbers)
        scores: dict[str, Score] = {}
        if score and source is not None:
            scores = scorecard(source.frame, holes_of(profile))
        choices = [
            chosen(column, dtypes[name], scores.get(name), holds=holds)
            for name, column in profile.columns.items()
        ]
        targets = [name for name, column in profile.columns.items() if column.role == "target"]
        if targets:
            frame = None if source is None else source.frame
            choices = for_model(choices, profile, targets[0], frame)
    if source is not None:
        choices = [_read_anywhere(choice, source) for choice in choices]
        source.must_be_whole()
    return Suggested(
        name=_identifier(profile.name),
        columns=tuple(choice.column for choice in choices),
        reasons={choice.column.name: choice.reasons for choice in choices},
        scores=scores,
    )


def _untyped(source: Source) -> bool:
    """Whether the types were read from cells: text, sheets and JSON have hardly any."""
    return source.text or source.kind in ("excel", "json", "ndjson")


def _read_anywhere(choice: Choice, source: Source) -> Choice:
    """The choice for a column as it is read in parquet, text, Excel or as a frame."""
    column, reasons = choice.column, choice.reasons
    if any(note.code == "source.index" and note.column == column.name for note in source.notes):
        column = replace(column, required=False)
        reasons += ("not required: a frame has its index beside its columns",)
    dtype = column.dtype
    flat = dtype is not None and (dtype.is_numeric() or dtype.is_temporal() or str(dtype) in _FLAT)
    column = replace(column, coerce=True) if flat and _untyped(source) else column
    return choice._replace(column=column, reasons=reasons)


def _identifier(name: str) -> str:
    """The table's name without folder and ending."""
    return PurePath(name).name.split(".")[0] or "table"
