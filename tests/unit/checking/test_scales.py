"""A fitted transform as the reference: gross changes of scale, and silence on fresh samples."""

import numpy as np
import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc

ROWS = 2_000


def sample(seed, rows=ROWS):
    rng = np.random.default_rng(seed)
    table = pl.DataFrame(
        {
            "normal": rng.normal(170.0, 8.0, rows),
            "skewed": rng.lognormal(3.0, 0.8, rows),
            "tailed": 20.0 + 4.0 * rng.standard_t(3, rows),
            "flat": rng.uniform(5.0, 9.0, rows),
        }
    )
    holes = [
        pl.when(pl.Series(rng.random(rows) > 0.2)).then(pl.col(name)).alias(name)
        for name in table.columns
    ]
    return table.with_columns(holes)


def transform(scale, **more):
    metadata = dc.prepare(impute="median", scale=scale, **more)
    column = pa.Column(float, nullable=True, metadata=metadata)
    return dc.fit(sample(0), pa.DataFrameSchema(dict.fromkeys(sample(0).columns, column)))


@pytest.fixture(scope="module", params=["robust", "zscore", "minmax", "clipped"])
def fitted(request):
    if request.param == "clipped":
        return transform("robust", outliers="clip", missing_values=[-999])
    return transform(request.param)


def drift(reference, data):
    found = dc.compare(reference, data).findings
    # Samples of other sizes than the reference's are what is tried here.
    wanted = [f for f in found if f.code.startswith("drift.") and f.code != "drift.row_count"]
    return {(f.code, f.column): f for f in wanted}


@pytest.mark.parametrize("rows", [60, 500, ROWS])
def test_fresh_samples_raise_no_alarm(fitted, rows):
    for seed in range(1, 6):
        assert drift(fitted, sample(seed, rows)) == {}


@pytest.mark.parametrize("factor", [1000.0, 0.01, 2.54])
def test_a_changed_unit_is_named_with_its_factor(fitted, factor):
    changed = sample(1).with_columns(normal=pl.col("normal") * factor)
    found = drift(fitted, changed)
    assert set(found) == {("drift.unit_change", "normal")}
    evidence = found["drift.unit_change", "normal"].evidence
    assert evidence["factor"] == pytest.approx(factor, rel=0.1)


def test_data_that_the_transform_has_scaled_is_recognised(fitted):
    scaled = fitted.apply(sample(1))
    assert ("drift.already_scaled", "normal") in drift(fitted, scaled)


def test_values_that_moved_for_no_known_reason_have_shifted(fitted):
    changed = sample(1).with_columns(flat=pl.col("flat") * -1.3 + 77)
    assert set(drift(fitted, changed)) == {("drift.shift", "flat")}


def test_too_few_rows_say_nothing(fitted):
    assert drift(fitted, sample(1, 20).with_columns(normal=pl.col("normal") * 1000)) == {}


@pytest.mark.parametrize("power", ["log1p", "sqrt", "signed_log1p"])
@pytest.mark.parametrize("scale", ["robust", "zscore", "minmax"])
def test_a_power_is_taken_before_the_scale_is_held_against_the_fit(power, scale):
    rng = np.random.default_rng(6)
    amount = rng.lognormal(1.0, 1.1, 500).round(2)
    cells = [None if n % 11 == 3 else x for n, x in enumerate(amount.tolist())]
    table = pl.DataFrame({"amount": cells})
    prepare = dc.prepare(power=power, scale=scale, impute="median")
    schema = pa.DataFrameSchema({"amount": pa.Column(pl.Float64, nullable=True, metadata=prepare)})
    made = dc.fit(table, schema)

    def told(data):
        return [f.code for f in dc.compare(made, data).findings if f.severity != "info"]

    assert told(table) == []
    if scale != "minmax":  # ends behind a logarithm move little
        assert told(table * 1000)
        assert "drift.already_scaled" in told(made.apply(table))
        assert told(table - 1e6)
