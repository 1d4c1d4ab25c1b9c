import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-lock-'));
  path = join(folder, 'lock');
});

const holderOf = async (lock: string): Promise<unknown> =>
  JSON.parse(await readFile(join(lock, 'holder'), 'utf8'));
const holder = (pid: number, host = hostname(), processStart = '') =>
  JSON.stringify({ pid, host, processStart });

describe('acquireLock', () => {
  it('keeps a second one out until the first is released', async () => {
    const first = await acquireLock(path);
    await expect(acquireLock(path)).rejects.toThrow(`another process (pid ${process.pid}) works on this run`);
    await first.release();
    const second = await acquireLock(path);
    // Releasing the first again must not take it from the second.
    await first.release();
    expect(await holderOf(path)).toMatchObject({ pid: process.pid });
    await second.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over from a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    await writeFile(path, holder(pid));
    const lock = await acquireLock(path);
    expect(await holderOf(path)).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual(['lock']);
    await lock.release();
  });

  it('takes over from a process whose number another one has now', async () => {
    await writeFile(path, holder(process.pid, hostname(), process.platform === 'linux' ? '1' : ''));
    if (process.platform === 'linux') await (await acquireLock(path)).release();
    else await expect(acquireLock(path)).rejects.toThrow('works on this run');
  });

  it('takes over what is no lock at all', async () => {
    await writeFile(path, '{"pid":');
    await (await acquireLock(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('respects a living process of this machine', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await once(child, 'spawn');
      await writeFile(path, holder(child.pid ?? 0));
      await expect(acquireLock(path)).rejects.toThrow(`another process (pid ${child.pid}) works on this run`);
    } finally {
      child.kill();
    }
  });

  it('respects another machine, and says how to go on', async () => {
    await writeFile(path, holder(7, 'elsewhere'));
    await expect(acquireLock(path)).rejects.toThrow(
      `a process on elsewhere (pid 7) works on this run; if it is gone, remove ${path}`,
    );
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('takes over from a process of this version that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    await mkdir(path);
    await writeFile(join(path, 'holder'), holder(pid));
    await (await acquireLock(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['a lock', 'a lock and a takeover'])('%s of the dead has one heir of many', async (what) => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    for (let round = 0; round < 20; round++) {
      await writeFile(path, holder(pid));
      if (what !== 'a lock') await writeFile(`${path}.takeover`, holder(pid));
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)));
      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(won).toHaveLength(1);
      for (const reason of lost) expect(reason).toMatchObject({ code: 'taken' });
      await won[0].release();
      expect(await readdir(folder)).toEqual([]);
    }
  });
});
