/**
 * environment.json: with what a run was made, so that its numbers can be explained later, and what must be the same for it
 * to go on to the same bits. Not the configuration.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { packageRoot, packageVersion } from '../configuration/index.ts';
import type { Dataset } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const facts = z.record(z.string(), fact);

/** What a training was resumed with where that was not what it began with. */
const changeSchema = z.object({
  resumed: z.string(),
  epoch: z.int().min(0),
  step: z.int().min(0),
  changes: z.array(z.object({ what: z.string(), recorded: fact, now: fact })),
  engine: facts,
  data: facts,
});

export const environmentSchema = z.object({
  dualbn: z.string(),
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  /** Of this program, where it runs from a checkout. */
  commit: z.object({ hash: z.string(), modified: z.boolean() }).nullable(),
  started: z.string(),
  /** What the engine says of itself: name, version, instruction set, threads, device, settings. */
  engine: facts,
  /** What was learned from: name, checksum, images. */
  data: facts,
  /** What a program handed in in place of what the configuration names: 'network', 'regime'. */
  given: z.array(z.string()).exactOptional(),
  /** The latest last. From then on the same bits as of a run that was never cut are not promised. */
  history: z.array(changeSchema).exactOptional(),
});

export type Environment = Readonly<z.output<typeof environmentSchema>>;

export type Change = NonNullable<Environment['history']>[number];

type Facts = Environment['engine'];

/** What decides the bits of a training besides its configuration. */
export interface Conditions {
  readonly engine: Facts;
  readonly data: Facts;
}

/** What an engine and the training data say of themselves, as environment.json has it. */
export function conditionsOf(engine: Engine, { name, checksum, count }: Dataset): Conditions {
  const { settings, ...described } = engine.describe();
  return { engine: { ...described, ...settings }, data: { name, checksum, images: count } };
}

/** One condition that is not as it was. */
export type Difference = z.output<typeof changeSchema>['changes'][number];

/**
 * What differs from the conditions that a run was last trained under. What was not recorded is not compared; the data count
 * by their checksum, wherever they are and whatever their name.
 */
export function differencesFrom(environment: Environment, now: Conditions): Difference[] {
  const last: Conditions = environment.history?.at(-1) ?? environment;
  const different = (what: string, recorded: Facts[string] | undefined, found: Facts[string] = null) =>
    recorded === undefined || recorded === found ? [] : [{ what, recorded, now: found }];
  return [
    ...Object.keys(last.engine).flatMap((key) =>
      different(`engine ${key}`, last.engine[key], now.engine[key]),
    ),
    ...different('data checksum', last.data.checksum, now.data.checksum),
  ];
}

/** In a line: engine threads: recorded 4, now 2. */
export const differenceText = ({ what, recorded, now }: Difference): string =>
  `${what}: recorded ${recorded}, now ${now}`;

/** The environment of this process, with what the engine and the data set say of themselves. */
export async function describeEnvironment(
  engine: Environment['engine'],
  data: Environment['data'],
): Promise<Environment> {
  return {
    dualbn: packageVersion,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    commit: await commitOf(packageRoot),
    started: new Date().toISOString(),
    engine,
    data,
  };
}

// Only where the package is its own checkout: inside node_modules the commit would be that of somebody else's project.
async function commitOf(folder: string): Promise<Environment['commit']> {
  if (!existsSync(join(folder, '.git'))) return null;
  const git = async (...command: string[]) =>
    (await promisify(execFile)('git', ['-C', folder, ...command], { timeout: 5000 })).stdout.trim();
  try {
    const hash = await git('rev-parse', 'HEAD');
    const modified = (await git('status', '--porcelain', '--untracked-files=no')) !== '';
    return { hash, modified };
  } catch {
    return null;
  }
}
