"""The exporters, in plain sight: for each target, what it writes and how exactly.

The package that is called as the target is holds two functions::

    write(fitted: Fitted, path, *, force=False, **options) -> None
    verify(path) -> list[Mismatch | Unreached]

Both replay golden rows in the target's own runtime, `write` before anything appears under `path`.
Modules are imported when they are first used: a missing dependency concerns its own target alone.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from datacheck.errors import ArtefactError, MissingExtraError, must_be_known
from datacheck.files import as_path
from datacheck.golden.compare import Mismatch
from datacheck.golden.unreached import Unreached
from datacheck.ops import OPS, Fitted


class Exporter(NamedTuple):
    """One target: what it writes, and how exactly it holds each op.

    `suffix` is how the artefact's name ends, empty for a folder. `ops` says of every op how near
    the runtime comes to the reference; `needs`, which packages must be installed.
    """

    suffix: str
    writes: str
    runtime: str
    ops: dict[str, str]
    needs: tuple[str, ...] = ()


#: How near a runtime comes, in the words of `docs/targets.md`.
EXACT = "same bits"
NEAR = "within 1e-12 of the column's spread"
LOGARITHM = "same bits for sqrt; logarithms within 4 units in the last place of the largest"
REFUSED = "refused"

_OPS = dict.fromkeys(OPS, EXACT) | {"knn_fill": NEAR, "power": LOGARITHM}

EXPORTERS: dict[str, Exporter] = {
    "onnx": Exporter(
        suffix=".onnx",
        writes="one ONNX model, alone or in front of your own",
        runtime="onnxruntime",
        ops=_OPS,
        needs=("onnx", "onnxruntime"),
    ),
    "javascript": Exporter(
        suffix="",
        writes="a folder with an ES module, its types and its golden rows",
        runtime="Node",
        ops=_OPS,
    ),
    "sql": Exporter(
        suffix=".sql",
        writes="a SELECT, a view or a CTE in one of six dialects",
        runtime="DuckDB or SQLite; the others through a connection",
        ops=_OPS,
    ),
    "sklearn": Exporter(
        suffix=".skops",
        writes="a fitted pipeline of scikit-learn's own estimators",
        runtime="scikit-learn",
        ops=_OPS | {"knn_fill": REFUSED},
        needs=("sklearn", "skops"),
    ),
}


def write(target: str, fitted: Fitted, path: str | Path, **options: Any) -> None:
    """Write a transform for a target's runtime, proven on its golden rows.

    Raises
    ------
    ArtefactError
        For an unknown target or option, or if the artefact does not reproduce the golden rows.
    """
    from datacheck.export.options import OPTIONS

    must_be_known(target, EXPORTERS, f"There is no exporter for {target!r}", ArtefactError)
    known = OPTIONS[target].__annotations__
    for name in options.keys() - {"force"}:
        what = f"The export to {target} has no option {name!r}"
        must_be_known(name, known, what, ArtefactError)
    exporter = EXPORTERS[target]
    # `verify` knows an artefact by how its name ends.
    if exporter.suffix and as_path(path).suffix != exporter.suffix:
        raise ArtefactError(
            f"{path} is no name for what is exported to {target}",
            expected=f"a name that ends in {exporter.suffix}",
            todo="choose another name",
        )
    _module_of(target).write(fitted, path, **options)


def _module_of(target: str) -> Any:
    exporter = EXPORTERS[target]
    if None in map(find_spec, exporter.needs):
        raise MissingExtraError(target, f"Exporting for {exporter.runtime}, and verifying it,")
    return import_module(f"datacheck.export.{target}")


def target_of(path: Path) -> str | None:
    """The target that a path's artefact was exported to, by its name; None if to none."""
    suffix = "" if os.path.isdir(path) else path.suffix or None  # noqa: PTH112 - raises nothing
    return next((name for name, each in EXPORTERS.items() if each.suffix == suffix), None)


def verify(path: str | Path, **options: Any) -> list[Mismatch | Unreached]:
    """Replay the golden rows of an exported artefact in its own runtime.

    Parameters
    ----------
    path
        What an exporter wrote.
    options
        For SQL, `connection`: the database to ask.

    Returns
    -------
    list of Mismatch and Unreached
        What differs, row by row; the columns with categories that no golden row holds.

    Raises
    ------
    ArtefactError
        If `path` is not an artefact of any exporter.
    """
    path = Path(path)
    try:
        there = path.exists()
    except OSError as error:
        raise ArtefactError(
            f"cannot read {path}", got=error.strerror or str(error), todo="check the path"
        ) from error
    if not there:
        raise ArtefactError(f"There is nothing at {path}", todo="check the path")
    if (target := target_of(path)) is not None:
        found: list[Mismatch | Unreached] = _module_of(target).verify(path, **options)
        return found
    raise ArtefactError(
        f"{path} is not an exported artefact",
        got=f"a name that ends in {path.suffix!r}",
        expected=", ".join(repr(e.suffix) if e.suffix else "a folder" for e in EXPORTERS.values()),
        todo="give the path that `export` wrote",
    )
