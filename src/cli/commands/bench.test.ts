import { expect, test } from 'vitest';
import { invoke } from '../testing/invoke.ts';
import { addBench } from './bench.ts';

const bench = (...argv: string[]) =>
  invoke(
    [
      'bench',
      '--network',
      'resnet8',
      '--width',
      '2',
      '--batch',
      '4',
      '--steps',
      '1',
      '--repeat',
      '1',
      ...argv,
    ],
    { table: [addBench] },
  );

test('prints a median for an attack step, a training step and compilation, and what it measured', async () => {
  const { status, stdout } = await bench('--engine', 'onnx', '--threads', '1');
  expect(status).toBe(0);
  expect(stdout).toMatch(/engine onnx/);
  for (const row of ['attack step', 'training step (dual-bn, PGD-1)', 'compilation of the training step'])
    expect(stdout).toMatch(new RegExp(`^${row.replaceAll(/[()]/g, '\\$&')} +\\d+ ms$`, 'm'));
  expect(stdout).toMatch(/^largest memory +\d+ MB$/m);
});

test('with --json prints one document of the same numbers', async () => {
  const { status, stdout } = await bench('--engine', 'onnx', '--json');
  expect(status).toBe(0);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ network: 'resnet8', batch: 4 });
  for (const name of ['attackStepMs', 'trainStepMs', 'compileMs', 'peakRssMb'])
    expect(result[name]).toBeGreaterThan(0);
});

test.each([
  ['--threads', '0'],
  ['--threads', 'many'],
  ['--batch', '0.5'],
  ['--network', 'resnet9'],
])('refuses %s %s', async (option, value) => {
  const { status, stdout, stderr } = await bench(option, value);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(option);
});
