"""A profile as one JSON document, read and written."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.documents import parse, unfit
from datacheck.documents import read as read_document
from datacheck.errors import ArtefactError
from datacheck.numeric.moments import Sums
from datacheck.numeric.numbers import COUNTS, Numbers
from datacheck.profiling.column import LEVELS, ColumnProfile
from datacheck.profiling.description import FORMAT, VERSION, VERSIONS, check_whole
from datacheck.profiling.holes import MissingPatterns
from datacheck.profiling.texts import Texts
from datacheck.specs import Misfit
from datacheck.text import briefly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    """Read a document that `profile_document` made: the arguments of a `Profile`.

    An `ArtefactError` refuses a text that is none, of a version that is not known, or that holds
    what no profile does.
    """
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
