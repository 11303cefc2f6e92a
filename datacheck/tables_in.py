"""The tables that lie in a folder, as a project file would name them."""

from __future__ import annotations

from pathlib import Path

from datacheck.errors import SourceError
from datacheck.project import TableOptions
from datacheck.source.paths import KINDS, known_end

#: Folders that hold no data of one's own, and how deep one is looked for.
_OTHERS = {"node_modules", "__pycache__", "site-packages", "venv", "env", "build", "dist"}
_DEEPEST = 4
#: A folder with so many files of one kind is one table in parts.
_PARTS = 8
#: JSON is a table, and many another thing: it is not taken for one here.
_SUFFIXES = tuple(end for end in KINDS if end != ".json")


def tables_in(folder: str | Path) -> list[TableOptions]:
    """The tables in a folder, each under a name of its own, with the schema that goes by its name.

    A `SourceError` says that there is no such folder, or no table in it.
    """
    top = Path(folder)
    if not top.is_dir():
        raise SourceError(f"{top} is no folder", todo="name one that holds tables")
    found = list(_walk(top, 0))
    if not found:
        raise SourceError(
            f"no table lies in {top}",
            expected=f"files that end in {', '.join(sorted(_SUFFIXES))}",
            todo="name the folder of the data",
        )
    schemas = {path.stem.lower(): path for path in _yamls(top)}
    names: dict[str, int] = {}
    tables = []
    for path in found:
        stem = path.name.removesuffix(known_end(path, _SUFFIXES) or "") or path.name
        names[stem] = names.get(stem, 0) + 1
        schema = schemas.get(stem.lower())
        tables.append(
            TableOptions(
                name=stem if names[stem] == 1 else f"{stem}_{names[stem]}",
                data=path.relative_to(top).as_posix(),
                schema=None if schema is None else _beside(schema, top),
            )
        )
    return tables


def _walk(folder: Path, depth: int) -> list[Path]:
    """Tables in a folder: files, and folders that are a table of parts."""
    entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    names = {each.name for each in entries}
    if depth and ("_delta_log" in names or "metadata" in names):
        return [folder]
    files = [each for each in entries if each.is_file() and each.name.endswith(_SUFFIXES)]
    if depth and len(files) >= _PARTS and len({each.suffix for each in files}) == 1:
        return [folder]
    if depth and any(each.is_dir() and "=" in each.name for each in entries):
        return [folder]
    found = list(files)
    if depth < _DEEPEST:
        for each in entries:
            if each.is_dir() and each.name not in _OTHERS:
                found += _walk(each, depth + 1)
    return found


def _yamls(top: Path) -> list[Path]:
    """YAML files in the folder, in `schemas` in it, and in `schemas` beside it."""
    places = (top, top / "schemas", top.parent / "schemas")
    found = [path for place in places for path in sorted(place.glob("*.y*ml"))]
    return [path for path in found if path.stem != "datacheck" and "columns" in _head(path)]


def _head(path: Path) -> str:
    few = 2**16
    try:
        with path.open(encoding="utf-8") as text:
            return text.read(few)
    except (OSError, UnicodeDecodeError):
        return ""


def _beside(schema: Path, top: Path) -> str:
    import os

    return Path(os.path.relpath(schema, top)).as_posix()
