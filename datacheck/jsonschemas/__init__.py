"""JSON Schemas of the documents that datacheck reads and writes, for editors and other programs.

They are files beside this module, made by `tools/write_json_schemas.py` from the descriptions by
which datacheck itself reads, and a test holds them against these.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from datacheck.errors import must_be_known

#: The documents, by the names under which their schemas ship.
NAMES = ("schema", "report", "profile", "transform")


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document.

    Parameters
    ----------
    name
        ``schema`` (the YAML that declares a table), ``report``, ``profile`` or ``transform``.

    Raises
    ------
    DatacheckError
        For another name.

    Examples
    --------
    >>> json_schema("report")["title"]
    'datacheck.report'
    """
    must_be_known(name, NAMES, f"There is no JSON Schema called {name!r}")
    text = files("datacheck.jsonschemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    made: dict[str, Any] = json.loads(text)
    return made
