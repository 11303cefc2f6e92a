"""The process of one contestant: set up, then run at each line of standard input.

Each run is answered with one line of JSON: the seconds of one call, the peak of resident memory
while it ran in bytes, and its answer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import Timed, memory_group


def _peak() -> float:
    """The largest resident memory since `_reset_peak`, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return float(line.split()[1]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _limit(memory: str) -> None:
    """Have the kernel kill this process where it needs more memory (a control group of its own).

    Who may not make one is told so: then the peak that is measured has to do.
    """
    group = memory_group(os.getpid())
    try:
        group.mkdir()
        # Version 1 of control groups has a tree of its own for memory.
        name = "memory.limit_in_bytes" if group.parent.name == "memory" else "memory.max"
        (group / name).write_text(memory, encoding="ascii")
        (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    except OSError as error:
        print(f"  no limit of memory: {error}", file=sys.stderr)


def _plain(answer: Any) -> Any:
    """Only small answers that JSON holds are passed on; tables stay where they are."""
    try:
        return json.loads(json.dumps(answer))
    except TypeError:
        return None


def main(module: str, setup: str, size: str, memory: str) -> None:
    """Serve until standard input ends, with at most `memory` bytes of data, if it says any."""
    if memory:
        _limit(memory)
    # The libraries may print: the answers have a pipe that only this function knows.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    made = getattr(importlib.import_module(module), setup)(int(size))
    timed = made if isinstance(made, Timed) else Timed(made, 1)
    for _ in sys.stdin:
        gc.collect()
        _reset_peak()
        start = time.perf_counter()
        answer = timed.run()
        seconds = (time.perf_counter() - start) / timed.calls
        needed = {"seconds": seconds, "memory": _peak(), "answer": _plain(answer)}
        del answer
        answers.write(json.dumps(needed) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
