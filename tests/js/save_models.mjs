/** Saves two models as model.json into a folder: `layers/`, with a step that fails, and `graph/`. */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import * as tf from "@tensorflow/tfjs";

const folder = process.argv[2];

function write(name, document, weights) {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "weights.bin"), Buffer.from(weights));
  writeFileSync(path.join(folder, name, "model.json"), JSON.stringify(document));
}

const model = tf.sequential();
model.add(tf.layers.dense({ inputShape: [3], units: 4, activation: "relu", name: "hidden" }));
model.add(tf.layers.batchNormalization({ name: "norm" }));
model.add(tf.layers.dense({ units: 1, name: "head" }));
await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
    write("layers", { format: "layers-model", modelTopology, weightsManifest }, weightData);
    return { modelArtifactsInfo: {} };
  }),
);

const FLOAT = { type: "DT_FLOAT" };
const shapeOf = (sizes) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
const node = (name, op, input = [], attr = {}) => ({ name, op, input, attr: { T: FLOAT, ...attr } });
const weights = Float32Array.of(1, 1, 1);
write(
  "graph",
  {
    format: "graph-model",
    modelTopology: {
      node: [
        { name: "x", op: "Placeholder", input: [], attr: { dtype: FLOAT, shape: shapeOf([-1, 3]) } },
        {
          name: "head/kernel",
          op: "Const",
          input: [],
          attr: { dtype: FLOAT, value: { tensor: { dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "3" }, { size: "1" }] } } } },
        },
        node("price/Log", "Log", ["x"]),
        node("squash/Sigmoid", "Sigmoid", ["price/Log"]),
        node("head/MatMul", "MatMul", ["squash/Sigmoid", "head/kernel"], {
          transpose_a: { b: false },
          transpose_b: { b: false },
        }),
      ],
      versions: { producer: 1 },
    },
    weightsManifest: [
      { paths: ["weights.bin"], weights: [{ name: "head/kernel", shape: [3, 1], dtype: "float32" }] },
    ],
  },
  weights.buffer,
);
