"""No output is one of the inputs of the work that makes it, by whatever name or link."""

from __future__ import annotations

import os
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.errors import SourceError
from datacheck.files.places import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def must_not_be_read(outputs: Iterable[str | Path], inputs: Iterable[str | Path]) -> None:
    """Refuse an output that is an input, holds one, or is a file of a folder that is one.

    Inputs are paths, globs, `sqlite:///FILE` addresses and `file.py:Name`; what is none of these,
    or does not exist, concerns no output.
    """
    read = [(name, place) for name in inputs for place in _places(os.fspath(name))]
    for output in outputs:
        place = _real(os.fspath(output)) if os.fspath(output) else None
        if place is None:
            continue
        for name, other in read:
            if _overlap(place, other):
                raise SourceError(
                    f"{output} is an input of this very work",
                    got=f"an output that would overwrite {name}",
                    expected="an output of another name",
                    todo="choose another name for the output",
                )


def _overlap(output: Path, read: Path) -> bool:
    if output == read or output in read.parents:
        return True
    if not output.exists():
        return False  # a new file in a folder that is read takes nothing away
    return read in output.parents or output.samefile(read)


def _places(name: str) -> Iterator[Path]:
    """The places that a name may mean: only those where something stands."""
    scheme, slashes, rest = name.partition(":///")
    candidates = [
        name,
        name.rpartition(":")[0],
        rest.partition("?")[0] if slashes and scheme else "",
    ]
    if has_magic(name):
        candidates += glob(expanded(name), recursive=True)  # noqa: PTH207
    for each in filter(None, candidates):
        place = _real(each)
        if place is not None and place.exists():
            yield place


def _real(name: str) -> Path | None:
    try:
        place = Path(expanded(name)).resolve()
        place.exists()  # raises for a name that is too long
    except (OSError, ValueError, RuntimeError):
        return None
    return place
