/** Weights that leave for PyTorch, and weights that come from there, give the same logits on both sides. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { predictor } from '../../src/attacks/index.ts';
import { evaluationSubset, gather } from '../../src/data/index.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';
import { exportSafetensors, exportTorch, importRun } from '../../src/interop/index.ts';
import { type TinyWorld, tinyWorld } from '../../src/interop/testing/tiny-run.ts';
import { type Cell, gridOf, sameCell } from '../../src/nn/index.ts';
import { loadTrained, type Run, readSafetensors, writeSafetensors } from '../../src/runs/index.ts';
import { runPython, whyNoPytorch } from './python.ts';

const tolerance = 1e-4;
const shape = { channels: 3, side: 16 };

const missing = whyNoPytorch();
if (missing) test.skip(`interop with PyTorch: ${missing}`, () => {});

/** Logits of the test images through each cell of a run. */
async function ownLogits(run: Run): Promise<readonly (readonly [Cell, Float32Array])[]> {
  const engine = createOnnxEngine({ threads: 1 });
  const { network, test: dataset } = await loadTrained(run, engine);
  const { images } = gather(dataset, evaluationSubset(dataset, dataset.count));
  const logits: [Cell, Float32Array][] = [];
  for (const cell of gridOf(network))
    logits.push([cell, await predictor({ engine, network, cell }, dataset.count)(images)]);
  return logits;
}

async function imagesFile(world: TinyWorld, run: Run): Promise<string> {
  const { test: dataset } = await loadTrained(run, createOnnxEngine({ threads: 1 }));
  const { images } = gather(dataset, evaluationSubset(dataset, dataset.count));
  const path = join(world.folder, 'images.safetensors');
  const tensor = { shape: [dataset.count, shape.channels, shape.side, shape.side], values: images };
  await writeSafetensors(path, { tensors: new Map([['images', tensor]]), metadata: {} });
  return path;
}

function expectAlike(found: Float32Array, expected: Float32Array) {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expect(found.length).toBe(expected.length);
  for (const [at, value] of expected.entries())
    expect(Math.abs(found[at] - value)).toBeLessThan(tolerance * scale);
}

describe.skipIf(missing).each([
  ['resnet18', 8],
  ['wrn-28-10', 4],
])('%s of width %d', (network, width) => {
  let world: TinyWorld;
  let run: Run;
  let images: string;
  beforeAll(async () => {
    world = await tinyWorld({ ...shape, network, width });
    run = await world.makeRun('run', 'dual-bn');
    images = await imagesFile(world, run);
  });
  afterAll(() => world?.remove());

  const python = async (how: 'load' | 'make', weights: string): Promise<Float32Array> => {
    const results = join(world.folder, `${how}.safetensors`);
    await runPython('pytorch/state_dict.py', [how, network, String(width), weights, images, results]);
    const { tensors } = await readSafetensors(results);
    return tensors.get('logits')?.values ?? new Float32Array();
  };

  test('an exported cell gives the same logits in PyTorch', async () => {
    const cell: Cell = { statistics: 'adv', affine: 'clean' };
    const [, logits = new Float32Array()] = (await ownLogits(run)).find(([of]) => sameCell(of, cell)) ?? [];
    for (const [name, write] of [
      ['cell.safetensors', exportSafetensors],
      ['cell.pth', exportTorch],
    ] as const) {
      const path = join(world.folder, name);
      await write(run, path, { cell });
      expectAlike(await python('load', path), logits);
    }
  }, 120_000);

  test('a state dict of PyTorch gives the same logits here, as a plain network and as either branch', async () => {
    const file = join(world.folder, 'theirs.safetensors');
    const expected = await python('make', file);
    const request = { file, network, width, dataset: world.dataset };
    for (const as of ['single', 'both'] as const) {
      const { run: imported } = await importRun({ ...request, as, directory: join(world.folder, as) });
      const found = await ownLogits(imported);
      expect(found.map(([cell]) => cell)).toHaveLength(as === 'both' ? 4 : 1);
      for (const [, logits] of found) expectAlike(logits, expected);
    }
    for (const form of ['zip', 'legacy', 'whole', 'parallel', 'double', 'views']) {
      const directory = join(world.folder, form);
      const { run: imported } = await importRun({ ...request, file: `${file}.${form}.pth`, directory });
      for (const [, logits] of await ownLogits(imported)) expectAlike(logits, expected);
    }
  }, 120_000);
});
