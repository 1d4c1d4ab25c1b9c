import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inventedReport, inventedResults } from './testing/invented-results.ts';
import { writeReproductionReport } from './write-report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-reproduction-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('page, figures and tables are written into its directory, and again over those before, to the byte', async () => {
  const invented = inventedReport(
    inventedResults(undefined, { claims: ['claim 2'], epsilons: ['8/255'], seeds: [0, 1] }),
  );
  const options = { ...invented, command: 'dualbn reproduce --scale small' };
  const path = await writeReproductionReport(folder, options);
  const first = await readFile(path, 'utf8');
  expect(path).toBe(join(folder, 'report.html'));
  expect(await readdir(join(folder, 'figures'))).toEqual(
    expect.arrayContaining([
      'claim-2-exploratory-figure.svg',
      'claim-2-exploratory-figure.png',
      'tradeoff.png',
    ]),
  );
  expect(await readdir(join(folder, 'tables'))).toContain('claim-2-exploratory-statements.csv');
  await writeReproductionReport(folder, options);
  expect(await readFile(path, 'utf8')).toBe(first);
}, 240_000);
