"""What of a transform a matrix of doubles holds: its numeric columns, golden rows in doubles.

ONNX and scikit-learn serve from such a matrix. Text and booleans that a column reads as numbers
are read by the caller before they enter it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from datacheck.errors import ArtefactError, must_be_known
from datacheck.golden.documents import decode, encode
from datacheck.limits import EXACT_INTEGERS
from datacheck.numerals import is_blank, read_text
from datacheck.ops import (
    NUMERIC,
    Cast,
    Donors,
    Encode,
    Fill,
    Fitted,
    Indicator,
    Missing,
    Program,
    first,
    knn_fills,
    missing_op,
    numeric_outputs,
    of_features,
    spellings_of,
)
from datacheck.text import briefly
from datacheck.transform.coding import known_codes

#: What stands for a missing text where an empty one is a category, as in PostgreSQL's COPY.
NULL = "\\N"


#: Kinds of column that an encoding makes numbers of, and what to say of it.
ENCODED = ("text", "boolean")
ENCODE = "declare how text becomes numbers (encode: one_hot, or ordinal) and fit again"


def numeric_part(fitted: Fitted, columns: Sequence[str] | None) -> Fitted:
    """The transform of the columns that a matrix of doubles can hold, golden rows in doubles."""
    known = _known(fitted, columns or ())
    wanted = columns or [p.column for p in fitted.programs if p.role == "feature"]
    chosen = [known[name] for name in dict.fromkeys(wanted)]
    prepared = [p for p in chosen if p.kind not in NUMERIC and (columns or _does_something(p))]
    numbers = tuple(
        as_number(program, fitted.output) for program in chosen if program.kind in NUMERIC
    )
    if prepared:
        raise ArtefactError(
            "The target takes a matrix of doubles, which holds numeric columns alone",
            got=", ".join(f"{p.column!r} ({p.kind})" for p in prepared),
            todo=_way_out(prepared, numbers),
        )
    if not numbers:
        raise ArtefactError(
            "The transform has no numeric column to export among its features",
            got=", ".join(f"{p.column!r} ({p.role})" for p in fitted.programs),
            todo=ENCODE,
        )
    donors = _donors_of(fitted, numbers)
    golden = _in_doubles(fitted, numbers)
    return fitted._replace(programs=numbers, donors=donors, golden=golden)


def _way_out(prepared: Sequence[Program], numbers: Sequence[Program]) -> str:
    """What to do about prepared columns that a matrix cannot hold."""
    ways = [ENCODE] if any(p.kind in ENCODED for p in prepared) else []
    if numbers:
        ways.append(f"export the others: columns={[p.column for p in numbers]} (--columns A B C)")
    return ", or ".join(ways) or "export to JavaScript or SQL"


def part_of(fitted: Fitted, columns: Sequence[str]) -> Fitted:
    """The transform of some columns of any type, in order; `ArtefactError` where it needs more."""
    known = _known(fitted, columns)
    chosen = tuple(known[name] for name in dict.fromkeys(columns))
    if not chosen:
        raise ArtefactError("No column is named to export", todo="name one, or leave columns out")
    return fitted._replace(programs=chosen, donors=_donors_of(fitted, chosen))


def _known(fitted: Fitted, columns: Sequence[str]) -> dict[str, Program]:
    """The programs by column, among which those that are named must be."""
    known = {program.column: program for program in fitted.programs}
    for name in columns:
        must_be_known(name, known, f"The transform has no column {name!r}", ArtefactError)
    return known


def _donors_of(fitted: Fitted, programs: Sequence[Program]) -> Donors | None:
    """The donors, where any of the programs needs them; all of their features must be there."""
    donors = fitted.donors if knn_fills(programs) else None
    names = {program.column for program in programs}
    absent = set(donors.features) - names if donors is not None else set()
    if absent:
        raise ArtefactError(
            "Columns that are filled from neighbours need the features that find them",
            got=f"without {', '.join(map(repr, sorted(absent)))}",
            todo="add them to columns=[...] (--columns A B C)",
        )
    return donors


def vector_part(fitted: Fitted, columns: Sequence[str] | None) -> Fitted:
    """The transform of the columns that give numbers, encoded ones too; see `numeric_part`."""
    coded = {p.column: p for p in fitted.programs if first(p.ops, Encode) is not None}
    wanted = columns or [program.column for program in of_features(fitted.programs)]
    numbers = [name for name in wanted if name not in coded]
    if not any(name in coded for name in wanted):
        return numeric_part(fitted, columns)
    kept = tuple(coded[name] for name in dict.fromkeys(wanted) if name in coded)
    _must_be_told_apart(kept)
    part = fitted._replace(programs=(), donors=None)
    if numbers:
        rest = fitted._replace(programs=tuple(p for p in fitted.programs if p not in kept))
        part = numeric_part(rest, numbers)
    programs = {p.column: p for p in (*kept, *part.programs)}
    chosen = tuple(programs[name] for name in dict.fromkeys(wanted) if name in programs)
    return part._replace(programs=chosen, golden=_in_doubles(fitted, chosen))


def _must_be_told_apart(programs: Sequence[Program]) -> None:
    """Refuse to encode whole numbers that are one double with others."""
    for program in programs:
        encode = first(program.ops, Encode)
        if encode is None or program.kind != "integer":
            continue
        known = [int(each) for each in (*encode.categories, *missing_op(program).values)]
        beyond = [each for each in known if abs(each) >= EXACT_INTEGERS]
        if beyond:
            raise ArtefactError(
                f"Column {program.column!r} is encoded by whole numbers that are no doubles apart",
                got=briefly(beyond[0]),
                expected="whole numbers within 2^53, where each is a double of its own",
                todo="declare dtype: String for its codes and fit again, or export for sql or "
                "javascript",
            )


def as_number(program: Program, output: str) -> Program:
    """A column of whole numbers that are not computed with, as a column of doubles."""
    if program.kind != "integer" or first(program.ops, Encode) is not None:
        return program
    return program._replace(kind="number", ops=(*program.ops, Cast(output)))


def _does_something(program: Program) -> bool:
    return any(not isinstance(op, Missing) or op.values for op in program.ops)


def _in_doubles(fitted: Fitted, programs: Sequence[Program]) -> tuple[dict[str, Any], ...]:
    """The golden rows whose cells can be doubles: text that reads as none cannot enter."""
    names = {program.column for program in programs}
    came = {program.column for program in fitted.programs if program.kind == "integer"}
    whole = [p.column for p in programs if p.kind == "number" and p.column in came]
    nearest = np.dtype(fitted.output).type
    kept = []
    for golden in fitted.golden:
        try:
            row = {p.column: entering(p, decode(golden["row"][p.column])) for p in programs}  # type: ignore[index]
        except ValueError:
            continue
        if golden.get("refused", programs[0].column) in names:
            kept.append({**golden, "row": {name: encode(cell) for name, cell in row.items()}})
            given: Any = golden.get("out")
            if given is not None:
                out = {name: decode(given[name]) for name in whole}
                out = {n: c if c is None else float(nearest(c)) for n, c in out.items()}
                kept[-1]["out"] = {**given, **out}
    return tuple(kept)


def entering(program: Program, value: Any) -> Any:
    """A cell as its tensor has it: an encoded one as it is, any other as a double."""
    if first(program.ops, Encode) is None:
        return as_double(program, value)
    if not can_enter(program, value):
        raise ValueError(value)
    return value


def enters_as(program: Program) -> Literal["double", "text", "boolean"]:
    """What a column is where it enters a model that encodes it."""
    encode = first(program.ops, Encode)
    if encode is None or program.kind == "integer":
        return "double"
    if program.kind == "text":
        return "text"
    holes = encode.missing is not None or any(
        isinstance(op, Fill | Indicator) for op in program.ops
    )
    return "double" if holes else "boolean"


def can_enter(program: Program, value: Any) -> bool:
    """Whether a golden cell can be given to the model at all."""
    kind = enters_as(program)
    if kind == "boolean":
        return value is not None
    return kind != "text" or value != missing_text(program) or value in missing_op(program).values


def missing_text(program: Program) -> str:
    """The text that is a missing cell in a tensor of text: empty, if that is no category."""
    known, meant = known_codes(program), spellings_of(program).get("", "")
    word = "" if "" not in known or meant in missing_op(program).values else NULL
    while word and word in known:
        word += NULL
    return word


def as_double(program: Program, value: Any) -> float | None:
    """A cell of a numeric column as the caller must give it; declared missing text is None."""
    if value is None or not isinstance(value, str):
        return None if value is None else float(value)
    cast = program.ops[0]
    numeral = cast.number if isinstance(cast, Cast) else None
    if value in missing_op(program).values or is_blank(value, numeral):
        return None
    number = read_text(value, numeral) if isinstance(cast, Cast) else None
    if number is None:
        raise ValueError(value)
    return number


def with_output(fitted: Fitted, output: str) -> Fitted:
    """The same transform with another type out; `ArtefactError` for doubles of float32."""
    if output == fitted.output:
        return fitted
    if output == "float64":
        raise ArtefactError(
            "The model takes doubles, and the transform gives float32",
            todo="fit the transform with output: float64",
        )
    programs = tuple(p._replace(ops=(*p.ops[:-1], Cast(output))) for p in fitted.programs)
    golden = tuple(_rounded(row, programs) for row in fitted.golden)
    return fitted._replace(programs=programs, output=output, golden=golden)


def _rounded(golden: Mapping[str, Any], programs: Sequence[Program]) -> dict[str, Any]:
    if "refused" in golden:
        return dict(golden)
    out: dict[str, Any] = {}
    for program in programs:
        for name in numeric_outputs(program):
            cell = decode(golden["out"][name])
            with np.errstate(over="ignore"):
                out[name] = None if cell is None else float(np.float32(cell))
            if out[name] is not None and np.isinf(out[name]):
                return {"row": golden["row"], "refused": program.column}
    return {"row": golden["row"], "out": {name: encode(cell) for name, cell in out.items()}}
