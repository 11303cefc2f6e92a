/**
 * The ops of a field that is not computed with, as steps on what is known of its cell: the form that
 * declared values are compared in, the cell itself, one-hot cells, and the cells beside it.
 */

import { refusesMissing, UNFILLED } from "./program.js";
import { declared, instant } from "./read.js";

/**
 * @param {{kind: string, ops: object[]}} column
 * @returns {Function[]} each changes the state, and says why where it refuses the cell
 */
export function compileOther(column) {
  const steps = column.ops.filter((op) => Object.hasOwn(STEPS, op.op));
  const made = steps.map((op) => STEPS[op.op](op, column.kind));
  return refusesMissing(column) ? [...made, whole] : made;
}

const whole = ({ cell }) => (cell === null ? UNFILLED : undefined);

const STEPS = {
  replace({ old, new: others }) {
    const meaning = new Map(old.map((each, at) => [each, others[at]]));
    return (state) => {
      if (meaning.has(state.form)) state.form = state.cell = meaning.get(state.form);
    };
  },
  missing({ values }, kind) {
    const known = new Set(values.map(kind === "datetime" ? instant : declared));
    return (state) => {
      if (known.has(state.form)) state.form = state.cell = null;
    };
  },
  indicator: () => (state) => {
    state.beside.push(state.form === null ? 1 : 0);
  },
  fill({ value }) {
    const fill = declared(value);
    return (state) => {
      if (state.form === null) state.form = state.cell = fill;
    };
  },
  encode({ categories, codes, unknown, missing }) {
    const codeOf = new Map(categories.map((each, at) => [declared(each), codes[at]]));
    codeOf.set(null, missing);
    return (state) => {
      const code = codeOf.has(state.form) ? codeOf.get(state.form) : unknown;
      if (code === null) {
        return state.form === null ? "is missing" : "is not one of the categories";
      }
      state.cell = code;
      return undefined;
    };
  },
  one_hot: ({ names }) => (state) => {
    state.hot = new Array(names.length).fill(0);
    if (state.cell >= 0) state.hot[state.cell] = 1;
  },
};
