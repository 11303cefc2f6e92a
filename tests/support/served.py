"""What tests of served transforms share: a script run in Node, and columns as ONNX is fed them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path


def in_node(folder: Path, script: str, given: Any) -> Any:
    """The last line that a script prints, as JSON; `process.argv[2]` names what it is given."""
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    (folder / "script.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["node", str(folder / "script.mjs"), str(folder / "given.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def fed(rows: pl.DataFrame) -> dict[str, np.ndarray]:
    """Each column as a tensor ``[N, 1]``: text, empty where it is missing, or numbers."""
    feed = {}
    for column in rows:
        if column.dtype == pl.String:
            cells = np.array(column.fill_null("").to_list(), dtype=object)
        else:
            cells = column.fill_null(float("nan")).to_numpy()
        feed[column.name] = cells.reshape(-1, 1)
    return feed
