"""datacheck: makes tabular data safe to feed to a model.

>>> import datacheck as dc
>>> "check" in dir(dc)
True

Every public name is here, and each is imported when it is first used, so that ``import datacheck``
costs next to nothing and a service that applies one row loads no dataframe library.
"""

from datacheck.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from datacheck.checking import check, compare, profile, repair, validate
    from datacheck.diagnosis import diagnose, guard
    from datacheck.errors import (
        ArtefactError,
        DatacheckError,
        DataError,
        FindingsError,
        MissingExtraError,
        PredictionError,
        SchemaError,
        SourceError,
        TrainingError,
    )
    from datacheck.fitted.fitting import fit
    from datacheck.fitted.transform import Transform, load
    from datacheck.plan import suggest
    from datacheck.profiling.model import Profile
    from datacheck.proof import verify
    from datacheck.report import Finding, Report
    from datacheck.schema import Schema, from_dbt, from_odcs, load_schema, prepare
    from datacheck.source import read
    from datacheck.validation import mutate, split

__all__ = [
    "ArtefactError",
    "DataError",
    "DatacheckError",
    "Finding",
    "FindingsError",
    "MissingExtraError",
    "PredictionError",
    "Profile",
    "Report",
    "Schema",
    "SchemaError",
    "SourceError",
    "TrainingError",
    "Transform",
    "__version__",
    "check",
    "compare",
    "diagnose",
    "fit",
    "from_dbt",
    "from_odcs",
    "guard",
    "load",
    "load_schema",
    "mutate",
    "prepare",
    "profile",
    "read",
    "repair",
    "split",
    "suggest",
    "validate",
    "verify",
]

#: Where each public name lives.
_HOMES = {
    "datacheck.checking": ("check", "compare", "profile", "repair", "validate"),
    "datacheck.diagnosis": ("diagnose", "guard"),
    "datacheck.errors": (
        "ArtefactError",
        "DataError",
        "DatacheckError",
        "FindingsError",
        "MissingExtraError",
        "PredictionError",
        "SchemaError",
        "SourceError",
        "TrainingError",
    ),
    "datacheck.fitted.fitting": ("fit",),
    "datacheck.fitted.transform": ("Transform", "load"),
    "datacheck.proof": ("verify",),
    "datacheck.plan": ("suggest",),
    "datacheck.profiling.model": ("Profile",),
    "datacheck.report": ("Finding", "Report"),
    "datacheck.schema": ("Schema", "from_dbt", "from_odcs", "load_schema", "prepare"),
    "datacheck.source": ("read",),
    "datacheck.validation": ("mutate", "split"),
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
