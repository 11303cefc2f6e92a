"""Ends or fails a write at each of its steps, one after the other, and says what is left.

Run as a program, without polars, so that it may fork: ``interrupted.py FOLDER WORK HOW``. It prints
one JSON line a step: what stood there right after, and what after the next run has been there.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from datacheck.errors import SourceError
from datacheck.files import moves, recovered, whole_files, whole_folders

#: What a step of the work is: all that changes a folder, or waits for the disk.
EVENTS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "open"}

WORKS = {
    "a file": ["a"],
    "a new file": ["a"],
    "two files": ["a", "b"],
    "two files in two folders": ["x/a", "y/b"],
    "two new files": ["a", "b"],
    "a folder": ["a/"],
    "a folder by two renames": ["a/"],
    "two folders": ["a/", "b/"],
}


def prepare(folder: Path, work: str) -> None:
    """What stands there before."""
    for name in WORKS[work]:
        place = folder / name.rstrip("/")
        place.parent.mkdir(exist_ok=True)
        if "new" in work:
            continue
        if name.endswith("/"):
            with whole_folders([place], force=False) as (beside,):
                (beside / "sub").mkdir()
                (beside / "sub/data").write_text("old")
        else:
            place.write_text("old")


def run(folder: Path, work: str, text: str = "new") -> None:
    """The work itself."""
    places = [folder / name.rstrip("/") for name in WORKS[work]]
    if WORKS[work][0].endswith("/"):
        with whole_folders(places, force=True) as parts:
            for part in parts:
                (part / "sub").mkdir()
                (part / "sub/data").write_text(text)
        return
    with whole_files(places, force="new" not in work or text != "new") as parts:
        for part in parts:
            part.write_text(text)


def seen(folder: Path, work: str) -> list[str]:
    """The text under each name; ``-`` where nothing stands."""
    found = []
    for name in WORKS[work]:
        place = folder / (f"{name}sub/data" if name.endswith("/") else name)
        found.append(place.read_text() if place.exists() else "-")
    return found


def strays(folder: Path) -> list[str]:
    """Hidden names that are left."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob(".*")
        if path.name != ".datacheck.json"
    )


#: How a run ends that nothing touched, and one that came to its end though a step of it failed.
UNTOUCHED, WHOLE = 0, 6


def interrupt(step: int, how: str) -> Callable[[], bool]:
    """Let the step of this number go wrong; what is given says whether it has come to that."""
    count = 0

    def strike() -> None:
        nonlocal count
        count += 1
        if count != step:
            return
        if how == "fail":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.kill(os.getpid(), getattr(signal, how))

    def hook(event: str, _: object) -> None:
        if event in EVENTS:
            strike()

    for name in ("fsync", "write", "close"):
        before = getattr(os, name)

        def wrapped(*words, before=before):  # type: ignore[no-untyped-def]
            strike()
            return before(*words)

        setattr(os, name, wrapped)
    sys.addaudithook(hook)
    return lambda: count >= step


def child(folder: Path, work: str, step: int, how: str) -> int:
    """Run the work in a process of its own, interrupted; how it ended."""
    number = os.fork()
    if not number:
        code = UNTOUCHED
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if work.endswith("renames"):
            moves_exchanged()
        try:
            touched = interrupt(step, how)
            run(folder, work)
            code = WHOLE if touched() else UNTOUCHED
        except SourceError:
            code = 3
        except KeyboardInterrupt:
            code = 4
        except BaseException as error:  # noqa: BLE001
            print(type(error).__name__, error, file=sys.stderr)
            code = 5
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def moves_exchanged() -> None:
    """As on a system that cannot exchange two names in one step."""
    import datacheck.files.writing as module

    module.exchanged = lambda *_: False
    assert moves.exchanged is not module.exchanged


def main(top: Path, work: str, how: str) -> None:
    """Every step in turn, until the work comes to its end without being touched."""
    os.fsync = lambda _: None  # no power is cut here, and a disk takes its time
    for step in range(1, 500):
        folder = top / str(step)
        folder.mkdir()
        prepare(folder, work)
        code = child(folder, work, step, how)
        said = {"step": step, "code": code, "seen": seen(folder, work), "left": strays(folder)}
        for name in WORKS[work]:
            recovered(folder / name.rstrip("/"))
        said["settled"] = seen(folder, work)
        with suppress(SourceError):
            run(folder, work, "next")
        said["next"], said["strays"] = seen(folder, work), strays(folder)
        print(json.dumps(said))
        if code == UNTOUCHED:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
