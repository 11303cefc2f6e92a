"""Every step of every kind of write, killed, interrupted and made to fail."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.interrupted import WHOLE, WORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HOWS = ("SIGKILL", "SIGINT", "SIGTERM", "SIGHUP", "fail")


def checks(seed: int) -> Iterator[tuple[str, str | None]]:
    """Each kind of write with each kind of end, once."""
    pairs = [(work, how) for work in WORKS for how in HOWS]
    for work, how in pairs[seed % len(pairs) :] + pairs[: seed % len(pairs)]:
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, "-m", "tests.support.interrupted", folder, work, how]
            run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        for line in run.stdout.splitlines():
            yield f"{how} at {line}", _wrong(json.loads(line), work, how)


def _wrong(said: dict[str, Any], work: str, how: str) -> str | None:
    many = len(WORKS[work])
    fine = [["-" if "new" in work else "old"] * many, ["new"] * many]
    if said["settled"] not in fine:
        return "old and new are mixed"
    if how in ("SIGINT", "fail") and said["seen"] not in fine:
        return "old and new are mixed at once"
    if how == "fail" and said["code"] and said["seen"] != fine[said["code"] == WHOLE]:
        return "it says that it failed, and did not, or the other way round"
    if said["next"] != ["next"] * many or said["strays"]:
        return "the next run leaves something"
    return None
