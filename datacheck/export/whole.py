"""An exported artefact appears whole and proven, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Give a name in a new folder beside `path`; what is written there takes its place at the end.

    The caller writes a file or makes a folder under the name that it is given, and may prove it
    there. If the block raises, nothing is left behind and whatever stood at `path` still stands.

    Raises
    ------
    SourceError
        If something stands at `path` and `force` is false, or `path` cannot be written.
    """
    path = Path(path)
    if os.path.lexists(path) and not force:
        raise SourceError(
            f"{path} exists already",
            todo="choose another name, or overwrite it with --force (force=True)",
        )
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise SourceError(
            f"{path} cannot be written",
            got=f"{path.parent}: {error.strerror or error}",
            expected="a folder that exists and can be written to",
            todo="make that folder, or choose another",
        ) from error
    try:
        beside = folder / path.name
        yield beside
        if path.is_dir() and not path.is_symlink():
            path.rename(folder / "before")
        beside.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
