/** Every example runs, and prints what it says it does. */
import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const printed: Readonly<Record<string, readonly RegExp[]>> = {
  'autoattack.ts': [
    /^after apgd-ce: [01]\.\d\d$/,
    /^apgd-t compares 4 classes: left out$/,
    /^apgd moved a pixel by 16\.0\/255 at the most$/,
  ],
  'callbacks.ts': [
    /^epoch 1: loss \d/,
    /^stopped after \d+ epochs: (clean accuracy 0\.\d+|clean accuracy 1\.00|robust)/,
  ],
  'own-analysis.ts': [/^confidence of the clean branch: /],
  'own-attack.ts': [/^NS clean, AP clean: clean [\d.]+, \{"raw-gradient-4":[\d.]+,"pgd-4":[\d.]+\}$/],
  'own-data.ts': [
    /^NS clean, AP clean: clean [\d.]+, pgd-4 [\d.]+$/,
    /^distances between branches: affine/,
    /^report: .*report\.html$/,
  ],
  'own-loss.ts': [/^AP clean: clean [\d.]+, pgd-4 [\d.]+$/, /^AP adv: /],
  'own-network.ts': [/^NS clean, AP clean: /, /^NS adv, AP adv: /],
};

const examples = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'toy-data.ts',
);

test('every example is listed here', () => {
  expect(examples.sort()).toEqual(Object.keys(printed).sort());
});

test.each(examples)('%s', async (name) => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
  try {
    await import(`./${name}`);
  } finally {
    log.mockRestore();
  }
  for (const line of printed[name] ?? []) expect(lines).toContainEqual(expect.stringMatching(line));
});
