"""Classifiers of a real mixed table name the same species wherever they are served.

A logistic regression of scikit-learn and a small network that TensorFlow.js trains in Node, both on
the matrix of penguins: text, a hole that leaves a mark, numbers of several units. The transform is
served by ONNX, JavaScript and SQL with the very weights behind it, and the code of the answer comes
back as the name of its species there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

import datacheck as dc
from datacheck.schema import load_schema
from tests.support.served import fed, in_node

ROOT = Path(__file__).resolve().parents[2]

SCHEMA = """
schema_type: polars_dataframe
name: Penguins
columns:
  species: {dtype: String, prepare: {role: target, encode: ordinal}}
  island: {dtype: String, prepare: {encode: one_hot, unknown: zeros, drop: first}}
  sex: {dtype: String, nullable: true, required: false,
        prepare: {encode: one_hot, unknown: zeros, indicator: true}}
  bill_length_mm: {dtype: Float64, nullable: true, prepare: {impute: median, scale: robust}}
  bill_depth_mm: {dtype: Float64, nullable: true, prepare: {impute: mean, scale: zscore}}
  body_mass_g:
    dtype: Float64
    nullable: true
    prepare: {impute: median, indicator: true, power: log1p, scale: minmax, clip: true}
prepare: {output: float32}
"""
INPUTS = ["island", "sex", "bill_length_mm", "bill_depth_mm", "body_mass_g"]
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]

#: Trains a network in Node and serves it there: its weights, its scores and the species.
TRAIN = """
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { inverse, transformRows } from "./penguins/index.js";
import { predict, toTensor, trainGuard } from "./penguins/tfjs.js";
const [known, rows] = JSON.parse(readFileSync(process.argv[2], "utf8"));
await tf.setBackend("cpu");
const xs = toTensor(tf, known);
const ys = tf.oneHot(tf.tensor1d(transformRows(known).map(({ species }) => species), "int32"), 3);
const start = (seed) => tf.initializers.glorotUniform({ seed });
const model = tf.sequential({ layers: [
  tf.layers.dense({
    inputShape: [xs.shape[1]], units: 6, activation: "relu", kernelInitializer: start(1),
  }),
  tf.layers.dense({ units: 3, kernelInitializer: start(2) }),
] });
const loss = (truth, logits) => tf.losses.softmaxCrossEntropy(truth, logits);
model.compile({ optimizer: tf.train.adam(0.05), loss });
const callbacks = [trainGuard(tf, { xs, ys })];
await model.fit(xs, ys, { epochs: 25, verbose: 0, shuffle: false, callbacks });
const layers = model.getWeights().map((weight) => weight.arraySync());
const scores = await predict(tf, model, rows);
const codes = scores.map((each) => each.indexOf(Math.max(...each)));
console.log(JSON.stringify([layers, scores, inverse(codes, "species")]));
"""
#: Serves weights that were trained elsewhere.
SERVE = """
import { readFileSync } from "node:fs";
import { columns, inverse, transformBatch } from "./penguins/index.js";
const [layers, rows] = JSON.parse(readFileSync(process.argv[2], "utf8"));
const batch = transformBatch(rows);
const scores = rows.map((_, at) => {
  let x = [...batch.subarray(at * columns.length, (at + 1) * columns.length)];
  for (let layer = 0; layer < layers.length; layer += 2) {
    const [weights, bias] = layers.slice(layer, layer + 2);
    x = bias.map((b, to) => x.reduce((sum, each, from) => sum + each * weights[from][to], b));
    if (layer + 2 < layers.length) x = x.map((each) => Math.max(each, 0));
  }
  return x;
});
const codes = scores.map((each) => each.indexOf(Math.max(...each)));
console.log(JSON.stringify([scores, inverse(codes, "species")]));
"""


class Model(NamedTuple):
    """Layers as weights and biases in turn, the scores of the rows, and their species."""

    layers: list[Any]
    scores: Any
    species: list[str]


class Served(NamedTuple):
    transform: dc.Transform
    known: pl.DataFrame
    rows: pl.DataFrame


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    path = tmp_path_factory.mktemp("schema") / "penguins.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    raw = dc.read(ROOT / "sample_data/penguins.csv", null_values=["NA"]).collect()
    known = raw.select("species", *INPUTS).with_columns(pl.col(INPUTS[2:]).cast(pl.Float64))
    odd = pl.DataFrame(
        [
            ("Ross", "?", 1e3, None, 1e9),
            ("Biscoe", None, None, 14.0, None),
            ("", "\U0001f427", 50.0, 1.0, 0.0),
        ],
        schema=known.drop("species").schema,
        orient="row",
    )
    return Served(dc.fit(known, load_schema(path)), known, pl.concat([known.drop("species"), odd]))


def node(served: Served, folder: Path, script: str, given: Any) -> Any:
    """What a script prints beside the exported transform."""
    served.transform.export("javascript", folder / "penguins", force=True)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return in_node(folder, script, given)


def trained_here(served: Served) -> Model:
    x = served.transform.matrix(served.known)
    codes = served.transform.apply(served.known, columns=["species"])["species"].to_numpy()
    model = LogisticRegression(max_iter=2000).fit(x, codes)
    layers = [model.coef_.T.astype(np.float64).tolist(), model.intercept_.tolist()]
    asked = served.transform.matrix(served.rows)
    answers = served.transform.inverse(model.predict(asked), columns="species")
    return Model(layers, model.decision_function(asked), list(answers))


def trained_in_node(served: Served, folder: Path) -> Model:
    given = [served.known.to_dicts(), served.rows.to_dicts()]
    return Model(*node(served, folder, TRAIN, given))


@pytest.fixture(scope="module", params=["logistic regression", "tf.js"])
def model(
    request: pytest.FixtureRequest, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> Model:
    if request.param == "tf.js":
        return trained_in_node(served, tmp_path_factory.mktemp("train"))
    return trained_here(served)


def check(model: Model, scores: Any, species: Any) -> None:
    np.testing.assert_allclose(np.array(scores, float), model.scores, rtol=2e-5, atol=2e-5)
    assert list(species) == model.species


def test_it_has_learned_and_reference_answers(served: Served, model: Model) -> None:
    truth = served.known["species"].to_list()
    hits = [a == b for a, b in zip(model.species, truth, strict=False)]
    assert sum(hits) > 0.97 * len(truth)
    x = served.transform.matrix(served.rows).astype(np.float64)
    for at in range(0, len(model.layers), 2):
        x = x @ np.array(model.layers[at]) + np.array(model.layers[at + 1])
        x = np.maximum(x, 0) if at + 2 < len(model.layers) else x
    check(model, x, served.transform.inverse(x.argmax(axis=1), columns="species"))


def test_javascript(served: Served, model: Model, tmp_path: Path) -> None:
    check(model, *node(served, tmp_path, SERVE, [model.layers, served.rows.to_dicts()]))


def test_onnx(served: Served, model: Model, tmp_path: Path) -> None:
    width = len(served.transform.feature_names_out)
    weights = [
        numpy_helper.from_array(np.array(each, np.float32), f"w{at}")
        for at, each in enumerate(model.layers)
    ]
    nodes, x = [], "x"
    for at in range(0, len(weights), 2):
        last = at + 2 == len(weights)
        out = "scores" if last else f"gemm{at}"
        nodes.append(helper.make_node("Gemm", [x, f"w{at}", f"w{at + 1}"], [out]))
        if not last:
            nodes.append(helper.make_node("Relu", [out], [f"relu{at}"]))
            x = f"relu{at}"
    nodes.append(helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0))
    entry = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", width])
    exits = [
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3]),
        helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
    ]
    graph = helper.make_graph(nodes, "classifier", [entry], exits, weights)
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "m.onnx")
    path = tmp_path / "served.onnx"
    served.transform.export("onnx", path, merge_into=tmp_path / "m.onnx", inverse="species")
    assert dc.verify(path).ok
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    scores, species = session.run(["scores", "species"], fed(served.rows.select(INPUTS)))
    check(model, scores, species[:, 0])


def test_sql(served: Served, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "penguins.sql"
    served.transform.export("sql", path, table="penguins", form="cte")
    cells = [f'CAST("{name}" AS DOUBLE)' for name in served.transform.feature_names_out]
    text, source = path.read_text(encoding="utf-8"), "prepared"
    for at in range(0, len(model.layers), 2):
        weights, bias = model.layers[at : at + 2]
        sums = [
            " + ".join([repr(b), *(f"{x} * ({weights[j][to]!r})" for j, x in enumerate(cells))])
            for to, b in enumerate(bias)
        ]
        last = at + 2 == len(model.layers)
        made = ", ".join(
            f"{each if last else f'GREATEST({each}, 0)'} AS s{to}" for to, each in enumerate(sums)
        )
        text += f", layer{at} AS (SELECT n, {made} FROM {source})"  # noqa: S608 - our own weights
        source, cells = f"layer{at}", [f"s{to}" for to in range(len(bias))]
    best = "CASE WHEN s0 >= s1 AND s0 >= s2 THEN 0 WHEN s1 >= s2 THEN 1 ELSE 2 END"
    text += f" SELECT s0, s1, s2, {best} AS species FROM {source} ORDER BY n"  # noqa: S608
    base = duckdb.connect()
    base.register("rows", served.rows.with_row_index("n").to_arrow())
    base.execute("CREATE TABLE penguins AS SELECT * FROM rows")
    answers = np.array(base.execute(text).fetchall(), float)
    back = tmp_path / "species.sql"
    served.transform.export("sql", back, table="answers", inverse="species")
    base.register("given", pl.DataFrame({"species": answers[:, 3]}).to_arrow())
    base.execute("CREATE TABLE answers AS SELECT * FROM given")
    species = [row[0] for row in base.execute(back.read_text(encoding="utf-8")).fetchall()]
    check(model, answers[:, :3], species)
