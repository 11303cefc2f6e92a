/** What the guards cost in TensorFlow.js on wasm: processor time of each plain run and each guarded one. */

import { createRequire } from "node:module";

const warn = console.warn;
console.warn = () => {};
const tf = await import("@tensorflow/tfjs");
const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
const { makePredict } = await import("../datacheck/export/runtime/lib/predict.js");
const { trainGuard } = await import("../datacheck/export/runtime/lib/train.js");
console.warn = warn;

const rounds = Number(process.argv[2]);
const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
setWasmPaths(wasm.replace("package.json", "dist/"));
await tf.setBackend("wasm");

const [ROWS, COLUMNS] = [10_000, 32];
const names = Array.from({ length: COLUMNS }, (_, at) => `c${at}`);

function network() {
  const model = tf.sequential();
  const own = { kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }), activation: "relu" };
  model.add(tf.layers.dense({ inputShape: [COLUMNS], units: 128, ...own }));
  model.add(tf.layers.dense({ units: 128, ...own }));
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "meanSquaredError" });
  return model;
}

async function timed(run) {
  const start = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function beside(plain, ours) {
  await plain();
  await ours();
  const taken = [[], []];
  for (let round = 0; round < rounds; round++) {
    taken[0].push(await timed(plain));
    taken[1].push(await timed(ours));
  }
  return taken;
}

const rows = Array.from({ length: ROWS }, (_, row) =>
  Object.fromEntries(names.map((name, at) => [name, 0.5 + ((row * 31 + at * 17) % 97) / 97])),
);
const transformBatch = (given) => {
  const out = new Float64Array(given.length * COLUMNS);
  given.forEach((row, at) => names.forEach((name, column) => (out[at * COLUMNS + column] = row[name])));
  return out;
};
const predict = makePredict({ columns: names, transformBatch });
const model = network();
const plain = async () => {
  const input = tf.tensor2d(Float32Array.from(transformBatch(rows)), [ROWS, COLUMNS]);
  const answer = model.predict(input);
  const found = await answer.array();
  [input, answer].forEach((tensor) => tensor.dispose());
  return found;
};
const found = [["predict guarded in TensorFlow.js on wasm", "predict", ...(await beside(plain, () => predict(tf, model, rows)))]];

const xs = tf.tensor2d(Float32Array.from(transformBatch(rows)), [ROWS, COLUMNS]);
const ys = xs.slice([0, 0], [ROWS, 1]).mul(0.1);
const [one, other] = [network(), network()];
const given = { epochs: 1, batchSize: 64, verbose: 0, shuffle: false };
const times = await beside(
  () => one.fit(xs, ys, given),
  () => other.fit(xs, ys, { ...given, callbacks: [trainGuard(tf, { xs, ys })] }),
);
found.push(["an epoch guarded in TensorFlow.js on wasm (157 batches of 64)", "training", ...times]);
console.log(JSON.stringify(found));
