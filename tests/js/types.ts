// What TypeScript must accept, and what it must not, of a folder exported by the tests.
// The columns are: mass (number, filled), flipper (number or "n/a"), island (text, filled).

import * as tf from "@tensorflow/tfjs";
import { columns, DatacheckError, transform, transformBatch, transformRows } from "exported";
import { checkInputs, diagnose, nanGuard, predict, toTensor, trainGuard } from "exported/tfjs";

const out = transform({ mass: 1, flipper: "n/a", island: null, name: "Pip" });
const mass: number = out.mass;
const flipper: number | null = out.flipper;
const island: string = out.island;
const name: string = out.name;
const names: readonly ["mass", "flipper"] = columns;
const batch: Float32Array = transformBatch([{ mass: 1n, flipper: null }]);
const rows = transformRows([{ mass: null, flipper: 2, island: "Dream" }]);
const lenient = transform({ mass: 1 }, { missingKeys: "missing" });

// @ts-expect-error a key is missing
transform({ mass: 1 });
// @ts-expect-error no such policy
transform({ mass: 1 }, { missingKeys: "zero" });
// @ts-expect-error a date is no number
transform({ mass: new Date(), flipper: 1, island: "" });
// @ts-expect-error no other text stands for missing
transform({ mass: 1, flipper: "N/A", island: "" });
// @ts-expect-error what may be missing is not a number
const strict: number = out.flipper;

async function train(model: tf.Sequential, ys: tf.Tensor) {
  const xs: tf.Tensor2D = toTensor(tf, [{ mass: 1, flipper: 1 }], { warn: (text) => text.trim() });
  await checkInputs(tf, { xs, ys });
  await model.fit(xs, ys, { callbacks: [nanGuard(tf, { xs, ys }), trainGuard(tf, { xs, ys, mode: "halve" })] });
  const answers: any[] = await predict(tf, model, [{ mass: 1, flipper: 1 }], { bad: "mark", exact: 8 });
  const report = await diagnose(tf, model, [{ mass: 1, flipper: 1 }]);
  const code: string = report.findings[0].code;
  return [answers, code];
}

const refused = new DatacheckError("what");
const place: [number | undefined, string | undefined, unknown] = [
  refused.row,
  refused.column,
  refused.value,
];

export { mass, flipper, island, name, names, batch, rows, lenient, strict, train, place };
