/**
 * Numbers as people spell them, where the schema declares how: 3.447,54 or $-5 or (12 %).
 *
 * The regular expression is the one of every other runtime. It cuts a text into what stands before
 * the digits, the digits, and what stands behind them; the value is the double nearest to the
 * digits, times the factor of the unit.
 */

/** White space around a number, that of people (no-break, narrow, thin) with ASCII's. */
const BLANK = /^[ \t\n\r\f\v\u00a0\u202f\u2009]*$/;
const EDGES = /^[ \t\n\r\f\v\u00a0\u202f\u2009)]+|[ \t\n\r\f\v\u00a0\u202f\u2009)]+$/g;

/**
 * @param {{pattern: string, words: string, marks: string, decimal: string,
 *   factors: Record<string, number>}} numeral
 * @returns {(text: string) => number | undefined} NaN for a blank text, undefined for no number
 */
export function compileNumeral(numeral) {
  const whole = new RegExp(numeral.pattern);
  const words = new RegExp(numeral.words);
  const marks = numeral.marks ? new RegExp(numeral.marks, "g") : undefined;
  const factors = new Map(Object.entries(numeral.factors));
  return (text) => {
    if (BLANK.test(text)) return NaN;
    const match = whole.exec(text);
    if (!match) {
      const word = words.exec(text);
      return word ? wordOf(word[1]) : undefined;
    }
    const [, head, , tail] = match;
    if (head.includes("(") !== tail.includes(")")) return undefined;
    const digits = marks ? match[2].replace(marks, "") : match[2];
    const value = Number(digits.replace(numeral.decimal, "."));
    const signed = /[-\u2212(]/.test(head) ? -value : value;
    const unit = tail.replace(EDGES, "");
    if (unit === "") return signed;
    const factor = factors.get(unit);
    return factor === undefined ? undefined : signed * factor;
  };
}

function wordOf(word) {
  if (/nan/i.test(word)) return NaN;
  return word.startsWith("-") ? -Infinity : Infinity;
}
