import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { writeFigures } from './report-files.ts';

const parent = await mkdtemp(join(tmpdir(), 'dualbn-figures-'));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'report-'));
});
afterAll(() => rm(parent, { recursive: true }));

const figure = (name: string, text = name) => ({
  name,
  svg: `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="9">${text}</text></svg>`,
});
const table = (name: string) => ({ name, csv: `name\r\n${name}\r\n` });
const filesIn = async (...names: string[]) => (await readdir(join(folder, ...names))).sort();

test('figures become SVG and PNG of twice the size, tables CSV', async () => {
  const written = await writeFigures(folder, { figures: [figure('grid')], tables: [table('grid')] });
  expect(written).toEqual(
    ['figures/grid.svg', 'figures/grid.png', 'tables/grid.csv'].map((name) => join(folder, name)),
  );
  expect(await readFile(join(folder, 'figures/grid.svg'), 'utf8')).toBe(figure('grid').svg);
  const { width, height } = await sharp(join(folder, 'figures/grid.png')).metadata();
  expect([width, height]).toEqual([80, 40]);
  expect(await readFile(join(folder, 'tables/grid.csv'), 'utf8')).toBe('name\r\ngrid\r\n');
});

describe('a report that is made again', () => {
  const larger = { figures: [figure('a'), figure('b')], tables: [table('a'), table('b'), table('c')] };

  test('leaves nothing of an earlier, larger one', async () => {
    await writeFigures(folder, larger);
    await writeFigures(folder, { figures: [figure('a', 'other')], tables: [table('a')] });
    expect(await filesIn('figures')).toEqual(['a.png', 'a.svg']);
    expect(await filesIn('tables')).toEqual(['a.csv']);
    expect(await readFile(join(folder, 'figures/a.svg'), 'utf8')).toContain('other');
    expect(await filesIn()).toEqual(['figures', 'report-files.json', 'tables']);
  });

  test('never removes files of the user, nor its own that the user changed', async () => {
    await mkdir(join(folder, 'tables'), { recursive: true });
    await writeFile(join(folder, 'tables', 'mine.csv'), 'mine');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await writeFigures(folder, larger);
    await writeFile(join(folder, 'tables', 'c.csv'), 'with my corrections');
    await writeFigures(folder, { figures: [], tables: [] });
    await writeFigures(folder, { figures: [], tables: [] });
    expect(await filesIn('tables')).toEqual(['c.csv', 'mine.csv']);
    expect(await filesIn('figures')).toEqual([]);
    expect(await filesIn()).toContain('notes.txt');
  });

  test('changes nothing where a figure cannot be drawn', async () => {
    await writeFigures(folder, larger);
    const before = await readFile(join(folder, 'report-files.json'), 'utf8');
    const broken = { figures: [figure('a', 'other'), { name: 'z', svg: 'no drawing' }], tables: [] };
    await expect(writeFigures(folder, broken)).rejects.toThrow();
    expect(await filesIn('figures')).toEqual(['a.png', 'a.svg', 'b.png', 'b.svg']);
    expect(await readFile(join(folder, 'figures/a.svg'), 'utf8')).toBe(figure('a').svg);
    expect(await readFile(join(folder, 'report-files.json'), 'utf8')).toBe(before);
    expect(await filesIn()).toEqual(['figures', 'report-files.json', 'tables']);
  });

  test('removes what a killed process left long ago', async () => {
    for (const [name, age] of [
      ['.report-files-1-0', 2],
      ['.report-files-2-0', 0],
    ] as const) {
      await mkdir(join(folder, name));
      const time = new Date(Date.now() - age * 3_600_000);
      await utimes(join(folder, name), time, time);
    }
    await writeFigures(folder, larger);
    expect(await filesIn()).toEqual(['.report-files-2-0', 'figures', 'report-files.json', 'tables']);
  });

  test('trusts no list that leads out of its folder', async () => {
    await writeFile(join(folder, 'report-files.json'), '{"files":{"tables/../../x.csv":"0"}}');
    await expect(writeFigures(folder, larger)).rejects.toThrow('report-files.json is damaged');
  });
});

test('a folder that cannot be written is named', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(writeFigures(join(folder, 'file'), { figures: [], tables: [] })).rejects.toThrow(
    join(folder, 'file', 'figures'),
  );
});
