"""CSV and TSV without guessing: one checking pass over the whole file, then a lazy scan."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from datacheck.columns import col, cols
from datacheck.errors import SourceError, did_you_mean
from datacheck.report import Finding
from datacheck.source.at_once import held_or_stored, is_small, memory_size, odd_texts, read_at_once
from datacheck.source.celltypes import TEXT, Kind, decide, kinds_for, read_kinds
from datacheck.source.collecting import reading
from datacheck.source.copies import (
    blocks_of,
    copied,
    despaced,
    ends_in_returns,
    packed_by,
    transcoded,
    with_newlines,
)
from datacheck.source.headings import Heading, read_heading, spellings
from datacheck.source.model import OpenedFiles
from datacheck.source.no_heading import must_not_repeat
from datacheck.source.notes import spaces_taken_off
from datacheck.source.options import ReadOptions
from datacheck.source.sniff import must_be
from datacheck.source.structure import Structure
from datacheck.source.summary_rows import NO_END, TextEnd, end_notes, end_of
from datacheck.threads import threads

#: What parts the cells, by the kind of a file.
SEPARATORS = {"csv": ",", "tsv": "\t"}


class _Decided(NamedTuple):
    """The checked files, their columns' kinds, how many rows were seen, and the table if kept."""

    files: list[_File]
    kinds: dict[str, Kind]
    rows: int
    kept: pl.LazyFrame | None


@dataclass(frozen=True)
class _File:
    """One checked file."""

    #: Where polars reads it, and what messages call it.
    path: str
    shown: str
    heading: Heading
    #: How many rows it has (None until all of it was looked at), and how many blank lines stand
    #: behind them.
    rows: int | None
    blanks: int
    end: TextEnd = NO_END
    #: How many cells may begin as a number does that is to stay text.
    odd: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, but for those at the end without name and cells."""
        return self.heading.names[: len(self.heading.names) - self.heading.nameless]


def open_delimited(
    paths: Sequence[str], separator: str, name: str, options: ReadOptions
) -> OpenedFiles:
    """Check every byte of the files, type their columns from every cell, and scan them lazily."""
    tops = [_top(path, options.separator or separator, options) for path in paths]
    for top in tops[1:]:
        must_have_columns(tops[0].shown, tops[0].names, top.shown, top.names)
    names = tops[0].names
    wanted = options.chosen(names, name)
    size = memory_size([row for top in tops for row in top.heading.sample], _size(tops))
    with reading(name):
        files, decided, seen, once = _decided(tops, options, wanted, size)
        cells = _scan(files, options, dict.fromkeys(names, TEXT))
        if all(kind is TEXT for kind in decided.values()):  # as a header among rows makes them
            _must_not_repeat(files, options, once)
        heights = [file.rows or 0 for file in files]
        place = sum(heights[:-1]), heights[-1]
        end = files[-1].end, cells, place, files[-1].heading, decided, options.decimal
        notes = [*_notes(files), *end_notes(*end)]
    _must_be_empty(files, options)
    rows = sum(heights)
    if seen != rows:
        raise SourceError(
            f"{name} changed while it was read",
            got=f"{seen} rows",
            expected=f"{rows}, as counted before",
            todo="wait until the program that writes it is done, then try again",
        )

    def as_text(columns: frozenset[str]) -> pl.LazyFrame:
        chosen = {key: TEXT if key in columns else decided.get(key, TEXT) for key in names}
        if once is not None and not columns:
            return once
        frame = _scan(files, options, chosen).select(cols(wanted))
        again = None if is_small(size) else held_or_stored(frame, size)
        return frame if again is None else again

    frame, stored = as_text(frozenset()), not is_small(size)
    return OpenedFiles(frame, None, tuple(notes), stored, as_text)


def _scan(files: Sequence[_File], options: ReadOptions, kinds: dict[str, Kind]) -> pl.LazyFrame:
    return read_kinds(_stored(files, options, kinds), kinds)


def _stored(files: Sequence[_File], options: ReadOptions, kinds: dict[str, Kind]) -> pl.LazyFrame:
    # Files may hold the same columns in another order: the first one's order rules.
    order = list(kinds)
    scans = [_scan_one(file, options, kinds) for file in files]
    aligned = [
        scan if list(file.heading.names) == order else scan.select(cols(order))
        for scan, file in zip(scans, files, strict=True)
    ]
    return aligned[0] if len(aligned) == 1 else pl.concat(aligned)


def _scan_one(file: _File, options: ReadOptions, kinds: dict[str, Kind]) -> pl.LazyFrame:
    schema = {name: kinds.get(name, TEXT).stored for name in file.heading.names}
    if file.rows == 0:  # versions of polars differ over a header alone
        return pl.LazyFrame(schema=schema)
    return pl.scan_csv(
        file.path,
        separator=file.heading.separator,
        has_header=False,
        skip_lines=file.heading.lines,
        schema=schema,
        null_values=list(options.null_values) or None,
        # Trailing blank lines are no rows; polars would read them as rows of nulls.
        n_rows=file.rows if file.blanks else None,
        glob=False,
    )


def _decided(
    tops: Sequence[_File], options: ReadOptions, wanted: Sequence[str], size: int
) -> _Decided:
    """Look at every byte of the files on this thread, while polars decides their columns' kinds."""
    kinds = kinds_for(options.decimal, options.thousands)
    names = tops[0].names
    look = partial(read_at_once, partial(_stored, tops, options), names, wanted, kinds, size)
    with threads(1) as beside:
        ahead = beside.submit(look) if is_small(size) else None
        files = [_checked(top, options) for top in tops]
    # Blank lines below the rows count as rows, and a header alone as one, until it is known.
    known = all(file.rows and not file.blanks for file in files)
    once = (ahead.result() if ahead else look()) if known else None
    odd = sum(file.odd for file in files)
    plain = all(file.heading.separator not in " +" for file in files)
    if once and (not odd or (plain and odd == odd_texts(once, size))):
        return _Decided(files, once.kinds, once.rows, once.frame)
    decided, seen = decide(_scan(files, options, dict.fromkeys(names, TEXT)), wanted, kinds)
    return _Decided(files, decided, seen, once.frame if once and once.kinds == decided else None)


def _top(path: str, separator: str, options: ReadOptions) -> _File:
    """The top of a file, or of its copy where it cannot be read in place."""
    packed = packed_by(path)
    label = {",": "CSV", "\t": "TSV"}.get(separator, "CSV")
    encoding = options.transcoded
    if encoding is None or packed:
        must_be(path, packed or "cells", f"{packed}-compressed {label}" if packed else label)
    read = path
    if encoding is not None:
        with reading(path):
            read = copied(path, encoding, transcoded(path, encoding, blocks_of(path)))
    with reading(path), closing(blocks_of(read)) as blocks:
        if ends_in_returns(blocks):
            read = copied(read, "newlines", with_newlines(blocks_of(read)))
    heading = _heading(read, path, separator, options)
    if not heading.spaced:
        return _File(read, path, heading, None, 0)
    with reading(path):
        mark = heading.separator
        bare = copied(read, f"despaced {mark}", despaced(blocks_of(read), ord(mark)))
    heading = _heading(bare, path, separator, options)
    told = (spaces_taken_off(heading.names), *heading.notes)
    return _File(bare, path, replace(heading, notes=told), None, 0)


def _heading(path: str, shown: str, separator: str, options: ReadOptions) -> Heading:
    with reading(shown), closing(blocks_of(path)) as blocks:
        return read_heading(shown, separator, options, blocks)


def _checked(top: _File, options: ReadOptions) -> _File:
    """The file once every byte of it has been looked at."""
    heading, shown = top.heading, top.shown
    mark = ord(heading.separator)
    with reading(shown), closing(blocks_of(top.path)) as blocks:
        # From the header on, as it was found.
        first = read_heading(shown, heading.separator, options, blocks).first
        header = spellings(heading.line, heading.separator)
        structure = Structure(shown, mark, len(heading.names), heading.before, header)
        structure.read(itertools.chain([first], blocks))
    return replace(
        top,
        rows=structure.rows - options.header,
        blanks=structure.blanks,
        end=end_of(structure.tail, structure.width, heading.separator),
        odd=structure.odd,
    )


def _size(files: Sequence[_File]) -> int:
    """About how many bytes files hold: text is packed to a tenth of them, seldom further."""
    unlike = ((Path(file.path), 10 if packed_by(file.path) else 1) for file in files)
    return sum(path.stat().st_size * times for path, times in unlike)


def _notes(files: Sequence[_File]) -> list[Finding]:
    """What the files' tops gave to tell, once."""
    told = {note.code: note for file in files for note in file.heading.notes if note.column is None}
    of_columns = [note for note in files[0].heading.notes if note.column is not None]
    return [*told.values(), *of_columns]


def _must_be_empty(files: Sequence[_File], options: ReadOptions) -> None:
    """The columns behind trailing separators have no cell."""
    for file in files:
        for at, name in enumerate(file.heading.names[len(file.names) :], len(file.names) + 1):
            with reading(file.shown):
                column = _scan_one(file, options, {}).select(col(name).drop_nulls().head(1))
                found = column.collect(engine="streaming").to_series().to_list()
            if not found:
                continue
            raise SourceError(
                f"{file.shown} has a column without a name",
                got=f"nothing in the header for column {at}, and the cell {found[0]!r} in it",
                expected="a name for each column",
                todo="name it",
            )


def _must_not_repeat(
    files: Sequence[_File], options: ReadOptions, once: pl.LazyFrame | None
) -> None:
    for file in files:
        if file.heading.line:
            cells = once
            if cells is None or len(files) > 1 or options.columns is not None:
                cells = _scan_one(file, options, dict.fromkeys(file.heading.names, TEXT))
            must_not_repeat(file.shown, cells.select(cols(file.names)), file.names, 1)


def must_have_columns(first: str, names: Sequence[str], other: str, others: Sequence[str]) -> None:
    """Refuse two files of one table that hold other columns, with those that one of them lacks."""
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
