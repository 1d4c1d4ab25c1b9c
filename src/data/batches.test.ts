import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { type Batch, type BatchOptions, batchCount, batches, gather } from './batches.ts';
import { imageSize } from './dataset.ts';
import { syntheticDataset } from './testing/fixtures.ts';

const dataset = syntheticDataset(50, { channels: 3, height: 4, width: 5 });
const all = Uint32Array.from({ length: 50 }, (_, i) => i);
const training: BatchOptions = {
  batchSize: 8,
  seed: 3,
  epoch: 2,
  shuffle: true,
  augmentation: { padding: 1, flip: true },
};

/** Each example's image by its index in the data set. */
function byExample(all: Iterable<Batch>): Map<number, number[]> {
  const size = imageSize(dataset);
  const images = new Map<number, number[]>();
  for (const batch of all) {
    for (const [i, example] of batch.indices.entries()) {
      images.set(example, [...batch.images.subarray(i * size, (i + 1) * size)]);
    }
  }
  return images;
}

describe('batches', () => {
  test('give every example once, in order, as [0, 1] and with its label', () => {
    const given = [...batches(dataset, all, { batchSize: 16 })];
    expect(given.map(({ indices }) => indices.length)).toEqual([16, 16, 16, 2]);
    expect(given.flatMap(({ indices }) => [...indices])).toEqual([...all]);
    expect([...given[1].labels]).toEqual([...all.subarray(16, 32)].map((index) => index % 10));
    expect(given[3].images).toEqual(
      Float32Array.from(dataset.images.subarray(48 * 60), (value) => value / 255),
    );
  });

  test('are shuffled anew each epoch, each time all examples', () => {
    const order = (epoch: number): number[] =>
      [...batches(dataset, all, { ...training, epoch })].flatMap(({ indices }) => [...indices]);
    expect(order(0)).not.toEqual(order(1));
    expect(order(1)).toEqual(order(1));
    expect(order(1).sort((a, b) => a - b)).toEqual([...all]);
  });

  test('start anywhere with what a run from the beginning would have given', () => {
    const whole = [...batches(dataset, all, training)];
    expect([...batches(dataset, all, { ...training, start: 4 })]).toEqual(whole.slice(4));
  });

  test('augment an example alike in any batch size, order and subset', () => {
    const whole = byExample(batches(dataset, all, training));
    const changed: BatchOptions = { ...training, batchSize: 7, shuffle: false };
    const part = byExample(batches(dataset, all.slice(20, 30).reverse(), changed));
    expect(part.size).toBe(10);
    for (const [example, image] of part) expect(image).toEqual(whole.get(example));
  });

  test('leave the last, smaller batch out on request', () => {
    expect([...batches(dataset, all, { batchSize: 16, dropLast: true })]).toHaveLength(3);
    expect(batchCount(50, { batchSize: 16, dropLast: true })).toBe(3);
    expect(batchCount(50, { batchSize: 16 })).toBe(4);
    expect(batchCount(48, { batchSize: 16 })).toBe(3);
  });

  test('of one example, and of none', () => {
    expect([...batches(dataset, all.slice(7, 8), { batchSize: 16 })][0].labels).toEqual(Int32Array.from([7]));
    expect([...batches(dataset, all.slice(0, 0), { batchSize: 16 })]).toEqual([]);
  });

  test.each([0, -1, 2.5])('refuse the batch size %s', (batchSize) => {
    expect(() => [...batches(dataset, all, { batchSize })]).toThrow(InputError);
  });
});

test('gather refuses an example that the data set does not have', () => {
  expect(() => gather(dataset, Uint32Array.from([50]))).toThrow(/example 50 of Synthetic train: it has 50/);
});
