"""Where an output may stand, and every refusal that is known before anything is written.

No output is one of the inputs of the work that makes it, by whatever name or link.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import glob, has_magic
from pathlib import Path
from shutil import Error as SeveralErrors
from urllib.parse import unquote

from datacheck.errors import SourceError
from datacheck.files.companions import companions

#: What is said of an output that had no room, whoever noticed: here the operating system's numbers.
FULL = "the disk is full"
#: Links that are followed, as Linux does.
_LINKS = 40
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def as_path(given: object) -> Path:
    """What was given as the name of an output; a `SourceError` where it is no path."""
    name = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if isinstance(name, str) and name:
        return Path(expanded(name))
    raise SourceError(
        "an output has no name",
        got=repr(given) if given == "" else f"a {type(given).__name__}",
        expected="a path, as text or a pathlib.Path",
        todo="give the name of a file or a folder",
    )


def expanded(path: str) -> str:
    """A path from the home folder that it names; `~x.csv`, where nobody is called so, is a file."""
    return os.path.expanduser(path)  # noqa: PTH111 - pathlib's raises there


def file_target(given: str | Path, *, force: bool) -> Path:
    """The place of a file, behind any link; it must be free, or `force` given."""
    path = as_path(given)
    if str(given).endswith(os.sep):
        raise SourceError(
            f"cannot write {given}", got="the name of a folder", expected="the name of a file"
        )
    # Behind an open stream may stand a file, to which others write: the shell's `>`, a log.
    stream = _is_open_stream(path)
    target, mode = (path, stat.S_IFIFO) if stream else _resolved(path, force=force)
    if mode is not None and not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise SourceError(
            f"cannot write {path}",
            got=kind,
            expected="the name of a file",
            todo="name a file; an output is renamed into place, which needs one",
        )
    return target


def _is_open_stream(path: Path) -> bool:
    """Whether a name leads to what this process has open: `/dev/stdout`, `/dev/fd/1`, a link."""
    for _ in range(_LINKS):
        with suppress(OSError, ValueError, RuntimeError):
            path = path.parent.resolve() / path.name
        if re.fullmatch(r"/dev/fd|/proc/[^/]+(/task/[^/]+)?/fd", str(path.parent)):
            return True
        try:
            path = path.parent / path.readlink()
        except (OSError, ValueError):
            return False
    return False


def folder_target(given: str | Path, *, force: bool) -> Path:
    """The place of a folder, behind any link; errors as in `file_target`."""
    path = as_path(given)
    target, mode = _resolved(path, force=force)
    if mode is not None and not stat.S_ISDIR(mode):
        raise SourceError(
            f"cannot write the folder {path}", got="a file of that name", todo="choose another name"
        )
    here = _here()
    if target in {Path(expanded("~")).resolve(), here} or target in here.parents:
        raise SourceError(
            f"will not replace {path}",
            got="the current folder, one above it, or the home folder",
            expected="a folder of its own",
            todo="name a new folder",
        )
    return target


def _here() -> Path:
    try:
        return Path.cwd().resolve()
    except FileNotFoundError:  # it was removed: nothing stands in it
        return Path("/")


def must_differ(targets: list[Path]) -> None:
    """Refuse two outputs of one name, and one inside of another."""
    seen: set[Path] = set()
    for target in targets:
        if target in seen or any(above in targets for above in target.parents):
            raise SourceError(
                "two outputs have one name, or one lies inside the other",
                got=str(target),
                expected="a name for each output",
                todo="choose another name for one of them",
            )
        seen.add(target)


def mode_of(target: Path) -> os.stat_result | None:
    """Owner and mode of what stands there, so that what takes its place has them too."""
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def as_it_was(part: Path, before: os.stat_result | None) -> None:
    """Give a part the owner, where that may be given, and the mode of what it replaces."""
    if before is None:
        return
    now = part.stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(PermissionError):  # only root gives files away
            os.chown(part, before.st_uid, before.st_gid)
    part.chmod(stat.S_IMODE(before.st_mode))


def taken(path: str | Path) -> SourceError:
    """The error for a name that holds something already."""
    return SourceError(
        f"{path} exists already",
        expected="a new name",
        todo="choose another name, or overwrite it with --force (force=True)",
    )


def unwritable(path: str | Path, why: str) -> SourceError:
    """The error for an output that cannot be written."""
    return SourceError(
        f"cannot write {path}",
        got=why,
        expected="a folder that can be written to, with room for the output",
        todo="choose another folder, or make room; the outputs are as they were",
    )


@contextmanager
def writing(label: str) -> Iterator[None]:
    """Turn an error of the operating system into one about the output that has this name."""
    try:
        yield
    except OSError as error:
        raise unwritable(label, why(error)) from error


def why(error: OSError) -> str:
    """What the operating system says, in lower case."""
    if isinstance(error, SeveralErrors) and error.args and isinstance(error.args[0], list):
        # shutil's: of each file (from, to, "[Errno 28] No space left on device: 'from' -> 'to'")
        said = re.match(r"\[Errno (\d+)\]", str(error.args[0][0][-1]))
        error = OSError(int(said[1]), os.strerror(int(said[1]))) if said else error
    if error.errno in _FULL:
        return FULL
    return (error.strerror or str(error)).lower()


def _resolved(path: Path, *, force: bool) -> tuple[Path, int | None]:
    """The place behind any link, and the mode of what stands there."""
    try:
        target = path.resolve()
        there = os.path.lexists(path)
        missing = not target.parent.is_dir()
        mode = target.stat().st_mode if target.exists() else None
    except (ValueError, RuntimeError) as error:  # a NUL character; links in a circle
        raise unwritable(path, str(error)) from error
    except OSError as error:
        raise unwritable(path, why(error)) from error
    if there and not force:
        raise taken(path)
    if missing:
        raise SourceError(
            f"cannot write {path}",
            got=f"no folder {target.parent}",
            expected="a folder that exists",
            todo="make the folder first",
        )
    return target, mode


def must_not_be_read(outputs: Iterable[str | Path], inputs: Iterable[str | Path]) -> None:
    """Refuse an output that is an input, holds one, or is a file of a folder that is one."""
    read = [(name, place) for name in inputs for place in _places(os.fspath(name))]
    for output in outputs:
        place = _real(os.fspath(output)) if os.fspath(output) else None
        if place is None:
            continue
        for name, other in read:
            if _overlap(place, other):
                raise SourceError(
                    f"{output} is an input of this very work",
                    got=f"an output that would overwrite {name}",
                    expected="an output of another name",
                    todo="choose another name for the output",
                )


def _overlap(output: Path, read: Path) -> bool:
    if output == read or output in read.parents:
        return True
    if not (output.exists() and read.exists()):
        return False  # a new file in a folder that is read takes nothing away
    if read in output.parents or output.samefile(read):
        return True
    linked = map(Path.resolve, _linked_in(read))
    return any(output in each.parents or output.samefile(each) for each in linked if each.exists())


def _linked_in(folder: Path) -> Iterator[Path]:
    """The files in a folder that have another name too, by a link of either kind."""
    for each in folder.rglob("*"):
        if each.is_symlink() or (each.is_file() and each.stat().st_nlink > 1):
            yield each


def _places(name: str) -> Iterator[Path]:
    """The places that a name may mean: only those where something stands."""
    address = unquote(name.partition(":")[2].partition("?")[0]).removeprefix("//")
    candidates = [
        *(name, name.rpartition(":")[0], name.partition("=")[2]),
        *(address, address.removeprefix("/")),
    ]
    if has_magic(name):
        candidates += glob(expanded(name), recursive=True)  # noqa: PTH207
    for each in filter(None, candidates):
        place = _real(each)
        if place is not None and place.exists():
            yield place
            yield from filter(None, map(_real, map(str, companions(place))))


def _real(name: str) -> Path | None:
    try:
        place = Path(expanded(name)).resolve()
        place.exists()  # raises for a name that is too long
    except (OSError, ValueError, RuntimeError):
        return None
    return place
