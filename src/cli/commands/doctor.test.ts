import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cifarFile, writeFiles } from '../../data/testing/fixtures.ts';
import { invoke } from '../testing/invoke.ts';
import { addDoctor } from './doctor.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-doctor-'));
});
afterAll(() => rm(folder, { recursive: true }));

const doctor = (...argv: string[]) => invoke(['doctor', ...argv], { table: [addDoctor] });

test('names every engine, what auto takes, the data sets, and what would improve it', async () => {
  const { status, stdout } = await doctor('--data', folder);
  expect(status).toBe(0);
  for (const engine of ['onednn', 'onnx', 'reference'])
    expect(stdout).toMatch(new RegExp(`^${engine} `, 'm'));
  expect(stdout).toMatch(/^Used unless told otherwise: (onednn|onnx)$/m);
  expect(stdout).toMatch(/^cifar-10 +not here$/m);
  expect(stdout).toContain('dualbn data get cifar-10');
});

test('with --json says the same as one document, and finds a data set where it is told to look', async () => {
  const files = [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
    'test_batch',
  ];
  await writeFiles(
    join(folder, 'cifar-10-batches-bin'),
    Object.fromEntries(files.map((name) => [`${name}.bin`, cifarFile([[0], [1]])])),
  );
  const { status, stdout } = await doctor('--data', folder, '--json');
  expect(status).toBe(0);
  const { engines, datasets, automatic } = JSON.parse(stdout);
  expect(engines).toHaveLength(3);
  expect(engines).toContainEqual(expect.objectContaining({ name: 'reference', found: true }));
  expect(['onednn', 'onnx']).toContain(automatic);
  expect(datasets).toContainEqual(expect.objectContaining({ name: 'cifar-10', found: true }));
});
