"""Cells that the transform in front of a model refuses: named, row by row, and the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

ENCODED = "{dtype: String, nullable: true, prepare: {encode: ordinal}}"
REFUSED: dict[str, tuple[str, list[Any], list[Any]]] = {
    "category": (ENCODED, ["a", "b"], ["a", "zz", "b", "a"]),
    "missing category": (ENCODED, ["a", "b"], ["a", None, "b", "zz"]),
    "filled category": (
        "{dtype: String, nullable: true, prepare: {encode: one_hot, impute: most_frequent}}",
        *(["a", "b"], ["a", None, "zz", "b"]),
    ),
    "code": ("{dtype: Int64, prepare: {encode: one_hot}}", [1, 2], [1, 9, 2, 1]),
    "logarithm": ("{dtype: Float64, prepare: {power: log1p}}", [1.0, 2.0], [1.0, -5.0, 3.0, -1.0]),
    "root": ("{dtype: Float64, prepare: {power: sqrt}}", [1.0, 2.0], [-5.0, None, 3.0, 2.0]),
    "float32": (
        "{dtype: Float64, prepare: {scale: zscore}}\nprepare: {output: float32}",
        *([1.0, 2.0], [1e300, 1.0, 2.0, 1.0]),
    ),
}


def total(matrix: Any) -> Any:
    return np.asarray(matrix).sum(axis=1)


def fitted(tmp_path: Path, column: str, cells: list[Any]) -> dc.Transform:
    text = (
        "schema_type: polars_dataframe\ncolumns:\n  x: {dtype: Float64, prepare: {scale: zscore}}"
    )
    path = tmp_path / "s.yaml"
    path.write_text(f"{text}\n  c: {column}\n")
    frame = pl.DataFrame({"x": [1.0, 2.0] * 10, "c": cells * 10})
    return dc.fit(frame, dc.load_schema(path))


@pytest.mark.parametrize("kind", REFUSED)
def test_what_apply_refuses_is_named_row_by_row(kind: str, tmp_path: Path) -> None:
    column, fit_on, cells = REFUSED[kind]
    transform = fitted(tmp_path, column, fit_on)
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "c": cells})
    bad = []
    for at, row in enumerate(frame.iter_rows(named=True)):
        try:
            transform.apply_row(row)
        except dc.DataError:
            bad.append(at)
    assert bad, "the case holds a refused cell"

    (found,) = dc.diagnose(total, frame, transform).findings

    assert (found.code, found.column, list(found.rows)) == ("nan.input", "c", bad)
    assert found.severity == "error"
    assert found.values == tuple(cells[at] for at in bad)


def test_a_column_of_which_nothing_passes_is_an_error(tmp_path: Path) -> None:
    transform = fitted(tmp_path, ENCODED, ["a", "b"])
    with pytest.raises(dc.DataError, match="not one of the categories"):
        dc.diagnose(total, pl.DataFrame({"x": [1.0], "c": ["zz"]}), transform)


@pytest.mark.parametrize(
    "array",
    [np.array([[1, "a"]], object), np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])],
    ids=["objects", "structured"],
)
def test_an_array_without_numbers_is_refused(array: Any, tmp_path: Path) -> None:
    transform = fitted(tmp_path, ENCODED, ["a", "b"])
    with pytest.raises(dc.DataError, match="holds numbers"):
        dc.diagnose(total, array)
    with pytest.raises(dc.DataError, match="holds numbers"):
        transform.inverse(array)


def test_several_inputs_are_not_fed_by_position_in_silence() -> None:
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Sub", ["left", "right"], ["y"])]
    infos = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1])
        for name in ("left", "right", "y")
    ]
    graph = helper.make_graph(nodes, "difference", infos[:2], infos[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    frame = pl.DataFrame({"b": [1.0, None], "a": [2.0, 3.0]})

    with pytest.raises(dc.DataError, match="no column of their names"):
        dc.diagnose(model, frame)
    (found,) = dc.diagnose(model, frame, inputs=["a", "b"]).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (1,))


@pytest.mark.parametrize("column", ["c", "other"])
def test_dates_beyond_python_s_are_no_foreign_exception(column: str, tmp_path: Path) -> None:
    transform = fitted(tmp_path, "{dtype: Float64, prepare: {power: sqrt}}", [1.0, 2.0])
    far = pl.Series([2**31 - 1, 0], dtype=pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"x": [1.0, 2.0], "c": [-1.0, 2.0]}).with_columns(far.alias(column))
    if column == "c":
        with pytest.raises(dc.DataError, match="wrong type"):
            dc.diagnose(total, frame, transform)
    else:
        (found,) = dc.diagnose(total, frame, transform).findings
        assert (found.column, found.rows) == ("c", (0,))


@pytest.mark.parametrize("name", ["^a$", "^.*$", "*", ""])
def test_a_column_of_any_name_is_fed(name: str) -> None:
    (found,) = dc.diagnose(total, pl.DataFrame({name: [1.0, None], "x": [1.0, 2.0]})).findings
    assert (found.column, found.rows) == (name, (1,))


def test_an_infinity_that_passes_is_not_blamed_for_its_row() -> None:
    number = "{dtype: Float64, nullable: true, prepare: {impute: median, infinite: missing}}"
    text = f"columns:\n  x: {number}\n  c: {{dtype: Float64, prepare: {{scale: zscore}}}}\n"
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0], "c": [1.0, 2.0, 4.0]})
    transform = dc.fit(frame, dc.Schema.from_yaml(text))
    data = pl.DataFrame({"x": [1.0, float("inf"), 3.0], "c": [1.0, float("inf"), 4.0]})
    findings = dc.diagnose(total, data, transform).findings
    assert {each.column for each in findings if each.evidence.get("cause") == "infinite"} == {"c"}


@pytest.mark.parametrize("cell", [None, float("inf"), 1.0])
def test_a_wide_table_is_asked_as_a_whole_no_oftener_than_a_narrow_one(
    cell: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [0]
    for name in ("columns", "schema", "dtypes"):
        known = pl.DataFrame.__dict__[name]

        def counted(frame: pl.DataFrame, known: Any = known) -> Any:
            asked[0] += frame.width
            return known.fget(frame)

        monkeypatch.setattr(pl.DataFrame, name, property(counted))

    def names_asked(width: int) -> int:
        names = [f"c{at}" for at in range(width)]
        declared = "{dtype: Float64, prepare: {scale: zscore}}"
        schema = "columns:\n" + "".join(f"  {name}: {declared}\n" for name in names)
        frame = pl.DataFrame({name: [1.0, 2.0, 4.0] for name in names})
        transform = dc.fit(frame, dc.Schema.from_yaml(schema))
        data = pl.DataFrame({name: [1.0, cell, 4.0] for name in names})
        asked[0] = 0
        dc.diagnose(total, data, transform)
        dc.guard(total, transform).predict(data, bad="mask")
        return asked[0]

    assert names_asked(160) < 6 * names_asked(40)
