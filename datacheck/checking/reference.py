"""What data is compared with: a table, a saved profile of one, or a fitted transform."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.checking.rowwise import RowScan
from datacheck.checking.since_fit import since_fit
from datacheck.errors import ArtefactError, SourceError
from datacheck.files import expanded
from datacheck.findings import compare_profiles
from datacheck.findings.roles import is_judged
from datacheck.profiling.model import Profile
from datacheck.report import Finding
from datacheck.source import Source, kind_at, open_source
from datacheck.source.options import ReadWords
from datacheck.source.paths import nearest
from datacheck.table import LocalTable

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform


#: How a transform with donors begins: it is one zip.
_ZIP = b"PK"
#: What each document of datacheck says of itself, and how one begins that is cut off before.
_OURS, _BEGINS = b'"datacheck.', (b'{"format"', b'{\n  "format"')


def changes(reference: Any, data: Profile, roles: Mapping[str, str] | None = None) -> list[Finding]:
    """What a table shows against a reference: whatever `opened` takes; errors as of `opened`."""
    known = opened(reference)
    if not isinstance(known, Profile):
        names = roles or {}
        found = since_fit(known.fitted, data)
        return [f for f in found if is_judged(names.get(str(f.column)), f.code)]
    return compare_profiles(known, data, roles)


def opened(reference: Any, look: RowScan | None = None) -> Profile | Transform:
    """A reference as a profile or a transform, its rows seen by `look` where it is a table."""
    from datacheck.fitted.transform import Transform

    known = _saved(reference) if isinstance(reference, str | Path) else reference
    return known if isinstance(known, Profile | Transform) else _measured(known, look)


def read_alike(reference: Any, data: Source, words: ReadWords) -> Any:
    """A reference, read by the words of the data as far as its kind takes them."""
    if not isinstance(reference, str | Path) or not isinstance(_saved(reference), str | Path):
        return reference
    alike: Any = {word: value for word, value in words.items() if word != "name"}
    if alike and kind_at(str(reference)) != data.kind:
        alike = {word: value for word, value in alike.items() if word == "columns"}
    return open_source(reference, **alike) if alike else reference


def _measured(data: Any, look: RowScan | None) -> Profile:
    from datacheck.profiling.measure import ProfileKernel, measured

    table = (
        data
        if hasattr(data, "as_declared") and hasattr(data, "fold")
        else LocalTable(open_source(data))
    )
    measuring: Any = ProfileKernel(table.dtypes)
    measuring, *seen = table.fold([measuring, *(look.kernels(table) if look is not None else ())])
    profile = measured(table, measuring)
    if look is not None:
        look.know(table, profile, seen)
    return profile


def _saved(path: str | Path) -> Any:
    """A profile or a transform where the path is that of one; of a table, the path."""
    from datacheck.fitted.transform import load

    place = Path(expanded(os.fspath(path)))
    if place.suffix not in (".json", ".zip"):
        return path
    try:
        data = place.read_bytes()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        raise SourceError(
            f"the reference {place} cannot be read",
            got=nearest(str(place)) if gone else error.strerror or str(error),
            todo="check the path; `datacheck profile DATA -o PROFILE.json` writes a reference",
        ) from error
    if not data.startswith((_ZIP, *_BEGINS)) and _OURS not in data:
        return path  # records, lines, columns: a table, as any other
    written = document_format(data)
    if written == "datacheck.profile":
        return Profile.from_json(data)
    if written == "datacheck.transform":
        return load(place)
    raise ArtefactError(
        f"{place} is no reference",
        got="no whole JSON document" if written is None else f"format: {written!r}",
        expected="records such as [{...}, {...}], a datacheck.profile or a datacheck.transform",
        todo="give what `datacheck profile -o` or `datacheck fit` wrote; it may have been cut off",
    )


def document_format(data: bytes) -> str | None:
    """What a saved document says that it is; None where it is no whole JSON."""
    if data.startswith(_ZIP):
        return "datacheck.transform"
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return str(document.get("format", "")) if isinstance(document, dict) else ""


def name_of(reference: Any, known: Profile | Transform) -> str:
    """What a report calls the reference that it was made with: a saved one by its path."""
    if isinstance(reference, str | Path):
        return str(reference)
    return known.name if isinstance(known, Profile) else "transform"
