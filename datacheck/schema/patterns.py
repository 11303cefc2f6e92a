"""Regular expressions for columns' names, by an engine whose time is linear in the name.

A schema may come from anyone, and Python's engine can be made to take years over forty letters.
polars' engine (Rust's) cannot; it has no look-around and no back references.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from datacheck.errors import SchemaError
from datacheck.text import briefly

if TYPE_CHECKING:
    from collections.abc import Sequence


@lru_cache(maxsize=1024)
def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression.

    Raises
    ------
    SchemaError
        With what the engine says of it.
    """
    import polars as pl

    try:
        pl.Series([""]).str.contains(_whole(pattern))
    except pl.exceptions.PolarsError as error:
        raise SchemaError(
            "A column's name is not a regular expression that polars reads",
            got=f"{briefly(pattern)}: {briefly(str(error).splitlines()[-1].strip())}",
            expected="Rust's syntax: no look-around and no back references",
            todo="write it without them, or declare the columns one by one",
        ) from None


def matching(pattern: str, names: Sequence[str]) -> list[bool]:
    """Which names a pattern matches from end to end, as pandera means it.

    >>> matching("^a+b?$", ["aab", "aabc", "b", "A"])
    [True, False, False, False]
    """
    import polars as pl

    found = pl.Series(names, dtype=pl.String).str.contains(_whole(pattern))
    return found.to_list()


@lru_cache(maxsize=2**16)
def matches(pattern: str, name: str) -> bool:
    """Whether a pattern matches one name."""
    return matching(pattern, [name])[0]


def _whole(pattern: str) -> str:
    return f"^(?:{pattern.removeprefix('^').removesuffix('$')})$"
