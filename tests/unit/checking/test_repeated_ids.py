"""Identifiers that an earlier row has: told, and no end of their being identifiers."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(3)


def orders(rows=400, twice=((20, 10),)):
    ids = np.arange(5001, 5001 + rows)
    for row, of in twice:
        ids[row] = ids[of]
    return pl.DataFrame(
        {
            "order_id": ids,
            "price": RNG.lognormal(3, 0.5, rows).round(2),
            "weight": RNG.normal(40, 6, rows).round(3),
        }
    )


def repeated(table, **options):
    found = dc.check(table, **options).findings
    return [f for f in found if f.code == "row.duplicate" and f.column is not None]


@pytest.mark.parametrize("rows", [400, 9000])
@pytest.mark.parametrize("written", [pl.Int64, pl.String])
def test_the_rows_that_have_it_again_are_told(rows, written):
    table = orders(rows, ((20, 10), (33, 10))).cast({"order_id": written})
    [finding] = repeated(table)
    assert (finding.column, finding.severity, finding.count) == ("order_id", "warning", 2)
    assert (finding.rows, finding.values) == ((20, 33), (10, 10))


def test_a_counter_by_another_name_is_told_for_information():
    [finding] = repeated(orders().rename({"order_id": "respondent"}))
    assert (finding.column, finding.severity) == ("respondent", "info")


def test_a_declared_id_is_told_whatever_its_name():
    table = orders().rename({"order_id": "sku"}).with_columns(pl.format("K{}", "sku").alias("sku"))
    [finding] = repeated(table, id="sku")
    assert (finding.column, finding.severity) == ("sku", "warning")


def test_whole_rows_that_repeat_are_said_once():
    table = orders(twice=())
    assert repeated(pl.concat([table, table.head(5)])) == []
    assert repeated(table) == []


def test_numbers_that_name_many_rows_are_a_group_and_silent():
    table = orders().with_columns(customer_id=pl.Series(RNG.integers(2000, 2060, 400)))
    assert [f.column for f in repeated(table)] == ["order_id"]
    schema = dc.suggest(table)
    roles = {column.name: column.prepare.role for column in schema.columns if column.prepare}
    assert (roles["order_id"], roles["customer_id"]) == ("id", "group")
    assert not [f for f in dc.compare(table, table.reverse()).findings if f.column == "customer_id"]
