/** Evaluations in shards and processes by the built program, cut at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../configuration/index.ts';
import { openRun, type Run } from '../runs/index.ts';
import { built } from '../testing/built.ts';
import { smallData, smallRun } from './testing/small-run.ts';

const main = join(packageRoot, 'dist', 'cli', 'main.js');
/** Long enough to be cut, and of two attack runs. */
const attacks = ['--attack', 'pgd-15', 'square-15', '--batch', '8'];

let folder: string;
let original: Run;
let count = 0;
let whole: string;

beforeAll(async () => {
  await built();
  folder = await mkdtemp(join(tmpdir(), 'dualbn-processes-'));
  const data = await smallData(join(folder, 'data'), {
    tests: 80,
    classOf: (at) => [0, 0, 1, 0, 2][at % 5],
  });
  // Small enough that most images stand to the end.
  // The reference engine does not let go of the thread that hears signals.
  const overrides = ['evaluation.epsilon=0.5/255', 'engine={name: onnx, threads: 1}'];
  original = await smallRun(join(folder, 'original', 'run'), data, overrides);
  const run = fresh();
  expect(await ended(evaluate(run))).toMatchObject({ status: 0 });
  whole = textOf(run);
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

function fresh(): Run {
  const directory = join(folder, `copy-${count++}`, 'run');
  cpSync(original.directory, directory, { recursive: true });
  return openRun(directory);
}

const evaluate = ({ directory }: Run, ...argv: string[]): ChildProcess =>
  spawn(process.execPath, [main, 'evaluate', directory, ...attacks, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function ended(child: ChildProcess) {
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said += bytes;
  });
  child.stdout?.resume();
  const [status, by] = await once(child, 'close');
  return { status, by, said };
}

const filesOf = ({ paths }: Run) => (existsSync(paths.evaluations) ? readdirSync(paths.evaluations) : []);

const textOf = (run: Run): string => {
  const [name] = filesOf(run).filter((each) => each.endsWith('.json'));
  return readFileSync(join(run.paths.evaluations, name), 'utf8').replace(
    /"created": "[^"]*"|"digest": "[0-9a-f]{64}"\n}/g,
    '',
  );
};

/** How many results are kept of evaluations under way. */
const keptBy = (run: Run) =>
  filesOf(run)
    .filter((name) => name.endsWith('.part'))
    .map((name) => readFileSync(join(run.paths.evaluations, name), 'utf8').split('\n').length - 1)
    .reduce((sum, lines) => sum + lines, 0);

/** Processes whose command line names the folder of a run; Linux alone tells. */
function workersOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return (
          Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('shard-worker')
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('shards in processes of their own', () => {
  test('two at once in one run, then merged, are the same document', async () => {
    const run = fresh();
    const both = await Promise.all(['1/2', '2/2'].map((shard) => ended(evaluate(run, '--shard', shard))));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(await ended(evaluate(run, '--merge'))).toMatchObject({ status: 0 });
    expect(textOf(run)).toBe(whole);
  });

  test('killed at any moment, they go on to the same document', async () => {
    const run = fresh();
    const killedWhen = async (isReached: (seconds: number) => boolean) => {
      const began = Date.now();
      const child = evaluate(run, '--shard', '1/2');
      const end = ended(child);
      while (child.exitCode === null && !isReached((Date.now() - began) / 1000)) await setTimeout(2);
      child.kill('SIGKILL');
      return end;
    };
    await killedWhen((seconds) => seconds > 2 * Math.random());
    expect(await killedWhen(() => keptBy(run) > 0)).toMatchObject({ by: 'SIGKILL' });
    const kept = keptBy(run);
    expect(kept).toBeGreaterThan(0);
    for (const most of [1, 2])
      await killedWhen((seconds) => keptBy(run) > kept || seconds > most * Math.random());
    for (const shard of ['1/2', '2/2'])
      expect(await ended(evaluate(run, '--shard', shard))).toMatchObject({ status: 0 });
    expect(await ended(evaluate(run, '--merge'))).toMatchObject({ status: 0 });
    expect(textOf(run)).toBe(whole);
  });
});

describe('--processes', () => {
  test('two give the same document, with their progress as one', async () => {
    const run = fresh();
    const { status, said } = await ended(evaluate(run, '--processes', '2'));
    expect({ status, files: filesOf(run), said }).toEqual({
      status: 0,
      files: [expect.stringMatching(/\.json$/)],
      said: expect.not.stringContaining('error'),
    });
    expect(textOf(run)).toBe(whole);
    expect(said).toMatch(/NS adv, AP adv: .* after pgd-15/);
  });

  test('bad input is said once', async () => {
    const run = fresh();
    const { status, said } = await ended(evaluate(run, '--processes', '2', '--examples', '81'));
    expect({ status, files: filesOf(run) }).toEqual({ status: 2, files: [] });
    expect(said.match(/81 examples were asked for/g)).toHaveLength(1);
  });

  test.runIf(process.platform === 'linux')(
    'a process that is killed is told, what the others found is kept, and the same command goes on',
    async () => {
      const run = fresh();
      const child = evaluate(run, '--processes', '2');
      const end = ended(child);
      let workers: number[] = [];
      while (workers.length < 2) {
        await setTimeout(20);
        workers = workersOf(child.pid);
      }
      process.kill(workers[0], 'SIGKILL');
      const { status, said } = await end;
      expect(status).toBe(1);
      expect(said).toMatch(/1 of 2 processes failed:\n {2}shard [12]\/2: its process was killed by SIGKILL/);
      expect(filesOf(run)).toEqual([expect.stringMatching(/-[12]-of-2\.shard$/)]);
      expect(await ended(evaluate(run, '--processes', '2'))).toMatchObject({ status: 0 });
      expect(textOf(run)).toBe(whole);
    },
  );

  test.runIf(process.platform === 'linux').each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
    '%s ends its processes, which keep what they found',
    async (signal) => {
      const run = fresh();
      const child = evaluate(run, '--processes', '2');
      const end = ended(child);
      // Both have results, and one at least is at work.
      let said = '';
      child.stderr?.on('data', (bytes) => {
        said += bytes;
      });
      while (!said.includes('after pgd-15')) await setTimeout(5);
      const workers = workersOf(child.pid);
      expect(workers.length).toBeGreaterThan(0);
      child.kill(signal);
      const { status } = await end;
      expect([130, null]).toContain(status);
      const began = Date.now();
      while (workers.some((pid) => existsSync(`/proc/${pid}`))) {
        expect(Date.now() - began).toBeLessThan(20_000);
        await setTimeout(50);
      }
      expect(filesOf(run).filter((name) => name.endsWith('.json'))).toEqual([]);
      expect(keptBy(run)).toBeGreaterThan(0);
      expect(filesOf(run)).toHaveLength(2);
      expect(await ended(evaluate(run, '--processes', '2'))).toMatchObject({ status: 0 });
      expect(textOf(run)).toBe(whole);
    },
  );
});
