import { describe, expect, test } from 'vitest';
import { orderNames, orderOf } from './orders.ts';

const layers = [
  { layer: 'a', values: Float64Array.of(1, 9, 3) },
  { layer: 'b', values: Float64Array.of(8, 2, 7, 3) },
];
const written = (name: (typeof orderNames)[number], draw = 0, seed = 0) =>
  orderOf(name, layers, { seed, draw }).map(({ layer, channel }) => `${layers[layer].layer}${channel}`);
const layersOf = (names: readonly string[]) => names.map(([layer]) => layer);

test('the largest attributions come first, equal ones in the network’s order', () => {
  expect(written('top')).toEqual(['a1', 'b0', 'b2', 'a2', 'b3', 'b1', 'a0']);
});

describe.each(orderNames)('the order %s', (name) => {
  test('has every channel once', () => {
    expect(written(name).sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'b3']);
  });
});

test('a control by layer has as many of each layer as the top, among any first ones', () => {
  expect(layersOf(written('random-by-layer'))).toEqual(layersOf(written('top')));
});

test.each(['random', 'random-by-layer'] as const)('%s is drawn by seed and draw', (name) => {
  expect(written(name, 1, 5)).toEqual(written(name, 1, 5));
  const drawn = [0, 1, 2, 3].flatMap((draw) => [written(name, draw, 5), written(name, draw, 6)]);
  expect(new Set(drawn.map((each) => each.join())).size).toBeGreaterThan(4);
});
