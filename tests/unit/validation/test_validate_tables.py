"""Real tables, with violations planted where they are known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from datacheck.schema import load_schema
from datacheck.schema.compile import plan_for
from datacheck.schema.rules import Key
from datacheck.source import open_source
from datacheck.table import View
from datacheck.validation import mutate, split, violations
from datacheck.validation.parting import _reasons

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ["penguins.csv", "randhie.tsv", "weather.csv.gz", "flights.parquet"]


def schema_of(root: Path, table: str) -> str:
    return str(root / "schemas" / f"{table.partition('.')[0]}.yaml")


@pytest.mark.parametrize("table", TABLES)
def test_valid_and_rejected_rows_are_the_table(root: Path, table: str) -> None:
    data, schema = str(root / "sample_data" / table), schema_of(root, table)
    source = open_source(data)
    found, columns = source.frame.collect_schema(), load_schema(schema).columns
    words = [each.name for each in columns if each.dtype == pl.String and each.name in found]
    whole = source.with_text(words).frame.collect()
    valid, rejected = pl.collect_all(split(data, schema))
    places = set(rejected["__row__"].to_list())
    kept = [row for row in range(whole.height) if row not in places]
    assert valid.equals(whole[kept])
    assert rejected.drop("__row__", "__reasons__").equals(whole[sorted(places)])
    as_it_came = replace(open_source(valid), text=source.text)
    assert violations(as_it_came, load_schema(schema)) == []


@pytest.mark.parametrize("table", TABLES)
def test_planted_violations_are_found_and_no_others(root: Path, table: str) -> None:
    schema = load_schema(schema_of(root, table))
    valid, _ = split(str(root / "sample_data" / table), schema)
    frame = valid.head(5_000).collect()
    reading = plan_for(schema, frame.schema, text=True).reading
    frame = View(reading, tuple(frame.columns)).of(frame)
    before = violations(open_source(frame), schema)
    for name, column in schema.columns_for(frame.schema).items():
        bounded = next((each for each in column.checks if each.name == "in_range"), None)
        if bounded is None or not frame[name].dtype.is_float():
            continue
        beyond = bounded.arguments["max_value"] + 1.0
        planted = (
            pl.when(pl.int_range(pl.len()).is_in([3, 77])).then(beyond).otherwise(pl.col(name))
        )
        infinite = pl.when(pl.int_range(pl.len()) == 5).then(math.inf).otherwise(planted)
        found = violations(open_source(frame.with_columns(infinite.alias(name))), schema)
        assert before == []
        assert {(each.code, each.column, each.rows) for each in found} == {
            ("schema.in_range", name, (3, 5, 77)),
            ("numeric.infinite", name, (5,)),
        }


def test_the_untidy_table_s_text_is_named_with_its_rows(root: Path) -> None:
    data = str(root / "sample_data" / "penguins_untidy.csv")
    found = violations(
        open_source(data), load_schema(str(root / "schemas" / "penguins_untidy.yaml"))
    )
    text = [each for each in found if each.code == "schema.dtype"]
    cells = open_source(data).frame.collect()
    assert text
    for each in text:
        assert list(each.values) == cells[each.column][list(each.rows)].to_list()


def test_the_schemas_that_ship_notice_most_planted_faults(root: Path) -> None:
    data = str(root / "sample_data" / "penguins.csv")
    summary = mutate(data, schema_of(root, "penguins.csv")).findings[-1]
    assert summary.evidence["noticed"] > summary.evidence["planted"] / 2


def test_many_checks_of_one_kind_give_one_reason() -> None:
    tests = {Key("schema.ge", "x", place): pl.col("x") < place for place in range(300)}
    tests[Key("schema.le", "x", 0)] = pl.col("x") > 400
    made = _reasons(tests, "why")
    assert str(made).count("schema.ge") == 1
    told = pl.DataFrame({"x": [-1, 299, 300, 500]}).select(made)["why"].to_list()
    assert [[each["code"] for each in why] for why in told] == [
        ["schema.ge"],
        [],
        [],
        ["schema.le"],
    ]
