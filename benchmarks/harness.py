"""How a row of the table is measured.

Every contestant runs in a process of its own, on the same data: it sets up, runs once unmeasured,
then waits. The parent lets them run in turns (A B C, A B C, ...), so that a machine that becomes
slower or warmer meets all alike. A ratio is the median of the rounds' ratios; its spread is the
least and the greatest of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent


class Timed(NamedTuple):
    """What a contestant's set-up may return in place of a function: one run makes `calls` calls."""

    run: Callable[[], Any]
    calls: int


def repeated(work: Callable[[], Any], calls: int) -> Timed:
    """What is too short to be timed alone, so many times."""

    def run() -> None:
        for _ in range(calls):
            work()

    return Timed(run, calls)


@dataclass(frozen=True)
class Contestant:
    """One way to do the work.

    Parameters
    ----------
    name
        As the table shows it.
    setup
        A function of a topic's module: given the size, it prepares the data and returns the
        function that is timed. What that returns, if JSON holds it, is the answer.
    environment
        The virtual environment whose Python runs it; None is the one that runs the harness.
    memory
        Bytes that the kernel lets its process have (a control group); beyond them it is killed.
        None is no limit.
    """

    name: str
    setup: Callable[[int], Callable[[], Any] | Timed]
    environment: str | None = None
    memory: int | None = None


class Goal(NamedTuple):
    """What a comparison must reach: `value` of `measure` at most `limit`."""

    measure: str
    limit: float
    words: str


def times_as_fast(times: float) -> Goal:
    """Ours takes at most 1/`times` of the peer's time."""
    return Goal("time ratio", 1 / times, f"{times:g} times as fast")


def within(times: float) -> Goal:
    """Ours takes at most `times` the peer's time."""
    return Goal("time ratio", times, f"within {times:g} times")


def adds_at_most(seconds: float) -> Goal:
    """Ours takes at most `seconds` more than the peer."""
    return Goal("time added", seconds, f"adds at most {seconds * 1e3:g} ms")


def takes_at_most(seconds: float) -> Goal:
    """Ours takes at most `seconds`, whatever the peer takes."""
    return Goal("time", seconds, f"at most {show_seconds(seconds)}")


def memory_share(share: float) -> Goal:
    """Ours needs at most this share of the peer's memory."""
    return Goal("memory ratio", share, f"{share:g} of the memory")


def memory_at_most(gigabytes: float) -> Goal:
    """Ours needs at most so much resident memory, the data among it."""
    return Goal("memory", gigabytes * 1e9, f"at most {gigabytes:g} GB")


@dataclass(frozen=True)
class Against:
    """A peer and what is to be reached; without a peer, a limit on our own run alone."""

    peer: Contestant | None
    goal: Goal | None = None


@dataclass(frozen=True)
class Row:
    """A piece of work, ours and theirs.

    Parameters
    ----------
    what
        The work, in a few words.
    ours, against
        Who does it.
    size
        Rows of the table that the set-ups are given.
    rounds
        How often each runs, measured.
    agree
        Given our answer and a peer's: what differs, or None. It is asked of every peer.
    """

    what: str
    ours: Contestant
    against: tuple[Against, ...]
    size: int
    rounds: int = 5
    agree: Callable[[Any, Any], str | None] | None = None


@dataclass(frozen=True)
class Runs:
    """What one contestant needed, round by round, and the answer of its first round."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)


class Result(NamedTuple):
    """One line of the table."""

    what: str
    size: int
    ours: str
    peer: str
    ratio: str
    goal: str
    verdict: str


class FailedError(Exception):
    """A contestant could not do the work."""


def memory_group(pid: int) -> Path:
    """Where the control group of a process with a limit of memory is."""
    root = Path("/sys/fs/cgroup")
    tree = root / "memory"
    return (tree if tree.is_dir() else root) / f"benchmark-{pid}"


class Process:
    """A contestant in its own process, which runs when it is told to."""

    def __init__(self, contestant: Contestant, size: int) -> None:
        self.name = contestant.name
        python = sys.executable
        if contestant.environment is not None:
            subprocess.run(["make", "-s", f"{contestant.environment}/.ready"], cwd=ROOT, check=True)  # noqa: S607
            python = str(ROOT / contestant.environment / "bin" / "python")
        setup = contestant.setup
        arguments = [setup.__module__, setup.__name__, str(size), str(contestant.memory or "")]
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self) -> dict[str, Any]:
        """Let it run once, and say what it needed."""
        pipes = self._process
        assert pipes.stdin is not None  # noqa: S101
        assert pipes.stdout is not None  # noqa: S101
        try:
            pipes.stdin.write("run\n")
            pipes.stdin.flush()
        except BrokenPipeError:
            raise FailedError(self.name) from None
        line = pipes.stdout.readline()
        if not line:
            raise FailedError(self.name)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let the process go, and its control group if it had one."""
        self._process.communicate(timeout=60)
        with suppress(OSError):
            memory_group(self._process.pid).rmdir()


def answer(contestant: Contestant, size: int) -> Any:
    """What a contestant answers, where no time is measured; None where it does not run."""
    process = Process(contestant, size)
    try:
        return process.run()["answer"]
    except FailedError:
        return None
    finally:
        process.end()


def same_count(ours: Any, theirs: Any) -> str | None:
    """Whether two contestants have counted the same."""
    return None if ours == theirs else f"{ours} against {theirs}"


def made_once(name: str, make: Callable[[Path], Iterable[dict[str, Any]]]) -> Path:
    """A folder of inputs, and what was made where in its manifest: made once, the same for all."""
    folder = ROOT / ".cache" / name
    manifest = folder / "manifest.json"
    if not manifest.exists():
        folder.mkdir(parents=True, exist_ok=True)
        manifest.write_text(json.dumps(list(make(folder))), encoding="utf-8")
    return folder


def measure(row: Row, *, rows: int | None = None, rounds: int | None = None) -> list[Result]:
    """Run one row, at most `rows` large and at most `rounds` times; compare ours with each peer."""
    size = min(row.size, rows or row.size)
    peers = [against.peer for against in row.against if against.peer is not None]
    contestants = list(dict.fromkeys([row.ours, *peers]))
    runs = _alternate(contestants, size, min(row.rounds, rounds or row.rounds))
    return [_compare(row, against, runs, size) for against in row.against]


def _alternate(contestants: list[Contestant], size: int, rounds: int) -> dict[str, Runs]:
    """Let them all run in turns. Who fails is left out of what is returned."""
    runs = {contestant.name: Runs() for contestant in contestants}
    processes = [Process(contestant, size) for contestant in contestants]
    try:
        for turn in range(rounds + 1):
            for process in list(processes):
                try:
                    needed = process.run()
                except FailedError:
                    print(f"  {process.name} failed", file=sys.stderr)
                    runs.pop(process.name)
                    processes.remove(process)
                    process.end()
                    continue
                if turn:
                    runs[process.name].seconds.append(needed["seconds"])
                    runs[process.name].memory.append(needed["memory"])
                    runs[process.name].answers.append(needed["answer"])
    finally:
        for process in processes:
            process.end()
    return runs


def _compare(row: Row, against: Against, runs: dict[str, Runs], size: int) -> Result:
    peer = against.peer
    goal = against.goal.words if against.goal else ""
    ours = runs.get(row.ours.name)
    theirs = runs.get(peer.name) if peer is not None else None
    if ours is None or (peer is not None and theirs is None):
        shown = peer.name if peer is not None else ""
        return Result(row.what, size, "", shown, "", goal, "failed to run")
    values = _values(ours, theirs)
    verdict = ""
    if against.goal is not None:
        value = values[against.goal.measure]
        verdict = "reached" if value <= against.goal.limit else "MISSED"
    if row.agree is not None and theirs is not None:
        differs = row.agree(ours.answers[0], theirs.answers[0])
        verdict = f"{verdict}; {'DIFFERS: ' + differs if differs else 'same answer'}".lstrip("; ")
    about_memory = against.goal is not None and "memory" in against.goal.measure
    show = _show_memory if about_memory else _show_time
    ratio = ""
    if theirs is not None:
        rounds = _ratios(ours, theirs)
        ratio = show_ratio([values["memory ratio"]] if about_memory else rounds)
    return Result(
        row.what,
        size,
        show(ours),
        f"{peer.name}: {show(theirs)}" if peer is not None and theirs is not None else "",
        ratio,
        goal,
        verdict,
    )


def _values(ours: Runs, theirs: Runs | None) -> dict[str, float]:
    values = {"time": median(ours.seconds), "memory": max(ours.memory)}
    if theirs is not None:
        values["time ratio"] = median(_ratios(ours, theirs))
        pairs = zip(ours.seconds, theirs.seconds, strict=True)
        values["time added"] = median(a - b for a, b in pairs)
        values["memory ratio"] = max(ours.memory) / max(theirs.memory)
    return values


def _ratios(ours: Runs, theirs: Runs) -> list[float]:
    """Our time to theirs, round by round."""
    return [a / b for a, b in zip(ours.seconds, theirs.seconds, strict=True)]


def _show_time(runs: Runs) -> str:
    return show_seconds(median(runs.seconds))


def _show_memory(runs: Runs) -> str:
    return f"{max(runs.memory) / 1e6:,.0f} MB"


def show_seconds(seconds: float) -> str:
    """A time with its unit, three digits long."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def show_ratio(ratios: list[float]) -> str:
    """The median of ratios of ours to theirs, in the words of the goals, and their spread.

    >>> show_ratio([0.5, 0.4, 0.8])
    '2 times better (1.25 to 2.5)'
    >>> show_ratio([1.2])
    '1.2 times as much'
    """
    middle = median(ratios)
    better = middle < 1
    shown = sorted(1 / ratio if better else ratio for ratio in ratios)
    words = f"{1 / middle if better else middle:.3g} times {'better' if better else 'as much'}"
    return words if len(ratios) == 1 else f"{words} ({shown[0]:.3g} to {shown[-1]:.3g})"
