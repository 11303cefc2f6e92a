"""A profile in brief, as the views draw it: facts and a shape a column, and where cells miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.numeric.numbers import COUNTS
from datacheck.profiling.document import facts_of
from datacheck.profiling.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.profiling.texts import Texts


def summary_of(
    profile: Profile,
    apart: Mapping[str, Collection[float]] | None = None,
    reference: Profile | None = None,
) -> dict[str, Any]:
    """The profile as plain data for a view.

    Parameters
    ----------
    profile
        Of the table.
    apart
        By column, values that stand for nothing.
    reference
        The profile that is laid over it.

    Returns
    -------
    dict
        ``name``, ``rows``, ``columns`` (facts, as a saved profile has them, and ``shape``), and
        ``tenths``: by column, the share of missing cells in each tenth of the table.
    """
    given = apart or {}
    theirs = {} if reference is None else reference.columns
    columns = [
        column_summary(column, given.get(name, ()), theirs.get(name))
        for name, column in profile.columns.items()
    ]
    places = profile.places
    return {
        "name": profile.name,
        "rows": profile.rows,
        "columns": columns,
        "reference": None if reference is None else reference.name,
        "tenths": {} if places is None or not profile.rows else places.tenths(profile.rows),
    }


def column_summary(
    column: ColumnProfile, apart: Collection[float] = (), reference: ColumnProfile | None = None
) -> dict[str, Any]:
    """One column: what `facts_of` has of it, what the views' flags need, and its shape."""
    numbers, texts = column.numbers, column.texts
    same = reference is not None and reference.kind == column.kind
    return facts_of(column) | {
        "numbers": None if numbers is None else {n: getattr(numbers, n) for n in COUNTS},
        "texts": None if texts is None else _texts(texts),
        "shape": shape_of(column, apart=apart, reference=reference if same else None),
    }


def _texts(texts: Texts) -> dict[str, Any]:
    return {"count": texts.count, "numeric": texts.numeric, "words": dict(texts.words)}
