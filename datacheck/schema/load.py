"""Whatever a user calls a schema, made a `Schema`.

Only ``file.py:Name`` runs code, and only because it was asked to by that name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datacheck.errors import DatacheckError, SchemaError, did_you_mean
from datacheck.schema.declare import Schema

if TYPE_CHECKING:
    from types import ModuleType

_FORMS = "a .yaml file, 'path/file.py:Name', a pandera.polars DataFrameModel or DataFrameSchema"

#: A model class does not change once it is made, so it is read once.
_MODELS: WeakKeyDictionary[type, Schema] = WeakKeyDictionary()

#: pandera objects do change: each is kept with the state that was read. Being kept, an object
#: lives on in `Schema.origin`, so that its id is not another's.
_OBJECTS: dict[int, tuple[list[Any], Schema]] = {}
_KEPT = 32


def load_schema(schema: Any) -> Schema:
    """Load a schema.

    Parameters
    ----------
    schema
        A path to YAML, ``path/file.py:Name``, a `pandera.polars.DataFrameModel` class, a
        `pandera.polars.DataFrameSchema`, or a `Schema` already loaded.

    Raises
    ------
    SchemaError
        Where it can't be read, or declares what can't be.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "birds.yaml")
    >>> _ = path.write_text("columns: {mass: {in_range: {min_value: 0, max_value: 9}}}")
    >>> load_schema(path).columns[0].checks[0].shown
    'in_range(min_value=0, max_value=9)'
    """
    if isinstance(schema, Schema):
        return schema
    if isinstance(schema, str | Path):
        return _from_path(str(schema))
    kind = schema if isinstance(schema, type) else type(schema)
    if not any(base.__module__.partition(".")[0] == "pandera" for base in kind.__mro__):
        raise SchemaError("This is not a schema", got=repr(kind), expected=_FORMS)
    from datacheck.schema.from_pandera import read_pandera

    if not isinstance(schema, type):
        return _object(schema)
    if schema not in _MODELS:
        _MODELS[schema] = read_pandera(schema)
    return _MODELS[schema]


def _object(schema: Any) -> Schema:
    """Read a pandera object, or take what was read of it before if it has not changed since."""
    from datacheck.schema.from_pandera import fingerprint, read_pandera, same

    state = fingerprint(schema)
    known = _OBJECTS.get(id(schema))
    if known is not None and same(known[0], state):
        return known[1]
    read = read_pandera(schema)
    while len(_OBJECTS) >= _KEPT:
        _OBJECTS.pop(next(iter(_OBJECTS)), None)
    _OBJECTS[id(schema)] = (state, read)
    return read


def _from_path(text: str) -> Schema:
    path, colon, name = text.rpartition(":")
    if colon and path.endswith(".py"):
        return load_schema(_named(_run(Path(path)), name, path))
    file = Path(text)
    if file.suffix == ".py":
        raise SchemaError(
            f"{text} is Python: say which schema in it is meant",
            expected=f"{text}:Name",
            todo="naming it allows the file to be run",
        )
    if file.suffix.lower() not in (".yaml", ".yml"):
        raise SchemaError(f"{text!r} does not name a schema", expected=_FORMS)
    from datacheck.schema.yaml import read_yaml

    return read_yaml(_text(file), file.stem)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"The schema {file} can't be read", got=str(error)) from None


def _run(file: Path) -> ModuleType:
    """Run a Python file as a module of its own."""
    from importlib.util import module_from_spec, spec_from_file_location

    _text(file)
    name = f"datacheck_schema_{abs(hash(file.resolve()))}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SchemaError(f"The schema {file} can't be read as Python")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except DatacheckError:
        raise
    except Exception as error:
        raise SchemaError(
            f"Running {file} failed", got=f"{type(error).__name__}: {error}"
        ) from error
    finally:
        del sys.modules[name]
    return module


def _named(module: ModuleType, name: str, path: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [each for each in vars(found) if not each.startswith("_")]
            raise SchemaError(f"{path} defines no {name!r}", todo=did_you_mean(part, known))
        found = getattr(found, part)
    return found
