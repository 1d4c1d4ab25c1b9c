/**
 * One process a run: a folder `lock` with a file `holder` in it that says who holds it.
 *
 * The folder is made whole under another name and renamed into place. A folder cannot be renamed onto one that holds
 * something, so of several processes one succeeds, and nobody ever reads half a lock. Unlike hard links, every file system
 * has this.
 *
 * A lock whose process is dead (killed, or the machine restarted) is taken over. A process number alone does not tell:
 * numbers are used again, in containers at once, so the start time of the process is beside it where the system gives one.
 * Only the holder of a second lock, `lock.takeover`, may remove a dead one, so that nobody removes the lock of a process
 * that was quicker. The second lock is a lock like any other: should its holder be killed, it is taken over likewise.
 */

import { lstatSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { fileError, kindOf, systemErrorCode } from '../files/index.ts';

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

let made = 0;

/**
 * Takes the lock at `path`.
 *
 * @throws InputError of code 'taken' if a living process, or one of another machine, holds it.
 */
export async function acquireLock(path: string): Promise<Lock> {
  try {
    for (let attempt = 0; !(await attemptLock(path)); attempt++)
      if (attempt === 10) throw taken(`other processes keep taking this run (${path})`);
  } catch (error) {
    throw fileError('lock', path, error);
  }
  let isHeld = true;
  return {
    async release() {
      if (isHeld) await remove(path);
      isHeld = false;
    },
  };
}

/** Whether it worked; false where the lock that was there has gone meanwhile. */
async function attemptLock(path: string): Promise<boolean> {
  if (await create(path)) return true;
  if (!isDead(path)) return false;
  const takeover = await acquireLock(`${path}.takeover`);
  try {
    // Someone else may have taken it over before this process held the right to. A dead lock, though, stays where it is
    // until the holder of that right removes it.
    if (!isDead(path)) return false;
    await remove(path);
    if (await create(path)) return true;
    throw taken(`another process just took the run (${path})`);
  } finally {
    await takeover.release();
  }
}

/** Names that begin with a point and end so are cleared away with the unfinished writes of a folder. */
const besides = (path: string) => join(dirname(path), `.${basename(path)}.${process.pid}-${made++}.partial`);

/** Whether this process holds the lock now; false where something is at `path`. */
async function create(path: string): Promise<boolean> {
  const staging = besides(path);
  const holder: Holder = { pid: process.pid, host: hostname(), processStart: processStart(process.pid) };
  let begun = false;
  try {
    await mkdir(staging);
    begun = true;
    await writeFile(join(staging, 'holder'), `${JSON.stringify(holder)}\n`);
    await rename(staging, path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (OCCUPIED.has(code) || (begun && GONE_MEANWHILE.has(code))) return false;
    if (OCCUPIED_WHERE_THERE.has(code) && kindOf(path) !== undefined) return false;
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

// What systems answer where a folder is to be renamed onto one that is not empty; the last two, which have further reasons,
// where it is to be renamed onto a file.
const OCCUPIED: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST']);
const OCCUPIED_WHERE_THERE: ReadonlySet<string> = new Set(['EPERM', 'EACCES']);
// A file was in the way, or the holder has cleared away what this process was about to rename. Either may be gone by the time that
// this process looks, so it tries again.
const GONE_MEANWHILE: ReadonlySet<string> = new Set(['ENOTDIR', 'ENOENT']);

/** In one step for others: a lock that is half removed would be an empty folder. */
async function remove(path: string): Promise<void> {
  const aside = besides(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Whether a lock is there that nobody holds any more; false where none is there. @throws InputError where someone does. */
function isDead(path: string): boolean {
  const holder = readHolder(path);
  if (holder === 'none') return false;
  if (holder === 'broken') return true;
  const { pid, host } = holder;
  if (host !== hostname())
    throw taken(`a process on ${host} (pid ${pid}) works on this run; if it is gone, remove ${path}`);
  if (isAlive(holder)) throw taken(`another process (pid ${pid}) works on this run; wait for it or stop it`);
  return true;
}

const taken = (message: string) => new InputError(message, [], { code: 'taken' });

/** 'broken' is what no process left whole: after a power cut, or by another hand. */
function readHolder(path: string): Holder | 'none' | 'broken' {
  for (;;) {
    const before = identityOf(path);
    if (before === undefined) return 'none';
    try {
      // In version 0.1 the lock was the file itself.
      const file = kindOf(path) === 'file' ? path : join(path, 'holder');
      return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      // Released, and perhaps taken again, while it was read?
      if (identityOf(path) === before) return 'broken';
    }
  }
}

/** Changes when another lock is renamed to this path. */
function identityOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.ino} ${found.ctimeNs}`;
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
