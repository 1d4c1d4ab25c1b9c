import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attack, drawStarts, oneHot, pgdAttack, predictor } from '../../attacks/index.ts';
import { evaluationSubset, gather } from '../../data/index.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { readExternalState } from '../../interop/index.ts';
import { plainNetwork, type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import type { Cell } from '../../nn/index.ts';
import { decodeModel } from '../../onnx/index.ts';
import { checkpointPath, loadTrained, type Run, readSafetensors } from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addExport } from './export.ts';

const table = [addExport];
let world: TinyWorld;
let run: Run;

beforeAll(async () => {
  world = await tinyWorld();
  run = await world.makeRun('run', 'dual-bn');
});
afterAll(() => world.remove());

const exportRun = (...argv: string[]) => invoke(['export', run.directory, ...argv], { table });

describe('dualbn export --safetensors', () => {
  test('writes every weight of the network and none of the optimizer', async () => {
    const path = join(world.folder, 'whole.safetensors');
    const { status, stdout } = await exportRun('--safetensors', path);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}\n` });
    const { tensors, metadata } = await readSafetensors(path);
    const stored = await readSafetensors(checkpointPath(run.directory, 'last'));
    expect([...tensors.keys()]).toContain('layer1.0.bn1.adv.running_mean');
    expect([...tensors.keys()].filter((name) => name.startsWith('optimizer.'))).toEqual([]);
    for (const [name, tensor] of tensors) expect(tensor).toEqual(stored.tensors.get(name));
    expect(metadata).toMatchObject({
      format: 'pt',
      run: 'run',
      epoch: '2',
      network: 'resnet8',
      width: '2',
      regime: 'dual-bn',
      dataset: world.dataset,
    });
  });

  test('writes one cell under the names of a plain network: NS of one branch, AP of another', async () => {
    const path = join(world.folder, 'cell.safetensors');
    await exportRun('--safetensors', path, '--ns', 'adv', '--ap', 'clean');
    const { tensors, metadata } = await readSafetensors(path);
    const { tensors: stored } = await readSafetensors(checkpointPath(run.directory, 'last'));
    expect([...tensors.keys()].sort()).toEqual(
      plainNetwork()
        .variables.map(({ name }) => name)
        .sort(),
    );
    expect(tensors.get('bn1.running_var')).toEqual(stored.get('bn1.adv.running_var'));
    expect(tensors.get('bn1.weight')).toEqual(stored.get('bn1.clean.weight'));
    expect(tensors.get('fc.bias')).toEqual(stored.get('fc.bias'));
    expect(metadata).toMatchObject({ statistics: 'adv', affine: 'clean' });
  });

  test('takes a branch for both axes, and where there is but one set, that', async () => {
    const dualNs = await world.makeRun('dual-ns', 'dual-ns');
    const path = join(world.folder, 'branch.safetensors');
    await invoke(['export', dualNs.directory, '--safetensors', path, '--branch', 'adv'], { table });
    const { tensors, metadata } = await readSafetensors(path);
    const { tensors: stored } = await readSafetensors(checkpointPath(dualNs.directory, 'last'));
    expect(tensors.get('bn1.running_var')).toEqual(stored.get('bn1.adv.running_var'));
    expect(tensors.get('bn1.weight')).toEqual(stored.get('bn1.weight'));
    expect(metadata).toMatchObject({ statistics: 'adv', affine: 'shared' });
  });
});

describe('dualbn export --onnx', () => {
  /** What the program itself makes of the test images through a cell. */
  async function ownLogits(cell: Cell) {
    const engine = createReferenceEngine();
    const { network, test: images } = await loadTrained(run, engine);
    const examples = gather(images, evaluationSubset(images, images.count));
    return { examples, logits: await predictor({ engine, network, cell }, 10)(examples.images) };
  }

  test.each([
    ['clean', 'clean'],
    ['adv', 'clean'],
    ['adv', 'adv'],
  ])('writes the cell NS %s, AP %s as a classifier for any number of images', async (statistics, affine) => {
    const path = join(world.folder, `${statistics}-${affine}.onnx`);
    const { status, stdout, stderr } = await exportRun('--onnx', path, '--ns', statistics, '--ap', affine);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}\n` });
    expect(stderr).toMatch(/largest difference from this program in the logits of 8 test images: \d/);
    const { examples, logits: own } = await ownLogits({ statistics, affine });
    const session = await InferenceSession.create(path);
    for (const count of [1, 10]) {
      const values = examples.images.subarray(0, count * 16);
      const { logits } = await session.run({ images: new Tensor('float32', values, [count, 1, 4, 4]) });
      expect(logits.dims).toEqual([count, 3]);
      for (const [at, value] of (logits.data as Float32Array).entries())
        expect(value).toBeCloseTo(own[at], 4);
    }
  });

  test('says in the file what it is', async () => {
    const path = join(world.folder, 'metadata.onnx');
    await exportRun('--onnx', path, '--branch', 'adv');
    const { metadata, graph } = decodeModel(await readFile(path), path);
    expect(metadata).toMatchObject({
      dataset: world.dataset,
      classes: '["0","1","2"]',
      network: 'resnet8',
      statistics: 'adv',
      affine: 'adv',
      run: 'run',
      epoch: '2',
      trainedEpsilon: '0.1',
      regime: 'dual-bn',
    });
    expect(graph.inputs).toEqual([{ name: 'images', type: 'float32', shape: ['batch', 1, 4, 4] }]);
    expect(graph.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['batch', 3] }]);
  });

  test('writes an attack whose images are those of the program', async () => {
    const path = join(world.folder, 'attack.onnx');
    const { status, stderr } = await exportRun(
      ...['--onnx', path, '--branch', 'adv', '--attack', 'pgd-3', '--epsilon', '16/255'],
    );
    expect(stderr).toMatch(/adversarial images of 8 test images: \d+\.\d\d % of the pixels differ/);
    expect(status).toBe(0);
    const { metadata, graph } = decodeModel(await readFile(path), path);
    expect(metadata).toMatchObject({ attack: 'pgd-3', epsilon: '16/255', stepSize: String(16 / 255 / 4) });
    expect(graph.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['images', ['batch', 1, 4, 4]],
      ['labels', ['batch', 3]],
      ['start', ['batch', 1, 4, 4]],
    ]);
    const engine = createReferenceEngine();
    const { network, test: images } = await loadTrained(run, engine);
    const examples = gather(images, evaluationSubset(images, 10));
    const options = pgdAttack.complete({ epsilon: 16 / 255, steps: 3 });
    const model = { engine, network, cell: { statistics: 'adv', affine: 'adv' } };
    const own = await attack(model, options, { seed: 4 })({
      images: examples.images,
      labels: examples.labels,
    });
    const keys = Array.from({ length: 10 }, (_, example) => ({ seed: 4, example }));
    const session = await InferenceSession.create(path);
    const { adversarial } = await session.run({
      images: new Tensor('float32', examples.images, [10, 1, 4, 4]),
      labels: new Tensor('float32', oneHot(examples.labels, 3), [10, 3]),
      start: new Tensor('float32', drawStarts(options, keys, 16), [10, 1, 4, 4]),
    });
    for (const [at, value] of (adversarial.data as Float32Array).entries())
      expect(value).toBeCloseTo(own.adversarial[at], 5);
  });
});

describe('dualbn export --pytorch', () => {
  test('writes what --safetensors writes, in a file of torch.save, and the same bytes again', async () => {
    const [safe, torch, again] = ['same.safetensors', 'same.pth', 'again.pth'].map((n) =>
      join(world.folder, n),
    );
    await exportRun('--safetensors', safe, '--branch', 'adv');
    expect(await exportRun('--pytorch', torch, '--branch', 'adv')).toMatchObject({
      status: 0,
      stdout: `${torch}\n`,
    });
    await exportRun('--pytorch', again, '--branch', 'adv');
    expect(await readFile(again)).toEqual(await readFile(torch));
    expect((await readExternalState(torch)).tensors).toEqual((await readExternalState(safe)).tensors);
    const taken = await exportRun('--pytorch', torch, '--branch', 'adv');
    expect(taken.status).toBe(2);
  });
});

describe('what cannot be exported ends with exit code 2 and no file', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['nothing to write', [], /say what to write/],
    ['two things to write', ['--safetensors', 'OUT', '--onnx', 'OUT'], /say what to write/],
    ['weights in two forms', ['--safetensors', 'OUT', '--pytorch', 'OUT'], /say what to write/],
    ['an attack as PyTorch weights', ['--pytorch', 'OUT', '--attack', 'pgd-3'], /--attack goes with --onnx/],
    ['an ONNX model of no cell', ['--onnx', 'OUT'], /choose one cell(.|\n)*NS clean, AP clean/],
    ['an unknown attack', ['--onnx', 'OUT', '--branch', 'adv', '--attack', 'pdg-3'], /no attack 'pdg-3'/],
    [
      'a search as a model',
      ['--onnx', 'OUT', '--branch', 'adv', '--attack', 'square-9'],
      /square is no ascent that follows gradients/,
    ],
    ['an attack as weights', ['--safetensors', 'OUT', '--attack', 'pgd-3'], /--attack goes with --onnx/],
    [
      'an epsilon of no attack',
      ['--onnx', 'OUT', '--epsilon', '8/255'],
      /--epsilon is the bound of --attack/,
    ],
    ['an epsilon of 8', ['--onnx', 'OUT', '--attack', 'pgd-3', '--epsilon', '8'], /did you mean 8\/255/],
    [
      'a branch that is not there',
      ['--safetensors', 'OUT', '--branch', 'avd'],
      /branch avd: use one of clean, adv/,
    ],
    ['half a cell', ['--safetensors', 'OUT', '--ns', 'adv'], /NS adv, AP clean\n.*NS adv, AP adv/],
    [
      'an NS that is not there',
      ['--safetensors', 'OUT', '--ns', 'a', '--ap', 'b'],
      /NS a: use(.|\n)*AP b: use/,
    ],
    [
      'an adapter of a network without',
      ['--safetensors', 'OUT', '--adapter', 'adv'],
      /adapter adv: there is nothing/,
    ],
    ['a folder that is not there', ['--safetensors', 'FOLDER/none/OUT'], /no such file or folder/],
    [
      'a checkpoint that is not there',
      ['--safetensors', 'OUT', '--checkpoint', 'best'],
      /has no checkpoint 'best'/,
    ],
  ];

  test.each(cases)('%s', async (_, argv, message) => {
    const before = await readdir(world.folder);
    const placed = argv.map((text) =>
      text.replace('FOLDER', world.folder).replace('OUT', join(world.folder, 'out')),
    );
    const { status, stdout, stderr } = await exportRun(...placed);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(await readdir(world.folder)).toEqual(before);
  });

  test('a file that is there is not written over', async () => {
    const path = join(world.folder, 'precious');
    await writeFile(path, 'mine');
    const { status, stderr } = await exportRun('--safetensors', path);
    expect(status).toBe(2);
    expect(stderr).toContain(`${path} is there already`);
  });
});
