/**
 * A model of TensorFlow.js, run step by step under a judge: a layers model by its kernels, a graph
 * model by its nodes. Whatever is replaced for a run is put back, also after an error.
 */

import { DatacheckError } from "./errors.js";

/** A tensor's numbers, as the judge takes them. */
const valueOf = (tensor) => ({ data: tensor.dataSync(), shape: tensor.shape });

/** What a model takes: names and the shape of one row of each. */
export function inputsOf(model) {
  return model.inputs.map(({ name, shape }) => ({
    name: name.replace(/:\d+$/, ""),
    shape: (shape ?? [null, null]).slice(1),
  }));
}

export const isGraph = (model) => model.executor !== undefined && model.layers === undefined;

/** Lays columns out as the model's inputs; says both where they do not fit. */
export function layout(model, columns) {
  const inputs = inputsOf(model);
  const widths = inputs.map(({ shape }) =>
    shape.every(Boolean) ? shape.reduce((product, axis) => product * axis, 1) : undefined,
  );
  if (inputs.length === 1 && widths[0] === undefined) widths[0] = columns.length;
  const total = widths.reduce((sum, width) => sum + (width ?? 0), 0);
  const named = inputs.length > 1 && inputs.every(({ name }) => columns.includes(name));
  if (!named && total !== columns.length) {
    const takes = inputs.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", ");
    throw new DatacheckError(
      `the model takes ${total} numbers a row (${takes}), and there are ${columns.length}: ` +
        columns.join(", "),
      { todo: "give rows of the model's own columns, in its order" },
    );
  }
  let start = 0;
  return inputs.map(({ name, shape }, at) => {
    const width = widths[at];
    const places = named
      ? [columns.indexOf(name)]
      : Array.from({ length: width }, (_, place) => start + place);
    start += width;
    return { name, places, shape: shape.every(Boolean) ? shape : [width] };
  });
}

/** Tensors of some rows of a matrix whose rows are arrays. */
export function tensorsOf(tf, parts, rows) {
  return parts.map(({ places, shape }) => {
    const cells = new Float32Array(rows.length * places.length);
    rows.forEach((row, at) => {
      places.forEach((place, nth) => (cells[at * places.length + nth] = row[place]));
    });
    return tf.tensor(cells, [rows.length, ...shape], "float32");
  });
}

const asList = (value) =>
  Array.isArray(value) ? value : typeof value?.dataSync === "function" ? [value] : Object.values(value);

/**
 * The model's answer as it serves. Where it raises at a row and not at others, as at an index beyond
 * an embedding, the error names the row and the column.
 */
export async function answered(tf, model, parts, rows, columns) {
  const passes = (some) => answers(tf, model, parts, some).then(() => true, () => false);
  try {
    return await answers(tf, model, parts, rows);
  } catch (error) {
    let [low, high] = [0, rows.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (await passes(rows.slice(low, middle))) low = middle;
      else high = middle;
    }
    const other = [0, rows.length - 1, rows.length >> 1].find((at) => at !== low);
    if (other === undefined || !(await passes([rows[other]]))) throw error;
    const mended = (column) => [rows[low].map((x, at) => (at === column ? rows[other][at] : x))];
    let column = 0;
    while (column < columns.length && !(await passes(mended(column)))) column++;
    throw new DatacheckError(`the model raises: ${error.message}`, {
      row: low,
      column: columns[column],
      value: rows[low][column],
      todo: "mend the value, or leave the row out: an index may lie beyond its table",
    });
  }
}

/** The model's answer on the backend in use: numbers and shapes. */
export async function answers(tf, model, parts, rows) {
  const tensors = tensorsOf(tf, parts, rows);
  const given = predicted(tf, model, parts, tensors, rows.length);
  const out = [];
  for (const tensor of given) out.push({ data: await tensor.data(), shape: tensor.shape });
  for (const tensor of [...tensors, ...given]) tensor.dispose();
  return out;
}

function predicted(tf, model, parts, tensors, rows) {
  const fed = tensors.length === 1 ? tensors[0] : tensors;
  if (!isGraph(model)) return asList(tf.tidy(() => model.predict(fed, { batchSize: rows })));
  const named = Object.fromEntries(parts.map(({ name }, at) => [name, tensors[at]]));
  return asList(tf.tidy(() => model.execute(named, model.outputs.map(({ name }) => name))));
}

/**
 * Runs rows under a judge.
 *
 * @param {{places: {at: number, nth: number}[], change: Function} | undefined} hook operands of
 *   steps to be changed
 * @returns {{ends: object[], codes: Int32Array}}
 */
export function traced(tf, model, parts, rows, judge, hook) {
  return tf.tidy(() => {
    const tensors = tensorsOf(tf, parts, rows);
    return isGraph(model)
      ? graphTraced(tf, model, parts, tensors, judge, hook)
      : layersTraced(tf, model, parts, tensors, judge, hook);
  });
}

function layersTraced(tf, model, parts, tensors, judge, hook) {
  const known = new Set();
  tensors.forEach((tensor, at) => {
    known.add(tensor.dataId);
    judge.start(tensor.dataId, valueOf(tensor), parts[at].name);
  });
  for (const weight of model.weights) {
    const tensor = weight.read();
    known.add(tensor.dataId);
    judge.constant(tensor.dataId, valueOf(tensor), weight.originalName ?? weight.name);
  }
  const stack = [];
  const restore = [named(model, stack), patched(tf, judge, known, stack, hook)];
  try {
    const given = predicted(tf, model, parts, tensors, judge.rows);
    return { ends: given.map(valueOf), codes: judge.ends(given.map(({ dataId }) => dataId)) };
  } finally {
    restore.forEach((putBack) => putBack());
  }
}

/** Keeps the name of the layer that is being called at the end of a list. */
function named(model, stack) {
  const wrapped = [];
  const wrap = (layer) => {
    const own = Object.hasOwn(layer, "call");
    const call = layer.call;
    layer.call = function (...given) {
      stack.push(layer.name);
      try {
        return call.apply(this, given);
      } finally {
        stack.pop();
      }
    };
    wrapped.push(() => (own ? (layer.call = call) : delete layer.call));
    if (layer.layers) layer.layers.forEach(wrap);
  };
  model.layers.forEach(wrap);
  return () => wrapped.forEach((putBack) => putBack());
}

/** Has the judge see every kernel that runs. */
function patched(tf, judge, known, stack, hook) {
  const engine = tf.engine();
  const own = Object.hasOwn(engine, "runKernel");
  const runKernel = engine.runKernel;
  const tell = (tensor) => {
    if (!known.has(tensor.dataId)) judge.constant(tensor.dataId, valueOf(tensor), "a constant");
    known.add(tensor.dataId);
  };
  engine.runKernel = function (op, inputs, attributes) {
    let given = inputs;
    let entries = Object.entries(inputs).filter(([, tensor]) => tensor?.dataId !== undefined);
    if (entries.some(([, tensor]) => tensor.dtype === "string")) {
      return runKernel.call(engine, op, inputs, attributes);
    }
    entries.forEach(([, tensor]) => tell(tensor));
    for (const { at, nth } of hook?.places ?? []) {
      if (at !== judge.steps.length || !entries[nth]) continue;
      given = Array.isArray(given) ? [...given] : { ...given };
      given[entries[nth][0]] = changed(tf, entries[nth][1], hook);
      entries = Object.entries(given).filter(([, tensor]) => tensor?.dataId !== undefined);
      entries.forEach(([, tensor]) => tell(tensor));
    }
    const seen = entries.map(([key, tensor]) => ({ key, id: tensor.dataId, value: valueOf(tensor) }));
    const out = runKernel.call(engine, op, given, attributes);
    const gave = asTensors(out).map((tensor) => ({ id: tensor.dataId, value: valueOf(tensor) }));
    gave.forEach(({ id }) => known.add(id));
    const layer = stack.at(-1) ?? "";
    judge.see({ op, name: layer || `${op}_${judge.steps.length}`, layer }, seen, gave);
    return out;
  };
  return () => (own ? (engine.runKernel = runKernel) : delete engine.runKernel);
}

const asTensors = (out) =>
  (Array.isArray(out) ? out : [out]).filter((tensor) => typeof tensor?.dataSync === "function");

function changed(tf, tensor, hook) {
  const { data, shape } = valueOf(tensor);
  const other = hook.change({ data, shape });
  return other === data ? tensor : tf.tensor(other, shape, tensor.dtype);
}

function graphTraced(tf, model, parts, tensors, judge, hook) {
  const nodes = ordered(model.executor.graph.nodes);
  const fed = Object.fromEntries(parts.map(({ name }, at) => [name, tensors[at]]));
  const values = new Map(Object.entries(fed));
  for (const [name, held] of Object.entries(model.weights)) values.set(name, held[0]);
  const wanted = nodes.filter(({ name }) => !values.has(name)).map(({ name }) => name);
  const outputs = model.outputs.map(({ name }) => name.replace(/:0$/, ""));
  asList(model.execute(fed, wanted)).forEach((tensor, at) => values.set(wanted[at], tensor));
  Object.keys(fed).forEach((name) => judge.start(name, valueOf(values.get(name)), name));
  for (const name of Object.keys(model.weights)) {
    judge.constant(name, valueOf(values.get(name)), name);
  }
  const others = {};
  for (const { name, op, inputs } of nodes) {
    if (!wanted.includes(name)) continue;
    const given = inputs.filter((id) => values.has(id));
    for (const { at, nth } of hook?.places ?? []) {
      const id = given[nth];
      if (at !== judge.steps.length || id === undefined) continue;
      const tensor = changed(tf, values.get(id), hook);
      if (tensor !== values.get(id)) others[id] = tensor;
    }
    const seen = given.map((id) => ({ id, value: valueOf(values.get(id)) }));
    const step = { op, name, layer: name.includes("/") ? name.split("/").slice(0, -1).join("/") : "" };
    judge.see(step, seen, [{ id: name, value: valueOf(values.get(name)) }]);
  }
  const ends = Object.keys(others).length
    ? asList(model.execute({ ...fed, ...others }, outputs))
    : outputs.map((name) => values.get(name));
  return { ends: ends.map(valueOf), codes: judge.ends(outputs) };
}

/** The nodes in the order in which they can run. */
function ordered(nodes) {
  const bare = (name) => name.replace(/^\^/, "").replace(/:\d+$/, "");
  const out = [];
  const done = new Set();
  const visit = (name) => {
    const node = nodes[name];
    if (!node || done.has(name)) return;
    done.add(name);
    const inputs = (node.inputNames ?? []).map(bare);
    inputs.forEach(visit);
    out.push({ name, op: node.op, inputs });
  };
  Object.keys(nodes).forEach(visit);
  return out;
}
