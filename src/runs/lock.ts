/**
 * One process a run: a lock file that says who holds it.
 *
 * A lock whose process is dead (killed, or the machine restarted) is taken over. A process number alone does not tell:
 * numbers are used again, in containers at once, so the start time of the process stands beside it where the system
 * gives one.
 */

import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { fileError, systemErrorCode } from '../files/index.ts';

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Opaque; empty where unknown. */
  processStart: z.string(),
});
type Holder = z.output<typeof holderSchema>;

export interface Lock {
  /** Gives the run free. May be called twice. */
  release(): Promise<void>;
}

/**
 * Takes the lock at `path`.
 *
 * @throws InputError if a living process, or one of another machine, holds it.
 */
export async function acquireLock(path: string): Promise<Lock> {
  const mine = `${JSON.stringify({ pid: process.pid, host: hostname(), processStart: processStart(process.pid) })}\n`;
  // Linked from a whole file, so that nobody ever reads half a lock.
  const candidate = `${path}.${process.pid}`;
  try {
    await writeFile(candidate, mine);
    if (!(await linked(candidate, path))) {
      await removeStale(path);
      if (!(await linked(candidate, path)))
        throw new InputError(`${path}: another process just took the run`);
    }
  } catch (error) {
    throw fileError('lock', path, error);
  } finally {
    await rm(candidate, { force: true }).catch(() => undefined);
  }
  let held = true;
  return {
    async release() {
      if (held) await rm(path, { force: true });
      held = false;
    },
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const holder = parseHolder(text);
  if (holder !== undefined && holder.host !== hostname()) {
    throw new InputError(
      `a process on ${holder.host} (pid ${holder.pid}) works on this run; if it is gone, remove ${path}`,
    );
  }
  if (holder !== undefined && isAlive(holder)) {
    throw new InputError(`another process (pid ${holder.pid}) works on this run; wait for it or stop it`);
  }
  // Moved aside before it is removed: if someone else replaced it meanwhile, theirs goes back.
  const aside = `${path}.stale-${process.pid}`;
  await rename(path, aside);
  if ((await readFile(aside, 'utf8')) !== text) await linked(aside, path);
  await rm(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, processStart: start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    if (systemErrorCode(error) !== 'EPERM') return false;
  }
  const now = processStart(pid);
  return start === '' || now === '' || start === now;
}

// Field 22 of /proc/PID/stat, the start in clock ticks since boot; the name in field 2 may hold spaces and brackets.
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
