"""JavaScript: a folder that a page, a phone or a Node service imports, without dependencies.

It holds the transform as data, a short interpreter of the ops (`runtime/`, as it ships), types made
for the fitted columns, and golden rows with a script that replays them: no generated code.

TypeScript's view of an exported transform: the fitted columns, what may enter and what leaves.

A key is required, since a missing key is an error when the transform runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.javascript.data import FORMAT, as_data
from datacheck.export.javascript.node import Outcome, copy_runtime, outcomes
from datacheck.export.matrix import part_of
from datacheck.files import whole_folder
from datacheck.golden.back import beside, programs_back
from datacheck.golden.compare import document, fingerprint, prove
from datacheck.golden.documents import slim
from datacheck.ops import (
    Cast,
    Encode,
    Fill,
    Fitted,
    KnnFill,
    Program,
    features_of,
    first,
    missing_op,
    outputs,
    words_of,
)
from datacheck.transform.inverse import categories_by_code

#: How large the transform's JSON may be: donors of 10,000 rows and 20 columns are about 4 MB.
LARGEST = 5_000_000


def write(  # noqa: PLR0913 - each an option of the export, by name
    fitted: Fitted,
    path: str | Path,
    *,
    force: bool = False,
    columns: Sequence[str] | None = None,
    name: str = "datacheck-transform",
    version: str = "1.0.0",
    max_bytes: int = LARGEST,
    proven: bool = True,
    inverse: Sequence[str] | str | None = None,
) -> None:
    """Write a transform as a folder of ES modules, proven in Node on its golden rows.

    Parameters
    ----------
    fitted
        The transform.
    path
        The folder to write.
    force
        Overwrite a folder in which every file is as an earlier export wrote it.
    columns
        The columns to export, where not all: the features of a batch are theirs, in their order.
    name, version
        Of the package, for its ``package.json``.
    max_bytes
        How large ``transform.json`` may be. Donors of a neighbour search travel in it.
    proven
        Replay the golden rows in Node before anything appears at `path`. False is for a machine
        without Node: run ``node verify.mjs`` in the folder where there is one.
    inverse
        Columns that are to be brought back: the module's `inverse` brings every number back, so
        they are only looked up.

    Raises
    ------
    ArtefactError
        If the transform is larger than `max_bytes`, Node is not installed, or the golden rows are
        not reproduced.
    SourceError
        If `path` cannot be written, or holds anything that no export wrote.
    """
    if inverse is not None:
        programs_back(fitted, inverse)
    fitted = fitted if columns is None else part_of(fitted, columns)
    data = as_data(fitted) | {"fingerprint": fingerprint(fitted)}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    _refuse_large(fitted, text, max_bytes)
    package = {"name": name, "version": version}
    with whole_folder(path, force=force) as folder:
        copy_runtime(folder)
        golden = document(fitted) | beside(fitted)
        save_data(folder, text, golden)
        _save(folder / "index.d.ts", declarations(fitted))
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8")) | package
        _save(folder / "package.json", json.dumps(manifest, indent=2) + "\n")
        if proven:
            replays = outcomes(folder)
            for replay in replays.there:
                prove(golden, _always(replay), "JavaScript folder")
            for replay in replays.back:
                prove(golden["back"] | {"tolerance": {}}, _always(replay), "JavaScript way back")


def save_data(folder: Path, text: str, golden: dict[str, Any]) -> None:
    """Write what the runtime reads: the transform, as JSON and as a module, and golden rows."""
    _save(folder / "transform.json", text + "\n")
    _save(folder / "lib" / "transform.js", module_of(text))
    _save(folder / "golden.json", json.dumps(slim(golden), ensure_ascii=False, allow_nan=False))


def module_of(text: str) -> str:
    """The transform's JSON as a module: what pages import, who cannot import JSON."""
    return f"export default {text};\n"


def _save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def is_export(folder: Path) -> bool:
    """Whether a folder looks like one that an export wrote."""
    try:
        data = json.loads((folder / "transform.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("format") == FORMAT


def _refuse_large(fitted: Fitted, text: str, max_bytes: int) -> None:
    size = len(text.encode())
    if size <= max_bytes:
        return
    rows: Any = fitted.donors.rows if fitted.donors else ()
    raise ArtefactError(
        "The transform is too large to send to a browser",
        got=f"{size:,} bytes, with {len(rows):,} donors for its neighbour search",
        expected=f"at most {max_bytes:,} bytes",
        todo="fit with fewer donors (prepare: {knn: {max_donors: ...}}), "
        f"or allow it with max_bytes={size}",
    )


def _always(replay: list[Outcome]) -> Callable[[list[dict[str, Any]]], list[Outcome]]:
    """Node reads the golden rows from the folder itself: it ran on them before it was asked."""
    return lambda _rows: replay


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
