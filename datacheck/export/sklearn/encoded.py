"""Encoded columns as scikit-learn's own encoders, and the cell that says what is missing.

Text enters as objects, whole numbers and booleans as doubles, and becomes objects then: an encoder
looks its categories up in a dictionary, where 1, 1.0 and True are one. Missing cells, None and NaN
alike, are a word that no category is. `OneHotEncoder` calls its cells ``<column>_<category>``, as a
transform does: so the cell of what is missing is that of a category ``missing``, and the cells that
a transform drops are made and left out. Rare categories are those that were seen less often in the
table that the encoder is fitted on.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.errors import ArtefactError
from datacheck.export.sklearn.entry import refusing_holes, replaced
from datacheck.export.sklearn.parts import WORD, beside, called, chain, chosen, fitted, worded
from datacheck.ops import (
    Encode,
    Fill,
    Indicator,
    Missing,
    OneHot,
    Program,
    Replace,
    first,
    numbers_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

NAN = math.nan

#: What the cells of rare categories and of missing ones end with, as `OneHotEncoder` calls them.
_RARE, _NONE, _MISSING = "infrequent_sklearn", "None", "missing"

#: At most so many codes that are not those of scikit-learn are replaced one by one.
_MOST = 16


def encoded(program: Program) -> Any:
    """A fitted estimator from one column of cells to its numbers.

    Raises
    ------
    ArtefactError
        For an encoding that scikit-learn's encoders cannot be given.
    """
    steps = _words(program) if program.kind == "text" else _numbers(program)
    hole = _hole(program)
    tail = _tail(program, hole)
    indicator = first(program.ops, Indicator)
    if indicator is None:
        return chain([*steps, *tail])
    told = chain(telling(program, indicator, hole))
    return chain([*steps, beside({"value": chain(tail), "missing": told})])


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


def _words(program: Program) -> list[Any]:
    """Text as objects, its spellings replaced and its missing cells one word."""
    hole = _hole(program)
    replace = first(program.ops, Replace) or Replace((), ())
    missing = first(program.ops, Missing) or Missing()
    spellings = list(zip(replace.old, replace.new, strict=True))
    aside = [(old, f"{hole}{at}") for at, (old, _) in enumerate(spellings)]
    back = [(word, new) for (_, word), (_, new) in zip(aside, spellings, strict=True)]
    pairs = [(NAN, hole), (None, hole), *aside, *back]
    pairs += [(word, hole) for word in words_of(missing)]
    return [called(np.asarray, WORD, dtype="object"), *(worded(*pair) for pair in pairs)]


def _numbers(program: Program) -> list[Any]:
    """Whole numbers and booleans as objects, their missing cells one word."""
    missing = first(program.ops, Missing) or Missing()
    values = numbers_of(missing)
    steps = [called(np.asarray, dtype="float64")]
    steps += [fitted(*replaced(old, new)) for old, new in pairwise([NAN, *values])]
    if values:
        steps += [fitted(*replaced(values[-1], math.inf))]
        steps += [called(np.nan_to_num, nan=NAN, neginf=NAN, posinf=NAN)]
    if _refuses_holes_alone(program):
        steps.append(fitted(*refusing_holes()))
    return [*steps, called(np.asarray, dtype="object"), worded(NAN, _hole(program))]


def _refuses_holes_alone(program: Program) -> bool:
    """Whether a missing cell is refused, and one that is no category is not."""
    encode = first(program.ops, Encode)
    filled = first(program.ops, Fill) is not None
    if encode is None or filled:
        return False
    return encode.missing is None and encode.unknown is not None


def telling(program: Program, indicator: Indicator, hole: str | float) -> list[Any]:
    """The cell that is 1 where the value is the word for what is missing."""
    from sklearn.preprocessing import OneHotEncoder

    if indicator.name != f"{program.column}_{_MISSING}":
        raise _declined(program, f"an indicator called {indicator.name!r}")
    told = OneHotEncoder(
        categories=[[_MISSING]], handle_unknown="ignore", sparse_output=False, dtype=np.float64
    )
    steps = [worded(hole, _MISSING), fitted(told, {}, np.array([[_MISSING]], dtype=object))]
    if isinstance(hole, str):
        # A cell may be the very word.
        return [worded(_MISSING, hole + hole), *steps]
    return [called(np.asarray, dtype="object"), *steps]


def _tail(program: Program, hole: str) -> list[Any]:
    """From objects whose missing cells are one word to cells or codes."""
    fill, encode = first(program.ops, Fill), first(program.ops, Encode)
    hot = first(program.ops, OneHot)
    if encode is None or (program.kind == "text" and _refuses_holes_alone(program)):
        raise _declined(program, "missing cells refused and unknown ones not")
    codes: dict[Any, int] = dict(zip(encode.categories, encode.codes, strict=True))
    same = [value for value, code in codes.items() if code == encode.missing]
    if fill is not None or same:
        steps = [worded(hole, _as_object(same[0] if fill is None else fill.value))]
    elif encode.missing is None:
        steps = []
    elif hot is None:
        steps, codes[hole] = [], encode.missing
    elif hot is not None and _name(hot, encode.missing) == f"{program.column}_{_NONE}":
        # It has a cell of its own. A cell may be that word.
        steps = [worded(_NONE, hole + hole), worded(hole, _NONE)]
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
) -> list[Any]:
    from sklearn.preprocessing import OneHotEncoder

    rare_name = f"{program.column}_{_RARE}"
    rare_code = names.index(rare_name) if rare_name in names else None
    rare = {value for value, code in codes.items() if code == rare_code}
    handle = {rare_code: "infrequent_if_exist", None: "error", -1: "ignore"}.get(encode.unknown)
    if handle is None:
        raise _declined(program, f"the code {encode.unknown} for what is unknown")
    made = OneHotEncoder(
        categories=[list(map(str, codes))],
        handle_unknown=handle,
        min_frequency=2 if rare else None,
        sparse_output=False,
        dtype=np.float64,
    )
    encoder = _given(made, list(codes), rare)
    gives = list(encoder.get_feature_names_out([program.column]))
    places = {name: at for at, name in enumerate(gives)}
    frequent = [value for value in codes if value not in rare]
    place = dict.fromkeys(rare, len(frequent)) | {value: at for at, value in enumerate(frequent)}
    one_each = len(places) == len(gives) and all(
        places.get(names[code]) == place[value] for value, code in codes.items() if code >= 0
    )
    if not one_each or not set(names) <= set(places):
        raise _declined(program, "cells that OneHotEncoder does not give")
    kept = [places[name] for name in names]
    return [encoder] if kept == list(range(len(gives))) else [encoder, chosen(kept, len(gives))]


def _ordinal(program: Program, encode: Encode, codes: dict[Any, int]) -> list[Any]:
    from sklearn.preprocessing import OrdinalEncoder

    [(most, count)] = Counter(codes.values()).most_common(1)
    rare = {value for value, code in codes.items() if count > 1 and code == most}
    order = sorted(codes, key=lambda value: codes[value])
    made = OrdinalEncoder(
        categories=[list(map(str, order))],
        handle_unknown="error" if encode.unknown is None else "use_encoded_value",
        unknown_value=None if encode.unknown is None else -1,
        min_frequency=2 if rare else None,
        dtype=np.float64,
    )
    encoder = _given(made, order, rare)
    given = encoder.transform(np.array([[value] for value in order], dtype=object))[:, 0]
    moved = {float(at): float(codes[value]) for value, at in zip(order, given, strict=True)}
    if encode.unknown is not None:
        moved[-1.0] = float(encode.unknown)
    consistent = all(
        moved[float(at)] == codes[value] for value, at in zip(order, given, strict=True)
    )
    wrong = {old: new for old, new in moved.items() if old != new}
    if not consistent or len(wrong) > _MOST:
        raise _declined(program, "codes that OrdinalEncoder does not give")
    # By way of halves, which no code is.
    aside = [fitted(*replaced(old, at + 0.5)) for at, old in enumerate(wrong)]
    back = [fitted(*replaced(at + 0.5, new)) for at, new in enumerate(wrong.values())]
    return [encoder, *aside, *back]


def _given(encoder: Any, categories: list[Any], rare: set[Any]) -> Any:
    """The encoder fitted on its categories: a rare one seen once, the others twice.

    It is fitted on how they are spelt, for it takes no words among numbers, and told then what
    they are.
    """
    cells = [str(value) for value in categories for _ in range(1 if value in rare else 2)]
    known = np.empty(len(categories), dtype=object)
    known[:] = categories
    return fitted(encoder, {"categories_": [known]}, np.array(cells, dtype=object).reshape(-1, 1))


def _declined(program: Program, got: str) -> ArtefactError:
    return ArtefactError(
        f"scikit-learn's encoders cannot hold how column {program.column!r} is encoded",
        got=got,
        todo="leave the column out with columns=[...], or export to another target",
    )
