"""Node: runs the golden rows of a folder whose code is known to be datacheck's own."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from datacheck.errors import ArtefactError
from datacheck.golden.compare import Refusal

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


Outcome = dict[str, Any] | Refusal

#: How long Node may take to replay the golden rows.
SECONDS = 120


class Replays(NamedTuple):
    """What Node gives for golden rows, once for each way of asking, an outcome a row."""

    there: list[list[Outcome]]  #: of the preparation: row by row, and as one batch
    back: list[list[Outcome]]  #: of the way back: row by row, and column by column; none without
    # What two ways give alike stands there once.


@contextmanager
def runtime_folder() -> Iterator[Path]:
    """The JavaScript that ships, as a folder: laid out where the package is itself in a zip."""
    shipped = files("datacheck.export") / "runtime"
    if isinstance(shipped, Path):
        yield shipped
        return
    with TemporaryDirectory(prefix="datacheck-") as beside:
        _lay_out(shipped, Path(beside))
        yield Path(beside)


def _lay_out(shipped: Traversable, folder: Path) -> None:
    for each in shipped.iterdir():
        if each.is_dir():
            (folder / each.name).mkdir()
            _lay_out(each, folder / each.name)
        else:
            (folder / each.name).write_bytes(each.read_bytes())


def outcomes(folder: str | Path, name: str = "") -> Replays:
    """What Node gives for the golden rows of a folder whose code may be run: not one brought."""
    run = run_node(
        [Path(folder).absolute() / "verify.mjs", "--outcomes"],
        SECONDS,
        absent=ArtefactError(
            "A JavaScript export is proven in Node, which was not found",
            todo="install Node 18 or later; or export with proven=False, and run "
            "`node verify.mjs` in the folder where there is one",
        ),
        late=ArtefactError(
            f"Node did not replay {name or folder} within {SECONDS} s",
            todo="export the transform again; a folder that was changed may hold anything",
        ),
    )
    if run.returncode:
        raise ArtefactError(
            f"Node could not replay {name or folder}", got=run.stderr.strip()[-2000:]
        )
    printed = json.loads(run.stdout, parse_int=float)  # all numbers of JavaScript's are doubles
    if not printed["embedded"]:
        raise ArtefactError(
            f"{name or folder} holds two transforms that differ",
            got="transform.json and lib/transform.js",
            todo="export it again",
        )
    there, back = (
        [[_outcome(each) for each in replay] for replay in printed[key]]
        for key in ("results", "back")
    )
    return Replays(there, back)


def copy_runtime(folder: Path) -> None:
    """Copy the JavaScript that ships with datacheck into a folder."""
    with runtime_folder() as runtime:
        passed_over = shutil.ignore_patterns("__pycache__")
        shutil.copytree(runtime, folder, ignore=passed_over, dirs_exist_ok=True)


def run_node(
    words: Sequence[str | Path],
    seconds: float,
    *,
    absent: ArtefactError,
    late: ArtefactError,
    given: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a script that datacheck ships; raises `absent` without Node, `late` after `seconds`."""
    node = shutil.which("node")
    if node is None:
        raise absent
    try:
        return subprocess.run(  # noqa: S603 - our own script; what it reads is data to it
            [node, *map(str, words)],
            input=given,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise late from error


def _outcome(printed: dict[str, Any]) -> Outcome:
    if "out" not in printed:
        return Refusal(printed["refused"])
    out: dict[str, Any] = printed["out"]
    if dict in set(map(type, out.values())):
        return {name: _cell(cell) for name, cell in out.items()}
    return out


def _cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return (
        int(cell["int"]) if "int" in cell else struct.unpack(">d", bytes.fromhex(cell["bits"]))[0]
    )
