"""A model of a real mixed table, trained on the matrix, answers alike wherever it is served.

Gradient boosting predicts the mass of penguins from their measures, sex and island, with holes in
both. The preparation is served by ONNX, JavaScript and SQL in front of the very trees, which are
written for each of them here, and the prediction comes back in grams.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from onnx import TensorProto, helper
from sklearn.ensemble import GradientBoostingRegressor

import datacheck as dc
from datacheck.schema import load_schema
from tests.support.served import fed, in_node

ROOT = Path(__file__).resolve().parents[2]

SCHEMA = """
schema_type: polars_dataframe
name: Penguins
columns:
  species: {dtype: String, prepare: {encode: one_hot, unknown: zeros}}
  island: {dtype: String, prepare: {encode: ordinal, unknown: zeros}}
  sex: {dtype: String, nullable: true, prepare: {encode: one_hot, unknown: zeros}}
  bill_length_mm:
    {dtype: Float64, nullable: true, prepare: {impute: median, indicator: true, scale: robust}}
  flipper_length_mm:
    dtype: Float64
    nullable: true
    prepare: {impute: mean, scale: minmax, feature_range: [-1, 1], clip: true}
  body_mass_g: {dtype: Float64, nullable: true, prepare: {role: target, scale: zscore}}
prepare: {output: float32}
"""


class Served:
    """The table, its transform, and the model that was trained on its matrix."""

    def __init__(self, folder: Path) -> None:
        path = folder / "penguins.yaml"
        path.write_text(SCHEMA, encoding="utf-8")
        raw = dc.read(ROOT / "sample_data/penguins.csv", null_values=["NA"]).collect()
        floats = ("bill_length_mm", "flipper_length_mm", "body_mass_g")
        raw = raw.with_columns(pl.col(*floats).cast(pl.Float64))
        known = raw.filter(pl.col("body_mass_g").is_not_null())
        self.transform = dc.fit(known, load_schema(path))
        y = self.transform.apply(known, columns=["body_mass_g"])["body_mass_g"].to_numpy()
        model = GradientBoostingRegressor(n_estimators=12, max_depth=3, random_state=0)
        self.model = model.fit(self.transform.matrix(known), y)
        unseen = {"species": "Emperor", "island": "Ross", "sex": "?", "bill_length_mm": 1e6}
        odd = pl.DataFrame([unseen, dict.fromkeys(unseen)], schema=known.select(*unseen).schema)
        odd = odd.with_columns(species=pl.col("species").fill_null("Gentoo"))
        self.rows = pl.concat([known.drop("body_mass_g"), odd], how="diagonal").select(
            *("species", "island", "sex", "bill_length_mm", "flipper_length_mm")
        )
        self.predicted = model.predict(self.transform.matrix(self.rows))
        self.grams = self.transform.inverse(self.predicted, columns="body_mass_g")

    @property
    def trees(self) -> list[Any]:
        return [stage[0].tree_ for stage in self.model.estimators_]

    @property
    def start(self) -> float:
        return float(self.model.init_.constant_.ravel()[0])

    def written(self, branch: str, cell: Any) -> str:
        """The trees as one expression, in the words of a language."""

        def node(tree: Any, at: int) -> str:
            if tree.children_left[at] < 0:
                value = float(tree.value[at].ravel()[0]) * self.model.learning_rate
                return f"({value!r})"
            return branch.format(
                x=cell(int(tree.feature[at])),
                t=repr(float(tree.threshold[at])),
                a=node(tree, tree.children_left[at]),
                b=node(tree, tree.children_right[at]),
            )

        return " + ".join([repr(self.start), *(node(tree, 0) for tree in self.trees)])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return Served(tmp_path_factory.mktemp("model"))


def test_the_model_has_learned_something(served: Served) -> None:
    known = served.grams[:-2]
    assert 300 < known.std() < 900
    assert np.isfinite(served.grams).all()


def test_sql_answers_alike(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "penguins.sql"
    served.transform.export("sql", path, table="penguins", form="cte")
    names = served.transform.feature_names_out
    score = served.written(
        "(CASE WHEN {x} <= CAST({t} AS DOUBLE) THEN {a} ELSE {b} END)",
        lambda at: f'"{names[at]}"',
    )
    base = duckdb.connect()
    base.register("rows", served.rows.with_row_index("n").to_arrow())
    base.execute("CREATE TABLE penguins AS SELECT * FROM rows")
    asked = f"SELECT CAST({score} AS DOUBLE) FROM prepared ORDER BY n"  # noqa: S608 - our own trees
    whole = f"{path.read_text(encoding='utf-8')}\n{asked}"
    got = np.array(base.execute(whole).fetchall())[:, 0]
    np.testing.assert_allclose(got, served.predicted, rtol=0, atol=1e-12)
    back = tmp_path / "grams.sql"
    served.transform.export("sql", back, table="answers", inverse="body_mass_g")
    base.register("given", pl.DataFrame({"body_mass_g": got}).to_arrow())
    base.execute("CREATE TABLE answers AS SELECT * FROM given")
    grams = np.array(base.execute(back.read_text(encoding="utf-8")).fetchall())[:, 0]
    np.testing.assert_allclose(grams, served.grams, rtol=1e-12)


def test_javascript_answers_alike(served: Served, tmp_path: Path) -> None:
    served.transform.export("javascript", tmp_path / "penguins")
    score = served.written("({x} <= {t} ? {a} : {b})", lambda at: f"x[{at}]")
    script = f"""
import {{ readFileSync }} from "node:fs";
import {{ transformBatch, inverse, columns }} from "./penguins/index.js";
const rows = JSON.parse(readFileSync(process.argv[2], "utf8"));
const batch = transformBatch(rows);
const made = rows.map((_, at) => {{
  const x = batch.subarray(at * columns.length, (at + 1) * columns.length);
  return {score};
}});
console.log(JSON.stringify([made, [...inverse(made, "body_mass_g")]]));
"""
    got, grams = in_node(tmp_path, script, served.rows.to_dicts())
    np.testing.assert_allclose(got, served.predicted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(grams, served.grams, rtol=1e-12)


def ensemble(served: Served) -> Any:
    """The trees in ONNX's own operator, whose thresholds are float32: the next one below."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            *("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes"),
            *("nodes_truenodeids", "nodes_falsenodeids"),
            *("target_treeids", "target_nodeids", "target_ids", "target_weights"),
        )
    }
    for number, tree in enumerate(served.trees):
        for at in range(tree.node_count):
            leaf = tree.children_left[at] < 0
            low = np.float32(tree.threshold[at])
            if low > tree.threshold[at]:
                low = np.nextafter(low, np.float32(-np.inf))
            node = (number, at, 0 if leaf else int(tree.feature[at]), 0.0 if leaf else float(low))
            ways = (0, 0) if leaf else (int(tree.children_left[at]), int(tree.children_right[at]))
            for name, value in zip(columns, (*node, "LEAF" if leaf else "BRANCH_LEQ", *ways)):  # noqa: B905
                columns[name].append(value)
            if leaf:
                weight = float(tree.value[at].ravel()[0]) * served.model.learning_rate
                for name, value in zip(list(columns)[7:], (number, at, 0, weight), strict=True):
                    columns[name].append(value)
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["score"],
        domain="ai.onnx.ml",
        n_targets=1,
        base_values=[served.start],
        **columns,
    )


def test_onnx_answers_alike_from_raw_rows_to_grams(served: Served, tmp_path: Path) -> None:
    width = len(served.transform.feature_names_out)
    graph = helper.make_graph(
        [ensemble(served)],
        "trees",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", width])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 2)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "m.onnx")
    path = tmp_path / "served.onnx"
    served.transform.export("onnx", path, merge_into=tmp_path / "m.onnx", inverse="body_mass_g")
    assert dc.verify(path).ok
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    score, refused, grams = session.run(["score", "refused", "body_mass_g"], fed(served.rows))
    assert not refused.any()
    np.testing.assert_allclose(score[:, 0], served.predicted, rtol=0, atol=1e-5)
    np.testing.assert_allclose(grams[:, 0], served.grams, rtol=1e-5)
