/**
 * The built program, for tests that run it in processes of its own. Built where a source is newer than the last build, by one
 * test file at a time: several may ask at once.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'dist');
const main = join(dist, 'cli', 'main.js');
const cache = join(root, 'node_modules', '.cache', 'dualbn');
/** Its time is when the last build began. */
const stamp = join(cache, 'built');
const lock = join(cache, 'building');
/** Milliseconds after which a lock is one that a killed test has left. */
const staleAfter = 300_000;

/** @returns the folder of the build; builds it where it is missing or old. */
export async function built(): Promise<string> {
  mkdirSync(cache, { recursive: true });
  while (!taken()) await setTimeout(200);
  try {
    if (timeOf(main) === 0 || timeOf(stamp) < newestSource()) {
      const began = new Date();
      const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      // Type errors are for `npm run types` to tell; the compiler writes its output all the same.
      await promisify(execFile)(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
        cwd: root,
      }).catch(() => undefined);
      writeFileSync(stamp, '');
      // A source that changed while it was compiled is newer than this.
      utimesSync(stamp, began, began);
    }
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return dist;
}

function taken(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    if (Date.now() - timeOf(lock) > staleAfter) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function newestSource(): number {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map(({ parentPath, name }) => join(parentPath, name));
  return Math.max(...[...sources, join(root, 'tsconfig.build.json')].map(timeOf));
}

/** Of the last change, in milliseconds; 0 where there is no such file. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
