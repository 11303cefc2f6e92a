/**
 * Has a training step run its own batch again after it. A callback does not see the batch, but the
 * optimizer is given the loss of it as a function: for one step its `minimize` is wrapped, and put
 * back before the step is over.
 */

import { withoutTrace } from "./batch.js";

/** @returns {{losses: () => Promise<number[] | undefined>, putBack: () => void}} of the next step */
export function runAgain(tf, model) {
  const { optimizer } = model;
  const { minimize } = optimizer;
  const had = Object.hasOwn(optimizer, "minimize");
  let kept = [];
  const putBack = () => {
    if (had) optimizer.minimize = minimize;
    else delete optimizer.minimize;
  };
  optimizer.minimize = function (loss, ...given) {
    putBack();
    const cost = minimize.call(this, loss, ...given);
    if (cost) kept = [tf.keep(cost.clone()), tf.keep(tf.tidy(() => withoutTrace(model, loss)))];
    return cost;
  };
  const losses = async () => {
    putBack();
    if (!kept.length) return undefined;
    const found = [];
    for (const tensor of kept) found.push((await tensor.data())[0]);
    kept.forEach((tensor) => tensor.dispose());
    kept = [];
    return found;
  };
  return { losses, putBack };
}
