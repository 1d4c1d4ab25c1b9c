import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from './presets.ts';
import { KEYS, keysOf, renderReference } from './reference.ts';

const file = join(packageRoot, 'docs', 'configuration.md');

// After a change of the schema: npx vitest run src/configuration/reference.test.ts -u
it('docs/configuration.md is what the schema says', async () => {
  await expect(renderReference()).toMatchFileSnapshot(file);
});

it('lists every key with what may be written and its meaning', async () => {
  const text = await readFile(file, 'utf8');
  const leaves = KEYS.filter((key) => !key.isSection);
  expect(leaves.length).toBeGreaterThan(40);
  for (const { path, values, description } of leaves) {
    expect(description, path).toMatch(/\w.*\.$/);
    expect(text).toContain(`| \`${path}\` | ${values} |`);
  }
});

it('knows the default of every key but those that a choice asks for', () => {
  const without = KEYS.filter((key) => !key.isSection && key.byDefault === undefined);
  expect(without.map(({ path }) => path)).toContain('schedule.peak');
  expect(without.filter(({ when }) => when === undefined)).toEqual([]);
});

it('has a key of several variants once, and says which where it is not of all or not the same', () => {
  const rate = z.number().positive().default(0.1).describe('The rate.');
  const decay = z.strictObject({ weight: z.number().default(0).describe('Of weights.') }).prefault({});
  const variant = <Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
    z.strictObject({ kind: z.literal(kind).describe(`The ${kind}.`), rate, ...shape });
  const beta = z.number().max(1).describe('Beta.');
  const keys = keysOf(
    z.strictObject({
      optimizer: z
        .discriminatedUnion('kind', [
          variant('sgd', { momentum: z.number().describe('Momentum.') }),
          variant('adam', { beta, decay }),
          variant('lamb', { beta: beta.min(0).default(0.9), decay }),
        ])
        .default({ kind: 'sgd', rate: 0.1, momentum: 0.5 }),
    }),
  );
  const shown = keys.map(({ path, when, values, byDefault }) => [path, when, values, byDefault]);
  expect(shown).toEqual([
    ['optimizer', undefined, 'a mapping', undefined],
    ['optimizer.kind', undefined, '"sgd", "adam", "lamb"', 'sgd'],
    ['optimizer.rate', undefined, 'a number, above 0', '0.1'],
    ['optimizer.momentum', 'optimizer.kind: sgd', 'a number', '0.5'],
    [
      'optimizer.beta',
      'optimizer.kind: adam or lamb',
      '`adam`: a number, at most 1; `lamb`: a number, at least 0 and at most 1',
      '`adam`: must be given; `lamb`: 0.9',
    ],
    ['optimizer.decay', 'optimizer.kind: adam or lamb', 'a mapping', undefined],
    ['optimizer.decay.weight', 'optimizer.kind: adam or lamb', 'a number', '0'],
  ]);
});
