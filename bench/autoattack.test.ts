/** What bench/autoattack.mjs refuses, before anything is computed; the comparison itself needs the original and PyTorch. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('autoattack.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dualbn-original-'));
mkdirSync(join(folder, 'autoattack'));
writeFileSync(join(folder, 'autoattack', 'autoattack.py'), '');
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    execFile(process.execPath, [script, ...args], (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });

const original = ['--original', folder];

test.each<[string, readonly string[], RegExp]>([
  ['no original', [], /--original DIR is missing: a checkout/],
  ['a folder without it', ['--original', tmpdir()], /there is no autoattack\/autoattack\.py in it/],
  [
    'an attack that it lacks',
    [...original, '--attack', 'pgd-10'],
    /--attack pgd-10: expected one of apgd-ce, /,
  ],
  ['a name of every object', [...original, '--attack', 'toString'], /--attack toString: expected one of/],
  ['no images', [...original, '--images', '0'], /--images 0: expected a whole number of at least 1/],
  ['a bound that is none', [...original, '--epsilon', '8/'], /--epsilon 8\/: expected a number, as 8\/255/],
  ['a bound over zero', [...original, '--epsilon', '8/0'], /--epsilon 8\/0: expected a number, as 8\/255/],
  ['a run that is not there', [...original, '--run', join(folder, 'none')], /there is no such directory/],
  ['an option that it lacks', [...original, '--norm', 'l2'], /Unknown option '--norm'/],
])('refuses %s', async (_, args, message) => {
  const { code, stderr } = await run(args);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^bench\/autoattack\.mjs: /);
  expect(code).toBe(2);
});
