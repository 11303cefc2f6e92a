"""The statement as a dbt model: what Jinja makes of it is what the plain export would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import jinja2
import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

#: Names and values that are tags to Jinja.
NAMES = ("mass", "{{ mass }}", "{% raw %}", "{# x #}", "a{{b", "{{ '{{' }}", "}}")


def fitted(tmp_path: Path, names: tuple[str, ...]) -> tuple[dc.Transform, pl.DataFrame]:
    import yaml

    columns = {
        name: {
            "dtype": "Float64",
            "nullable": True,
            "prepare": {"impute": "median", "scale": "robust"},
        }
        for name in names
    }
    columns["kind"] = {
        "dtype": "String",
        "prepare": {"missing_values": ["{% if %}"], "impute": "constant", "fill_value": "{{x}}"},
    }
    document = {"schema_type": "polars_dataframe", "name": "t", "columns": columns}
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(document))
    table = pl.DataFrame({name: [1.0, None, 3.5, 9.0, 2.0] for name in names})
    table = table.with_columns(kind=pl.Series(["a", "{% if %}", "{{x}}", "b", "a"]))
    return dc.fit(table, tmp_path / "t.yaml"), table


def rendered(path: Path) -> str:
    template = jinja2.Environment(autoescape=False).from_string(path.read_text())  # noqa: S701
    return template.render(ref=lambda name: f'"{name}"', source=lambda _, name: f'"{name}"')


@pytest.mark.parametrize("table", ["penguins", "raw.penguins"])
@pytest.mark.parametrize("names", [NAMES[:1], NAMES])
def test_dbt_renders_what_the_plain_statement_says(
    tmp_path: Path, table: str, names: tuple[str, ...]
) -> None:
    transform, data = fitted(tmp_path, names)
    transform.export("sql", tmp_path / "model.sql", form="dbt", table=table)
    assert dc.verify(tmp_path / "model.sql").ok
    with duckdb.connect() as connection:
        connection.register("penguins", data.to_arrow())
        out = connection.sql(rendered(tmp_path / "model.sql")).pl()
    assert out.drop("datacheck_refused").equals(transform.apply(data))


def test_a_changed_model_does_not_verify(tmp_path: Path) -> None:
    transform, _ = fitted(tmp_path, NAMES[:1])
    transform.export("sql", tmp_path / "model.sql", form="dbt", table="penguins")
    text = (tmp_path / "model.sql").read_text()
    (tmp_path / "model.sql").write_text(text.replace("ref('penguins')", "ref('others')"))
    assert not dc.verify(tmp_path / "model.sql").ok


@pytest.mark.parametrize("table", ["a.b.c", "it's", "{{x}}"])
def test_what_is_no_name_of_dbt_is_refused(tmp_path: Path, table: str) -> None:
    transform, _ = fitted(tmp_path, NAMES[:1])
    with pytest.raises(dc.ArtefactError, match="dbt names a model"):
        transform.export("sql", tmp_path / "model.sql", form="dbt", table=table)
