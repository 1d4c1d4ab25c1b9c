import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictedClass, predictor } from '../../attacks/index.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { evaluationDocumentSchema } from '../../evaluation/index.ts';
import { type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import { cellOf } from '../../nn/index.ts';
import { loadTrained, type Run, readSafetensors } from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';

const table = [addEvaluate, addExport];
let world: TinyWorld;
let run: Run;
beforeAll(async () => {
  world = await tinyWorld();
  run = await world.makeRun('run', 'dual-bn');
});
afterAll(() => world.remove());

const usual = [
  '--attack',
  'pgd-1',
  'pgd-2',
  'noise',
  '--epsilon',
  '64/255',
  '--engine',
  'reference',
  '--json',
];
const evaluate = (subject: string, ...argv: string[]) =>
  invoke(['evaluate', subject, ...usual, ...argv], { table });
const indexOf = async (folder: string) => JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));

test('of each cell and attack, the images on which the network is as robust as the document says', async () => {
  const folder = join(world.folder, 'images');
  const { status, stdout } = await evaluate(run.directory, '--save-images', folder);
  expect(status).toBe(0);
  const document = evaluationDocumentSchema.parse(JSON.parse(stdout));
  const { attacks, request, subject, shape } = await indexOf(folder);
  expect({ request, subject }).toEqual({ request: document.request, subject: document.subject });
  expect(shape).toEqual([1, 4, 4]);
  expect(attacks).toHaveLength(12);

  const engine = createReferenceEngine();
  const { network } = await loadTrained(run, engine);
  let moved = 0;
  for (const each of attacks) {
    const { tensors } = await readSafetensors(join(folder, each.safetensors));
    const values = tensors.get('images')?.values ?? new Float32Array();
    const cell = cellOf(each);
    const logits = await predictor({ engine, network, cell }, 10)(values);
    const { label, index, distance, brokenBy } = each.examples;
    const right = label.filter((of: number, at: number) => predictedClass(logits, 3, at) === of).length;
    const row = document.grid.find(
      ({ statistics, affine }) => statistics === cell.statistics && affine === cell.affine,
    );
    expect(right / 10).toBe(row?.robust[each.attack]);
    expect((await readdir(join(folder, each.npy.replace('.npy', '')))).length).toBe(10);
    expect([...index].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [at, far] of distance.entries()) {
      expect(far <= 64 / 255 + 1e-6 && far > 0 === brokenBy[at] > 0).toBe(true);
      moved += brokenBy[at] > 0 ? 1 : 0;
    }
  }
  expect(moved).toBeGreaterThan(0);
});

test('a folder with something in it is refused before anything is evaluated', async () => {
  const folder = join(world.folder, 'full');
  await mkdir(folder);
  await writeFile(join(folder, 'mine'), '');
  const before = await readdir(run.paths.evaluations);
  const { status, stderr } = await evaluate(run.directory, '--save-images', folder);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringContaining(`${folder} is not empty`),
  });
  expect(await readdir(run.paths.evaluations)).toEqual(before);
});

test('an evaluation that was cut leaves no folder, and goes on to the same images', async () => {
  const cutRun = await world.makeRun('cut', 'dual-bn');
  const [whole, cut] = ['whole', 'cut-images'].map((name) => join(world.folder, name));
  await evaluate(run.directory, '--save-images', whole);
  const stop = new AbortController();
  const stopped = invoke(['evaluate', cutRun.directory, ...usual, '--save-images', cut], {
    table,
    signal: stop.signal,
  });
  // Cut it as soon as it has found something.
  const stopping = setInterval(async () => {
    const names = await readdir(world.folder);
    if (names.some((name) => name.startsWith('.cut-images'))) stop.abort();
  }, 1);
  const { status } = await stopped.finally(() => clearInterval(stopping));
  expect(status).toBe(130);
  expect((await readdir(world.folder)).filter((name) => name.includes('cut-images'))).toEqual([]);
  expect((await evaluate(cutRun.directory, '--save-images', cut)).status).toBe(0);
  const [a, b] = await Promise.all([whole, cut].map(indexOf));
  expect(b.attacks).toEqual(a.attacks);
  for (const { npy } of a.attacks)
    expect(await readFile(join(cut, npy))).toEqual(await readFile(join(whole, npy)));
});

test('of an ONNX file too', async () => {
  const model = join(world.folder, 'model.onnx');
  await invoke(['export', run.directory, '--onnx', model, '--branch', 'adv'], { table });
  const folder = join(world.folder, 'of-a-file');
  const { status } = await evaluate(model, '--save-images', folder);
  expect(status).toBe(0);
  const { attacks, subject } = await indexOf(folder);
  expect(subject.run).toBe('model.onnx');
  expect(attacks.map(({ npy }: { npy: string }) => npy)).toEqual(
    ['pgd-1', 'pgd-2', 'noise'].map((name) => `ns-shared-ap-shared/${name}.npy`),
  );
  const { stderr } = await evaluate(model, '--save-images', folder);
  expect(stderr).toContain('is not empty');
});
