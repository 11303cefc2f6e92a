"""How a table is to be read: the same words in Python and on the command line."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from datacheck.errors import SourceError, must_be_known
from datacheck.reading import WORDS, flag_of, kinds_of

#: Other names that users have for an encoding.
_UTF8 = {"utf-8", "utf-8-sig", "ascii"}


class ReadWords(TypedDict, total=False):
    """The keyword arguments of `datacheck.read`."""

    query: str | None
    separator: str | None
    decimal: str
    thousands: str | None
    encoding: str | None
    header: bool
    skip_rows: int
    sheet: str | int | None
    null_values: Sequence[str] | str
    columns: Sequence[str] | None
    name: str | None


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What `datacheck.read` documents; every value is checked when it is made."""

    query: str | None = None
    separator: str | None = None
    decimal: str = "."
    thousands: str | None = None
    encoding: str | None = None
    header: bool = True
    skip_rows: int = 0
    sheet: str | int | None = None
    null_values: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    name: str | None = None

    @classmethod
    def of(cls, words: ReadWords) -> ReadOptions:
        """The options that keyword arguments spell out; a `SourceError` refuses a bad value."""
        given: dict[str, Any] = dict(words)
        for key in ("null_values", "columns"):
            if isinstance(given.get(key), str):
                given[key] = (given[key],)
            elif given.get(key) is not None:
                given[key] = tuple(given[key])
        options = cls(**{key: value for key, value in given.items() if value is not None})
        options._check()
        return options

    @property
    def transcoded(self) -> str | None:
        """The encoding, where it is not UTF-8 anyway."""
        if self.encoding is None or codecs.lookup(self.encoding).name in _UTF8:
            return None
        return self.encoding

    def chosen(self, names: Sequence[str], label: str) -> list[str]:
        """Of a table's columns those that are wanted, in its order; an error where it lacks one."""
        if self.columns is None:
            return list(names)
        for column in self.columns:
            must_be_known(column, names, f"{label} has no column {column!r} to read", SourceError)
        return [name for name in names if name in self.columns]

    def must_suit(self, kind: str, label: str) -> None:
        """Refuse the options that say nothing about such a source, with the kinds they are for."""
        for each in fields(self):
            suits = WORDS[each.name][0]
            if not suits or kind in suits or getattr(self, each.name) == each.default:
                continue
            kinds = " or ".join(kinds_of(each.name, shown=0))
            raise SourceError(
                f"{flag_of(each.name)} was given, but {label} is not {kinds}",
                got=f"{each.name}={getattr(self, each.name)!r}",
                todo="leave it out",
            )

    def _check(self) -> None:
        one = {"separator": self.separator, "decimal": self.decimal, "thousands": self.thousands}
        for word, mark in one.items():
            if mark is not None and (len(mark) != 1 or mark in '"\r\n' or mark.isalnum()):
                raise _bad(word, mark, "one character that is no letter, digit, quote or line end")
        if self.separator is not None and not self.separator.isascii():
            raise _bad("separator", self.separator, "one ASCII character")
        if self.decimal == self.thousands:
            raise _bad("thousands", self.thousands, "another mark than decimal")
        if self.skip_rows < 0:
            raise _bad("skip_rows", self.skip_rows, "a number of lines")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError:
                expected = "a name that Python knows: utf-8, cp1252, latin-1, utf-16"
                raise _bad("encoding", self.encoding, expected) from None


def give(word: str, value: object) -> str:
    """How to give an option, in both worlds.

    >>> give("separator", ";"), give("header", False)
    ("--separator ';' (in Python separator=';')", '--no-header (in Python header=False)')
    """
    shown = "" if isinstance(value, bool) else f" {value!r}"
    return f"{flag_of(word)}{shown} (in Python {word}={value!r})"


def _bad(word: str, got: object, expected: str) -> SourceError:
    return SourceError(f"{flag_of(word)} cannot be that", got=repr(got), expected=expected)
