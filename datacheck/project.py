"""The project file: which tables there are, what each is held against, and when a job must stop.

It is `datacheck.yaml`, or `[tool.datacheck]` in `pyproject.toml`; paths in it are relative to it.
`tables_in` names the tables of a folder as a project file would.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from datacheck.columns import repeated
from datacheck.errors import SchemaError, SourceError
from datacheck.schema.plain_yaml import parse_yaml
from datacheck.schema.values import bad, is_mapping, known_keys, one_of
from datacheck.source.options import ReadOptions, ReadWords
from datacheck.source.paths import KINDS, known_end
from datacheck.text import TOO_DEEP, briefly

#: The names under which a project is looked for, in this order, upwards from where one stands.
NAMES = ("datacheck.yaml", "datacheck.yml", "pyproject.toml")
FAIL_ON = ("error", "warning", "never")
_TODO = "`datacheck init` writes a project file for a folder of data"


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What a project says of one table."""

    #: What reports call it.
    name: str
    #: Where it is: a path, a glob or a folder, or the address of a database.
    data: str
    #: What it is held against, if anything.
    schema: str | None = None
    reference: str | None = None
    #: How it is read, in the words of `datacheck.read`.
    read: ReadWords = field(default_factory=dict)  # type: ignore[assignment]
    #: Columns of these roles.
    target: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    #: Findings that are right so, as ``check --ignore`` has them.
    ignore: tuple[str, ...] = ()
    #: How grave a finding must be to fail the job.
    fail_on: str = "error"
    #: Whether the schema alone judges.
    schema_only: bool = False
    #: Where its page is written.
    html: str | None = None
    #: A fitted transform: the page shows the columns before and after it.
    transform: str | None = None


@dataclass(frozen=True)
class Project:
    """A project file that was read: its path, and its tables in order."""

    path: Path
    tables: tuple[TableOptions, ...]


#: How a table is read is said among its other keys.
_READ = tuple(each.name for each in fields(ReadOptions) if each.name != "name")
_OWN = tuple(each.name for each in fields(TableOptions) if each.name not in ("name", "read"))
#: The keys of a table as files have them, and those that may stand for all tables at the top.
_KEYS = {spelled: name for name in (*_OWN, *_READ) for spelled in (name, name.replace("_", "-"))}
_SHARED = ("fail-on", "fail_on", "ignore")
_PATHS = ("data", "schema", "reference", "html", "transform")
_LISTS = ("target", "id", "time", "ignore", "columns", "null_values")
_TRUTHS = ("schema_only", "header")


def find_project(start: str | Path = ".") -> Project:
    """The project file of a folder, or of the nearest one above it; errors as of `read_project`."""
    folder = Path(start).resolve()
    for place in (folder, *folder.parents):
        for name in NAMES:
            path = place / name
            if path.is_file() and (found := _read(path)) is not None:
                return found
    raise SchemaError(
        "there is no project file here, and no DATA was given",
        expected=f"datacheck.yaml, or [tool.datacheck] in pyproject.toml, in {folder} or above",
        todo=f"name a table, such as `datacheck check data.csv`; or {_TODO}",
    )


def read_project(path: str | Path) -> Project:
    """Read a project file; a `SchemaError` names the nearest known word."""
    found = _read(Path(path))
    if found is None:
        raise SchemaError(f"{path} has no [tool.datacheck]", todo=_TODO)
    return found


def _read(path: Path) -> Project | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"the project file {path} cannot be read", got=str(error)) from error
    if path.suffix == ".toml":
        document = _toml(text, path)
        return None if document is None else _project(document, path)
    return _project(parse_yaml(text, str(path)), path)


def _toml(text: str, path: Path) -> dict[str, Any] | None:
    import tomllib

    try:
        tools = tomllib.loads(text).get("tool", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Somebody else's file that is broken is theirs to mend, unless it is about datacheck.
        if "tool.datacheck" not in text:
            return None
        got = TOO_DEEP if isinstance(error, RecursionError) else briefly(str(error))
        raise SchemaError(f"{path} is not TOML", got=got) from error
    own = tools.get("datacheck") if isinstance(tools, dict) else None
    return None if own is None else is_mapping(own, f"[tool.datacheck] in {path}")


def _project(document: dict[str, Any], path: Path) -> Project:
    where = f"the project file {path}"
    known_keys(document, ("tables", *_SHARED), where)
    shared = {key: value for key, value in document.items() if key in _SHARED}
    tables = is_mapping(document.get("tables") or {}, f"tables in {where}")
    if not tables:
        raise SchemaError(
            f"{where} names no table",
            expected="tables: {NAME: {data: PATH, schema: PATH}}",
            todo=_TODO,
        )
    made = tuple(_table(name, each, shared, path) for name, each in tables.items())
    twice = repeated(table.html for table in made if table.html is not None)
    if twice:
        raise SchemaError(f"two tables of {where} write {twice[0]}", todo="give each its own html")
    return Project(path, made)


def _table(name: Any, given: Any, shared: dict[str, Any], path: Path) -> TableOptions:
    where = f"table {name!r} in {path}"
    if isinstance(given, str):
        given = {"data": given}
    given = shared | is_mapping(given, where)
    known_keys(given, list(_KEYS), where)
    read = {
        _KEYS[key]: _value(_KEYS[key], value, f"{key} of {where}") for key, value in given.items()
    }
    if "data" not in read:
        raise SchemaError(f"{where} has no data", expected="data: where the table is")
    for key in _PATHS:
        if read.get(key) is not None:
            read[key] = _placed(read[key], path.parent)
    words: Any = {key: read.pop(key) for key in _READ if key in read}
    try:
        ReadOptions.of(words)
    except SourceError as error:
        raise SchemaError(f"{where}: {error}") from error
    return TableOptions(name=str(name), read=words, **read)


def _value(key: str, value: Any, where: str) -> Any:
    if key in _LISTS:
        return _texts(key, value, where)
    if key == "fail_on":
        one_of(value, FAIL_ON, where)
        return value
    if key in _TRUTHS:
        if not isinstance(value, bool):
            raise bad(where, value, "true or false")
        return value
    if key == "skip_rows" or (key == "sheet" and isinstance(value, int)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad(where, value, "a whole number")
        return value
    if not isinstance(value, str) or not value:
        raise bad(where, value, "a text")
    return value


def _texts(key: str, value: Any, where: str) -> tuple[str, ...]:
    """One text or several; a cell that is read as null may be a whole number too."""
    items = value if isinstance(value, list) else [value]
    if key == "null_values":
        items = [str(each) if type(each) is int else each for each in items]
    if not all(isinstance(each, str) for each in items):
        raise bad(where, value, "a text, or a list of texts")
    return tuple(items)


def _placed(word: str, folder: Path) -> str:
    """A path as it is from here; an address stays."""
    if "://" in word or Path(word).is_absolute():
        return word
    place = folder / word
    try:
        return str(place.relative_to(Path.cwd()))
    except ValueError:
        return str(place)


def project_text(tables: Iterable[TableOptions]) -> str:
    """A project file in YAML, with what may be said besides as comments."""
    import yaml

    lines = [
        "# What `datacheck check` looks at when it is given no DATA; paths start at this file.",
        "# A table may also have: reference, target, id, time, ignore, fail-on, schema-only, html,",
        "# transform, and how it is read: separator, decimal, sheet, null-values, query, ...",
        "fail-on: error",
        "tables:",
    ]
    for table in tables:
        own = {"data": table.data} | ({"schema": table.schema} if table.schema else {})
        said = yaml.safe_dump({table.name: own}, sort_keys=False, allow_unicode=True)
        lines += ["  " + line for line in said.splitlines()]
    return "\n".join(lines) + "\n"


#: Folders that hold no data of one's own, and how deep one is looked for.
_OTHERS = {"node_modules", "__pycache__", "site-packages", "venv", "env", "build", "dist"}
_DEEPEST = 4
#: A folder with so many files of one kind is one table in parts.
_PARTS = 8
#: JSON is a table, and many another thing: it is not taken for one here.
_SUFFIXES = tuple(end for end in KINDS if end != ".json")


def tables_in(folder: str | Path) -> list[TableOptions]:
    """The tables in a folder, each under a name of its own, and the schema of that name."""
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
    return Path(os.path.relpath(schema, top)).as_posix()
