#!/usr/bin/env node
/**
 * Proves this folder: replays its golden rows and compares bit by bit what comes out.
 *
 *     node verify.mjs              says what differs; exits with 1 if anything does
 *     node verify.mjs --outcomes   prints what came out of each row, as JSON
 */

import { readFileSync } from "node:fs";
import { outcomes, outcomesBack, differences, printable } from "./lib/replay.js";

const load = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

const golden = load("./golden.json");
const { default: embedded } = await import("./lib/transform.js");
const same = JSON.stringify(load("./transform.json")) === JSON.stringify(embedded);
const module = await import("./index.js");
const results = outcomes(module, golden);
const back = golden.back ? outcomesBack(module, golden.back) : [];

if (process.argv.includes("--outcomes")) {
  // What two ways give alike is printed once: of a wide table it is megabytes.
  const [printed, printedBack] = [results, back].map(
    (ways) => `[${[...new Set(ways.map((way) => JSON.stringify(printable(way))))]}]`,
  );
  console.log(`{"embedded":${same},"results":${printed},"back":${printedBack}}`);
} else {
  const found = results.flatMap((result) => differences(golden, result));
  for (const result of back) {
    found.push(...differences(golden.back, result).map((line) => `the way back: ${line}`));
  }
  if (!same) found.unshift("lib/transform.js and transform.json are not the same transform");
  for (const line of found) console.error(line);
  const verdict = found.length ? `${found.length} difference(s)` : "the same bits";
  console.log(`${golden.rows.length} golden rows: ${verdict}`);
  process.exitCode = found.length ? 1 : 0;
}
