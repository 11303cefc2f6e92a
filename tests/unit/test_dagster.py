"""The Dagster adapter, in a real materialisation."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl

from datacheck.dagster import asset_checks

SCHEMA = """
schema_type: polars_dataframe
name: parcels
columns:
  "mass (kg)":
    dtype: Float64
    nullable: true
    in_range: {min_value: 0, max_value: 70, raise_warning: true}
  kind: {dtype: String, isin: [letter, box]}
"""
TABLE = {"mass (kg)": [3.5, 71.0, 12.0, float("inf")], "kind": ["letter", "box", "bag", "box"]}


def test_each_rule_is_an_asset_check_and_errors_block(tmp_path: Path) -> None:
    (tmp_path / "parcels.yaml").write_text(SCHEMA)
    made = []

    @dg.asset(key=["shop", "parcels"])
    def parcels() -> pl.DataFrame:
        return pl.DataFrame(TABLE)

    @dg.asset(deps=[parcels])
    def delivered() -> None:
        made.append("delivered")

    checks = asset_checks(parcels, tmp_path / "parcels.yaml", blocking=True)
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([parcels, checks, delivered], instance=instance, raise_on_error=False)
    seen = {each.check_name: each for each in done.get_asset_check_evaluations()}
    broken = {name for name, each in seen.items() if not each.passed}
    assert broken == {"mass_kg__in_range", "kind__isin", "findings"}
    assert {"mass_kg__dtype", "kind__nullable", "kind__column_missing"} <= set(seen)
    assert seen["mass_kg__in_range"].severity == dg.AssetCheckSeverity.WARN
    assert seen["kind__isin"].metadata["schema.isin kind"].value == 1
    assert "infinite" in str(seen["findings"].description)
    assert made == []


def test_two_assets_are_checked_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "parcels.yaml").write_text(SCHEMA)

    @dg.asset
    def one() -> pl.DataFrame:
        return pl.DataFrame(TABLE)

    two = asset_checks("two", tmp_path / "parcels.yaml")
    dg.Definitions.validate_loadable(
        dg.Definitions([one], asset_checks=[asset_checks(one, tmp_path / "parcels.yaml"), two])
    )


def test_the_adapter_is_short() -> None:
    lines = Path(asset_checks.__code__.co_filename).read_text("utf-8").splitlines()
    assert len(lines) < 60
