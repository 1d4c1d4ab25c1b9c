/** An evaluation in a process of its own, killed again and again: whoever finishes it writes the document that one would have written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../configuration/index.ts';
import { built } from '../testing/built.ts';

const main = join(packageRoot, 'dist', 'cli', 'main.js');
let folder: string;

/** Runs the command to its end. */
async function dualbn(...argv: string[]) {
  const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const [status] = await once(child, 'close');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
}

beforeAll(async () => {
  await built();
  folder = await mkdtemp(join(tmpdir(), 'dualbn-evaluate-killed-'));
  const settings = [
    ...[
      'data.trainExamples=300',
      'data.validationExamples=20',
      'batchSize=16',
      'epochs=3',
      'network.width=4',
    ],
    ...['attack.steps=1', 'validation.attack=pgd-1', 'engine={name: onnx, threads: 1}'],
  ].flatMap((override) => ['--set', override]);
  await dualbn('train', 'tiny', '--run', join(folder, 'run'), ...settings);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of the run, so that each evaluation is its first. */
function copyOf(name: string): string {
  // Under the same name, which the document says.
  cpSync(join(folder, 'run'), join(folder, name, 'run'), { recursive: true });
  return join(folder, name, 'run');
}

const filesIn = (run: string, ending: string) => {
  const place = join(run, 'evaluations');
  return existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(ending)) : [];
};

/** Lines that are kept of an evaluation under way. */
const linesOf = (run: string) =>
  filesIn(run, '.part').reduce(
    (total, name) => total + readFileSync(join(run, 'evaluations', name), 'utf8').split('\n').length - 1,
    0,
  );

/** The only document of a run, but for when it was written. */
function documentOf(run: string): unknown {
  const names = filesIn(run, '.json');
  expect(names).toHaveLength(1);
  const {
    created: _,
    digest: __,
    ...rest
  } = JSON.parse(readFileSync(join(run, 'evaluations', names[0]), 'utf8'));
  return rest;
}

test('of a suite and attacks that share its stages, killed at any moment, is finished to the same document', async () => {
  const argv = (run: string) => [
    ...['evaluate', run, '--attack', 'pgd-3', 'aa-fast', 'apgd-ce', 'square-30', '--examples', '300'],
    ...['--batch', '50', '--epsilon', '0.3', '--engine', 'onnx'],
  ];
  const whole = copyOf('whole');
  await dualbn(...argv(whole));

  const run = copyOf('killed');
  let [known, kept] = [0, 0];
  for (const delay of [0, 40, 150, 0]) {
    const child = spawn(process.execPath, [main, ...argv(run)], { stdio: 'ignore' });
    const closed = once(child, 'close');
    // Each time further on than before; what is not written yet when it is killed is lost and found again.
    const isOnItsWay = () => linesOf(run) > known;
    while (!isOnItsWay() && child.exitCode === null) await setTimeout(2);
    await setTimeout(delay);
    child.kill('SIGKILL');
    const [, by] = await closed;
    if (by !== 'SIGKILL') break;
    kept += linesOf(run) > known ? 1 : 0;
    known = linesOf(run);
  }
  expect(kept).toBeGreaterThan(1);
  expect(filesIn(run, '.json')).toEqual([]);
  await dualbn(...argv(run));
  expect(filesIn(run, '.part')).toEqual([]);
  expect(documentOf(run)).toEqual(documentOf(whole));
});
