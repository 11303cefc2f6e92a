"""Which folders are datacheck's own: only those may be replaced, with all that is in them.

A folder that is written here holds a list of its files with their sizes and, of small ones, their
digests. A folder with anything else in it (a note, an edited file, a link) holds somebody's work.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The list's name; readers of data pass over names that begin with a dot.
MANIFEST = ".datacheck.json"
FORMAT = "datacheck.folder"

#: Files up to this size, in bytes, are known by their content and not by their size alone.
SMALL = 2**20
#: A list that is longer than this, in bytes, is not read.
LONGEST = 2**26


def write_manifest(folder: Path) -> None:
    """List what the folder holds."""
    files = {str(path.relative_to(folder)): _mark(path) for path in _within(folder)}
    text = json.dumps({"format": FORMAT, "version": 1, "files": files}, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def must_be_own(folder: Path, name: str | Path, own: Callable[[Path], bool] | None) -> None:
    """Refuse to replace a folder that holds a file that datacheck did not write.

    `own` tells of a file whether it did, where the files themselves say so; else the folder's list
    is asked.
    """
    listed = {} if own else _listed(folder)
    for path in _within(folder):
        relative = str(path.relative_to(folder))
        plain = path.is_file() and not path.is_symlink()
        if plain and (own(path) if own else listed.get(relative) == _mark(path)):
            continue
        raise SourceError(
            f"will not replace the folder {name}",
            got=f"{relative}, which datacheck did not write",
            expected="a new name, an empty folder, or one in which every file is datacheck's own",
            todo="choose another name, or move that file away or delete the folder yourself",
        )


def was_changed(folder: Path, name: str) -> bool:
    """Whether a file of a folder is not as the folder's list has it; False where none lists it."""
    listed = _listed(folder).get(name)
    path = folder / name
    return listed is not None and not (path.is_file() and listed == _mark(path))


def _within(folder: Path) -> Iterator[Path]:
    """Everything beneath a folder that is no plain folder; links are not followed."""
    for parent, folders, files in os.walk(folder, onerror=_raise):
        for name in sorted(files):
            path = Path(parent, name)
            if path != folder / MANIFEST:
                yield path
        yield from (Path(parent, name) for name in folders if Path(parent, name).is_symlink())


def _raise(error: OSError) -> None:
    raise error


def _mark(path: Path) -> list[int | str]:
    size = path.lstat().st_size
    if size > SMALL or not path.is_file():
        return [size]
    return [size, hashlib.sha256(path.read_bytes()).hexdigest()]


def _listed(folder: Path) -> dict[str, object]:
    """The files of the folder's list; none where it has no list that can be read."""
    path = folder / MANIFEST
    try:
        if path.is_symlink() or path.stat().st_size > LONGEST:
            return {}
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    good = isinstance(document, dict) and document.get("format") == FORMAT
    files = document.get("files") if good else None
    return files if isinstance(files, dict) else {}
