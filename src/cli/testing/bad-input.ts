/**
 * What every bad input must meet, through the real command: exit code 2, a message that names the cause, nothing on
 * standard output, and nothing changed on disk. The tables are in bad-input*.test.ts. Not for production.
 */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invoke } from './invoke.ts';

export interface Case {
  readonly name: string;
  /** FOLDER stands for a temporary folder that holds `files`. */
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Makes what is wrong, after the files. */
  readonly prepare?: (folder: string) => Promise<void>;
  readonly says: readonly string[];
}

/** Makes a test of each case. */
export function refuses(cases: readonly Case[]): void {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dualbn-bad-input-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it.each(cases)('$name', async ({ argv, files = {}, prepare, says }) => {
    const folder = await mkdtemp(join(root, 'case-'));
    const home = join(root, 'home');
    await mkdir(home, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    await prepare?.(folder);
    const before = await contentOf(folder);
    const place = (text: string) => text.replaceAll('FOLDER', folder);

    const { status, stdout, stderr } = await invoke(argv.map(place), { environment: { HOME: home } });

    for (const cause of says) expect(stderr).toContain(place(cause));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).not.toMatch(/\n {4}at |This is a bug/);
    expect(await contentOf(folder)).toEqual(before);
    expect(await readdir(home)).toEqual([]);
  });
}

/** Every path below a folder, with the content of files. */
async function contentOf(folder: string): Promise<[path: string, content: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({
    path: join(entry.parentPath, entry.name),
    isFile: entry.isFile(),
  }));
  return Promise.all(
    paths
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map(async ({ path, isFile }) => [path, isFile ? await readFile(path, 'hex') : 'folder']),
  );
}
