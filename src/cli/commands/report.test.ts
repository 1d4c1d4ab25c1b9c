import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idxFile, writeFiles } from '../../data/testing/fixtures.ts';
import { integers } from '../../random/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addEvaluate } from './evaluate.ts';
import { addReport } from './report.ts';
import { addTrain } from './train.ts';

const table = [addTrain, addEvaluate, addReport];
let folder: string;
let run: string;

/** A run of dual-bn of one epoch on a dozen images of 4x4, trained and evaluated as a user would. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-report-'));
  run = join(folder, 'dual');
  const pixels = (count: number, seed: number) => integers({ seed, purpose: 'noise' }, count * 16, 256);
  const labels = (count: number) => Array.from({ length: count }, (_, at) => at % 3);
  const data = join(folder, 'data');
  await writeFiles(data, {
    'train-images-idx3-ubyte': idxFile([12, 4, 4], pixels(12, 1)),
    'train-labels-idx1-ubyte': idxFile([12], labels(12)),
    't10k-images-idx3-ubyte': idxFile([10, 4, 4], pixels(10, 2)),
    't10k-labels-idx1-ubyte': idxFile([10], labels(10)),
  });
  const settings = [
    `data={dataset: "idx:${data}", trainExamples: all, validationExamples: 2}`,
    'network={name: resnet8, width: 2}',
    'evaluation={attacks: [pgd-1, pgd-2], epsilon: 16/255, examples: all, batchSize: 5}',
    'epochs=1',
    'batchSize=5',
    'engine.name=reference',
  ];
  const overrides = settings.flatMap((setting) => ['--set', setting]);
  const trained = await invoke(['train', 'tiny', ...overrides, '--run', run], { table });
  expect(trained).toMatchObject({ status: 0 });
  expect(await invoke(['evaluate', run], { table })).toMatchObject({ status: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

const report = (...argv: string[]) => invoke(['report', ...argv], { table });

describe('dualbn report', () => {
  test('of a run goes into the run, and may be made again', async () => {
    const path = join(run, 'report.html');
    for (const images of ['3', '2']) {
      expect(await report(run, '--images', images)).toEqual({ status: 0, stdout: `${path}\n`, stderr: '' });
    }
    const page = await readFile(path, 'utf8');
    expect(page).toContain('<title>dual</title>');
    for (const figure of ['dual-grid', 'dual-curves', 'dual-images'])
      expect(page).toContain(`<figure id="${figure}">`);
    expect(page.match(/<img /g)).toHaveLength(2 * 3);
    expect(page).toContain('NS adv, AP adv, pgd-2 at 16/255');
  });

  test('of several runs goes where --out says', async () => {
    const other = join(folder, 'copy', 'dual');
    await cp(run, other, { recursive: true });
    const out = join(folder, 'both.html');
    const made = await report(run, other, '--no-images', '--title', 'Two runs', '--out', out);
    expect(made).toEqual({ status: 0, stdout: `${out}\n`, stderr: '' });
    const page = await readFile(out, 'utf8');
    expect(page).toContain('<h1>Two runs</h1>');
    expect(page).toContain(`<th scope="rowgroup" colspan="5">${other}</th>`);
    expect(page).not.toContain('<img ');
  });

  test('writes figures and tables as files, and says what it wrote', async () => {
    const figures = join(folder, 'figures-of-dual');
    const out = join(folder, 'with-figures.html');
    const made = await report(run, '--no-images', '--out', out, '--figures', figures, '--json');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const { report: page, files } = JSON.parse(made.stdout);
    expect(page).toBe(out);
    for (const file of ['figures/dual-grid.svg', 'figures/dual-grid.png', 'tables/dual-grid.csv'])
      expect(files).toContain(join(figures, file));
    expect(
      (await readdir(join(figures, 'figures'))).length + (await readdir(join(figures, 'tables'))).length,
    ).toBe(files.length);
  });

  test('averages runs that differ in nothing but the seed, and tells what it cannot read', async () => {
    const other = join(folder, 'seed-1');
    await cp(run, other, { recursive: true });
    const configuration = join(other, 'configuration.yaml');
    await writeFile(configuration, (await readFile(configuration, 'utf8')).replace('seed: 0', 'seed: 1'));
    await mkdir(join(other, 'analyses'));
    await writeFile(join(other, 'analyses', 'last-gap.json'), '{');
    const out = join(folder, 'seeds.html');
    const { status, stderr } = await report(run, other, '--no-images', '--out', out);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('last-gap.json is damaged'),
    });
    const page = await readFile(out, 'utf8');
    expect(page).toContain('<section id="seeds">');
    expect(page).toContain('last-gap.json is damaged');
  });

  test('goes without images where the data is gone, and says so', async () => {
    const gone = join(folder, 'gone');
    await cp(run, gone, { recursive: true });
    const configuration = join(gone, 'configuration.yaml');
    const text = await readFile(configuration, 'utf8');
    await writeFile(configuration, text.replace(`idx:${folder}/data`, `idx:${folder}/nowhere`));
    const { status, stderr } = await report(gone);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^no images of .*gone: .*nowhere/);
  });

  test.each([
    ['a run that is not there', () => [join(folder, 'none')], 'there is no run at'],
    ['the same run twice', () => [run, `${run}/`], 'is given twice'],
    [
      'a folder that cannot be written',
      () => [run, '--no-images', '--out', join(folder, 'no/such/report.html')],
      'no such file or folder',
    ],
    ['no images by number', () => [run, '--images', '0'], "takes a whole number from 1 on, not '0'"],
    ['no run', () => [], 'missing required argument'],
  ])('refuses %s', async (_, argv, message) => {
    const { status, stderr, stdout } = await report(...argv());
    expect(stderr).toContain(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('never writes over a file that is not a report', async () => {
    const out = join(folder, 'thesis.html');
    await writeFile(out, '<p>mine</p>');
    const { status, stderr } = await report(run, '--no-images', '--out', out);
    expect(stderr).toContain('is not a report of dualbn: give another name with --out');
    expect(status).toBe(2);
    expect(await readFile(out, 'utf8')).toBe('<p>mine</p>');
  });
});
