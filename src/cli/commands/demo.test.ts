import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { invoke } from '../testing/invoke.ts';
import { addDemo } from './demo.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

const small = [
  'data.trainExamples=40',
  'data.validationExamples=10',
  'network={name: resnet8, width: 2}',
  'epochs=2',
  'batchSize=20',
  'evaluation={attacks: [pgd-2, pgd-4], examples: 20}',
].flatMap((override) => ['--set', override]);

const demo = (...argv: string[]) =>
  invoke(['demo', '--out', join(folder, 'demo'), ...argv], {
    table: [addDemo],
  });

test('trains both regimes, prints the grid of each, writes a report, and never over an earlier one', async () => {
  const { status, stdout, stderr } = await demo(...small);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^demo on (cifar-10|fashion-mnist|mnist), in /),
  });
  expect(stdout).toMatch(/^hybrid: 20 test images of [\w-]+, linf [\d./]+\n/);
  expect(stdout).toContain('\ndual-bn: 20 test images of ');
  expect(stdout).toContain(`Report: ${join(folder, 'demo', 'report.html')}`);
  expect((await readdir(join(folder, 'demo'))).sort()).toEqual(['dual-bn', 'hybrid', 'report.html']);
  const page = await readFile(join(folder, 'demo', 'report.html'), 'utf8');
  expect(page).toContain('dualbn demo: hybrid and dual-bn');

  const again = await demo(...small);
  expect(again.status).toBe(0);
  expect(again.stdout).toContain(`Report: ${join(folder, 'demo-2', 'report.html')}`);
  expect(await readFile(join(folder, 'demo', 'report.html'), 'utf8')).toBe(page);
});

test('a key that is not there is refused before anything is made', async () => {
  const { status, stderr } = await invoke(['demo', '--out', join(folder, 'refused'), '--set', 'epoch=1'], {
    table: [addDemo],
  });
  expect(status).toBe(2);
  expect(stderr).toContain('epochs');
  expect(await readdir(folder)).not.toContain('refused');
});
