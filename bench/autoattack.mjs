/**
 * Attacks of AutoAttack here against the original (fra31/auto-attack) on PyTorch: the same weights, images and bound, one after the
 * other; accuracies and seconds of both.
 *
 *   npm run build && node bench/autoattack.mjs --original DIR --attack aa-fast --images 200 --epsilon 8/255 --run RUN --data DATA
 *
 * DIR is a checkout of the original: the folder that holds its package `autoattack`. RUN is a run directory with test data in DATA,
 * seen through the cell of --branch; without one it is an untrained network, which takes as true what it says of random images
 * (small bounds then: --epsilon 0.5/255). Seconds are those of the attack, loading and compiling included, clean passes too. Random
 * starts differ, so that single images may.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkWholeNumber, readOptions, refuse as refuseFor } from './options.mjs';
import { here, measure, python } from './sides.mjs';

/** What the original calls the attacks that make up ours. */
const attacks = {
  'apgd-ce': ['apgd-ce'],
  'apgd-dlr': ['apgd-dlr'],
  'apgd-t': ['apgd-t'],
  'aa-fast': ['apgd-ce', 'apgd-t'],
  'square-5000': ['square'],
};

const refuse = (/** @type {string} */ what) => refuseFor(import.meta.url, what);

const options = /** @type {const} */ ({
  original: { type: 'string' },
  attack: { type: 'string', default: 'aa-fast' },
  images: { type: 'string', default: '100' },
  epsilon: { type: 'string', default: '8/255' },
  run: { type: 'string' },
  data: { type: 'string' },
  branch: { type: 'string', default: 'adv' },
  network: { type: 'string', default: 'resnet18' },
  threads: { type: 'string', default: '2' },
  engine: { type: 'string', default: 'auto' },
  json: { type: 'boolean', default: false },
});

function checkOptions() {
  const { original, run, data, json, ...rest } = readOptions(import.meta.url, options);
  if (original === undefined)
    refuse('--original DIR is missing: a checkout of fra31/auto-attack, the folder that holds autoattack/');
  if (!existsSync(join(original, 'autoattack', 'autoattack.py')))
    refuse(`--original ${original}: there is no autoattack/autoattack.py in it`);
  if (!Object.hasOwn(attacks, rest.attack))
    refuse(`--attack ${rest.attack}: expected one of ${Object.keys(attacks).join(', ')}`);
  for (const name of /** @type {const} */ (['images', 'threads']))
    checkWholeNumber(import.meta.url, name, rest[name]);
  if (!/^\d+(\.\d+)?(\/[1-9]\d*)?$/.test(rest.epsilon))
    refuse(`--epsilon ${rest.epsilon}: expected a number, as 8/255`);
  if (run !== undefined && !existsSync(run)) refuse(`--run ${run}: there is no such directory`);
  return {
    original: resolve(original),
    json,
    ours: { ...rest, ...(run ? { run } : {}), ...(data ? { data } : {}) },
  };
}

const { original, json, ours } = checkOptions();
const folder = await mkdtemp(join(tmpdir(), 'dualbn-autoattack-'));
try {
  const given = Object.entries(ours).flatMap(([name, value]) => [`--${name}`, value]);
  const dualbn = await measure([process.execPath, here('autoattack-side.mjs'), '--folder', folder, ...given]);
  const pytorch = await measure([
    ...[python, '-B', here('pytorch/autoattack_side.py'), '--original', original, '--folder', folder],
    ...['--network', dualbn.network, '--epsilon', String(dualbn.epsilon), '--threads', ours.threads],
    ...(dualbn.width === undefined ? [] : ['--width', String(dualbn.width)]),
    ...['--attacks', attacks[/** @type {keyof typeof attacks} */ (ours.attack)].join()],
  ]);
  const differing = dualbn.robust.filter((flag, at) => flag !== pytorch.robust[at]).length;
  if (json) process.stdout.write(`${JSON.stringify({ ...ours, dualbn, pytorch, differing })}\n`);
  else {
    const percent = (/** @type {number[]} */ flags) =>
      ((100 * flags.reduce((sum, flag) => sum + flag, 0)) / flags.length).toFixed(1).padStart(5);
    process.stdout.write(
      `${dualbn.network}, ${ours.attack} at ${ours.epsilon}, ${ours.images} images, ${ours.threads} threads, ${dualbn.engine}, ${pytorch.engine}\n`,
    );
    for (const [name, { clean, robust, seconds }] of Object.entries({ dualbn, original: pytorch }))
      process.stdout.write(
        `${name.padEnd(10)} clean ${percent(clean)} %   robust ${percent(robust)} %   ${seconds.toFixed(1)} s\n`,
      );
    process.stdout.write(
      `original / dualbn: ${(pytorch.seconds / dualbn.seconds).toFixed(2)} times the seconds; robust differs in ${differing} images\n`,
    );
  }
} catch (error) {
  // What the side that failed has to say.
  process.stderr.write(`${error instanceof Error && 'stderr' in error ? error.stderr : error}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
