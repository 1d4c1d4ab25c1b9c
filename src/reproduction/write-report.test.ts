import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inventedAnalyses } from '../analysis/testing/invented-analyses.ts';
import { resolveConfiguration } from '../configuration/index.ts';
import { sealDocument } from '../files/index.ts';
import { createRun, describeEnvironment, openMetrics, writeAnalysis } from '../runs/index.ts';
import { inventedDocument } from './testing/invented-reproduction.ts';
import { reproductionReport, writeReproductionReport } from './write-report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-reproduction-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

const loading = { environment: {} };
const run = (name: string, seed: number, done = true) => ({
  name,
  regime: 'dual-bn',
  epsilon: '8/255',
  seed,
  done,
});

/** A directory as `dualbn reproduce` leaves it: one run with a curve and an analysis, one whose analysis is damaged. */
async function makeDirectory(name: string): Promise<string> {
  const directory = join(folder, name);
  await mkdir(join(directory, 'runs'), { recursive: true });
  for (const seed of [0, 1]) {
    const made = await createRun({
      directory: join(directory, 'runs', `dual-bn-${seed}`),
      resolved: resolveConfiguration({ preset: 'tiny', overrides: [`seed=${seed}`] }),
      environment: await describeEnvironment(
        { name: 'reference', version: '1' },
        { name: 'mnist', checksum: 'none', images: 1200 },
      ),
    });
    const log = openMetrics(made.paths.metrics, 0);
    // Of a single epoch there is no curve.
    for (const epoch of [0, 1])
      log.append({
        kind: 'epoch',
        epoch,
        step: epoch + 1,
        'validation.clean': 0.4,
        'validation.robust': 0.3,
      });
    log.close();
    const gap = inventedAnalyses('dual-bn', seed, '8/255').find(
      ({ request: { analysis } }) => analysis === 'gap',
    );
    if (!gap) throw new Error('no gap was invented');
    const path = await writeAnalysis(made, 'last-gap', sealDocument(gap));
    if (seed === 1) await writeFile(path, '{');
  }
  return directory;
}

test('a reproduction is drawn from what its runs have left; what cannot be read is named', async () => {
  const directory = await makeDirectory('read');
  const document = {
    ...inventedDocument,
    runs: [run('dual-bn-0', 0), run('dual-bn-1', 1), run('gone', 2), run('later', 3, false)],
  };
  const { html, figures } = await reproductionReport({
    document,
    directory,
    command: 'dualbn reproduce',
    loading,
    images: 0,
    date: '2026-01-31',
  });
  const names = figures.map(({ name }) => name);
  expect(names).toContain('gap-dual-bn-8-255-layers');
  expect(names).toContain('training-8-255');
  const problems = /What could not be read.*?<\/ul>/s.exec(html)?.[0];
  expect(problems).toContain('last-gap.json is damaged');
  expect(problems).toContain('gone: there is no run at');
  expect(problems).not.toContain('later');
});

test('images that cannot be made are told, and nothing else is lost', async () => {
  const directory = await makeDirectory('images');
  const document = { ...inventedDocument, runs: [run('dual-bn-0', 0)] };
  const { html } = await reproductionReport({ document, directory, command: 'dualbn reproduce', loading });
  expect(html).toMatch(/images of dual-bn-0: .*checkpoint/);
  expect(html).toContain('id="training-8-255"');
});

test('page, figures and tables are written into its directory, and again over those before', async () => {
  const directory = await makeDirectory('written');
  const document = { ...inventedDocument, runs: [run('dual-bn-0', 0)] };
  const options = {
    document,
    directory,
    command: 'dualbn reproduce',
    loading,
    images: 0,
    date: '2026-01-31',
  };
  const path = await writeReproductionReport(options);
  const first = await readFile(path, 'utf8');
  expect(path).toBe(join(directory, 'report.html'));
  expect(await readdir(join(directory, 'figures'))).toEqual(
    expect.arrayContaining(['claim-2-figure.svg', 'claim-2-figure.png', 'tradeoff.png']),
  );
  expect(await readdir(join(directory, 'tables'))).toContain('claim-2-statements.csv');
  await writeReproductionReport(options);
  expect(await readFile(path, 'utf8')).toBe(first);
});
