import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { packageVersion } from '../configuration/index.ts';
import { loadCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { writeSafetensors } from './safetensors/index.ts';
import { compareTensors } from './tensor-shapes.ts';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'dualbn-checkpoint-')), 'last.safetensors');
});

const tensors = new Map([
  ['conv1.weight', { shape: [2, 1, 1, 1], values: new Float32Array([0.5, -0.5]) }],
  ['bn1.adv.running_mean', { shape: [2], values: new Float32Array([0.1, 0.2]) }],
  ['momentum/conv1.weight', { shape: [2, 1, 1, 1], values: new Float32Array(2) }],
]);
const metadata = {
  configuration: '0123456789abcdef',
  position: {
    epoch: 3,
    batch: 2,
    tally: { examples: 256, steps: 2, loss: Math.PI, passes: { clean: { loss: 0.1 + 0.2, correct: 7 } } },
  },
  step: 237,
  metricsBytes: 4711,
  best: { metric: 'robust', value: 0.1 + 0.2, epoch: 2 },
};

describe('a checkpoint', () => {
  it('comes back with the same bits and numbers', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const read = await readCheckpoint(path);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ ...metadata, dualbn: packageVersion });
  });

  it('written twice is the same file', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const first = await readFile(path);
    await writeCheckpoint(path, tensors, metadata);
    expect(await readFile(path)).toEqual(first);
  });

  it('with a flipped bit is refused', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    await expect(readCheckpoint(path)).rejects.toThrow(
      `${path} is damaged: its data has the checksum sha256:`,
    );
  });

  it('cut short is refused', async () => {
    await writeCheckpoint(path, tensors, metadata);
    await writeFile(path, (await readFile(path)).subarray(0, -4));
    await expect(readCheckpoint(path)).rejects.toThrow(
      'data: expected 24 bytes, found 20: the file is truncated',
    );
  });

  it('is told from any other safetensors file', async () => {
    await writeSafetensors(path, { tensors, metadata: { dualbn: '0.1.0', position: 'three', step: '-1' } });
    await expect(readCheckpoint(path)).rejects.toThrow(
      /no checkpoint of dualbn; its metadata:\n {2}configuration: is missing\n {2}position: is not JSON\n {2}step: Too small/,
    );
  });
});

describe('loadCheckpoint', () => {
  const isExtra = (name: string) => name.startsWith('momentum/');
  const expected = new Map([
    ['conv1.weight', [2, 1, 1, 1]],
    ['bn1.adv.running_mean', [2]],
  ]);

  it('gives what fits, with the extras that are allowed', async () => {
    await writeCheckpoint(path, tensors, metadata);
    expect((await loadCheckpoint(path, expected, isExtra)).tensors.size).toBe(3);
  });

  it('lists everything that does not fit at once', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const other = new Map([
      ['conv1.weight', [2, 3, 1, 1]],
      ['linear.bias', [10]],
    ]);
    await expect(loadCheckpoint(path, other, isExtra)).rejects.toThrow(
      [
        `${path} does not fit the network:`,
        '  conv1.weight: expected shape [2, 3, 1, 1], found [2, 1, 1, 1]',
        '  linear.bias: missing, expected shape [10]',
        '  bn1.adv.running_mean: unexpected, of shape [2]',
      ].join('\n'),
    );
  });
});

describe('loadCheckpoint of values that no network can use', () => {
  const holding = async (name: string, value: number) => {
    const broken = new Map([...tensors, [name, { shape: [2], values: Float32Array.of(1, value) }]]);
    await writeCheckpoint(path, broken, metadata);
    return loadCheckpoint(path, new Map(), () => true);
  };

  it.each([
    ['bn1.adv.running_var', -0.25, '1 of 2 values is negative, of a variance: -0.25 at index 1'],
    ['bn1.adv.running_mean', Number.NaN, '1 of 2 values is NaN: NaN at index 1'],
    ['fc.bias', Infinity, '1 of 2 values is infinite: Infinity at index 1'],
  ])('names %s of %d', async (name, value, what) => {
    await expect(holding(name, value)).rejects.toThrow(
      `${path} holds unusable values; the file itself is so:\n  ${name}: ${what}`,
    );
  });

  it('takes a mean below zero and a variance of zero', async () => {
    await holding('bn1.adv.running_mean', -3);
    await holding('bn1.adv.running_var', 0);
  });
});

it('compareTensors ends a long list with how many there are more', () => {
  const many = new Map(Array.from({ length: 40 }, (_, i) => [`layer${i}`, [1]]));
  const problems = compareTensors(new Map(), many);
  expect(problems).toHaveLength(13);
  expect(problems.at(-1)).toEqual({ where: '...', what: 'and 28 more' });
});
