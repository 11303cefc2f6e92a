"""A table against a fitted transform: what it keeps of its table is compared, what not is told."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

import datacheck as dc
from datacheck.fitted.transform import Transform
from datacheck.transform.store import dumps, loads

ROWS = 600
SPECIES = ["Adelie", "Gentoo", "Chinstrap"]


def table(*, holes: int = 30, sentinels: int = 0, other: int = 0, shift: int = 0) -> pl.DataFrame:
    mass = [float(3000 + (i * 37) % 1000) for i in range(ROWS)]
    kind = [SPECIES[i % 3 if i % 600 >= shift else 0] for i in range(ROWS)]
    for i in range(holes):
        mass[i * 7] = None  # type: ignore[call-overload]
    for i in range(sentinels):
        mass[i * 3 + 1] = -999.0
    for i in range(other):
        kind[i * 5] = f"Emperor {i % 2}"
    names = [f"N{i}" for i in range(ROWS)]
    return pl.DataFrame({"mass": mass, "species": kind, "name": names, "more": range(ROWS)})


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  mass: {nullable: true, prepare: {missing_values: [-999], impute: median}}\n"
        "  species: {nullable: true, prepare: {missing_values: [none], impute: most_frequent}}\n"
        "  name: {nullable: true, prepare: {impute: constant, fill_value: x}}\n"
    )
    return path


@pytest.fixture(scope="module")
def transform(schema: Path) -> Transform:
    return dc.fit(table(), schema)


def codes(transform: Transform, data: pl.DataFrame) -> dict[tuple[str, str | None], int]:
    report = dc.compare(transform, data)
    return {(f.code, f.column): f.count for f in report.findings}


UNCHECKED = ("scope.unchecked", None)


def test_a_transform_keeps_counts_and_few_categories(transform: Transform) -> None:
    seen = transform.fitted.seen
    assert seen is not None
    assert seen.rows == ROWS
    assert seen.missing == {"mass": 30, "species": 0, "name": 0}
    # Names are no categories: a transform keeps none of them.
    assert seen.categories == {"species": dict.fromkeys(sorted(SPECIES), 200)}
    assert loads(dumps(transform.fitted), "t") == transform.fitted


def test_the_table_itself_is_no_news(transform: Transform) -> None:
    assert codes(transform, table()) == {UNCHECKED: 1}


@pytest.mark.parametrize("more", [{"holes": 80}, {"sentinels": 60}])
def test_missing_cells_are_counted_by_the_transforms_own_rule(
    transform: Transform, more: dict[str, int]
) -> None:
    found = codes(transform, table(**more))
    assert found.keys() == {("drift.missing_rate", "mass"), UNCHECKED}


def test_new_categories_are_counted_exactly(transform: Transform) -> None:
    report = dc.compare(transform, table(other=7))
    found = next(f for f in report.findings if f.code == "drift.category_new")
    assert (found.column, found.count, found.severity) == ("species", 7, "warning")
    assert found.rows == (0, 5, 10, 15, 20, 25, 30)
    assert found.evidence["categories"] == {"Emperor 0": 4, "Emperor 1": 3}


def test_a_declared_missing_text_is_no_category(transform: Transform) -> None:
    data = table().with_columns(
        species=pl.when(pl.int_range(pl.len()) < 5).then(pl.lit("none")).otherwise("species")
    )
    assert ("drift.category_new", "species") not in codes(transform, data)


def test_categories_that_move_are_told(transform: Transform) -> None:
    assert ("drift.shift", "species") in codes(transform, table(shift=500))


def test_what_is_not_compared_is_told(transform: Transform) -> None:
    (found,) = dc.compare(transform, table()).findings
    assert found.severity == "info"
    assert found.evidence == {"not_fitted": ["more"], "texts": ["name"], "counts_kept": True}


def test_a_transform_of_version_1_says_that_it_kept_less(transform: Transform) -> None:
    old = Transform(loads(dumps(transform.fitted._replace(seen=None)), "t"))
    assert b'"version": 1,' in dumps(old.fitted)
    (found,) = dc.compare(old, table(holes=80, other=100)).findings
    assert "missing cells" in found.message
    assert found.evidence["texts"] == ["species", "name"]


def test_a_scanned_table_is_counted_alike(
    transform: Transform, schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datacheck.transform.tables.HELD", 10)
    table().write_parquet(tmp_path / "t.parquet")
    scanned = dc.fit(tmp_path / "t.parquet", schema)
    assert scanned.fitted.seen == transform.fitted.seen


def test_no_kind_of_column_drifts_from_its_own_fit(tmp_path: Path) -> None:
    start = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - as tables have them
    n = 120
    frame = pl.DataFrame(
        {
            "number": [i * 1.5 for i in range(n)],
            "integer": [i % 7 for i in range(n)],
            "truth": [i % 2 == 0 for i in range(n)],
            "text": ["abc"[i % 3] for i in range(n)],
            "date": [start.date() + dt.timedelta(i) for i in range(n)],
            "moment": [start + dt.timedelta(hours=i) for i in range(n)],
            "span": [dt.timedelta(minutes=i) for i in range(n)],
            "time": [dt.time(i % 24, 1) for i in range(n)],
        }
    )
    path = tmp_path / "s.yaml"
    columns = "\n".join(
        f"  {name}: {{prepare: {{impute: most_frequent}}}}" for name in frame.columns
    )
    path.write_text(f"schema_type: polars_dataframe\ncolumns:\n{columns}\n")
    fitted = dc.fit(frame, path)
    assert "integer" in {program.kind for program in fitted.fitted.programs}
    found = dc.compare(fitted, frame).findings
    assert [finding.code for finding in found] == ["scope.unchecked"]


def test_a_reference_in_json_is_what_it_holds(transform: Transform, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    records = table().drop("more").write_json()
    for text in (records, "\ufeff \n" + records):
        path.write_text(text, encoding="utf-8")
        assert dc.compare(path, table()).findings[0].code == "drift.column_extra"
        assert dc.check(table(), reference=str(path)).findings
    path.write_text(dc.profile(table()).to_json())
    assert not dc.compare(path, table()).findings
    path.unlink()
    transform.save(path)
    assert codes(transform, table()) == {
        (f.code, f.column): f.count for f in dc.compare(path, table()).findings
    }
    for text, got in (
        ("{}", "no JSON records"),
        ("3", "a number"),
        ('{"format": "datacheck.', "no whole"),
    ):
        path.write_text(text)
        with pytest.raises(dc.DatacheckError, match=got):
            dc.compare(path, table())


def test_numbers_that_a_transform_reads_from_text_are_of_the_dtype_that_was_fitted():
    prices = pl.DataFrame({"price": [f"€{10 + n % 37 + n / 100:.2f}" for n in range(300)]})
    made = dc.fit(prices, dc.suggest(prices))
    assert [f.code for f in dc.compare(made, prices).findings if f.severity != "info"] == []
    [finding] = [
        f
        for f in dc.compare(made, prices.with_columns(price=pl.lit(value=True))).findings
        if f.code == "drift.dtype"
    ]
    assert finding.column == "price"
