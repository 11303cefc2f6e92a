r"""What polars would read otherwise than it stands in a file of JSON lines, or not at all.

A byte order mark is taken off. Half of a surrogate pair (`\ud83d` alone, as programs leave it that
cut text by its UTF-16 units) stands for no character: polars reads a NUL in its place, in silence.

A key that stands twice in one JSON object: readers keep one of the two values in silence. polars
keeps the first, Python the last; nobody knows which was meant, so such a file is refused.

Polars 1.36 to 2.1 are so; `tests/unit/source/test_torn.py` fails with one that is not.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from datacheck.errors import SourceError
from datacheck.limits import DEEPEST_CELL
from datacheck.source.collecting import reading
from datacheck.source.copies import copied
from datacheck.text import briefly

_BLOCK = 1 << 24
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NESTING = re.compile(rb"[\[\]{}]")
_HALF = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def readable(path: str) -> str:
    """The file, or a copy of it without its byte order mark; half a surrogate pair is refused."""
    with reading(path), Path(path).open("rb") as file:
        marked = file.read(len(BOM_UTF8)) == BOM_UTF8
        file.seek(0)
        number = 0
        while lines := file.readlines(_BLOCK):
            data = b"".join(lines)
            if max(map(len, lines)) > DEEPEST_CELL:
                _must_be_shallow(path, lines, number)
            if b"\\ud" in data or b"\\uD" in data:
                _must_be_whole(path, lines, number)
            number += len(lines)
        return copied(path, "unmarked", _without_mark(path)) if marked else path


def _must_be_shallow(path: str, lines: list[bytes], before: int) -> None:
    for number, line in enumerate(lines, before + 1):
        if len(line) <= DEEPEST_CELL or line.count(b"[") + line.count(b"{") <= DEEPEST_CELL:
            continue
        depth = deepest = 0
        for mark in _NESTING.findall(_TEXT.sub(b"", line)):
            depth += 1 if mark in b"[{" else -1
            deepest = max(deepest, depth)
        if deepest > DEEPEST_CELL:
            raise SourceError(
                f"{path} is nested too deeply",
                got=f"{deepest:,} lists and objects within each other on line {number}",
                expected=f"at most {DEEPEST_CELL}",
                todo="write a table of it: cells, or lists and objects of a few levels",
            )


def _without_mark(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        file.seek(len(BOM_UTF8))
        while block := file.read(_BLOCK):
            yield block


def _must_be_whole(path: str, lines: list[bytes], before: int) -> None:
    for number, line in enumerate(lines, before + 1):
        if half := _HALF.search(line):
            raise SourceError(
                f"{path} holds half of a character",
                got=f"{half[0][-6:].decode()} on line {number}, which is one of a pair",
                expected="both surrogates of a pair, or the character itself",
                todo="mend the program that cut the text there: it counts UTF-16 units",
            )


#: Bytes of NDJSON that are looked at together; a line that is longer is looked at whole.
_TOGETHER = 2**24
#: What may be a key; a string's end, what follows and the next one's beginning may look like one.
_KEY = r'"(?:[^"\\]|\\.)*"\s*:'
#: What stands between two of them: no JSON text holds it.
_BETWEEN = "\0"


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its keys and values, for `json.loads`; a `KeyTwiceError` has the key."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise KeyTwiceError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return made


class KeyTwiceError(ValueError):
    """A key that stands twice in one object."""


def refused(path: str, key: object, where: str) -> SourceError:
    """The error for an object with a key that stands twice in it."""
    return SourceError(
        f"{path} holds a key twice in one object",
        got=f"{briefly(str(key), 60)} {where}",
        expected="each key once: of two values under one name, no reader can tell which is meant",
        todo="mend the program that writes it, or give the second value a name of its own",
    )


def must_be_once(path: str, cells: int) -> None:
    """Refuse NDJSON in which an object has a key twice, unless as many `cells` clear it."""
    with reading(path):
        if _keys_in(path) == cells:
            return
        number = 0
        for lines in _blocks(path):
            for at in _suspects(lines):
                _check(path, lines[at], number + at + 1)
            number += len(lines)


def _keys_in(path: str) -> int | None:
    """The keys of a file without nulls and without space behind its keys; None for any other."""
    keys = 0
    with Path(path).open("rb") as file:
        before = b""
        while data := file.read(_TOGETHER):
            both = before + data
            if any(mark in both for mark in (b"null", b'" :', b'"\t:', b'"\r:', b'\\"')):
                return None
            keys += both.count(b'":') - before.count(b'":')
            before = both[-8:]
    return keys


def _blocks(path: str) -> Iterator[list[str]]:
    with Path(path).open("rb") as file:
        while lines := file.readlines(_TOGETHER):
            yield [line.decode("utf-8", "replace") for line in lines]


def _suspects(lines: list[str]) -> list[int]:
    """The lines whose keys are not each another; most lines have the keys of the one before."""
    keys = pl.Series(lines).str.extract_all(_KEY).list.join(_BETWEEN)
    odd = [each for each in keys.unique().to_list() if not _apart(each.split(_BETWEEN))]
    return keys.is_in(odd).arg_true().to_list() if odd else []


def _apart(keys: list[str]) -> bool:
    """Whether these are different keys for sure, each written as it is read."""
    plain = all("\\" not in key and key[1:2] not in set(",:]} \t") for key in keys)
    return plain and len({key.rstrip(": \t") for key in keys}) == len(keys)


def _check(path: str, line: str, number: int) -> None:
    try:
        json.loads(line, object_pairs_hook=once)
    except KeyTwiceError as error:
        raise refused(path, repr(error.args[0]), f"on line {number}") from None
    except (ValueError, RecursionError):
        return  # told by who reads it
