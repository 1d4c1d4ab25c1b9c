/** Runs in processes of their own, those of the built program, and what becomes of them where one is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointPath, readCheckpoint } from '../../runs/index.ts';
import { built } from '../../testing/built.ts';
import type { PerformPlanned, Reproduction, ReproductionListener } from '../index.ts';
import { smallReproduction } from '../testing/small-plan.ts';

let folder: string;
let program: string;
let reproduction: typeof import('../index.ts');
/** verdicts.json of a reproduction that nobody disturbed, but for when it was made. */
let expected: string;

const never = new AbortController().signal;
const names = ['madry-8-255-seed-0', 'cross-at-clean-8-255-seed-0'];

const inChildren =
  ({ scaleName, scale, plan, directory }: Reproduction): PerformPlanned =>
  (run, onWork) => {
    const task = { run: run.name, scaleName, scale, request: plan.request, directory };
    return reproduction.performInChild(task, process.env, never, onWork);
  };

/** Performs what is left, each run in a process of its own; gives what failed. */
async function perform(small: Reproduction, onWork?: ReproductionListener['onWork']): Promise<string[]> {
  const failures: string[] = [];
  await reproduction.openReproduction(small);
  await reproduction.performPlan(
    small,
    { jobs: 2, signal: never, perform: inChildren(small) },
    {
      ...(onWork ? { onWork } : {}),
      onFailure: ({ name }, error) => failures.push(`${name}: ${error.message}`),
    },
  );
  return failures;
}

async function verdictsOf(small: Reproduction): Promise<string> {
  const { path } = await reproduction.concludeReproduction(small);
  const { firstTraining: _, digest: __, ...document } = JSON.parse(await readFile(path, 'utf8'));
  return JSON.stringify(document);
}

/** The process that works on a run, by the lock that it holds. */
async function workerOf({ directory }: Reproduction, name: string): Promise<number> {
  for (;;) {
    try {
      return JSON.parse(await readFile(join(directory, `${name}.lock`, 'holder'), 'utf8')).pid;
    } catch {
      await setTimeout(50);
    }
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A process that performs a reproduction in children; resolves when both of these are training. */
async function parentOf(small: Reproduction): Promise<{ parent: ChildProcess; workers: number[] }> {
  const script = `
    import { openReproduction, performInChild, performPlan } from ${JSON.stringify(program)};
    const small = JSON.parse(process.argv[2]);
    const { scale, plan: { request }, directory } = small;
    const { signal } = new AbortController();
    await openReproduction(small);
    await performPlan(small, { jobs: 2, signal, perform: (run, onWork) =>
      performInChild({ run: run.name, scale, request, directory }, process.env, signal, onWork) },
      { onWork: (done, total, doing) => console.log(doing) });`;
  // A file, as children are started with the options of their parent: with `-e` they would perform the plan, too.
  const path = join(folder, 'parent.mjs');
  await writeFile(path, script);
  const parent = spawn(process.execPath, [path, JSON.stringify(small)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    let heard = '';
    parent.stdout.on('data', (text) => {
      heard += text;
      if (names.every((name) => heard.includes(`${name}: training`))) resolve();
    });
    parent.on('close', () => reject(new Error(`it ended before its children trained: ${heard}`)));
  });
  return { parent, workers: await Promise.all(names.map((name) => workerOf(small, name))) };
}

beforeAll(async () => {
  program = pathToFileURL(join(await built(), 'reproduction', 'index.js')).href;
  reproduction = await import(program);
  folder = await mkdtemp(join(tmpdir(), 'dualbn-child-process-'));
  const small = smallReproduction(join(folder, 'undisturbed'));
  expect(await perform(small)).toEqual([]);
  expected = await verdictsOf(small);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a child that is killed is reported, the others go on, and the next start finishes its run', async () => {
  const small = smallReproduction(join(folder, 'killed-child'));
  let killed = false;
  const failures = await perform(small, async (_, __, doing) => {
    if (killed || doing !== `${names[0]}: training`) return;
    killed = true;
    process.kill(await workerOf(small, names[0]), 'SIGKILL');
  });
  expect(failures).toEqual([expect.stringMatching(/^madry.*its process was killed by SIGKILL/)]);
  const { document } = await reproduction.concludeReproduction(small);
  expect(document.runs.map(({ done }) => done)).toEqual([false, true]);
  expect(await perform(small)).toEqual([]);
  expect(await verdictsOf(small)).toBe(expected);
});

test('where the parent is killed, its children write a checkpoint and end', async () => {
  const small = smallReproduction(join(folder, 'killed-parent'));
  const { parent, workers } = await parentOf(small);
  parent.kill('SIGKILL');
  const began = Date.now();
  while (workers.some(isAlive)) {
    expect(Date.now() - began).toBeLessThan(20_000);
    await setTimeout(100);
  }
  for (const name of names) {
    const { metadata } = await readCheckpoint(checkpointPath(join(small.directory, 'runs', name), 'last'));
    expect(metadata.step).toBeGreaterThan(0);
  }
});

test('the next start waits for a child that lives on, then takes its run over', async () => {
  const small = smallReproduction(join(folder, 'living-child'));
  const { parent, workers } = await parentOf(small);
  // Stopped, so that it is certainly there when the next start comes.
  for (const worker of workers) process.kill(worker, 'SIGSTOP');
  parent.kill('SIGKILL');
  const heard = new Set<string>();
  const failures = await perform(small, (_, __, doing) => {
    heard.add(doing);
    if (names.every((name) => heard.has(`${name}: waiting for another process that works on it`)))
      for (const worker of workers.filter(isAlive)) process.kill(worker, 'SIGCONT');
  });
  expect(failures).toEqual([]);
  expect(await verdictsOf(small)).toBe(expected);
});

test('a child that fails gives the kind, the code and the message of its error', async () => {
  const small = smallReproduction(join(folder, 'failed'));
  const { scaleName, scale, plan, directory } = small;
  const task = { run: 'none', scaleName, scale, request: plan.request, directory };
  await expect(reproduction.performInChild(task, process.env, never, () => undefined)).rejects.toMatchObject({
    exitCode: 2,
    code: 'invalid-input',
    message: 'the plan has no run none',
  });
});
