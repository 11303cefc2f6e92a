"""Whatever users call a schema becomes a `Schema`, or a clear refusal."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandera.pandas as pandas_schemas
import pandera.polars as pa
import polars as pl
import pytest

from datacheck.errors import DatacheckError, SchemaError
from datacheck.schema import Column, Knn, Prepare, Schema, load_schema, prepare

if TYPE_CHECKING:
    from pathlib import Path


class Birds(pa.DataFrameModel):
    """A model with preparation."""

    mass: float = pa.Field(ge=0, nullable=True, metadata=prepare(impute="median", scale="robust"))
    kind: str = pa.Field(isin=["a", "b"])

    class Config:
        strict = True
        coerce = True
        metadata = prepare(output="float32", knn={"n_neighbors": 3})


def test_a_model_an_object_and_a_schema_are_one() -> None:
    schema = load_schema(Birds)
    assert load_schema(Birds.to_schema()).columns == schema.columns
    assert load_schema(schema.pandera) == schema
    assert load_schema(schema) is schema
    assert load_schema(Birds) is schema
    mass, kind = schema.columns
    assert mass.prepare == Prepare(impute="median", scale="robust")
    assert (mass.coerce, kind.prepare) == (True, None)
    assert (schema.output, schema.knn, schema.table.strict) == ("float32", Knn(n_neighbors=3), True)


def test_a_changed_pandera_object_is_read_again() -> None:
    declared = pa.DataFrameSchema({"x": pa.Column(float)})
    first = load_schema(declared)
    assert load_schema(declared) is first
    declared.columns["x"].nullable = True
    assert load_schema(declared).columns[0].nullable
    declared.columns["x"].checks.append(pa.Check.ge(0))
    assert len(load_schema(declared).columns[0].checks) == 1
    declared.columns["x"].metadata = prepare(impute="mean")
    assert load_schema(declared).columns[0].prepare == Prepare(impute="mean")


def test_python_runs_only_where_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    ran = tmp_path / "ran"
    file.write_text(
        f"import pathlib\npathlib.Path({str(ran)!r}).touch()\nimport pandera.polars as pa\n"
        "class Birds(pa.DataFrameModel):\n    mass: float\nplain = 3\n"
        "made = pa.DataFrameSchema({'mass': pa.Column(float)})\n"
    )
    with pytest.raises(SchemaError, match=r"own.py:Name"):
        load_schema(file)
    assert not ran.exists()
    assert load_schema(f"{file}:Birds").columns == load_schema(f"{file}:made").columns
    assert ran.exists()
    with pytest.raises(SchemaError, match="did you mean 'Birds'"):
        load_schema(f"{file}:Bird")
    with pytest.raises(SchemaError, match="known: Birds, plain, made"):
        load_schema(f"{file}:zoo")
    with pytest.raises(SchemaError, match="not a schema"):
        load_schema(f"{file}:plain")


def test_a_schema_near_the_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "birds.yaml").write_text("columns: {}")
    with pytest.raises(SchemaError, match=r"got: near it: birds.yaml"):
        load_schema(tmp_path / "brids.yaml")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py:X", "\n1 / 0", "a.py failed on line 2\n  got: ZeroDivisionError"),
        ("b.py:X", "this is no Python", "SyntaxError"),
        ("c.py:X", None, "c.py can't be read: it does not exist"),
        ("d.yaml", None, "d.yaml can't be read: it does not exist"),
        ("e.yaml", b"\xff\xfe\x00", "can't be read\n  got: byte 0xFF\n  to do: save it as UTF-8"),
        ("h.yaml", "", "h.yaml is empty"),
        ("i.yaml", "columns: [", "i.yaml is not YAML"),
        ("j.yaml", "- x", "j.yaml must be a mapping"),
        ("k.yaml", "schema_type: dataframe", "k.yaml is of another kind"),
        ("f.json", "{}", "does not name a schema"),
        ("g.py:X", "import datacheck.schema as s\ns.prepare(imputt=1)", "Unknown key"),
    ],
)
def test_files_that_will_not_do(tmp_path: Path, name: str, text: Any, said: str) -> None:
    path = tmp_path / name.partition(":")[0]
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SchemaError, match=said):
        load_schema(str(tmp_path / name))


@pytest.mark.parametrize("thing", [3, None, {"columns": {}}, pl.DataFrame(), list])
def test_things_that_are_no_schema(thing: Any) -> None:
    with pytest.raises(SchemaError, match="not a schema"):
        load_schema(thing)


def test_schemas_for_another_library_are_named() -> None:
    with pytest.raises(SchemaError, match=r"pandera\.polars"):
        load_schema(pandas_schemas.DataFrameSchema({"x": pandas_schemas.Column(float)}))


def test_checks_that_group_rows_are_refused() -> None:
    check = pa.Check(lambda groups: True, groupby="kind")
    with pytest.raises(SchemaError, match="groups rows"):
        load_schema(pa.DataFrameSchema({"x": pa.Column(float, check), "kind": pa.Column(str)}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"imput": "median"}, "did you mean 'impute'?"),
        ({"impute": "avg"}, "Bad value for impute"),
        ({"impute": "median", "output": "float32"}, "Unknown key 'impute'"),
        ({"knn": 5}, "mapping"),
        ({"fill_value": 3}, "constant"),
    ],
)
def test_prepare_refuses_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaError) as error:
        prepare(**options)
    assert said in str(error.value)


def test_bad_metadata_is_refused_when_it_is_read() -> None:
    for metadata in ({"prepare": {"imput": 1}}, {"prepare": 3}):
        with pytest.raises(SchemaError):
            load_schema(pa.DataFrameSchema({"x": pa.Column(float, metadata=metadata)}))
    with pytest.raises(SchemaError, match="Unknown key 'impute'"):
        load_schema(pa.DataFrameSchema({}, metadata=prepare(impute="median")))


def test_other_metadata_is_kept() -> None:
    declared = pa.DataFrameSchema(
        {"x": pa.Column(float, metadata={**prepare(impute="mean"), "unit": "g"})}
    )
    column = load_schema(declared).columns[0]
    assert column.metadata == {"unit": "g"}
    assert column.prepare == Prepare(impute="mean")


def test_expressions_yield_to_names() -> None:
    schema = Schema.from_yaml(
        "columns: {'^a.*$': {dtype: Int64}, ab: {dtype: String}, 'b.': {regex: true}}", "s"
    )
    found = schema.columns_for(
        {"ab": pl.String(), "ac": pl.Int64(), "bx": pl.Int64(), "c": pl.Int64()}
    )
    assert {name: column.dtype for name, column in found.items()} == {
        "ab": pl.String,
        "ac": pl.Int64,
        "bx": None,
    }
    assert found["ac"] == Column(name="ac", dtype=pl.Int64())


def test_the_table_s_dtype_holds_for_every_column() -> None:
    schema = load_schema(pa.DataFrameSchema(dtype=float, coerce=True))
    found = schema.columns_for({"a": pl.Int64(), "b": pl.String()})
    assert found["b"] == Column(name="b", dtype=pl.Float64(), coerce=True)


def test_saved_and_loaded(tmp_path: Path) -> None:
    schema = load_schema(Birds)
    for name in ("birds.yaml", "birds.py"):
        path = tmp_path / name
        schema.save(path)
        again = load_schema(path if path.suffix == ".yaml" else f"{path}:Birds")
        assert again == schema
        with pytest.raises(DatacheckError):
            schema.save(path)
        schema.save(path, force=True)
    with pytest.raises(SchemaError, match=r"birds\.txt"):
        schema.save(tmp_path / "birds.txt")
    unsaved = load_schema(pa.DataFrameSchema({"x": pa.Column(checks=pa.Check(lambda d: d))}))
    for name in ("x.yaml", "x.py"):
        with pytest.raises(SchemaError, match="code"):
            unsaved.save(tmp_path / name)
        assert not (tmp_path / name).exists()


def test_yaml_needs_no_pandera(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("columns: {x: {dtype: Float64, ge: 0, prepare: {impute: median}}}")
    code = (
        "import sys; from datacheck.schema import load_schema; "
        f"load_schema({str(path)!r}).to_yaml(); print({{'pandera', 'pandas'}} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "set()"


def test_schemas_compare_by_value() -> None:
    assert Schema(name="s", columns=()) == Schema.from_yaml("{name: s}", "x")
