/** Opening a run that is there: for resume, evaluate, report. Reads and checks; writes nothing. */

import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  type Configuration,
  configurationHash,
  didYouMean,
  resolveConfiguration,
} from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { readJson } from '../files/index.ts';
import { type Checkpoint, loadCheckpoint } from './checkpoint.ts';
import { type Environment, environmentSchema } from './environment.ts';
import { type CheckpointName, checkpointPath, type RunPaths, runPaths } from './layout.ts';
import type { Shapes } from './tensor-shapes.ts';

export interface Run {
  readonly directory: string;
  readonly paths: RunPaths;
  readonly configuration: Configuration;
  /** configurationHash of the configuration. */
  readonly hash: string;
  /** As typed after --set. */
  readonly overrides: readonly string[];
  readonly environment: Environment;
}

const originSchema = z.object({ overrides: z.array(z.string()) });

/**
 * Opens the run at `directory`.
 *
 * @throws InputError if there is none, or one of its files is missing or damaged.
 */
export function openRun(directory: string): Run {
  const paths = runPaths(directory);
  if (!isFolder(directory)) {
    throw new InputError(`there is no run at ${directory}: no such folder${similarRun(directory)}`);
  }
  if (!stat(paths.configuration)?.isFile()) {
    throw new InputError(`${directory} is not a run: it has no configuration.yaml`);
  }
  const { configuration } = resolveConfiguration({ preset: paths.configuration });
  return {
    directory,
    paths,
    configuration,
    hash: configurationHash(configuration),
    overrides: readJson(paths.origin, originSchema).overrides,
    environment: readJson(paths.environment, environmentSchema),
  };
}

/**
 * Loads a checkpoint of a run; see loadCheckpoint.
 *
 * @throws InputError too if there is none yet, or if configuration.yaml was changed since it was written.
 */
export async function loadRunCheckpoint(
  run: Run,
  name: CheckpointName,
  expected: Shapes,
  isExtra?: (name: string) => boolean,
): Promise<Checkpoint> {
  const path = checkpointPath(run.directory, name);
  if (stat(path) === undefined) {
    const why =
      name === 'best' && run.configuration.checkpoint.best === 'none'
        ? 'its configuration says checkpoint.best: none'
        : 'it ended before its first was written';
    throw new InputError(`${run.directory} has no checkpoint '${name}' (${path}): ${why}`);
  }
  const checkpoint = await loadCheckpoint(path, expected, isExtra);
  if (checkpoint.metadata.configuration !== run.hash) {
    throw new InputError(
      `${path} belongs to another configuration: expected ${run.hash}, found ${checkpoint.metadata.configuration}; ` +
        `was ${run.paths.configuration} changed since?`,
    );
  }
  return checkpoint;
}

function isFolder(path: string): boolean {
  return stat(path)?.isDirectory() ?? false;
}

// Undefined for a path that leads nowhere, whatever the reason.
function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

// A name without the folder of runs before it, or a misspelt one.
function similarRun(directory: string): string {
  const below = join('runs', directory);
  if (isFolder(below)) return `; did you mean ${below}?`;
  const folder = dirname(directory);
  if (!isFolder(folder)) return '';
  const names = readdirSync(folder).filter((name) => isFolder(join(folder, name)));
  return didYouMean(basename(directory), names);
}
