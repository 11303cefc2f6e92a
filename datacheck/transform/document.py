"""What an artefact of a transform may hold, version by version: the description that `store` reads.

A new op is a line in `OPS_OF`, and its place one in `ORDER`. A new key of an op is optional, and
written only where it is not the default, so that the oldest version that can hold it is written.
"""

from __future__ import annotations

import re
from math import isfinite

from datacheck.ops import CATEGORIES, OUTPUTS
from datacheck.specs import (
    COLUMNS,
    VALUES,
    AnyJson,
    AnyOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Matching,
    Number,
    OneOf,
    Record,
    Tagged,
    Text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from datacheck.ops import Fitted

FORMAT = "datacheck.transform"

KINDS = ("number", "text", "boolean", "date", "datetime", "duration", "time")
#: Kinds that the second version added.
KINDS_OF = {1: KINDS, 2: (*KINDS, "integer")}
ROLES = ("feature", "target", "time", "group", "weight")

#: Ops of one program; golden rows; findings that were seen at fit; donors and their features.
_OPS, _GOLDEN, _FINDINGS, _DONORS, _FEATURES = 64, 1000, 100_000, 10_000_000, 10_000
#: Units behind the numbers of a column.
_UNITS = 1000

_NAME = Text()
#: polars' names of the dtypes that a column can be fitted on.
_DTYPES = re.compile(
    r"(U?Int(8|16|32|64|128)|Float(16|32|64)|Boolean|String|Utf8|Date|Time|Null|Categorical"
    r"|Duration|Datetime|Decimal|Enum)(\(.*\))?",
    re.DOTALL,
)


def _read_dtype(text: str) -> None:
    """Told without polars, which a service of single rows does not load."""
    if _DTYPES.fullmatch(text) is None:
        raise ValueError(text)


_DTYPE = Matching(_read_dtype, "polars' name of a dtype, such as Float64")
_SCALAR = AnyOf(Number(), Text(), Boolean())
_NUMBER, _BOUND = Number(), AnyOf(Number(), OneOf(None))

#: Each version's ops, by the name that a document uses.
OPS_OF: dict[int, dict[str, Record]] = {
    1: {
        "missing": Record(
            {"values": ListOf(_SCALAR, VALUES), "infinite": OneOf("refuse", "missing", "keep")}
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
        "units": MapOf(Number(zero=False), _UNITS),
        "parentheses": Boolean(),
    }
)
_CODE = AnyOf(OneOf(None), Integer(-1, VALUES))
OPS_OF[2] = {
    **OPS_OF[1],
    "missing": OPS_OF[1]["missing"].extended({}, {"unfilled": OneOf("refuse", "keep")}),
    "cast": OPS_OF[1]["cast"].extended({}, {"number": _NUMERAL}),
    "replace": Record({"old": ListOf(_NAME, VALUES), "new": ListOf(_NAME, VALUES)}),
    "indicator": Record({"name": _NAME}),
    "power": Record({"function": OneOf("log1p", "sqrt", "signed_log1p")}),
    "encode": Record(
        {
            "categories": ListOf(_SCALAR, VALUES),
            "codes": ListOf(Integer(-1, VALUES), VALUES),
            "unknown": _CODE,
            "missing": _CODE,
        }
    ),
    "one_hot": Record({"names": ListOf(_NAME, VALUES + 2)}),
}

#: In which order ops stand, as a pattern of their names, for numbers and for other kinds.
ORDER = {
    "number": re.compile(
        r"(cast )?missing (clip )*(indicator )?"
        r"((fill )?(power )?(affine )?|affine knn_fill |knn_fill (power )?(affine )?)cast "
    ),
    "other": re.compile(r"(replace )?(missing )?(indicator )?(fill )?(encode (one_hot )?cast )?"),
}


def _read_finite(text: str) -> None:
    if not isfinite(float(text)):
        raise ValueError(text)


def _read_whole(text: str) -> None:
    """A whole number that a double can hold, if not to the last digit."""
    float(int(text))


#: What a cell of a golden row holds that JSON does not: see `golden.encode`.
_CELL = AnyOf(
    OneOf(None),
    Boolean(),
    Number(),
    Text(),
    Record({"float": OneOf("inf", "-inf", "nan")}),
    Record({"int": Matching(_read_whole, "a whole number as text", 400)}),
    Record({"iso": Text(64)}),
    Record({"decimal": Matching(_read_finite, "a finite number as text", 400)}),
)
_CELLS = MapOf(_CELL, COLUMNS, _NAME)
GOLDEN = ListOf(
    AnyOf(Record({"row": _CELLS, "out": _CELLS}), Record({"row": _CELLS, "refused": _NAME})),
    _GOLDEN,
)

_SHA256 = Text(64, 64)


def _column(version: int) -> Record:
    return Record(
        {
            "column": _NAME,
            "kind": OneOf(*KINDS_OF[version]),
            "dtype": _DTYPE,
            "ops": ListOf(Tagged("op", "op", OPS_OF[version]), _OPS),
        },
        {"role": OneOf(*ROLES), "required": Boolean()} if version > 1 else {},
    )


def columns_of(version: int) -> ListOf:
    """The programs of a transform."""
    return ListOf(_column(version), COLUMNS, 1)


#: What brings a row to the donors' space, and how they are asked.
DONORS = Record(
    {
        "features": ListOf(_NAME, _FEATURES, 1),
        "center": ListOf(_NUMBER, _FEATURES, 1),
        "inverse_scale": ListOf(Number(zero=False), _FEATURES, 1),
        "n_neighbors": Integer(1, _DONORS),
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
        "donors": AnyOf(
            OneOf(None),
            DONORS.extended({"sha256": _SHA256}),
        ),
        "findings": ListOf(AnyJson(), _FINDINGS),
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
            "columns": ListOf(
                _column(2).extended(
                    {
                        "missing": AnyOf(OneOf(None), Integer()),
                        "categories": AnyOf(OneOf(None), MapOf(Integer(1), CATEGORIES)),
                    }
                ),
                COLUMNS,
                1,
            ),
            "rows": AnyOf(OneOf(None), Integer()),
        }
    ),
}


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
