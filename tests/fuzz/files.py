"""Files with bytes changed, cut out, doubled or cut off, read in a process of their own.

Held: every row or a SourceError, in bounded time and memory, and nothing of polars' own on standard
error. Bytes inside of a cell may change its value, which no reader can know.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SMALL = pl.DataFrame({"x": [1.5, None, 3.25, 4.0], "s": ["a", "bc", None, "d"]})
LARGER = pl.DataFrame(
    {"i": range(3000), "f": np.linspace(0, 1, 3000), "t": ["a", "b", None] * 1000}
)

WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "plain.parquet": lambda frame, path: frame.write_parquet(path, compression="uncompressed"),
    "packed.parquet": lambda frame, path: frame.write_parquet(path, row_group_size=700),
    "plain.arrow": lambda frame, path: frame.write_ipc(path),
    "packed.arrow": lambda frame, path: frame.write_ipc(path, compression="zstd"),
    "shared.arrow": lambda frame, path: frame.cast({pl.String: pl.Categorical}).write_ipc(path),
    "book.xlsx": lambda frame, path: frame.write_excel(path),
    "text.csv.gz": lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode())),
    "stream.ipc": lambda frame, path: frame.write_ipc_stream(path),
}
#: Bits or harms that one process tries.
BATCH = 400
KINDLY = {"whole", "refused"}


def flips(seed: int) -> Iterator[tuple[str, str | None]]:
    """Every bit of small files, beginning with those that the seed picks."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        waiting = []
        for name, write in WRITERS.items():
            path = Path(folder, name)
            write(SMALL, path)
            bits = rng.permutation(8 * path.stat().st_size).tolist()
            waiting += [(path, bits[at : at + BATCH]) for at in range(0, len(bits), BATCH)]
        for place in rng.permutation(len(waiting)).tolist():
            path, bits = waiting[place]
            for bit, told in outcomes(path, bits).items():
                yield f"bit {bit} of {path.name}", None if told in KINDLY else told


def outcomes(path: Path, bits: list[int]) -> dict[int, str]:
    """What came of each bit; a process that ends is told of the bit where it did."""
    found: dict[int, str] = {}
    while len(found) < len(bits):
        words = [sys.executable, "-m", "tests.support.flipped", path, *map(str, bits[len(found) :])]
        run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            bit, _, told = line.partition(" ")
            found[int(bit)] = told or f"the process ended ({run.returncode}): {run.stderr[-200:]}"
        if run.returncode and not run.stdout:
            raise RuntimeError(run.stderr)
        if "panicked" in run.stderr and run.returncode == 0:
            found[bits[0]] = f"on standard error: {run.stderr[:200]}"
    return found


def harms(seed: int) -> Iterator[tuple[str, str | None]]:
    """Larger changes to larger files, each read once."""
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        while True:
            rng = np.random.default_rng([seed, number])
            number += 1
            name = str(rng.choice(list(WRITERS)))
            path = Path(folder, name)
            WRITERS[name](LARGER, path)
            raw = path.read_bytes()
            at, size = int(rng.integers(len(raw))), int(rng.integers(1, len(raw) // 2))
            kind = str(rng.choice(["cut out", "cut off", "doubled", "zeroed", "random"]))
            changed = {
                "cut out": raw[:at] + raw[at + size :],
                "cut off": raw[:at],
                "doubled": raw[: at + size] + raw[at:],
                "zeroed": raw[:at] + bytes(len(raw[at : at + size])) + raw[at + size :],
                "random": raw[:at] + rng.bytes(len(raw[at : at + size])) + raw[at + size :],
            }[kind]
            path.write_bytes(changed)
            words = [sys.executable, "-m", "tests.support.flipped", "--once", path, "3000"]
            run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
            told = (
                run.stdout.strip() or f"the process ended ({run.returncode}): {run.stderr[-200:]}"
            )
            yield f"{name} {kind} at {at} by {size}", None if told in KINDLY else told
