"""Findings of one kind in many columns, and what may be behind them."""

import numpy as np
import polars as pl

import datacheck as dc

NUMBERS = {f"c{i}": np.random.default_rng(i).normal(5, 1, 200) for i in range(12)}


def test_the_report_tells_a_kind_once_with_its_columns_and_cause():
    old = pl.DataFrame(NUMBERS)
    [kind] = dc.compare(old, old * 1000).to_dict()["kinds"]
    assert (kind["code"], len(kind["columns"])) == ("drift.unit_change", 12)
    assert "the same factor (1000) in 12 columns" in kind["cause"]


def test_holes_in_the_same_rows_have_one_cause():
    holes = np.arange(200) % 17 == 3
    report = dc.check(pl.DataFrame({n: np.where(holes, np.nan, v) for n, v in NUMBERS.items()}))
    [kind] = [kind for kind in report.to_dict()["kinds"] if kind["code"] == "missing.nan"]
    assert "the same rows (3, 20, 37, 54, 71, ...; 12 of them) in 12 columns" in kind["cause"]


def test_a_few_findings_and_accepted_ones_are_no_kind():
    few = pl.DataFrame({name: NUMBERS[name] for name in list(NUMBERS)[:4]})
    assert dc.compare(few, few * 1000).to_dict()["kinds"] == []
    old = pl.DataFrame(NUMBERS)
    report = dc.compare(old, old * 1000)
    again = dc.Report.from_json(report.to_json())
    assert again.to_dict() == report.to_dict()
