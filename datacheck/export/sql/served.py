"""What a statement serves: which columns it prepares, of a table that may lack some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import Dialect
from datacheck.export.sql.replay import type_of
from datacheck.golden.compare import document
from datacheck.golden.documents import encode
from datacheck.ops import Fitted, knn_fills, outputs
from datacheck.transform.cell import cells
from datacheck.transform.parts import arranged


def served(fitted: Fitted, columns: Sequence[str] | None, absent: Sequence[str]) -> Fitted:
    """The transform of what the statement reads: the listed columns, or all but the targets."""
    known = {program.column: program for program in fitted.programs}
    kept = [p for p in fitted.programs if p.role != "target"]
    if columns is not None:
        there = {*columns, *absent}
        listed = arranged(columns, [p for p in fitted.programs if p.column in there])
        kept = [known[name] for name in listed if name in known]
        features = [p.column for p in fitted.programs if p.role == "feature"]
        lacking = [name for name in features if name not in there]
        if lacking and (not kept or knn_fills(kept)):
            raise ArtefactError(
                "The listed columns lack some that the transform was fitted on",
                got=", ".join(map(repr, columns)),
                todo=f"add {', '.join(map(repr, lacking))}",
            )
    may = [p.column for p in kept if not p.required]
    for name in absent:
        if name not in may or name in (columns or ()):
            raise ArtefactError(
                f"Column {name!r} cannot be absent",
                got="it is listed" if name in (columns or ()) else "it is required",
                expected=", ".join(map(repr, may)) or "a column that is declared required: false",
                todo="leave it out of absent, or fit with a schema that says required: false",
            )
    if not kept:
        raise ArtefactError(
            "The transform prepares no column that is served",
            got=f"targets alone: {', '.join(map(repr, known))}",
            todo="fit with a schema that prepares features; inverse=COLUMN exports a target's way "
            "back",
        )
    donors = fitted.donors if knn_fills(kept) else None
    if donors is not None and set(donors.features) & set(absent):
        raise ArtefactError(
            "Neighbours are sought by a column that is said to be absent",
            got=", ".join(map(repr, absent)),
            todo="add it to the table, as nulls",
        )
    names = {p.column for p in kept}
    golden = tuple(row for row in fitted.golden if row.get("refused") in names | {None})
    return fitted._replace(programs=tuple(kept), golden=golden)


def document_without(fitted: Fitted, absent: Sequence[str]) -> dict[str, Any]:
    """Golden rows of a table without some columns: each gives what a missing cell gives."""
    golden = document(fitted)
    if not absent:
        return golden
    gone = [program for program in fitted.programs if program.column in absent]
    given = [cells(program, None, {}, fitted) for program in gone]
    made = {name: encode(cell) for each in given for name, cell in each.items()}
    rows = [row for row in golden["rows"] if row.get("refused") not in absent]
    leaves = [name for program in fitted.programs for name in outputs(program)]
    return golden | {
        "columns": [name for name in golden["columns"] if name not in absent],
        "outputs": leaves,
        "rows": [_without(row, absent, made) for row in rows],
    }


def _without(row: dict[str, Any], absent: Sequence[str], made: dict[str, Any]) -> dict[str, Any]:
    kept = {name: cell for name, cell in row["row"].items() if name not in absent}
    return row | {"row": kept} | ({"out": row["out"] | made} if "out" in row else {})


def table_of(
    fitted: Fitted, table: str | Sequence[str], absent: Sequence[str], dialect: Dialect
) -> str:
    """The table as the statement reads it, with the columns that it lacks as nulls."""
    given = f"FROM {qualified(table, dialect)} AS t"
    kinds = {p.column: (p.kind, p.dtype) for p in fitted.programs}
    nulls = [
        f"CAST(NULL AS {type_of(*kinds[name], dialect)}) AS {dialect.name_of(name)}"
        for name in absent
    ]
    return f"FROM (SELECT t.*, {', '.join(nulls)}\n{given}) AS t" if nulls else given


def qualified(name: str | Sequence[str], dialect: Dialect) -> str:
    """Quote a table's name part by part."""
    parts = name.split(".") if isinstance(name, str) else list(name)
    for part in parts:
        check_name(part, dialect)
    return ".".join(map(dialect.name_of, parts))


def check_name(name: str, dialect: Dialect) -> None:
    """Refuse a name that the dialect cannot hold."""
    limit = dialect.name_bytes
    held = any(each in name for each in dialect.unnamed)
    if not name or held or (limit is not None and len(name.encode()) > limit):
        without = " or ".join("NUL" if each == "\0" else each for each in dialect.unnamed)
        raise ArtefactError(
            f"{dialect.name} cannot name {name!r}",
            expected=f"1 to {limit} bytes" if limit else f"a name, not empty, without {without}",
            todo="rename it before fitting",
        )
