"""The JavaScript export in Node: rows as JSON brings them, to one Float32Array."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.data import table_a
from benchmarks.fit_apply import FEW, robust_to_float32
from benchmarks.harness import Against, Contestant, Row, Timed, takes_at_most, times_as_fast, within

TITLE = "what a row of 20 columns costs in Node, exported to JavaScript"

SCRIPT = Path(__file__).with_suffix(".mjs")

#: How often a run goes through the rows: one pass is short and uneven.
PASSES = 10


def in_node(contestant: str, rows: int) -> Timed:
    """A contestant of the script, which lives as long as this process."""
    import datacheck as dc

    work = Path(tempfile.mkdtemp(prefix="datacheck-bench-"))
    transform = dc.fit(table_a(FEW), robust_to_float32())
    transform.export("javascript", work / "prepared")
    cells = table_a(max(rows, FEW)).head(rows).to_dicts()
    (work / "rows.json").write_text(json.dumps(cells), encoding="utf-8")
    node = subprocess.Popen(
        ["node", str(SCRIPT), contestant, str(work)],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def run() -> float:
        assert node.stdin is not None  # noqa: S101
        assert node.stdout is not None  # noqa: S101
        node.stdin.write(f"{PASSES}\n")
        node.stdin.flush()
        return float(node.stdout.readline())

    run()
    return Timed(run, rows * PASSES)


def batch(rows: int) -> Timed:
    return in_node("batch", rows)


def one(rows: int) -> Timed:
    return in_node("one", rows)


def hand(rows: int) -> Timed:
    return in_node("hand", rows)


def tensors(rows: int) -> Timed:
    return in_node("tensors", rows)


def same_sum(ours: Any, theirs: Any) -> str | None:
    """Whether the sums of all magnitudes agree as float32 results do."""
    apart = abs(ours - theirs) / abs(theirs)
    return None if apart <= 1e-5 else f"by {apart:.1e}"


BY_HAND = Contestant("a loop by hand, unchecked", hand)

ROWS = (
    Row(
        "a row among many: transformBatch",
        Contestant("datacheck", batch),
        (
            Against(None, takes_at_most(1e-6)),
            Against(BY_HAND, within(1.5)),
            Against(Contestant("TensorFlow.js tensors", tensors), times_as_fast(2)),
        ),
        20_000,
        agree=same_sum,
    ),
    Row(
        "a row alone: transform",
        Contestant("datacheck", one),
        (Against(BY_HAND),),
        20_000,
        agree=same_sum,
    ),
)
