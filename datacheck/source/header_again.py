"""A header that stands once more among the rows, in whatever letters: files put one on another."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from datacheck.columns import col
from datacheck.errors import SourceError
from datacheck.source.first_rows import is_number

#: Columns by which rows are looked for; those that are found are looked at whole.
_KEYS = 3
_LOOKED = 20


def must_not_repeat(path: str, cells: pl.LazyFrame, names: Sequence[str], first: int) -> None:
    """Refuse a table one of whose rows is its header, in capitals or not, with the row.

    The cells are text; `first` is the number of the first row, for the message.
    """
    if len(names) < 2 or any(map(is_number, names)):  # noqa: PLR2004
        return
    wanted = [_plain(name) for name in names]
    keys = zip(names[:_KEYS], wanted, strict=False)
    alike = [col(name).str.strip_chars().str.to_lowercase() == want for name, want in keys]
    if not cells.select(alike[0].any()).collect(engine="streaming").item():
        return  # as is most often so, and spares the others the work
    rows = cells.select(pl.arg_where(pl.all_horizontal(alike)).head(_LOOKED))
    for row in rows.collect(engine="streaming").to_series().to_list():
        seen = cells.slice(row, 1).collect(engine="streaming").row(0)
        if [_plain(cell or "") for cell in seen] == wanted:
            raise SourceError(
                f"{path} repeats its header",
                got=f"the names of the columns once more in row {row + first}: "
                + ", ".join(map(repr, seen[:5])),
                expected="them above the first row alone",
                todo="delete such rows; files are joined without them by naming a folder or a "
                "glob of them",
            )


def _plain(cell: str) -> str:
    return cell.strip().lower()
