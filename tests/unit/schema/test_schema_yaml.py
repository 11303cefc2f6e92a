"""Schemas in YAML: read safely, refused with the nearest known word, written without loss."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
import yaml
from pandera.backends.polars import builtin_checks
from pandera.io import polars_io

from datacheck.errors import SchemaError
from datacheck.schema import Knn, Prepare, load_schema, prepare
from datacheck.schema.checks import ALIASES, PARAMETERS
from datacheck.schema.model import Schema

PENGUINS = """
schema_type: polars_dataframe
name: Penguins
columns:
  body_mass_g:
    dtype: Float64
    nullable: true
    in_range: {min_value: 2000, max_value: 8000}
    prepare:
      missing_values: [-999]
      infinite: error          # error | missing | clip
      outliers: clip           # keep | clip | missing
      outlier_rule: iqr        # iqr | mad | zscore, with outlier_threshold
      impute: median           # none | median | mean | most_frequent | constant (fill_value) | knn
      scale: robust            # none | robust | zscore | minmax
prepare:                       # the table's own: knn and output
  knn: {n_neighbors: 5, weights: uniform, features: null, max_donors: 10000, seed: 0, space: scaled}
  output: float64              # float64 | float32
"""


def test_the_contract_s_example() -> None:
    schema = Schema.from_yaml(PENGUINS, "file")
    [column] = schema.columns
    assert (schema.name, column.name, column.dtype, column.nullable) == (
        "Penguins",
        "body_mass_g",
        pl.Float64,
        True,
    )
    assert column.prepare == Prepare(
        missing_values=(-999,), outliers="clip", impute="median", scale="robust"
    )
    assert column.prepare.threshold == 1.5
    assert (schema.knn, schema.output) == (Knn(), "float64")
    assert column.checks[0].arguments == {"min_value": 2000, "max_value": 8000}


def column(text: str) -> str:
    return f"columns: {{x: {{{text}}}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums: {}", "did you mean 'columns'?"),
        (column("nulable: true"), "did you mean 'nullable'?"),
        (column("in_rang: {min_value: 0, max_value: 1}"), "did you mean 'in_range'?"),
        (column("in_range: {min_valu: 0, max_value: 1}"), "did you mean 'min_value'"),
        (column("prepare: {imput: median}"), "did you mean 'impute'?"),
        (column("prepare: {impute: medain}"), "did you mean 'median'"),
        (column("prepare: {scale: standard}"), "none, robust, zscore, minmax"),
        (column("prepare: {outlier_threshold: 0}"), "above 0"),
        (column("prepare: {outlier_threshold: -1}"), "above 0"),
        (column("prepare: {outlier_threshold: .nan}"), "above 0"),
        (column("prepare: {outlier_threshold: true}"), "above 0"),
        (column("prepare: {missing_values: -999}"), "a list"),
        (column("prepare: {missing_values: [.nan]}"), "NaN is always missing"),
        (column("prepare: {missing_values: [true]}"), "numbers, texts or dates"),
        (column("prepare: {missing_values: [[1]]}"), "numbers, texts or dates"),
        (column("prepare: {fill_value: 1}"), "constant"),
        (column("prepare: {impute: constant}"), "needs a fill_value"),
        (column("prepare: {impute: constant, fill_value: .inf}"), "finite"),
        (
            column("prepare: {impute: constant, fill_value: -9, missing_values: [-9]}"),
            "not in missing_values",
        ),
        (column("dtype: Float64, prepare: {impute: constant, fill_value: many}"), "finite number"),
        (
            column("dtype: String, prepare: {impute: constant, fill_value: 1}"),
            "a value of dtype String",
        ),
        (column("dtype: String, prepare: {scale: robust}"), "numeric dtype"),
        (column("dtype: Boolean, prepare: {impute: median}"), "coerce: true"),
        (column("prepare: [median]"), "mapping"),
        (column("dtype: Flot64"), "did you mean 'Float64'"),
        (column("dtype: 64"), "must be a name"),
        (column("dtype: __import__('os').system('true')"), "Unknown dtype"),
        (column("dtype: Datetime(time_unit='years')"), "Unknown dtype"),
        (column("in_range: {min_value: 8, max_value: 2}"), "No value can pass"),
        (column("in_range: {min_value: 2, max_value: 2, include_max: false}"), "No value can pass"),
        (column("in_range: {min_value: 2}"), "lacks max_value"),
        (column("in_range: {min_value: 2, max_value: a}"), "can't be compared"),
        (column("in_range: 3"), "lacks max_value"),
        (column("ge: .nan"), "missing value"),
        (column("ge: null"), "missing value"),
        (column("isin: 3"), "a list"),
        (column("str_matches: 3"), "a text"),
        (column("str_matches: '(?=x)'"), "Rust"),
        (column("str_length: -1"), "at least 0"),
        (column("str_length: {min_value: 3, max_value: 2}"), "No text can pass"),
        (column("str_length: {}"), "wants exact_value"),
        (column("nullable: 1"), "true or false"),
        (column("nullable: 'yes'"), "true or false"),
        (column("unique: [x]"), "true or false"),
        (column("ge: {min_value: 1, ignore_na: maybe}"), "true or false"),
        (column("report_duplicates: some"), "exclude_first"),
        (column("name: y"), "another name"),
        (column("ge: 1, checks: {le: 3}"), "side by side"),
        (column("checks: 3"), "a list or a mapping"),
        (column("checks: {gee: 1}"), "did you mean 'ge'"),
        (column("checks: [{min_value: 1}]"), "has no name"),
        (
            column("ge: {min_value: 1, options: {raise_warnin: true}}"),
            "did you mean 'raise_warning'",
        ),
        ("columns: {1: {}}", "must be a text"),
        ("columns: [x]", "mapping"),
        ("columns: {x: 3}", "mapping"),
        ("schema_type: dataframe", "polars_dataframe"),
        ("index: [{}]", "polars frames have none"),
        ("strict: maybe", "filter"),
        ("unique: 3", "list of columns"),
        ("unique: [[x, 3]]", "list of columns"),
        ("prepare: {output: float16}", "float64 or float32"),
        ("prepare: {impute: median}", "known: knn, output"),
        ("prepare: {knn: {neighbors: 3}}", "did you mean 'n_neighbors'"),
        ("prepare: {knn: {n_neighbors: 0}}", "at least 1"),
        ("prepare: {knn: {n_neighbors: 2.5}}", "whole number"),
        ("prepare: {knn: {seed: -1}}", "at least 0"),
        ("prepare: {knn: {max_donors: 0}}", "at least 1"),
        ("prepare: {knn: {weights: equal}}", "uniform, distance"),
        ("prepare: {knn: {space: unit}}", "scaled, raw"),
        ("prepare: {knn: {features: x}}", "list of column names"),
        ("[columns]", "mapping"),
        ("3", "mapping"),
        ("", "mapping"),
        ("columns: {x: {}", "not YAML"),
        ("columns: {x: {}}\ncolumns: {y: {}}", "stands twice"),
        ("columns: {x: {ge: 1, ge: 2}}", "stands twice"),
        ("columns: {x: {}, x: {}}", "stands twice"),
        ("? [a]\n: 1", "can't be a key"),
        ("!!python/object/apply:os.system ['true']", "not YAML that a schema may hold"),
        ("columns: !!python/name:os.system {}", "not YAML that a schema may hold"),
        ("name: !thing x", "not YAML that a schema may hold"),
    ],
)
def test_what_is_wrong_is_refused_with_a_word_on_what_would_do(text: str, said: str) -> None:
    with pytest.raises(SchemaError) as error:
        Schema.from_yaml(text, "s")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("int", pl.Int64),
        ("float64", pl.Float64),
        ("Utf8", pl.String),
        ("str", pl.String),
        ("bool", pl.Boolean),
        ("category", pl.Categorical),
        ("Date", pl.Date),
        ("Datetime", pl.Datetime("us")),
        ("timedelta", pl.Duration("us")),
        ("Datetime(time_unit='ms', time_zone='UTC')", pl.Datetime("ms", "UTC")),
        ("List(Int64)", pl.List(pl.Int64)),
        ("Enum(categories=['a', 'b'])", pl.Enum(["a", "b"])),
        ("Decimal(precision=10, scale=2)", pl.Decimal(10, 2)),
        ("Array(Float32, shape=(3,))", pl.Array(pl.Float32, 3)),
        (
            "Struct({'a': Int8, 'b': List(String)})",
            pl.Struct({"a": pl.Int8, "b": pl.List(pl.String)}),
        ),
    ],
)
def test_dtypes_by_name(given: str, known: pl.DataType) -> None:
    schema = Schema.from_yaml(yaml.safe_dump({"columns": {"x": {"dtype": given}}}), "s")
    assert schema.columns[0].dtype == known
    assert Schema.from_yaml(schema.to_yaml(), "s") == schema


CHECKS = {
    "equal_to": "3",
    "not_equal_to": "3",
    "greater_than": "3",
    "greater_than_or_equal_to": "3",
    "less_than": "3",
    "less_than_or_equal_to": "3",
    "in_range": "{min_value: 1, max_value: 3, include_min: false}",
    "isin": "[1, 2]",
    "notin": "[1, 2]",
    "str_matches": "a",
    "str_contains": "a",
    "str_startswith": "a",
    "str_endswith": "a",
    "str_length": "{min_value: 1, max_value: 3}",
    "unique_values_eq": "[1, 2]",
    "eq": "3",
    "ne": "3",
    "gt": "3",
    "ge": "3",
    "lt": "3",
    "le": "3",
    "between": "{min_value: 1, max_value: 3}",
}


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_reads_as_pandera_reads_it(name: str) -> None:
    text = f"schema_type: polars_dataframe\ncolumns: {{x: {{{name}: {CHECKS[name]}}}}}"
    assert load_schema(polars_io.from_yaml(text)).columns == Schema.from_yaml(text, "s").columns


def test_the_table_of_checks_is_pandera_s() -> None:
    known = {name for name in vars(builtin_checks) if name in pa.Check.CHECK_FUNCTION_REGISTRY}
    assert known == set(PARAMETERS)
    assert {
        alias: getattr(pa.Check, alias)(1, 2).name
        if alias == "between"
        else getattr(pa.Check, alias)(1).name
        for alias in ALIASES
    } == ALIASES


@pytest.mark.parametrize(
    "text",
    [
        "checks: {ge: 1, isin: {allowed_values: [1, 2], ignore_na: false}}",
        "checks: [{value: 1, options: {check_name: gt}}, {value: 2, options: {check_name: lt}}]",
        "checks: [{min_value: 1, options: {check_name: greater_than, raise_warning: true}}]",
        "ge: {min_value: 3, raise_warning: true, error: too small, name: floor}",
        "ge: {min_value: 3, n_failure_cases: 4}",
        "ge: {min_value: 3, options: {raise_warning: true}}",
        "ge: {value: 3}",
        "str_length: 3",
    ],
)
def test_the_forms_that_pandera_takes(text: str) -> None:
    schema = Schema.from_yaml(column(text), "s")
    assert Schema.from_yaml(schema.to_yaml(), "s") == schema
    assert load_schema(schema.pandera).columns == schema.columns


def test_temporal_bounds_are_moments() -> None:
    text = (
        "columns:\n"
        "  t: {dtype: Datetime, ge: '2020-01-01 12:00:00', isin: [2020-01-01, '2021-01-01']}\n"
        "  d: {dtype: Date, lt: 2020-01-01}\n  s: {dtype: Duration, le: 1500000000}\n"
        "  h: {dtype: Time, le: '12:30:00'}"
    )
    schema = Schema.from_yaml(text, "s")
    t, d, s, h = (each.checks for each in schema.columns)
    noon = dt.datetime.fromisoformat("2020-01-01T12:00")
    assert t[0].arguments == {"min_value": noon}
    assert t[1].arguments == {
        "allowed_values": tuple(dt.datetime.fromisoformat(f"{year}-01-01") for year in (2020, 2021))
    }
    assert d[0].arguments == {"max_value": dt.date(2020, 1, 1)}
    assert s[0].arguments == {"max_value": dt.timedelta(seconds=1.5)}
    assert h[0].arguments == {"max_value": dt.time(12, 30)}
    assert Schema.from_yaml(schema.to_yaml(), "s") == schema
    with pytest.raises(SchemaError, match="ISO 8601"):
        Schema.from_yaml("columns: {t: {dtype: Date, ge: yesterday}}", "s")


def refused_by_yaml(schema: Any, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        load_schema(schema).to_yaml()


def test_what_yaml_cannot_hold_is_not_dropped() -> None:
    refused_by_yaml(pa.DataFrameSchema({"x": pa.Column(checks=pa.Check(lambda d: d))}), "code")
    refused_by_yaml(pa.DataFrameSchema({}, checks=pa.Check(lambda d: d)), "code")
    refused_by_yaml(pa.DataFrameSchema({"x": pa.Column(metadata={"owner": "me"})}), "'owner'")
    refused_by_yaml(pa.DataFrameSchema({}, metadata={"owner": "me"}), "'owner'")
    refused_by_yaml(
        pa.DataFrameSchema({"x": pa.Column(float, default=pl.col("y"))}), "can't hold a value"
    )
    refused_by_yaml(
        pa.DataFrameSchema({"x": pa.Column(checks=pa.Check.eq(1 + 2j))}), "can't hold a value"
    )


def test_pandera_reads_what_is_written() -> None:
    schema = load_schema(
        pa.DataFrameSchema(
            {
                "x": pa.Column(
                    float,
                    [pa.Check.ge(0), pa.Check.in_range(0, 9)],
                    nullable=True,
                    metadata=prepare(impute="mean"),
                )
            },
            name="both",
            strict=True,
            unique=["x"],
        )
    )
    read = load_schema(polars_io.from_yaml(schema.to_yaml()))
    assert read.columns[0].checks == schema.columns[0].checks
    assert (read.name, read.table) == (schema.name, schema.table)


def test_numbers_with_an_exponent_are_numbers() -> None:
    schema = Schema.from_yaml("columns: {x: {in_range: {min_value: -1e3, max_value: 1.5E6}}}", "s")
    assert schema.columns[0].checks[0].arguments == {"min_value": -1000.0, "max_value": 1_500_000.0}
    words = Schema.from_yaml("columns: {x: {isin: ['1e3', 1e3, '3', 'e3', '1e']}, '1e5': {}}", "s")
    assert words.columns[0].checks[0].arguments == {
        "allowed_values": ("1e3", 1000.0, "3", "e3", "1e")
    }
    assert words.columns[1].name == "1e5"
    assert Schema.from_yaml(words.to_yaml(), "s") == words
