"""TypeScript's view of an exported transform: the fitted columns, what may enter and what leaves.

A key is required, since a missing key is an error when the transform runs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from datacheck.ops import Cast, Fill, KnnFill, Missing, words_of

if TYPE_CHECKING:
    from datacheck.ops import Fitted, Program

_OTHER = {"boolean": "boolean", "duration": "number | bigint"}

_TEMPLATE = """\
export {{ DatacheckError }} from "./lib/errors.js";

/** What a row must hold. A cell that is null or NaN is missing. */
export interface Row {{
{row}}}

/** What leaves for the fitted fields. */
export interface Prepared {{
{prepared}}}

export interface Options {{
  /** "missing" takes an absent key for a missing value; by default it is an error. */
  readonly missingKeys?: "error" | "missing";
}}

export interface Field {{
  readonly name: keyof Row;
  readonly kind: "number" | "text" | "boolean" | "date" | "datetime" | "duration" | "time";
}}

/** The numeric fields, in the order of the columns of a batch. */
export const columns: readonly [{columns}];

/** Every fitted field, in the order of the table that was fitted. */
export const fields: readonly Field[];

/** What the numbers of a batch are. */
export const output: "{output}";

/** One row with its fitted fields prepared; other fields stay as they are. */
export function transform<R extends Row>(
  row: R,
  options?: Options,
): Omit<R, keyof Prepared> & Prepared;
export function transform<R extends Partial<Row>>(
  row: R,
  options: {{ readonly missingKeys: "missing" }},
): Omit<R, keyof Prepared> & Prepared;

/** Rows as `transform` gives them; an error names the row. */
export function transformRows<R extends Row>(
  rows: readonly R[],
  options?: Options,
): (Omit<R, keyof Prepared> & Prepared)[];
export function transformRows<R extends Partial<Row>>(
  rows: readonly R[],
  options: {{ readonly missingKeys: "missing" }},
): (Omit<R, keyof Prepared> & Prepared)[];

/**
 * The numeric fields of many rows, row after row: shape [rows.length, columns.length]. NaN is a
 * cell that is missing and has no imputation. Other fields are not in it: see `transformRows`.
 */
export function transformBatch(rows: readonly Partial<Row>[], options?: Options): {batch};
"""


def declarations(fitted: Fitted) -> str:
    """The text of ``index.d.ts``."""
    numbers = [program for program in fitted.programs if program.kind == "number"]
    return _TEMPLATE.format(
        row="".join(f"  {json.dumps(p.column)}: {_enters(p)};\n" for p in fitted.programs),
        prepared="".join(f"  {json.dumps(p.column)}: {_leaves(p)};\n" for p in fitted.programs),
        columns=", ".join(json.dumps(program.column) for program in numbers),
        output=fitted.output,
        batch="Float32Array" if fitted.output == "float32" else "Float64Array",
    )


def _enters(program: Program) -> str:
    if program.kind != "number":
        return f"{_OTHER.get(program.kind, 'string')} | null"
    words = {v for op in program.ops if isinstance(op, Missing) for v in words_of(op)}
    texts = sorted(map(json.dumps, words))
    if isinstance(program.ops[0], Cast):
        texts = ["string", "boolean"]
    return " | ".join(["number", "bigint", *texts, "null"])


def _leaves(program: Program) -> str:
    kind = "number" if program.kind == "number" else _OTHER.get(program.kind, "string")
    filled = any(isinstance(op, Fill | KnnFill) for op in program.ops)
    return kind if filled else f"{kind} | null"
