"""Formats that carry their types: parquet, Arrow IPC and NDJSON, from one file or many."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from datacheck.columns import cols
from datacheck.errors import SourceError
from datacheck.source.arrow_footer import ipc_rows
from datacheck.source.at_once import held_or_stored, is_small
from datacheck.source.collecting import collect, reading, refused
from datacheck.source.extent import must_share_keys
from datacheck.source.from_arrow import (
    has_codes_below_zero,
    is_laid_out_otherwise,
    laid_out_table,
    loses_holes,
)
from datacheck.source.held import OpenedState, lines_of
from datacheck.source.model import OpenedFiles
from datacheck.source.names_once import must_be_unique
from datacheck.source.ndjson_bytes import must_be_once, readable
from datacheck.source.parquet_footer import parquet_rows
from datacheck.source.quiet import panics_held
from datacheck.source.row_groups import by_pages, has_large_groups, orders_unread
from datacheck.source.sniff import must_be
from datacheck.source.widening import DIGITS, agreed, must_be_exact, notes, widened

_ROWS = "datacheck: rows"
#: So many lines say in which order keys stand.
_FIRST = 1000


def open_parquet(paths: Sequence[str], *, hive: bool) -> OpenedFiles:
    """Scan parquet files of the same columns, widened where nothing is lost."""
    odd = next((path for path in paths if hive and "*" in path), None)
    if odd is not None:
        raise SourceError(
            f"the columns in the names of folders cannot be read: {odd}",
            got="an asterisk in the path, for which polars reads none",
            expected="folders named key=value",
            todo="rename that folder, or read its files without the others",
        )
    schemas, rows, unread = [], [], set()
    for path in paths:
        must_be(path, "parquet", "parquet")
        rows.append(parquet_rows(path))
        with reading(path):
            schema, by_polars = _columns_of(path)
        schemas.append(schema)
        if not by_polars:
            unread.add(path)
    wanted = agreed(paths, schemas)
    with reading(paths[0]):
        scan = pl.scan_parquet(
            list(paths), glob=False, hive_partitioning=hive, missing_columns="raise"
        )
        sized = zip(paths, schemas, rows, strict=True)
        large = bool(unread) or any(has_large_groups(*each) for each in sized)
        alike = all(dict(schema) == wanted for schema in schemas) and (hive or _same_order(schemas))
        if alike and not large:
            return OpenedFiles(scan, _together(rows))
        known = scan.collect_schema() if hive else pl.Schema()
        keys = {name: dtype for name, dtype in known.items() if name not in wanted}
        parts = []
        for path, schema, count in zip(paths, schemas, rows, strict=True):
            part = _scan(path, keys) if keys else _scan(path)
            if path in unread or (large and has_large_groups(path, schema, count)):
                part = by_pages(path, schema, _values_in(path, known))
            must_be_exact(path, part, schema, wanted)
            parts.append(widened(part, schema, wanted).select(cols([*wanted, *keys])))
    return OpenedFiles(pl.concat(parts), _together(rows), notes(schemas, wanted))


def _schema_of(path: str, scan: pl.LazyFrame) -> pl.Schema:
    """The columns of a file, each of a type that can be computed with."""
    try:
        schema = scan.collect_schema()
    except pl.exceptions.DuplicateError:
        import pyarrow.parquet as pq

        must_be_unique(path, pq.read_schema(path).names)
        raise
    _must_be_computable(path, schema)
    return schema


def _must_be_computable(path: str, schema: pl.Schema) -> None:
    """Refuse decimals that polars raises over where it meets them."""
    for name, dtype in schema.items():
        if not isinstance(dtype, pl.Decimal):
            continue
        if not 0 <= dtype.scale <= dtype.precision <= DIGITS:
            raise SourceError(
                f"column {name!r} of {path} cannot be read",
                got=f"decimals of {dtype.precision} digits, {dtype.scale} behind the point",
                expected=f"{DIGITS} digits at most",
                todo="write it as decimals of fewer digits, as doubles, or as text",
            )


def _columns_of(path: str) -> tuple[pl.Schema, bool]:
    """The columns of a file, and whether this polars reads them: it knows no zone but by name."""
    try:
        return _schema_of(path, _scan(path)), not orders_unread(path, _scan(path))
    except pl.exceptions.PanicException:
        import pyarrow.parquet as pq

        known = pq.read_schema(path)
        if not is_laid_out_otherwise(known):
            raise
        return laid_out_table(known.empty_table()).schema, False


def _scan(path: str, keys: Mapping[str, pl.DataType] | None = None) -> pl.LazyFrame:
    """One file; `keys` are the columns that the names of its folders hold, with their types."""
    return pl.scan_parquet(path, glob=False, hive_partitioning=bool(keys), hive_schema=keys)


def _values_in(path: str, known: Mapping[str, pl.DataType]) -> pl.DataFrame | None:
    """The one row of what the names of a file's folders say; None where they say nothing."""
    parts = (unquote(part).partition("=") for part in Path(path).parent.parts)
    keys = {name: known[name] for name, sign, _ in parts if sign and name in known}
    return collect(_scan(path, keys).select(cols(keys)).head(1), path) if keys else None


def _together(rows: Sequence[int | None]) -> int | None:
    """The rows of all files, if each says how many it has."""
    known = [each for each in rows if each is not None]
    return sum(known) if len(known) == len(rows) else None


def open_ipc(paths: Sequence[str]) -> OpenedFiles:
    """Scan Arrow IPC files (also Feather version 2); a stream is read into memory."""
    scans, rows = [], []
    for path in paths:
        stream = must_be(path, "ipc", "Arrow IPC") == "Arrow IPC stream"
        rows.append(ipc_rows(path, stream=stream))
        with reading(path):
            scans.append(_scan_ipc(path, stream=stream))
    return joined(paths, scans, _together(rows))


def _scan_ipc(path: str, *, stream: bool) -> pl.LazyFrame:
    """One file; in memory where it is a stream, or is laid out as polars reads none."""
    held = _by_arrow(path, stream=stream)
    if held is not None:
        return held
    try:
        scan = pl.read_ipc_stream(path).lazy() if stream else pl.scan_ipc(path, glob=False)
        _must_be_computable(path, scan.collect_schema())
    except pl.exceptions.PanicException:
        import pyarrow as pa

        with pa.memory_map(path) as file:
            opened = pa.ipc.open_stream(file) if stream else pa.ipc.open_file(file)
            if is_laid_out_otherwise(opened.schema):
                return laid_out_table(opened.read_all()).lazy()
        raise
    return scan


def _by_arrow(path: str, *, stream: bool) -> pl.LazyFrame | None:
    """A file read by Arrow, where polars would lose a missing map or raise over a missing category.

    The code of such a category is -1 where pandas wrote the file (polars to 2.1).
    """
    import pyarrow as pa

    reader = pa.ipc.open_stream if stream else pa.ipc.open_file
    with pa.memory_map(path) as file:
        kinds = reader(file).schema.types
        coded = [at for at, kind in enumerate(kinds) if pa.types.is_dictionary(kind)]
        if not any(map(loses_holes, kinds)):
            if not coded:
                return None
            file.seek(0)
            codes = reader(file, options=pa.ipc.IpcReadOptions(included_fields=coded))
            batches = codes if stream else map(codes.get_batch, range(codes.num_record_batches))
            if not any(map(has_codes_below_zero, batches)):
                return None
        file.seek(0)
        return laid_out_table(reader(file).read_all()).lazy()


def open_ndjson(paths: Sequence[str]) -> OpenedFiles:
    """Read files with one JSON object a line, held or stored; every line decides on types."""
    size = sum(Path(path).stat().st_size for path in paths)
    frames, rows = [], 0
    for path in paths:
        must_be(path, "text", "NDJSON")
        must_share_keys(path)
        frame, height = _read_ndjson(readable(path), path, size)
        frames.append(frame)
        rows += height
    return joined(paths, frames, rows)._replace(stored=not is_small(size))


def _read_ndjson(place: str, path: str, size: int) -> tuple[pl.LazyFrame, int]:
    """The file that stands in a place, which may be a copy of the one that messages name."""
    try:
        # polars would take a star or a bracket in the name for a pattern.
        name = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in place)
        scan = pl.scan_ndjson(name, infer_schema_length=None)
        with panics_held():
            once = held_or_stored(scan, size)
            frame = scan if once is None else once
            counts = frame.select(pl.all().null_count(), pl.len().alias(_ROWS))
            seen = counts.collect(engine="streaming").row(0)
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        with reading(path):
            _blame(place, path)
        raise refused(path, error) from error
    rows = int(seen[-1])
    OpenedState((), lines_of(place, rows)).must_be_all(path, rows)
    must_be_once(place, rows * (len(seen) - 1) - sum(seen[:-1]))
    return frame.select(cols(_in_order(place, frame.collect_schema().names()))), rows


def _in_order(place: str, names: Sequence[str]) -> list[str]:
    """The keys in the order in which the lines have them, which polars does not always keep."""
    left, order = dict.fromkeys(names), list[str]()
    with Path(place).open("rb") as file:
        for line in islice(file, _FIRST):
            if not left:
                break
            read = json.loads(line, parse_int=str, parse_float=str) if line.strip() else {}
            found = [key for key in read if key in left]
            order += found
            left = {name: None for name in left if name not in found}
    return [*order, *left]


def json_type(value: object) -> str:
    """What JSON calls a value.

    >>> json_type(1.5), json_type(None)
    ('number', 'null')
    """
    return _TYPES.get(type(value), "null")


_TYPES = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    list: "array",
    dict: "object",
}


_SCALARS = {"text", "number", "boolean"}


def _blame(place: str, path: str) -> None:
    """Find the line that is not one JSON object, or the column whose types do not mix."""
    types: dict[str, tuple[str, int]] = {}
    objects = 0
    with Path(place).open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            objects += 1
            for key, value in _object(path, number, line).items():
                seen = json_type(value)
                if seen == "null":
                    continue
                before, first = types.setdefault(key, (seen, number))
                pair = {before, seen}
                # polars reads a key that holds text and numbers or booleans as text.
                if before != seen and not ("text" in pair and pair <= _SCALARS):
                    raise SourceError(
                        f"{path} holds values of two types under one key",
                        got=f"{key!r} is a {before} on line {first} and a {seen} on line {number}",
                        expected="one type for each key",
                        todo="mend the program that writes it, or write the values as text",
                    )

    if not objects:
        raise _bad_line(path, "no object")


def _object(path: str, number: int, line: bytes) -> dict[str, object]:
    def refuse_token(token: str) -> None:
        raise ValueError(f"the token {token}, which JSON does not have")

    try:
        value = json.loads(line.decode(), parse_constant=refuse_token)
    except UnicodeDecodeError as error:
        raise _bad_line(path, f"bytes that are not UTF-8 on line {number}") from error
    except RecursionError as error:
        raise _bad_line(path, f"objects nested too deeply on line {number}") from error
    except ValueError as error:
        if number == 1 and line.strip() in _OPENING:
            raise _bad_line(path, "a document of many lines", _NAMED) from error
        raise _bad_line(path, f"on line {number}: {error}") from error
    if not isinstance(value, dict):
        todo = _NAMED if number == 1 and isinstance(value, list) else _MENDED
        raise _bad_line(path, f"a JSON {json_type(value)} on line {number}", todo)
    return value


#: The first line of a document that is written over many.
_OPENING = (b"{", b"[", b"[{")
_MENDED = "mend that line"
_NAMED = "name it .json: that is one document, which may hold an array of objects"


def _bad_line(path: str, got: str, todo: str = _MENDED) -> SourceError:
    return SourceError(
        f"{path} is not NDJSON",
        got=got,
        expected='one JSON object a line, such as {"x": 1.5}',
        todo=todo,
    )


def joined(paths: Sequence[str], scans: Sequence[pl.LazyFrame], rows: int | None) -> OpenedFiles:
    """The parts of one table, in their order, with types that hold all of them."""
    schemas = []
    for path, scan in zip(paths, scans, strict=True):
        with reading(path):
            schemas.append(_schema_of(path, scan))
    wanted = agreed(paths, schemas)
    if len(scans) == 1:
        return OpenedFiles(scans[0], rows)
    parts = []
    for path, scan, schema in zip(paths, scans, schemas, strict=True):
        must_be_exact(path, scan, schema, wanted)
        parts.append(widened(scan, schema, wanted).select(cols(wanted)))
    return OpenedFiles(pl.concat(parts), rows, notes(schemas, wanted))


def _same_order(schemas: Sequence[pl.Schema]) -> bool:
    return all(schema.names() == schemas[0].names() for schema in schemas)
