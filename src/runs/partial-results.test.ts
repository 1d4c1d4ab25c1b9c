import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { ExampleResult } from '../evaluation/index.ts';
import { openPartialResults } from './partial-results.ts';

const root = mkdtempSync(join(tmpdir(), 'dualbn-partialResults-'));
afterAll(() => rmSync(root, { recursive: true }));

let evaluations: string;
let count = 0;
beforeEach(() => {
  evaluations = join(root, `run-${count++}`, 'evaluations');
});
const open = (key = '0123456789abcdef') =>
  openPartialResults({ paths: { evaluations } }, 'last-linf-8-255', key);

const cell = { statistics: 'adv', affine: 'clean' };
const result = (firstMisclassified: number): ExampleResult => ({
  firstMisclassified,
  zeroGradient: false,
  notFinite: 'none',
  beyondEpsilon: 0,
  beyondRange: 1e-9,
  fault: firstMisclassified === 2 ? 'not-misclassified' : 'none',
});

test('remembers results by cell, path and index for the next evaluation that asks for the same', () => {
  const partialResults = open();
  partialResults.add(cell, 'pgd-10', 7, result(-1));
  partialResults.add(cell, 'pgd-10', 3, result(2));
  partialResults.add({ ...cell, affine: 'adv' }, 'pgd-10', 3, result(0));
  partialResults.close();
  const again = open();
  expect([...again.known(cell, 'pgd-10')]).toEqual([
    [7, result(-1)],
    [3, result(2)],
  ]);
  expect(again.known({ ...cell, affine: 'adv' }, 'pgd-10').get(3)).toEqual(result(0));
  expect(again.known(cell, 'pgd-20').size).toBe(0);
  expect(open('123456789abcdef0').known(cell, 'pgd-10').size).toBe(0);
});

test('keeps what is no number', () => {
  const partialResults = open();
  partialResults.add(cell, 'pgd-1', 0, { ...result(1), beyondEpsilon: Number.NaN });
  partialResults.close();
  expect(open().known(cell, 'pgd-1').get(0)?.beyondEpsilon).toBeNaN();
});

test('writes as it goes, so that a process that is killed loses little', () => {
  const partialResults = open();
  for (let index = 0; index < 120; index += 1) partialResults.add(cell, 'pgd-1', index, result(1));
  expect(open().known(cell, 'pgd-1').size).toBe(100);
});

test('passes over damaged lines, and what follows a torn one is whole', () => {
  const partialResults = open();
  partialResults.add(cell, 'pgd-1', 0, result(1));
  partialResults.close();
  const path = join(evaluations, readdirSync(evaluations)[0]);
  appendFileSync(path, '{"no": "result"}\n["NS adv, AP cl');
  const again = open();
  expect(again.known(cell, 'pgd-1').size).toBe(1);
  again.add(cell, 'pgd-1', 1, result(2));
  again.close();
  expect(open().known(cell, 'pgd-1').size).toBe(2);
  expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
});

test('leaves nothing where nothing was found, and nothing once the evaluation is done', () => {
  open().close();
  expect(existsSync(evaluations)).toBe(false);
  const partialResults = open();
  partialResults.add(cell, 'pgd-1', 0, result(1));
  partialResults.close();
  expect(readdirSync(evaluations)).toHaveLength(1);
  partialResults.discard();
  expect(readdirSync(evaluations)).toHaveLength(0);
});
