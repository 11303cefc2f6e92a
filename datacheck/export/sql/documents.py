"""What the comments of an exported statement may hold: how it looks, and all it was made from."""

from __future__ import annotations

from typing import Any

from datacheck.documents import parse
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.options import FORMS, OWN
from datacheck.specs import COLUMNS, AnyOf, Boolean, ListOf, MapOf, OneOf, Record, Text, TupleOf
from datacheck.transform.programs import CARRIED

FORMAT = "datacheck.sql"
VERSION = 2
HEADER, GOLDEN = "-- datacheck.sql ", "-- datacheck.golden "
NOUN, TODO = "SQL that `export` wrote", "export it again"

_QUALIFIED = AnyOf(Text(), ListOf(Text(), 8, 1))

#: The first version carried no transform: its statement cannot be made again.
VERSIONS = {
    1: Record(
        {
            "format": OneOf(FORMAT),
            "version": OneOf(1),
            "dialect": OneOf(*DIALECTS),
            "form": OneOf("select", "view", "cte"),
            "table": Text(),
            "name": Text(),
            "reason": Text(),
            "passes": Boolean(),
            "others": ListOf(Text(), COLUMNS),
            "kinds": MapOf(TupleOf(Text(), Text()), COLUMNS),
        }
    )
}
VERSIONS[2] = VERSIONS[1].extended(
    {
        "version": OneOf(2),
        "form": OneOf(*FORMS),
        "options": Record(
            {
                "dialect": OneOf(*DIALECTS),
                "table": _QUALIFIED,
                "form": OneOf(*FORMS),
                "name": _QUALIFIED,
                "columns": AnyOf(OneOf(None), ListOf(Text(), COLUMNS)),
                "reason": Text(),
            },
            optional={
                "inverse": ListOf(Text(), COLUMNS, 1),
                "absent": ListOf(Text(), COLUMNS, 1),
                **dict.fromkeys(OWN, Boolean()),
            },
        ),
        "transform": CARRIED,
    }
)


def line_of(text: str, mark: str, name: str) -> str:
    """What stands behind a mark in the comments at the head of the file."""
    for line in text.split("\n"):
        if line.startswith(mark):
            return line.removeprefix(mark)
        if not line.startswith("--"):
            break
    raise ArtefactError(
        f"{name} is not {NOUN}",
        got=f"no line that begins with {mark!r} at its head",
        todo="verify what `export` wrote",
    )


def read_header(text: str, name: str) -> dict[str, Any]:
    """The header of an exported file; raises `ArtefactError` where it is lacking or broken."""
    document = parse(line_of(text, HEADER, name), name, NOUN, TODO)
    return read_document(document, VERSIONS, name, NOUN, TODO)
