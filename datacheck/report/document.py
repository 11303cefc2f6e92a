"""A report as a document, read again, and as a frame."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datacheck.documents import parse
from datacheck.documents import read as read_document
from datacheck.report.finding import Finding
from datacheck.report.fix import REFERENCE, Fix, Kind
from datacheck.severity import SEVERITIES
from datacheck.specs import (
    COLUMNS,
    AnyJson,
    AnyOf,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Record,
    Spec,
    Tagged,
    Text,
    TupleOf,
)

if TYPE_CHECKING:
    import polars as pl


FORMAT = "datacheck.report"
VERSION = 1

_LONG = Text(2**20)
_NAME = AnyOf(OneOf(None), Text())
#: Values of one list, and spellings of one column.
_MOST = 1_000_000


_TEXTS, _ENDS = ListOf(Text(), _MOST), TupleOf(Number(), Number())
_WORDS: dict[str, Spec] = {
    "is": Text(64),
    "values": ListOf(Number(), _MOST),
    "texts": _TEXTS,
    "other_texts": _TEXTS,
    **dict.fromkeys(("inside", "outside"), _ENDS),
    **dict.fromkeys(("beyond", "tiny", "other_than", "float32_step"), Number()),
    "decimals_beyond": Integer(0, 300),
}
_NUMBER = Record(
    {},
    {
        "decimal": Text(1, 1),
        "thousands": Text(1),
        "prefix": Text(64),
        "units": MapOf(Number(zero=False), 1000),
        "parentheses": Boolean(),
    },
)
_SCALARS = ListOf(AnyOf(Number(), Text(), Boolean()), _MOST)
#: What each kind of fix needs, as `report.fixes` writes it and `repairing` reads it.
_ARGUMENTS: dict[Kind, Record] = {
    "missing_values": Record({"values": _SCALARS}, {"dtype": Text()}),
    "number": Record({"dtype": Text(), "number": _NUMBER, "values": _SCALARS}),
    "date_format": Record(
        {"formats": ListOf(Text(64), 1000, 1), "dtype": Text()}, {"values": _TEXTS}
    ),
    "rescale": Record(
        {
            "where": AnyOf(*(Record({word: shape}) for word, shape in _WORDS.items())),
            "factor": Number(zero=False),
            "offset": Number(),
        }
    ),
    "spellings": Record({"spellings": MapOf(_TEXTS, _MOST)}),
    "cast": Record({"dtype": Text()}),
    "drop_column": Record({}),
    "drop_rows": Record(
        {"columns": AnyOf(OneOf(None), ListOf(Text(), COLUMNS))},
        {"differ": ListOf(Text(), COLUMNS), "of": OneOf(REFERENCE)},
    ),
    "role": Record({"role": OneOf("feature", "target", "id", "time", "group", "weight", "ignore")}),
    "scale": Record({"scale": OneOf("none", "robust", "zscore", "minmax")}),
}

_FINDING = Record(
    {
        "code": Text(256),
        "severity": OneOf(*SEVERITIES),
        "column": _NAME,
        "count": Integer(),
        "rows": ListOf(Integer(), 1000),
        "values": ListOf(AnyJson(), 1000),
        "evidence": MapOf(AnyJson(), 10_000),
        "message": _LONG,
        "remedy": _LONG,
    },
    {
        "fix": AnyOf(
            OneOf(None),
            Tagged(
                "kind",
                "kind of fix",
                {
                    kind: Record(
                        {"safe": Boolean(), "column": _NAME, "arguments": arguments},
                        {"says": _LONG},
                    )
                    for kind, arguments in _ARGUMENTS.items()
                },
            ),
        ),
        "accepted": AnyOf(OneOf(None), _LONG),
    },
)

#: What was added to the first version may be missing in a document.
VERSIONS = {
    VERSION: Record(
        {
            "format": OneOf(FORMAT),
            "version": OneOf(VERSION),
            "ok": Boolean(),
            "source": Record(
                {"name": _LONG, "rows": AnyOf(OneOf(None), Integer()), "columns": Integer()}
            ),
            "findings": ListOf(_FINDING, 1_000_000),
        },
        {
            "created": Text(64),
            "producer": Text(256),
            "schema": _NAME,
            "reference": AnyOf(OneOf(None), _LONG),
            "scope": AnyOf(OneOf(None), MapOf(Integer(), 1000)),
            # Made anew from the findings when it is read.
            "kinds": ListOf(
                Record(
                    {
                        "severity": OneOf(*SEVERITIES),
                        "code": Text(256),
                        "columns": ListOf(Text(), 1_000_000),
                        "cause": AnyOf(OneOf(None), _LONG),
                    }
                ),
                1_000_000,
            ),
        },
    )
}

_NOUN, _TODO = "a report", "give what `Report.to_json` or `datacheck check --json` wrote"


def read_report(text: str | bytes) -> dict[str, Any]:
    """Read a document that `Report.to_json` made: the arguments of a `Report`."""
    document = parse(text, "the text", _NOUN, _TODO)
    read_document(document, VERSIONS, "the text", _NOUN, _TODO)
    told = ("scope", "schema", "reference", "created", "producer")
    return {
        "findings": [_finding(each) for each in document["findings"]],
        **document["source"],
        **{key: document.get(key) for key in told},
    }


def _finding(entry: dict[str, Any]) -> Finding:
    fix = entry.get("fix")
    made = None
    if fix is not None:
        made = Fix(**{key: fix[key] for key in ("kind", "safe", "column", "arguments")})
    listed = {"rows": tuple(entry["rows"]), "values": tuple(entry["values"]), "fix": made}
    return Finding(**(entry | listed))


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """One row a finding."""
    import polars as pl

    kinds: dict[str, Any] = {
        "code": pl.String,
        "severity": pl.String,
        "column": pl.String,
        "count": pl.Int64,
        "message": pl.String,
        "remedy": pl.String,
        "rows": pl.List(pl.Int64),
        "values": pl.String,
        "evidence": pl.String,
        "fix": pl.String,
        "accepted": pl.String,
    }
    found = [finding.to_dict() for finding in findings]
    for each in found:
        for key in ("values", "evidence", "fix"):
            each[key] = None if each[key] is None else json.dumps(each[key], ensure_ascii=False)
    return pl.DataFrame({key: [each[key] for each in found] for key in kinds}, schema=kinds)
