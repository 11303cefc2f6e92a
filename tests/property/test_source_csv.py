"""CSV as others read it: what datacheck accepts is what Python's csv module reads, cell by cell."""

from __future__ import annotations

import csv
import io
import itertools
import math
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.source import collect, open_source
from datacheck.source.structure import Structure

#: The bytes that decide how a CSV is cut, and a few that must pass through.
MARKS = st.sampled_from(["a", "1", ",", '"', "\n", "\r\n", "é", " ", '""', "\r"])
CELLS = st.text(st.sampled_from('a1 ,"\n\ré😀;\t'), max_size=5)


def opened(raw: bytes) -> dc.SourceError | tuple[tuple[str | None, ...], ...]:
    """Rows as text, or the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        path.write_bytes(raw)
        try:
            source = open_source(path)
            source = source.with_text(source.frame.collect_schema().names())
            return tuple(collect(source.frame).rows())
        except dc.SourceError as error:
            return error


def as_csv_module(raw: bytes) -> list[list[str]]:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@settings(max_examples=300, deadline=None)
@given(st.lists(MARKS, max_size=30).map("".join))
@example("a,1\n1,2\n\n\n")
@example("a\n\n1\n\n")
@example('\n\r\na,b\n"x\n",1\r\n')
def test_any_text_is_refused_or_read_as_the_csv_module_reads_it(text: str) -> None:
    raw = ("h,i\n" + text).encode()
    rows = opened(raw)
    if isinstance(rows, dc.SourceError):
        return
    expected = [row for row in as_csv_module(raw) if row][1:]
    assert [[cell or "" for cell in row] for row in rows] == expected


@settings(max_examples=200, deadline=None)
@given(
    rows=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    closed=st.booleans(),
)
def test_what_a_csv_writer_writes_is_read_back(
    rows: list[list[str]], quoting: int, end: str, mark: bytes, closed: bool
) -> None:
    width = len(rows[0]) if rows else 1
    if quoting == csv.QUOTE_MINIMAL:  # it leaves a lone return bare, which no two readers agree on
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([[f"c{i}" for i in range(width)], *rows])
    text = out.getvalue() if closed else out.getvalue().removesuffix(end)
    seen = opened(mark + text.encode())
    empty = "" if quoting == csv.QUOTE_ALL or width == 1 else None
    assert seen == tuple(tuple(cell or empty for cell in row) for row in rows)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(MARKS | st.sampled_from(["\0", "a,1\n", '"x",2\n'])).map("".join),
    st.lists(st.integers(0, 80)),
    st.booleans(),
)
def test_the_borders_of_blocks_change_nothing(text: str, cuts: list[int], broken: bool) -> None:
    raw = ("h,i\n" + text).encode() + b"\xe9" * broken
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    pieces = [raw[a:b] for a, b in itertools.pairwise(places)]
    assert judged(pieces) == judged([raw])


def judged(pieces: list[bytes]) -> object:
    """What the structure says: rows and blanks, or whether it refuses the file."""
    structure = Structure("x", ord(","), 2)
    try:
        structure.read(pieces)
    except dc.SourceError:
        return "refused"
    return structure.rows, structure.blanks


NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(-(2**54), 2**54).map(str),
    st.integers(-3, 3).map(lambda x: str(2**53 + x)),
    st.floats().map(repr),
    st.floats(allow_nan=False).map(lambda x: f"{x:.20g}"),
    st.sampled_from(["007", "+1", "-0", "1e400", ".5", "5.", "1_0", " 1", "NaN", "-Infinity", "x"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_a_number_that_is_read_is_the_number_that_was_written(cells: list[str]) -> None:
    raw = "a,b\n" + "".join(f"{cell},\n" for cell in cells)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        path.write_text(raw)
        column = collect(dc.read(path))["a"]
    if column.dtype == pl.Int64:
        assert [str(value) for value in column] == cells
    elif column.dtype == pl.Float64:
        assert all(same(value, cell) for value, cell in zip(column, cells, strict=True))
    else:
        assert column.to_list() == cells


def same(value: float, cell: str) -> bool:
    """The nearest double, with its sign; a whole number is exact; inf only where it is written."""
    if math.isnan(value):
        return "nan" in cell.lower()
    exact = not cell.removeprefix("-").isdigit() or int(cell) == int(value)
    infinite = math.isinf(value) == ("inf" in cell.lower())
    return repr(value) == repr(float(cell)) and exact and infinite
