/** What a backend of TensorFlow.js does to NaN and infinities: small sums whose answers are known. */

const word = (x) => (x === x && x - x === 0 ? Math.round(x * 100) / 100 : String(x));

/** Each gives a tensor, of [[NaN, 1], [1, 2]] or of numbers that make a NaN or an infinity. */
const probes = (tf) => {
  const x = tf.tensor2d([[NaN, 1], [1, 2]]);
  const [image, ones] = [x.reshape([1, 2, 2, 1]), tf.ones([1, 1, 1, 1])];
  const sum = { a: x, b: tf.ones([2, 1]) };
  const conv = { x: image, filter: ones, strides: 1, pad: "valid" };
  return {
    "dense": () => tf.fused.matMul(sum),
    "dense with relu": () => tf.fused.matMul({ ...sum, activation: "relu" }),
    "dense with elu": () => tf.fused.matMul({ ...sum, activation: "elu" }),
    "conv2d": () => tf.fused.conv2d(conv),
    "conv2d with relu": () => tf.fused.conv2d({ ...conv, activation: "relu" }),
    "maxPool": () => tf.maxPool(x.reshape([2, 2, 1, 1]), [2, 1], 1, "valid"),
    "relu": () => x.relu(),
    "relu6": () => x.relu6(),
    "elu": () => x.elu(),
    "leakyRelu": () => x.leakyRelu(),
    "sigmoid": () => x.sigmoid(),
    "tanh": () => x.tanh(),
    "softmax": () => x.softmax(),
    "clipByValue": () => x.clipByValue(0, 1),
    "maximum": () => x.maximum(0),
    "max": () => x.max(1),
    "mean": () => x.mean(1),
    "argMax": () => x.argMax(1),
    "greater": () => x.greater(0),
    "toInt": () => x.toInt(),
    "isNaN": () => x.isNaN(),
    "0/0, 1/0": () => tf.tensor1d([0, 1]).div(tf.zeros([2])),
    "inf/inf": () => tf.tensor1d([Infinity]).div(tf.tensor1d([Infinity])),
    "log of 0, -1": () => tf.tensor1d([0, -1]).log(),
    "sqrt of -1": () => tf.tensor1d([-1]).sqrt(),
    "exp of 200": () => tf.tensor1d([200]).exp(),
  };
};

/** By operation, what the backend in use answers: numbers to two digits, and words. */
export async function table(tf) {
  const out = {};
  for (const [name, run] of Object.entries(probes(tf))) out[name] = [...(await run().data())].map(word);
  return out;
}
