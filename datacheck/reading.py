"""The words of `datacheck.read` as one table: flags, their help and refusals are made of it."""

from __future__ import annotations

#: The kinds of source that some words are for alone, as an error names them and as a help does.
KINDS: dict[str, tuple[str, str]] = {
    "csv": ("CSV", "text"),
    "tsv": ("TSV", "text"),
    "excel": ("an Excel workbook", "Excel"),
    "database": ("a database", "databases"),
}
_TEXT, _SHEETS = ("csv", "tsv"), ("csv", "tsv", "excel")

#: By word: the kinds that it is for (all, if it names none); what stands behind its flag (nothing,
#: if that is None) and of which type, `list` for several; and what it does.
WORDS: dict[str, tuple[tuple[str, ...], str | None, type, str]] = {
    "query": (("database",), "SQL", str, "the SELECT to run"),
    "separator": (_TEXT, "MARK", str, "what parts the cells (default: a comma; in .tsv a tab)"),
    "decimal": (_TEXT, "MARK", str, "the mark before the decimals (default: a point)"),
    "thousands": (_TEXT, "MARK", str, "the mark between groups of three digits (default: none)"),
    "encoding": (_TEXT, "NAME", str, "their encoding, such as cp1252 (default: utf-8)"),
    "header": (_SHEETS, None, bool, "the first line is a row, not names"),
    "skip_rows": (_SHEETS, "N", int, "lines to skip before the header"),
    "sheet": (("excel",), "NAME", str, "the sheet, by its name or its number from 0"),
    "null_values": (_SHEETS, "CELL", list, "cells to read as null"),
    "columns": ((), "COL", list, "the columns to read"),
    "name": ((), "NAME", str, "what reports call the table"),
}


def flag_of(word: str) -> str:
    """A word as the command line has it.

    >>> flag_of("skip_rows"), flag_of("header")
    ('--skip-rows', '--no-header')
    """
    return "--" + ("no-" if word == "header" else "") + word.replace("_", "-")


def kinds_of(word: str, *, shown: int) -> list[str]:
    """The kinds that a word is for, as an error (0) or as a help (1) names them."""
    return list(dict.fromkeys(KINDS[kind][shown] for kind in WORDS[word][0]))
