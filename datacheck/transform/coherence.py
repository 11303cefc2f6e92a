"""What one place of a transform's document says of another: names, the order of ops, kinds, donors.

`document` describes each place by itself; a document that fits may still be none that `fit` writes.
"""

from __future__ import annotations

from datacheck.specs import Misfit, Number
from datacheck.text import briefly
from datacheck.transform.cell import typed_value
from datacheck.transform.coding import TYPES
from datacheck.transform.document import ORDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_whole(document: dict[str, Any]) -> None:
    """Raise `Misfit` where one place of a document that fits its description denies another."""
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
            lacking = wanted.keys() ^ row.get(key, wanted).keys()
            # A cell that is no column's own may be left out where it is 0: see `zeros`.
            if not lacking <= (wanted.keys() - names.keys()):
                raise (
                    Misfit("other columns", "a cell for every column")
                    .at(f".{key}")
                    .at(f".golden[{at}]")
                )
        if row.get("refused", columns[0]["column"]) not in names:
            raise Misfit(briefly(row["refused"]), "a column").at(f".golden[{at}].refused")
    _check_cells(columns, document["golden"])
    _check_donors(document, names)
    _check_seen(columns, document.get("rows"))


def _check_seen(columns: list[dict[str, Any]], rows: int | None) -> None:
    """Hold what the table showed at fit against the rows that it had."""
    for at, column in enumerate(columns):
        counts = column.get("missing"), column.get("categories")
        if rows is None and counts != (None, None):
            raise Misfit("no rows", "the rows behind a column's counts").at(".rows")
        for key, seen in zip(("missing", "categories"), counts, strict=True):
            count = sum(seen.values()) if isinstance(seen, dict) else seen or 0
            if rows is not None and count > rows:
                wanted = f"at most the {rows:,} rows of the table"
                raise Misfit(f"{count:,} cells", wanted).at(f".columns[{at}].{key}")


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
        if kind not in TYPES or any(type(each) is not TYPES[kind] for each in known):
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
    if kind in TYPES:
        return type(value) is TYPES[kind]
    if type(value) is not (int if kind == "duration" else str):
        return False
    try:
        typed_value(kind, value, column["dtype"])
    except (ValueError, OverflowError, TypeError, LookupError):
        return False
    return True


def _check_cells(columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Golden cells are of their column's type, and what leaves for a model is a number."""
    left = [(at, row["out"]) for at, row in enumerate(rows) if "out" in row]
    for column in columns:
        if not column["ops"] or column["ops"][-1]["op"] != "cast":
            continue
        for name in _outputs(column):
            for at, out in left:
                if not _is_number(out.get(name)):
                    place = f".golden[{at}].out[{briefly(name)}]"
                    raise Misfit(briefly(out[name]), "a number").at(place)
    for column in columns:
        if column["kind"] == "number":
            continue
        name = column["column"]
        for at, row in enumerate(rows):
            cell = row["row"][name]
            told = _told(cell)
            if told is not None and not _is_cell(column, told):
                place = f".golden[{at}].row[{briefly(name)}]"
                raise Misfit(briefly(cell), f"a cell of a {column['kind']}").at(place)


def _is_number(cell: Any) -> bool:
    """Whether a golden cell may leave for a model: a missing one, too."""
    return type(cell) in (float, int, type(None)) or (type(cell) is dict and "float" in cell)


def _told(cell: Any) -> Any:
    """What a golden cell stands for: the text of a moment, or a whole number of many digits."""
    if not isinstance(cell, dict):
        return cell
    return int(cell["int"]) if "int" in cell else cell.get("iso", cell)


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
