/** Which documents of a run count: those that the plan asked for, whatever else a user has measured of it. */
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readableJson, readJson, sealDocument, writeAtomically } from '../../files/index.ts';
import type { Reproduction } from '../perform/perform-plan.ts';
import { performRun, stateOf } from '../perform/perform-run.ts';
import { concludeReproduction, openReproduction } from '../reproduce.ts';
import { smallReproduction } from '../testing/small-plan.ts';
import { isMeasured, type RunResults, runDirectory } from './run-results.ts';

let folder: string;
let small: Reproduction;
let before: RunResults;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-run-results-'));
  small = smallReproduction(folder, {
    dataset: 'mnist',
    claims: ['claim 3', 'claim 4'],
    epsilons: ['8/255'],
  });
  await openReproduction(small);
  expect(await performRun(run(), { ...small, signal }, () => undefined)).toBe('done');
  before = await read();
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = () => small.plan.runs[0];
const read = async (): Promise<RunResults> => {
  const { results } = await stateOf(run(), small);
  if (!results) throw new Error('the run has no results');
  return results;
};

const documentSchema = z.looseObject({ subject: z.looseObject({}), request: z.looseObject({}) });
type Document = z.output<typeof documentSchema>;

/** Puts an altered copy of a document in its place, as if the user had measured this; puts it back after `check`. */
async function replaced(
  kind: 'evaluations' | 'analyses',
  stem: string,
  alter: (document: Document) => object,
  check: () => Promise<void>,
) {
  const path = join(runDirectory(folder, run()), kind, `${stem}.json`);
  const { digest: _, ...altered } = { digest: '', ...alter(readJson(path, documentSchema)) };
  await rename(path, `${path}.aside`);
  await writeAtomically(path, readableJson(sealDocument(altered)));
  try {
    await check();
  } finally {
    await rename(`${path}.aside`, path);
  }
}

test('every measurement of the plan has the document that answers it', () => {
  expect(before.measured.map(({ measurement: { what }, name }) => [what, name])).toEqual([
    ['evaluate', 'evaluations/last-linf-8-255'],
    ['reestimate', 'analyses/last-reestimate-linf-8-255'],
    ['gap', 'analyses/last-gap-linf-8-255'],
    ['affine', 'analyses/last-affine'],
    ['interpolate', 'analyses/last-interpolate-reestimated-linf-8-255'],
    ['transfer', 'analyses/last-transfer-linf-8-255'],
    ['curve', 'analyses/last-curve-linf'],
  ]);
  expect(before.notes).toEqual([]);
});

const attackOf = ({ request }: Document, attackOptions: object): object => ({ ...request, ...attackOptions });
const fgsm = {
  attack: 'fgsm',
  attackOptions: [{ name: 'fgsm', epsilon: 8 / 255, norm: 'linf', steps: 1, restarts: 1 }],
};
const otherCheckpoint = ({ subject }: Document) => ({
  ...subject,
  checkpoint: { name: 'last', epoch: 3, step: 12, digest: '0'.repeat(64) },
});

test.each([
  [
    'a gap made with FGSM',
    'gap',
    'analyses',
    'last-gap-linf-8-255',
    (document: Document) => ({ ...document, request: attackOf(document, fgsm) }),
    /request\.attack/,
  ],
  [
    'statistics re-estimated under another attack',
    'reestimate',
    'analyses',
    'last-reestimate-linf-8-255',
    (document: Document) => ({ ...document, request: attackOf(document, fgsm) }),
    /request\.attack/,
  ],
  [
    'a transfer of other random draws',
    'transfer',
    'analyses',
    'last-transfer-linf-8-255',
    (document: Document) => ({ ...document, request: { ...document.request, seed: 9 } }),
    /request\.seed/,
  ],
  [
    'AP of another checkpoint',
    'affine',
    'analyses',
    'last-affine',
    (document: Document) => ({ ...document, subject: otherCheckpoint(document) }),
    /subject\.checkpoint/,
  ],
  [
    'an evaluation of another checkpoint',
    'evaluate',
    'evaluations',
    'last-linf-8-255',
    (document: Document) => ({ ...document, subject: otherCheckpoint(document) }),
    /subject\.checkpoint/,
  ],
  [
    'an evaluation of fewer images',
    'evaluate',
    'evaluations',
    'last-linf-8-255',
    (document: Document) => ({
      ...document,
      request: { ...document.request, examples: { count: 2, indices: '0-1' } },
    }),
    /request\.examples/,
  ],
] as const)('%s is passed over and named', async (_, what, kind, stem, alter, reason) => {
  await replaced(kind, stem, alter, async () => {
    const results = await read();
    expect(results.measured.map(({ measurement }) => measurement.what)).toEqual(
      before.measured.map(({ measurement }) => measurement.what).filter((each) => each !== what),
    );
    expect(isMeasured(results, { what, epsilon: '8/255' })).toBe(false);
    expect(results.notes).toEqual([expect.stringContaining(`${run().name}: ${kind}/${stem} is passed over`)]);
    expect(results.notes[0]).toMatch(reason);
    const { document } = await concludeReproduction(small);
    expect(document.notes).toEqual(results.notes);
  });
});

test('a document of version 0.1 is left out, with what to do', async () => {
  const path = join(runDirectory(folder, run()), 'evaluations', 'old.json');
  await writeAtomically(path, readableJson({ run: 'dual-bn', checkpoint: 'last', epoch: 3, grid: [] }));
  const { measured, notes } = await read();
  expect(measured).toHaveLength(before.measured.length);
  expect(notes).toEqual([
    expect.stringMatching(/old\.json was made by an older version of dualbn: evaluate again/),
  ]);
  await rm(path);
});

test('what a further measurement adds changes nothing that is decided', async () => {
  const analyses = join(runDirectory(folder, run()), 'analyses');
  const gap = readJson(join(analyses, 'last-gap-linf-8-255.json'), documentSchema);
  const { digest: _, ...other } = { digest: '', ...gap, request: attackOf(gap, fgsm) };
  // Older than what the plan asked for, and of a name before it.
  await writeAtomically(
    join(analyses, 'a.json'),
    readableJson(sealDocument({ ...other, created: '2020-01-01T00:00:00.000Z' })),
  );
  const results = await read();
  expect(results.measured).toEqual(before.measured);
  expect(results.notes).toHaveLength(1);
  expect(await stateOf(run(), small)).toMatchObject({ done: true });
  await rm(join(analyses, 'a.json'));
  expect(await readdir(folder)).toContain('reproduction.json');
});
