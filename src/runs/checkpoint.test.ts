import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { packageVersion } from '../configuration/index.ts';
import { sha256 } from '../files/index.ts';
import { loadCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { writeSafetensors } from './safetensors/index.ts';
import { compareTensors } from './state.ts';

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
    runningMetrics: {
      examples: 256,
      steps: 2,
      loss: Math.PI,
      passes: { clean: { loss: 0.1 + 0.2, correct: 7 } },
    },
  },
  step: 237,
  metricsBytes: 4711,
  best: { metric: 'robust', value: 0.1 + 0.2, epoch: 2 },
};

function flip(bytes: Buffer, at: number, mask = 1): Buffer {
  bytes[at] ^= mask;
  return bytes;
}

/** The same file with a piece of its header replaced by another of the same length. */
function edit(bytes: Buffer, from: string, to: string): Buffer {
  const text = bytes.toString('latin1');
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), 'latin1');
}

describe('a checkpoint', () => {
  it('comes back with the same bits and numbers', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const read = await readCheckpoint(path);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ ...metadata, dualbn: packageVersion });
    expect(read).toMatchObject({ isSealed: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('written twice is the same file', async () => {
    await writeCheckpoint(path, tensors, metadata);
    const first = await readFile(path);
    await writeCheckpoint(path, tensors, metadata);
    expect(await readFile(path)).toEqual(first);
  });

  it.each([
    ['a flipped bit of a value', (bytes: Buffer) => flip(bytes, bytes.length - 1)],
    ['a value of another sign of zero', (bytes: Buffer) => flip(bytes, bytes.length - 1, 0x80)],
    ['an edited position', (bytes: Buffer) => edit(bytes, '\\"epoch\\":3', '\\"epoch\\":9')],
    ['an edited count of steps', (bytes: Buffer) => edit(bytes, '"step":"237"', '"step":"238"')],
    ['an edited length of the metrics', (bytes: Buffer) => edit(bytes, '"4711"', '"4712"')],
    ['an edited best', (bytes: Buffer) => edit(bytes, '\\"epoch\\":2', '\\"epoch\\":1')],
    ['another configuration', (bytes: Buffer) => edit(bytes, '0123456789abcdef', '0123456789abcdee')],
    ['a position that is none', (bytes: Buffer) => edit(bytes, '\\"epoch\\":3', '\\"epoch\\":x')],
    ['two swapped tensors', (bytes: Buffer) => edit(bytes, 'bn1.adv.running_mean', 'bn1.bdv.running_mean')],
    ['another shape', (bytes: Buffer) => edit(bytes, '[2,1,1,1]', '[1,2,1,1]')],
  ])('with %s is refused', async (_, alter) => {
    await writeCheckpoint(path, tensors, metadata);
    await writeFile(path, alter(await readFile(path)));
    await expect(readCheckpoint(path)).rejects.toMatchObject({
      code: 'damaged',
      message: `${path} is damaged: its content does not have the digest that it carries`,
    });
  });

  it('with its names swapped is refused', async () => {
    const swapped = new Map([
      ['a', { shape: [1], values: new Float32Array([1]) }],
      ['b', { shape: [1], values: new Float32Array([2]) }],
    ]);
    await writeCheckpoint(path, swapped, metadata);
    const swap: Record<string, string> = { '"a":': '"b":', '"b":': '"a":' };
    const text = (await readFile(path)).toString('latin1').replaceAll(/"[ab]":/g, (name) => swap[name]);
    await writeFile(path, text, 'latin1');
    await expect(readCheckpoint(path)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('of version 0.1, with a checksum of its values alone, still opens', async () => {
    const position = JSON.stringify(metadata.position);
    const old = {
      dualbn: '0.1.0',
      configuration: metadata.configuration,
      ...{ position, step: '237', metricsBytes: '4711', best: 'null' },
      checksum: 'sha256:e0722dfe1b3aff1e5c26b9e0b1d9e4f4de7ef54b41e57a97e23ca5c0d6b2b6ea',
    };
    const write = (checksum: string) => writeSafetensors(path, { tensors, metadata: { ...old, checksum } });
    await write(old.checksum);
    await expect(readCheckpoint(path)).rejects.toThrow('its values do not have the checksum');
    const bytes = [...tensors.values()].map(({ values }) => Buffer.from(values.buffer));
    await write(`sha256:${sha256(...bytes)}`);
    expect(await readCheckpoint(path)).toMatchObject({ isSealed: false, metadata: { step: 237 } });
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
