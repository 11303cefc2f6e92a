"""What a file is by its first bytes, to be held against what its name says."""

from __future__ import annotations

import re
from pathlib import Path

from datacheck.errors import SourceError
from datacheck.source.collecting import reading
from datacheck.source.options import give

#: First bytes and the kind they give away; the longest come first where one starts another.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\x00", "SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel (xls)"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"ARROW1", "Arrow IPC"),
    (b"FEA1", "Feather version 1"),
    (b"\xff\xff\xff\xff", "Arrow IPC stream"),
    (b"PAR1", "parquet"),
    (b"PARE", "encrypted parquet"),
    (b"PK\x03\x04", "zip or Excel (xlsx)"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"%PDF", "PDF"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"Obj\x01", "Avro"),
    (b"version https://git-lfs", "a pointer of Git LFS as"),
    (b"ORC", "ORC"),
)

#: An object, or a list of them.
_JSON = re.compile(rb'(?:\[\s*)?\{\s*["}]')

#: A page, or a piece of one: a tag, and another right behind it.
_MARKUP = re.compile(rb"<!doctype html|<html|<[a-z]+[^<>]*>\s*<[a-z]")

#: Bytes that no text is written with: one may stand in a cell, so many different ones do not.
_CONTROL, BINARY = set(range(32)) - set(b"\t\n\v\f\r\x1b"), 4

#: What a file of each format may look like; None: text.
_FITTING: dict[str, tuple[str, ...]] = {
    "parquet": ("parquet",),
    "ipc": ("Arrow IPC", "Arrow IPC stream"),
    "excel": ("zip or Excel (xlsx)", "Excel (xls)"),
    "gzip": ("gzip",),
    "zstd": ("zstd",),
    "text": ("text", "JSON"),
    "cells": ("text",),
}

_FOOTERS = {"parquet": b"PAR1", "Arrow IPC": b"ARROW1"}


def kind_of(head: bytes) -> str:
    """Name the kind of a file by its first bytes: `text`, or `binary`, where no signature is."""
    if not head:
        return "empty"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<?xml"):
        return "XML"
    if _MARKUP.match(start):
        return "HTML page"
    if _JSON.match(start):
        return "JSON"
    return "text" if len(_CONTROL.intersection(head)) < BINARY else "binary"


def must_be(path: str, wanted: str, label: str) -> str:
    """Refuse a file, by its label, whose content is not as wanted; give the kind that it is."""
    with reading(path), Path(path).open("rb") as file:
        seen = kind_of(file.read(512))
    if seen == "empty":
        raise SourceError(
            f"{path} is empty",
            got="0 bytes",
            expected=f"a file in the format {label}",
            todo="write the file again; the program that made it may have failed",
        )
    if seen not in _FITTING[wanted]:
        raise SourceError(
            f"{path} is not what its name says",
            got=f"{seen} content",
            expected=f"{label}",
            todo=_advice(seen, wanted),
        )
    footer = _FOOTERS.get(seen)
    if footer is not None and _tail(path, len(footer)) != footer:
        raise SourceError(
            f"{path} is cut off",
            got=f"no {seen} footer at its end",
            expected=f"a whole file in the format {label}",
            todo="copy or write the file again",
        )
    return seen


def _advice(seen: str, wanted: str) -> str:
    if seen in ("UTF-16 text", "UTF-32 text"):
        encoding = seen.removesuffix(" text")
        convert = f"convert it: iconv -f {encoding} -t UTF-8 IN > OUT"
        said = give("encoding", encoding.lower())
        return f"give {said}, or {convert}" if wanted == "cells" else convert
    if "Git LFS" in seen:
        return "fetch the file that it stands for: git lfs pull"
    if seen == "JSON":
        return "name it .json, or .ndjson where each line is an object"
    if seen == "text" and wanted in ("gzip", "zstd"):
        return "drop the compression from the name, or compress the file"
    if seen in ("gzip", "zstd"):
        return f"name it with .{'gz' if seen == 'gzip' else 'zst'} at the end, or decompress it"
    return "give the file the extension of its content, or write it in the format it claims"


def _tail(path: str, size: int) -> bytes:
    with reading(path), Path(path).open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - size))
        return file.read()
