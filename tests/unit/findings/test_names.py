"""Names of columns that people read as others than programs do."""

import polars as pl
import pytest

import datacheck as dc


def told(*names: str) -> dict[str | None, str]:
    table = pl.DataFrame({name: [1.5, 4.25 + at, 2.0] for at, name in enumerate(names)})
    found = [f for f in dc.check(table).findings if f.code == "column.name"]
    assert all(f.severity == "info" and f.fix is None for f in found)
    return {f.column: f.message for f in found}


@pytest.mark.parametrize(
    "odd", [" mass", "mass ", "mass\u00a0", "\ufeffmass", "mass\u200b", "mass\n"]
)
def test_what_is_not_seen_around_a_name_is_told(odd: str) -> None:
    assert list(told(odd, "length")) == [odd]
    assert list(told("mass", odd)) == [odd]


def test_names_that_differ_in_capitals_alone_are_told_once() -> None:
    assert list(told("ID", "id", "x")) == ["id"]


@pytest.mark.parametrize(
    "names", [("", "x"), ("a b", "ab"), ("x_1", "x1"), ("*", "^x$"), ("x", "x²")]
)
def test_other_names_are_names(names: tuple[str, ...]) -> None:
    assert not told(*names)
