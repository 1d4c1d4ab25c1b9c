import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AttackedImages } from '../evaluation/index.ts';
import { readSafetensors } from '../runs/index.ts';
import { withImageFolder } from './saved-images.ts';
import { evaluationWith } from './testing/autoattack-evaluation.ts';

let parent: string;
let folder: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'dualbn-images-'));
  folder = join(parent, 'images');
});
beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => rm(parent, { recursive: true }));

const shape = { channels: 3, height: 1, width: 2, classes: ['cat', 'dog'] };
const foundBy = (attack: string, more: Partial<AttackedImages> = {}): AttackedImages => ({
  cell: { statistics: 'adv', affine: 'adv' },
  ...{ attack, norm: 'linf', epsilon: 8 / 255 },
  // Half of a 255th is what rounding loses.
  images: Float32Array.from({ length: 12 }, (_, i) => (10 * i + 0.5 * (i % 2)) / 255 + 2 ** -20),
  ...{ indices: [7, 123], labels: [0, 1], cleanCorrect: Uint8Array.of(1, 0), brokenBy: Uint8Array.of(2, 0) },
  ...{ predicted: Int32Array.of(1, -1), distance: Float32Array.of(0.1, 0) },
  ...more,
});
const about = evaluationWith();
const save = (found: readonly AttackedImages[], of = shape) =>
  withImageFolder(folder, of, async (made) => {
    for (const each of found) await made?.add(each);
    await made?.finish(about);
  });

test('arrays are exact, and PNG is rounded to 8 bits', async () => {
  const found = foundBy('aa-l2');
  await save([found]);
  const stem = join(folder, 'ns-adv-ap-adv', 'aa-l2');
  const { tensors, metadata } = await readSafetensors(`${stem}.safetensors`);
  expect(tensors.get('images')).toEqual({ shape: [2, 3, 1, 2], values: found.images });
  expect(metadata).toMatchObject({ statistics: 'adv', affine: 'adv', attack: 'aa-l2', norm: 'linf' });
  const npy = await readFile(`${stem}.npy`);
  expect(npy.toString('latin1', 10, 128)).toContain("'shape': (2, 3, 1, 2,)");
  expect([...new Float32Array(new Uint8Array(npy.subarray(-48)).buffer)]).toEqual([...found.images]);
  expect(await readdir(stem)).toEqual(['123.png', '7.png']);
  const { data, info } = await sharp(join(stem, '123.png')).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 2, height: 1, channels: 3 });
  // [H, W, C] of [C, H, W], rounded.
  const rounded = Array.from(found.images.subarray(6), (value) => Math.round(255 * value));
  expect([...data]).toEqual([0, 2, 4, 1, 3, 5].map((at) => rounded[at]));
});

test('the index says what each image is, and where', async () => {
  const other = { statistics: 'clean', affine: 'adv' };
  await save([foundBy('aa'), foundBy('pgd-20', { cell: other })]);
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  expect(index).toMatchObject({
    ...{ document: 'adversarial-images', version: 1, classes: ['cat', 'dog'], shape: [3, 1, 2] },
    ...{ subject: about.subject, request: about.request },
  });
  expect(index.attacks).toEqual([
    {
      ...{ statistics: 'adv', affine: 'adv', attack: 'aa', norm: 'linf', epsilon: 8 / 255 },
      ...{ npy: 'ns-adv-ap-adv/aa.npy', safetensors: 'ns-adv-ap-adv/aa.safetensors' },
      png: 'ns-adv-ap-adv/aa/{index}.png',
      examples: {
        ...{ index: [7, 123], label: [0, 1], cleanCorrect: [1, 0], brokenBy: [2, 0] },
        ...{ predicted: [1, -1], distance: [0.1, 0] },
      },
    },
    expect.objectContaining({ ...other, attack: 'pgd-20', npy: 'ns-clean-ap-adv/pgd-20.npy' }),
  ]);
});

test('names that would be one are told apart', async () => {
  await save([foundBy('my attack'), foundBy('my-attack'), foundBy('../..')]);
  expect(
    (await readdir(join(folder, 'ns-adv-ap-adv'))).filter((name) => name.endsWith('.npy')).sort(),
  ).toEqual(['my-attack-2.npy', 'my-attack.npy', 'unnamed.npy']);
});

test('of two channels there is no PNG', async () => {
  const images = new Float32Array(8).fill(0.5);
  await save([foundBy('aa', { images })], { ...shape, channels: 2 });
  expect((await readdir(join(folder, 'ns-adv-ap-adv'))).sort()).toEqual(['aa.npy', 'aa.safetensors']);
  expect(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')).attacks[0].png).toBe(null);
});

describe('the folder', () => {
  test('may be there, if it is empty', async () => {
    await mkdir(folder);
    await save([foundBy('aa')]);
    expect((await readdir(folder)).sort()).toEqual(['index.json', 'ns-adv-ap-adv']);
  });

  test('is refused with something in it, as a file, and where its parent is not there', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'mine.txt'), 'mine');
    await expect(save([])).rejects.toThrow('is not empty: give a new folder');
    expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('mine');
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file');
    await expect(save([])).rejects.toThrow('a part of the path is a file');
    const lost = withImageFolder(join(parent, 'not', 'there'), shape, async () => 1);
    await expect(lost).rejects.toThrow('no such file or folder');
  });

  test('is not there before all is written, and nothing is left of what was cut', async () => {
    const cut = withImageFolder(folder, shape, async (made) => {
      await made?.add(foundBy('aa'));
      expect(await readdir(parent)).toEqual([expect.stringMatching(/^\.images\.\d+\.partial$/)]);
      throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    expect(await readdir(parent)).toEqual([]);
  });

  test('is none where none is asked for', async () => {
    expect(await withImageFolder(undefined, shape, async (made) => made === undefined)).toBe(true);
  });
});

test('the working directory itself is refused, by whatever name', async () => {
  for (const name of ['.', '', process.cwd()])
    await expect(withImageFolder(name, shape, async () => {})).rejects.toThrow('give a new folder in it');
});
