"""CSV and TSV without guessing: one checking pass over the whole file, then a lazy scan."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from datacheck.errors import SourceError, did_you_mean
from datacheck.source.celltypes import TEXT, Kind, decide
from datacheck.source.collecting import reading
from datacheck.source.sniff import must_be
from datacheck.source.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Bytes read at once: enough for numpy, and they stay in the processor's caches.
BLOCK = 1 << 20

#: A header that is longer is none: its first quote never closes.
_HEADER_LIMIT = 8 << 20

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class _File:
    """One checked file: its header, and how many rows stand before trailing blank lines."""

    path: str
    names: tuple[str, ...]
    rows: int
    blanks: int


def open_delimited(
    paths: Sequence[str], separator: str, name: str
) -> tuple[pl.LazyFrame, Callable[[frozenset[str]], pl.LazyFrame]]:
    """Check every byte of the files, type their columns from every cell, and scan them lazily.

    Parameters
    ----------
    paths
        Files with the same columns, plain or compressed (`.gz`, `.zst`).
    separator
        `,` or a tab.
    name
        What messages call the files together.

    Returns
    -------
    tuple
        The table, and the function that reads chosen columns as text instead.

    Raises
    ------
    SourceError
        A file is broken, or the files' columns differ.
    """
    files = [_check(path, separator) for path in paths]
    _must_agree(files)
    names = files[0].names
    with reading(name):
        cells = _scan(files, separator, dict.fromkeys(names, TEXT))
        kinds = decide(cells, names)
        seen = cells.select(pl.len()).collect(engine="streaming").item()
    rows = sum(file.rows for file in files)
    if seen != rows:
        raise SourceError(
            f"{name} changed while it was read",
            got=f"{seen} rows",
            expected=f"{rows}, as counted before",
            todo="wait until the program that writes it is done, then try again",
        )

    def as_text(columns: frozenset[str]) -> pl.LazyFrame:
        chosen = {key: TEXT if key in columns else kind for key, kind in kinds.items()}
        return _scan(files, separator, {key: chosen[key] for key in names})

    return as_text(frozenset()), as_text


def _scan(files: Sequence[_File], separator: str, kinds: dict[str, Kind]) -> pl.LazyFrame:
    reads = [
        kind.reads(pl.col(name)).alias(name)
        for name, kind in kinds.items()
        if kind.reads is not None
    ]
    scans = [
        pl.scan_csv(
            file.path,
            separator=separator,
            schema={_raw(name): kinds[name].stored for name in file.names},
            # Trailing blank lines are no rows; polars would read them as rows of nulls.
            n_rows=file.rows if file.blanks else None,
            glob=False,
        )
        for file in files
    ]
    renamed = {_raw(name): name for name in kinds if _raw(name) != name}
    if renamed:
        scans = [scan.rename(renamed) for scan in scans]
    # Files may hold the same columns in another order: the first one's order rules.
    order = list(kinds)
    aligned = [
        scan if list(file.names) == order else scan.select(order)
        for scan, file in zip(scans, files, strict=True)
    ]
    frame = aligned[0] if len(aligned) == 1 else pl.concat(aligned)
    return frame.with_columns(reads) if reads else frame


def _raw(name: str) -> str:
    """A column's name as polars reads it from the header: it leaves doubled quotes doubled."""
    return name.replace('"', '""')


def _check(path: str, separator: str) -> _File:
    suffix = Path(path).suffix.lower()
    packed = {".gz": "gzip", ".zst": "zstd"}.get(suffix)
    label = {",": "CSV", "\t": "TSV"}[separator]
    must_be(path, packed or "text", f"{packed}-compressed {label}" if packed else label)
    with reading(path):
        blocks = _blocks(path, packed)
        skipped, first = _skip_blank(path, blocks)
        names, first = _header(path, separator, first, blocks)
        structure = Structure(path, ord(separator), len(names), skipped)
        structure.read(itertools.chain([first], blocks))
    return _File(path, names, structure.rows - 1, structure.blanks)


def _blocks(path: str, packed: str | None) -> Iterator[bytes]:
    if packed is None:
        with Path(path).open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                yield block
        return
    import pyarrow as pa

    with pa.OSFile(path) as file, pa.CompressedInputStream(file, packed) as stream:
        while block := stream.read(BLOCK):
            yield block


def _skip_blank(path: str, blocks: Iterator[bytes]) -> tuple[int, bytes]:
    """Pass over the byte order mark and blank lines at the top, as polars does."""
    first = next(blocks, b"").removeprefix(_BOM)
    lines = 0
    while first.startswith((b"\n", b"\r\n")):
        first = first[first.index(b"\n") + 1 :]
        lines += 1
        first = first or next(blocks, b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{path} is not UTF-8",
            got="UTF-16 text",
            expected="UTF-8 text",
            todo="convert it: iconv -f UTF-16 -t UTF-8 IN > OUT",
        )
    if not first.strip():
        raise SourceError(
            f"{path} is empty",
            got="no header and no rows",
            expected="a line with the names of the columns, then rows",
            todo="write the file again; the program that made it may have failed",
        )
    return lines, first


def _header(
    path: str, separator: str, first: bytes, blocks: Iterator[bytes]
) -> tuple[tuple[str, ...], bytes]:
    """Read the names of the columns; also give back the bytes that were read for it."""
    while (end := _record_end(first)) < 0 and len(first) < _HEADER_LIMIT:
        block = next(blocks, b"")
        if not block:
            break
        first += block
    line = first[: end if end >= 0 else len(first)].removesuffix(b"\r")
    try:
        lines = io.StringIO(line.decode(), newline="")
        names = tuple(next(csv.reader(lines, delimiter=separator)))
    except (UnicodeDecodeError, csv.Error) as error:
        # The pass over all bytes names the fault and its line.
        Structure(path, ord(separator), 0).read([line + b"\n"])
        raise SourceError(
            f"{path} has no readable header",
            got=str(error),
            expected="the names of the columns in the first line",
            todo="check that the file is a CSV with a header, and that its quotes close",
        ) from error
    _check_names(path, separator, names)
    if len(names) == 1:
        _check_spaces(path, separator, names, first)
    return names, first


def _record_end(data: bytes) -> int:
    """Where the first newline outside quotes stands; -1 where there is none."""
    quotes = start = 0
    while (at := data.find(b"\n", start)) >= 0:
        quotes += data.count(b'"', start, at)
        if quotes % 2 == 0:
            return at
        start = at + 1
    return -1


def _check_names(path: str, separator: str, names: tuple[str, ...]) -> None:
    if len(names) == 1 and any(mark in names[0] for mark in {",", "\t", ";", "|"} - {separator}):
        mark = next(mark for mark in "\t;|," if mark in names[0])
        raise _otherwise(path, separator, f"one column, named {names[0]!r}", mark)
    empty = [position for position, name in enumerate(names, 1) if not name.strip()]
    if empty:
        raise SourceError(
            f"{path} has a column without a name",
            got="nothing in the header for column " + ", ".join(map(str, empty)),
            expected="a name for each column",
            todo="name it; pandas writes its index so unless to_csv(index=False) is used",
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{path} has two columns of one name",
            got=", ".join(f"{name!r} {names.count(name)} times" for name in twice),
            expected="each name once",
            todo="rename the columns in the header",
        )


def _check_spaces(path: str, separator: str, names: tuple[str, ...], first: bytes) -> None:
    """One column whose first cell is several numbers, as many as its name has words, is several."""
    cells = first[_record_end(first) + 1 :].partition(b"\n")[0].split()
    if not 1 < len(cells) == len(names[0].split()):
        return
    try:
        [float(cell) for cell in cells]
    except ValueError:
        return
    raise _otherwise(path, separator, f"one column, named {names[0]!r}, of {len(cells)} words", " ")


def _otherwise(path: str, separator: str, got: str, mark: str) -> SourceError:
    other = {"\t": "name it .tsv, ", ",": "name it .csv, "}.get(mark, "")
    return SourceError(
        f"{path} seems to separate its cells otherwise",
        got=got,
        expected={",": "commas", "\t": "tabs"}[separator],
        todo=f"{other}rewrite the file, or pass pl.scan_csv(path, separator={mark!r})",
    )


def _must_agree(files: Sequence[_File]) -> None:
    first = files[0]
    for file in files[1:]:
        differ(first.path, first.names, file.path, file.names)


def differ(first: str, names: Sequence[str], other: str, others: Sequence[str]) -> None:
    """Refuse two files of one table whose columns are not the same.

    Raises
    ------
    SourceError
        With the columns that only one of them has.
    """
    missing = [name for name in names if name not in set(others)]
    extra = [name for name in others if name not in set(names)]
    if not missing and not extra:
        return
    lacks = f"lacks {missing}" if missing else ""
    adds = f"adds {extra}" if extra else ""
    hint = f" ({did_you_mean(extra[0], missing)})" if missing and extra else ""
    raise SourceError(
        "the files do not hold the same columns",
        got=f"{other} {' and '.join(part for part in (lacks, adds) if part)}{hint}",
        expected=f"the columns of {first}: {list(names)}",
        todo="mend or leave out that file, or read the two groups apart",
    )
