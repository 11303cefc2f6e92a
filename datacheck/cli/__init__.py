"""The command line: one verb for each public function. This module turns errors into exit codes.

Exit codes: 0 nothing at or above ``--fail-on``; 1 findings at or above it; 2 wrong use, unreadable
input or any other error, with a message on standard error.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

FAILED = 2
INTERRUPTED = 130

#: New objects before cycles among them are looked for. A command makes hardly any, and where a
#: table has thousands of columns, to look after every 700 takes a tenth of its time.
BETWEEN = 10_000

#: Set to anything, it makes an unexpected error show where it arose.
TRACEBACK = "DATACHECK_TRACEBACK"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command (its words, or those of the process) and return its exit code."""
    interrupts = _Interrupts()
    if argv is None:
        gc.set_threshold(BETWEEN)
        _open_streams()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
                signal.signal(number, _end)
        interrupts.listen()
    try:
        code = _run(argv)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  # a panic of polars is no Exception
        if not interrupts.came:
            _complain(error, values="--no-values" not in (sys.argv if argv is None else argv))
        code = FAILED
    return interrupts.came or code


def _open_streams() -> None:
    """Put nothing behind standard streams that are closed, lest a file be opened in their place."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _run(argv: Sequence[str] | None) -> int:
    # Imported here, so that an interrupt meanwhile is met by whoever listens.
    from datacheck.cli.output import inputs_must_stay, set_verbosity
    from datacheck.cli.parser import build_parser

    args = build_parser().parse_args(argv)
    if not sys.warnoptions:
        import warnings

        warnings.simplefilter("ignore")
    inputs_must_stay(args)
    set_verbosity(args)
    code: int = args.run(args)
    return code


class _Interrupts:
    """Ctrl-C, whatever becomes of it: a module that is loading may turn it into another error.

    Python itself swallows one that comes while it clears something away.
    """

    came = 0

    def listen(self) -> None:
        """Be told of Ctrl-C, unless whoever started the process wants none of it."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._note)
            sys.unraisablehook = self._unraisable

    def _note(self, _number: int, _frame: object) -> None:
        self.came = INTERRUPTED
        raise KeyboardInterrupt

    def _unraisable(self, told: Any) -> None:
        if not self.came:
            sys.__unraisablehook__(told)


def _end(number: int, _: object) -> None:
    """Leave as an error does, for only then are the parts of unfinished outputs removed."""
    raise SystemExit(128 + number)


def _complain(error: BaseException, *, values: bool) -> None:
    """Say on standard error what went wrong, without a traceback."""
    from datacheck.cli.output import warn
    from datacheck.errors import DatacheckError

    if isinstance(error, DatacheckError):
        lines = error.said(values=values).split("\n")
    else:
        lines = _explained(error, values=values)
    if os.environ.get(TRACEBACK):
        import traceback

        if values:
            traceback.print_exception(error)
        else:
            lines = [*_places(error), *lines]
    warn(*lines)


def _places(error: BaseException | None) -> Iterator[str]:
    """Where an error arose, and each that it came from: what they say may be cells of a table."""
    from traceback import format_tb

    while error is not None:
        yield f"{type(error).__name__} (most recent call last):"
        yield from "".join(format_tb(error.__traceback__)).splitlines()
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


#: How polars, where it panics, and Python say so.
_NO_THREAD = ("failed to spawn", "can't start new thread")


def _explained(error: BaseException, *, values: bool) -> list[str]:
    said = str(error).split("\n") if values else ["..."]
    if isinstance(error, MemoryError):
        return ["not enough memory", "  to do: check a sample, or give columns a narrower type"]
    if any(each in str(error) for each in _NO_THREAD):
        return [
            "the system gives this process no more threads",
            "  to do: raise its limit (ulimit -u, pids.max), or set POLARS_MAX_THREADS=1",
        ]
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return [f"{error.strerror or said[0]}{where}"]
    return [
        f"this is a bug in datacheck, not in your data: {type(error).__name__}: {said[0]}",
        f"  to do: report it with what {TRACEBACK}=1 in the environment shows",
    ]
