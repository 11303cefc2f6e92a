"""What a golden document may hold: the rows that an artefact carries, and how exactly they hold.

How a cell is written in JSON without losing a bit, for golden rows and whoever replays them.
"""

from __future__ import annotations

from typing import Any

from datacheck.documents import parse, unfit
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.limits import EXACT_INTEGERS
from datacheck.ops import OUTPUTS
from datacheck.specs import COLUMNS, Integer, ListOf, MapOf, Misfit, Number, OneOf, Record, Text
from datacheck.text import briefly
from datacheck.transform.cell import plain_value
from datacheck.transform.document import GOLDEN
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
        # not the columns'; the way back, where it stands in the same document; by column, how many
        # categories no row holds, and of how many.
        optional={
            "onnx": ONNX,
            "outputs": ListOf(Text(), COLUMNS, 1),
            "back": BACK,
            "unreached": MapOf(ListOf(Integer(1), 2, 2), COLUMNS),
        },
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


def encode(value: Any) -> Any:
    """Write a cell as strict JSON holds it, losing nothing. A duration becomes microseconds.

    >>> from datetime import date
    >>> [encode(v) for v in (None, -0.0, float("inf"), 2**53 + 1, date(2020, 1, 2))]
    [None, -0.0, {'float': 'inf'}, {'int': '9007199254740993'}, {'iso': '2020-01-02'}]
    """
    if type(value) is not float and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(value) if value - value == 0.0 else {"float": str(float(value))}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -EXACT_INTEGERS <= value <= EXACT_INTEGERS else {"int": str(value)}
    if hasattr(value, "isoformat"):
        return {"iso": value.isoformat()}
    if hasattr(value, "total_seconds"):
        return encode(plain_value(value))
    if hasattr(value, "as_tuple"):
        return {"decimal": str(value)}
    raise ArtefactError(f"a golden row cannot hold a {type(value).__name__}", got=repr(value))


def decode(cell: Any) -> Any:
    """Read a cell that `encode` wrote; a moment in time stays its ISO text, a decimal a double.

    >>> decode({"int": "9007199254740993"}), decode({"float": "-inf"}), decode("NA")
    (9007199254740993, -inf, 'NA')
    """
    if not isinstance(cell, dict):
        return cell
    ((kind, text),) = cell.items()
    return {"float": float, "int": int, "iso": str, "decimal": float}[kind](text)
