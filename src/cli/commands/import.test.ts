import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plainNetwork, randomState, type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import { initialValue } from '../../nn/index.ts';
import {
  checkpointPath,
  openRun,
  type Run,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';
import { addImport } from './import.ts';
import { addReport } from './report.ts';
import { addResume } from './train.ts';

const table = [addImport, addExport, addEvaluate, addReport];
let world: TinyWorld;
let file: string;
let directory: string;
let serial = 0;

beforeAll(async () => {
  world = await tinyWorld();
});
afterAll(() => world.remove());
beforeEach(() => {
  serial += 1;
  file = join(world.folder, `file-${serial}.safetensors`);
  directory = join(world.folder, `imported-${serial}`);
});

const state = () => randomState(plainNetwork());
const put = (tensors: ReadonlyMap<string, StoredTensor>, metadata = {}) =>
  writeSafetensors(file, { tensors, metadata });
const named = ['--network', 'resnet8', '--width', '2', '--set', 'engine.name=reference'];
const importFile = (...argv: string[]) =>
  invoke(['import', file, '--dataset', world.dataset, '--run', directory, ...named, ...argv], { table });
const weightsOf = async (of: string) => (await readSafetensors(checkpointPath(of, 'last'))).tensors;
const renamed = (tensors: Map<string, StoredTensor>, to: (name: string) => string) =>
  new Map([...tensors].map(([name, tensor]) => [to(name), tensor]));

describe('dualbn import', () => {
  test('makes a run of a plain state dict', async () => {
    await put(state());
    const { status, stdout } = await importFile();
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${directory}\n` });
    const { regime, network, data } = openRun(directory).configuration;
    expect([regime.name, network.name, data.dataset]).toEqual(['standard', 'resnet8', world.dataset]);
    expect(await weightsOf(directory)).toEqual(state());
  });

  test('--as both: every branch of Dual BN gets the plain sets', async () => {
    await put(state());
    await importFile('--as', 'both');
    const weights = await weightsOf(directory);
    for (const branch of ['clean', 'adv'])
      for (const what of ['weight', 'bias', 'running_mean', 'running_var'])
        expect(weights.get(`layer1.0.bn1.${branch}.${what}`)).toEqual(state().get(`layer1.0.bn1.${what}`));
    expect(weights.get('layer1.0.conv1.weight')).toEqual(state().get('layer1.0.conv1.weight'));
  });

  test('--as adv: the other branch keeps what training starts from, and the command says so', async () => {
    await put(state());
    const { stderr } = await importFile('--as', 'adv');
    const weights = await weightsOf(directory);
    expect(weights.get('bn1.adv.running_var')).toEqual(state().get('bn1.running_var'));
    expect([...(weights.get('bn1.clean.running_var')?.values ?? [])]).toEqual([1, 1]);
    expect(stderr).toContain('branch clean keeps the values that training starts from');
  });

  test.each([
    ['the prefix of DataParallel', (name: string) => `module.${name}`, "the prefix 'module.'"],
    ['the prefix of torch.compile', (name: string) => `_orig_mod.${name}`, "the prefix '_orig_mod.'"],
    [
      'the prefix of a wrapper',
      (name: string) => `net.${name}`,
      "where 'net.' is of a wrapper that normalizes images",
    ],
    ['two prefixes', (name: string) => `module.model.${name}`, "the prefix 'model.'"],
    [
      'the names of pytorch-cifar',
      (name: string) => name.replace('downsample', 'shortcut').replace('fc.', 'linear.'),
      "read 'shortcut' in names as 'downsample'",
    ],
  ])('understands %s, and says so', async (_, to, says) => {
    const counters = new Map([['bn1.num_batches_tracked', { shape: [], values: Float32Array.of(7) }]]);
    await put(renamed(new Map([...state(), ...counters]), to));
    const { status, stderr } = await importFile();
    expect(status).toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).toContain('left out 1 counters num_batches_tracked');
    expect(await weightsOf(directory)).toEqual(state());
  });

  test('--dry-run prints which tensor becomes which, and writes nothing', async () => {
    await put(renamed(state(), (name) => `module.${name.replace('fc.', 'linear.')}`));
    const before = await readdir(world.folder);
    const { status, stdout, stderr } = await importFile('--as', 'adv', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^linear\.bias +fc\.bias +3$/m);
    expect(stdout).toMatch(/^bn1\.running_var +bn1\.adv\.running_var +2$/m);
    expect(stdout).toMatch(/^- \(as training starts\) +bn1\.clean\.weight +2$/m);
    expect(stderr).toContain("took the prefix 'module.' off all names");
    expect(await readdir(world.folder)).toEqual(before);
  });

  test('leaves out the counter of AveragedModel, and says so', async () => {
    const counter = ['n_averaged', { shape: [], values: Float32Array.of(3) }] as const;
    await put(new Map([...renamed(state(), (name) => `module.${name}`), counter]));
    const { status, stderr } = await importFile();
    expect(status).toBe(0);
    expect(stderr).toContain('left out 1 counters n_averaged');
    expect(await weightsOf(directory)).toEqual(state());
  });

  test.each([
    ['dual-bn', []],
    ['dual-ns', []],
    ['dual-ap', []],
    ['madry', []],
  ])('an export of %s comes back with the same weights and the same evaluation', async (regime) => {
    const origin: Run = await world.makeRun(`origin-${serial}`, regime);
    await invoke(['export', origin.directory, '--safetensors', file], { table });
    const evaluated = async (of: string) => {
      const argv = ['evaluate', of, '--attack', 'pgd-2', '--epsilon', '16/255', '--examples', '6', '--json'];
      const { grid, outcomes } = JSON.parse((await invoke(argv, { table })).stdout);
      return { grid, outcomes };
    };
    // The file says network, width and data set itself.
    const argv = ['import', file, '--run', directory, '--set', 'engine.name=reference'];
    expect((await invoke(argv, { table })).status).toBe(0);
    expect(openRun(directory).configuration).toMatchObject({
      epochs: 2,
      network: { name: 'resnet8', width: 2 },
    });
    expect(await evaluated(directory)).toEqual(await evaluated(origin.directory));
  });

  test('an imported run can be exported again, to the same weights, and reported', async () => {
    await put(state());
    await importFile();
    const again = join(world.folder, 'again.safetensors');
    await invoke(['export', directory, '--safetensors', again], { table });
    expect((await readSafetensors(again)).tensors).toEqual(state());
    const argv = ['evaluate', directory, '--attack', 'pgd-1', '--examples', '4', '--epsilon', '8/255'];
    expect((await invoke(argv, { table })).status).toBe(0);
    expect((await invoke(['report', directory, '--images', '1'], { table })).status).toBe(0);
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('resnet8');
  });
});

describe('what cannot be imported ends with exit code 2 and no run', () => {
  const without = (name: string) => {
    const tensors = state();
    tensors.delete(name);
    return tensors;
  };
  const wide: StoredTensor = { shape: [3, 2], values: new Float32Array(6) };
  const cases: readonly (readonly [string, () => Promise<unknown>, readonly string[], readonly RegExp[]])[] =
    [
      [
        'everything that does not fit, at once',
        () => put(new Map([...without('bn1.bias'), ['fc.weight', wide], ['extra', wide]])),
        [],
        [
          /1 missing, 1 misshapen, 1 unexpected/,
          /bn1\.bias: missing, expected shape \[2\]/,
          /fc\.weight: expected shape \[3, 8\], found \[3, 2\]/,
          /extra: unexpected, of shape \[3, 2\]/,
        ],
      ],
      [
        'a prefix on some names only',
        () => put(renamed(state(), (n) => n.replace('fc.', 'module.fc.'))),
        [],
        [/module\.fc\.bias: unexpected/],
      ],
      [
        'a branch that Dual BN has not',
        () => put(state()),
        ['--as', 'noise'],
        [/cannot become the branch noise: the network has shared, clean, adv/],
      ],
      ['an unknown network', () => put(state()), ['--network', 'vgg'], [/there is no network 'vgg'/]],
      [
        'a NaN',
        () =>
          put(new Map([...state(), ['fc.bias', { shape: [3], values: Float32Array.of(0, Number.NaN, 1) }]])),
        [],
        [/the file itself is so:\n {2}fc\.bias: 1 of 3 values is NaN: NaN at index 1/],
      ],
      [
        'a negative running variance',
        () =>
          put(new Map([...state(), ['bn1.running_var', { shape: [2], values: Float32Array.of(1, -0.25) }]])),
        [],
        [/bn1\.running_var: 1 of 2 values is negative, of a variance: -0\.25 at index 1/],
      ],
      ['a file that is not there', async () => undefined, [], [/cannot read .*no such file/]],
      ['a zip file that is cut', () => writeFile(file, 'PK\x03\x04....'), [], [/a damaged zip file/]],
      [
        'a pickle that is cut',
        () => writeFile(file, Buffer.from([0x80, 2, 0x8a, 10])),
        [],
        [/is not a pickle that can be read here: it ends too early, at byte 4/],
      ],
      [
        'a key of a file that holds one state dict',
        () => put(state()),
        ['--key', 'ema'],
        [/holds one state dict: leave --key out/],
      ],
      [
        'a file of another kind',
        () => writeFile(file, 'something else altogether'),
        [],
        [/not a safetensors file/],
      ],
      ['an empty file', () => writeFile(file, ''), [], [/not a safetensors file/]],
      [
        'a truncated file',
        async () => {
          await put(state());
          await writeFile(file, (await readFile(file)).subarray(0, 4000));
        },
        [],
        [/truncated/],
      ],
    ];

  test.each(cases)('%s', async (_, prepare, argv, messages) => {
    await prepare();
    const before = await readdir(world.folder);
    const { status, stdout, stderr } = await importFile(...argv);
    for (const message of messages) expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at |This is a bug/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(await readdir(world.folder)).toEqual(before);
  });

  test('a file that does not say what it is, and nobody else does', async () => {
    await put(state());
    const { status, stderr } = await invoke(['import', file, '--run', directory], { table });
    expect(status).toBe(2);
    expect(stderr).toMatch(/--network: use one of resnet8(.|\n)*--dataset/);
  });

  test('a directory that is taken', async () => {
    await put(state());
    await importFile();
    const { status, stderr } = await importFile();
    expect(status).toBe(2);
    expect(stderr).toContain(`${directory} is there already; the next free name is ${directory}-2`);
    expect(existsSync(`${directory}-2`)).toBe(false);
  });

  test('an imported run has no training to go on with', async () => {
    await put(state());
    await importFile();
    const { status, stderr } = await invoke(['resume', directory], { table: [addResume] });
    expect(status).toBe(2);
    expect(stderr).toContain(`imported from file-${serial}.safetensors, and has no training to go on with`);
  });

  test('a branch left to its beginnings starts as a training of that seed would', async () => {
    await put(state());
    await importFile('--as', 'clean', '--set', 'seed=3');
    const [gamma] = plainNetwork().variables.filter(({ name }) => name === 'bn1.weight');
    expect((await weightsOf(directory)).get('bn1.adv.weight')?.values).toEqual(initialValue(gamma, 3));
  });
});
