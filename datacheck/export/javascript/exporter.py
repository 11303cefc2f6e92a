"""JavaScript: a folder that a page, a phone or a Node service imports, without dependencies.

It holds the transform as data, a short interpreter of the ops (`runtime/`, as it ships), types made
for the fitted columns, and golden rows with a script that replays them: no generated code.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datacheck.errors import ArtefactError
from datacheck.export.javascript.data import FORMAT, as_data
from datacheck.export.javascript.node import copy_runtime, outcomes
from datacheck.export.javascript.types import declarations
from datacheck.export.matrix import part_of
from datacheck.files import whole_folder
from datacheck.golden.back import beside, programs_back
from datacheck.golden.compare import (
    Refusal,
    document,
    fingerprint,
    prove,
)
from datacheck.golden.documents import slim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from datacheck.ops import Fitted

    Outcome = dict[str, Any] | Refusal

#: How large the transform's JSON may be: donors of 10,000 rows and 20 columns are about 4 MB.
LARGEST = 5_000_000


def write(  # noqa: PLR0913 - each an option of the export, by name
    fitted: Fitted,
    path: str | Path,
    *,
    force: bool = False,
    columns: Sequence[str] | None = None,
    name: str = "datacheck-transform",
    version: str = "1.0.0",
    max_bytes: int = LARGEST,
    proven: bool = True,
    inverse: Sequence[str] | str | None = None,
) -> None:
    """Write a transform as a folder of ES modules, proven in Node on its golden rows.

    Parameters
    ----------
    fitted
        The transform.
    path
        The folder to write.
    force
        Overwrite a folder in which every file is as an earlier export wrote it.
    columns
        The columns to export, where not all: the features of a batch are theirs, in their order.
    name, version
        Of the package, for its ``package.json``.
    max_bytes
        How large ``transform.json`` may be. Donors of a neighbour search travel in it.
    proven
        Replay the golden rows in Node before anything appears at `path`. False is for a machine
        without Node: run ``node verify.mjs`` in the folder where there is one.
    inverse
        Columns that are to be brought back: the module's `inverse` brings every number back, so
        they are only looked up.

    Raises
    ------
    ArtefactError
        If the transform is larger than `max_bytes`, Node is not installed, or the golden rows are
        not reproduced.
    SourceError
        If `path` cannot be written, or holds anything that no export wrote.
    """
    if inverse is not None:
        programs_back(fitted, inverse)
    fitted = fitted if columns is None else part_of(fitted, columns)
    data = as_data(fitted) | {"fingerprint": fingerprint(fitted)}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    _refuse_large(fitted, text, max_bytes)
    package = {"name": name, "version": version}
    with whole_folder(path, force=force) as folder:
        copy_runtime(folder)
        golden = document(fitted) | beside(fitted)
        save_data(folder, text, golden)
        _save(folder / "index.d.ts", declarations(fitted))
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8")) | package
        _save(folder / "package.json", json.dumps(manifest, indent=2) + "\n")
        if proven:
            replays = outcomes(folder)
            for replay in replays.there:
                prove(golden, _always(replay), "JavaScript folder")
            for replay in replays.back:
                prove(golden["back"] | {"tolerance": {}}, _always(replay), "JavaScript way back")


def save_data(folder: Path, text: str, golden: dict[str, Any]) -> None:
    """Write what the runtime reads: the transform, as JSON and as a module, and golden rows."""
    _save(folder / "transform.json", text + "\n")
    _save(folder / "lib" / "transform.js", module_of(text))
    _save(folder / "golden.json", json.dumps(slim(golden), ensure_ascii=False, allow_nan=False))


def module_of(text: str) -> str:
    """The transform's JSON as a module: what pages import, who cannot import JSON."""
    return f"export default {text};\n"


def _save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def is_export(folder: Path) -> bool:
    """Whether a folder looks like one that an export wrote."""
    try:
        data = json.loads((folder / "transform.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("format") == FORMAT


def _refuse_large(fitted: Fitted, text: str, max_bytes: int) -> None:
    size = len(text.encode())
    if size <= max_bytes:
        return
    rows: Any = fitted.donors.rows if fitted.donors else ()
    raise ArtefactError(
        "The transform is too large to send to a browser",
        got=f"{size:,} bytes, with {len(rows):,} donors for its neighbour search",
        expected=f"at most {max_bytes:,} bytes",
        todo="fit with fewer donors (prepare: {knn: {max_donors: ...}}), "
        f"or allow it with max_bytes={size}",
    )


def _always(replay: list[Outcome]) -> Callable[[list[dict[str, Any]]], list[Outcome]]:
    """Node reads the golden rows from the folder itself: it ran on them before it was asked."""
    return lambda _rows: replay
