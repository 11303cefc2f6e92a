/**
 * Trainings that come to NaN, with one planted cause each, for Node and for a page: each is run
 * without a guard, for how good it gets, and with one. Takes the TensorFlow.js in use.
 */

export const DIVERGENCES = [
  "a rate too high",
  "unscaled inputs",
  "unscaled target",
  "a label in batch 2",
  "a loss that is the log of 0",
  "a gradient alone",
  "a batch of one",
  "an exploding recurrent net",
];

const seeded = (tf) => tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 5 });

/** x = 0.05 to 1.2, y = 2x + 0.05. */
function line(tf) {
  const x = Array.from({ length: 24 }, (_, at) => at + 1);
  const xs = tf.tensor2d(x.map((each) => [each * 0.05]));
  const ys = tf.tensor2d(x.map((each) => [(2 * each + 1) * 0.05]));
  return { xs, ys };
}

/** A layer of the page's own. */
function stepOf(tf, name, run) {
  class Own extends tf.layers.Layer {
    static className = `Own${name}`;
    call(inputs) {
      return tf.tidy(() => run(Array.isArray(inputs) ? inputs[0] : inputs));
    }
    computeOutputShape(shape) {
      return shape;
    }
  }
  return new Own({ name });
}

function planted(tf, name) {
  const { xs, ys } = line(tf);
  const model = tf.sequential();
  const dense = (given) => tf.layers.dense({ units: 1, kernelInitializer: seeded(tf), ...given });
  const plain = { optimizer: tf.train.sgd(0.05), loss: "meanSquaredError" };
  let data = { xs, ys };
  if (name === "a rate too high") {
    model.add(dense({ inputShape: [1] }));
    plain.optimizer = tf.train.sgd(3);
  } else if (name === "unscaled inputs") {
    model.add(dense({ inputShape: [1] }));
    data = { xs: xs.mul(4000), ys };
  } else if (name === "unscaled target") {
    model.add(dense({ inputShape: [1], units: 8 }));
    model.add(dense());
    data = { xs, ys: ys.mul(1e5) };
  } else if (name === "a label in batch 2") {
    model.add(dense({ inputShape: [1] }));
    data = { xs, ys: tf.concat([ys.slice(0, 21), tf.tensor2d([[NaN]]), ys.slice(22)]) };
  } else if (name === "a loss that is the log of 0") {
    model.add(dense({ inputShape: [1] }));
    plain.loss = (labels, answer) => tf.log(answer.sub(answer).add(labels.sub(labels.max()).abs().mul(-1).add(0)).abs());
  } else if (name === "a gradient alone") {
    model.add(dense({ inputShape: [1], useBias: false }));
    model.add(stepOf(tf, "root", (x) => {
      const on = tf.tensor([...x.dataSync()].map(Boolean), x.shape, "bool");
      return tf.where(on, x.abs().sqrt(), tf.zerosLike(x));
    }));
    data = { xs: tf.concat([xs.slice(0, 12), tf.zeros([1, 1]), xs.slice(13)]), ys };
  } else if (name === "a batch of one") {
    model.add(dense({ inputShape: [1] }));
    const norm = (x) => {
      const moved = x.sub(x.mean(0));
      return moved.div(moved.square().mean(0).sqrt());
    };
    model.add(stepOf(tf, "norm", norm));
    model.add(dense());
    data = { xs: xs.slice(0, 17), ys: ys.slice(0, 17) };
  } else {
    const own = { kernelInitializer: "ones", recurrentInitializer: tf.initializers.identity({ gain: 1.5 }) };
    model.add(tf.layers.simpleRNN({ inputShape: [30, 1], units: 4, activation: "linear", ...own }));
    model.add(dense());
    data = { xs: tf.ones([24, 30, 1]), ys: tf.ones([24, 1]) };
  }
  model.compile(plain);
  return [model, data];
}


const isFinite = (model) => model.getWeights().every((weight) => weight.dataSync().every(Number.isFinite));

/** The loss of the rows whose labels are numbers. */
async function lossOf(tf, model, { xs, ys }) {
  const rows = [...ys.dataSync()].flatMap((y, row) => (Number.isFinite(y) ? [row] : []));
  const [x, y] = [xs, ys].map((tensor) => tf.gather(tensor, tf.tensor1d(rows, "int32")));
  return (await model.evaluate(x, y, { verbose: 0 }).data())[0];
}

/** What a training without a guard comes to, and what the guard makes of it. */
export async function divergence(tf, trainGuard, name) {
  const given = { verbose: 0, shuffle: false, batchSize: 8 };
  let [model, data] = planted(tf, name);
  const scores = [await lossOf(tf, model, data)];
  for (let epoch = 0; epoch < 4; epoch++) {
    await model.fit(data.xs, data.ys, { ...given, epochs: 1 });
    scores.push(isFinite(model) ? await lossOf(tf, model, data) : NaN);
  }
  const best = Math.min(...scores.filter(Number.isFinite));
  const spoilt = !(scores.at(-1) < 100 * best);
  [model, data] = planted(tf, name);
  // A label that is seen before training is refused there: here it comes in a dataset's batch.
  const unseen = name === "a label in batch 2";
  const guard = trainGuard(tf, { ...(unseen ? {} : data), columns: ["x"], warn: () => {} });
  const more = { epochs: 200, verbose: 0, callbacks: [guard] };
  const parts = tf.data.array([0, 8, 16]).map((at) => ({ xs: data.xs.slice(at, 8), ys: data.ys.slice(at, 8) }));
  const training = unseen ? model.fitDataset(parts, more) : model.fit(data.xs, data.ys, { ...given, ...more });
  const error = await training.then(() => undefined, (reason) => reason);
  return {
    ...{ name, spoilt, best: best === Infinity ? null : best, end: await lossOf(tf, model, data) },
    ...{ finite: isFinite(model), left: Object.hasOwn(model.optimizer, "minimize"), report: guard.report() },
    ...{ error: error?.name, row: error?.row, column: error?.column, batch: error?.batch },
    ...{ message: error?.message },
  };
}
