/**
 * dualbn against PyTorch: the same network, batch, threads and mathematics, in alternation, so that whatever else the
 * machine does meets both alike. Each round is a pair of fresh processes; what counts is the ratio within a pair.
 *
 *   npm run build && node bench/compare.mjs --network resnet18 --batch 64 --threads 2 --rounds 3 --engine onnx
 *
 * Needs a Python with PyTorch: /usr/bin/python3 (Debian's python3-torch) or what DUALBN_PYTHON names. `--json` prints one
 * document with every measurement. Run it on a quiet machine: another busy process slows both, but not equally.
 */
import { checkWholeNumber, readOptions } from './options.mjs';
import { alternate, here, printSummary, python, summarize } from './sides.mjs';

const quantities = /** @type {const} */ ([
  ['attackStepMs', 'attack step', 'ms'],
  ['trainStepMs', 'training step, dual-bn with PGD', 'ms'],
  ['peakRssMb', 'largest memory', 'MB'],
]);

const options = readOptions(
  import.meta.url,
  /** @type {const} */ ({
    network: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
  }),
);
for (const name of /** @type {const} */ (['batch', 'steps', 'threads', 'repeat', 'rounds']))
  checkWholeNumber(import.meta.url, name, options[name]);

const { rounds, json, engine, ...measured } = options;
const shared = Object.entries(measured).flatMap(([name, value]) => [`--${name}`, value]);
const sides = /** @type {const} */ ({
  dualbn: [process.execPath, here('../dist/cli/main.js'), 'bench', '--json', '--engine', engine, ...shared],
  pytorch: [python, '-B', here('pytorch/bench.py'), ...shared],
});

const pairs = await alternate(sides, Number(rounds), quantities);
const summary = summarize(pairs, quantities);
if (json) process.stdout.write(`${JSON.stringify({ ...measured, engine, summary, pairs })}\n`);
else {
  const { network, batch, threads } = options;
  process.stdout.write(
    `${network}, batch ${batch}, ${threads} threads, engine ${engine}, medians of ${rounds} rounds\n`,
  );
  printSummary(summary);
}
