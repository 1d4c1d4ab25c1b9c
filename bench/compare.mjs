/**
 * dualbn against PyTorch: the same network, batch, threads and mathematics, in alternation, so that whatever else the
 * machine does meets both alike. Each round is a pair of fresh processes; what counts is the ratio within a pair.
 *
 *   npm run build && node bench/compare.mjs --network resnet18 --batch 64 --threads 2 --rounds 3 --engine onnx
 *
 * Needs a Python with PyTorch: /usr/bin/python3 (Debian's python3-torch) or what DUALBN_PYTHON names. `--json` prints one
 * document with every measurement. Run it on a quiet machine: another busy process slows both, but not equally.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

/** @typedef {{ attackStepMs: number, trainStepMs: number, peakRssMb: number }} Measurement */

const quantities = /** @type {const} */ ([
  ['attackStepMs', 'attack step', 'ms'],
  ['trainStepMs', 'training step, dual-bn with PGD', 'ms'],
  ['peakRssMb', 'largest memory', 'MB'],
]);

const { values: options } = parseArgs({
  options: {
    network: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
  },
});

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const { rounds, json, engine, ...measured } = options;
const shared = Object.entries(measured).flatMap(([name, value]) => [`--${name}`, value]);
const sides = /** @type {const} */ ({
  dualbn: [process.execPath, here('../dist/cli/main.js'), 'bench', '--json', '--engine', engine, ...shared],
  pytorch: [process.env.DUALBN_PYTHON ?? '/usr/bin/python3', '-B', here('pytorch/bench.py'), ...shared],
});

/** @param {readonly string[]} command @returns {Promise<Measurement>} */
async function measure([program, ...args]) {
  const { stdout } = await promisify(execFile)(program, args);
  return JSON.parse(stdout);
}

const median = (/** @type {number[]} */ values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** @type {{ dualbn: Measurement, pytorch: Measurement }[]} */
const pairs = [];
for (let round = 1; round <= Number(rounds); round += 1) {
  const dualbn = await measure(sides.dualbn);
  const pytorch = await measure(sides.pytorch);
  pairs.push({ dualbn, pytorch });
  const ratios = quantities.map(([key, name]) => `${name} ${(pytorch[key] / dualbn[key]).toFixed(2)}x`);
  process.stderr.write(`round ${round}: PyTorch / dualbn: ${ratios.join(', ')}\n`);
}

const summary = quantities.map(([key, name, unit]) => {
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

if (json) process.stdout.write(`${JSON.stringify({ ...measured, engine, summary, pairs })}\n`);
else {
  const { network, batch, threads } = options;
  process.stdout.write(
    `${network}, batch ${batch}, ${threads} threads, engine ${engine}, medians of ${rounds} rounds\n`,
  );
  for (const { name, unit, dualbn, pytorch, ratio, ratios } of summary) {
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    process.stdout.write(
      `${name.padEnd(32)} dualbn ${dualbn.toFixed(0).padStart(6)} ${unit}   PyTorch ${pytorch.toFixed(0).padStart(6)} ${unit}   ratio ${ratio.toFixed(2)} (${spread})\n`,
    );
  }
}
