/**
 * A new run directory, whole or not at all: it is made under another name beside its own and renamed into place.
 *
 * Nothing here ever overwrites or deletes a run; what a killed process left of making one is removed by the next.
 */

import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type Configuration,
  type ResolvedConfiguration,
  writeConfiguration,
} from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { fileError, systemErrorCode, writeAtomically } from '../files/index.ts';
import type { Environment } from './environment.ts';
import { openRun, type Run, runPaths } from './run.ts';
import type { StartOrigin } from './trained.ts';

export interface NewRun {
  /** Where it is to be; overrules `root` and `name`. */
  readonly directory?: string | undefined;
  readonly root?: string;
  /** `runName(configuration)` unless told otherwise. */
  readonly name?: string;
  readonly resolved: ResolvedConfiguration;
  readonly environment: Environment;
  /** The trained values it starts from, if it does. */
  readonly start?: StartOrigin | undefined;
}

/**
 * Makes the directory with the configuration, its origin, and the environment in it.
 *
 * @throws InputError if the name is taken (offering the next free one) or the folder cannot be written.
 */
export async function createRun(options: NewRun): Promise<Run> {
  const { resolved, environment, start, root = 'runs' } = options;
  const directory = options.directory ?? join(root, options.name ?? runName(resolved.configuration));
  if (existsSync(directory)) throw taken(directory);
  const parent = dirname(directory);
  const staging = join(parent, `.${basename(directory)}.${process.pid}${stagingSuffix}`);
  try {
    await mkdir(parent, { recursive: true });
    await removeOldStagings(parent);
    await mkdir(staging);
  } catch (error) {
    throw fileError('make a run in', parent, error);
  }
  try {
    const paths = runPaths(staging);
    await mkdir(paths.checkpoints);
    await mkdir(paths.evaluations);
    await writeAtomically(paths.configuration, writeConfiguration(resolved.configuration));
    const { sources, overrides } = resolved;
    await writeAtomically(paths.origin, `${JSON.stringify({ sources, overrides, start }, null, 2)}\n`);
    await writeAtomically(paths.environment, `${JSON.stringify(environment, null, 2)}\n`);
    await writeAtomically(paths.metrics, '');
    await rename(staging, directory);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Someone else made it since we looked.
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw taken(directory);
    throw fileError('make the run', directory, error);
  }
  return openRun(directory);
}

/** Told from the unfinished writes of others: the parent is a folder of the user's. */
const stagingSuffix = '.dualbn-partial';

/** Making a run takes a second: what is an hour old was left by a killed process. */
const old = 60 * 60 * 1000;

async function removeOldStagings(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.') || !name.endsWith(stagingSuffix)) continue;
    const path = join(parent, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() && Date.now() - found.mtimeMs > old)
      await rm(path, { recursive: true, force: true });
  }
}

/** The name a run gets when it is given none: what it is, in a word each. */
export function runName({ regime, network, data, seed }: Configuration): string {
  const parts = [regime.name, network.name, basename(data.dataset), `seed-${seed}`];
  return parts.join('-').replaceAll(/[^\w.-]+/g, '-');
}

/** `directory`, or the first of `directory-2`, `directory-3`, ... that does not exist. */
export function nextFreeDirectory(directory: string): string {
  let free = directory;
  for (let number = 2; existsSync(free); number++) free = `${directory}-${number}`;
  return free;
}

function taken(directory: string): InputError {
  return new InputError(
    `${directory} is there already; the next free name is ${nextFreeDirectory(directory)}`,
    [],
    { code: 'taken' },
  );
}
