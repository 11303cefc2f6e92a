"""TypeScript's view of an exported transform: the fitted columns, what may enter and what leaves.

A key is required, since a missing key is an error when the transform runs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from datacheck.ops import (
    Cast,
    Encode,
    Fill,
    KnnFill,
    features_of,
    first,
    missing_op,
    outputs,
    words_of,
)
from datacheck.transform.inverse import categories_by_code

if TYPE_CHECKING:
    from datacheck.ops import Fitted, Program

_OTHER = {"boolean": "boolean", "duration": "number | bigint", "integer": "number | bigint"}

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

export interface BatchOptions extends Options {{
  /** The fields to prepare, where not all: what comes out is theirs alone, in their order. */
  readonly columns?: readonly (keyof Row)[];
}}

export interface PartOptions extends BatchOptions {{
  readonly columns: readonly (keyof Row)[];
}}

export interface Field {{
  readonly name: keyof Row;
  readonly kind:
    | "number"
    | "integer"
    | "text"
    | "boolean"
    | "date"
    | "datetime"
    | "duration"
    | "time";
  readonly role: "feature" | "target" | "time" | "group" | "weight";
  /** Whether it has columns in a batch. */
  readonly feature: boolean;
}}

/** The features, which are the columns of a batch, in order. */
export const columns: readonly [{columns}];

/** Every fitted field, in the order of the table that was fitted. */
export const fields: readonly Field[];

/** What the numbers of a batch are. */
export const output: "{output}";

/** One row with its fitted fields prepared; other fields stay as they are. */
export function transform(row: Partial<Row>, options: PartOptions): Partial<Prepared>;
export function transform<R extends Row>(
  row: R,
  options?: Options,
): Omit<R, keyof Prepared> & Prepared;
export function transform<R extends Partial<Row>>(
  row: R,
  options: {{ readonly missingKeys: "missing" }},
): Omit<R, keyof Prepared> & Prepared;

/** Rows as `transform` gives them; an error names the row. */
export function transformRows(
  rows: readonly Partial<Row>[],
  options: PartOptions,
): Partial<Prepared>[];
export function transformRows<R extends Row>(
  rows: readonly R[],
  options?: Options,
): (Omit<R, keyof Prepared> & Prepared)[];
export function transformRows<R extends Partial<Row>>(
  rows: readonly R[],
  options: {{ readonly missingKeys: "missing" }},
): (Omit<R, keyof Prepared> & Prepared)[];

/**
 * The features of many rows, row after row: shape [rows.length, columns.length]. NaN is a cell that
 * is missing and has no imputation. Text that is not encoded is not in it: see `transformRows`.
 */
export function transformBatch(rows: readonly Partial<Row>[], options?: BatchOptions): {batch};

/** The columns of a batch of these fields alone; of all of them, where none are given. */
export function featuresOf(columns?: readonly (keyof Row)[]): readonly string[];

/** Fields of which each code is a category; null is the category of no code. */
export interface Categories {{
{categories}}}

/**
 * Prepared cells in their own units again: scaling and powers are undone, and a code is its
 * category. Takes any part of the prepared fields, or numbers of one field with its name.
 */
export function inverse<P extends Partial<Record<keyof Prepared, unknown>>>(
  cells: P,
): {{ [K in keyof P]: K extends keyof Categories ? Categories[K] : P[K] }};
export function inverse<K extends keyof Categories>(code: number, name: K): Categories[K];
export function inverse<K extends keyof Categories>(
  codes: ArrayLike<number>,
  name: K,
): Categories[K][];
export function inverse(number: number, name: keyof Row): number;
export function inverse(numbers: ArrayLike<number | null>, name: keyof Row): Float64Array;
"""


def declarations(fitted: Fitted) -> str:
    """The text of ``index.d.ts``."""
    leaving = [(name, _leaves(p, name), _mark(p)) for p in fitted.programs for name in outputs(p)]
    return _TEMPLATE.format(
        row="".join(
            f"  {json.dumps(p.column)}{_mark(p)}: {_enters(p)};\n" for p in fitted.programs
        ),
        prepared="".join(f"  {json.dumps(name)}{mark}: {kind};\n" for name, kind, mark in leaving),
        columns=", ".join(map(json.dumps, features_of(fitted.programs))),
        output=fitted.output,
        categories="".join(
            f"  {json.dumps(p.column)}: {_OTHER.get(p.kind, 'string').partition(' ')[0]} | null;\n"
            for p in fitted.programs
            if categories_by_code(p)
        ),
        batch="Float32Array" if fitted.output == "float32" else "Float64Array",
    )


def _mark(program: Program) -> str:
    """A question mark after a field that may be absent."""
    return "?" if program.role == "target" or not program.required else ""


def _enters(program: Program) -> str:
    if program.kind != "number":
        return f"{_OTHER.get(program.kind, 'string')} | null"
    texts = sorted(map(json.dumps, set(words_of(missing_op(program)))))
    if isinstance(program.ops[0], Cast):
        texts = ["string", "boolean"]
    return " | ".join(["number", "bigint", *texts, "null"])


def _leaves(program: Program, name: str) -> str:
    encoded = first(program.ops, Encode) is not None
    if encoded or name != program.column:
        return "number"
    kind = "number" if program.kind == "number" else _OTHER.get(program.kind, "string")
    filled = any(isinstance(op, Fill | KnnFill) for op in program.ops)
    return kind if filled else f"{kind} | null"
