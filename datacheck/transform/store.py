"""The artefact: a transform as one JSON document that loads forever, and that runs no code.

Floats are in shortest round-trip form, so every bit comes back; there is no NaN or Infinity token.
KNN donors go beside the document as Arrow IPC, in one zip. Nothing heavy is imported for a
transform without donors.
"""

from __future__ import annotations

import json

try:  # as the standard library's `random` does: hashlib loads all of OpenSSL first
    from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256

from datacheck.errors import ArtefactError, did_you_mean
from datacheck.ops import OPS, Donors, Fitted, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from datacheck.ops import Op

FORMAT = "datacheck.transform"
VERSION = 1

_DOCUMENT, _DONORS = "transform.json", "donors.arrow"
_NAMES = {op: name for name, op in OPS.items()}


def dumps(fitted: Fitted) -> bytes:
    """The artefact's bytes: JSON, or a zip of JSON and Arrow IPC where there are donors."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "producer": fitted.producer,
        "output": fitted.output,
        "columns": [
            {
                "column": program.column,
                "kind": program.kind,
                "dtype": program.dtype,
                "ops": [_op_document(op) for op in program.ops],
            }
            for program in fitted.programs
        ],
        "donors": None,
        "findings": list(fitted.findings),
        "golden": list(fitted.golden),
    }
    if fitted.donors is None:
        return _sealed(document)
    table = _donors_bytes(fitted.donors)
    document["donors"] = {
        **{name: getattr(fitted.donors, name) for name in Donors._fields if name != "rows"},
        "sha256": sha256(table).hexdigest(),
    }
    return _zipped({_DOCUMENT: _sealed(document), _DONORS: table})


def loads(data: bytes, name: str) -> Fitted:
    """Read an artefact's bytes back.

    Parameters
    ----------
    name
        What to call it in errors.

    Raises
    ------
    ArtefactError
        If it is not an artefact, is truncated or changed, or comes from a later major version.
    """
    members = _unzipped(data, name) if data[:2] == b"PK" else {_DOCUMENT: data}
    document = _document(members.get(_DOCUMENT, b""), name)
    try:
        return Fitted(
            programs=tuple(_program(each) for each in document["columns"]),
            output=document["output"],
            donors=_donors(document["donors"], members.get(_DONORS, b""), name),
            golden=tuple(document["golden"]),
            findings=tuple(document["findings"]),
            producer=document["producer"],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArtefactError(
            f"{name} is not a transform that this version reads",
            got=f"{type(error).__name__}: {error}",
            expected=f"a {FORMAT} document of version {VERSION}",
            todo="fit and save it again",
        ) from error


def load_file(path: str | Path) -> Fitted:
    """Read an artefact from a file.

    Raises
    ------
    ArtefactError
        As `loads` says, or where the file cannot be read.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib would double the start-up time
            data = file.read()
    except OSError as error:
        raise ArtefactError(
            f"cannot read the transform {path}",
            got=error.strerror or str(error),
            todo="give a file that `datacheck fit` or `Transform.save` wrote",
        ) from error
    return loads(data, str(path))


def _op_document(op: Op) -> dict[str, Any]:
    return {"op": _NAMES[type(op)], **op._asdict()}


def _sealed(document: dict[str, Any]) -> bytes:
    document["sha256"] = _digest(document)
    return (json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _digest(document: dict[str, Any]) -> str:
    """SHA-256 of everything but the digest, however it is laid out."""
    content = {key: value for key, value in document.items() if key != "sha256"}
    # An overflow such as 1e999 is read as an infinity: it takes a token, and so another digest.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return str(sha256(text.encode()).hexdigest())


def _document(data: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if data.strip() and not data.lstrip().startswith((b"{", b"[")):
            raise ArtefactError(
                f"{name} is not a transform: it is no JSON at all",
                got=f"content that begins with {data[:16]!r}",
                expected=f"a {FORMAT} document",
                todo="give the file that `fit` wrote",
            ) from error
        raise ArtefactError(
            f"{name} is not a transform: it is not whole JSON",
            got=str(error),
            todo="it may be truncated; copy or save it again",
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        got = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise ArtefactError(
            f"{name} is not a transform",
            got=f"format: {got!r}",
            expected=f"format: {FORMAT!r}",
            todo="give the file that `fit` wrote",
        )
    if document.get("version") != VERSION:
        raise ArtefactError(
            f"{name} is a transform of a version that this datacheck does not know",
            got=f"version {document.get('version')!r} by {document.get('producer')!r}",
            expected=f"version {VERSION}",
            todo="upgrade datacheck, or fit again with this one",
        )
    if document.get("sha256") != _digest(document):
        raise ArtefactError(
            f"{name} was changed after it was saved: its SHA-256 does not match",
            got=str(document.get("sha256")),
            expected=_digest(document),
            todo="use the file as `fit` wrote it; to change a transform, change the schema and fit",
        )
    return document


def _no_constant(token: str) -> None:
    raise ValueError(f"{token} is not a number in a transform")


def _program(document: dict[str, Any]) -> Program:
    ops = tuple(_op(dict(each)) for each in document["ops"])
    return Program(document["column"], document["kind"], document["dtype"], ops)


def _op(document: dict[str, Any]) -> Op:
    kind = document.pop("op")
    if kind not in OPS:
        raise ValueError(f"unknown op {kind!r}; {did_you_mean(str(kind), OPS)}")
    if "values" in document:
        document["values"] = tuple(document["values"])
    return OPS[kind](**document)


def _donors(document: dict[str, Any] | None, table: bytes, name: str) -> Donors | None:
    if document is None:
        return None
    if sha256(table).hexdigest() != document["sha256"]:
        raise ArtefactError(
            f"{name} has lost or changed the donors of its KNN imputation",
            todo="use the file as `fit` wrote it",
        )
    import io

    import polars as pl

    rows = pl.read_ipc(io.BytesIO(table)).to_numpy(writable=True)
    kept = {key: document[key] for key in Donors._fields if key != "rows"}
    listed = {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
    return Donors(**(kept | listed), rows=rows)


def _donors_bytes(donors: Donors) -> bytes:
    import io

    import polars as pl

    buffer = io.BytesIO()
    rows: Any = donors.rows
    frame = pl.DataFrame(rows, schema=list(donors.features), orient="row")
    frame.write_ipc(buffer)
    return buffer.getvalue()


def _zipped(members: dict[str, bytes]) -> bytes:
    """A zip whose bytes depend on its members alone."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _unzipped(data: bytes, name: str) -> dict[str, bytes]:
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {member: archive.read(member) for member in archive.namelist()}
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise ArtefactError(
            f"{name} is not a whole transform", got=str(error), todo="copy or save it again"
        ) from error
