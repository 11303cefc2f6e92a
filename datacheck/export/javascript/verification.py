"""Verify a JavaScript folder without running anything in it.

Its data are replayed by the runtime that ships with datacheck; its code is read, not run, and must
be byte for byte that of a released version.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from datacheck.documents import parse
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.export.javascript.data import FORMAT, VERSION
from datacheck.export.javascript.exporter import is_export, module_of, save_data
from datacheck.export.javascript.node import Replays, copy_runtime, outcomes, runtime_folder
from datacheck.files import was_changed
from datacheck.golden.back import ulps_back
from datacheck.golden.compare import Mismatch, mismatches, of_logarithm, too_few
from datacheck.golden.documents import read_golden
from datacheck.golden.unreached import Unreached, told
from datacheck.ops import OUTPUTS, Affine
from datacheck.specs import COLUMNS, AnyJson, Boolean, ListOf, Number, OneOf, Record, Text
from datacheck.text import briefly

Hashes = dict[str, str]

_NOUN, _TODO = "a transform for JavaScript", "export it again"

#: What the runtime reads; what it makes of the ops it says itself, and nothing else may be there.
TRANSFORM = Record(
    {
        "format": OneOf(FORMAT),
        "version": OneOf(VERSION),
        "producer": Text(256),
        "output": OneOf(*OUTPUTS),
        "columns": ListOf(
            Record(
                {"name": Text(), "kind": Text(64), "dtype": Text(), "ops": AnyJson()},
                {"role": Text(64), "required": Boolean()},
            ),
            COLUMNS,
            1,
        ),
        "donors": AnyJson(),
        "fingerprint": Text(64, 64),
    }
)

#: Made for one transform: data, or types, which run nothing.
_TYPES = "index.d.ts"
_MADE = ("transform.json", "golden.json", _TYPES)
_MODULE, _PACKAGE = "lib/transform.js", "package.json"
#: How the name of a file ends that is no code; what else lies in a folder is told.
_PLAIN = (".json", ".md", ".txt", ".d.ts", "LICENSE", ".gitignore", ".npmignore", ".DS_Store")
#: Files of a folder that are looked at, and bytes of one that are read.
_FILES, _BYTES = 1000, 2**28


def verify(path: str | Path) -> list[Mismatch | Unreached]:
    """Replay an exported folder's golden rows in Node: code of no release, then cells."""
    folder, name = Path(path), str(path)
    if not is_export(folder):
        raise ArtefactError(
            f"{folder} is not a folder that `export` wrote",
            expected=f"a transform.json of format {FORMAT!r}",
            todo="give the path of the exported folder",
        )
    text = _read(folder / "transform.json", name).strip()
    data = parse(text, name, _NOUN, _TODO)
    read_document(data, {VERSION: TRANSFORM}, name, _NOUN, _TODO)
    golden = read_golden(_read(folder / "golden.json", name), name)
    found: list[Mismatch | Unreached] = [
        *_strange_code(folder, text),
        *too_few(len(golden["rows"])),
        *told(golden),
    ]
    if golden["transform"] != data["fingerprint"]:
        found.append(Mismatch(0, None, "golden rows of the transform in the folder", "others"))
    if data["donors"] is None:
        golden |= {"tolerance": _tolerated(data)}
    golden |= {"ulps": 0}
    replays = _replayed(text, golden, name)
    found += _differing_from(golden, replays.there)
    if "back" in golden:
        functions = [ops.get("power", {}).get("function") for _, ops in _ops_by_column(data)]
        back = golden["back"] | {"tolerance": {}, "ulps": ulps_back(functions)}
        found += [*too_few(len(back["rows"])), *_differing_from(back, replays.back)]
    return found


def _differing_from(golden: dict[str, Any], replays: list[list[Any]]) -> list[Mismatch]:
    """What differs in any of the ways that rows were asked in, each once."""
    found: list[Mismatch] = []
    for replay in replays:
        differing = mismatches(golden, lambda _rows, replay=replay: replay)  # type: ignore[misc]
        found += [mismatch for mismatch in differing if mismatch not in found]
    return found


def _ops_by_column(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Each column's name, and its ops by theirs; what is no op is passed over."""
    for column in data["columns"]:
        listed = column["ops"] if isinstance(column["ops"], list) else []
        yield column["name"], {str(op.get("op")): op for op in listed if isinstance(op, dict)}


def _tolerated(data: dict[str, Any]) -> dict[str, float]:
    """By column with a logarithm, how far its cells may lie; the folder's word does not count."""
    found = {}
    for name, ops in _ops_by_column(data):
        power, affine = ops.get("power", {}), ops.get("affine", {})
        center, inverse = affine.get("center", 0.0), affine.get("inverse_scale", 1.0)
        if Number().fits(center) and Number().fits(inverse):
            scaling = Affine(center, inverse, 1.0)
            found[name] = of_logarithm(power.get("function"), scaling, data["output"])
    return {name: allowed for name, allowed in found.items() if allowed}


def _replayed(text: str, golden: dict[str, Any], name: str) -> Replays:
    """The outcomes of the golden rows, from the runtime that ships and the folder's data."""
    with tempfile.TemporaryDirectory(prefix="datacheck-") as beside:
        folder = Path(beside) / "runtime"
        copy_runtime(folder)
        save_data(folder, text, golden)
        return outcomes(folder, name)


def _read(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(
            f"{name} has lost its {path.name}, or it cannot be read", got=str(error), todo=_TODO
        ) from error


def _strange_code(folder: Path, text: str) -> Iterator[Mismatch]:
    """What of a folder's code is that of no release: a mismatch for each file."""
    releases = known_code()
    own = dict(_hashed(folder, set(releases[0])))
    if own.pop(_MODULE, None) != _hash(module_of(text).encode()):
        yield Mismatch(0, None, f"{_MODULE}: what transform.json holds", "something else")
    nearest = min(releases, key=lambda each: len(_differing(own, each)))
    if was_changed(folder, _TYPES):
        yield Mismatch(0, None, f"{_TYPES} as `export` wrote it", "another, or none")
    for name in _differing(own, nearest):
        if name in nearest:
            got = "other code" if name in own else "no such file"
            yield Mismatch(0, None, f"{name} as a release of datacheck wrote it", got)
        else:
            yield Mismatch(0, None, "no code but a release's", f"the file {briefly(name)}")


def _differing(own: Hashes, release: Hashes) -> list[str]:
    return sorted(
        name for name in own.keys() | release.keys() if own.get(name) != release.get(name)
    )


def _hashed(folder: Path, shipped: set[str]) -> Iterator[tuple[str, str]]:
    """The name and the hash of every file that may hold code; a link's is that it is one."""
    for seen, path in enumerate(folder.rglob("*")):
        if seen > _FILES:
            raise ArtefactError(
                f"{folder} holds more than any export writes",
                got=f"over {_FILES} files",
                todo="give the folder that `export` wrote, without others in it",
            )
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield name, "a link"
        elif path.is_file() and (name in shipped or _may_be_code(name)):
            with path.open("rb") as file:
                data = file.read(_BYTES)
            yield name, _hash(_without_name(data) if name == _PACKAGE else data)


def _may_be_code(name: str) -> bool:
    return name not in _MADE and not name.endswith(_PLAIN)


def _without_name(package: bytes) -> bytes:
    """A manifest but for the name and the version, which are the user's."""
    try:
        manifest = json.loads(package)
        kept = {key: value for key, value in manifest.items() if key not in ("name", "version")}
        return json.dumps(kept, sort_keys=True).encode()
    except (ValueError, AttributeError, RecursionError):
        return package


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def known_code() -> list[Hashes]:
    """The hashes of the code that is in a folder, for this version and every one released.

    ``python -m datacheck.export.javascript.verification`` prints this version's, which a release
    adds to `released.json`.
    """
    text = (files("datacheck.export.javascript") / "released.json").read_text(encoding="utf-8")
    return [_shipped(), *json.loads(text).values()]


def _shipped() -> Hashes:
    with runtime_folder() as runtime:
        return {
            path.relative_to(runtime).as_posix(): _hash(
                _without_name(path.read_bytes()) if path.name == _PACKAGE else path.read_bytes()
            )
            for path in sorted(runtime.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_shipped(), indent=1) + "\n")
