"""RESULTS.md: one section a topic, so a topic that runs alone leaves the others as they are."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from benchmarks.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.harness import Result

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
HEAD = """# Side by side

Written by `make bench`; README.md beside this says how. Times are medians; a ratio is the median
over rounds of our time to the peer's in the same round, and the least and the greatest of them
follow in parentheses (one round has no spread). The load is what the system counted as running or
waiting, this topic's own processes among it: times of a loaded machine compare with their row's.
"""
COLUMNS = ("work", "rows", "datacheck", "peer", "datacheck is", "goal", "verdict")
NAMED = ("polars", "numpy", "scikit-learn", "pandera", "duckdb", "onnxruntime", "dataframely")


def as_table(results: list[Result]) -> str:
    """The results as a Markdown table."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|---:|---:|---|---|---|---|"]
    for result in results:
        cells = (
            result.what,
            f"{result.size:,}",
            result.ours,
            result.peer,
            result.ratio,
            result.goal,
            result.verdict,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """What it ran on: without it a time says nothing."""
    versions = []
    for name in NAMED:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, Python {platform.python_version()}, {', '.join(versions)}"


def load_since(before: tuple[float, float, float]) -> str:
    """The system's load, in the minute before a topic began and in the last of it."""
    now = os.getloadavg()
    return f"load {before[0]:.1f} when it began, {now[0]:.1f} when it ended"


def write_section(
    topic: str, title: str, results: list[Result] | str, load: str, path: Path = RESULTS
) -> None:
    """Put a topic's table, or the text of its own, in the place of the one that was there.

    `load` says how busy the machine was.
    """
    table = results if isinstance(results, str) else as_table(results)
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sections = {part.split("\n", 1)[0]: part.strip() for part in parts[1:]}
    heading = f"## {topic}: {title}"
    kept = {key: part for key, part in sections.items() if not key.startswith(f"## {topic}:")}
    kept[heading] = f"{heading}\n\n{table}\n\nOn {machine()}; {load}."
    whole = "\n\n".join([HEAD.strip(), *(kept[key] for key in sorted(kept))]) + "\n"
    path.write_text(whole, encoding="utf-8")
