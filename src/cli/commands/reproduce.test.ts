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
    expect(plan.runs).toHaveLength(13 * 2 * 2 + 2);
    expect(plan.runs[0]).toMatchObject({
      name: 'dual-bn-8-255-seed-0',
      claims: ['claim 2', 'claim 3', 'claim 4', 'claim 5', 'claim 6'],
    });
    expect(plan.imagePasses).toBeGreaterThan(1e6);
    expect(existsSync(where)).toBe(false);
  });

  it('decides nothing by nothing, and says what is missing', async () => {
    const where = join(directory, 'empty');
    const { status, stdout } = await invoke(['reproduce', '--no-train', '--dir', where, '--claims', '1']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/claim 1 +Separate statistics are not necessary +not run +not run/);
    expect(stdout).toContain('16 of 16 runs are missing');
    expect(await readFile(join(where, 'report.html'), 'utf8')).toContain('Nothing that it needs was run.');
  });

  it('computes with the engine that is asked for', async () => {
    const where = join(directory, 'engine');
    const { status, stderr } = await invoke([
      ...['reproduce', '--claims', '2', '--seeds', '0', '--epsilons', '8/255', '--dir', where, '--jobs', '1'],
      ...['--engine', 'onednn', '--device', 'webgpu'],
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('engine onednn: runs on the processor only; for webgpu use the engine onnx');
    expect(existsSync(join(where, 'runs', 'hybrid-8-255-seed-0'))).toBe(false);
  });

  it('prints the rules with their hashes, and does nothing', async () => {
    const { status, stdout } = await invoke(['reproduce', '--rules', '--claims', '1', '--scale', 'small']);
    expect(status).toBe(0);
    const rules = JSON.parse(stdout);
    expect(rules).toMatchObject({ document: 'rules', scale: 'small', dataset: 'cifar-10' });
    expect(rules.claims).toEqual([
      expect.objectContaining({ id: 'claim 1', hash: expect.stringMatching(/^[0-9a-f]{16}$/) }),
    ]);
  });
});

const mark = (scale: string) => ({
  'reproduction.json': `{"reproduction":"${scale}","dataset":"mnist"}`,
});
const cases: readonly Case[] = [
  {
    name: 'a scale that is not there',
    argv: ['reproduce', '--scale', 'large'],
    says: ['large', 'smoke, small, medium, paper'],
  },
  {
    name: 'a claim that the paper does not make',
    argv: ['reproduce', '--claims', '2,9'],
    says: ['there is no claim 9', 'claim 1, claim 2'],
  },
  { name: 'claims that are no numbers', argv: ['reproduce', '--claims', 'all'], says: ['--claims', "'all'"] },
  {
    name: 'a seed that the scale has not',
    argv: ['reproduce', '--scale', 'small', '--seeds', '3,12', '--dry-run'],
    says: ['no seed 12', '0, 1, 2, 3'],
  },
  { name: 'seeds that are no numbers', argv: ['reproduce', '--seeds', '5-3'], says: ['--seeds', "'5-3'"] },
  {
    name: 'results from a folder that has none',
    argv: ['reproduce', '--no-train', '--from', 'FOLDER'],
    files: { 'notes.txt': 'mine' },
    says: ['holds no results', 'runs'],
  },
  {
    name: 'results from a folder with a file of something else',
    argv: ['reproduce', '--no-train', '--from', 'FOLDER'],
    files: { 'runs/my-run.json': '{}' },
    says: ['runs/my-run.json', 'no run of this reproduction'],
  },
  {
    name: 'a damaged file of a run',
    argv: ['reproduce', '--no-train', '--from', 'FOLDER'],
    files: { 'runs/hybrid-8-255-seed-0.json': '{"document":"run results"' },
    says: ['hybrid-8-255-seed-0.json is damaged'],
  },
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
