import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainNetwork, type TinyWorld, tinyWorld } from '../../exchange/testing/tiny-run.ts';
import { checkpointPath, type Run, readSafetensors } from '../../runs/index.ts';
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

describe('what cannot be exported ends with exit code 2 and no file', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['nothing to write', [], /say what to write/],
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
