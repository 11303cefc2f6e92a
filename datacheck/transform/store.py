"""The artefact: a transform as one JSON document that loads forever, and that runs no code.

Floats are in shortest round-trip form, so every bit comes back; there is no NaN or Infinity token.
KNN donors go beside the document as Arrow IPC, in one zip. Nothing heavy is imported for a
transform without donors.
"""

from __future__ import annotations

import io
import json
from os.path import expanduser

try:  # as the standard library's `random` does: hashlib loads all of OpenSSL first
    from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256

from datacheck.documents import LARGEST, parse, unfit
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.ops import Donors, Fitted, Seen, outputs
from datacheck.specs import Misfit
from datacheck.text import briefly
from datacheck.transform.coherence import check_whole
from datacheck.transform.document import FORMAT, VERSIONS, version_of
from datacheck.transform.programs import (
    donors_document,
    donors_of,
    program_document,
    program_of,
)
from datacheck.transform.zeros import with_zeros, without_zeros

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO, Any

    from datacheck.ops import Program

_DOCUMENT, _DONORS = "transform.json", "donors.arrow"

#: Bytes of donors that are read; `fit` keeps no more than 256 MiB of cells.
LARGEST_DONORS = 2**28 + 2**20

_NOUN, _TODO = "a transform", "give the file that `fit` wrote"


def dumps(fitted: Fitted, *, indent: int | None = 1) -> bytes:
    """The artefact's bytes: JSON, faster without an indent, or a zip where there are donors."""
    document, table = _content(fitted)
    _check(document | {"sha256": "0" * 64}, "the transform")  # as `loads` does
    text = _sealed(document, indent)
    return text if table is None else _zipped({_DOCUMENT: text, _DONORS: table})


def content(fitted: Fitted) -> str:
    """All that an artefact says, unchecked and unsealed: what two are compared by."""
    return json.dumps(_content(fitted)[0])


def _content(fitted: Fitted) -> tuple[dict[str, Any], bytes | None]:
    """The document, and the donors' bytes, whose digest it has."""
    columns = [program_document(program) for program in fitted.programs]
    version = version_of(fitted, [op for column in columns for op in column["ops"]])
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "producer": fitted.producer,
        "output": fitted.output,
        "columns": columns,
        "donors": None,
        "findings": list(fitted.findings),
        "golden": without_zeros(fitted.golden, *_named(fitted.programs)),
    }
    if version > 1:
        _add_seen(document, fitted.seen)
    if fitted.donors is None:
        return document, None
    table = _donors_bytes(fitted.donors)
    digest = sha256(table).hexdigest()
    document["donors"] = {**donors_document(fitted.donors), "sha256": digest}
    return document, table


def _add_seen(document: dict[str, Any], seen: Seen | None) -> None:
    document["rows"] = None if seen is None else seen.rows
    for column in document["columns"]:
        name = column["column"]
        column["missing"] = None if seen is None else seen.missing.get(name)
        column["categories"] = None if seen is None else seen.categories.get(name)


def loads(data: bytes, name: str) -> Fitted:
    """Read an artefact's bytes back; an `ArtefactError` calls it by the name."""
    members = _unzipped(data, name) if data[:2] == b"PK" else {_DOCUMENT: data}
    document = _document(members[_DOCUMENT], name)
    if (document["donors"] is None) != (_DONORS not in members):
        raise ArtefactError(
            f"{name} has lost the donors of its KNN imputation, or holds some that none asks for",
            todo="use the file as `fit` wrote it",
        )
    programs = tuple(program_of(each) for each in document["columns"])
    return Fitted(
        programs=programs,
        output=document["output"],
        donors=_donors(document["donors"], members.get(_DONORS, b""), name),
        golden=tuple(with_zeros(document["golden"], *_named(programs))),
        findings=tuple(document["findings"]),
        producer=document["producer"],
        seen=_seen(document),
    )


def _named(programs: tuple[Program, ...]) -> tuple[list[str], list[str]]:
    """The columns, and the cells that they give."""
    columns = [program.column for program in programs]
    return columns, [name for program in programs for name in outputs(program)]


def load_file(path: str | Path | IO[bytes]) -> Fitted:
    """Read an artefact by its path or as an open file; raises `ArtefactError` as `loads` does."""
    most = LARGEST + LARGEST_DONORS
    try:
        if hasattr(path, "read"):
            name, data = "the open file", path.read(most + 1)
        elif isinstance(path, str) or hasattr(path, "__fspath__"):
            name = str(path)
            with open(expanduser(path), "rb") as file:  # noqa: PTH111, PTH123 - pathlib is slow
                data = file.read(most + 1)
        else:
            raise _unreadable(briefly(path), "this is no path and no open file")
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error)) from error
    except (ValueError, TypeError) as error:  # a closed file, a path with a NUL
        raise _unreadable(briefly(path), str(error)) from error
    if not isinstance(data, bytes):
        raise _unreadable(name, f"{type(data).__name__} where bytes are expected")
    if len(data) > most:
        raise _unreadable(name, f"more than {most:,} bytes")
    return loads(data, name)


def _unreadable(name: str, got: str) -> ArtefactError:
    return ArtefactError(
        f"cannot read the transform {name}",
        got=got,
        todo="give a file that `datacheck fit` or `Transform.save` wrote",
    )


def _sealed(document: dict[str, Any], indent: int | None = 1) -> bytes:
    document["sha256"] = _digest(document)
    text = json.dumps(document, indent=indent, allow_nan=False, ensure_ascii=False) + "\n"
    return text.encode()


def _digest(document: dict[str, Any]) -> str:
    """SHA-256 of everything but the digest, however it is laid out."""
    content = {key: value for key, value in document.items() if key != "sha256"}
    # An overflow such as 1e999 is read as an infinity: it takes a token, and so another digest.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return str(sha256(text.encode()).hexdigest())


def _document(data: bytes, name: str) -> dict[str, Any]:
    """The document, once its digest and its shape are right."""
    document = parse(data, name, _NOUN, _TODO)
    known = document if isinstance(document, dict) else {}
    version = known.get("version")
    if type(version) is int and version in VERSIONS and known.get("format") == FORMAT:
        _check_digest(document, name)
    return _check(document, name)


def _check(document: Any, name: str) -> dict[str, Any]:
    known = read_document(document, VERSIONS, name, _NOUN, _TODO)
    try:
        check_whole(known)
    except Misfit as misfit:
        raise unfit(misfit, name, _NOUN, _TODO) from None
    return known


def _check_digest(document: dict[str, Any], name: str) -> None:
    try:
        expected = _digest(document)
    except (ValueError, RecursionError):
        expected = "a digest of what can be written"
    got = document.get("sha256")
    if got != expected:
        raise ArtefactError(
            f"{name} was changed after it was saved: its SHA-256 does not match",
            got=briefly(got),
            expected=expected,
            todo="use the file as `fit` wrote it; to change a transform, change the schema and fit",
        )


def _seen(document: dict[str, Any]) -> Seen | None:
    if document.get("rows") is None:
        return None
    columns = document["columns"]
    return Seen(
        rows=document["rows"],
        missing={c["column"]: c["missing"] for c in columns if c["missing"] is not None},
        categories={c["column"]: c["categories"] for c in columns if c["categories"] is not None},
    )


def _donors(document: dict[str, Any] | None, table: bytes, name: str) -> Donors | None:
    if document is None:
        return None
    if sha256(table).hexdigest() != document["sha256"]:
        raise ArtefactError(
            f"{name} has lost or changed the donors of its KNN imputation",
            todo="use the file as `fit` wrote it",
        )
    return donors_of(document, _donor_rows(table, document["features"], name))


def _donor_rows(table: bytes, features: list[str], name: str) -> Any:
    """The donors' finite cells, one column a feature, by pyarrow: it raises where others crash."""
    import numpy as np
    import pyarrow as pa

    try:
        read = pa.ipc.open_file(pa.BufferReader(table)).read_all()
        read.validate(full=True)
        if read.column_names != features or set(read.schema.types) != {pa.float64()}:
            raise ValueError("other columns")
        rows = np.column_stack([column.to_numpy() for column in read.columns])
        if not len(rows) or np.isinf(rows).any():
            raise ValueError("no rows, or an infinity")
    except (pa.ArrowException, ValueError, OSError, MemoryError, OverflowError) as error:
        raise ArtefactError(
            f"{name} holds donors that no `fit` wrote",
            got=briefly(str(error)),
            expected="finite doubles or holes, one column for each feature",
            todo=_TODO,
        ) from error
    return rows


def _donors_bytes(donors: Donors) -> bytes:
    import polars as pl

    buffer = io.BytesIO()
    rows: Any = donors.rows
    frame = pl.DataFrame(rows, schema=list(donors.features), orient="row")
    frame.write_ipc(buffer)
    return buffer.getvalue()


def _zipped(members: dict[str, bytes]) -> bytes:
    """A zip whose bytes depend on its members alone."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _unzipped(data: bytes, name: str) -> dict[str, bytes]:
    """The two members of an artefact's zip; another name, method or size is refused unread."""
    import zipfile
    import zlib

    most = {_DOCUMENT: LARGEST, _DONORS: LARGEST_DONORS}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if sorted(members) != sorted(most) or len(archive.infolist()) != len(most):
                raise zipfile.BadZipFile(f"members {briefly(list(members))}")
            for each in members.values():
                if each.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
                    raise zipfile.BadZipFile("another compression than deflate")
                if each.flag_bits & 1:
                    raise zipfile.BadZipFile("an encrypted member")
                if each.file_size > most[each.filename]:
                    raise zipfile.BadZipFile(f"{each.file_size:,} bytes under {each.filename}")
            return {key: _member(archive, each) for key, each in members.items()}
    except (
        zipfile.BadZipFile,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
        zlib.error,
    ) as error:
        raise ArtefactError(
            f"{name} is not a whole transform",
            got=briefly(str(error)),
            expected=f"a zip of {_DOCUMENT} and {_DONORS}, deflated",
            todo="copy or save it again",
        ) from error


def _member(archive: Any, member: Any) -> bytes:
    """A member's bytes: as many as its header says, whatever the deflated stream would give."""
    with archive.open(member) as file:
        data: bytes = file.read(member.file_size)
    if len(data) != member.file_size:
        raise EOFError("a member that is cut short")
    return data
