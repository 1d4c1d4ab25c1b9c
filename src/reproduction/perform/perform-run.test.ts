/** Runs performed in this process, from what was there before. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveConfiguration } from '../../configuration/index.ts';
import { beginRun, openSession } from '../../experiments/index.ts';
import { openSealed } from '../../files/index.ts';
import { acquireLock, createRun, describeEnvironment } from '../../runs/index.ts';
import type { PlannedRun } from '../plan.ts';
import { concludeReproduction, openReproduction } from '../reproduce.ts';
import { smallReproduction } from '../testing/small-plan.ts';
import { reproductionDocumentSchema } from '../verdicts/document.ts';
import { performPlan, type Reproduction } from './perform-plan.ts';
import { performRun, stateOf } from './perform-run.ts';

let folder: string;
/** One run of two, done: madry; cross-at-clean is not there. */
let made: Reproduction;

const { signal } = new AbortController();
const workplaceOf = (small: Reproduction) => ({ ...small, signal });
const stateIn = (small: Reproduction, run: PlannedRun) => stateOf(run, small);
const nobody = () => undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-perform-run-'));
  made = smallReproduction(join(folder, 'made'));
  await openReproduction(made);
  const [madry] = made.plan.runs;
  // As a kill leaves it between the making of a run and its first checkpoint.
  const session = await openSession(madry.resolved.configuration, { environment: {} });
  await beginRun(session, madry.resolved, join(made.directory, 'runs', madry.name));
  await session.engine.dispose();
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a run that was cut before its first checkpoint begins anew', async () => {
  const [madry] = made.plan.runs;
  expect(await performRun(madry, workplaceOf(made), nobody)).toBe('done');
  expect(await stateIn(made, madry)).toMatchObject({ done: true });
  // No lock is left, and the run has its file.
  expect(await readdir(made.directory)).toEqual(['reproduction.json', 'runs']);
  expect(await readdir(join(made.directory, 'runs'))).toEqual([madry.name, `${madry.name}.json`]);
});

test('a run of another configuration is reported, and does not stop the plan', async () => {
  const small = smallReproduction(join(folder, 'other'));
  await openReproduction(small);
  const [madry, cross] = small.plan.runs;
  await createRun({
    directory: join(small.directory, 'runs', madry.name),
    resolved: resolveConfiguration({ preset: 'tiny' }),
    environment: await describeEnvironment(
      { name: 'reference', version: '1' },
      { name: 'mnist', checksum: '' },
    ),
  });
  const performed: string[] = [];
  const failures: Error[] = [];
  await performPlan(
    small,
    {
      jobs: 1,
      signal,
      perform: (run, onWork) => {
        performed.push(run.name);
        return run.name === madry.name
          ? performRun(run, workplaceOf(small), onWork)
          : Promise.resolve('done');
      },
    },
    { onFailure: (_, error) => failures.push(error) },
  );
  expect(performed).toEqual([madry.name, cross.name]);
  expect(failures).toEqual([expect.objectContaining({ code: 'mismatch', exitCode: 2 })]);
  const { document } = await concludeReproduction(small);
  expect(document.notes).toEqual([
    expect.stringMatching(/^madry-8-255-seed-0: left out: .* another configuration/),
  ]);
});

test('a damaged document is left out and named, and made again', async () => {
  const [madry] = made.plan.runs;
  const evaluations = join(made.directory, 'runs', madry.name, 'evaluations');
  const [name] = await readdir(evaluations);
  const whole = join(folder, 'whole.json');
  await copyFile(join(evaluations, name), whole);
  await writeFile(join(evaluations, name), '{');
  expect(await stateIn(made, madry)).toMatchObject({ done: false });
  const { document } = await concludeReproduction(made);
  expect(document.notes).toEqual([expect.stringMatching(/^madry-8-255-seed-0: .*\.json is damaged/)]);
  expect(await performRun(madry, workplaceOf(made), nobody)).toBe('done');
  expect(await stateIn(made, madry)).toMatchObject({ done: true });
  await copyFile(whole, join(evaluations, name));
});

test('a run that another process works on is waited for, then given up', async () => {
  const small = smallReproduction(join(folder, 'busy'));
  await mkdir(small.directory);
  const [madry] = small.plan.runs;
  const lock = await acquireLock(join(small.directory, `${madry.name}.lock`));
  const heard = new Set<string>();
  const performing = performRun(madry, { ...workplaceOf(small), patience: 700 }, (_, doing) =>
    heard.add(doing),
  );
  await expect(performing).rejects.toMatchObject({ code: 'taken' });
  expect([...heard]).toEqual(['waiting for another process that works on it']);
  await lock.release();
});

test('verdicts.json carries its digest, and is refused where it was altered', async () => {
  const { path, document } = await concludeReproduction(made);
  const text = await readFile(path, 'utf8');
  expect(openSealed(path, reproductionDocumentSchema)).toMatchObject(document);
  const altered = join(folder, 'altered.json');
  await writeFile(altered, text.replace('"seed": 0', '"seed": 1'));
  expect(() => openSealed(altered, reproductionDocumentSchema)).toThrow(/damaged/);
});
