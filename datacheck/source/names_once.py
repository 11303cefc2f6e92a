"""Each column has a name of its own, whatever a table comes from."""

from __future__ import annotations

from collections.abc import Sequence

from datacheck.columns import repeated
from datacheck.errors import SourceError
from datacheck.source.collecting import is_utf8
from datacheck.specs import LONGEST
from datacheck.text import briefly


def must_be_unique(
    label: str, names: Sequence[str], todo: str = "rename the columns first"
) -> None:
    """Refuse a table that has two columns of one name, or a name that is no text."""
    odd = next((name for name in names if not is_utf8(name)), None)
    if odd is not None:
        raise SourceError(
            f"{label} has a column whose name holds half of a character",
            got=ascii(odd),
            expected="names that UTF-8 can write",
            todo="rename the column first",
        )
    twice = repeated(names)
    if twice:
        raise SourceError(
            f"{label} has two columns of one name",
            got=", ".join(map(repr, twice)),
            expected="each name once",
            todo=todo,
        )


def must_be_short(label: str, names: Sequence[str]) -> None:
    """Refuse a name with which no profile and no transform could be read again."""
    long = next((name for name in names if len(name) > LONGEST), None)
    if long is not None:
        raise SourceError(
            f"{label} has an endless name of a column",
            got=briefly(long),
            expected=f"at most {LONGEST:,} characters",
            todo="rename the column first",
        )


def must_be_named(label: str, names: Sequence[str], todo: str = "name it") -> None:
    """Refuse a header with an empty cell where a name is expected."""
    empty = [position for position, name in enumerate(names, 1) if not name.strip()]
    if empty:
        raise SourceError(
            f"{label} has a column without a name",
            got="nothing in the header for column " + ", ".join(map(str, empty)),
            expected="a name for each column, but for an index that comes first",
            todo=todo,
        )


def check_names(names: list[str]) -> None:
    """Refuse the result of a query in which two columns share a name, or that has none."""
    todo = "rename one in the query: SELECT a.id AS a_id, b.id AS b_id ..."
    must_be_unique("the query's result", names, todo)
    if not names:
        raise SourceError(
            "the query gives no columns", expected="a SELECT", todo="pass a query that returns rows"
        )
