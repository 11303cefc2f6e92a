"""What a command says, and where: results on standard output, the rest on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from threading import Event
    from typing import Any, TextIO

#: Work that takes less time than this, in seconds, is not announced.
PATIENCE = 0.7

#: The arguments that name what a verb writes, and those that name what it reads.
OUTPUTS = ("output", "html", "valid", "rejected", "log", "schema_out")
INPUTS = (
    *("data", "ref", "schema", "reference", "transform", "artefact"),
    *("old", "new", "model", "merge_into", "declaration", "related"),
)


def say(text: str) -> None:
    """Write a result to standard output; a reader that has gone away is no error."""
    try:
        _write(sys.stdout, text + "\n")
    except BrokenPipeError:
        _to_nowhere(sys.stdout)


class _Notes:
    """Whether notes are wanted: not of a command that is to be quiet, or that prints a document."""

    wanted = True


def set_verbosity(args: Namespace) -> None:
    """Heed how loud a command is to be."""
    _Notes.wanted = not args.quiet and args.format == "text"


def note(text: str) -> None:
    """Write one line to standard output, whatever the names in it hold, where it is wanted."""
    from datacheck.text import visible

    if _Notes.wanted:
        say(visible(text))


def answer(args: Namespace, document: dict[str, Any], *notes: str) -> None:
    """Say what was done: in lines, or as one JSON document."""
    if args.format == "json":
        import json

        from datacheck.report.plain import plain

        say(json.dumps(plain(document), indent=2, allow_nan=False, ensure_ascii=False))
    for line in notes:
        note(line)


def warn(*lines: str) -> None:
    """Write lines to standard error, whatever the names in them hold."""
    from datacheck.text import visible

    try:
        _write(sys.stderr, "datacheck: " + "\n".join(map(visible, lines)) + "\n")
    except OSError:  # nobody reads it: the exit code says it all the same
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO) -> None:
    """Python flushes a stream once more when it ends, which must not change the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def inputs_must_stay(args: Namespace) -> None:
    """Refuse, for every verb alike, an output that is one of its own inputs."""
    outputs = _given(args, OUTPUTS)
    if outputs:
        from datacheck.files import must_not_be_read

        must_not_be_read(outputs, _given(args, INPUTS))


def _given(args: Namespace, names: tuple[str, ...]) -> list[str]:
    """The words of these arguments: one each, or several."""
    found: list[str] = []
    for name in names:
        value = getattr(args, name, None)
        words = value if isinstance(value, list | tuple) else [value]
        found += [word for word in words if isinstance(word, str)]
    return found


def outputs_must_be_free(args: Namespace) -> None:
    """Refuse an output that cannot be written before the work that it takes, and not after."""
    from datacheck.files import must_be_writable

    paths = [getattr(args, name, None) for name in ("output", "html")]
    must_be_writable([path for path in paths if path is not None], force=args.force)


def write_text(path: str, text: str, *, force: bool) -> None:
    """Write a text file, whole or not at all."""
    write_files([(path, text)], force=force)


def write_files(contents: Sequence[tuple[str, str | bytes]], *, force: bool) -> None:
    """Write files that belong together: all of them, or none."""
    from datacheck import files

    files.write_files(contents, force=force)


class Progress:
    """How far some work has come: called with the number of rows read so far.

    A number that falls is the first of another pass over the data.
    """

    rows = _passed = _last = 0

    def __call__(self, rows: int) -> None:
        """Remember the number, for the next time that something is told."""
        if rows < self._last:
            self._passed += self._last
        self._last = rows
        self.rows = self._passed + rows

    def shown(self, seconds: float) -> str:
        """Seconds, and rows a second where rows are counted."""
        speed = f", {self.rows / seconds:,.0f} rows/s" if self.rows else ""
        return f"{seconds:.0f} s{speed}"


@contextmanager
def working(what: str) -> Iterator[Progress]:
    """While the block runs, tell a person at a terminal what takes so long, and since when."""
    progress = Progress()
    if sys.stderr is None or not sys.stderr.isatty():
        yield progress
        return
    from threading import Event, Thread

    done = Event()
    teller = Thread(target=_tell, args=(what, progress, done), daemon=True)
    teller.start()
    try:
        yield progress
    finally:
        done.set()
        teller.join()


def _tell(what: str, progress: Progress, done: Event) -> None:
    from datacheck.text import visible

    start, wait, told = monotonic(), PATIENCE, False
    what = _without_secrets(what)
    while not done.wait(wait):
        told_so_far = progress.shown(monotonic() - start)
        _write(sys.stderr, f"\r\x1b[K{visible(what)} ... {told_so_far}")
        wait, told = 1.0, True
    if told:
        _write(sys.stderr, "\r\x1b[K")


def _without_secrets(what: str) -> str:
    """What is done, without the user, the password and the parameters of addresses.

    >>> _without_secrets("checking postgresql://ann:p w@db/shop?password=x"), _without_secrets("a?")
    ('checking postgresql://db/shop', 'a?')
    """
    import re

    if "://" not in what:
        return what
    return re.sub(r"[?#]\S*", "", re.sub(r"://.*@", "://", what))


def _write(stream: TextIO | None, text: str) -> None:
    """Write whatever the stream's encoding; a letter that it lacks is escaped, never an error."""
    if stream is None:  # closed by whoever started the process
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
