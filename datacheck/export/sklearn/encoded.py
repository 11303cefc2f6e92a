"""Encoded columns as scikit-learn's own encoders, and the cell that says what is missing.

All enters, or becomes, objects: an encoder looks its categories up in a dictionary, where 1, 1.0
and True are one. Missing cells, None and NaN alike, are a word that no category is. `OneHotEncoder`
calls its cells ``<column>_<category>``, as a transform does: so the cell of what is missing is that
of a category ``missing``, and dropped cells are made and left out. Rare categories are those that
were seen less often in the table that the encoder is fitted on.

Columns that take the same steps share the estimators, each with its own words and categories: one
for each column and step takes long to write and to run at a thousand columns.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from datacheck.errors import ArtefactError
from datacheck.export.sklearn.entry import NAN, refusing_holes, replaced
from datacheck.export.sklearn.parts import (
    FEW,
    WORD,
    ZERO,
    beside,
    called,
    chain,
    chosen,
    fitted,
    objects,
    seeking,
    worded,
)
from datacheck.ops import (
    Encode,
    Fill,
    Indicator,
    OneHot,
    Program,
    first,
    missing_op,
    numbers_of,
    spellings_of,
    words_of,
)

#: What the cells of rare categories and of missing ones end with, as `OneHotEncoder` calls them.
_RARE, _NONE, _MISSING = "infrequent_sklearn", "None", "missing"


class Piece(NamedTuple):
    """A step of a column, which `make` makes of columns alike; None for one that does nothing."""

    kind: str
    make: Callable[[Sequence[Any]], Any]
    learned: Any = None


def alike(program: Program) -> tuple[list[Piece], tuple[str, ...]]:
    """The steps of an encoded column, and what others must share to go with it."""
    steps = _words(program) if program.kind == "text" else _numbers(program)
    hole = _hole(program)
    tail = _tail(program, hole)
    indicator = first(program.ops, Indicator)
    if indicator is not None:
        told = chain(telling(program, indicator, hole))
        both = beside({"value": encoded([tail]), "missing": told})
        tail = [Piece(f"indicator of {program.column!r}", lambda _: both)]
    pieces = [*steps, *tail]
    return pieces, tuple(piece.kind for piece in pieces)


def encoded(columns: Sequence[Sequence[Piece]]) -> Any:
    """A fitted estimator from the cells of columns, alike in their kinds, to their numbers."""
    made = (step[0].make([piece.learned for piece in step]) for step in zip(*columns, strict=True))
    return chain([step for step in made if step is not None])


def _hole(program: Program) -> str:
    """A word for a missing cell, which no cell is: a private character, as often as it takes."""
    known = [value for op in program.ops for value in _texts(op)]
    hole = "\ue000missing"
    while any(hole in value for value in known):
        hole = "\ue000" + hole
    return hole


def _texts(op: Any) -> list[str]:
    values = (value for field in op if isinstance(field, tuple) for value in field)
    return [value for value in values if isinstance(value, str)]


def _word(old: Any, new: Any) -> Piece:
    """One text, None or NaN becomes another, of each column its own."""
    kind = f"word {old!r} to {type(new).__name__}"
    return Piece(kind, lambda news: worded(old, news), new)


def _number(old: float, new: float) -> Piece:
    """One number, or NaN, becomes another."""

    def make(columns: Sequence[Any]) -> Any:
        imputer, learned = replaced(old, new)
        together = {"statistics_": np.repeat(learned["statistics_"], len(columns))}
        return fitted(imputer, together, np.zeros((1, len(columns))))

    return Piece(f"number {old!r} to {new!r}", make)


def _called(function: Any, row: Any, **options: Any) -> Piece:
    """A function of numpy's, on rows such as this."""
    kind = f"{function.__name__} {sorted(options.items())}"
    return Piece(kind, lambda each: called(function, np.repeat(row, len(each), axis=1), **options))


def _words(program: Program) -> list[Piece]:
    """Text as objects, its spellings replaced and its missing cells one word."""
    hole = _hole(program)
    missing, spellings = missing_op(program), spellings_of(program)
    aside = [(old, f"{hole}{at}") for at, old in enumerate(spellings)]
    back = [(word, new) for (_, word), new in zip(aside, spellings.values(), strict=True)]
    pairs = [(NAN, hole), (None, hole), *aside, *back]
    pairs += [(word, hole) for word in words_of(missing)]
    return [_called(np.asarray, WORD, dtype="object"), *(_word(*pair) for pair in pairs)]


def _numbers(program: Program) -> list[Piece]:
    """Whole numbers and booleans as objects, their missing cells one word."""
    missing = missing_op(program)
    values = numbers_of(missing)
    steps = [_called(np.asarray, ZERO, dtype="float64")]
    if len(values) > FEW:
        steps.append(Piece("sought", seeking, values))
    elif values:
        steps += [_number(old, new) for old, new in pairwise([NAN, *values])]
        steps += [_number(values[-1], math.inf)]
        steps += [_called(np.nan_to_num, ZERO, nan=NAN, neginf=NAN, posinf=NAN)]
    if _refuses_holes_alone(program):
        refuse, _ = refusing_holes()
        steps.append(
            Piece("refuse holes", lambda each: fitted(refuse, {}, np.zeros((1, len(each)))))
        )
    return [*steps, _called(np.asarray, ZERO, dtype="object"), _word(NAN, _hole(program))]


def _refuses_holes_alone(program: Program) -> bool:
    """Whether a missing cell is refused, and one that is no category is not."""
    encode = first(program.ops, Encode)
    filled = first(program.ops, Fill) is not None
    if encode is None or filled:
        return False
    return encode.missing is None and encode.unknown is not None


def telling(program: Program, indicator: Indicator, hole: str | float) -> list[Any]:
    """The cell that is 1 where the value is the word for what is missing."""
    if indicator.name != f"{program.column}_{_MISSING}":
        raise _declined(program, f"an indicator called {indicator.name!r}")
    told = OneHotEncoder(
        categories=[[_MISSING]], handle_unknown="ignore", sparse_output=False, dtype=np.float64
    )
    steps = [worded(hole, [_MISSING]), fitted(told, {}, np.array([[_MISSING]], dtype=object))]
    if isinstance(hole, str):
        # A cell may be the very word.
        return [worded(_MISSING, [hole + hole]), *steps]
    return [called(np.asarray, dtype="object"), *steps]


def _tail(program: Program, hole: str) -> list[Piece]:
    """From objects whose missing cells are one word to cells or codes."""
    fill, encode = first(program.ops, Fill), first(program.ops, Encode)
    hot = first(program.ops, OneHot)
    if encode is None or (program.kind == "text" and _refuses_holes_alone(program)):
        raise _declined(program, "missing cells refused and unknown ones not")
    codes: dict[Any, int] = dict(zip(encode.categories, encode.codes, strict=True))
    same = [value for value, code in codes.items() if code == encode.missing]
    if fill is not None or same:
        steps = [_word(hole, _as_object(same[0] if fill is None else fill.value))]
    elif encode.missing is None:
        steps = []
    elif hot is not None and _name(hot, encode.missing) == f"{program.column}_{_NONE}":
        # It has a cell of its own. A cell may be that word.
        steps = [_word(_NONE, hole + hole), _word(hole, _NONE)]
        codes[_NONE] = encode.missing
    else:
        steps, codes[hole] = [], encode.missing
    if hot is None:
        return [*steps, *_ordinal(program, encode, codes)]
    return [*steps, *_one_hot(program, encode, codes, hot.names)]


def _name(hot: OneHot, code: int) -> str | None:
    return hot.names[code] if 0 <= code < len(hot.names) else None


def _as_object(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)


def _one_hot(
    program: Program, encode: Encode, codes: dict[Any, int], names: Sequence[str]
) -> list[Piece]:
    rare_name = f"{program.column}_{_RARE}"
    rare_code = names.index(rare_name) if rare_name in names else None
    rare = {value for value, code in codes.items() if code == rare_code}
    handle = {rare_code: "infrequent_if_exist", None: "error", -1: "ignore"}.get(encode.unknown)
    if handle is None:
        raise _declined(program, f"the code {encode.unknown} for what is unknown")
    frequent = [value for value in codes if value not in rare]
    gives = [f"{program.column}_{value}" for value in frequent] + ([rare_name] if rare else [])
    places = {name: at for at, name in enumerate(gives)}
    place = dict.fromkeys(rare, len(frequent)) | {value: at for at, value in enumerate(frequent)}
    one_each = len(places) == len(gives) and all(
        places.get(names[code]) == place[value] for value, code in codes.items() if code >= 0
    )
    if not one_each or not set(names) <= set(places):
        raise _declined(program, "cells that OneHotEncoder does not give")

    def make(columns: Sequence[Any]) -> Any:
        return _given(OneHotEncoder, columns, handle_unknown=handle, sparse_output=False)

    kept = [places[name] for name in names]
    encoder = Piece(f"one-hot {handle} {bool(rare)}", make, (list(codes), rare))
    return [encoder, Piece("cells", _cells, (kept, len(gives)))]


def _cells(columns: Sequence[tuple[list[int], int]]) -> Any:
    """Those cells of each column's that a transform keeps."""
    *starts, width = accumulate((width for _, width in columns), initial=0)
    kept = [start + at for start, (each, _) in zip(starts, columns, strict=True) for at in each]
    return None if kept == list(range(width)) else chosen(kept, width)


def _ordinal(program: Program, encode: Encode, codes: dict[Any, int]) -> list[Piece]:
    [(most, count)] = Counter(codes.values()).most_common(1)
    rare = {value for value, code in codes.items() if count > 1 and code == most}
    order = sorted(codes, key=lambda value: codes[value])
    frequent = [value for value in order if value not in rare]
    given = dict.fromkeys(rare, len(frequent)) | {value: at for at, value in enumerate(frequent)}
    moved = {float(given[value]): float(codes[value]) for value in order}
    if encode.unknown is not None:
        moved[-1.0] = float(encode.unknown)
    consistent = all(moved[float(given[value])] == codes[value] for value in order)
    wrong = {old: new for old, new in moved.items() if old != new}
    if not consistent or len(wrong) > FEW:
        raise _declined(program, "codes that OrdinalEncoder does not give")
    options: dict[str, Any] = {"handle_unknown": "error"}
    if encode.unknown is not None:
        options = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    encoder = Piece(
        f"ordinal {options} {bool(rare)}",
        lambda columns: _given(OrdinalEncoder, columns, **options),
        (order, rare),
    )
    # By way of halves, which no code is.
    aside = [_number(old, at + 0.5) for at, old in enumerate(wrong)]
    back = [_number(at + 0.5, new) for at, new in enumerate(wrong.values())]
    return [encoder, *aside, *back]


def _given(encoder: Any, columns: Sequence[tuple[list[Any], set[Any]]], **options: Any) -> Any:
    """An encoder fitted on categories, spelt as texts; a rare one is seen once, the others more."""
    made = encoder(
        categories=[list(map(str, known)) for known, _ in columns],
        min_frequency=2 if any(rare for _, rare in columns) else None,
        dtype=np.float64,
        **options,
    )
    cells = [
        [str(value) for value in known for _ in range(1 if value in rare else 2)]
        for known, rare in columns
    ]
    longest = max(map(len, cells))
    for seen, (known, rare) in zip(cells, columns, strict=True):
        often = next((str(value) for value in known if value not in rare), "")
        seen.extend([often] * (longest - len(seen)))
    given = [objects(known) for known, _ in columns]
    # A fitted encoder does not look at the parameter again: skops would write each word of it.
    learned = {"categories_": given, "categories": "auto"}
    return fitted(made, learned, np.array(cells, dtype=object).T)


def _declined(program: Program, got: str) -> ArtefactError:
    return ArtefactError(
        f"scikit-learn's encoders cannot hold how column {program.column!r} is encoded",
        got=got,
        todo="export the others: columns=[...] (--columns A B C), or export to another target",
    )
