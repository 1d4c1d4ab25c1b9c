import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFigures } from './write-figures.ts';
import { drawReport } from './render-report.ts';
import { syntheticRun } from './testing/synthetic-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-figures-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('figures become SVG and PNG of twice the size, tables CSV', async () => {
  const report = await drawReport({
    title: 'one run',
    runs: [syntheticRun('dual', 'dual-bn', 2)],
    generated: { version: '0', command: 'dualbn report', date: '2026-01-31' },
  });
  const written = await writeFigures(folder, report);
  expect((await readdir(join(folder, 'figures'))).sort()).toEqual(
    [
      'dual-curves',
      'dual-gap-branches-training',
      'dual-gap-samples-training',
      'dual-grid',
      'dual-images',
      'tradeoff',
    ].flatMap((name) => [`${name}.png`, `${name}.svg`]),
  );
  expect(written).toContain(join(folder, 'tables', 'dual-grid.csv'));
  const svg = await readFile(join(folder, 'figures', 'dual-grid.svg'), 'utf8');
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const png = await sharp(join(folder, 'figures', 'dual-grid.png')).metadata();
  expect([png.width, png.height]).toEqual([2 * Number(width), 2 * Number(height)]);
  const data = await readFile(join(folder, 'tables', 'dual-grid.csv'), 'utf8');
  expect(data).toMatch(/^run,checkpoint,dataset,.*\r\ndual,last,/);
});

test('a folder that cannot be written is named', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(writeFigures(join(folder, 'file'), { figures: [], tables: [] })).rejects.toThrow(
    join(folder, 'file', 'figures'),
  );
});
