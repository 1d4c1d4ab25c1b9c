import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { gather } from './batches.ts';
import { datasetFrom } from './memory.ts';

const shape = { channels: 1, height: 1, width: 2 };

test('a data set of bytes needs images, labels and their shape', () => {
  const images = Uint8Array.of(0, 51, 102, 255);
  const dataset = datasetFrom({ ...shape, images, labels: [1, 0] });
  expect(dataset).toMatchObject({
    name: 'memory',
    split: 'train',
    classes: ['0', '1'],
    count: 2,
    directory: '',
  });
  expect(dataset.images).toBe(images);
  expect([...gather(dataset, Uint32Array.of(1)).images]).toEqual([Math.fround(0.4), 1]);
  expect(dataset.checksum).toMatch(/^[0-9a-f]{64}$/);
});

test('numbers in [0, 1] become the nearest of 256 levels', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  const images = Float32Array.from(bytes, (value) => value / 255);
  const whole = { channels: 1, height: 16, width: 8, labels: [0, 1] };
  const dataset = datasetFrom({ ...whole, images });
  expect(dataset.images).toEqual(bytes);
  expect(dataset.checksum).toBe(datasetFrom({ ...whole, images: bytes }).checksum);
});

test('the checksum tells images, labels and shapes apart', () => {
  const images = new Uint8Array(8);
  const all = [
    { ...shape, images, labels: [0, 1, 0, 1] },
    { ...shape, images, labels: [0, 1, 1, 1] },
    { ...shape, images: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), labels: [0, 1, 0, 1] },
    { ...shape, height: 2, width: 1, images, labels: [0, 1, 0, 1] },
    { ...shape, images, labels: [0, 256, 0, 1] },
  ];
  expect(new Set(all.map((each) => datasetFrom(each).checksum)).size).toBe(all.length);
});

test('what does not fit is refused, all of it', () => {
  const wrong = { channels: 0, height: 1, width: 2, images: new Float32Array(3).fill(2), labels: [0, -1] };
  expect(() => datasetFrom(wrong)).toThrow(InputError);
  for (const part of [
    'channels: expected a whole number',
    'images: expected 2 x 0',
    'classes: expected at least 2',
    'labels.1: expected a class number',
    'images.0: expected numbers in [0, 1], found 2',
  ])
    expect(() => datasetFrom(wrong)).toThrow(part);
  expect(() =>
    datasetFrom({ ...shape, images: Float32Array.of(Number.NaN, 0), labels: [0], classes: ['a', 'b'] }),
  ).toThrow('found NaN');
});
