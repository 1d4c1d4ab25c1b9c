import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scales } from '../scales.ts';
import { claims } from './paper-claims.ts';
import { questions } from './questions.ts';
import { ruleHash, rulesDocument } from './rule-hash.ts';
import type { Hypothesis, Part } from './statements.ts';

const scale = scales.small;
const [one, two] = claims;
const hash = (hypothesis: Hypothesis, of = scale) => ruleHash(hypothesis, of, 'cifar-10');
const alterFirst = (alter: (part: Part) => Part): Hypothesis => ({
  ...two,
  parts: two.parts.map((part, at) => (at === 0 ? alter(part) : part)),
});

describe('the hash of the rules', () => {
  it('is the same however a claim is worded', () => {
    const reworded = {
      ...two,
      title: 'other words',
      says: 'other words',
      parts: two.parts.map(({ title: _, statements, ...part }) => ({
        ...part,
        title: 'other words',
        statements: statements.map((each) => ({ ...each, says: 'other words', headline: 'other words' })),
      })),
    };
    expect(hash(reworded)).toBe(hash(two));
  });

  it.each<[string, () => string]>([
    ['another claim', () => hash(one)],
    ['a part that no longer decides', () => hash(alterFirst((part) => ({ ...part, decides: false })))],
    [
      'a statement left out',
      () => hash(alterFirst(({ statements, ...part }) => ({ ...part, statements: statements.slice(1) }))),
    ],
    [
      'another range',
      () =>
        hash(
          alterFirst(({ statements, ...part }) => ({
            ...part,
            statements: statements.map((each) => ({ ...each, range: { from: -1, to: 1 } })),
          })),
        ),
    ],
    ['other attacks', () => hash(two, { ...scale, attacks: ['pgd-10'] })],
    ['fewer test images', () => hash(two, { ...scale, examples: { ...scale.examples, evaluated: 1000 } })],
    ['another training', () => hash(two, { ...scale, overrides: [...scale.overrides, 'epochs=9'] })],
    ['another data set', () => ruleHash(two, scale, 'fashion-mnist')],
  ])('is another for %s', (_, altered) => {
    expect(altered()).not.toBe(hash(two));
  });

  it.each([
    { file: 'small/rules.json', filedFor: claims, dataset: 'cifar-10' },
    { file: 'small/rules-experiments.json', filedFor: questions, dataset: 'cifar-10' },
    { file: 'small-fashion-mnist/rules.json', filedFor: claims, dataset: 'fashion-mnist' },
  ])(
    'is that which was put on file in $file before the networks were trained',
    ({ file, filedFor, dataset }) => {
      const path = join(import.meta.dirname, '../../../results', file);
      expect(existsSync(path)).toBe(true);
      const filed = JSON.parse(readFileSync(path, 'utf8'));
      const today = rulesDocument(filedFor, { scaleName: 'small', scale, dataset });
      const hashes = (document: { claims: { id: string; hash: string }[] }) =>
        document.claims.map(({ id, hash: each }) => [id, each]);
      expect(hashes(today)).toEqual(hashes(filed));
    },
  );
});
