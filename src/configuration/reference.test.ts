import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from './presets.ts';
import { KEYS, renderReference } from './reference.ts';

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
