r"""What polars would read otherwise than it stands in a file of JSON lines, or not at all.

A byte order mark is taken off. Half of a surrogate pair (`\ud83d` alone, as programs leave it that
cut text by its UTF-16 units) stands for no character: polars reads a NUL in its place, in silence.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SourceError
from datacheck.source.collecting import reading
from datacheck.source.copies import copied

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 24
#: Levels of lists and objects; over a few thousand, some versions of polars end the process.
DEEPEST = 256
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NESTING = re.compile(rb"[\[\]{}]")
_HALF = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def readable(path: str) -> str:
    """The file, or a copy of it without its byte order mark.

    A `SourceError` has the line of a text that holds half of a surrogate pair.
    """
    with reading(path), Path(path).open("rb") as file:
        marked = file.read(len(BOM_UTF8)) == BOM_UTF8
        file.seek(0)
        number = 0
        while lines := file.readlines(_BLOCK):
            data = b"".join(lines)
            if max(map(len, lines)) > DEEPEST:
                _must_be_shallow(path, lines, number)
            if b"\\ud" in data or b"\\uD" in data:
                _must_be_whole(path, lines, number)
            number += len(lines)
        return copied(path, "unmarked", _without_mark(path)) if marked else path


def _must_be_shallow(path: str, lines: list[bytes], before: int) -> None:
    for number, line in enumerate(lines, before + 1):
        if len(line) <= DEEPEST or line.count(b"[") + line.count(b"{") <= DEEPEST:
            continue
        depth = deepest = 0
        for mark in _NESTING.findall(_TEXT.sub(b"", line)):
            depth += 1 if mark in b"[{" else -1
            deepest = max(deepest, depth)
        if deepest > DEEPEST:
            raise SourceError(
                f"{path} is nested too deeply",
                got=f"{deepest:,} lists and objects within each other on line {number}",
                expected=f"at most {DEEPEST}",
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
