"""From what a user has to a lazy table: a path, a glob, a folder, a database, a frame, Arrow.

Whatever it is, it leaves this room as a `Source`; whatever is wrong with it leaves as a
`SourceError` that says what, got, expected and what to do.
"""

from datacheck.source.as_pandas_wrote import footer_of
from datacheck.source.collecting import batches_of, collect, reading
from datacheck.source.given_back import give_back, rows_of
from datacheck.source.model import BY_POSITION, Source
from datacheck.source.opening import kind_at, open_source, read
from datacheck.source.write import write_tables

__all__ = [
    "BY_POSITION",
    "Source",
    "batches_of",
    "collect",
    "footer_of",
    "give_back",
    "kind_at",
    "open_source",
    "read",
    "reading",
    "rows_of",
    "write_tables",
]
