import { describe, expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import { differentiate, GraphError, input, sumAll, variable } from '../../graph/index.ts';
import { classify, gridOf, type NetworkName, networkNames, networks, trainableRoles } from '../index.ts';
import { makeNetwork } from './table.ts';

const rgb = (height: number, width = height) => ({ channels: 3, height, width });

describe('a network by name', () => {
  test.each(networkNames)('%s maps the smallest images it takes to logits', (name: NetworkName) => {
    const least = 2 ** networks[name].halvings;
    const network = makeNetwork(name, {
      images: { ...rgb(least, least + 3), channels: 2 },
      classes: 7,
      width: 2,
    });
    const [cell] = gridOf(network);
    const logits = classify(network, input('images', [5, 2, least, least + 3]), cell);
    expect(logits.shape).toEqual([5, 7]);
    // Every parameter takes part: none is declared and then forgotten.
    const parameters = network.variables.filter(({ role }) => trainableRoles.includes(role));
    const gradients = differentiate(
      sumAll(logits),
      parameters.map((parameter) => variable(parameter)),
    );
    expect(gradients.filter(({ operation }) => operation === 'broadcast')).toHaveLength(0);
  });

  test.each(networkNames)('%s refuses smaller images, and says what it needs', (name: NetworkName) => {
    const least = 2 ** networks[name].halvings;
    const tooSmall = () => makeNetwork(name, { images: rgb(least, least - 1), classes: 10 });
    expect(tooSmall).toThrow(InputError);
    expect(tooSmall).toThrow(`at least ${least}x${least} pixels; these have ${least}x${least - 1}`);
  });

  test('an unknown name lists the known ones', () => {
    const unknown = () => makeNetwork('resnet-18', { images: rgb(32), classes: 10 });
    expect(unknown).toThrow(InputError);
    expect(unknown).toThrow(/no network 'resnet-18'[\s\S]*resnet18, resnet50/);
  });

  test('names of JavaScript objects are not networks', () => {
    expect(() => makeNetwork('constructor', { images: rgb(32), classes: 10 })).toThrow(InputError);
  });

  test.each([0, -4, 1.5, Number.NaN])('refuses a width of %s', (width) => {
    expect(() => makeNetwork('resnet8', { images: rgb(32), classes: 10, width })).toThrow(
      `the width must be a whole number from 1; it is ${width}`,
    );
  });

  test.each([1, 0, 2.5])('refuses %s classes', (classes) => {
    expect(() => makeNetwork('resnet8', { images: rgb(32), classes })).toThrow(/at least 2 classes/);
  });

  test('images of other channels than the network was made for are a graph error with both shapes', () => {
    const network = makeNetwork('resnet8', { images: rgb(32), classes: 10 });
    const [cell] = gridOf(network);
    const wrong = () => classify(network, input('images', [2, 1, 32, 32]), cell);
    expect(wrong).toThrow(GraphError);
    expect(wrong).toThrow(/convolution\(\[2, 1, 32, 32\], \[16, 3, 3, 3\]/);
  });
});

describe('the grid of a network', () => {
  const gridWith = (statistics: string[], affine: string[]) =>
    gridOf(makeNetwork('resnet8', { images: rgb(8), classes: 10, sets: { statistics, affine } }));

  test('is the product of its NS and its AP', () => {
    expect(gridWith(['clean', 'adv'], ['clean', 'adv'])).toEqual([
      { statistics: 'clean', affine: 'clean' },
      { statistics: 'clean', affine: 'adv' },
      { statistics: 'adv', affine: 'clean' },
      { statistics: 'adv', affine: 'adv' },
    ]);
    expect(gridWith(['shared'], ['clean', 'adv'])).toEqual([
      { statistics: 'shared', affine: 'clean' },
      { statistics: 'shared', affine: 'adv' },
    ]);
  });

  test('a cell that the network does not have is an error that names those it has', () => {
    const network = makeNetwork('resnet8', { images: rgb(8), classes: 10 });
    expect(() =>
      classify(network, input('images', [1, 3, 8, 8]), { statistics: 'adv', affine: 'shared' }),
    ).toThrow('no running statistics of branch adv; there are: shared');
  });
});
