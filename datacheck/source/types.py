"""What the verbs take and give back, for type checkers and for who reads a signature.

Nothing here is imported at run time: it is named in annotations alone. Arrow's tables are known by
their interfaces, since pyarrow ships no types: named, it would let everything pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    import polars as pl

    from datacheck.source.model import Source

    #: A path, a glob, a folder, an address, or `-`.
    Address: TypeAlias = str | PathLike[str]

    #: A table in memory, or a plan of one.
    Held: TypeAlias = (
        pl.DataFrame
        | pl.LazyFrame
        | pd.DataFrame
        | "ArrowStream"
        | "ArrowDataset"
        | dict[Any, Any]
        | list[dict[Any, Any]]
    )

    #: Whatever `read` takes.
    TableLike: TypeAlias = Address | Held | Source

    #: A frame that comes back as the kind that it was.
    Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame, pd.DataFrame)


class ArrowStream(Protocol):
    """Any object that gives its table by Arrow's interface, as pyarrow's tables do."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table, as a capsule."""


class ArrowDataset(Protocol):
    """A dataset of pyarrow."""

    def scanner(self, *args: Any, **options: Any) -> Any:
        """What reads it."""
