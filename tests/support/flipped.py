"""Flips bits of a file, one at a time, and reads it: ``flipped.py FILE BIT BIT ...``.

``flipped.py --once FILE ROWS`` reads one as it is, which should have so many rows.
``flipped.py --alone FILE BIT BIT ...`` leaves it to polars, as if nothing looked at a file before.

Run as a program, for what cannot be helped ends the process. One line a bit: the bit, and ``whole``
(as many rows as the file has), ``refused`` (by a SourceError) or what went wrong.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

import datacheck as dc
from datacheck.source import batches_of, open_source

#: The address space, in bytes: what asks for more than a machine has must not get it here either.
SPACE = 6 * 2**30


def rows_of(path: Path) -> int:
    """How many rows a pass sees, held against what the file says."""
    source = open_source(path)
    rows = sum(batch.height for batch in batches_of(source.frame, source.name))
    source.must_be_whole(rows)
    return rows


def rows_alone(path: Path) -> int:
    """How many rows polars gives by itself; its own refusals are refusals too."""
    scan = pl.scan_parquet if path.suffix == ".parquet" else pl.scan_ipc
    try:
        if path.suffix == ".ipc":
            return pl.read_ipc_stream(path).height
        return scan(path).collect(engine="streaming").height
    except pl.exceptions.PolarsError as error:
        raise dc.SourceError(str(error)) from error


def told(path: Path, whole: int, rows_of: Callable[[Path], int] = rows_of) -> str:
    """What comes of reading a file."""
    try:
        rows = rows_of(path)
    except dc.SourceError:
        return "refused"
    except BaseException as error:  # noqa: BLE001 - a panic is no Exception
        return f"{type(error).__name__}: {str(error)[:99]!r}"
    return "whole" if rows == whole else f"{rows} rows of {whole}"


def main(path: Path, bits: list[int], rows_of: Callable[[Path], int] = rows_of) -> None:
    raw, whole = path.read_bytes(), rows_of(path)
    flipped = path.with_name(f"flipped{path.suffix}")
    for bit in bits:
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        flipped.write_bytes(changed)
        print(bit, end=" ", flush=True)
        print(told(flipped, whole, rows_of), flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.argv[1] == "--once":
        print(told(Path(sys.argv[2]), int(sys.argv[3])))
    elif sys.argv[1] == "--alone":
        main(Path(sys.argv[2]), [int(word) for word in sys.argv[3:]], rows_alone)
    else:
        main(Path(sys.argv[1]), [int(word) for word in sys.argv[2:]])
