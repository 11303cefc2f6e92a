"""What an opened input is: a lazy frame, and what must be known beyond it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import col, cols
from datacheck.errors import SourceError
from datacheck.limits import DEEPEST_CELL, is_deep
from datacheck.report.finding import Finding
from datacheck.source.collecting import collect, collect_few, few_rows, reading
from datacheck.source.held import OpenedState
from datacheck.source.read_as import (
    by_pandas,
    moments_in,
    one_in_json,
    only_in_pandas,
    read_as,
    read_back,
)
from datacheck.text import unused

#: Kinds of source whose frame is in memory already.
IN_MEMORY = ("polars", "pandas", "pyarrow", "arrow", "python")
#: Kinds whose files say where a row is, so that one can be read without those before it.
BY_POSITION = ("parquet", "ipc")
_ROW = "datacheck: row"


class OpenedFiles(NamedTuple):
    """What files of one kind give."""

    frame: pl.LazyFrame
    #: How many rows the files say that they hold, where all of them do.
    rows: int | None = None
    notes: tuple[Finding, ...] = ()
    stored: bool = False
    as_text: Callable[[frozenset[str]], pl.LazyFrame] | None = None


#: Kinds that may have no type for what a column is declared to be.
_FEW_TYPES = ("parquet", "excel", "json", "ndjson")


def _is_no_text(dtype: pl.DataType) -> bool:
    """Whether no cell of text is read as this type when a table is prepared."""
    return dtype.is_temporal() or str(dtype) == "Boolean"


def _within(dtype: Any) -> list[Any]:
    """The types of what a type holds: a list's, a struct's, or a map's."""
    if dtype == pl.Struct:
        return [field.dtype for field in dtype.fields]
    return [getattr(dtype, part) for part in ("inner", "key", "value") if hasattr(dtype, part)]


@dataclass(frozen=True)
class Source:
    """An opened input."""

    #: What messages and reports call it; never holds a password.
    name: str
    #: The table, lazily. Row positions count from 0 in the order of the input.
    frame: pl.LazyFrame
    #: The cells came as text (CSV, TSV), so that declared types may be read from text.
    text: bool
    #: `csv`, `tsv`, `parquet`, `ipc`, `ndjson`, `json`, `excel`, `database`, `polars`, `lazy`,
    #: `pandas`, `pyarrow`, `arrow` (another object with an Arrow capsule) or `python`.
    kind: str
    #: The files behind it, in the order in which they are read.
    files: tuple[str, ...] = ()
    #: The object that was handed in, where `give_back` needs it.
    given: Any = field(default=None, repr=False, compare=False)
    #: How a text source reads some of its columns as they stand in the file; see `with_text`.
    as_text: Callable[[frozenset[str]], pl.LazyFrame] | None = field(
        default=None, repr=False, compare=False
    )
    #: What is to be told of how it was read.
    notes: tuple[Finding, ...] = field(default=(), repr=False, compare=False)
    #: The files as they were opened; see `must_be_whole`.
    held: OpenedState | None = field(default=None, repr=False, compare=False)
    #: Whether it is a large table that was written where it is quickly read again, so that no
    #: verb need hold it.
    stored: bool = field(default=False, repr=False, compare=False)

    def must_be_whole(self, rows: int | None = None) -> None:
        """Hold a pass against what its files say of themselves, and the files against before.

        `rows` is how many the pass has seen, where it has counted all of them. A `SourceError` says
        that rows were lost, or that a file was replaced, cut or written to since it was opened.
        """
        if self.held is not None:
            self.held.must_be_unchanged()
            if rows is not None:
                self.held.must_be_all(self.name, rows)

    @property
    def in_memory(self) -> bool:
        """Whether the whole table is in memory already."""
        return self.kind in IN_MEMORY

    @cached_property
    def is_small(self) -> bool:
        """Whether it is known to be so small that a query costs what its plan does."""
        rows = None if self.held is None else self.held.rows
        if rows is None and (self.in_memory or (self.text and not self.stored)):
            rows = collect_few(self.frame.select(pl.len()), self.name).item()
        return rows is not None and rows <= few_rows(len(self.dtypes))

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """What is asked of the table, on the engine that suits its size; errors as of `collect`."""
        return (collect_few if self.is_small else collect)(frame, self.name)

    def whole(self) -> pl.DataFrame:
        """Every row, held against what the files say; errors as of `collect`, `must_be_whole`."""
        table = collect(self.frame, self.name)
        self.must_be_whole(table.height)
        return table

    def rows(self, columns: Sequence[str], positions: Sequence[int]) -> pl.DataFrame:
        """Some rows of some columns, by position; errors as of `collect`."""
        frame = self.frame.select(cols(columns))
        if not len(positions):
            return pl.DataFrame(schema=frame.collect_schema())
        with reading(self.name):
            if self.in_memory:
                # A lazy gather of all columns takes steps in the square of their number.
                return frame.collect()[list(positions)]
            if self.kind in BY_POSITION:
                return pl.concat(pl.collect_all([frame.slice(at, 1) for at in positions]))
            # To gather, polars would bring all rows along to pick from.
            row = unused(_ROW, frame.collect_schema())
            numbered = frame.with_row_index(row)
            found = numbered.filter(col(row).is_in(pl.Series(positions).implode()))
            picked = found.collect(engine="streaming")
        places = pl.DataFrame({row: positions}, schema={row: picked.schema[row]})
        return places.join(picked, on=row, how="left", maintain_order="left").drop(row)

    @cached_property
    def dtypes(self) -> pl.Schema:
        """The columns, as polars finds them when it is first asked."""
        with reading(self.name):
            found = self.frame.collect_schema()
        deep = [
            name for name, dtype in found.items() if dtype.is_nested() and is_deep(dtype, _within)
        ]
        if deep:
            raise SourceError(
                f"column {deep[0]!r} of {self.name} is nested too deeply",
                expected=f"fewer than {DEEPEST_CELL} levels of lists and structs",
                todo="write a table of it: cells, or lists and structs of a few levels",
            )
        return found

    @property
    def names(self) -> list[str]:
        """The names that a schema may speak of: the columns, and what stands beside the table."""
        return self.dtypes.names()

    @property
    def unreadable(self) -> frozenset[str]:
        """Columns whose cells are unknown but for which of them are missing."""
        told = (found for found in self.notes if found.code == "type.unreadable")
        return frozenset(str(found.column) for found in told)

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> Source:
        """The same source with columns read as what is declared of them, where nothing is lost.

        A column without a value takes the dtype that is declared; None is one that is not. Codes
        such as `1234` that are declared text are taken as they stand in the file. A pandas frame
        says more: see `datacheck.source.from_pandas`.
        """
        found = self.dtypes
        known = {n: dtype for n, dtype in dtypes.items() if dtype is not None and n in found}
        if self.kind == "python":
            return self._of_python(known)
        source = self.with_text(
            [name for name, dtype in known.items() if dtype == pl.String and found[name] != dtype]
        )
        empty = [
            name
            for name, dtype in known.items()
            if found[name] == pl.Null and dtype not in (pl.Null, pl.Object)
        ]
        sheet = self.kind == "excel"
        if self.text or sheet:
            read = [n for n, d in known.items() if _is_no_text(d) or (sheet and d.is_numeric())]
            empty += self._without_text(read)
        cast = [pl.lit(None, known[name]).alias(name) for name in empty]
        if self.kind in _FEW_TYPES:
            cast += self._of_few_types(known)
        return replace(source, frame=source.frame.with_columns(cast)) if cast else source

    def _of_few_types(self, dtypes: Mapping[str, pl.DataType]) -> list[pl.Expr]:
        """Columns that only pandas, which wrote the files, made something else than declared.

        Sheets and JSON have fewer types still, whoever wrote them.
        """
        found, typed = self.dtypes, self.kind == "parquet"
        one = only_in_pandas if typed else one_in_json
        asked = {n: dtype for n, dtype in dtypes.items() if one(found[n], dtype)}
        read = {n: read_back(col(n), found[n], dtype) for n, dtype in asked.items()}
        if not typed:
            texts = {n: each for n, each in dtypes.items() if found[n] == pl.String}
            read |= moments_in(self.frame, texts)
        if not read or (typed and not all(map(by_pandas, self.files))):
            return []
        same = self.collect(self.frame.select(back.all().alias(n) for n, (_, back) in read.items()))
        return [cell.alias(name) for name, (cell, _) in read.items() if same[name].item()]

    def _of_python(self, dtypes: Mapping[str, pl.DataType]) -> Source:
        """Columns of Python's few types as those that are declared."""
        frame = self.frame.collect()
        read = [read_as(frame[name], dtype) for name, dtype in dtypes.items()]
        return replace(self, frame=frame.with_columns(read).lazy())

    def _without_text(self, names: Sequence[str]) -> list[str]:
        """Of these columns of cells without types, those of text without a single cell."""
        dtypes = self.frame.collect_schema()
        texts = [name for name in names if dtypes[name] == pl.String]
        if not texts:
            return []
        given = self.frame.select((col(name) != "").any() for name in texts)
        with reading(self.name):
            row = given.collect(engine="streaming").row(0)
        return [name for name, some in zip(texts, row, strict=True) if not some]

    def renamed(self, name: str) -> Source:
        """The same source under another name."""
        return replace(self, name=name)

    def chosen(self, names: Sequence[str]) -> Source:
        """A source of these columns alone, in this order."""
        if list(names) == self.names:
            return self
        return replace(self, frame=self.frame.select(cols(names)), given=None)

    def narrowed(self, names: Iterable[str]) -> Source:
        """The same source with some of its columns; `give_back` puts the others beside them."""
        if self.given is None:
            return self
        wanted = set(names)
        kept = [name for name in self.frame.collect_schema() if name in wanted]
        return replace(self, frame=self.frame.select(cols(kept)))

    def with_text(self, columns: Collection[str]) -> Source:
        """The same source with these columns as the very text of the file, where there is one."""
        if self.as_text is None or not columns:
            return self
        return replace(self, frame=self.as_text(frozenset(columns)))
