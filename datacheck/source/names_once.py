"""Each column has a name of its own, whatever a table comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.columns import repeated
from datacheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence


def must_be_unique(label: str, names: Sequence[str]) -> None:
    """Refuse a table that has two columns of one name."""
    twice = repeated(names)
    if twice:
        raise SourceError(
            f"{label} has two columns of one name",
            got=", ".join(map(repr, twice)),
            expected="each name once",
            todo="rename the columns first",
        )


def check_names(names: list[str]) -> None:
    """Refuse a result in which two columns share a name."""
    twice = repeated(names)
    if twice:
        raise SourceError(
            "the query gives two columns of one name",
            got=", ".join(map(repr, twice)),
            expected="each name once",
            todo="rename one in the query: SELECT a.id AS a_id, b.id AS b_id ...",
        )
    if not names:
        raise SourceError(
            "the query gives no columns",
            expected="a SELECT",
            todo="pass a query that returns rows",
        )
