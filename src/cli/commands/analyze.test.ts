import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyses, analysisDocumentSchema, describeOptions } from '../../analysis/index.ts';
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
  gap: ['--batches', '2', '--statistics-batch', '4'],
  affine: [],
  interpolate: ['--images', '8', '--statistics-batch', '4', '--t', '0', '--t', '1'],
  reestimate: ['--images', '8', '--statistics-batch', '4'],
  transfer: ['--examples', '4'],
  curve: ['--epsilons', '2/255', '0.1', '--examples', '4'],
  'ns-error': ['--images', '8', '--statistics-batch', '4', '--examples', '4'],
} as const;
const stems = {
  gap: 'last-gap-linf-16-255',
  affine: 'last-affine',
  interpolate: 'last-interpolate-reestimated-linf-16-255',
  reestimate: 'last-reestimate-linf-16-255',
  transfer: 'last-transfer-linf-16-255',
  curve: 'last-curve-linf',
  'ns-error': 'last-ns-error-linf-16-255',
} as const;
type Name = keyof typeof few;

describe.each(Object.keys(few) as Name[])('dualbn analyze RUN %s', (name) => {
  test('prints tables, and keeps the document, whose name says what it is', async () => {
    const before = (await readCheckpoint(checkpointPath(run.directory, 'last'))).tensors;
    const { status, stdout, stderr } = await analyze(name, ...few[name]);
    expect({ status, stderr: /\b[Ee]rror: /.test(stderr) }).toEqual({ status: 0, stderr: false });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^run, last checkpoint \(2 epochs\)/);
    const path = join(run.paths.analyses, `${stems[name]}.json`);
    expect(lines.at(-1)).toBe(path);
    const kept = JSON.parse(await readFile(path, 'utf8'));
    expect(analysisDocumentSchema().parse(kept)).toEqual(kept);
    expect(kept).toMatchObject({
      ...{ document: 'analysis', version: 2, request: { analysis: name } },
      subject: {
        ...{ run: 'run', configuration: run.hash, regime: 'dual-bn', seed: 0, network: 'resnet8' },
        checkpoint: { name: 'last', epoch: 2, step: 4, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        engine: { name: 'reference', device: 'cpu' },
      },
    });
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
    expect(found.request).toMatchObject({
      ...{ attack: 'pgd-1-l2', epsilon: { text: '1.5', value: 1.5 }, examples: 3 },
      attackOptions: [{ norm: 'l2', steps: 1 }],
    });
    expect(found.request).not.toHaveProperty('batchSize');
    expect(found.result.matrix).toHaveLength(16);
  });

  test('statistics along an interpolation, and its points in rising order', async () => {
    const found = await json('interpolate', '--statistics', 'interpolated', '--t', '1', '--t', '0.5');
    expect(found.request).toMatchObject({ statistics: 'interpolated', ts: [0.5, 1], to: 'adv/adv' });
    expect(found.result.points.map(({ t }: { t: number }) => t)).toEqual([0.5, 1]);
    expect(found.result).not.toHaveProperty('estimation');
  });

  test('the ends of an interpolation, by NS and AP', async () => {
    const ends = ['--from', 'adv/clean', '--to', 'adv/adv'];
    const found = await json('interpolate', '--statistics', 'from', '--t', '0', ...ends);
    expect(found.request).toMatchObject({ from: 'adv/clean', to: 'adv/adv' });
    expect(found.result).toMatchObject({
      from: { statistics: 'adv', affine: 'clean' },
      to: { affine: 'adv' },
    });
  });

  test('the gap is of test images in whole batches', async () => {
    const found = await json('gap', '--batches', '2', '--statistics-batch', '4');
    expect(found.request).toMatchObject({ batches: 2, statisticsBatch: 4, epsilon: { text: '16/255' } });
    expect(found.result.branches.map(({ affine }: { affine: string }) => affine)).toEqual(['clean', 'adv']);
  });

  test('a network of one NS and one AP has nothing between branches, but the rest', async () => {
    const { stdout } = await invoke(['analyze', hybrid.directory, 'affine'], { table });
    expect(stdout).toContain('nothing to compare');
    const found = await invoke(['analyze', hybrid.directory, 'reestimate', ...few.reestimate, '--json'], {
      table,
    });
    const { raw, reestimated } = JSON.parse(found.stdout).result;
    expect(raw).toHaveLength(1);
    expect(reestimated.map(({ source, affine }: Record<string, string>) => `${source} ${affine}`)).toEqual(
      ['clean', 'adv', 'noise', 'mixed', 'target'].map((source) => `${source} shared`),
    );
  });
});

test('help lists the analyses, and every option once, under those that have it', async () => {
  const { stdout } = await invoke(['analyze', '--help'], { table });
  for (const { name, summary } of analyses) expect(stdout).toContain(`  ${name.padEnd(13)}${summary}`);
  const flags = new Set(analyses.flatMap((each) => describeOptions(each).map(({ flag }) => flag)));
  for (const flag of flags) expect(stdout.split(new RegExp(`^  ${flag} <`, 'm'))).toHaveLength(2);
  expect(stdout).toMatch(/Options of gap and shift:\n {2}--batches <count> /);
  const shared = analyses
    .filter((each) => describeOptions(each).some(({ flag }) => flag === '--statistics-batch'))
    .map(({ name }) => name);
  const listed = `${shared.slice(0, -1).join(', ')} and ${shared.at(-1)}`;
  expect(stdout).toContain(`Options of ${listed}:\n  --statistics-batch`);
  expect(stdout.replace(/\s+/g, ' ')).toContain('(default 100; of gap 128; of shift 128)');
});

describe('bad input ends with exit code 2, its cause, and nothing written', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown analysis', ['RUN', 'gaps'], /'gaps' is invalid.*gap, affine/],
    [
      'an option of others',
      ['RUN', 'gap', '--images', '8'],
      /gap has no option --images \(of reestimate, interpolate, [a-z, -]+\): its options are .*--batches/,
    ],
    ['an option of none', ['RUN', 'gap', '--image', '8'], /unknown option '--image'/],
    ['no analysis', ['RUN'], /missing required argument 'analysis'/],
    ['an unknown attack', ['RUN', 'curve', '--attack', 'pdg-10'], /there is no attack 'pdg-10'/],
    [
      'an attack of another norm without an epsilon of it',
      ['RUN', 'transfer', '--attack', 'pgd-1-l2'],
      /--epsilon is missing: pgd-1-l2 is bounded in l2, and what is usual here, .*, in linf/,
    ],
    [
      'a curve of another norm without its bounds',
      ['RUN', 'curve', '--attack', 'fmn-5-l2'],
      /--epsilons is missing: fmn-5-l2 is bounded in l2/,
    ],
    ['an epsilon of 8', ['RUN', 'gap', '--epsilon', '8'], /--epsilon: .* did you mean 8\/255\?/],
    ['a wild curve', ['RUN', 'curve', '--epsilons', '1/255', '16'], /--epsilons: .*16\/255/],
    ['a curve that returns', ['RUN', 'curve', '--epsilons', '0.1', '0.1'], /each once/],
    ['more examples than there are', ['RUN', 'transfer', '--examples', '11'], /11 images.*has 10/],
    ['more training images than there are', ['RUN', 'reestimate', '--images', '11'], /11 training.*on 10/],
    [
      'one batch',
      ['RUN', 'gap', '--batches', '1'],
      /--batches: expected a whole number of at least 2, found 1/,
    ],
    [
      'a batch of 0',
      ['RUN', 'gap', '--statistics-batch', '0'],
      /--statistics-batch: expected a whole number of at least 2/,
    ],
    ['a point beyond', ['RUN', 'interpolate', '--t', '1.5'], /--t: expected a number from 0 to 1, found 1.5/],
    ['an empty point', ['RUN', 'interpolate', '--t', ''], /--t: expected a number from 0 to 1, found ''/],
    [
      'a cell that is not there',
      ['RUN', 'interpolate', '--statistics', 'to', '--to', 'adv'],
      /no cell 'adv': use one of clean\/clean, clean\/adv, adv\/clean, adv\/adv/,
    ],
    [
      'an unknown source',
      ['RUN', 'interpolate', '--source', 'snow'],
      /--source: expected one of clean.*'snow'/,
    ],
    ['unknown statistics', ['RUN', 'interpolate', '--statistics', 'mine'], /--statistics: .*found 'mine'/],
    ['two cells that are one', ['HYBRID', 'interpolate', '--images', '8'], /nothing to interpolate/],
    ['a checkpoint that is not there', ['RUN', 'affine', '--checkpoint', 'best'], /no checkpoint 'best'/],
    ['an unknown engine', ['RUN', 'affine', '--engine', 'cuda'], /'cuda' is invalid/],
    [
      'a network of one AP to exchange',
      ['HYBRID', 'channels'],
      /there is nothing to exchange: .* a network of two AP/,
    ],
    [
      'a layer that there is not',
      ['RUN', 'exchange', '--layers', 'bn9'],
      /no normalization layer 'bn9'.* bn1, /,
    ],
    ['a share of channels that is none', ['RUN', 'channels', '--shares', '2'], /--shares: expected a share/],
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
