"""The one grammar of numbers in text: what it reads, and that polars reads it alike."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.export.javascript.data import _numeral
from datacheck.numerals import PLAIN, parsed_by, reader, written
from datacheck.ops import Numeral

if TYPE_CHECKING:
    from pathlib import Path

EURO = Numeral(",", ".", "€", (("%", 0.01), ("kg", 1.0), ("t", 1000.0)), parentheses=True)
DOLLAR = Numeral(".", ",", "US$", (("K", 1e3), ("M", 1e6)))
SPACED = Numeral(",", " ")
SWISS = Numeral(".", "'")

READ = [
    (EURO, "3.447,54", 3447.54),
    (EURO, "3447,54", 3447.54),
    (EURO, "€ 3", 3.0),
    (EURO, "-€3", -3.0),
    (EURO, "€-3", -3.0),
    (EURO, "€\u22123", -3.0),
    (EURO, "(3)", -3.0),
    (EURO, "€(3,5)", -3.5),
    (EURO, "(€3,5 kg)", -3.5),
    (EURO, "45%", 0.45),
    (EURO, "1,5 t", 1500.0),
    (EURO, "1e3", 1000.0),
    (EURO, "NaN", math.nan),
    (EURO, " -inf ", -math.inf),
    (EURO, "3.44,5", None),
    (EURO, "3,447.54", None),
    (EURO, "€€3", None),
    (EURO, "3 lbs", None),
    (EURO, "(3", None),
    (EURO, "3)", None),
    (EURO, "-(3)", None),
    (EURO, "", None),
    (EURO, "€", None),
    (DOLLAR, "US$1,234.5", 1234.5),
    (DOLLAR, "US$ 1,23,456", 123456.0),
    (DOLLAR, "654K", 654000.0),
    (DOLLAR, "1.2 M", 1200000.0),
    (DOLLAR, "(3)", None),
    (DOLLAR, "$3", None),
    (SPACED, "1 234,5", 1234.5),
    (SPACED, "1\u00a0234\u00a0567", 1234567.0),
    (SPACED, "1\u202f234", 1234.0),
    (SPACED, "12 34", None),
    (SWISS, "1'234.5", 1234.5),
    (SWISS, "1\u2019234", 1234.0),
]


@pytest.mark.parametrize(("numeral", "text", "number"), READ)
def test_what_is_read(numeral: Numeral, text: str, number: float | None) -> None:
    alone = reader(numeral)(text)
    among = pl.select(parsed_by(pl.lit(text), numeral)).item()
    for got in (alone, among):
        assert repr(got) == repr(number)


NUMERALS = st.builds(
    Numeral,
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", " ", "'", "|"]),
    prefix=st.sampled_from(["", "$", "€", "US $", "Rs."]),
    units=st.sampled_from([(), (("%", 0.01),), (("kg", 1.0), ("lbs", 0.45359237), ("m2", 3.5))]),
    parentheses=st.booleans(),
)
PIECES = st.sampled_from([*"1203.,' |$€-+\u2212()%x\u00a0", "12", "234", "US $", "Rs.", "kg"]) | (
    st.sampled_from(["lbs", "m2", "e3", "E-2", "nan", "inf"])
)


@settings(max_examples=300, deadline=None)
@given(NUMERALS, st.lists(PIECES, max_size=7).map("".join))
def test_any_text_is_read_alike_alone_and_among_others(numeral: Numeral, text: str) -> None:
    among = pl.Series(["1", text, "x"]).to_frame("t").select(parsed_by(pl.col("t"), numeral))
    assert repr(among.to_series()[1]) == repr(reader(numeral)(text))


@settings(max_examples=100, deadline=None)
@given(NUMERALS, st.floats(allow_nan=False))
def test_what_is_written_is_read_to_the_last_bit(numeral: Numeral, value: float) -> None:
    assert repr(reader(numeral)(written(value, numeral))) == repr(value)


@settings(max_examples=100, deadline=None)
@given(st.from_regex(PLAIN, fullmatch=True))
def test_the_defaults_read_what_programs_write(text: str) -> None:
    plain = float(text)
    assert repr(reader(Numeral())(text)) == repr(plain) or "_" in text


def test_javascript_reads_the_same_texts(tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node is not None
    cases = [[_numeral(numeral), text] for numeral, text, _ in READ if text.strip()]
    home = "datacheck/export/runtime/lib/numeral.js"
    shutil.copy(home, tmp_path / "numeral.mjs")
    script = (
        'import { compileNumeral } from "./numeral.mjs";\n'
        f"const read = {json.dumps(cases)}.map(([n, text]) => compileNumeral(n)(text));\n"
        "console.log(JSON.stringify(read.map((x) => x === undefined ? null : String(x))));\n"
    )
    (tmp_path / "run.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run([node, "run.mjs"], cwd=tmp_path, capture_output=True, check=True)
    got = [None if each is None else float(each) for each in json.loads(done.stdout)]
    assert list(map(repr, got)) == [repr(number) for _, text, number in READ if text.strip()]


SCHEMA = """\
schema_type: polars_dataframe
name: S
columns:
  price:
    dtype: Float64
    nullable: true
    in_range: {min_value: 0, max_value: 5000}
    prepare:
      missing_values: [n/a, -1]
      impute: median
      scale: robust
      number: {decimal: ",", thousands: ".", prefix: "€", units: {"%": 0.01, t: 1000}}
"""
CELLS = ["1.234", "€ 3,5", "45 %", "1 t", "n/a", "-1", "", "2.500,25", "7\u00a0%", "€12"]


def test_every_verb_reads_a_declared_spelling_alike(tmp_path: Path) -> None:
    schema = tmp_path / "s.yaml"
    schema.write_text(SCHEMA, encoding="utf-8")
    table = pl.DataFrame({"price": [cell or None for cell in CELLS]})
    table.write_csv(tmp_path / "t.csv")
    rows = None
    for data in (table, table.to_pandas(), tmp_path / "t.csv", table.to_arrow()):
        assert dc.validate(data, schema).ok
        assert not [f for f in dc.check(data, schema).findings if f.severity == "error"]
        transform = dc.fit(data, schema)
        out = transform.apply(data)
        out = out.collect() if isinstance(out, pl.LazyFrame) else out
        prepared = (
            [float(cell) for cell in out["price"].to_pylist()]
            if hasattr(out["price"], "to_pylist")
            else [float(cell) for cell in out["price"]]
        )
        alone = [transform.apply_row({"price": cell or None})["price"] for cell in CELLS]
        assert prepared == alone
        assert rows in (None, alone)
        rows = alone
    transform.save(tmp_path / "t.json")
    loaded = dc.load(tmp_path / "t.json")
    assert loaded == transform
    assert dc.verify(tmp_path / "t.json").ok
    for cell in ("5 kg", "1,234.5", "x", "(3)"):
        with pytest.raises(dc.DataError):
            loaded.apply_row({"price": cell})
        with pytest.raises(dc.DataError):
            loaded.apply(pl.DataFrame({"price": [cell]}))
        report = dc.validate(pl.DataFrame({"price": [cell]}), schema)
        assert [(found.code, found.rows) for found in report.findings] == [("schema.dtype", (0,))]


@pytest.mark.parametrize(
    "number",
    [
        "{decimal: ';'}",
        "{thousands: '.'}",
        "{prefix: '-'}",
        "{units: {'5': 1}}",
        "{units: {e3: 1}}",
        "{units: {'k)': 1}}",
        "{units: {kg: 0}}",
        "{decimals: ','}",
    ],
)
def test_spellings_that_would_be_ambiguous_are_refused(tmp_path: Path, number: str) -> None:
    path = tmp_path / "s.yaml"
    start = SCHEMA[: SCHEMA.index("      number:")]
    path.write_text(f"{start}      number: {number}\n", encoding="utf-8")
    with pytest.raises(dc.SchemaError):
        dc.load_schema(path)
