"""Whole or not at all: an output is written beside its place and renamed when it is complete."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def whole_file(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Give a name beside `path` to write to; it takes the place of `path` when the block ends.

    If the block raises, the part is removed, and what stood at `path` stands as it did.

    Parameters
    ----------
    path
        Where the output belongs. A link is followed.
    force
        Overwrite what is there.

    Raises
    ------
    SourceError
        The name is taken and `force` is false, its folder is missing or not writable, it is a
        device or a folder, or the disk fills.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "x.txt", force=False) as beside:
    ...     _ = beside.write_text("done")
    >>> [each.name for each in folder.iterdir()]
    ['x.txt']
    """
    with whole_files([path], force=force) as (beside,):
        yield beside


def must_be_writable(path: str | Path, *, force: bool) -> None:
    """Refuse before long work what `whole_file` would refuse after it."""
    part = _beside(_file_target(Path(path), force=force))
    _probe(part, str(path))
    part.unlink()


@contextmanager
def whole_files(paths: Sequence[str | Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Do the same for several outputs: none appears before all are complete."""
    targets = [_file_target(Path(path), force=force) for path in paths]
    _must_differ(targets)
    parts = tuple(_beside(target) for target in targets)
    label = " and ".join(str(path) for path in paths)
    try:
        for part in parts:
            _probe(part, label)
        with _writing(label):
            yield parts
            for part in parts:
                _to_disk(part)
        for path in paths:
            _file_target(Path(path), force=force)  # something may have appeared meanwhile
        with _writing(label):
            for part, target in zip(parts, targets, strict=True):
                part.replace(target)
                _to_disk(target.parent)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Do the same for a folder: an empty one is made beside `path` and then takes its place.

    With `force`, a folder that stands there is replaced with all that it holds.
    """
    with whole_folders([path], force=force) as (beside,):
        yield beside


@contextmanager
def whole_folders(paths: Sequence[str | Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Do the same for several folders: none appears before all are complete."""
    targets = [_folder_target(Path(path), force=force) for path in paths]
    _must_differ(targets)
    parts = tuple(_beside(target) for target in targets)
    before = tuple(_beside(target) for target in targets)
    label = " and ".join(str(path) for path in paths)
    try:
        with _writing(label):
            for part in parts:
                part.mkdir()
            yield parts
            for part in parts:
                for each in part.rglob("*"):
                    _to_disk(each)
        for path in paths:
            _folder_target(Path(path), force=force)  # something may have appeared meanwhile
        with _writing(label):
            _moved(targets, before)
            for part, target in zip(parts, targets, strict=True):
                part.rename(target)
                _to_disk(target.parent)
    finally:
        _moved(before, targets)
        for left in (*parts, *before):
            shutil.rmtree(left, ignore_errors=True)


def _moved(places: Sequence[Path], others: Sequence[Path]) -> None:
    """Rename what stands there, where its other place is free."""
    for place, other in zip(places, others, strict=True):
        if place.exists() and not other.exists():
            place.rename(other)


def _must_differ(targets: list[Path]) -> None:
    twice = [target for target in targets if targets.count(target) > 1]
    if twice:
        raise SourceError(
            "two outputs have one name",
            got=str(twice[0]),
            expected="a name for each output",
            todo="choose another name for one of them",
        )


def unwritable(path: str | Path, why: str) -> SourceError:
    """The error for an output that cannot be written."""
    return SourceError(
        f"cannot write {path}",
        got=why,
        expected="a folder that can be written to, with room for the output",
        todo="choose another folder, or make room; nothing was left behind",
    )


def _file_target(path: Path, *, force: bool) -> Path:
    target, mode = _resolved(path, force=force)
    if mode is not None and not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device"
        raise SourceError(
            f"cannot write {path}",
            got=kind,
            expected="the name of a file",
            todo="name a file; an output is renamed into place, which needs one",
        )
    return target


def _folder_target(path: Path, *, force: bool) -> Path:
    target, mode = _resolved(path, force=force)
    if mode is not None and not stat.S_ISDIR(mode):
        raise SourceError(
            f"cannot write the folder {path}",
            got="a file of that name",
            todo="choose another name",
        )
    here = Path.cwd()
    if target == Path.home() or target == here or target in here.parents:
        raise SourceError(
            f"will not replace {path}",
            got="the current folder, one above it, or the home folder",
            expected="a folder of its own",
            todo="name a new folder",
        )
    return target


def _resolved(path: Path, *, force: bool) -> tuple[Path, int | None]:
    """The place behind any link, and the mode of what stands there."""
    try:
        target = path.resolve()
        taken = os.path.lexists(path)
        missing = not target.parent.is_dir()
        mode = target.stat().st_mode if target.exists() else None
    except ValueError as error:  # a NUL character
        raise unwritable(path, str(error)) from error
    except OSError as error:
        raise unwritable(path, _why(error)) from error
    if taken and not force:
        raise SourceError(
            f"{path} exists already",
            expected="a new name",
            todo="choose another name, or overwrite it with --force (force=True)",
        )
    if missing:
        raise SourceError(
            f"cannot write {path}",
            got=f"no folder {target.parent}",
            expected="a folder that exists",
            todo="make the folder first",
        )
    return target, mode


def _beside(target: Path) -> Path:
    """A new hidden name in the same folder, for a rename works only within one file system."""
    return target.with_name(f".{secrets.token_hex(6)}.part{target.suffix}")


def _probe(part: Path, label: str) -> None:
    """Find out before the work, and not after it, whether the folder takes a file."""
    with _writing(label):
        part.touch(exist_ok=False)


@contextmanager
def _writing(label: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(label, _why(error)) from error


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _to_disk(path: Path) -> None:
    """Have the file system write it out: after a power cut the name must not hold half a file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # some file systems cannot sync a folder
            raise
    finally:
        os.close(handle)
