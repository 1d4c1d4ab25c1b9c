import { describe, expect, it } from 'vitest';
import { type Answer, answers, differenceOf, type Question } from './measurements.ts';

const question: Question = {
  document: 'evaluation',
  subject: {
    configuration: 'c0ffee',
    regime: 'dual-bn',
    seed: 1,
    network: 'resnet8',
    checkpoint: { name: 'last', epoch: 3, step: 36, digest: 'abc' },
    dataset: { name: 'mnist', checksum: 'def' },
  },
  request: {
    attacks: { 'pgd-10': { name: 'pgd', norm: 'linf', steps: 10, restarts: 1, stepSize: 0.008 } },
    epsilon: { text: '8/255', value: 8 / 255 },
    seed: 1,
    cells: [{ statistics: 'clean', affine: 'clean' }],
    examples: { count: 400, indices: '0-399' },
  },
};
const engine = { name: 'onednn', version: '3', threads: 1 };
const answer: Answer = { ...question, subject: { ...question.subject, run: 'dual-bn', engine } };

/** Every value of a tree of records with the path to it; lists are values. */
function leaves(value: object, path: readonly string[] = []): (readonly string[])[] {
  return Object.entries(value).flatMap(([key, below]: [string, unknown]) =>
    typeof below === 'object' && below !== null && !Array.isArray(below)
      ? leaves(below, [...path, key])
      : [[...path, key]],
  );
}

/** A copy with another value at a path; without it where that is undefined. */
function altered(value: object, [key, ...rest]: readonly string[], to: unknown): object {
  const below: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  const next = rest.length > 0 && typeof below === 'object' && below !== null ? altered(below, rest, to) : to;
  return { ...value, [key]: next };
}

const alteredAnswer = (path: readonly string[], to: unknown): Answer => {
  const { document, subject, request } = {
    document: '',
    subject: {},
    request: {},
    ...altered(answer, path, to),
  };
  return { document, subject, request };
};

describe('a document', () => {
  it('answers the request that it records, whatever engine made it and wherever its run is', () => {
    expect(answers(answer, question)).toBe(true);
    const moved = { ...answer.subject, run: 'elsewhere', engine: { ...engine, name: 'onnx' } };
    expect(answers({ ...answer, subject: moved }, question)).toBe(true);
  });

  it('answers whatever the order of its keys', () => {
    const request = Object.fromEntries(Object.entries(answer.request).reverse());
    expect(answers({ ...answer, request }, question)).toBe(true);
  });

  it.each(leaves(question))(
    'is no answer where another value decided it, and the place is named: %s %s %s %s',
    (...path) => {
      for (const other of ['another', 7.25, undefined]) {
        const document = alteredAnswer(path, other);
        expect(answers(document, question)).toBe(false);
        expect(differenceOf(document, question)).toBe(path.join('.'));
      }
    },
  );

  it('is no answer where it was asked for more', () => {
    const document = alteredAnswer(['request', 'attacks', 'pgd-10', 'momentum'], 0.9);
    expect(differenceOf(document, question)).toBe('request.attacks.pgd-10.momentum');
    expect(answers(alteredAnswer(['request', 'attacks', 'fgsm'], {}), question)).toBe(false);
  });
});
