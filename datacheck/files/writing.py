"""Whole or not at all: an output is written beside its place and renamed when it is complete.

Which folders are datacheck's own: only those may be replaced, with all that is in them.

A folder that is written here holds a list of its files with their sizes and, of small ones, their
digests. A folder with anything else in it (a note, an edited file, a link) holds somebody's work.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from datacheck.errors import SourceError
from datacheck.files.journal import hold, journal, path_of, recovering, signals_held
from datacheck.files.moves import Move, exchanged, new_token, put, remove, shut, to_disk
from datacheck.files.places import (
    as_it_was,
    file_target,
    folder_target,
    mode_of,
    must_differ,
    taken,
    unwritable,
    why,
    writing,
)


@contextmanager
def whole_file(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Give a name beside `path` to write to; it takes the place of `path` when the block ends.

    If the block raises, the part is removed, and what stood at `path` stands as it did. What it
    replaces gives it its mode. A link is followed. A `SourceError` says that the name is taken
    (without `force`), that its folder is missing or not writable, that it is a device or a folder,
    or that the disk fills.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "x.txt", force=False) as beside:
    ...     _ = beside.write_text("done")
    >>> [each.name for each in folder.iterdir()]
    ['x.txt']
    """
    with whole_files([path], force=force) as (beside,):
        yield beside


def write_text(path: str | Path, text: str, *, force: bool) -> None:
    """Write a text file as `whole_file` writes any."""
    write_files([(path, text)], force=force)


@contextmanager
def whole_files(paths: Sequence[str | Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Do the same for several outputs: none appears before all are complete."""
    targets = [file_target(path, force=force) for path in paths]
    must_differ(targets)
    moves = _planned(targets, folder=False, force=force)
    with _beside(moves, paths):
        with writing(_label(paths)):
            yield tuple(move.part for move in moves)
            for move in moves:
                as_it_was(move.part, mode_of(move.target))
                to_disk(move.part)
        _put_all(moves, paths)


def write_files(contents: Sequence[tuple[str | Path, str | bytes]], *, force: bool) -> None:
    """Write files that belong together as `whole_files` does: all of them, or none."""
    with whole_files([path for path, _ in contents], force=force) as beside:
        for part, (_, content) in zip(beside, contents, strict=True):
            if isinstance(content, bytes):
                part.write_bytes(content)
            else:
                part.write_text(content, encoding="utf-8", newline="\n")


def must_be_writable(paths: Sequence[str | Path], *, force: bool) -> None:
    """Refuse before long work what `whole_files` would refuse after it."""
    targets = [file_target(path, force=force) for path in paths]
    must_differ(targets)
    with _beside(_planned(targets, folder=False, force=force), paths):
        pass


@contextmanager
def whole_folder(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Do the same for a folder, replacing one of datacheck's own files with `force`."""
    with whole_folders([path], force=force) as (beside,):
        yield beside


@contextmanager
def whole_folders(
    paths: Sequence[str | Path], *, force: bool, own: Callable[[Path], bool] | None = None
) -> Iterator[tuple[Path, ...]]:
    """Do the same for several folders, `own` telling whose files are; all appear, or none."""
    targets = [_own_folder(path, force=force, own=own) for path in paths]
    must_differ(targets)
    moves = _planned(targets, folder=True, force=force)
    with _beside(moves, paths):
        with writing(_label(paths)):
            yield tuple(move.part for move in moves)
            for move in moves:
                if own is None:
                    write_manifest(move.part)
                as_it_was(move.part, mode_of(move.target))
                for each in (*move.part.rglob("*"), move.part):
                    if not each.is_symlink():
                        to_disk(each)
        for path in paths:  # something may have been put there meanwhile
            if force:
                _own_folder(path, force=force, own=own)
        _put_all(moves, paths)


def _own_folder(path: str | Path, *, force: bool, own: Callable[[Path], bool] | None) -> Path:
    target = folder_target(path, force=force)
    if target.exists():
        with writing(str(path)):
            must_be_own(target, path, own)
    return target


def _label(paths: Sequence[str | Path]) -> str:
    return " and ".join(str(path) for path in paths)


def _planned(targets: Sequence[Path], *, folder: bool, force: bool) -> list[Move]:
    token = new_token()
    return [Move(target, token, folder, force) for target in targets]


@contextmanager
def _beside(moves: Sequence[Move], paths: Sequence[str | Path]) -> Iterator[None]:
    """Make the parts, which shows before the work whether the folder takes them; remove them."""
    handles: list[int] = []
    try:
        with writing(_label(paths)):
            for move in moves:
                with signals_held(), recovering(move.target):
                    _make(move)
                    handles.append(hold(move.part))
        yield
    finally:
        with signals_held():
            for move in moves:
                if not os.path.lexists(path_of(move.target)):  # else the next run needs the part
                    remove(move.part)
            for handle in handles:
                shut(handle)


def _make(move: Move) -> None:
    if move.folder:
        move.part.mkdir()
        return
    move.part.touch(exist_ok=False)
    before = mode_of(move.target)
    if before is not None:  # what replaces a private file is private from the start
        move.part.chmod(stat.S_IMODE(before.st_mode) | stat.S_IWUSR | stat.S_IRUSR)


def _put_all(moves: Sequence[Move], paths: Sequence[str | Path]) -> None:
    """All at once: signals wait, and a failing rename undoes those before it."""
    try:
        with signals_held():
            if len(moves) == 1:
                _put_one(moves[0])
            else:
                _put_several(moves)
    except FileExistsError as error:
        raise taken(_label(paths)) from error
    except OSError as error:
        raise unwritable(_label(paths), why(error)) from error


def _put_one(move: Move) -> None:
    if not (move.folder and move.force and move.target.exists()):
        put(move, aside=False)
    elif exchanged(move.part, move.target):
        to_disk(move.target.parent)
    else:
        _put_several([move])


def _put_several(moves: Sequence[Move]) -> None:
    with journal(moves):
        for move in moves:
            put(move, aside=True)


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
    """Refuse to replace a folder with a file that, by `own` or its list, is not datacheck's."""
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
