"""A transform's programs as documents hold them, and all of one that an export carries."""

from __future__ import annotations

from datacheck.documents import unfit
from datacheck.ops import NAMES, OPS, OUTPUTS, Donors, Fitted, Numeral, Program
from datacheck.specs import AnyOf, ListOf, Misfit, Number, OneOf, Record
from datacheck.transform.coherence import check_whole
from datacheck.transform.document import DONORS, OPS_OF, columns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from datacheck.ops import Op

#: Donors that an export carries as JSON, at most.
_ROWS = 100_000

#: What an export carries of a transform, to be made again from: what it does, and no more.
CARRIED = Record(
    {
        "output": OneOf(*OUTPUTS),
        "columns": columns_of(max(OPS_OF)),
        "donors": AnyOf(
            OneOf(None),
            DONORS.extended(
                {"rows": ListOf(ListOf(AnyOf(Number(), OneOf(None)), 10_000), _ROWS, 1)}
            ),
        ),
    }
)


def program_document(program: Program) -> dict[str, Any]:
    """A program as a document holds it."""
    ops = [_op_document(op) for op in program.ops]
    document: dict[str, Any] = {
        "column": program.column,
        "kind": program.kind,
        "dtype": program.dtype,
        "ops": ops,
    }
    if program.role != "feature":
        document["role"] = program.role
    if not program.required:
        document["required"] = False
    return document


#: By op, the fields that a document leaves out where they are the default.
OPTIONAL = {op: frozenset(OPS_OF[max(OPS_OF)][name].optional) for op, name in NAMES.items()}


def _op_document(op: Op) -> dict[str, Any]:
    """An op by its name; what may be left out where it is the default is left out."""
    kind = type(op)
    document: dict[str, Any] = {"op": NAMES[kind]}
    for field, value in zip(op._fields, op, strict=True):
        if field not in OPTIONAL[kind] or value != op._field_defaults[field]:
            document[field] = _plain(value)
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Numeral):
        return {**value._asdict(), "units": dict(value.units)}
    return list(value) if isinstance(value, tuple) else value


def program_of(document: dict[str, Any]) -> Program:
    """The program in a document that fits its description."""
    ops = tuple(_op(each) for each in document["ops"])
    return Program(
        document["column"],
        document["kind"],
        document["dtype"],
        ops,
        document.get("role", "feature"),
        document.get("required", True),
    )


def _op(document: dict[str, Any]) -> Op:
    fields = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in document.items()
        if key != "op"
    }
    if "number" in fields:
        number: Any = fields["number"]
        fields["number"] = Numeral(**{**number, "units": tuple(number["units"].items())})
    make: Any = OPS[document["op"]]
    op: Op = make(**fields)
    return op


def carried(fitted: Fitted) -> dict[str, Any]:
    """What an export carries of a transform."""
    document: dict[str, Any] = {
        "output": fitted.output,
        "columns": [program_document(program) for program in fitted.programs],
        "donors": None,
    }
    if fitted.donors is not None:
        rows: Any = fitted.donors.rows
        cells = [[None if x != x else float(x) for x in row] for row in rows]  # noqa: PLR0124
        document["donors"] = {**donors_document(fitted.donors), "rows": cells}
    return document


def donors_document(donors: Donors) -> dict[str, Any]:
    """All that a document says of donors, but their rows."""
    kept = {name: getattr(donors, name) for name in Donors._fields if name != "rows"}
    return {key: list(item) if isinstance(item, tuple) else item for key, item in kept.items()}


def donors_of(document: dict[str, Any], rows: Any) -> Donors:
    """Donors with these rows, of what `donors_document` has given."""
    kept = {name: document[name] for name in Donors._fields if name != "rows"}
    listed = {key: tuple(item) for key, item in kept.items() if isinstance(item, list)}
    return Donors(**(kept | listed), rows=rows)


def fitted_of(document: Any, name: str, noun: str, todo: str) -> Fitted:
    """The transform that an export carries, without golden rows; raises `ArtefactError`."""
    try:
        CARRIED.check(document)
        check_whole(document | {"golden": []})
        donors = None if document["donors"] is None else _donors(document["donors"])
    except Misfit as misfit:
        raise unfit(misfit, name, noun, todo) from None
    programs = tuple(program_of(each) for each in document["columns"])
    return Fitted(programs, document["output"], donors, (), (), "")


def _donors(document: dict[str, Any]) -> Donors:
    import numpy as np

    width = len(document["features"])
    for at, row in enumerate(document["rows"]):
        if len(row) != width:
            raise Misfit(f"{len(row)} cells", f"{width}").at(f".donors.rows[{at}]")
    rows = np.asfortranarray(np.array(document["rows"], np.float64))
    return donors_of(document, rows)
