import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analysisDocumentSchema } from '../../analysis/index.ts';
import { type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import { checkpointPath, type Run, readCheckpoint } from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addAnalyze } from './analyze.ts';

const table = [addAnalyze];
let world: TinyWorld;
let run: Run;
let hybrid: Run;
beforeAll(async () => {
  world = await tinyWorld();
  run = await world.makeRun('run', 'dual-bn');
  hybrid = await world.makeRun('hybrid', 'hybrid');
});
afterAll(() => world.remove());

const analyze = (...argv: string[]) => invoke(['analyze', run.directory, ...argv], { table });
/** Small enough for networks nobody trained and ten images. */
const few = {
  gap: ['--images', '8', '--statistics-batch', '4'],
  affine: [],
  interpolate: ['--images', '8', '--statistics-batch', '4', '--t', '0', '--t', '1'],
  reestimate: ['--images', '8', '--statistics-batch', '4'],
  transfer: ['--examples', '4'],
  curve: ['--epsilons', '2/255', '0.1', '--examples', '4'],
} as const;
const stems = {
  gap: 'last-gap-16-255',
  affine: 'last-affine',
  interpolate: 'last-interpolate-reestimated-linf-16-255',
  reestimate: 'last-reestimate-linf-16-255',
  transfer: 'last-transfer-linf-16-255',
  curve: 'last-curve-linf',
} as const;
type Name = keyof typeof few;

describe.each(Object.keys(few) as Name[])('dualbn analyze RUN %s', (name) => {
  test('prints tables, and keeps the document, whose name says what it is', async () => {
    const before = (await readCheckpoint(checkpointPath(run.directory, 'last'))).tensors;
    const { status, stdout, stderr } = await analyze(name, ...few[name]);
    expect({ status, stderr: /rror/.test(stderr) }).toEqual({ status: 0, stderr: false });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^run, last checkpoint \(2 epochs\)/);
    const path = join(run.paths.analyses, `${stems[name]}.json`);
    expect(lines.at(-1)).toBe(path);
    const kept = JSON.parse(await readFile(path, 'utf8'));
    expect(kept).toMatchObject(analysisDocumentSchema.parse(kept));
    expect(kept).toMatchObject({ analysis: name, run: 'run', regime: 'dual-bn', epoch: 2, seed: 0 });
    expect((await readCheckpoint(checkpointPath(run.directory, 'last'))).tensors).toEqual(before);
  });

  test('--json prints exactly what it keeps, under the next free name', async () => {
    const { stdout } = await analyze(name, ...few[name], '--json');
    const kept = await readFile(join(run.paths.analyses, `${stems[name]}-2.json`), 'utf8');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(kept));
  });

  test('ended by Ctrl-C it writes nothing', async () => {
    const before = await readdir(run.paths.analyses);
    const signal = AbortSignal.abort();
    const { status, stdout } = await invoke(['analyze', run.directory, name, ...few[name]], {
      table,
      signal,
    });
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    expect(await readdir(run.paths.analyses)).toEqual(before);
  });
});

describe('what is asked for', () => {
  const json = async (...argv: string[]) => JSON.parse((await analyze(...argv, '--json')).stdout);

  test('attack, bound and examples overrule the configuration', async () => {
    const found = await json(
      ...['transfer', '--attack', 'pgd-1-l2', '--epsilon', '1.5', '--examples', '3', '--batch', '2'],
    );
    expect(found).toMatchObject({ attack: 'pgd-1-l2', norm: 'l2', epsilon: '1.5', examples: 3 });
    expect(found.matrix).toHaveLength(16);
  });

  test('statistics along an interpolation, and its points in rising order', async () => {
    const found = await json('interpolate', '--statistics', 'interpolated', '--t', '1', '--t', '0.5');
    expect(found.statistics).toBe('interpolated');
    expect(found.points.map(({ t }: { t: number }) => t)).toEqual([0.5, 1]);
    expect(found).not.toHaveProperty('estimation');
  });

  test('the ends of an interpolation, by NS and AP', async () => {
    const ends = ['--from', 'adv/clean', '--to', 'adv/adv'];
    const found = await json('interpolate', '--statistics', 'from', '--t', '0', ...ends);
    expect(found).toMatchObject({ from: { statistics: 'adv', affine: 'clean' }, to: { affine: 'adv' } });
  });

  test('the gap is of test images in whole batches', async () => {
    const found = await json('gap', '--images', '10', '--statistics-batch', '4');
    expect(found).toMatchObject({ batches: 2, batchSize: 4, split: 'test', epsilon: '16/255' });
    expect(found.branches.map(({ affine }: { affine: string }) => affine)).toEqual(['clean', 'adv']);
  });

  test('a network of one NS and one AP has nothing between branches, but the rest', async () => {
    const { stdout } = await invoke(['analyze', hybrid.directory, 'affine'], { table });
    expect(stdout).toContain('nothing to compare');
    const found = await invoke(['analyze', hybrid.directory, 'reestimate', ...few.reestimate, '--json'], {
      table,
    });
    const { raw, reestimated } = JSON.parse(found.stdout);
    expect(raw).toHaveLength(1);
    expect(reestimated.map(({ source, affine }: Record<string, string>) => `${source} ${affine}`)).toEqual(
      ['clean', 'adv', 'noise', 'mixed', 'target'].map((source) => `${source} shared`),
    );
  });
});

describe('bad input ends with exit code 2, its cause, and nothing written', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown analysis', ['RUN', 'gaps'], /'gaps' is invalid.*gap, affine/],
    ['no analysis', ['RUN'], /missing required argument 'analysis'/],
    ['an unknown attack', ['RUN', 'curve', '--attack', 'pdg-10'], /there is no attack 'pdg-10'/],
    ['an epsilon of 8', ['RUN', 'gap', '--epsilon', '8'], /--epsilon: .* did you mean 8\/255\?/],
    ['a wild curve', ['RUN', 'curve', '--epsilons', '1/255', '16'], /--epsilons: .*16\/255/],
    ['a curve that returns', ['RUN', 'curve', '--epsilons', '0.1', '0.1'], /each once/],
    ['more examples than there are', ['RUN', 'transfer', '--examples', '11'], /11 images.*has 10/],
    ['more training images than there are', ['RUN', 'reestimate', '--images', '11'], /11 training.*on 10/],
    ['one batch', ['RUN', 'gap', '--images', '4', '--statistics-batch', '4'], /two batches of 4/],
    ['a batch of 0', ['RUN', 'gap', '--statistics-batch', '0'], /--statistics-batch takes a whole number/],
    ['a point beyond', ['RUN', 'interpolate', '--t', '1.5'], /--t takes a number from 0 to 1, not '1.5'/],
    ['an empty point', ['RUN', 'interpolate', '--t', ''], /--t takes a number from 0 to 1/],
    [
      'a cell that is not there',
      ['RUN', 'interpolate', '--statistics', 'to', '--to', 'adv'],
      /no cell 'adv': use one of clean\/clean, clean\/adv, adv\/clean, adv\/adv/,
    ],
    ['an unknown source', ['RUN', 'interpolate', '--source', 'snow'], /'snow' is invalid/],
    ['unknown statistics', ['RUN', 'interpolate', '--statistics', 'mine'], /'mine' is invalid/],
    ['two cells that are one', ['HYBRID', 'interpolate', '--images', '8'], /nothing to interpolate/],
    ['a checkpoint that is not there', ['RUN', 'affine', '--checkpoint', 'best'], /no checkpoint 'best'/],
    ['an unknown engine', ['RUN', 'affine', '--engine', 'cuda'], /'cuda' is invalid/],
    ['a missing run', ['FOLDER/rnu', 'affine'], /there is no run at .*rnu.*did you mean run\?/],
  ];

  test.each(cases)('%s', async (_, argv, message) => {
    const places: Readonly<Record<string, string>> = {
      RUN: run.directory,
      HYBRID: hybrid.directory,
      FOLDER: world.folder,
    };
    const place = (text: string) => text.replace(/^(RUN|HYBRID|FOLDER)/, (name) => places[name]);
    const kept = async () => (await readdir(world.folder, { recursive: true })).sort();
    const before = await kept();
    const { status, stdout, stderr } = await invoke(['analyze', ...argv.map(place)], { table });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at |This is a bug/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(await kept()).toEqual(before);
  });
});
