"""One reader for every document that datacheck writes: JSON, held against what it may hold.

`read` holds a document's bytes against a description (`datacheck.specs`), so that a wrong node,
however deep, is one `ArtefactError` that names the place, before anything is built.
"""

from __future__ import annotations

import json

from datacheck.errors import ArtefactError
from datacheck.specs import Misfit
from datacheck.text import TOO_DEEP, briefly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from datacheck.specs import Record

#: Bytes of JSON that are read. A transform of 5,000 columns takes about 30 MB.
LARGEST = 2**28


def parse(data: bytes | str, name: str, noun: str, todo: str) -> Any:
    """The JSON in these bytes: UTF-8, each key once, no NaN or Infinity token, bounded."""
    if len(data) > LARGEST:
        raise ArtefactError(
            f"{name} is too large for {noun}",
            got=f"{len(data):,} bytes",
            expected=f"at most {LARGEST:,}",
            todo=todo,
        )
    try:
        if isinstance(data, bytes):
            data = data.decode()
        return json.loads(data, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        head = data[:16]
        start = data.lstrip()[:1]
        if start and start not in ("{", "[", b"{", b"["):
            raise ArtefactError(
                f"{name} is not {noun}: it is no JSON at all",
                got=f"content that begins with {head!r}",
                todo=todo,
            ) from error
        raise ArtefactError(
            f"{name} is not {noun}: it is not whole JSON",
            got=TOO_DEEP if isinstance(error, RecursionError) else briefly(str(error)),
            todo=f"it may be truncated; {todo}",
        ) from error


def read(
    document: Any, versions: Mapping[int, Record], name: str, noun: str, todo: str
) -> dict[str, Any]:
    """Hold a document against the description of its version, with ``format`` among its keys.

    Raises `ArtefactError` for another format, an unknown version, or what does not fit, and names
    the place; `noun` is what the document should be.
    """
    newest = versions[max(versions)]
    format_of: Any = newest.keys["format"]
    got = document.get("format") if isinstance(document, dict) else None
    if got not in format_of.values or type(got) is not str:
        raise ArtefactError(
            f"{name} is not {noun}",
            got=f"format: {briefly(got)}" if isinstance(document, dict) else briefly(document),
            expected=f"format: {format_of.expected}",
            todo=todo,
        )
    version = document.get("version")
    if type(version) is not int or version not in versions:
        raise ArtefactError(
            f"{name} is {noun} of a version that this datacheck does not know",
            got=f"version {briefly(version)} by {briefly(document.get('producer'))}",
            expected="version " + " or ".join(map(str, versions)),
            todo=f"upgrade datacheck, or {todo}",
        )
    try:
        versions[version].check(document)
    except Misfit as misfit:
        raise unfit(misfit, name, noun, todo) from None
    known: dict[str, Any] = document
    return known


def unfit(misfit: Misfit, name: str, noun: str, todo: str) -> ArtefactError:
    """The error that tells of a misfit."""
    return ArtefactError(
        f"{name} is not {noun} that this version reads",
        got=f"{misfit.where}: {misfit.got}",
        expected=misfit.expected,
        todo=todo,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _no_constant(token: str) -> None:
    raise ValueError(f"{token} is not a number in JSON")
