/** Tasks in processes of their own, by the built program. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { built } from '../testing/built.ts';
import { performInChild } from './index.ts';

let folder: string;
let worker: URL;

/** Says its process number, then does what the task names. */
const program = (dist: string) => `
  import { InputError } from ${JSON.stringify(`${dist}/errors.js`)};
  import { performTask } from ${JSON.stringify(`${dist}/processes/index.js`)};
  performTask(async ({ what, value }, { signal, say }) => {
    say(process.pid);
    if (what === 'double') return 2 * value;
    if (what === 'refuse') throw new InputError('no such thing', [], { code: 'not-found' });
    if (what === 'exit') process.exit(3);
    if (what === 'fail') throw new TypeError('a bug');
    await new Promise((_, reject) => {
      const wait = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => { clearInterval(wait); reject(signal.reason); });
    });
  });`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-processes-'));
  const path = join(folder, 'worker.mjs');
  await writeFile(path, program(pathToFileURL(await built()).href));
  worker = pathToFileURL(path);
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

const perform = (
  task: { readonly what: string; readonly value?: number },
  { signal, onSaid = () => undefined }: { signal?: AbortSignal; onSaid?: (pid: number) => void } = {},
) => performInChild<number, number>(worker, task, { environment: process.env, signal, onSaid });

test('a result, and what is said before', async () => {
  const pids: number[] = [];
  expect(await perform({ what: 'double', value: 21 }, { onSaid: (pid) => pids.push(pid) })).toBe(42);
  expect(pids).toHaveLength(1);
  expect(pids[0]).not.toBe(process.pid);
});

test('a failure keeps its kind, code and message', () =>
  expect(perform({ what: 'refuse' })).rejects.toMatchObject({
    ...{ name: 'InputError', code: 'not-found', message: 'no such thing' },
  }));

test('after the signal it ends without a result', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  expect(await perform({ what: 'wait' }, { signal, onSaid: () => controller.abort() })).toBeUndefined();
  expect(await perform({ what: 'wait' }, { signal })).toBeUndefined();
});

test.each<[NodeJS.Signals, RegExp]>([
  ['SIGTERM', /^its process was interrupted; the same command goes on$/],
  ['SIGKILL', /^its process was killed by SIGKILL; the same command goes on$/],
])('ended by somebody else with %s', (signal, message) =>
  expect(perform({ what: 'wait' }, { onSaid: (pid) => process.kill(pid, signal) })).rejects.toMatchObject({
    ...{ name: 'RunError', message: expect.stringMatching(message) },
  }),
);

test('ended by itself, with what it complained of', async () => {
  await expect(perform({ what: 'exit' })).rejects.toThrow(/^its process ended with status 3;/);
  await expect(perform({ what: 'fail' })).rejects.toThrow(/status 1: (.|\n)*TypeError: a bug/);
});

test('one signal ends as many children as there are cores, without a warning', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  process.on('warning', onWarning);
  const controller = new AbortController();
  const { signal } = controller;
  let begun = 0;
  const onSaid = () => {
    begun += 1;
    if (begun === 11) controller.abort();
  };
  const children = Array.from({ length: 11 }, () => perform({ what: 'wait' }, { signal, onSaid }));
  expect(await Promise.all(children)).toEqual(children.map(() => undefined));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
