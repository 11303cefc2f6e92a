"""What an artefact of a transform may hold, version by version: the description that `store` reads.

A new op is a line in `OPS_OF`; where it may stand is said by `ORDER`. What a later version adds to
an op that an earlier one knew is an optional key: it is written only where it is not the default,
so a transform is written in the oldest version that can hold it.
"""

from __future__ import annotations

import re

from datacheck.documents import (
    COLUMNS,
    VALUES,
    Either,
    Free,
    Many,
    Mapped,
    Matching,
    Misfit,
    Number,
    OneOf,
    Record,
    Tagged,
    Text,
    Truth,
    Whole,
)
from datacheck.text import briefly
from datacheck.transform.cell import typed_value
from datacheck.transform.given import TEMPORAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from datacheck.ops import Fitted

FORMAT = "datacheck.transform"

KINDS = ("number", "text", "boolean", "date", "datetime", "duration", "time")
#: Kinds that the second version added.
KINDS_OF = {1: KINDS, 2: (*KINDS, "integer")}
ROLES = ("feature", "target", "time", "group", "weight")
OUTPUTS = ("float64", "float32")

#: Ops of one program; golden rows; findings that were seen at fit; donors and their features.
_OPS, _GOLDEN, _FINDINGS, _DONORS, _FEATURES = 64, 1000, 100_000, 10_000_000, 10_000
#: Units behind the numbers of a column.
_UNITS = 1000
#: Categories of a column that are kept with their counts: more are no categories but names.
CATEGORIES = 256

_NAME = Text()
_SCALAR = Either(Number(), Text(), Truth())
_NUMBER, _BOUND = Number(), Either(Number(), OneOf(None))

#: Each version's ops, by the name that a document uses.
OPS_OF: dict[int, dict[str, Record]] = {
    1: {
        "missing": Record(
            {"values": Many(_SCALAR, VALUES), "infinite": OneOf("refuse", "missing", "keep")}
        ),
        "clip": Record({"lower": _NUMBER, "upper": _NUMBER, "below": _BOUND, "above": _BOUND}),
        "fill": Record({"value": _SCALAR}),
        "knn_fill": Record({"fallback": _NUMBER}),
        "affine": Record(
            {"center": _NUMBER, "inverse_scale": Number(zero=False), "scale": Number(zero=False)}
        ),
        "cast": Record({"dtype": OneOf(*OUTPUTS)}),
    }
}
#: How text spells numbers; the second version's casts may have it.
_NUMERAL = Record(
    {
        "decimal": Text(1, 1),
        "thousands": Text(1),
        "prefix": Text(64),
        "units": Mapped(Number(zero=False), _UNITS),
        "parentheses": Truth(),
    }
)
_CODE = Either(OneOf(None), Whole(-1, VALUES))
OPS_OF[2] = {
    **OPS_OF[1],
    "missing": OPS_OF[1]["missing"].extended({}, {"unfilled": OneOf("refuse", "keep")}),
    "cast": OPS_OF[1]["cast"].extended({}, {"number": _NUMERAL}),
    "replace": Record({"old": Many(_NAME, VALUES), "new": Many(_NAME, VALUES)}),
    "indicator": Record({"name": _NAME}),
    "power": Record({"function": OneOf("log1p", "sqrt", "signed_log1p")}),
    "encode": Record(
        {
            "categories": Many(_SCALAR, VALUES),
            "codes": Many(Whole(-1, VALUES), VALUES),
            "unknown": _CODE,
            "missing": _CODE,
        }
    ),
    "one_hot": Record({"names": Many(_NAME, VALUES + 2)}),
}

#: In which order ops stand, as a pattern of their names, for numbers and for other kinds.
ORDER = {
    "number": re.compile(
        r"(cast )?missing (clip )*(indicator )?"
        r"((fill )?(power )?(affine )?|affine knn_fill |knn_fill (power )?(affine )?)cast "
    ),
    "other": re.compile(r"(replace )?(missing )?(indicator )?(fill )?(encode (one_hot )?cast )?"),
}

#: What a cell of a golden row holds that JSON does not: see `golden.encode`.
_CELL = Either(
    OneOf(None),
    Truth(),
    Number(),
    Text(),
    Record({"float": OneOf("inf", "-inf", "nan")}),
    Record({"int": Matching(int, "a whole number as text", 400)}),
    Record({"iso": Text(64)}),
    Record({"decimal": Matching(float, "a number as text", 400)}),
)
_CELLS = Mapped(_CELL, COLUMNS, _NAME)
GOLDEN = Many(
    Either(Record({"row": _CELLS, "out": _CELLS}), Record({"row": _CELLS, "refused": _NAME})),
    _GOLDEN,
)

_SHA256 = Text(64, 64)


def _column(version: int) -> Record:
    return Record(
        {
            "column": _NAME,
            "kind": OneOf(*KINDS_OF[version]),
            "dtype": _NAME,
            "ops": Many(Tagged("op", "op", OPS_OF[version]), _OPS),
        },
        {"role": OneOf(*ROLES), "required": Truth()} if version > 1 else {},
    )


def columns_of(version: int) -> Many:
    """The programs of a transform."""
    return Many(_column(version), COLUMNS, 1)


#: What brings a row to the donors' space, and how they are asked.
DONORS = Record(
    {
        "features": Many(_NAME, _FEATURES, 1),
        "center": Many(_NUMBER, _FEATURES, 1),
        "inverse_scale": Many(Number(zero=False), _FEATURES, 1),
        "n_neighbors": Whole(1, _DONORS),
        "weights": OneOf("uniform", "distance"),
    }
)

_VERSION_1 = Record(
    {
        "format": OneOf(FORMAT),
        "version": OneOf(1),
        "producer": Text(256),
        "output": OneOf(*OUTPUTS),
        "columns": columns_of(1),
        "donors": Either(
            OneOf(None),
            DONORS.extended({"sha256": _SHA256}),
        ),
        "findings": Many(Free(), _FINDINGS),
        "golden": GOLDEN,
        "sha256": _SHA256,
    }
)

#: By version. The second says what the table showed when it was fitted: how many rows it had, how
#: many cells of each column were missing, and the categories of a text, where they are few.
VERSIONS: dict[int, Record] = {
    1: _VERSION_1,
    2: _VERSION_1.extended(
        {
            "version": OneOf(2),
            "columns": Many(
                _column(2).extended(
                    {
                        "missing": Either(OneOf(None), Whole()),
                        "categories": Either(OneOf(None), Mapped(Whole(1), CATEGORIES)),
                    }
                ),
                COLUMNS,
                1,
            ),
            "rows": Either(OneOf(None), Whole()),
        }
    ),
}


def check_whole(document: dict[str, Any]) -> None:
    """What one place of a document says of another, in a document that fits its description.

    Raises
    ------
    Misfit
        Where a name stands twice, ops stand in an order that no fit makes, a golden row has other
        columns, or neighbours are sought among features that are not there.
    """
    columns = document["columns"]
    for at, column in enumerate(columns):
        try:
            _check_program(column, document["output"])
        except Misfit as misfit:
            raise misfit.at(f".columns[{at}]") from None
    names = _once([column["column"] for column in columns], "columns")
    made = _once([name for column in columns for name in _outputs(column)], "columns")
    for at, row in enumerate(document["golden"]):
        for key, wanted in (("row", names), ("out", made)):
            if row.get(key, wanted).keys() != wanted.keys():
                raise (
                    Misfit("other columns", "a cell for every column")
                    .at(f".{key}")
                    .at(f".golden[{at}]")
                )
        if row.get("refused", columns[0]["column"]) not in names:
            raise Misfit(briefly(row["refused"]), "a column").at(f".golden[{at}].refused")
    _check_cells(columns, document["golden"])
    _check_donors(document, names)


def _outputs(column: dict[str, Any]) -> list[str]:
    """What a column's program gives its cells for names: `ops.outputs` of a document."""
    names: list[str] = [column["column"]]
    beside: list[str] = []
    for op in column["ops"]:
        if op["op"] == "one_hot":
            names = op["names"]
        elif op["op"] == "indicator":
            beside = [op["name"]]
    return names + beside


def _once(names: list[str], place: str) -> dict[str, int]:
    found = {name: at for at, name in enumerate(names)}
    if len(found) != len(names):
        twice = next(name for at, name in enumerate(names) if found[name] != at)
        raise Misfit(f"{briefly(twice)} twice", "each name once").at(f".{place}")
    return found


def _check_program(column: dict[str, Any], output: str) -> None:
    ops = column["ops"]
    order = "".join(f"{op['op']} " for op in ops)
    number = column["kind"] == "number"
    if not ORDER["number" if number else "other"].fullmatch(order):
        raise Misfit(order.strip() or "no ops", "the order in which `fit` sets them").at(".ops")
    if ops and ops[-1]["op"] == "cast" and ops[-1]["dtype"] != output:
        raise Misfit(f"a cast to {ops[-1]['dtype']}", output).at(f".ops[{len(ops) - 1}]")
    if number:
        _check_number(ops)
    for at, op in enumerate(ops):
        try:
            _check_lengths(op, ops[at + 1 :], column["kind"])
            if not number:
                _check_values(op, column)
        except Misfit as misfit:
            raise misfit.at(f".ops[{at}]") from None


#: What the cells of an encoded column, and its fill, are.
_CELLS_OF = {"text": str, "boolean": bool, "integer": int}


def _check_lengths(op: dict[str, Any], after: list[dict[str, Any]], kind: str) -> None:
    """What an encoding's lists say of each other."""
    if op["op"] == "replace":
        if kind != "text" or len(op["old"]) != len(op["new"]):
            raise Misfit("other lists", "two lists of one length, in a text's program")
        _once(op["old"], "old")
    elif op["op"] == "fill" and kind == "integer" and type(op["value"]) is not int:
        raise Misfit(briefly(op["value"]), "a whole number").at(".value")
    elif op["op"] == "encode":
        known, codes = op["categories"], op["codes"]
        if kind not in _CELLS_OF or any(type(each) is not _CELLS_OF[kind] for each in known):
            raise Misfit("others", f"categories of a {kind}").at(".categories")
        _once(known, "categories")
        if len(codes) != len(known):
            raise Misfit(f"{len(codes)}", f"{len(known)} codes").at(".codes")
        hot = [each["names"] for each in after if each["op"] == "one_hot"]
        every = [*codes, op["unknown"], op["missing"]]
        if hot and any(code is not None and code >= len(hot[0]) for code in every):
            raise Misfit("a code beyond them", "a code for each of the names").at(".codes")


def _check_values(op: dict[str, Any], column: dict[str, Any]) -> None:
    """What means missing, and what fills, is a cell of the column's kind."""
    values = {"missing": op.get("values"), "fill": [op.get("value")]}.get(op["op"]) or ()
    for value in values:
        if not _is_cell(column, value):
            raise Misfit(briefly(value), f"a cell of a {column['kind']}")


def _is_cell(column: dict[str, Any], value: Any) -> bool:
    """Whether a column that is not of numbers can hold a value, as a document writes it."""
    kind = column["kind"]
    if kind in _CELLS_OF:
        return type(value) is _CELLS_OF[kind]
    if type(value) is not (int if kind == "duration" else str):
        return False
    try:
        typed_value(kind, value, column["dtype"])
    except (ValueError, OverflowError, TypeError, LookupError):
        return False
    return True


def _check_cells(columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Moments in golden rows are moments; a cell of another column may be anything."""
    for column in columns:
        if column["kind"] not in TEMPORAL:
            continue
        name = column["column"]
        for at, row in enumerate(rows):
            cell = row["row"][name]
            told = cell.get("iso", cell) if isinstance(cell, dict) else cell
            if told is not None and not _is_cell(column, told):
                place = f".golden[{at}].row[{briefly(name)}]"
                raise Misfit(briefly(cell), f"a cell of a {column['kind']}").at(place)


def _check_number(ops: list[dict[str, Any]]) -> None:
    for at, op in enumerate(ops):
        if op["op"] == "clip" and op["lower"] > op["upper"]:
            raise Misfit("lower above upper", "bounds in their order").at(f".ops[{at}]")
        if op["op"] == "fill" and not Number().fits(op["value"]):
            raise Misfit(briefly(op["value"]), "a number").at(f".ops[{at}].value")
        if op["op"] == "missing" and any(type(value) is bool for value in op["values"]):
            raise Misfit("a boolean", "numbers or texts").at(f".ops[{at}].values")


def _check_donors(document: dict[str, Any], names: dict[str, int]) -> None:
    donors = document["donors"]
    filled = {
        column["column"]
        for column in document["columns"]
        if any(op["op"] == "knn_fill" for op in column["ops"])
    }
    if donors is None:
        if filled:
            raise Misfit("none", "donors for the columns that they fill").at(".donors")
        return
    features = _once(donors["features"], "donors.features")
    for key in ("center", "inverse_scale"):
        if len(donors[key]) != len(features):
            raise Misfit(f"{len(donors[key])}", f"{len(features)} numbers").at(f".donors.{key}")
    numbers = {c["column"] for c in document["columns"] if c["kind"] == "number"}
    if not filled <= features.keys() <= numbers <= names.keys():
        raise Misfit("other columns", "columns of numbers, and all that neighbours fill").at(
            ".donors.features"
        )


def version_of(fitted: Fitted, ops: list[dict[str, Any]]) -> int:
    """The oldest version that can hold a transform whose ops these are."""
    programs = fitted.programs
    plainer = all(p.role == "feature" and p.required and p.kind in KINDS for p in programs)
    if fitted.seen is not None or not plainer:
        return max(VERSIONS)
    first = OPS_OF[1]
    plain = all(
        op["op"] in first and op.keys() - {"op"} <= first[op["op"]].keys.keys() for op in ops
    )
    return 1 if plain else max(VERSIONS)
