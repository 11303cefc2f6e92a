"""What `suggest` proposes for a model: only with a target, and only for a reason that holds."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.schema.declare import Prepare

ROWS = 2000


def table(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, ROWS)
    return pl.DataFrame(
        {
            "y": y,
            "income": _holed(rng, rng.lognormal(10, 1, ROWS), np.where(y == 1, 0.3, 0.1)),
            "noise": _holed(rng, rng.normal(size=ROWS), np.full(ROWS, 0.2)),
            "city": rng.choice(list("abcdefghijklmnop"), ROWS),
            "sex": rng.choice(["f", "m"], ROWS),
            "member": rng.random(ROWS) < 0.5,
            "note": [f"note {at % 700}" for at in range(ROWS)],
        }
    )


def _holed(rng: np.random.Generator, cells: object, share: object) -> list[float | None]:
    holes = rng.random(ROWS) < share
    return [None if hole else float(cell) for hole, cell in zip(holes, cells, strict=True)]


def prepared(schema: dc.Schema) -> dict[str, Prepare]:
    return {column.name: column.prepare or Prepare() for column in schema.columns}


@pytest.mark.parametrize("as_class", [False, True], ids=["a number", "a class"])
@pytest.mark.parametrize("seed", range(4))
def test_an_indicator_is_proposed_where_missing_cells_tell_of_the_target(
    seed: int, as_class: bool
) -> None:
    data = table(seed)
    if as_class:
        data = data.with_columns(pl.col("y").replace_strict({0: "no", 1: "yes"}))
    schema = dc.suggest(data, target="y")
    found = {name for name, each in prepared(schema).items() if each.indicator}
    assert found == {"income"}
    assert any("an indicator keeps that" in reason for reason in schema.reasons["income"])


def test_categories_get_cells_and_amounts_their_logarithm() -> None:
    schema = dc.suggest(table(), target="y")
    found = prepared(schema)
    assert {name: each.encode for name, each in found.items() if each.encode != "none"} == {
        "city": "one_hot",
        "sex": "one_hot",
        "member": "one_hot",
    }
    assert {name: each.power for name, each in found.items() if each.power != "none"} == {
        "income": "log1p"
    }
    assert (found["city"].unknown, found["city"].min_frequency) == ("infrequent", 0.01)
    assert found["sex"].unknown == "zeros"
    assert any("skewness +" in reason for reason in schema.reasons["income"])


@pytest.mark.parametrize("far", [[293.2, 291.0], [9e5], [1048.0], [5e3, 4e3, 7e3]], ids=str)
@pytest.mark.parametrize("low", [0.0, -40.0], ids=["positive", "both signs"])
def test_a_few_values_far_out_ask_for_no_logarithm(far: list[float], low: float) -> None:
    data = table(0)
    gust = np.random.default_rng(1).normal(20.0 + low / 2, 5.0, data.height).clip(low)
    gust[: len(far)] = far
    prepare = prepared(dc.suggest(data.with_columns(gust=gust), target="y"))["gust"]
    assert (prepare.power, prepare.scale) == ("none", "robust")


@pytest.mark.parametrize("seed", range(4))
def test_amounts_of_both_signs_get_a_signed_logarithm_where_it_helps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sign = rng.choice([-1.0, 1.0], ROWS)
    data = pl.DataFrame(
        {
            "balance": rng.lognormal(5, 2, ROWS) * sign,
            "profit": rng.lognormal(6, 1.8, ROWS) * np.where(rng.random(ROWS) < 0.4, -1, 1),
            "share": rng.standard_t(2.5, ROWS) / 1000,  # so small that its logarithm is itself
            "normal": rng.normal(0, 500, ROWS),
            "laplace": rng.laplace(0, 500, ROWS),
            "refund": np.where(rng.random(ROWS) < 0.001, -1.0, 1.0) * rng.lognormal(5, 2, ROWS),
            "y": rng.integers(0, 2, ROWS),
        }
    )
    schema = dc.suggest(data, target="y")
    found = {name: each.power for name, each in prepared(schema).items()}
    assert {name for name, power in found.items() if power == "signed_log1p"} == {
        "balance",
        "profit",
    }
    assert any("with its sign" in reason for reason in schema.reasons["balance"])
    assert np.isfinite(dc.fit(data, schema).matrix(data)).all()


def test_the_matrix_of_a_suggestion_is_whole() -> None:
    data = table()
    transform = dc.fit(data, dc.suggest(data, target="y"))
    assert np.isfinite(transform.matrix(data)).all()
    assert "y" not in transform.feature_names_out
    assert {"income_missing", "sex_f", "member_True"} <= set(transform.feature_names_out)


def test_without_a_target_nothing_is_proposed_for_a_model() -> None:
    found = prepared(dc.suggest(table().drop("y"))).values()
    assert {(each.encode, each.power, each.indicator) for each in found} == {
        ("none", "none", False)
    }


def test_a_profile_alone_proposes_all_but_indicators() -> None:
    found = prepared(dc.suggest(dc.profile(table()), target="y"))
    assert found["city"].encode == "one_hot"
    assert found["income"].power == "log1p"
    assert not any(each.indicator for each in found.values())
