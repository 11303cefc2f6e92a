"""What an opened input is: a lazy frame, and what must be known beyond it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from datacheck.source.collecting import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import polars as pl

#: Kinds of source whose frame is in memory already.
IN_MEMORY = ("polars", "pandas", "pyarrow", "arrow", "python")
#: Kinds whose files say where a row is, so that one can be read without those before it.
BY_POSITION = ("parquet", "ipc")
_ROW = "datacheck: row"


@dataclass(frozen=True)
class Source:
    """An opened input.

    Parameters
    ----------
    name
        What messages and reports call it; never holds a password.
    frame
        The table, lazily. Row positions count from 0 in the order of the input.
    text
        The cells came as text (CSV, TSV), so that declared types may be read from text.
    kind
        `csv`, `tsv`, `parquet`, `ipc`, `ndjson`, `excel`, `database`, `polars`, `lazy`,
        `pandas`, `pyarrow`, `arrow` (another object with an Arrow capsule) or `python`.
    files
        The files behind it, in the order in which they are read.
    given
        The object that was handed in, where `give_back` needs it.
    as_text
        How a text source reads some of its columns as they stand in the file; see `with_text`.
    """

    name: str
    frame: pl.LazyFrame
    text: bool
    kind: str
    files: tuple[str, ...] = ()
    given: Any = field(default=None, repr=False, compare=False)
    as_text: Callable[[frozenset[str]], pl.LazyFrame] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def in_memory(self) -> bool:
        """Whether the whole table is in memory already."""
        return self.kind in IN_MEMORY

    def rows(self, columns: Sequence[str], positions: Sequence[int]) -> pl.DataFrame:
        """Some rows of some columns, by position.

        Raises
        ------
        SourceError
            The input vanished, changed or is broken.
        """
        import polars as pl

        frame = self.frame.select(columns)
        if not len(positions):
            return pl.DataFrame(schema=frame.collect_schema())
        with reading(self.name):
            if self.in_memory:
                return frame.select(pl.all().gather(pl.Series(positions))).collect()
            if self.kind in BY_POSITION:
                return pl.concat(pl.collect_all([frame.slice(at, 1) for at in positions]))
            # To gather, polars would bring all rows along to pick from.
            numbered = frame.with_row_index(_ROW)
            found = numbered.filter(pl.col(_ROW).is_in(pl.Series(positions).implode()))
            picked = found.collect(engine="streaming")
        places = pl.DataFrame({_ROW: positions}, schema={_ROW: picked.schema[_ROW]})
        return places.join(picked, on=_ROW, how="left", maintain_order="left").drop(_ROW)

    def with_text(self, columns: Collection[str]) -> Source:
        """The same source with these columns as the very text of the file.

        A column of codes such as `1234` reads as integers; where a schema declares it text, its
        cells are wanted as they were written. Any other source is given back unchanged.
        """
        if self.as_text is None or not columns:
            return self
        return replace(self, frame=self.as_text(frozenset(columns)))
