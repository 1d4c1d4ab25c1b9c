import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { evaluationSubset, subset, trainValidationSplit } from './split.ts';

/** 600 examples of class 0, 300 of class 1, 100 of class 2, interleaved. */
const dataset = {
  labels: Uint16Array.from({ length: 1000 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)),
};

function countsOf(indices: Uint32Array): number[] {
  const counts = [0, 0, 0];
  for (const index of indices) counts[dataset.labels[index]]++;
  return counts;
}

describe('trainValidationSplit', () => {
  test('holds out the classes in proportion and leaves the rest', () => {
    const { train, validation } = trainValidationSplit(dataset, { count: 100, seed: 1 });
    expect(countsOf(validation)).toEqual([60, 30, 10]);
    expect(countsOf(train)).toEqual([540, 270, 90]);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...dataset.labels.keys()]);
  });

  test('is the same for the same seed and another for another', () => {
    const first = trainValidationSplit(dataset, { count: 100, seed: 1 });
    expect(trainValidationSplit(dataset, { count: 100, seed: 1 })).toEqual(first);
    expect(trainValidationSplit(dataset, { count: 100, seed: 2 })).not.toEqual(first);
  });

  test('gives remainders to the classes with the largest fractions', () => {
    // Of 7: 4.2, 2.1 and 0.7.
    expect(countsOf(trainValidationSplit(dataset, { count: 7, seed: 0 }).validation)).toEqual([4, 2, 1]);
  });

  test('may hold out nothing or everything, and refuses more', () => {
    expect(trainValidationSplit(dataset, { count: 0, seed: 0 }).train).toHaveLength(1000);
    expect(trainValidationSplit(dataset, { count: 1000, seed: 0 }).train).toHaveLength(0);
    expect(() => trainValidationSplit(dataset, { count: 1001, seed: 0 })).toThrow(InputError);
    expect(() => trainValidationSplit(dataset, { count: 1.5, seed: 0 })).toThrow(/cannot choose 1.5 of 1000/);
  });
});

describe('subset', () => {
  test('takes the classes in proportion, ascending', () => {
    const chosen = subset(dataset, 50, { seed: 3 });
    expect(countsOf(chosen)).toEqual([30, 15, 5]);
    expect([...chosen]).toEqual([...chosen].sort((a, b) => a - b));
  });

  test('stays within the examples it may choose among', () => {
    const { train, validation } = trainValidationSplit(dataset, { count: 200, seed: 3 });
    const chosen = subset(dataset, 400, { seed: 3, among: train });
    expect(chosen.every((index) => train.includes(index) && !validation.includes(index))).toBe(true);
    expect(countsOf(chosen)).toEqual([240, 120, 40]);
  });

  test('is not the validation choice of the same seed', () => {
    expect(subset(dataset, 100, { seed: 1 })).not.toEqual(
      trainValidationSplit(dataset, { count: 100, seed: 1 }).validation,
    );
  });
});

describe('evaluationSubset', () => {
  test('a smaller one is a part of every larger one', () => {
    const small = evaluationSubset(dataset, 20);
    const large = new Set(evaluationSubset(dataset, 300));
    expect(small).toHaveLength(20);
    expect(small.every((index) => large.has(index))).toBe(true);
  });

  test('of everything is everything', () => {
    expect([...evaluationSubset(dataset, 1000)]).toEqual([...dataset.labels.keys()]);
  });

  test('refuses more examples than there are', () => {
    expect(() => evaluationSubset(dataset, 1001)).toThrow(/cannot evaluate 1001 of 1000/);
  });
});
