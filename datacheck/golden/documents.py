"""What a golden document may hold: the rows that an artefact carries, and how exactly they hold."""

from __future__ import annotations

from typing import Any

from datacheck.documents import parse, unfit
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.specs import COLUMNS, Integer, ListOf, MapOf, Misfit, Number, OneOf, Record, Text
from datacheck.text import briefly
from datacheck.transform.document import GOLDEN, OUTPUTS
from datacheck.transform.zeros import with_zeros, without_zeros

FORMAT = "datacheck.golden"
VERSION = 1

_NOUN, _TODO = "a document of golden rows", "verify what `export` wrote"

#: The inputs and the two outputs of a preparation in a model; the one of each of a way back.
#: `missing` has, by column, the text that is a missing cell, where it is not the empty one.
ONNX = Record(
    {"inputs": ListOf(Text(), COLUMNS, 1), "outputs": ListOf(Text(), 2, 1)},
    optional={"missing": MapOf(Text(), COLUMNS)},
)

#: The way back of the columns that have one, in an artefact that is both ways at once.
BACK = Record({"columns": ListOf(Text(), COLUMNS, 1), "ulps": Integer(0, 16), "rows": GOLDEN})

VERSIONS = {
    1: Record(
        {
            "format": OneOf(FORMAT),
            "version": OneOf(VERSION),
            "producer": Text(256),
            "transform": Text(64, 64),
            "columns": ListOf(Text(), COLUMNS, 1),
            "output": OneOf(*OUTPUTS),
            "tolerance": MapOf(Number(), COLUMNS),
            "ulps": Integer(0, 16),
            "rows": GOLDEN,
        },
        # How a model is fed, which ONNX alone needs to say; the names of the cells, where they are
        # not the columns'; the way back, where it stands in the same document.
        optional={"onnx": ONNX, "outputs": ListOf(Text(), COLUMNS, 1), "back": BACK},
    )
}


def read_golden(text: str, artefact: str) -> dict[str, Any]:
    """Parse the golden document that an artefact carries; raises `ArtefactError` if it is none."""
    if text == "null":
        raise ArtefactError(f"{artefact} carries no golden rows", todo=_TODO)
    name = f"what {artefact} carries"
    golden = read_document(parse(text, name, _NOUN, _TODO), VERSIONS, name, _NOUN, _TODO)
    if "outputs" in golden:
        golden["rows"] = with_zeros(golden["rows"], golden["columns"], golden["outputs"])
    try:
        check_rows(golden["rows"], golden["columns"], golden.get("outputs"))
        if "back" in golden:
            _check_back(golden["back"])
    except Misfit as misfit:
        raise unfit(misfit, name, _NOUN, _TODO) from None
    return golden


def _check_back(back: dict[str, Any]) -> None:
    try:
        check_rows(back["rows"], back["columns"])
    except Misfit as misfit:
        raise misfit.at(".back") from None


def slim(golden: dict[str, Any]) -> dict[str, Any]:
    """The document as an artefact carries it: without the zeros of encodings."""
    if "outputs" not in golden:
        return golden
    return golden | {"rows": without_zeros(golden["rows"], golden["columns"], golden["outputs"])}


def check_rows(
    rows: list[dict[str, Any]], columns: list[str], outputs: list[str] | None = None
) -> None:
    """Raise `Misfit` where a column stands twice, or a golden row has other columns than these."""
    names = set(columns)
    made = names if outputs is None else set(outputs)
    if len(names) != len(columns) or len(made) != len(outputs or columns):
        raise Misfit("a name twice", "each name once").at(".columns")
    for at, row in enumerate(rows):
        for key, wanted in (("row", names), ("out", made)):
            if key in row and row[key].keys() != wanted:
                misfit = Misfit("other columns", "a cell for every column")
                raise misfit.at(f".{key}").at(f".rows[{at}]")
        if "refused" in row and row["refused"] not in names:
            raise Misfit(briefly(row["refused"]), "a column").at(f".rows[{at}].refused")
