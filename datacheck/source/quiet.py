"""polars tells of a panic on standard error, in its own words; here it is told in datacheck's.

A thread of polars that panics writes to the process's file descriptor 2 before the error reaches
Python. While a table is read, that descriptor leads to a file in memory; what else was written
there is passed on.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import RLock

#: What a panic's text begins with, and what its first line holds.
BEGINNING, MARK = b"thread '", b" panicked at "
_ERR = 2


class _Held:
    """The one redirection of the process, for as many readers as there are at a time."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.readers = 0
        self.saved = self.file = -1
        self.panicked = False

    def begin(self) -> None:
        with self.lock:
            if self.readers == 0 and _is_open(_ERR):
                self.saved, self.panicked = os.dup(_ERR), False
                self.file = _memory()
                os.dup2(self.file, _ERR)
            self.readers += 1

    def end(self) -> None:
        with self.lock:
            self.readers -= 1
            if self.readers == 0 and self.saved >= 0:
                os.dup2(self.saved, _ERR)
                self.flush()
                os.close(self.saved)
                os.close(self.file)
                self.saved = self.file = -1

    def flush(self) -> None:
        """Pass on what was written, but for panics."""
        with self.lock:
            if self.saved < 0:
                return
            size = os.lseek(self.file, 0, os.SEEK_END)
            if not size:
                return
            text = os.pread(self.file, size, 0)
            os.ftruncate(self.file, 0)
            os.lseek(self.file, 0, os.SEEK_SET)
            told, panic = without_panics(text)
            if not self.panicked:  # what follows is the panic's own, up to a backtrace
                with suppress(OSError):
                    os.write(self.saved, told)
            self.panicked |= panic

    def forked(self) -> None:
        """A child has no reader of its own: its standard error is what it was."""
        self.lock = RLock()
        if self.saved >= 0:
            os.dup2(self.saved, _ERR)
        self.readers, self.saved, self.file = 0, -1, -1


_HELD = _Held()
os.register_at_fork(after_in_child=_HELD.forked)


def _is_open(descriptor: int) -> bool:
    """Whether a descriptor is standard error and not closed, or taken by something else since."""
    if sys.__stderr__ is None:
        return False
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def without_panics(text: bytes) -> tuple[bytes, bool]:
    r"""A text up to where the first panic is told, and whether one is.

    >>> without_panics(b"warm\n\nthread 'x' (7) panicked at y.rs:1:2:\nassertion failed\n")
    (b'warm\n', True)
    """
    before, found, _ = text.partition(MARK)
    if found and BEGINNING in before:
        return before.rpartition(BEGINNING)[0].removesuffix(b"\n"), True
    return text, False


@contextmanager
def panics_held() -> Iterator[None]:
    """While the block runs, no panic of polars is written to standard error."""
    try:
        _HELD.begin()
    except OSError:  # the process has no standard error
        yield
        return
    try:
        yield
    finally:
        _HELD.end()


def pass_on() -> None:
    """Pass on now what others have written to standard error while it was held."""
    _HELD.flush()


def _memory() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("datacheck", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
