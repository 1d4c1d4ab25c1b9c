import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { removeUnfinishedWrites, writeAtomically } from './write-atomically.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-write-'));
});

describe('writeAtomically', () => {
  it('writes and replaces, leaving only the target in the folder', async () => {
    const path = join(folder, 'summary.csv');
    await writeAtomically(path, 'epoch\n0\n');
    await writeAtomically(path, [Buffer.from('epoch\n'), Buffer.from('1\n')]);
    expect(await readFile(path, 'utf8')).toBe('epoch\n1\n');
    expect(await readdir(folder)).toEqual(['summary.csv']);
  });

  it('leaves the old content and no temporary file when the content fails half way', async () => {
    const path = join(folder, 'last.safetensors');
    await writeAtomically(path, 'old');
    function* failing(): Generator<Uint8Array> {
      yield Buffer.from('new');
      throw new Error('the engine went away');
    }
    await expect(writeAtomically(path, failing())).rejects.toThrow('the engine went away');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('names the path when the folder is missing', async () => {
    const path = join(folder, 'missing', 'a.json');
    const failure = writeAtomically(path, '{}');
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(`cannot write ${path}: no such file or folder`);
  });

  it('does not replace a folder', async () => {
    await mkdir(join(folder, 'taken'));
    await expect(writeAtomically(join(folder, 'taken'), 'x')).rejects.toThrow('it is a folder');
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

it('removeUnfinishedWrites removes what a killed process left, and nothing else', async () => {
  await writeFile(join(folder, '.last.safetensors.4711-0.partial'), 'half');
  await writeFile(join(folder, 'last.safetensors'), 'whole');
  await removeUnfinishedWrites(folder);
  expect(await readdir(folder)).toEqual(['last.safetensors']);
});
