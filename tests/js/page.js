/**
 * Predicts one penguin whose bill was not measured, with a small model. `?with=` says how the
 * row becomes a tensor: by the exported folder, or as people do it without.
 */

import { columns } from "/penguins/index.js";
import { toTensor } from "/penguins/tfjs.js";

const tf = globalThis.tf;
const penguin = {
  species: "Adelie",
  island: "Dream",
  bill_length_mm: null,
  bill_depth_mm: 18.7,
  flipper_length_mm: 181,
  body_mass_g: 9999,
  sex: null,
  year: 2007,
};

const WAYS = {
  datacheck: () => toTensor(tf, [penguin]),
  nan: () => tf.tensor2d([columns.map((name) => penguin[name] ?? NaN)]),
  null: () => tf.tensor2d([columns.map((name) => penguin[name])]),
};

async function main() {
  await tf.setBackend("cpu");
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [columns.length], units: 1 }));
  const kernel = tf.tensor2d(columns.map((_, at) => [at + 1]));
  model.setWeights([kernel, tf.tensor1d([0.5])]);
  const inputs = WAYS[new URLSearchParams(location.search).get("with")]();
  const prediction = (await model.predict(inputs).data())[0];
  return { inputs: [...(await inputs.data())].map(String), prediction: String(prediction) };
}

const show = (what) => {
  document.getElementById("result").textContent = JSON.stringify(what);
};
main().then(show, (error) => show({ error: String(error) }));
