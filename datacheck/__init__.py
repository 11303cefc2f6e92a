"""datacheck: makes tabular data safe to feed to a model.

>>> import datacheck as dc
>>> "check" in dir(dc)
True

Every public name is here, and each is imported when it is first used, so that ``import datacheck``
costs next to nothing and a service that applies one row loads no dataframe library.
"""

import sys

from datacheck.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from datacheck.check import check, compare, profile, validate
    from datacheck.errors import (
        ArtefactError,
        DatacheckError,
        DataError,
        FindingsError,
        MissingExtraError,
        SchemaError,
        SourceError,
    )
    from datacheck.fitted import Transform, fit, load, verify
    from datacheck.plan import suggest
    from datacheck.profile.model import Profile
    from datacheck.report import Finding, Report
    from datacheck.schema import Schema, load_schema, prepare
    from datacheck.source import read
    from datacheck.validate import mutate, split

__all__ = [
    "ArtefactError",
    "DataError",
    "DatacheckError",
    "Finding",
    "FindingsError",
    "MissingExtraError",
    "Profile",
    "Report",
    "Schema",
    "SchemaError",
    "SourceError",
    "Transform",
    "__version__",
    "check",
    "compare",
    "fit",
    "load",
    "load_schema",
    "mutate",
    "prepare",
    "profile",
    "read",
    "split",
    "suggest",
    "validate",
    "verify",
]

#: Where each public name lives.
_HOMES = {
    "datacheck.check": ("check", "compare", "profile", "validate"),
    "datacheck.errors": (
        "ArtefactError",
        "DataError",
        "DatacheckError",
        "FindingsError",
        "MissingExtraError",
        "SchemaError",
        "SourceError",
    ),
    "datacheck.fitted": ("Transform", "fit", "load", "verify"),
    "datacheck.plan": ("suggest",),
    "datacheck.profile.model": ("Profile",),
    "datacheck.report": ("Finding", "Report"),
    "datacheck.schema": ("Schema", "load_schema", "prepare"),
    "datacheck.source": ("read",),
    "datacheck.validate": ("mutate", "split"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> "Any":
    home = _HOME_OF.get(name)
    if home is None:
        from datacheck.errors import did_you_mean

        hint = did_you_mean(name, (known for known in __all__ if known != "__version__"))
        raise AttributeError(f"module 'datacheck' has no attribute {name!r}; {hint}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})


class _Package(type(sys)):  # type: ignore[misc]  # the module type, without importing `types`
    """A package in which a public function keeps its name when its namesake module is imported.

    Python binds a submodule as an attribute of its package once it is loaded, and `check`,
    `profile` and `validate` are both modules and functions. The modules stay importable with
    ``from datacheck.check import ...``.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME_OF and isinstance(value, type(sys))):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
