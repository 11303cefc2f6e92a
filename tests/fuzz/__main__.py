"""Runs the fuzzers for a bounded time: ``python -m tests.fuzz [--seconds 300] [--seed 0]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from time import monotonic

from tests.fuzz import files, hidden, steps, tables

Checks = Callable[[int], Iterator[tuple[str, "str | None"]]]

FUZZERS: dict[str, Checks] = {
    "bits of small files": files.flips,
    "larger harm to files": files.harms,
    "steps of a write": steps.checks,
    "tables": tables.checks,
    "cells that are not to be shown": hidden.checks,
}
#: Failures that are shown of each.
SHOWN = 20


def run(name: str, seed: int, *, seconds: float = 1e9, most: int | None = None) -> list[str]:
    """What went wrong with one fuzzer, in a time or a number of checks."""
    start, count, wrong = monotonic(), 0, []
    for what, told in islice(FUZZERS[name](seed), most):
        count += 1
        if told is not None:
            wrong.append(f"{what}: {told}")
        if monotonic() - start > seconds:
            break
    print(f"{name}: {count:,} tried, {len(wrong):,} wrong, {monotonic() - start:.0f} s", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="for all fuzzers together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=FUZZERS)
    args = parser.parse_args()
    chosen = [args.only] if args.only else list(FUZZERS)
    failed = False
    for name in chosen:
        wrong = run(name, args.seed, seconds=args.seconds / len(chosen))
        for line in wrong[:SHOWN]:
            print(f"  {line}")
        failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
