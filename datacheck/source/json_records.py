"""JSON documents that hold a table: an array of objects, one for each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.columns import cols
from datacheck.errors import SourceError
from datacheck.source.collecting import reading
from datacheck.source.delimited import differ
from datacheck.source.keys_twice import KeyTwiceError, once, refused
from datacheck.source.sniff import must_be

if TYPE_CHECKING:
    from collections.abc import Sequence


def open_records(paths: Sequence[str]) -> pl.LazyFrame:
    """Read documents such as `[{"x": 1.5}, {"x": null}]` into memory.

    A key that an object lacks is null there. A column's type comes from all of its values.

    Raises
    ------
    SourceError
        A document is broken, or holds something else.
    """
    frames = [_read(path) for path in paths]
    for path, frame in zip(paths[1:], frames[1:], strict=True):
        differ(paths[0], frames[0].columns, path, frame.columns)
    order = frames[0].columns
    with reading(paths[0]):
        whole = [frame.select(cols(order)) for frame in frames]
        return (whole[0] if len(whole) == 1 else pl.concat(whole, how="vertical_relaxed")).lazy()


def _read(path: str) -> pl.DataFrame:
    must_be(path, "text", "JSON")
    with reading(path):
        raw = Path(path).read_bytes()
    try:
        rows = json.loads(
            raw.removeprefix(b"\xef\xbb\xbf"), parse_constant=_refuse, object_pairs_hook=once
        )
    except KeyTwiceError as error:
        raise refused(path, repr(error.args[0]), "in one object") from None
    except (ValueError, RecursionError) as error:
        raise _no_records(path, str(error)) from error
    if isinstance(rows, dict):
        raise _no_records(path, "one object, with the keys " + ", ".join(map(repr, list(rows)[:5])))
    if not isinstance(rows, list):
        raise _no_records(path, f"a {type(rows).__name__}")
    odd = next((n for n, row in enumerate(rows) if not isinstance(row, dict)), None)
    if odd is not None:
        raise _no_records(path, f"{json.dumps(rows[odd])[:40]} as item {odd}")
    return _framed(path, rows)


def _framed(path: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with reading(path):
        return pl.DataFrame(
            {name: _column(path, name, [row.get(name) for row in rows]) for name in names}
        )


def _column(path: str, name: str, values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values} - {type(None)}
    try:
        if kinds == {int, float}:
            return pl.Series(name, [None if v is None else float(v) for v in values])
        return pl.Series(name, values, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise SourceError(
            f"{path} holds values of several types under one key",
            got=f"{name!r} is {' and '.join(sorted(kind.__name__ for kind in kinds))}",
            expected="one type for each key",
            todo="mend the program that writes it, or write the values as text",
        ) from error


def _refuse(token: str) -> None:
    raise ValueError(f"the token {token}, which JSON does not have")


def _no_records(path: str, got: str) -> SourceError:
    return SourceError(
        f"{path} holds no JSON records",
        got=got,
        expected='an array of objects, such as [{"x": 1.5}, {"x": null}]',
        todo="write one object for each row: in pandas df.to_json(path, orient='records'); one "
        "object a line is .ndjson",
    )
