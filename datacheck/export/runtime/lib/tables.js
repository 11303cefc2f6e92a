/** The two tables that Python shares: from operation to class, from class to cause and remedy. */

import operations from "./operations.js";
import causes from "./causes.js";

const CLASS_OF = new Map(
  Object.entries(operations.classes).flatMap(([kind, ops]) => ops.map((op) => [op, kind])),
);

const LANDMARKS = new Set(["product", "norm", "softmax", "other"]);

/** An operation's name without what a runtime adds to it. */
export const keyOf = (op) => op.slice(op.lastIndexOf("::") + 1).replace(/^:/, "").toLowerCase();

export const classOf = (op) => CLASS_OF.get(keyOf(op)) ?? "other";

/** Whether a row of the output depends on its own row alone. */
export const isElementwise = (op) =>
  operations.elementwise.includes(classOf(op)) || operations.rowwise.includes(keyOf(op));

export const isCompare = (op) => operations.compare.includes(keyOf(op));

/** Whether people know a model by such steps. */
export const isLandmark = (op) => LANDMARKS.has(classOf(op));

const word = (x) => (x !== x ? "nan" : x === Infinity ? "inf" : x === -Infinity ? "-inf" : "finite");

const TESTS = {
  "==": (given, limit) => given === limit,
  "<": (given, limit) => given < limit,
  ">": (given, limit) => given > limit,
  small: (given, limit) => given !== 0 && Math.abs(given) < limit,
  is: (given, limit) => word(given) === limit,
};

/** The cause that a class has, by what the operation was given. */
export function causeOf(kind, given) {
  const rules = causes.rules[kind] ?? causes.rules.other;
  const holds = ([operand, test, limit]) =>
    given[operand] !== undefined && TESTS[test](given[operand], limit);
  return rules.find((rule) => rule.when.every(holds))?.cause ?? "made";
}

/** What a cause says, and its remedy. */
export function sentence(cause, words) {
  const fill = (text) => text.replace(/\{(\w+)\}/g, (_, key) => words[key] ?? "");
  return [fill(causes.causes[cause].says), fill(causes.causes[cause].remedy)];
}
