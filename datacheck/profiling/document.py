"""A profile as one JSON document, read and written.

What a profile's document may hold, and what its places say of each other.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from datacheck.documents import parse, unfit
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.limits import EXACT_INTEGERS
from datacheck.numeric.extremes import EXTREMES
from datacheck.numeric.moments import Sums
from datacheck.numeric.numbers import COUNTS, Numbers
from datacheck.numeric.ordered_bits import KEY_BITS
from datacheck.profiling.column import LEVELS, ColumnProfile
from datacheck.profiling.holes import MissingPatterns
from datacheck.profiling.texts import Texts
from datacheck.specs import (
    COLUMNS,
    AnyOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Matching,
    Misfit,
    Number,
    OneOf,
    Record,
    Text,
    TupleOf,
)
from datacheck.text import briefly

FORMAT = "datacheck.profile"
VERSION = 1

#: What is kept of a column, at most: distinct values, bins, patterns of holes.
_KEPT, _BINS, _PATTERNS = 2**16, 2**KEY_BITS, 2**12
_HASH, _THRESHOLD = Integer(0, 2**64 - 1), Integer(1, 2**64 - 1)
#: Rows beyond this are no table's; sums of so many values of any size fit in these bits.
_COUNT = Integer(0, EXACT_INTEGERS)
_UNITS = re.compile(r"-?0x[0-9a-f]{1,64}")
#: The grids of sums: see `numeric.moments`.
_GRID = re.compile(r"-?\d{1,2}")
_GRIDS = re.compile(r"-?\d{1,2} -?\d{1,2}")


def _like(pattern: re.Pattern[str], expected: str) -> Matching:
    def reads(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError(text)

    return Matching(reads, expected, 128)


_SUM = _like(_UNITS, "a whole number in hexadecimal digits")
_SEEN = TupleOf(Number(), _COUNT)
_OR_NONE = OneOf(None)

_NUMBERS = Record(
    {
        **dict.fromkeys(COUNTS, _COUNT),
        "bins": ListOf(Integer(0, _BINS - 1), _BINS),
        "bin_counts": ListOf(Integer(1, EXACT_INTEGERS), _BINS),
        "values": ListOf(Number(), _KEPT),
        "value_counts": ListOf(Integer(1, EXACT_INTEGERS), _KEPT),
        "threshold": _THRESHOLD,
        "lowest": ListOf(_SEEN, EXTREMES),
        "highest": ListOf(_SEEN, EXTREMES),
        "sum": MapOf(_SUM, 1000, _like(_GRID, "a grid's number")),
        "sum_of_squares": MapOf(_SUM, 10_000, _like(_GRIDS, "two grids' numbers")),
    }
)

_TEXTS = Record(
    {
        "count": _COUNT,
        "numeric": _COUNT,
        "words": MapOf(Integer(1, EXACT_INTEGERS), _KEPT, Text(2**24)),
        "values": MapOf(Integer(1, EXACT_INTEGERS), _KEPT, Text(2**24)),
        "threshold": _THRESHOLD,
        "shortest": _COUNT,
        "longest": _COUNT,
    }
)

_COLUMN = Record(
    {
        "name": Text(),
        "dtype": Text(2**20),
        "kind": OneOf("number", "text", "boolean", "time", "other"),
        "rows": _COUNT,
        "null": _COUNT,
        "nan": _COUNT,
        "distinct": Integer(0, 2**64),
        "exact": Boolean(),
        "mean": AnyOf(_OR_NONE, Number()),
        "std": AnyOf(_OR_NONE, Number()),
        "quantiles": AnyOf(_OR_NONE, Record(dict.fromkeys(map(str, LEVELS), Number()))),
        "quantiles_exact": Boolean(),
        "most_frequent": ListOf(TupleOf(AnyOf(Number(), Text(2**24)), _COUNT), 100),
        "frequent": ListOf(_SEEN, _KEPT),
        "numbers": AnyOf(_OR_NONE, _NUMBERS),
        "texts": AnyOf(_OR_NONE, _TEXTS),
    }
)

#: A nested column has others inside it, which have none.
_NESTED = _COLUMN.extended({}, {"inner": ListOf(_COLUMN, COLUMNS)})

VERSIONS = {
    VERSION: Record(
        {
            "format": OneOf(FORMAT),
            "version": OneOf(VERSION),
            "name": Text(2**20),
            "rows": _COUNT,
            "columns": ListOf(_NESTED, COLUMNS),
            "gaps": Record(
                {
                    "threshold": _THRESHOLD,
                    "patterns": ListOf(TupleOf(_HASH, ListOf(Text(), COLUMNS), _COUNT), _PATTERNS),
                }
            ),
        }
    )
}


def check_whole(document: dict[str, Any]) -> None:
    """Hold counts, orders and names in a profile that fits its description against each other."""
    names: set[str] = set()
    for at, column in enumerate(document["columns"]):
        try:
            if column["name"] in names:
                raise Misfit("a name twice", "each name once").at(".name")
            names.add(column["name"])
            _check_column(column)
        except Misfit as misfit:
            raise misfit.at(f".columns[{at}]") from None
    for at, (_, columns, _) in enumerate(document["gaps"]["patterns"]):
        if not names.issuperset(columns):
            raise Misfit("other columns", "the profile's").at(f".gaps.patterns[{at}]")


def _check_column(column: dict[str, Any]) -> None:
    if column["null"] > column["rows"]:
        raise Misfit(str(column["null"]), "no more nulls than rows").at(".null")
    for at, inner in enumerate(column.get("inner", ())):
        try:
            _check_column(inner)
        except Misfit as misfit:
            raise misfit.at(f".inner[{at}]") from None
    numbers, texts = column["numbers"], column["texts"]
    if column["quantiles_exact"] and column["quantiles"] is None:
        raise Misfit("no quantiles", "those that are said to be exact").at(".quantiles")
    if (column["quantiles"] is None) != (numbers is None or not numbers["count"]):
        raise Misfit("quantiles without values, or the contrary", "both").at(".quantiles")
    cells = column["rows"] - column["null"]
    if numbers is not None:
        try:
            _check_numbers(numbers, cells)
        except Misfit as misfit:
            raise misfit.at(".numbers") from None
    if texts is not None and not sum(texts["values"].values()) <= texts["count"] <= cells:
        raise Misfit(str(texts["count"]), "as many as the texts, within the rows").at(
            ".texts.count"
        )


def _check_numbers(numbers: dict[str, Any], cells: int) -> None:
    count = numbers["count"]
    for name in COUNTS:
        if not 0 <= numbers[name] <= cells:
            raise Misfit(str(numbers[name]), "no more than the column's cells").at(f".{name}")
    for one, other in (("bins", "bin_counts"), ("values", "value_counts")):
        if len(numbers[one]) != len(numbers[other]):
            raise Misfit(f"{len(numbers[other])}", f"{len(numbers[one])}").at(f".{other}")
        if not np.all(np.diff(np.array(numbers[one], np.float64)) > 0):
            raise Misfit("values out of order", "each once, ascending").at(f".{one}")
    if sum(numbers["bin_counts"]) != count:
        raise Misfit(f"{sum(numbers['bin_counts'])}", f"{count} in all").at(".bin_counts")
    kept = sum(numbers["value_counts"])
    if kept > count or (numbers["threshold"] == 2**64 - 1 and kept != count):
        raise Misfit(f"{kept}", f"{count} in all").at(".value_counts")
    for end in ("lowest", "highest"):
        if bool(numbers[end]) != bool(count):
            raise Misfit(f"{len(numbers[end])} extremes", f"those of {count} values").at(f".{end}")


_NOUN, _TODO = "a profile", "give what `datacheck profile -o` wrote"


def profile_document(
    name: str, rows: int, columns: Iterable[ColumnProfile], gaps: MissingPatterns
) -> dict[str, Any]:
    """A profile as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "rows": rows,
        "columns": [_column_document(column) for column in columns],
        "gaps": {
            "threshold": gaps.threshold,
            "patterns": [
                [mark, list(names), count] for mark, (names, count) in sorted(gaps.patterns.items())
            ],
        },
    }


def read_profile(text: str | bytes) -> dict[str, Any]:
    """Read a document that `profile_document` made: the arguments of a `Profile`."""
    document = parse(text, "the text", _NOUN, _TODO)
    document = read_document(document, VERSIONS, "the text", _NOUN, _TODO)
    try:
        check_whole(document)
    except Misfit as misfit:
        raise unfit(misfit, "the text", _NOUN, _TODO) from None
    gaps = document["gaps"]
    patterns = {int(m): (tuple(names), int(count)) for m, names, count in gaps["patterns"]}
    columns = {entry["name"]: _column(entry) for entry in document["columns"]}
    try:
        # Sums that no values have may be beyond what their mean can be computed from.
        for column in columns.values():
            for each in (column, *column.inner):
                _ = each.mean, each.std, each.quantiles
    except (ArithmeticError, LookupError, ValueError) as error:
        raise ArtefactError("this profile is damaged", got=briefly(str(error))) from error
    return {
        "name": document["name"],
        "rows": document["rows"],
        "columns": columns,
        "gaps": MissingPatterns(patterns, int(gaps["threshold"])),
    }


def _column_document(column: ColumnProfile) -> dict[str, Any]:
    return {
        **facts_of(column),
        "frequent": [list(pair) for pair in column.frequent],
        "numbers": _numbers_document(column.numbers) if column.numbers else None,
        "texts": _texts_document(column.texts) if column.texts else None,
        **({"inner": list(map(_column_document, column.inner))} if column.inner else {}),
    }


def facts_of(column: ColumnProfile) -> dict[str, Any]:
    """What is known of a column in a few values, as plain data."""
    quantiles = column.quantiles
    return {
        "name": column.name,
        "dtype": column.dtype,
        "kind": column.kind,
        "rows": column.rows,
        "null": column.null,
        "nan": column.nan,
        "distinct": column.distinct,
        "exact": column.is_exact,
        "mean": _finite(column.mean),
        "std": _finite(column.std),
        "quantiles": dict(zip(map(str, LEVELS), quantiles, strict=True)) if quantiles else None,
        "quantiles_exact": column.exact_quantiles is not None,
        "most_frequent": [list(pair) for pair in column.most_frequent],
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _numbers_document(numbers: Numbers) -> dict[str, Any]:
    sums = numbers.sums
    if sums is None:
        raise ValueError("a profile that was made without moments is not saved")
    return {
        **{name: getattr(numbers, name) for name in COUNTS},
        "bins": numbers.bins.tolist(),
        "bin_counts": numbers.bin_counts.tolist(),
        "values": numbers.values.tolist(),
        "value_counts": numbers.value_counts.tolist(),
        "threshold": numbers.threshold,
        "lowest": [list(pair) for pair in numbers.lowest],
        "highest": [list(pair) for pair in numbers.highest],
        # As text: JSON readers elsewhere would round integers of this length.
        "sum": {str(j): hex(units) for j, units in sorted(sums.first.items())},
        "sum_of_squares": {f"{j} {k}": hex(units) for (j, k), units in sorted(sums.second.items())},
    }


def _texts_document(texts: Texts) -> dict[str, Any]:
    return {
        "count": texts.count,
        "numeric": texts.numeric,
        "words": dict(sorted(texts.words.items())),
        "values": dict(sorted(texts.values.items())),
        "threshold": texts.threshold,
        "shortest": texts.shortest,
        "longest": texts.longest,
    }


def _column(entry: Mapping[str, Any]) -> ColumnProfile:
    exact = tuple(map(float, entry["quantiles"].values())) if entry["quantiles_exact"] else None
    return ColumnProfile(
        name=entry["name"],
        dtype=entry["dtype"],
        kind=entry["kind"],
        rows=entry["rows"],
        null=entry["null"],
        numbers=_numbers(entry["numbers"]) if entry["numbers"] else None,
        texts=_texts(entry["texts"]) if entry["texts"] else None,
        exact_quantiles=exact,
        frequent=tuple((float(value), int(count)) for value, count in entry["frequent"]),
        inner=tuple(map(_column, entry.get("inner", ()))),
    )


def _numbers(entry: Mapping[str, Any]) -> Numbers:
    return Numbers(
        **{name: int(entry[name]) for name in COUNTS},
        bins=np.array(entry["bins"], dtype=np.int64),
        bin_counts=np.array(entry["bin_counts"], dtype=np.int64),
        values=np.array(entry["values"], dtype=np.float64),
        value_counts=np.array(entry["value_counts"], dtype=np.int64),
        threshold=int(entry["threshold"]),
        lowest=tuple((float(value), int(row)) for value, row in entry["lowest"]),
        highest=tuple((float(value), int(row)) for value, row in entry["highest"]),
        sums=Sums(
            {int(j): int(units, 16) for j, units in entry["sum"].items()},
            {
                (int(place.split()[0]), int(place.split()[1])): int(units, 16)
                for place, units in entry["sum_of_squares"].items()
            },
        ),
    )


def _texts(entry: Mapping[str, Any]) -> Texts:
    return Texts(
        count=entry["count"],
        numeric=entry["numeric"],
        words=Counter(entry["words"]),
        values=dict(entry["values"]),
        threshold=int(entry["threshold"]),
        shortest=entry["shortest"],
        longest=entry["longest"],
    )
