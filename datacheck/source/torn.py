"""The refusal of a file whose own numbers contradict each other."""

from __future__ import annotations

from datacheck.errors import SourceError


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
