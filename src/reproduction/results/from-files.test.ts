/** Claims decided again from the files of runs alone, wherever these are; and which files are refused. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import type { Reproduction } from '../perform/perform-plan.ts';
import { performRun } from '../perform/perform-run.ts';
import { concludeReproduction, openReproduction } from '../reproduce.ts';
import { smallReproduction } from '../testing/small-plan.ts';
import { writeReproductionReport } from '../write-report.ts';
import { checkResults } from './run-results.ts';

let folder: string;
let made: Reproduction;
/** By name. */
let expected: ReadonlyMap<string, string>;
const command = 'dualbn reproduce --scale smoke';

async function concluded(reproduction: Reproduction): Promise<ReadonlyMap<string, string>> {
  await openReproduction(reproduction);
  const { document, results } = await concludeReproduction(reproduction);
  await writeReproductionReport(reproduction.directory, { document, results, command });
  const names = (await readdir(reproduction.directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/runs'))
    .map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(names.map((path) => readFile(path, 'latin1')));
  return new Map(names.map((path, at) => [path.slice(reproduction.directory.length), texts[at]]));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-from-files-'));
  made = smallReproduction(join(folder, 'made'));
  await openReproduction(made);
  const { signal } = new AbortController();
  for (const run of made.plan.runs) await performRun(run, { ...made, signal }, () => undefined);
  expected = await concluded(made);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = () => made.plan.runs.map(({ name }) => `${name}.json`);

/** A directory with files of runs, as another machine's. */
async function filesIn(name: string, wanted: readonly string[], alter = (text: string) => text) {
  const directory = join(folder, name);
  await mkdir(join(directory, 'runs'), { recursive: true });
  for (const file of wanted) {
    const path = join(directory, 'runs', file);
    await copyFile(join(made.directory, 'runs', file), path);
    await writeFile(path, alter(await readFile(path, 'utf8')));
  }
  return directory;
}

const from = (name: string, ...places: string[]): Reproduction => ({
  ...smallReproduction(join(folder, name)),
  from: places,
});

test('files alone give every verdict, figure and table again, to the byte', async () => {
  const place = await filesIn('whole', names());
  expect(await concluded(from('again', place))).toEqual(expected);
  expect(expected.size).toBeGreaterThan(5);
}, 120_000);

test('files of several places add up, and the same file twice is one', async () => {
  const [one, two] = names();
  const places = [await filesIn('first', [one]), await filesIn('second', [one, two])];
  expect(await concluded(from('together', ...places))).toEqual(expected);
}, 120_000);

describe('refuses by name', () => {
  const refusal = async (reproduction: Reproduction) => {
    await openReproduction(reproduction);
    const [error] = await Promise.allSettled([concludeReproduction(reproduction)]);
    expect(error).toMatchObject({ status: 'rejected', reason: expect.any(InputError) });
    return error.status === 'rejected' ? String(error.reason.message) : '';
  };

  test('a file that was altered', async () => {
    const place = await filesIn('altered', names(), (text) => text.replace('"epoch": 3', '"epoch": 2'));
    expect(await refusal(from('altered-out', place))).toMatch(
      /altered\/runs\/madry-8-255-seed-0\.json is damaged/,
    );
  });

  test('a file that is cut off', async () => {
    const place = await filesIn('cut', names(), (text) => text.slice(0, text.length / 2));
    expect(await refusal(from('cut-out', place))).toMatch(/cut\/runs\/madry-8-255-seed-0\.json/);
  });

  test('a file of another run under this name', async () => {
    const place = await filesIn('swapped', names());
    const [one, two] = names().map((name) => join(place, 'runs', name));
    await copyFile(two, one);
    expect(await refusal(from('swapped-out', place))).toMatch(/seed-0\.json does not fit: its name is cross/);
  });

  test('two files that contradict each other', async () => {
    const place = await filesIn('whole-too', names());
    const other = smallReproduction(join(folder, 'other'));
    await openReproduction(other);
    const [madry] = other.plan.runs;
    await performRun(madry, { ...other, signal: new AbortController().signal }, () => undefined);
    expect(await refusal({ ...other, from: [place] })).toMatch(/are of the same run and differ/);
  }, 120_000);

  test('a file that no run of the reproduction has', async () => {
    const place = await filesIn('stranger', names());
    await writeFile(join(place, 'runs', 'mine.json'), '{}');
    const { runs } = made.plan;
    expect(() => checkResults(place, 'smoke', runs)).toThrow(/mine\.json: no run of this reproduction/);
    expect(() => checkResults(join(folder, 'nowhere'), 'smoke', runs)).toThrow(/holds no results/);
  });
});
