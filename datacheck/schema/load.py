"""Whatever a user calls a schema, made a `Schema`.

Only ``file.py:Name`` runs code, and only because it was asked to by that name.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from datacheck.errors import DatacheckError, SchemaError, did_you_mean
from datacheck.files import expanded
from datacheck.schema.model import Schema
from datacheck.text import briefly

if TYPE_CHECKING:
    import pandera.polars as pa

    #: Whatever is called a schema.
    SchemaLike: TypeAlias = str | Path | Schema | pa.DataFrameSchema | type[pa.DataFrameModel]


_FORMS = "a .yaml file, 'path/file.py:Name', a pandera.polars DataFrameModel or DataFrameSchema"

#: A model class does not change once it is made, so it is read once.
_MODELS: WeakKeyDictionary[type, Schema] = WeakKeyDictionary()

#: pandera objects do change: each is kept with the state that was read. Being kept, an object
#: lives on in `Schema.origin`, so that its id is not another's.
_OBJECTS: dict[int, tuple[list[Any], Schema]] = {}
_KEPT = 32


def load_schema(schema: SchemaLike) -> Schema:
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
        raise SchemaError("This is not a schema", got=briefly(kind), expected=_FORMS)
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
        return load_schema(_named(_run(Path(expanded(path))), name, path))
    file = Path(expanded(text))
    if file.suffix == ".py":
        raise SchemaError(
            f"{text} is Python: say which schema in it is meant",
            expected=f"{text}:Name",
            todo="naming it allows the file to be run",
        )
    if file.suffix.lower() not in (".yaml", ".yml"):
        raise SchemaError(
            f"{text!r} does not name a schema",
            expected=_FORMS,
            todo="give the schema's file; `datacheck suggest` writes a first draft of one",
        )
    return Schema.from_yaml(_text(file), file.stem, where=str(file))


def _text(file: Path) -> str:
    what = f"The schema {file} can't be read"
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        from datacheck.source.paths import nearest

        raise SchemaError(
            f"{what}: it does not exist",
            got=nearest(str(file)),
            todo="check the spelling; `datacheck suggest` writes a first draft of a schema",
        ) from None
    except UnicodeDecodeError as error:
        raise SchemaError(
            what, got=f"byte 0x{error.object[error.start]:02X}", todo="save it as UTF-8 text"
        ) from None
    except OSError as error:
        raise SchemaError(
            what, got=error.strerror or str(error), todo="check that it is a file you may read"
        ) from None


def _run(file: Path) -> ModuleType:
    """Run a Python file as a module of its own."""
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
            f"Running {file} failed{_line_of(error, file)}",
            got=f"{type(error).__name__}: {error}",
            todo="mend it; the file is run as `python` runs a file",
        ) from error
    finally:
        del sys.modules[name]
    return module


def _line_of(error: Exception, file: Path) -> str:
    """Where in the file it failed; a syntax error says that itself."""
    steps = [step.lineno for step in extract_tb(error.__traceback__) if step.filename == str(file)]
    return f" on line {steps[-1]}" if steps else ""


def _named(module: ModuleType, name: str, path: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [
                each
                for each, value in vars(found).items()
                if not each.startswith("_") and not isinstance(value, type(module))
            ]
            raise SchemaError(f"{path} defines no {name!r}", todo=did_you_mean(part, known))
        found = getattr(found, part)
    return found
