/**
 * Evaluation against PyTorch, as either runs it: a forward pass, which is a query of Square, and a step of PGD, in evaluation mode
 * with frozen parameters. On this side by `predictor` and `attack`, with the kernels that results independent of the batch are
 * computed with, and with all that happens between two steps.
 *
 *   npm run build && node bench/evaluation.mjs --network resnet18 --images 64 --threads 2 --rounds 5
 *
 * Each round is a pair of fresh processes (sides.mjs). On a busy machine `--threads 1 --clock cpu` counts the processor's time instead
 * of the clock's. `--json` prints one document with every measurement.
 */
import { checkWholeNumber, readOptions } from './options.mjs';
import { alternate, here, printSummary, python, summarize } from './sides.mjs';

const quantities = /** @type {const} */ ([
  ['forwardMs', 'forward pass', 'ms'],
  ['attackStepMs', 'attack step', 'ms'],
]);

const options = readOptions(
  import.meta.url,
  /** @type {const} */ ({
    network: { type: 'string', default: 'resnet18' },
    images: { type: 'string', default: '64' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    clock: { type: 'string', default: 'wall' },
    rounds: { type: 'string', default: '5' },
    engine: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
  }),
);
for (const name of /** @type {const} */ (['images', 'steps', 'threads', 'repeat', 'rounds']))
  checkWholeNumber(import.meta.url, name, options[name]);
const { rounds, json, engine, ...measured } = options;
const shared = Object.entries(measured).flatMap(([name, value]) => [`--${name}`, value]);
const sides = {
  dualbn: [process.execPath, here('evaluation-side.mjs'), '--engine', engine, ...shared],
  pytorch: [python, '-B', here('pytorch/evaluation.py'), ...shared],
};
const pairs = await alternate(sides, Number(rounds), quantities);
const summary = summarize(pairs, quantities);
if (json) process.stdout.write(`${JSON.stringify({ ...measured, engine, summary, pairs })}\n`);
else {
  const { network, images, threads, clock } = options;
  const { engine: name, instructionSet } = pairs[0].dualbn;
  process.stdout.write(
    `${network}, ${images} images, ${threads} threads, ${clock} time, ${name} ${instructionSet}, medians of ${rounds} rounds\n`,
  );
  printSummary(summary);
}
