/** Every regime's network leaves and comes back, whole, as one cell, and as an ONNX model. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { predictor } from '../attacks/index.ts';
import {
  packageRoot,
  parseEpsilon,
  plainConfiguration,
  resolveConfiguration,
} from '../configuration/index.ts';
import { evaluationSubset, gather } from '../data/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { type Cell, gridOf } from '../nn/index.ts';
import { checkpointPath, loadTrained, type Run, readSafetensors, writeSafetensors } from '../runs/index.ts';
import { type Regime, regimes } from '../training/index.ts';
import { exportOnnx, exportSafetensors, importRun } from './index.ts';
import { type TinyWorld, tinyWorld } from './testing/tiny-run.ts';

let world: TinyWorld;
beforeAll(async () => {
  world = await tinyWorld();
});
afterAll(() => world.remove());

const threeBranches = () => {
  const preset = join(packageRoot, 'presets', 'examples', 'three-branches.yaml');
  return JSON.stringify(plainConfiguration(resolveConfiguration({ preset }).configuration).regime);
};

const place = (name: string) => join(world.folder, name);

async function cellsOf(run: Run) {
  const engine = createReferenceEngine();
  const { network, test: dataset } = await loadTrained(run, engine);
  const { images } = gather(dataset, evaluationSubset(dataset, 4));
  const logits = (cell: Cell) => predictor({ engine, network, cell }, 4)(images);
  return { network, grid: gridOf(network), logits };
}

const networkWeights = async (run: Run) =>
  [...(await readSafetensors(checkpointPath(run.directory, 'last'))).tensors].filter(
    ([name]) => !name.startsWith('optimizer.'),
  );

const everyRegime = Object.entries<Regime>(regimes).map(([name, row]) => ({
  name,
  more: [
    // What it once started from does not matter here.
    ...(row.init ? ['init={run: somewhere}'] : []),
    // Tiny layers have few channels.
    ...(row.network?.normalization?.kind === 'group' ? ['network.normalization.groups=2'] : []),
  ],
  adapters: row.sets.adapters !== undefined,
}));

describe.each(everyRegime)('a network of $name', ({ name, more, adapters }) => {
  let run: Run;
  beforeAll(async () => {
    run = await world.makeRun(name, name, more);
  });

  test('comes back whole', async () => {
    await exportSafetensors(run, place(`${name}.safetensors`));
    const { run: back } = await importRun({
      file: place(`${name}.safetensors`),
      directory: place(`${name}-back`),
    });
    expect(await networkWeights(back)).toEqual(await networkWeights(run));
    expect((await cellsOf(back)).network.sets).toEqual((await cellsOf(run)).network.sets);
  });

  test('has cells that are plain networks, but for adapters', async () => {
    const { grid, logits } = await cellsOf(run);
    const cell = grid.at(-1) ?? grid[0];
    const file = place(`${name}-cell.safetensors`);
    // Without a choice there is nothing to ask for, and the whole network is written.
    const asked = grid.length === 1 ? { branch: 'shared' } : cell;
    if (adapters)
      return expect(exportSafetensors(run, file, { cell: asked })).rejects.toThrow(/role adapter/);
    await exportSafetensors(run, file, { cell: asked });
    const { run: plain } = await importRun({ file, directory: place(`${name}-plain`) });
    const back = await cellsOf(plain);
    expect(back.grid).toHaveLength(1);
    const [found, expected] = [await back.logits(back.grid[0]), await logits(cell)];
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 4);
  });

  test('has cells that are ONNX models', async () => {
    const { grid } = await cellsOf(run);
    const path = place(`${name}.onnx`);
    const exported = await exportOnnx(run, path, createReferenceEngine(), { cell: grid.at(-1) ?? {} });
    expect(exported.check.largestDifference).toBeLessThan(1e-4);
    expect((await readFile(path)).byteLength).toBe(exported.bytes);
  });
});

test.each([
  ['three branches by a row of the user', 'three', [`regime=${threeBranches()}`]],
  ['group normalization', 'groups', ['regime.name=madry', 'network.normalization={kind: group, groups: 2}']],
])('a network of %s comes back whole', async (_, name, more) => {
  const run = await world.makeRun(name, 'madry', more);
  await exportSafetensors(run, place(`${name}.safetensors`));
  const { run: back } = await importRun({
    file: place(`${name}.safetensors`),
    directory: place(`${name}-back`),
  });
  expect(await networkWeights(back)).toEqual(await networkWeights(run));
  expect(back.configuration.network).toEqual(run.configuration.network);
  expect(back.configuration.regime).toEqual(run.configuration.regime);
});

test('normalization by image leaves as a model for any number of images, and for one', async () => {
  const run = await world.makeRun('group', 'madry', ['network.normalization={kind: group, groups: 2}']);
  const engine = createReferenceEngine();
  const classifier = await exportOnnx(run, place('group.onnx'), engine);
  expect(classifier.check.images).toBeGreaterThan(3);
  const attack = await exportOnnx(run, place('attack.onnx'), engine, {
    attack: { name: 'pgd-2', epsilon: parseEpsilon('8/255') },
  });
  expect(attack.check.images).toBeGreaterThan(3);
  const { check } = await exportOnnx(run, place('three.onnx'), engine, { batch: 3 });
  expect(check.images).toBe(3);
});

describe('the stem of large images', () => {
  let large: TinyWorld;
  beforeAll(async () => {
    large = await tinyWorld({ channels: 3, side: 19, network: 'resnet8', width: 2 });
  });
  afterAll(() => large.remove());
  const stem = ['network.stem=large'];

  test('has a max-pool that leaves as ONNX, in a classifier and in an attack', async () => {
    const run = await large.makeRun('run', 'dual-bn', stem);
    const engine = createReferenceEngine();
    const cell = { branch: 'adv' };
    const classifier = await exportOnnx(run, join(large.folder, 'classifier.onnx'), engine, { cell });
    expect(classifier.check.images).toBeGreaterThan(3);
    const attack = { name: 'pgd-2', epsilon: parseEpsilon('8/255') };
    const { check } = await exportOnnx(run, join(large.folder, 'attack.onnx'), engine, { cell, attack });
    expect(check.images).toBeGreaterThan(3);
    expect(check.otherPixels).toBeLessThan(0.01);
  });

  test('of a file from before it had a max-pool is refused', async () => {
    const file = join(large.folder, 'run.safetensors');
    await exportSafetensors(await large.makeRun('exported', 'standard', stem), file);
    const { tensors, metadata } = await readSafetensors(file);
    await writeSafetensors(file, { tensors, metadata: { ...metadata, dualbn: '0.1.0' } });
    const directory = join(large.folder, 'back');
    await expect(importRun({ file, directory })).rejects.toThrow(
      `${file} was made by dualbn 0.1.0, where network.stem: large had no max-pool`,
    );
    expect(existsSync(directory)).toBe(false);
  });
});
