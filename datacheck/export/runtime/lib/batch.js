/**
 * What a training step was given. A callback sees no batch, and a dataset is gone once it was read;
 * but where a loss is not finite, the step's own loss is run once more while its layers tell.
 */

import { firstBad, tensors } from "./guard.js";

/**
 * Has every step look for what is no number in its own batch, where its loss is none.
 *
 * @returns {{take: () => object | undefined, putBack: () => void}} `take` gives the bad cell of
 *   the last step: its `name`, `row`, `column` and `value`
 */
export function watchBatches(tf, model, columns) {
  const { optimizer } = model;
  const own = Object.hasOwn(optimizer, "minimize");
  const { minimize } = optimizer;
  let cell;
  optimizer.minimize = function (loss, ...given) {
    const cost = minimize.call(this, loss, ...given);
    const value = cost?.dataSync()[0] ?? 0;
    if (value - value !== 0) cell = badCell(tf, model, loss, columns);
    return cost;
  };
  const take = () => {
    const found = cell;
    cell = undefined;
    return found;
  };
  return { take, putBack: () => (own ? (optimizer.minimize = minimize) : delete optimizer.minimize) };
}

/** The first cell of a batch that is no number: of the inputs, else of the labels. */
function badCell(tf, model, loss, columns) {
  const seen = [];
  const look = (name, tensor) => {
    const cell = typeof tensor?.dataSync === "function" && firstBad(name, tensor, tensor.dataSync(), columns);
    if (cell) seen.push(cell);
  };
  const putBack = [...inputsTold(model, look), labelsTold(model, look)];
  try {
    tf.tidy(() => void withoutTrace(model, loss));
  } finally {
    putBack.forEach((undo) => undo());
  }
  return seen[0];
}

/** The layers that take the model's inputs tell them. */
function inputsTold(model, look) {
  const takes = ({ inboundLayers = [] }) => inboundLayers.some(({ name }) => model.inputNames.includes(name));
  return model.layers
    .filter((layer) => layer.inboundNodes.some(takes))
    .map((layer) => {
      const own = Object.hasOwn(layer, "call");
      const { call } = layer;
      layer.call = function (given, ...rest) {
        for (const [, tensor] of tensors("xs", given)) look("xs", tensor);
        return call.call(this, given, ...rest);
      };
      return () => (own ? (layer.call = call) : delete layer.call);
    });
}

function labelsTold(model, look) {
  const { lossFunctions } = model;
  model.lossFunctions = lossFunctions.map((loss, at) => (labels, ...given) => {
    look(lossFunctions.length > 1 ? `ys.${model.outputNames[at]}` : "ys", labels);
    return loss(labels, ...given);
  });
  return () => (model.lossFunctions = lossFunctions);
}

/** Runs a step's loss once more; statistics of norms are put back, and no metric is kept. */
export function withoutTrace(model, loss) {
  const { metricsTensors } = model;
  const moved = model.nonTrainableWeights.map((weight) => [weight, weight.read().clone()]);
  model.metricsTensors = [];
  try {
    return loss();
  } finally {
    model.metricsTensors = metricsTensors;
    for (const [weight, value] of moved) {
      weight.write(value);
      value.dispose();
    }
  }
}
