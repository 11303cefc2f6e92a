"""Regular expressions for columns' names, by an engine whose time is linear in the name.

A schema may come from anyone, and Python's engine can be made to take years over forty letters.
polars' engine (Rust's) cannot; it has no look-around and no back references.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from datacheck.columns import is_pattern
from datacheck.errors import SchemaError
from datacheck.text import briefly, shortened

#: What means more than itself in a pattern, in Python's engine and in Rust's.
_MARKS = frozenset(r"\.+*?()|[]{}^$#&-~")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=1024)
def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression; errors as in `check_regex`."""
    check_regex(_whole(pattern), "A column's name", pattern, "declare the columns one by one")


def check_regex(regex: str, what: str, shown: str, instead: str) -> None:
    """Refuse what polars' engine does not read, with what the engine says of it."""
    try:
        pl.Series([""]).str.contains(regex)
    except pl.exceptions.PolarsError as error:
        said = str(error).partition("\n\nThis error")[0].splitlines()[-1].removeprefix("error: ")
        raise SchemaError(
            f"{what} is not a regular expression that polars reads",
            got=f"{briefly(shown)}: {shortened(said, 200)}",
            expected="Rust's syntax: no look-around and no back references",
            todo=f"write it without them, or {instead}",
        ) from None


def matching(pattern: str, names: Sequence[str]) -> list[bool]:
    """Which names a pattern matches from end to end, as pandera means it.

    >>> matching("^a+b?$", ["aab", "aabc", "b", "A"])
    [True, False, False, False]
    """
    found = pl.Series(names, dtype=pl.String).str.contains(_whole(pattern))
    return found.to_list()


@lru_cache(maxsize=2**16)
def matches(pattern: str, name: str) -> bool:
    """Whether a pattern matches one name."""
    return matching(pattern, [name])[0]


def _whole(pattern: str) -> str:
    return f"^(?:{pattern.removeprefix('^').removesuffix('$')})$"


def declared(name: str, regex: bool) -> str:  # noqa: FBT001 - as a column has it
    r"""What a column is called where pandera may read it, which takes some names for patterns.

    >>> declared("*", False), declared("^x$", False), declared("^x$", True)
    ('^\\*$', '^\\^x\\$$', '^x$')
    """
    if regex or not is_pattern(name):
        return name
    return "^" + "".join(f"\\{mark}" if mark in _MARKS else mark for mark in name) + "$"


def read_name(name: str) -> tuple[str, bool]:
    r"""A declared name as it is meant, and whether it is a pattern for several.

    >>> read_name(r"^\*$"), read_name("^x.$"), read_name("x"), read_name("*")
    (('*', False), ('^x.$', True), ('x', False), ('*', False))
    """
    if not name.startswith("^") or not name.endswith("$"):
        return name, False
    plain = _ESCAPED.sub(r"\1", name[1:-1])
    return (plain, False) if declared(plain, regex=False) == name else (name, True)
