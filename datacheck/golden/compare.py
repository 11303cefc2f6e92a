"""Golden rows: what an exported artefact carries to prove that it gives the transform's own bits.

Every exporter writes the same document and replays it in the artefact's own runtime, when it is
written and when `verify` is asked. What counts as equal is said here alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from datacheck.errors import ArtefactError
from datacheck.gaps import is_missing
from datacheck.golden.documents import FORMAT, VERSION, decode, encode
from datacheck.golden.unreached import Unreached, told, unreached
from datacheck.ops import (
    LARGEST,
    UNSCALED,
    Affine,
    Donors,
    Fitted,
    KnnFill,
    Op,
    Power,
    Program,
    first,
    outputs,
)
from datacheck.transform.cell import power
from datacheck.transform.programs import OPTIONAL

#: How far a cell filled from neighbours may lie from the reference, in spreads of its column.
KNN_TOLERANCE = 1e-12

#: From one float32 to the next, at most, as a share of it.
FLOAT32_STEP = 2.0**-23


class Refusal(NamedTuple):
    """A runtime's verdict that a row has no result; `column` is None where it cannot name one."""

    column: str | None = None


class Mismatch(NamedTuple):
    """One cell (or one verdict) of a golden row that a runtime did not reproduce.

    `of` is the column whose category names this one, None where no category does.
    """

    row: int
    column: str | None
    expected: Any
    got: Any
    of: str | None = None

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", column {self.column!r}" if self.column is not None else "")
        return f"{where}: expected {self.expected!r}, got {self.got!r}"


def document(fitted: Fitted) -> dict[str, Any]:
    """What an artefact carries: its golden rows, how exactly they must hold, whence they came."""
    names = [program.column for program in fitted.programs]
    leaves = [name for program in fitted.programs for name in outputs(program)]
    entering, leaving = set(names), set(leaves)
    fair = [row for row in fitted.golden if row.get("refused", "") in {"", *entering}]
    missed = {column: counts for column, *counts in unreached(fitted)}
    return {
        **head(fitted, names),
        **({"unreached": missed} if missed else {}),
        **({} if leaves == names else {"outputs": leaves}),
        "output": fitted.output,
        **exactness(fitted),
        "rows": padded([_narrow(row, entering, leaving) for row in fair]),
    }


def exactness(fitted: Fitted) -> dict[str, Any]:
    """How exactly golden rows must hold."""
    return {"tolerance": tolerances(fitted), "ulps": 0}


def head(fitted: Fitted, columns: list[str]) -> dict[str, Any]:
    """What a document of golden rows begins with: of which transform it is, and which columns."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "producer": fitted.producer,
        "transform": fingerprint(fitted),
        "columns": columns,
    }


#: An artefact carries at least so many golden rows; with fewer it proves nothing.
LEAST = 30


def verified(
    golden: Mapping[str, Any], run: Callable[[list[dict[str, Any]]], Sequence[Any]]
) -> list[Mismatch | Unreached]:
    """`mismatches` for an artefact that somebody brings, and categories that it does not reach."""
    return [*too_few(len(golden["rows"])), *mismatches(golden, run), *told(golden)]


def too_few(rows: int) -> list[Mismatch]:
    """A mismatch where an artefact carries fewer golden rows than any that was written."""
    return [] if rows >= LEAST else [Mismatch(0, None, f"at least {LEAST} golden rows", rows)]


def padded(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, again from the first where they are fewer than an artefact carries."""
    again = -(-LEAST // len(rows)) if rows else 0
    return [*rows, *(list(rows) * again)[len(rows) : LEAST]]


def _narrow(row: dict[str, Any], entering: set[str], leaving: set[str]) -> dict[str, Any]:
    if row["row"].keys() == entering and set(row.get("out", leaving)) == leaving:
        return row
    cells = {"row": {name: cell for name, cell in row["row"].items() if name in entering}}
    if "refused" in row:
        return cells | {"refused": row["refused"]}
    return cells | {"out": {name: cell for name, cell in row["out"].items() if name in leaving}}


def fingerprint(fitted: Fitted) -> str:
    """SHA-256 of what the transform does: its programs, its output type and its donors."""
    donors = fitted.donors
    programs = [
        [p.column, p.kind, p.dtype, [[type(op).__name__, *_op_fields(op)] for op in p.ops]]
        for p in fitted.programs
    ]
    body = [programs, fitted.output, None if donors is None else donors[:-1]]
    digest = hashlib.sha256(json.dumps(body, separators=(",", ":")).encode())
    if donors is not None:
        digest.update(donor_table(donors).tobytes())
    return digest.hexdigest()


def _op_fields(op: Op) -> list[Any]:
    """An op's fields, without those at the end that a document leaves out: see `programs`."""
    fields, optional = list(op), OPTIONAL[type(op)]
    while optional and fields and (name := op._fields[len(fields) - 1]) in optional:
        if fields[-1] != op._field_defaults[name]:
            break
        fields.pop()
    return fields


def donor_table(donors: Donors) -> Any:
    """The donors as a little-endian float64 array, with one bit pattern for every NaN."""
    import numpy as np

    table = np.array(donors.rows, "<f8")
    table[np.isnan(table)] = np.nan
    return table


def tolerances(fitted: Fitted) -> dict[str, float]:
    """By column, `tolerance` where it is not 0."""
    return {p.column: t for p in fitted.programs if (t := tolerance(p, fitted))}


def tolerance(program: Program, fitted: Fitted) -> float:
    """How far a cell of this column may lie from the reference: 0.0 means the same bits.

    A column filled from neighbours is allowed `KNN_TOLERANCE` of the spread (largest minus
    smallest) of the donors' values, in the units that leave the transform; rounded to float32, the
    two may also part by one float32. A logarithm may part by `LOG_ULPS` of the largest one that
    there is.
    """
    donors = fitted.donors
    kinds = [type(op) for op in program.ops]
    raised, affine = first(program.ops, Power), first(program.ops, Affine)
    function = None if raised is None else raised.function
    allowed = of_logarithm(function, affine or UNSCALED, fitted.output)
    if donors is None or KnnFill not in kinds:
        return allowed
    values = donor_table(donors)[:, donors.features.index(program.column)]
    present = [float(value) for value in values if not math.isnan(value)] or [0.0]
    low, high = min(present), max(present)
    for op in program.ops[kinds.index(KnnFill) :]:
        if isinstance(op, Power):
            low, high = (power(op.function, end) for end in (low, high))
        elif isinstance(op, Affine):
            low, high = ((end - op.center) * op.inverse_scale for end in (low, high))
    narrowed = FLOAT32_STEP * max(abs(low), abs(high)) if fitted.output == "float32" else 0.0
    # Of the ends first: the spread itself may be beyond a double.
    spread = abs(KNN_TOLERANCE * high - KNN_TOLERANCE * low)
    return min(allowed + spread + narrowed, LARGEST)


#: How far a runtime's logarithm was seen to lie from C's, in units in the last place, and a margin
#: of two: 1 in Node, 2 in DuckDB, onnxruntime and PostgreSQL, on 220,000 numbers of all sizes.
LOG_ULPS = 4
#: The logarithm of the largest double.
_LARGEST_LOG = 709.782712893384


def of_logarithm(function: str | None, affine: Affine, output: str) -> float:
    """What a logarithm, scaled then, may part by in the units that leave; 0.0 for no logarithm."""
    if function not in ("log1p", "signed_log1p"):
        return 0.0
    largest = (_LARGEST_LOG + abs(affine.center)) * abs(affine.inverse_scale)
    narrowed = FLOAT32_STEP * largest if output == "float32" else 0.0
    return LOG_ULPS * math.ulp(_LARGEST_LOG) * abs(affine.inverse_scale) + narrowed


def mismatches(
    golden: Mapping[str, Any], run: Callable[[list[dict[str, Any]]], Sequence[Any]]
) -> list[Mismatch]:
    """Replay golden rows in a runtime, one outcome or `Refusal` a row; list what differs."""
    rows = golden["rows"]
    given = [_decoded(row["row"]) for row in rows]
    outcomes = run(given)
    if len(outcomes) != len(rows):
        return [Mismatch(0, None, f"{len(rows)} rows", f"{len(outcomes)} rows")]
    found: list[Mismatch] = []
    for position, (row, outcome) in enumerate(zip(rows, outcomes, strict=True)):
        found += _row_mismatches(golden, position, row, outcome)
    return found


def _row_mismatches(
    golden: Mapping[str, Any], position: int, row: Mapping[str, Any], outcome: Any
) -> list[Mismatch]:
    if "refused" in row:
        expected = row["refused"]
        if isinstance(outcome, Refusal) and outcome.column in {None, expected}:
            return []
        return [Mismatch(position, expected, "refused", outcome)]
    if isinstance(outcome, Refusal):
        return [Mismatch(position, outcome.column, row["out"], outcome)]
    expected = _decoded(row["out"])
    if _alike(expected, outcome):
        return []
    found = []
    for name, cell in expected.items():
        got = outcome.get(name, _ABSENT)
        if got is cell or (type(got) is type(cell) and got == cell and got != 0):
            continue  # most cells are alike, and a wide table has many: asked first, and in line
        if got is _ABSENT:
            found.append(Mismatch(position, name, cell, "no such column", _named_by(name, row)))
        elif not same(cell, got, golden["tolerance"].get(name, 0.0), golden["ulps"]):
            found.append(Mismatch(position, name, cell, got, _named_by(name, row)))
    return found


def _named_by(name: str, row: Mapping[str, Any]) -> str | None:
    """The column that a cell under another name is made of, but for an indicator's."""
    parts = [each for each in row["row"] if name.startswith(f"{each}_")]
    own = name in row["row"] or any(name == f"{each}_missing" for each in parts)
    return None if own else max(parts, key=len, default=None)


#: Stands for a cell that an outcome does not have.
_ABSENT = object()


def _decoded(cells: Mapping[str, Any]) -> dict[str, Any]:
    if dict not in set(map(type, cells.values())):  # as most rows are: two thirds of the time
        return dict(cells)
    return {name: decode(cell) if type(cell) is dict else cell for name, cell in cells.items()}


def _alike(expected: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
    """Whether a row of doubles and holes is the same to the bit: most are, and this is quick."""
    try:
        got = [outcome[name] for name in expected]
    except KeyError:
        return False
    kinds = set(map(type, expected.values())) | set(map(type, got))
    if not kinds <= {float, type(None)}:
        return False
    one, other = (
        array("d", [math.nan if cell is None else cell for cell in cells])
        if type(None) in kinds
        else array("d", cells)
        for cells in (expected.values(), got)
    )
    return one.tobytes() == other.tobytes()


def same(expected: Any, got: Any, tolerance: float = 0.0, ulps: int = 0) -> bool:
    """Whether a runtime's cell is the expected one: the same bits, or as near as is allowed.

    >>> same(0.0, -0.0), same(None, float("nan")), same(1.0, 1.0000000000000002, ulps=2)
    (False, True, True)
    """
    if hasattr(got, "item"):
        got = got.item()
    if is_missing(expected) or is_missing(got):
        return is_missing(expected) and is_missing(got)
    if isinstance(got, date | datetime | time | timedelta):
        got = decode(encode(got))
    if isinstance(got, str) and isinstance(expected, str) and got != expected:
        return _same_instant(expected, got)
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if not isinstance(expected, int | float) or not isinstance(got, int | float):
        return bool(expected == got)
    return _same_number(expected, got, tolerance, ulps)


def _same_instant(expected: str, got: str) -> bool:
    """Whether two moments with an offset are one instant, whatever zone a runtime shows it in."""
    try:
        one, other = datetime.fromisoformat(expected), datetime.fromisoformat(got)
    except ValueError:
        return False
    return one.tzinfo is not None and other.tzinfo is not None and one == other


def _same_number(expected: float, got: float, tolerance: float, ulps: int) -> bool:
    if isinstance(expected, int) or isinstance(got, int):
        return expected == got
    if struct.pack("<d", expected) == struct.pack("<d", got):
        return True
    allowed = max(tolerance, ulps * math.ulp(expected))
    return allowed > 0.0 and abs(expected - got) <= allowed


def prove(
    golden: Mapping[str, Any],
    run: Callable[[list[dict[str, Any]]], Sequence[Any]],
    artefact: str,
) -> None:
    """Raise `ArtefactError` unless a freshly written artefact reproduces its golden rows."""
    found = mismatches(golden, run)
    if found:
        shown = "; ".join(map(str, found[:5])) + ("; ..." if len(found) > 5 else "")  # noqa: PLR2004
        raise ArtefactError(
            f"the exported {artefact} does not reproduce the transform's golden rows",
            got=f"{len(found)} difference(s): {shown}",
            expected="the same bits",
            todo="nothing was written; report this with the transform",
        )
