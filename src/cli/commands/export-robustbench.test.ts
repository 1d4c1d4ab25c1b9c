import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sealDocument, writeNumbered } from '../../files/index.ts';
import { evaluationWith, type Given } from '../../interop/testing/autoattack-evaluation.ts';
import { type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import type { Run } from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addExport } from './export.ts';

let world: TinyWorld;
let run: Run;
let path: string;

beforeAll(async () => {
  world = await tinyWorld();
  run = await world.makeRun('run', 'dual-bn');
  path = join(world.folder, 'entry.json');
});
afterAll(() => world.remove());
beforeEach(async () => {
  await rm(run.paths.evaluations, { recursive: true, force: true });
  await rm(path, { force: true });
});

const add = (stem: string, given: Given = {}) =>
  writeNumbered(run.paths.evaluations, stem, sealDocument(evaluationWith(given)));
const exported = (...argv: string[]) =>
  invoke(['export', run.directory, '--robustbench', path, ...argv], { table: [addExport] });
const written = async () => JSON.parse(await readFile(path, 'utf8'));

test('writes the entry of a cell, and warns of what RobustBench does otherwise', async () => {
  await add('last-linf-8-255', { attacks: ['pgd-20'] });
  await add('last-linf-8-255', { count: 500 });
  const { status, stdout, stderr } = await exported(
    ...[
      '--branch',
      'adv',
      '--name',
      'Dual BN',
      '--authors',
      'A., B.',
      '--link',
      'https://example.org',
      '--venue',
      'Here',
    ],
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}\n` });
  expect(stderr).toBe(
    'warning: RobustBench takes all 10000 test images, and this has 500: evaluate with --examples 10000\n' +
      'from the evaluation last-linf-8-255-2\n',
  );
  expect(await written()).toMatchObject({
    ...{ name: 'Dual BN', authors: 'A., B.', link: 'https://example.org', venue: 'Here' },
    ...{ additional_data: false, autoattack_acc: '47.06' },
    footnote: expect.stringContaining('500 of the 10000'),
  });
  expect((await readFile(path, 'utf8')).startsWith('{\n  "link": "https://example.org",\n  "name"')).toBe(
    true,
  );
  expect(await exported('--branch', 'adv')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is there already'),
  });
});

test('an evaluation without AutoAttack is refused, with the command that makes one', async () => {
  await add('last-linf-8-255', { attacks: ['aa-fast'] });
  const { status, stderr } = await exported('--branch', 'adv', '--checkpoint', 'best');
  expect(status).toBe(2);
  expect(stderr).toContain(
    `run: dualbn evaluate ${run.directory} --attack aa --epsilon 8/255 --examples 10000 --checkpoint best`,
  );
  expect(stderr).toContain('aa-fast; linf 8/255, 10000 images, last checkpoint of 8 epochs');
  const named = await exported('--branch', 'adv', '--evaluation', 'last-linf-8-255');
  expect(named).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('has no AutoAttack, but aa-fast'),
  });
});

test('of several evaluations one is chosen by checkpoint or by name', async () => {
  await add('last-linf-8-255');
  await add('best-linf-8-255', { checkpoint: 'best', count: 100 });
  const { status, stderr } = await exported('--branch', 'adv');
  expect(status).toBe(2);
  expect(stderr).toContain('by --evaluation; there are:');
  for (const name of ['best-linf-8-255', 'last-linf-8-255']) expect(stderr).toContain(name);
  expect((await exported('--branch', 'adv', '--checkpoint', 'best')).stderr).toContain('this has 100');
  await rm(path);
  const named = await exported(
    '--branch',
    'adv',
    '--evaluation',
    'last-linf-8-255.json',
    '--additional-data',
  );
  expect(named.status).toBe(0);
  expect(await written()).toMatchObject({ additional_data: true });
});

test.each([
  [['--evaluation', 'first', '--branch', 'adv'], "has no evaluation 'first'; there are:"],
  [[], 'choose one cell of the network, by --branch or by --ns and --ap'],
  [['--branch', 'noise'], 'has no such cell'],
  [['--attack', 'pgd-10'], '--attack goes with --onnx'],
])('%o is refused', async (argv, message) => {
  await add('last-linf-8-255');
  expect(await exported(...argv)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

test('its options go with it alone', async () => {
  const argv = ['export', run.directory, '--safetensors', path, '--additional-data'];
  expect(await invoke(argv, { table: [addExport] })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--additional-data goes with --robustbench'),
  });
});
