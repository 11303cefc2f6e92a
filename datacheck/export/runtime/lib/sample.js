/** The rows of a training that its weights are scored on. */

/** So many, from all over. */
const SCORED = 128;

/** A few rows from all over, of the inputs and targets in the model's order; null without. */
export async function sampleOf(tf, model, xs, ys, holed) {
  const parts = [listed(xs, model.inputNames), listed(ys, model.outputNames)];
  if (!parts.every((part) => part?.length)) return null;
  const whole = Array.from({ length: parts[0][0].shape[0] }, (_, row) => row).filter((row) => !holed.has(row));
  const count = Math.min(SCORED, whole.length);
  if (!count) return null;
  const chosen = Int32Array.from({ length: count }, (_, at) => whole[Math.floor((at * whole.length) / count)]);
  const few = (tensor) => tf.gather(tensor, tf.tensor1d(chosen, "int32"));
  const [x, y] = parts.map((part) => tf.tidy(() => part.map(few)));
  return { x, y, differ: !(await areAlike(y)), owned: [...x, ...y] };
}

/** Tensors as a list: one, several, or by the names that the model has for them. */
function listed(given, names) {
  if (typeof given?.slice === "function" && !Array.isArray(given)) return [given];
  if (Array.isArray(given)) return given.every((each) => each?.shape) ? given : undefined;
  return given && names.every((name) => given[name]?.shape) ? names.map((name) => given[name]) : undefined;
}

/**
 * What the model's weights are worth on its rows, in inference: it moves no statistics and no random
 * numbers.
 *
 * @returns {Promise<{loss: number, alike: boolean}>} `alike`: all rows are answered alike, to the
 *   last bit, while their targets differ
 */
export async function answered(tf, model, { x, y, differ }) {
  const [loss, ...ends] = tf.tidy(() => {
    const out = model.apply(x.length === 1 ? x[0] : x, { training: false });
    const given = Array.isArray(out) ? out : [out];
    const losses = model.lossFunctions.map((each, at) => each(y[at], given[at]).mean());
    // A model may answer with what it was given, which is the sample's own.
    return [losses.reduce((sum, each) => sum.add(each)), ...given.map((each) => each.clone())];
  });
  const [value] = await loss.data();
  const alike = differ && (await areAlike(ends));
  [loss, ...ends].forEach((tensor) => tensor.dispose());
  return { loss: value, alike };
}

/** Whether the rows of each tensor are the same, to the last bit. */
export async function areAlike(tensors) {
  for (const tensor of tensors) {
    if (tensor.shape[0] < 2) return false;
    const width = tensor.size / tensor.shape[0];
    const values = await tensor.data();
    if (values.some((x, at) => x !== values[at % width])) return false;
  }
  return true;
}
