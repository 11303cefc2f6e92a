"""What a killed run leaves beside its outputs, by which the next run completes or undoes it.

Each output has a journal beside it while several are renamed: a hidden file that its writer holds
locked. Its first line says what belongs together. The first output's journal is written last, and
that decides: before it nothing is renamed, and what is left is removed; after it the renames are
completed. If a rename fails, a second line there says that those before it are undone.

A journal names files of its own folder alone (others only to ask their journals), so that one that
a stranger has planted cannot reach beyond what is the stranger's already.

Signals wait while several renames become one step.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from datacheck.files.moves import Move, put, remove, shut, stem, to_disk, undo

FORMAT = "datacheck.journal"
#: A journal that is longer than this, in bytes, is none.
LONGEST = 2**16
UNDO = b"undo\n"
_TOKEN = 12


class Entry(NamedTuple):
    """A journal as it was read: the move of its own output, and all that belong together."""

    move: Move
    targets: tuple[Path, ...]
    undone: bool


def path_of(target: Path) -> Path:
    """Where a target's journal stands."""
    return target.with_name(f"{stem(target)}.journal")


@contextmanager
def journal(moves: Sequence[Move]) -> Iterator[Journal]:
    """Write down what belongs together, for the block; if it raises, renaming is undone."""
    ordered = sorted(moves, key=lambda move: move.target)
    with _locked([move.target for move in ordered]) as handles:
        written = Journal(ordered, handles)
        written.begin()
        try:
            yield written
        except BaseException:
            written.undo()
            raise
        written.end()


class Journal:
    """The journals of the outputs of one run, all locked."""

    def __init__(self, moves: Sequence[Move], handles: dict[Path, int]) -> None:
        self._moves = moves
        self._handles = handles

    def begin(self) -> None:
        """Decide: from here on, a crash is completed."""
        try:
            for move in reversed(self._moves):
                _append(self._handles[move.target], self._line(move))
                to_disk(move.target.parent)
        except BaseException:
            for move in self._moves:  # the one that decides goes first
                path_of(move.target).unlink(missing_ok=True)
            raise

    def undo(self) -> None:
        """Decide otherwise, and bring back what stood there, also where no word more fits."""
        with suppress(OSError):
            _append(self._handles[self._moves[0].target], UNDO)
        for move in reversed(self._moves):
            undo(move)
        self.end()

    def end(self) -> None:
        """All is done: the journal that decides goes last, and the next run removes what stays."""
        for move in reversed(self._moves):
            _clean(move)
            remove(path_of(move.target))

    def _line(self, move: Move) -> bytes:
        above = move.target.parent
        document = {
            "format": FORMAT,
            "token": move.token,
            "name": move.target.name,
            "folder": move.folder,
            "force": move.force,
            "targets": [os.path.relpath(each.target, above) for each in self._moves],
        }
        return json.dumps(document).encode() + b"\n"


def recovered(path: str | Path) -> None:
    """Complete or undo, where it can be, what a killed run left at a name that is to be read."""
    try:
        target = Path(path).resolve()
        if os.path.lexists(path_of(target)):
            with recovering(target):
                pass
    except (OSError, ValueError, RuntimeError):
        return


@contextmanager
def recovering(target: Path) -> Iterator[None]:
    """Complete or undo what killed runs left at a target, while other runs to it wait."""
    while True:
        left = _read(path_of(target))
        with _locked(sorted({target, *(left.targets if left else ())})):
            if _read(path_of(target)) != left:
                continue  # another run has been here meanwhile
            with signals_held():
                if left is not None:
                    _finish(left)
                _clear(target)
                if _size(path_of(target)):  # one that was cut off has decided nothing
                    path_of(target).unlink(missing_ok=True)
            yield
            return


def _finish(entry: Entry) -> None:
    first = _read(path_of(entry.targets[0]))
    decided = first is not None and first.move.token == entry.move.token
    for target in reversed(entry.targets):
        found = _read(path_of(target))
        if found is None or found.move.token != entry.move.token:
            continue  # nothing was written down there yet, or it is done
        if first is not None and decided:
            _replay(found.move, undone=first.undone)
        _clean(found.move)
        if target != entry.targets[0]:
            path_of(target).unlink(missing_ok=True)
    if decided:
        path_of(entry.targets[0]).unlink(missing_ok=True)


def _replay(move: Move, *, undone: bool) -> None:
    if undone:
        undo(move)
        return
    try:
        put(move, aside=True)
    except FileExistsError:
        return  # somebody has put something there since: it stays


def _clear(target: Path) -> None:
    """Remove the parts that no living run holds."""
    beginning = stem(target) + "."
    with os.scandir(target.parent) as listing:
        names = [entry.name for entry in listing if entry.name.startswith(beginning)]
    for name in names:
        part = target.with_name(name)
        kind = name.removeprefix(beginning)[_TOKEN:]
        if kind == ".before" or (kind.startswith(".part") and _free(part)):
            remove(part)


def _clean(move: Move) -> None:
    for left in (move.part, move.before):
        remove(left)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def hold(part: Path) -> int:
    """Mark a part as one of a living run, until the handle is closed."""
    handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with suppress(OSError):  # a file system without locks: then no part is ever cleared
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _free(part: Path) -> bool:
    """Whether a part is held by no run: none that lives holds a lock on it."""
    try:
        handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        shut(handle)
    return True


@contextmanager
def _locked(targets: Sequence[Path]) -> Iterator[dict[Path, int]]:
    """Hold the journals of some targets, always in one order; those left empty are removed."""
    with ExitStack() as stack:
        handles: dict[Path, int] = {}
        for target in targets:
            if target.parent.is_dir():
                handles[target] = stack.enter_context(_lock(path_of(target)))
        yield handles


@contextmanager
def _lock(path: Path) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        handle = os.open(path, flags, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            break  # a file system without locks
        except BaseException:
            shut(handle)
            raise
        if _same(handle, path):
            break
        shut(handle)  # whoever held it has removed it
    try:
        yield handle
    finally:
        with suppress(OSError):
            if os.fstat(handle).st_size == 0 and _same(handle, path):
                path.unlink(missing_ok=True)
        shut(handle)


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _append(handle: int, line: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_END)
    while line:  # a disk that fills takes a part, and refuses the next
        line = line[os.write(handle, line) :]
    os.fsync(handle)


def _read(path: Path) -> Entry | None:
    """A journal; None where there is none that is whole, which then has decided nothing."""
    try:
        if path.is_symlink() or not 0 < path.stat().st_size <= LONGEST:
            return None
        head, _, rest = path.read_bytes().partition(b"\n")
        said = json.loads(head)
        name, token, targets = said["name"], said["token"], said["targets"]
        folder, force = said["folder"] is True, said["force"] is True
        good = said["format"] == FORMAT and all(isinstance(each, str) for each in targets)
        good = good and len(bytes.fromhex(token)) * 2 == _TOKEN == len(token)
        target = path.with_name(name)
        places = tuple(Path(os.path.abspath(path.parent / each)) for each in targets)  # noqa: PTH100
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if not good or path_of(target) != path or target not in places:
        return None
    return Entry(Move(target, token, folder, force), places, undone=rest.startswith(UNDO))


#: What a person, a shell or a scheduler sends to end a process.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold what would end the process until the block is done, then let it come.

    Masking a thread is not enough: the system hands a signal to any thread, and Python then runs
    its handler in the main one. So the handlers themselves are put off. Other threads than the
    main one are never interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before: dict[int, Any] = {}
    try:
        for number in ENDING:
            handler = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, lambda caught, _: came.append(caught))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(came):
            signal.raise_signal(number)
