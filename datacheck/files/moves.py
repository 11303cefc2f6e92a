"""One output into its place, and back: each step may be repeated after a crash without harm."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import NamedTuple


class Move(NamedTuple):
    """An output that is written beside its place."""

    #: Its place, behind any link.
    target: Path
    #: Names this run's part among those of other runs.
    token: str
    #: A folder, and not a file.
    folder: bool
    #: Replace what stands there.
    force: bool

    @property
    def part(self) -> Path:
        """Where it is written: a hidden name of the same end, in the same folder."""
        return self.target.with_name(f"{stem(self.target)}.{self.token}.part{self.target.suffix}")

    @property
    def before(self) -> Path:
        """Where what stood there waits until all is done."""
        return self.target.with_name(f"{stem(self.target)}.{self.token}.before")


def new_token() -> str:
    """A name that no other run has."""
    return secrets.token_hex(6)


def stem(target: Path) -> str:
    """How the hidden names begin that belong to a target; of bounded length."""
    return "." + hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]


def put(move: Move, *, aside: bool) -> None:
    """Let the part take its place; what stood there is kept `aside` for `undo`."""
    if move.folder:
        _put_folder(move)
    elif os.path.lexists(move.part):
        if not move.force:
            _put_new(move)
        else:
            if aside and not os.path.lexists(move.before) and os.path.lexists(move.target):
                _keep(move)
            move.part.replace(move.target)
        remove(move.part)  # of two names of one file a rename leaves both
    to_disk(move.target.parent)


def undo(move: Move) -> None:
    """Bring back what stood there; the part, or what is left of it, may be removed then."""
    if os.path.lexists(move.before):
        if move.folder and move.target.exists():
            move.target.rename(move.part)
        move.before.replace(move.target)
        remove(move.before)
    elif not os.path.lexists(move.target):
        return
    elif not os.path.lexists(move.part):
        move.target.rename(move.part)
    elif move.part.samefile(move.target):
        move.target.unlink()
    to_disk(move.target.parent)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def shut(handle: int) -> None:
    """Close what was locked or read: an error that comes now is none of what was written."""
    with suppress(OSError):
        os.close(handle)


def to_disk(path: Path) -> None:
    """Have it written out, against a power cut; some file systems cannot for a folder."""
    with suppress(OSError) if path.is_dir() else nullcontext():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            shut(handle)


def _put_new(move: Move) -> None:
    """A link fails where the name is taken meanwhile; a rename would replace what is there."""
    try:
        os.link(move.part, move.target)
    except FileExistsError:
        if not move.part.samefile(move.target):
            raise
    except OSError:  # a file system without links
        if os.path.lexists(move.target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        move.part.rename(move.target)


def _keep(move: Move) -> None:
    try:
        os.link(move.target, move.before)
    except OSError:  # a file system without links
        move.target.rename(move.before)


def _put_folder(move: Move) -> None:
    """Set aside what stands there, and take its place: two renames, which the journal joins."""
    if not os.path.lexists(move.part):
        return  # done before a crash
    if os.path.lexists(move.target):
        if not move.force:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not os.path.lexists(move.before):
            move.target.rename(move.before)
    move.part.rename(move.target)


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step (Linux's renameat2); whether the system did."""
    if sys.platform != "linux":
        return False
    import ctypes

    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)
