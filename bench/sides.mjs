/**
 * Two sides of a comparison: fresh processes that print one JSON document each, in alternation, so that whatever else the machine
 * does meets both alike. What counts is the ratio within a pair. Run it on a quiet machine: another busy process slows both sides,
 * but not equally.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** @typedef {Readonly<Record<string, number>>} Measurement */
/** @typedef {readonly [key: string, name: string, unit: string]} Quantity */
/** @typedef {{ dualbn: Measurement, pytorch: Measurement }} Pair */

/** A Python with PyTorch: Debian's python3-torch, or what DUALBN_PYTHON names. */
export const python = process.env.DUALBN_PYTHON ?? '/usr/bin/python3';

export const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {readonly string[]} command @returns {Promise<any>} */
export async function measure([program, ...args]) {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

const median = (/** @type {number[]} */ values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * A pair of measurements a round, the ratios of each to standard error.
 *
 * @param {Readonly<Record<'dualbn' | 'pytorch', readonly string[]>>} sides
 * @param {number} rounds @param {readonly Quantity[]} quantities @returns {Promise<Pair[]>}
 */
export async function alternate(sides, rounds, quantities) {
  const pairs = [];
  for (let round = 1; round <= rounds; round += 1) {
    const dualbn = await measure(sides.dualbn);
    const pytorch = await measure(sides.pytorch);
    pairs.push({ dualbn, pytorch });
    const ratios = quantities.map(([key, name]) => `${name} ${(pytorch[key] / dualbn[key]).toFixed(2)}x`);
    process.stderr.write(`round ${round}: PyTorch / dualbn: ${ratios.join(', ')}\n`);
  }
  return pairs;
}

/** Medians of each quantity, and of the ratios. @param {readonly Pair[]} pairs @param {readonly Quantity[]} quantities */
export const summarize = (pairs, quantities) =>
  quantities.map(([key, name, unit]) => {
    const ratios = pairs.map(({ dualbn, pytorch }) => pytorch[key] / dualbn[key]);
    return {
      name,
      unit,
      dualbn: median(pairs.map((pair) => pair.dualbn[key])),
      pytorch: median(pairs.map((pair) => pair.pytorch[key])),
      ratio: median(ratios),
      ratios,
    };
  });

/** @param {ReturnType<typeof summarize>} summary */
export function printSummary(summary) {
  for (const { name, unit, dualbn, pytorch, ratio, ratios } of summary) {
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    const value = (/** @type {number} */ of) => `${of.toFixed(of < 10 ? 2 : 0).padStart(6)} ${unit}`;
    process.stdout.write(
      `${name.padEnd(40)} dualbn ${value(dualbn)}   PyTorch ${value(pytorch)}   ratio ${ratio.toFixed(2)} (${spread})\n`,
    );
  }
}
