/**
 * A run directory: what lies where in it, and opening one that is there, for resume, evaluate and report. Reads and
 * checks, and writes nothing but new result documents. What is in other files is for each one's own module.
 *
 * A run may come from elsewhere. Nothing in it is followed out of it: what is to be a file must be a regular file, what is to
 * be a folder a folder, and neither a link. (The directory itself may be reached through links.)
 */

import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Configuration, configurationHash, resolveConfiguration } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { type DocumentFrame, fileError, kindOf, readJson, writeNumbered } from '../files/index.ts';
import { didYouMean } from '../suggestions.ts';
import { type Checkpoint, loadCheckpoint } from './checkpoint.ts';
import { type Environment, environmentSchema } from './environment.ts';
import type { Shapes } from './state.ts';

export interface RunPaths {
  /** The resolved configuration, complete. */
  readonly configuration: string;
  /** What was typed: presets, files and --set; and the trained values it starts from, if it does. */
  readonly origin: string;
  /** Versions, engine, machine, commit, data checksum. */
  readonly environment: string;
  /** Append-only, a JSON record a line. */
  readonly metrics: string;
  /** A row an epoch. */
  readonly summary: string;
  readonly checkpoints: string;
  readonly evaluations: string;
  readonly analyses: string;
  readonly report: string;
  readonly lock: string;
}

export function runPaths(directory: string): RunPaths {
  return {
    configuration: join(directory, 'configuration.yaml'),
    origin: join(directory, 'origin.json'),
    environment: join(directory, 'environment.json'),
    metrics: join(directory, 'metrics.jsonl'),
    summary: join(directory, 'summary.csv'),
    checkpoints: join(directory, 'checkpoints'),
    evaluations: join(directory, 'evaluations'),
    analyses: join(directory, 'analyses'),
    report: join(directory, 'report.html'),
    lock: join(directory, 'lock'),
  };
}

export const checkpointNames = ['last', 'best'] as const;
/** `last`: the state training continues from. `best`: the best by validation. */
export type CheckpointName = (typeof checkpointNames)[number];

export function checkpointPath(directory: string, name: CheckpointName): string {
  return join(runPaths(directory).checkpoints, `${name}.safetensors`);
}

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
 * @throws InputError if there is none, one of its files is missing, damaged or no regular file, or its network is no longer
 *   made.
 */
export function openRun(directory: string): Run {
  const paths = runPaths(directory);
  if (!isFolder(directory)) {
    throw new InputError(`there is no run at ${directory}: no such folder${similarRun(directory)}`, [], {
      code: 'not-found',
    });
  }
  refuseStrayParts(directory);
  if (kindOf(paths.configuration) !== 'file') {
    throw new InputError(`${directory} is not a run: it has no configuration.yaml`, [], {
      code: 'not-found',
    });
  }
  const { configuration } = resolveConfiguration({ preset: paths.configuration, isStored: true });
  const { overrides } = readJson(paths.origin, originSchema);
  const environment = readJson(paths.environment, environmentSchema);
  refuseFormerStem(directory, environment.dualbn, configuration);
  return { directory, paths, configuration, hash: configurationHash(configuration), overrides, environment };
}

/**
 * Before 0.2.0 the stem `large` had no max-pool: names and shapes of its weights are those of today's, but the network that
 * they were trained in is another.
 *
 * @param where The run or the file that holds the weights.
 * @param version The version of dualbn that wrote it, if one did.
 * @throws InputError for weights of such a network.
 */
export function refuseFormerStem(
  where: string,
  version: string | undefined,
  { network }: Pick<Configuration, 'network'>,
): void {
  if (network.stem !== 'large' || version === undefined || !/^0\.[01]\./.test(version)) return;
  throw new InputError(
    `${where} was made by dualbn ${version}, where network.stem: large had no max-pool; since 0.2.0 it has torchvision's, ` +
      `and these weights would be run in another network. Train it again, or import again what came from PyTorch; ` +
      `to look at it as it is, use dualbn ${version}`,
  );
}

/** @throws InputError that names every part of a run that is a link, or of another kind than it should be. */
export function refuseStrayParts(directory: string): void {
  const { checkpoints, evaluations, analyses, lock, ...files } = runPaths(directory);
  const folders = { checkpoints, evaluations, analyses };
  const expected: readonly (readonly [path: string, kinds: readonly string[]])[] = [
    ...Object.values(folders).map((path) => [path, ['folder']] as const),
    ...Object.values(files).map((path) => [path, ['file']] as const),
    ...checkpointNames.map((name) => [checkpointPath(directory, name), ['file']] as const),
    // A file in version 0.1.
    [lock, ['folder', 'file']],
  ];
  const problems = expected.flatMap(([path, kinds]) => {
    const kind = kindOf(path);
    if (kind === undefined || kinds.includes(kind)) return [];
    const found = { file: 'a file', folder: 'a folder', link: 'a symbolic link', other: 'no regular file' }[
      kind
    ];
    return [{ where: relative(directory, path), what: `expected a ${kinds[0]}, found ${found}` }];
  });
  if (problems.length > 0)
    throw new InputError(`${directory} is not opened; nothing in a run may lead out of it:`, problems, {
      code: 'damaged',
    });
}

/**
 * Loads a checkpoint of a run; see loadCheckpoint.
 *
 * @throws InputError too if there is none yet, or if configuration.yaml was changed since it was written. One that is
 *   damaged comes with what can be done.
 */
export async function loadRunCheckpoint(
  run: Run,
  name: CheckpointName,
  expected: Shapes,
  isExtra?: (name: string) => boolean,
): Promise<Checkpoint> {
  const { directory, configuration, hash, paths } = run;
  const path = checkpointPath(directory, name);
  if (kindOf(path) === undefined) {
    const why =
      name === 'best' && configuration.checkpoint.best === 'none'
        ? 'its configuration says checkpoint.best: none'
        : 'it ended before its first was written';
    throw new InputError(`${directory} has no checkpoint '${name}' (${path}): ${why}`, [], {
      code: 'not-found',
    });
  }
  const checkpoint = await loadCheckpoint(path, expected, isExtra).catch((error: unknown) => {
    throw error instanceof InputError && error.code === 'damaged'
      ? new InputError(`${error.message}\n${wayOut(run, name)}`, [], { code: 'damaged', cause: error })
      : error;
  });
  if (checkpoint.metadata.configuration !== hash) {
    throw new InputError(
      `${path} belongs to another configuration: expected ${hash}, found ${checkpoint.metadata.configuration}; ` +
        `was ${paths.configuration} changed since?`,
      [],
      { code: 'mismatch' },
    );
  }
  return checkpoint;
}

/** What should be known of a checkpoint that carries no digest, for people; undefined for all others. */
export function noteOf({ directory }: Run, { isSealed }: Pick<Checkpoint, 'isSealed'>): string | undefined {
  if (isSealed) return undefined;
  return `${directory}: its checkpoint carries no digest, as an older version of dualbn made it`;
}

/** What can be done about a checkpoint that is damaged. */
function wayOut({ directory }: Run, name: CheckpointName): string {
  const [other] = checkpointNames.filter((each) => each !== name);
  const copy = `put back a copy of ${name}.safetensors`;
  if (kindOf(checkpointPath(directory, other)) !== 'file') return `${copy}, or train again`;
  const use = `--checkpoint ${other} evaluates, analyzes and exports the other one`;
  return name === 'best'
    ? `${use}; resuming needs last.safetensors alone`
    : `${use}; to train on, ${copy}, or train again`;
}

// Through links: where the run is may be reached through them.
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
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

// evaluations/ and analyses/: every test of a run, and every look into it, as a sealed JSON file of its own.

/** Writes `evaluation` as `evaluations/STEM.json`, never over another, and says where. */
export function writeEvaluation(run: Run, stem: string, evaluation: DocumentFrame): Promise<string> {
  return writeNumbered(run.paths.evaluations, stem, evaluation);
}

/** Writes `analysis` as `analyses/STEM.json`, never over another, and says where. */
export function writeAnalysis(run: Run, stem: string, analysis: DocumentFrame): Promise<string> {
  return writeNumbered(run.paths.analyses, stem, analysis);
}

/**
 * To be asked before the work, whose result would be lost.
 *
 * @throws InputError if nothing can be written among a run's evaluations or analyses.
 */
export function refuseUnwritable({ directory, paths }: Run, what: 'evaluations' | 'analyses'): void {
  const folder = kindOf(paths[what]) === undefined ? directory : paths[what];
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw fileError('write into', folder, error);
  }
}
