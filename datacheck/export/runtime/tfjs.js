/**
 * TensorFlow.js beside the transform: tensors from rows, and a guard for training.
 *
 * Everything takes the caller's own `tf`, so that there is one TensorFlow.js in the program.
 */

import * as prepared from "./index.js";
import { makeToTensor } from "./lib/tensor.js";
import { makeDiagnose } from "./lib/asked.js";
import { makePredict } from "./lib/predict.js";
import { trainGuard as guardTraining } from "./lib/train.js";
import * as guard from "./lib/guard.js";

export { DatacheckError } from "./index.js";

export const toTensor = makeToTensor(prepared);

export const diagnose = makeDiagnose(prepared);

export const predict = makePredict(prepared);

export const trainGuard = (tf, inputs) => guardTraining(tf, { columns: prepared.columns, ...inputs });

export const checkInputs = (tf, inputs) =>
  guard.checkInputs({ columns: prepared.columns, ...inputs });

export const nanGuard = (tf, inputs) =>
  guard.nanGuard(tf, { columns: prepared.columns, ...inputs });
