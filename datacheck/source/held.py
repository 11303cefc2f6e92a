"""What is known of files before they are read, to hold what was read against it.

A file that is replaced, cut or written to while it is read gives rows of two states, or fewer than
it has; a torn one may give some of its rows and no error. So each pass is held against the number
of rows that the files name, and the files against what they were when they were opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from datacheck.errors import SourceError
from datacheck.source.collecting import reading


class BrokenError(Exception):
    """Bytes that are not what their format says; never leaves this room."""


def torn(path: str, got: str) -> SourceError:
    """The error for such a file."""
    return SourceError(
        f"cannot read {path}: it is torn, or was changed after it was written",
        got=got,
        expected="a whole file",
        todo="copy or write the file again",
    )


class FileStamp(NamedTuple):
    """What tells one state of a file from another."""

    path: str
    device: int
    inode: int
    size: int
    changed: int  # nanoseconds


class OpenedState(NamedTuple):
    """Files as they were opened."""

    stamps: tuple[FileStamp, ...]
    #: How many rows they hold together, where that is known beforehand.
    rows: int | None = None

    def must_be_unchanged(self) -> None:
        """Refuse what was read of files that are no longer what they were, naming the first."""
        for before in self.stamps:
            now = stamp(before.path)
            if now != before:
                raise SourceError(
                    f"{before.path} changed while it was read",
                    got=_change(before, now),
                    expected="a file that stays as it is from the first pass to the last",
                    todo="wait for the program that writes it, or read a copy",
                )

    def must_be_all(self, name: str, rows: int) -> None:
        """Refuse fewer or more rows than the files hold, with both numbers."""
        if self.rows is not None and rows != self.rows:
            raise SourceError(
                f"not every row of {name} could be read",
                got=f"{rows:,} rows",
                expected=f"{self.rows:,}, as the files themselves say",
                todo="copy or write the file again: it is torn, or was changed",
            )


def stamps_of(paths: Sequence[str]) -> tuple[FileStamp, ...]:
    """The files as they are now."""
    return tuple(map(stamp, paths))


def stamp(path: str) -> FileStamp:
    """A file as it is now; a `SourceError` says that it is gone."""
    with reading(path):
        seen = Path(path).stat()
    return FileStamp(path, seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns)


def _change(before: FileStamp, now: FileStamp) -> str:
    if (before.device, before.inode) != (now.device, now.inode):
        return "another file of that name"
    if before.size != now.size:
        return f"{now.size:,} bytes, and {before.size:,} before"
    return "another time of change"


def lines_of(path: str, rows: int) -> int:
    """How many lines of a file hold something; line ends are counted first, which is fast."""
    ends, last = 0, b"\n"
    with reading(path), Path(path).open("rb") as file:
        while block := file.read(2**22):
            ends += block.count(b"\n")
            last = block[-1:]
        lines = ends + (last != b"\n")
        if lines == rows:
            return lines
        file.seek(0)
        return sum(1 for line in file if line.strip())
