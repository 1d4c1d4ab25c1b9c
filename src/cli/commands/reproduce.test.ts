import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, refuses } from '../testing/bad-input.ts';
import { invoke } from '../testing/invoke.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dualbn-reproduce-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('dualbn reproduce', () => {
  it('prints its plan and does nothing', async () => {
    const where = join(directory, 'planned');
    const { status, stdout } = await invoke(['reproduce', '--dry-run', '--dir', where, '--json']);
    expect(status).toBe(0);
    const plan = JSON.parse(stdout);
    expect(plan.runs).toHaveLength(38);
    expect(plan.runs[0]).toMatchObject({ name: 'dual-bn-8-255-seed-0', claims: [2, 3, 4, 5, 6] });
    expect(plan.imagePasses).toBeGreaterThan(1e6);
    expect(existsSync(where)).toBe(false);
  });

  it('decides nothing by nothing, and says what is missing', async () => {
    const where = join(directory, 'empty');
    const { status, stdout } = await invoke(['reproduce', '--no-train', '--dir', where, '--claims', '1']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Separate statistics are not necessary +not shown at this scale +0 of 4/);
    expect(stdout).toContain('8 of 8 runs are missing');
    expect(await readFile(join(where, 'report.html'), 'utf8')).toContain('not shown at this scale');
  });
});

const mark = (scale: string) => ({
  'reproduction.json': `{"reproduction":"${scale}","dataset":"mnist"}`,
});
const cases: readonly Case[] = [
  {
    name: 'a scale that is not there',
    argv: ['reproduce', '--scale', 'large'],
    says: ['large', 'smoke, small, paper'],
  },
  {
    name: 'a claim that the paper does not make',
    argv: ['reproduce', '--claims', '2,9'],
    says: ['no claim 9'],
  },
  { name: 'claims that are no numbers', argv: ['reproduce', '--claims', 'all'], says: ['--claims', "'all'"] },
  {
    name: 'an epsilon that the scale has not',
    argv: ['reproduce', '--epsilons', '4/255'],
    says: ['no epsilon 4/255', '8/255, 16/255'],
  },
  {
    name: 'a folder of something else',
    argv: ['reproduce', '--dir', 'FOLDER'],
    files: { 'notes.txt': 'mine' },
    says: ['is there and is not a reproduction', '--dir'],
  },
  {
    name: 'a folder of another scale',
    argv: ['reproduce', '--dir', 'FOLDER'],
    files: mark('paper'),
    says: ['of scale paper', '--dir'],
  },
  {
    name: 'a damaged mark',
    argv: ['reproduce', '--dir', 'FOLDER'],
    files: { 'reproduction.json': '{' },
    says: ['reproduction.json is damaged'],
  },
];
describe('refuses', () => refuses(cases));
